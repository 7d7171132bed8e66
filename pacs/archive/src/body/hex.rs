//! Cells as text: 128 hexadecimal digits, four a row from the head down; of each row the cell of column 0 is the highest bit.

use super::{COLUMNS, Cells, ROWS};

/// Digits of a row.
const DIGITS: usize = COLUMNS / 4;

/// The cells as 128 digits.
pub fn hex(cells: &Cells) -> String {
    let row = |row| (0..COLUMNS).fold(0u16, |bits, column| bits << 1 | u16::from(cells.contains(column, row)));
    (0..ROWS).map(|number| format!("{:0DIGITS$x}", row(number))).collect()
}

/// The cells that 128 digits stand for; nothing for any other text.
pub fn of_hex(text: &str) -> Option<Cells> {
    let well_formed = text.len() == DIGITS * ROWS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut cells = Cells::default();
    for row in 0..ROWS {
        let digits = text.get(row * DIGITS..(row + 1) * DIGITS).filter(|_| well_formed)?;
        let bits = u16::from_str_radix(digits, 16).ok()?;
        let columns = (0..COLUMNS).filter(|column| bits >> (COLUMNS - 1 - column) & 1 == 1);
        columns.for_each(|column| cells.insert(column, row));
    }
    Some(cells)
}

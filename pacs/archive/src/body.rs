//! The human body, seen from the front: a figure on a grid of cells, the parts of the body as sets of those cells, and what
//! an image's attributes say of its place.
//!
//! Column 0 is at the left of the page, where the patient's right side is; row 0 is at the top of the head. One table
//! (`body/parts.tsv`) has the names, the codes and the shapes; the drawing and the cells both follow from the shapes.

mod attributes;
mod hex;
mod shape;
mod table;

use std::sync::LazyLock;

pub use attributes::of_attributes;
pub(crate) use attributes::{FRAME_ANATOMY, PER_FRAME, says_region};
pub use compute::similar::regions::{COLUMNS, Cells, ROWS};
pub use hex::{hex, of_hex};
use table::Table;

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

/// A side of the patient, not of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The patient's right, at the left of the page.
    Right,
    /// The patient's left, at the right of the page.
    Left,
}

/// A part of the body.
#[derive(Debug, Clone)]
pub struct Part {
    /// What it is called, in small letters.
    pub name: &'static str,
    /// SNOMED CT code, of CID 4031 Common Anatomic Regions where it is there.
    pub code: &'static str,
    /// Codes that were used before it: SNOMED-RT, and SNOMED CT codes that were replaced.
    pub older_codes: Vec<&'static str>,
    /// Defined Term of Body Part Examined (0018,0015), PS3.16 Annex L; empty when none is known.
    pub term: &'static str,
    /// Other ways to write it.
    pub spellings: Vec<&'static str>,
    /// Names of the parts that contain it.
    pub within: Vec<&'static str>,
    /// Whether there is one on each side.
    pub paired: bool,
    right: Cells,
    left: Cells,
}

impl Part {
    /// Its cells: on one side, or everywhere. A side of a part that is not paired is the half of it on that side.
    pub fn cells(&self, side: Option<Side>) -> Cells {
        match side {
            None => union(&self.right, &self.left),
            Some(side) if !self.paired => intersection(&self.right, &half(side)),
            Some(Side::Right) => self.right,
            Some(Side::Left) => self.left,
        }
    }
}

/// The cells that touch the figure.
pub fn universe() -> &'static Cells {
    &TABLE.universe
}

/// All parts, the larger before what is in them.
pub fn parts() -> &'static [Part] {
    &TABLE.parts
}

/// The part of a name, code value or Body Part Examined term, however it is spelled; without a side.
pub fn part(name: &str) -> Option<&'static Part> {
    TABLE.find(name)
}

/// Cells of a part by its name, code value or Body Part Examined term, with a side or without: `left hand`, `HAND L`.
pub fn named(name: &str) -> Option<Cells> {
    let (part, side) = TABLE.find_with_side(name)?;
    Some(part.cells(side))
}

/// The figure as SVG path data in units of cells: `COLUMNS` wide, `ROWS` high.
pub fn outline() -> &'static str {
    &TABLE.outline
}

/// The cells of both.
pub fn union(a: &Cells, b: &Cells) -> Cells {
    Cells(std::array::from_fn(|word| a.0[word] | b.0[word]))
}

/// The cells that both have.
pub fn intersection(a: &Cells, b: &Cells) -> Cells {
    Cells(std::array::from_fn(|word| a.0[word] & b.0[word]))
}

/// All cells of a side of the grid.
fn half(side: Side) -> Cells {
    let mut cells = Cells::default();
    let columns = match side {
        Side::Right => 0..COLUMNS / 2,
        Side::Left => COLUMNS / 2..COLUMNS,
    };
    columns.for_each(|column| (0..ROWS).for_each(|row| cells.insert(column, row)));
    cells
}

/// The same cells on the other side.
fn mirrored(cells: &Cells) -> Cells {
    let mut other = Cells::default();
    for row in 0..ROWS {
        let columns = (0..COLUMNS).filter(|column| cells.contains(*column, row));
        columns.for_each(|column| other.insert(COLUMNS - 1 - column, row));
    }
    other
}

#[cfg(test)]
mod tests;

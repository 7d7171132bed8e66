//! A table from numbers to numbers, the form of all of DICOM's look-up tables (PS3.3 §C.7.6.3.1.5, §C.11.1, §C.11.2).

/// A look-up table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupTable {
    /// The number that is mapped to the first entry.
    pub first: i64,
    /// Entries; at least one.
    pub entries: Vec<u16>,
    /// Bits of an entry, 8 to 16.
    pub bits: u16,
}

impl LookupTable {
    /// The entry of a number. Numbers before the first and after the last get the first and the last entry.
    pub fn entry(&self, number: i64) -> u16 {
        let last = self.entries.len().saturating_sub(1);
        let place = usize::try_from(number.saturating_sub(self.first)).unwrap_or(0).min(last);
        self.entries.get(place).copied().unwrap_or(0)
    }

    /// Largest value that `bits` can hold.
    pub fn most(&self) -> u16 {
        u16::MAX >> (16 - self.bits.clamp(1, 16))
    }

    /// The entry of a number, from 0 to 1.
    pub fn fraction(&self, number: i64) -> f64 {
        f64::from(self.entry(number).min(self.most())) / f64::from(self.most())
    }

    /// The entry at a place from 0 (the first) to 1 (the last), at 8 bits; for tables whose input is scaled to them.
    pub fn level_at(&self, fraction: f64) -> u8 {
        let last = self.entries.len().saturating_sub(1) as f64;
        self.level(self.first.saturating_add((fraction * last).round() as i64))
    }

    /// The entry of a number at 8 bits.
    pub fn level(&self, number: i64) -> u8 {
        let (entry, most) = (u32::from(self.entry(number).min(self.most())), u32::from(self.most()));
        ((entry * 255 + most / 2) / most) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_get_the_nearest_entry() {
        let table = LookupTable { first: -2, entries: vec![10, 20, 30], bits: 16 };
        assert_eq!([-9, -2, -1, 0, 9].map(|number| table.entry(number)), [10, 10, 20, 30, 30]);
    }

    #[test]
    fn input_is_scaled_to_all_entries() {
        let table = LookupTable { first: 5, entries: vec![0, 100, 255], bits: 8 };
        assert_eq!([0.0, 0.5, 1.0, 7.0].map(|fraction| table.level_at(fraction)), [0, 100, 255, 255]);
        assert_eq!([5, 7].map(|number| table.fraction(number)), [0.0, 1.0]);
    }

    #[test]
    fn entries_of_any_depth_become_eight_bits() {
        assert_eq!(LookupTable { first: 0, entries: vec![65535], bits: 16 }.level(0), 255);
        assert_eq!(LookupTable { first: 0, entries: vec![2048], bits: 12 }.level(0), 128);
        assert_eq!(LookupTable { first: 0, entries: vec![77], bits: 8 }.level(0), 77);
        assert_eq!(LookupTable { first: 0, entries: vec![], bits: 8 }.level(0), 0);
    }
}

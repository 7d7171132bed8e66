//! Palette colour: indices to RGB (PS3.3 §C.7.6.3.1.5).

use crate::{LookupTable, SampleFormat};

/// The three tables of a palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    /// Red.
    pub red: LookupTable,
    /// Green.
    pub green: LookupTable,
    /// Blue.
    pub blue: LookupTable,
}

impl Palette {
    /// The colours of indices, as 8-bit RGB.
    pub fn rgb(&self, indices: &[u8], format: &SampleFormat) -> Vec<u8> {
        format.cells(indices).flat_map(|cell| self.colour(format.number(cell))).collect()
    }

    /// The colour of an index.
    pub fn colour(&self, index: i64) -> [u8; 3] {
        [self.red.level(index), self.green.level(index), self.blue.level(index)]
    }

    /// The colour at a place from 0 (the first entries) to 1 (the last).
    pub fn colour_at(&self, fraction: f64) -> [u8; 3] {
        [self.red.level_at(fraction), self.green.level_at(fraction), self.blue.level_at(fraction)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_become_colours() {
        let table = |entries: [u16; 2]| LookupTable { first: 1, entries: entries.into(), bits: 16 };
        let palette = Palette { red: table([0, 65535]), green: table([65535, 0]), blue: table([257, 514]) };
        let format = SampleFormat { bits_allocated: 8, bits_stored: 8, high_bit: 7, signed: false };
        assert_eq!(palette.rgb(&[0, 1, 2, 9], &format), [0, 255, 1, 0, 255, 1, 255, 0, 2, 255, 0, 2]);
    }
}

//! The presentation transformation: grey levels to what the screen shows (PS3.3 §C.11.6).

use crate::{LookupTable, Voi};

/// A presentation transformation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Presentation {
    /// Shape IDENTITY: the smallest value is black.
    #[default]
    Identity,
    /// Shape INVERSE: the smallest value is white.
    Inverse,
    /// A table; its input is scaled to its entries.
    Table(LookupTable),
}

impl Presentation {
    /// The grey level of a value, from 0 (black) to 255 (white).
    pub fn level(&self, voi: &Voi, value: f64) -> u8 {
        match self {
            Self::Identity => voi.level(value),
            Self::Inverse => 255 - voi.level(value),
            Self::Table(table) => table.level_at(voi.fraction(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_and_tables_follow_the_window() {
        let voi = Voi::range(0.0, 100.0);
        let of = |presentation: &Presentation| [0.0, 50.0, 100.0].map(|value| presentation.level(&voi, value));
        assert_eq!(of(&Presentation::Identity), [0, 128, 255]);
        assert_eq!(of(&Presentation::Inverse), [255, 127, 0]);
        let table = LookupTable { first: 0, entries: vec![4095, 0, 2048], bits: 12 };
        assert_eq!(of(&Presentation::Table(table)), [255, 0, 128]);
    }
}

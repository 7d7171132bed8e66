//! The modality transformation: stored numbers to what the modality measured (PS3.3 §C.11.1).

use crate::LookupTable;

/// A modality transformation.
#[derive(Debug, Clone, PartialEq)]
pub enum Modality {
    /// `slope × number + intercept`.
    Rescale {
        /// Rescale Slope.
        slope: f64,
        /// Rescale Intercept.
        intercept: f64,
    },
    /// A table.
    Table(LookupTable),
}

impl Modality {
    /// Leaves numbers as they are.
    pub const IDENTITY: Self = Self::Rescale { slope: 1.0, intercept: 0.0 };

    /// Transforms a number.
    pub fn apply(&self, number: f64) -> f64 {
        match self {
            Self::Rescale { slope, intercept } => slope * number + intercept,
            Self::Table(table) => f64::from(table.entry(number as i64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rescales_and_looks_up() {
        assert_eq!(Modality::Rescale { slope: 2.0, intercept: -1024.0 }.apply(24.0), -976.0);
        assert_eq!(Modality::IDENTITY.apply(-3.5), -3.5);
        let table = LookupTable { first: 1, entries: vec![5, 500], bits: 16 };
        assert_eq!(Modality::Table(table).apply(2.0), 500.0);
    }
}

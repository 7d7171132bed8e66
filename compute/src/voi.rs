//! The VOI transformation: which values of interest the grey levels show (PS3.3 §C.11.2).

use crate::LookupTable;

/// A VOI transformation.
#[derive(Debug, Clone, PartialEq)]
pub enum Voi {
    /// Function LINEAR (PS3.3 §C.11.2.1.2.1).
    Linear {
        /// Window Center.
        center: f64,
        /// Window Width, at least 1.
        width: f64,
    },
    /// Function LINEAR_EXACT (PS3.3 §C.11.2.1.3.2).
    LinearExact {
        /// Window Center.
        center: f64,
        /// Window Width, more than 0.
        width: f64,
    },
    /// Function SIGMOID (PS3.3 §C.11.2.1.3.1).
    Sigmoid {
        /// Window Center.
        center: f64,
        /// Window Width, more than 0.
        width: f64,
    },
    /// A table.
    Table(LookupTable),
}

impl Voi {
    /// The window that shows a range of values in full, its ends black and white.
    pub fn range(least: f64, most: f64) -> Self {
        Self::LinearExact { center: f64::midpoint(least, most), width: most - least }
    }

    /// The grey level of a value, from 0 (black) to 255 (white).
    pub fn level(&self, value: f64) -> u8 {
        match self {
            Self::Table(table) => table.level(value as i64),
            _ => (self.fraction(value) * 255.0).round() as u8,
        }
    }

    /// The same from 0 to 1, for what comes after.
    pub fn fraction(&self, value: f64) -> f64 {
        match self {
            Self::Linear { center, width } => ramp(value - (center - 0.5), width - 1.0),
            Self::LinearExact { center, width } => ramp(value - center, *width),
            Self::Sigmoid { center, width } => 1.0 / (1.0 + (-4.0 * (value - center) / width).exp()),
            Self::Table(table) => table.fraction(value as i64),
        }
    }
}

/// A ramp of `width` around 0, from 0 to 1. Without width it is a step: at 0 it is still 0.
fn ramp(value: f64, width: f64) -> f64 {
    if value <= -width / 2.0 {
        0.0
    } else if value > width / 2.0 {
        1.0
    } else {
        value / width + 0.5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_has_the_steps_of_the_standard() {
        // PS3.3 §C.11.2.1.2.1, notes 2 and 3.
        let full = Voi::Linear { center: 2048.0, width: 4096.0 };
        assert_eq!([0.0, 4095.0].map(|value| full.level(value)), [0, 255]);
        let step = Voi::Linear { center: 2048.0, width: 1.0 };
        assert_eq!([2047.0, 2047.5, 2048.0].map(|value| step.level(value)), [0, 0, 255]);
        let wide = Voi::Linear { center: 0.0, width: 100.0 };
        assert_eq!([-50.0, 49.0, -0.5].map(|value| wide.level(value)), [0, 255, 128]);
    }

    #[test]
    fn linear_exact_has_its_ends_at_half_the_width() {
        let window = Voi::LinearExact { center: 100.0, width: 50.0 };
        assert_eq!([75.0, 100.0, 125.0, 126.0, -1e9].map(|value| window.level(value)), [0, 128, 255, 255, 0]);
    }

    #[test]
    fn sigmoid_is_half_at_its_centre_and_never_overflows() {
        let window = Voi::Sigmoid { center: 40.0, width: 400.0 };
        assert_eq!([40.0, -1e12, 1e12].map(|value| window.level(value)), [128, 0, 255]);
        assert_eq!(window.level(240.0), (255.0_f64 / (1.0 + (-2.0_f64).exp())).round() as u8);
    }

    #[test]
    fn a_range_of_one_value_is_black() {
        assert_eq!(Voi::range(7.0, 7.0).level(7.0), 0);
        assert_eq!([3.0, 5.0, 7.0].map(|value| Voi::range(3.0, 7.0).level(value)), [0, 128, 255]);
    }

    #[test]
    fn what_is_not_a_number_is_black() {
        assert_eq!(Voi::range(0.0, 1.0).level(f64::NAN), 0);
    }
}

//! Measured values as 16-bit integers, with the slope and intercept that give them back.

use compute::Voxels;

use super::SeriesVolume;

/// Signed integers, and what was measured: `slope × integer + intercept`.
#[derive(Debug, Clone, PartialEq)]
pub struct Integers {
    /// The integers.
    pub samples: Vec<i16>,
    /// Rescale Slope.
    pub slope: f64,
    /// Rescale Intercept.
    pub intercept: f64,
}

impl SeriesVolume {
    /// Rounds values to the integers that the volume is made of, or, where it is made of other numbers, to 65,536 steps
    /// between the least and the greatest. What is not a number becomes the least.
    pub fn integers(&self, values: &[f32]) -> Integers {
        let own = (f64::from(self.volume.slope), f64::from(self.volume.intercept));
        let is_padding = |sample: u16| self.volume.padding == Some(sample.into());
        let (slope, intercept) = match &self.volume.voxels {
            Voxels::U8(_) | Voxels::I16(_) => own,
            Voxels::U16(samples) if samples.iter().all(|sample| *sample <= i16::MAX as u16 || is_padding(*sample)) => {
                own
            }
            Voxels::U16(_) => (own.0, own.1 + 32_768.0 * own.0),
            Voxels::F32(_) => {
                let (least, most) = self.range();
                let slope = (f64::from(most) - f64::from(least)) / 65_535.0;
                let slope = if slope > 0.0 && slope.is_finite() { slope } else { 1.0 };
                (slope, f64::from(least) + 32_768.0 * slope)
            }
        };
        let integer = |value: &f32| match value.is_nan() {
            true => i16::MIN,
            false => ((f64::from(*value) - intercept) / slope).round() as i16,
        };
        Integers { samples: values.iter().map(integer).collect(), slope, intercept }
    }
}

//! Many values as one, value by value.

use super::{Intensity, Volume};

/// What becomes of stored values along a ray. Where the slope is negative, the greatest stored value is the least measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gather {
    intensity: Intensity,
    /// Whether what is not a number is no value, and not a value that is no number.
    has_padding: bool,
}

/// What becomes of stored values where measured ones become this.
pub(crate) fn as_stored(intensity: Intensity, slope: f32) -> Intensity {
    match intensity {
        Intensity::Maximum if slope < 0.0 => Intensity::Minimum,
        Intensity::Minimum if slope < 0.0 => Intensity::Maximum,
        other => other,
    }
}

/// The value so far, and how many values it is made of where that matters.
pub(crate) type Together = (f32, f32);

impl Gather {
    pub(crate) fn stored(intensity: Intensity, volume: &Volume) -> Self {
        Self { intensity: as_stored(intensity, volume.slope), has_padding: volume.padding.is_some() }
    }

    /// What becomes of stored values.
    pub(crate) fn intensity(self) -> Intensity {
        self.intensity
    }

    pub(crate) fn nothing(self) -> Together {
        match self.intensity {
            Intensity::Maximum => (f32::NEG_INFINITY, 0.0),
            Intensity::Minimum => (f32::INFINITY, 0.0),
            Intensity::Average => (0.0, 0.0),
        }
    }

    /// Each with one more value. What is not a number is neither more nor less than any; it spoils an average, unless it
    /// says that samples are none.
    pub(crate) fn add(self, together: &mut [Together], values: &[f32]) {
        let pairs = together.iter_mut().zip(values);
        match self.intensity {
            Intensity::Maximum => pairs.for_each(|(most, value)| most.0 = larger(most.0, *value)),
            Intensity::Minimum => pairs.for_each(|(least, value)| least.0 = smaller(least.0, *value)),
            Intensity::Average if self.has_padding => {
                let measured = pairs.filter(|(_, value)| !value.is_nan());
                measured.for_each(|(together, value)| added(together, *value));
            }
            Intensity::Average => pairs.for_each(|(together, value)| added(together, *value)),
        }
    }

    /// The value; nothing of none.
    pub(crate) fn value(self, (value, count): Together) -> Option<f32> {
        match self.intensity {
            Intensity::Average => (count > 0.0).then(|| value / count),
            _ => value.is_finite().then_some(value),
        }
    }
}

fn added((sum, count): &mut Together, value: f32) {
    *sum += value;
    *count += 1.0;
}

/// The larger; the first when the second is not a number.
#[inline(always)]
pub(crate) fn larger(one: f32, other: f32) -> f32 {
    if other > one { other } else { one }
}

/// The smaller; the first when the second is not a number.
#[inline(always)]
pub(crate) fn smaller(one: f32, other: f32) -> f32 {
    if other < one { other } else { one }
}

//! Many values as one, value by value.

use super::Intensity;

/// What becomes of stored values along a ray. Where the slope is negative, the greatest stored value is the least measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gather {
    intensity: Intensity,
}

/// The value so far, and how many values it is made of where that matters.
pub(crate) type Together = (f32, f32);

impl Gather {
    pub(crate) fn stored(intensity: Intensity, slope: f32) -> Self {
        let intensity = match intensity {
            Intensity::Maximum if slope < 0.0 => Intensity::Minimum,
            Intensity::Minimum if slope < 0.0 => Intensity::Maximum,
            other => other,
        };
        Self { intensity }
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

    /// Each with one more value. What is not a number is neither more nor less than any, and spoils an average.
    pub(crate) fn add(self, together: &mut [Together], values: &[f32]) {
        let pairs = together.iter_mut().zip(values);
        match self.intensity {
            Intensity::Maximum => pairs.for_each(|(most, value)| most.0 = larger(most.0, *value)),
            Intensity::Minimum => pairs.for_each(|(least, value)| least.0 = smaller(least.0, *value)),
            Intensity::Average => pairs.for_each(|((sum, count), value)| {
                *sum += value;
                *count += 1.0;
            }),
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

//! Samples of one type as a grid, for the fast paths.

use super::{Error, Volume};

/// A type of samples.
pub(crate) trait Sample: Copy + PartialOrd + Into<f32> + Send + Sync + 'static {
    /// What the sum of a row, column or stack of samples fits into.
    type Sum: Copy + Default + Send + Sync;
    /// At or below every sample.
    const LEAST: Self;
    /// At or above every sample.
    const MOST: Self;
    /// Of samples of 16 bits: whether they have a sign.
    const SIGN_OF_16_BITS: Option<bool>;
    /// The least sample at or above a number.
    fn at_least(number: f64) -> Option<Self>;
    /// The greatest sample at or below a number.
    fn at_most(number: f64) -> Option<Self>;
    /// The sample of a number.
    fn of(number: f32) -> Self;
    /// Whether it is that sample. Of floats that is what is no number.
    fn is(self, padding: Self) -> bool;
    /// A sample of 16 bits as it is in memory.
    fn bits(self) -> i16;
    /// The sum with one more sample.
    fn added(self, sum: Self::Sum) -> Self::Sum;
    /// Two sums.
    fn joined(one: Self::Sum, other: Self::Sum) -> Self::Sum;
    /// The sum, divided.
    fn mean(sum: Self::Sum, count: usize) -> f32;
}

macro_rules! integers {
    ($($sample:ty => $sum:ty, $sign:expr);*) => {$(
        impl Sample for $sample {
            type Sum = $sum;
            const SIGN_OF_16_BITS: Option<bool> = $sign;
            const LEAST: Self = Self::MIN;
            const MOST: Self = Self::MAX;
            fn at_least(number: f64) -> Option<Self> {
                (number <= f64::from(Self::MAX)).then_some(number.ceil() as Self)
            }
            fn at_most(number: f64) -> Option<Self> {
                (number >= f64::from(Self::MIN)).then_some(number.floor() as Self)
            }
            fn of(number: f32) -> Self {
                number as Self
            }
            #[inline(always)]
            fn is(self, padding: Self) -> bool {
                self == padding
            }
            #[inline(always)]
            fn bits(self) -> i16 {
                self as i16
            }
            #[inline(always)]
            fn added(self, sum: $sum) -> $sum {
                // No side is longer than 65535 samples, so this never wraps.
                sum.wrapping_add(<$sum>::from(self))
            }
            fn joined(one: $sum, other: $sum) -> $sum {
                one.wrapping_add(other)
            }
            fn mean(sum: $sum, count: usize) -> f32 {
                (f64::from(sum) / count as f64) as f32
            }
        }
    )*};
}

integers!(u8 => u32, None; i16 => i32, Some(true); u16 => u32, Some(false));

impl Sample for f32 {
    type Sum = f64;
    const SIGN_OF_16_BITS: Option<bool> = None;
    const LEAST: Self = f32::NEG_INFINITY;
    const MOST: Self = f32::INFINITY;
    fn at_least(number: f64) -> Option<Self> {
        Some(number as f32)
    }
    fn at_most(number: f64) -> Option<Self> {
        Some(number as f32)
    }
    fn of(number: f32) -> Self {
        number
    }
    #[inline(always)]
    fn is(self, _padding: Self) -> bool {
        self.is_nan()
    }
    fn bits(self) -> i16 {
        0
    }
    #[inline(always)]
    fn added(self, sum: f64) -> f64 {
        sum + f64::from(self)
    }
    fn joined(one: f64, other: f64) -> f64 {
        one + other
    }
    fn mean(sum: f64, count: usize) -> f32 {
        (sum / count as f64) as f32
    }
}

/// Samples, their sizes, and how far apart rows and slices are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid<'a, S> {
    pub(crate) samples: &'a [S],
    pub(crate) size: [usize; 3],
    pub(crate) row: usize,
    pub(crate) plane: usize,
    pub(crate) slope: f32,
    pub(crate) intercept: f32,
    /// The sample that stands for none.
    pub(crate) padding: Option<S>,
}

impl<'a, S: Sample> Grid<'a, S> {
    /// The samples of a volume; an error when they are not as many as its size says.
    pub(crate) fn of(volume: &Volume, samples: &'a [S]) -> Result<Self, Error> {
        let size = volume.size;
        let (expected, slices) = (size.iter().product(), volume.geometry.origins.len());
        if samples.is_empty() {
            return Err(Error::Empty(size));
        }
        if samples.len() != expected {
            return Err(Error::Samples { size, expected, found: samples.len() });
        }
        if slices != size[2] {
            return Err(Error::Origins { slices: size[2], origins: slices });
        }
        let (slope, intercept) = (volume.slope, volume.intercept);
        let padding = volume.padding.map(S::of);
        Ok(Self { samples, size, row: size[0], plane: size[0] * size[1], slope, intercept, padding })
    }

    /// What was measured, of what is stored.
    #[inline(always)]
    pub(crate) fn measured(&self, stored: f32) -> f32 {
        self.slope * stored + self.intercept
    }
}

/// The same code for each type of samples.
macro_rules! with_samples {
    ($voxels:expr, $samples:ident => $body:expr) => {
        match $voxels {
            $crate::volume::Voxels::U8($samples) => $body,
            $crate::volume::Voxels::I16($samples) => $body,
            $crate::volume::Voxels::U16($samples) => $body,
            $crate::volume::Voxels::F32($samples) => $body,
        }
    };
}

pub(crate) use with_samples;

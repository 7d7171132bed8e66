//! Decoded frames to the samples of a volume.

use std::ops::Range;

use compute::{Modality, Numbers, SampleFormat, Voxels, grey, volume};

use super::stack::Stack;
use crate::Error;
use crate::render::Image;

/// What the samples of a volume are. Samples that are no measurement (Pixel Padding Value, PS3.3 §C.7.5.1.1.2) are all one
/// of them, and of floats no number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Integers as they are stored; all slices are measured by one slope and intercept.
    U8 {
        slope: f64,
        intercept: f64,
    },
    I16 {
        slope: f64,
        intercept: f64,
    },
    U16 {
        slope: f64,
        intercept: f64,
    },
    /// What was measured itself.
    F32,
}

/// The samples of one slice.
pub(super) enum Part {
    U8(Vec<u8>),
    I16(Vec<i16>),
    U16(Vec<u16>),
    F32(Vec<f32>),
}

impl Kind {
    /// The smallest kind that loses nothing. Samples stay integers when one slope, intercept and padding holds for all.
    pub(super) fn of(stack: &Stack) -> Result<Self, Error> {
        let mut common = None;
        for (index, slice) in stack.slices.iter().enumerate() {
            let image = &stack.sources[slice.source].image;
            let bits = image.format.bits_allocated;
            if bits == 1 || (bits == 64 && !image.float) {
                let words = format!("slice {} has integers of {bits} bits, which no volume is made of", index + 1);
                return Err(Error::Unprocessable(words));
            }
            let Modality::Rescale { slope, intercept } = image.modality(slice.frame) else { return Ok(Self::F32) };
            let Some(stored) = stored(image) else { return Ok(Self::F32) };
            let this = (stored, slope, intercept, image.padding());
            if *common.get_or_insert(this) != this {
                return Ok(Self::F32);
            }
        }
        Ok(match common.map(|(stored, slope, intercept, _)| (stored, slope, intercept)) {
            Some((8, slope, intercept)) => Self::U8 { slope, intercept },
            Some((-16, slope, intercept)) => Self::I16 { slope, intercept },
            Some((_, slope, intercept)) => Self::U16 { slope, intercept },
            None => Self::F32,
        })
    }

    /// Bytes of one sample.
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::U8 { .. } => 1,
            Self::I16 { .. } | Self::U16 { .. } => 2,
            Self::F32 => 4,
        }
    }

    /// Slope and intercept of all samples.
    pub(super) fn scale(self) -> (f64, f64) {
        match self {
            Self::U8 { slope, intercept } | Self::I16 { slope, intercept } | Self::U16 { slope, intercept } => {
                (slope, intercept)
            }
            Self::F32 => (1.0, 0.0),
        }
    }

    /// The sample that stands for padding.
    pub(super) fn padding(self, image: &Image) -> Option<f32> {
        let (least, most) = match self {
            Self::U8 { .. } => (0.0, 255.0),
            Self::I16 { .. } => (-32_768.0, 32_767.0),
            Self::U16 { .. } => (0.0, 65_535.0),
            Self::F32 => return Some(f32::NAN),
        };
        let first = image.padding()?.start().max(least);
        (image.padding()?.contains(&first) && first <= most).then_some(first as f32)
    }

    /// Room for so many samples.
    pub(super) fn room(self, samples: usize) -> Voxels {
        match self {
            Self::U8 { .. } => Voxels::U8(zeros(samples)),
            Self::I16 { .. } => Voxels::I16(zeros(samples)),
            Self::U16 { .. } => Voxels::U16(zeros(samples)),
            Self::F32 => Voxels::F32(zeros(samples)),
        }
    }

    /// The samples of a decoded frame.
    pub(super) fn part(self, bytes: &[u8], image: &Image, modality: &Modality) -> Part {
        let numbers = image.numbers();
        let is_padding = |number: f64| image.padding().is_some_and(|padding| padding.contains(&number));
        let value = |number: f64| if is_padding(number) { f32::NAN } else { modality.apply(number) as f32 };
        let padding = self.padding(image).map(f64::from);
        let stored = |number: f64| padding.filter(|_| is_padding(number)).unwrap_or(number);
        match self {
            Self::U8 { .. } => Part::U8(grey::each(bytes, numbers, |number| stored(number) as u8)),
            Self::I16 { .. } => Part::I16(grey::each(bytes, numbers, |number| stored(number) as i16)),
            Self::U16 { .. } => Part::U16(grey::each(bytes, numbers, |number| stored(number) as u16)),
            Self::F32 => Part::F32(grey::each(bytes, numbers, value)),
        }
    }
}

fn zeros<T: Copy + Default>(samples: usize) -> Vec<T> {
    let mut all = volume::room(samples);
    all.resize(samples, T::default());
    all
}

/// The integers that hold all that a sample can be: 8 and 16 unsigned, -16 signed; `None` for wider numbers.
fn stored(image: &Image) -> Option<i32> {
    match (image.numbers(), image.format.bits_allocated) {
        (Numbers::Integer(SampleFormat { signed: true, .. }), 8 | 16) => Some(-16),
        (Numbers::Integer(_), 8) => Some(8),
        (Numbers::Integer(_), 16) => Some(16),
        _ => None,
    }
}

/// Puts a slice in its place. `false` when it has not the size of one.
pub(super) fn put(voxels: &mut Voxels, slice: usize, part: &Part) -> bool {
    fn copy<T: Copy>(all: &mut [T], slice: usize, part: &[T]) -> bool {
        let start = slice * part.len();
        match all.get_mut(start..start + part.len()) {
            Some(place) => {
                place.copy_from_slice(part);
                true
            }
            None => false,
        }
    }
    match (voxels, part) {
        (Voxels::U8(all), Part::U8(part)) => copy(all, slice, part),
        (Voxels::I16(all), Part::I16(part)) => copy(all, slice, part),
        (Voxels::U16(all), Part::U16(part)) => copy(all, slice, part),
        (Voxels::F32(all), Part::F32(part)) => copy(all, slice, part),
        _ => false,
    }
}

/// Some samples of all.
pub(super) fn part(all: &Voxels, range: Range<usize>) -> Voxels {
    fn copy<T: Copy>(all: &[T], range: Range<usize>) -> Vec<T> {
        let mut part = volume::room(range.len());
        part.extend_from_slice(&all[range]);
        part
    }
    match all {
        Voxels::U8(all) => Voxels::U8(copy(all, range)),
        Voxels::I16(all) => Voxels::I16(copy(all, range)),
        Voxels::U16(all) => Voxels::U16(copy(all, range)),
        Voxels::F32(all) => Voxels::F32(copy(all, range)),
    }
}

impl Part {
    /// Whether there is a sample that stands for padding.
    pub(super) fn has(&self, padding: f32) -> bool {
        match self {
            Self::U8(samples) => samples.contains(&(padding as u8)),
            Self::I16(samples) => samples.contains(&(padding as i16)),
            Self::U16(samples) => samples.contains(&(padding as u16)),
            Self::F32(samples) => samples.iter().any(|sample| sample.is_nan()),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::U8(samples) => samples.len(),
            Self::I16(samples) => samples.len(),
            Self::U16(samples) => samples.len(),
            Self::F32(samples) => samples.len(),
        }
    }
}

//! Decoded frames to the samples of a volume.

use compute::{Modality, Numbers, SampleFormat, Voxels, grey, volume};
use rayon::prelude::*;

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

/// The samples of one slice, where they lie in the volume.
pub(super) enum Layer<'a> {
    U8(&'a mut [u8]),
    I16(&'a mut [i16]),
    U16(&'a mut [u16]),
    F32(&'a mut [f32]),
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
            Self::U8 { .. } => Voxels::U8(volume::zeros(samples)),
            Self::I16 { .. } => Voxels::I16(volume::zeros(samples)),
            Self::U16 { .. } => Voxels::U16(volume::zeros(samples)),
            Self::F32 => Voxels::F32(volume::zeros(samples)),
        }
    }
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

/// The layers of so many samples each that a volume has.
pub(super) fn layers(voxels: &mut Voxels, length: usize) -> Vec<Layer<'_>> {
    match voxels {
        Voxels::U8(all) => all.chunks_exact_mut(length).map(Layer::U8).collect(),
        Voxels::I16(all) => all.chunks_exact_mut(length).map(Layer::I16).collect(),
        Voxels::U16(all) => all.chunks_exact_mut(length).map(Layer::U16).collect(),
        Voxels::F32(all) => all.chunks_exact_mut(length).map(Layer::F32).collect(),
    }
}

/// Copies samples into layers of their kind, one after another.
pub(super) fn copy(layers: &mut [Layer<'_>], from: &Voxels) {
    fn part<T: Copy>(to: &mut [T], from: &[T], place: usize) {
        to.copy_from_slice(&from[place * to.len()..(place + 1) * to.len()]);
    }
    layers.par_iter_mut().enumerate().for_each(|(place, layer)| match (layer, from) {
        (Layer::U8(to), Voxels::U8(from)) => part(to, from, place),
        (Layer::I16(to), Voxels::I16(from)) => part(to, from, place),
        (Layer::U16(to), Voxels::U16(from)) => part(to, from, place),
        (Layer::F32(to), Voxels::F32(from)) => part(to, from, place),
        _ => debug_assert!(false, "samples of another kind"),
    });
}

impl Layer<'_> {
    /// Puts the samples of a decoded frame here, which are as many: whether one of them stands for padding.
    pub(super) fn put(&mut self, bytes: &[u8], kind: Kind, image: &Image, modality: &Modality) -> bool {
        match self {
            Self::U8(samples) => put_integers(samples, bytes, kind, image, |number| number as u8),
            Self::I16(samples) => put_integers(samples, bytes, kind, image, |number| number as i16),
            Self::U16(samples) => put_integers(samples, bytes, kind, image, |number| number as u16),
            Self::F32(samples) => {
                let is_padding = |number: f64| image.padding().is_some_and(|padding| padding.contains(&number));
                let value = |number| if is_padding(number) { f32::NAN } else { modality.apply(number) as f32 };
                samples.copy_from_slice(&grey::each(bytes, image.numbers(), value));
                samples.iter().any(|sample| sample.is_nan())
            }
        }
    }
}

/// Integers as they are stored. All that is padding becomes one number.
fn put_integers<T: Copy + PartialEq>(
    samples: &mut [T],
    bytes: &[u8],
    kind: Kind,
    image: &Image,
    of: impl Fn(i32) -> T,
) -> bool {
    let format = image.sample_format();
    let read = format.short_number();
    let padding = kind.padding(image).zip(image.padding());
    let padding = padding.map(|(one, all)| (one as i32, *all.start() as i32, *all.end() as i32));
    // Where there is none: no number of 16 bits is the least one.
    let (one, least, most) = padding.unwrap_or((0, i32::MIN, i32::MIN));
    let stored = |cell| match read(cell) {
        number if least <= number && number <= most => of(one),
        number => of(number),
    };
    if format.bits_allocated == 8 {
        samples.iter_mut().zip(bytes).for_each(|(sample, byte)| *sample = stored(u16::from(*byte)));
    } else {
        let cells = bytes.chunks_exact(2).map(|cell| u16::from_le_bytes([cell[0], cell[1]]));
        samples.iter_mut().zip(cells).for_each(|(sample, cell)| *sample = stored(cell));
    }
    padding.is_some() && samples.contains(&of(one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tests::padded_image;

    const STORED: Kind = Kind::I16 { slope: 2.0, intercept: 1.0 };
    const MODALITY: Modality = Modality::Rescale { slope: 2.0, intercept: 1.0 };

    fn frame(samples: [i16; 3]) -> Vec<u8> {
        samples.into_iter().flat_map(i16::to_le_bytes).collect()
    }

    #[test]
    fn a_frame_is_put_into_its_layer_and_all_padding_is_one_number() {
        let image = padded_image(-2000.0..=-1990.0);
        let mut voxels = STORED.room(6);
        let mut all = layers(&mut voxels, 3);
        assert!(all[1].put(&frame([-1995, 5, i16::MIN]), STORED, &image, &MODALITY));
        assert!(!all[0].put(&frame([-2001, -1989, i16::MAX]), STORED, &image, &MODALITY));
        assert_eq!(voxels, Voxels::I16(vec![-2001, -1989, i16::MAX, -2000, 5, i16::MIN]));
    }

    #[test]
    fn of_what_was_measured_padding_is_no_number() {
        let image = padded_image(-2000.0..=-1990.0);
        let mut samples = [0.0; 3];
        assert!(Layer::F32(&mut samples).put(&frame([-1995, 5, -1]), Kind::F32, &image, &MODALITY));
        assert!(samples[0].is_nan());
        assert_eq!(samples[1..], [11.0, -1.0]);
    }

    #[test]
    fn layers_are_copied_in_their_order() {
        let mut to = STORED.room(9);
        copy(&mut layers(&mut to, 3)[1..], &Voxels::I16((0..6).collect()));
        assert_eq!(to, Voxels::I16(vec![0, 0, 0, 0, 1, 2, 3, 4, 5]));
    }
}

//! Frames as searches by likeness compare them: grey, as seen, in more steps than a screen shows.

use codec::Samples;
use compute::similar::Grey;
use compute::similar::grey::Samples as GreySamples;
use compute::{Modality, Numbers, Picture, SampleFormat, bits, draw, grey};

use super::picture::{self, Look};
use super::{Image, Voi};
use crate::Error;

/// A grey picture: black is 0.
pub(crate) struct Seen {
    width: usize,
    height: usize,
    samples: Vec<u16>,
}

impl Seen {
    /// The same for whoever compares; `None` when there are not as many samples as the size says.
    pub(crate) fn grey(&self) -> Option<Grey<'_>> {
        Grey::new(self.width, self.height, GreySamples::U16(&self.samples))
    }

    /// Frame `number` of an image: its modality transformation, its own window or table, else all values that are, and
    /// MONOCHROME1 inverted; of colours their luminance. Overlays and shutters are left out.
    pub(crate) fn frame(image: &Image, number: u32, samples: &Samples) -> Result<Self, Error> {
        if image.format.samples != 1 || samples.photometric == "PALETTE COLOR" {
            return Ok(Self::picture(&picture::picture(image, number, samples, Look::default())?));
        }
        let (width, height) = (image.format.columns as usize, image.format.rows as usize);
        let expanded;
        let (bytes, numbers) = match image.format.bits_allocated {
            1 => {
                expanded = bits::expand(&samples.bytes, 0, width * height);
                let bit = SampleFormat { bits_allocated: 8, bits_stored: 1, high_bit: 0, signed: false };
                (expanded.as_slice(), Numbers::Integer(bit))
            }
            64 if !image.float => {
                return Err(Error::NotAcceptable("integers of 64 bits cannot be compared".to_owned()));
            }
            _ => (samples.bytes.as_slice(), image.numbers()),
        };
        let modality = image.modality(number);
        let voi = picture::voi(image, number, (bytes, numbers), Look::default(), &modality);
        let level = |stored: f64| step(voi.fraction(modality.apply(stored)), image.inverse);
        let mut samples = grey::each(bytes, numbers, level);
        // A native frame may be longer than its size says, by the byte that makes it even.
        samples.truncate(width * height);
        Ok(Self { width, height, samples })
    }

    /// A picture as it came.
    pub(crate) fn picture(picture: &Picture) -> Self {
        let wide = |level: u8| u16::from(level) * 257;
        let samples = match picture.channels {
            3 => picture.samples.as_chunks::<3>().0.iter().map(|colour| wide(draw::luminance(*colour))).collect(),
            _ => picture.samples.iter().map(|level| wide(*level)).collect(),
        };
        Self { width: picture.width as usize, height: picture.height as usize, samples }
    }

    /// Measured values through a window; without one all values that are.
    pub(crate) fn values((width, height): (usize, usize), values: &[f32], window: Option<Voi>, inverse: bool) -> Self {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let range = || {
            let (least, most) = finite().fold((f32::MAX, f32::MIN), |(least, most), v| (least.min(v), most.max(v)));
            compute::Voi::range(least.into(), most.max(least).into())
        };
        let voi = window.map_or_else(range, compute::Voi::from);
        let samples = values.iter().map(|value| step(voi.fraction((*value).into()), inverse)).collect();
        Self { width, height, samples }
    }
}

/// A step of grey; what is no number is black.
fn step(fraction: f64, inverse: bool) -> u16 {
    let fraction = if inverse { 1.0 - fraction } else { fraction };
    (fraction * 65535.0).round() as u16
}

/// What the samples of a frame measure; NaN where it is no measurement.
pub(crate) fn measured(image: &Image, number: u32, samples: &Samples) -> Vec<f32> {
    let modality: Modality = image.modality(number);
    let is_padding = |stored: f64| image.padding().is_some_and(|padding| padding.contains(&stored));
    grey::each(&samples.bytes, image.numbers(), |stored| {
        if is_padding(stored) { f32::NAN } else { modality.apply(stored) as f32 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tests::grey_image;

    #[test]
    fn inversion_and_colours_are_as_seen() {
        let mut image = grey_image();
        (image.format.rows, image.format.columns) = (1, 3);
        let samples = Samples { bytes: vec![0, 128, 255], bits_allocated: 8, photometric: "MONOCHROME2".into() };
        image.window = None;
        image.voi_table = None;
        image.modality = Modality::IDENTITY;
        (image.format.bits_allocated, image.format.bits_stored, image.high_bit) = (8, 8, 7);
        image.format.signed = false;
        image.inverse = false;
        assert_eq!(Seen::frame(&image, 1, &samples).expect("grey").samples, [0, 32896, 65535]);
        image.inverse = true;
        assert_eq!(Seen::frame(&image, 1, &samples).expect("grey").samples, [65535, 32639, 0]);
        let picture = Picture { width: 2, height: 1, channels: 3, samples: vec![255, 255, 255, 0, 0, 0] };
        assert_eq!(Seen::picture(&picture).samples, [65535, 0]);
    }

    #[test]
    fn what_is_no_number_is_black() {
        let seen = Seen::values((3, 1), &[f32::NAN, 1.0, 3.0], None, false);
        assert_eq!(seen.samples, [0, 0, 65535]);
        assert_eq!(Seen::values((2, 1), &[f32::NAN; 2], None, false).samples, [0, 0]);
    }
}

//! Samples made ready for an encoder: how deep they really are, and no chrominance shared between pixels.

use std::borrow::Cow;

use crate::{CodecError, FrameFormat, Samples};

/// The samples of one frame, interleaved by pixel, each of `sample_bytes` bytes in little endian.
pub(super) struct Source<'a> {
    pub columns: u32,
    pub rows: u32,
    /// Samples of a pixel.
    pub components: usize,
    /// Bits of a sample that mean something, sign included; at least 2, which is the least that codecs know.
    pub precision: u32,
    pub signed: bool,
    /// Photometric Interpretation of the samples.
    pub photometric: String,
    pub bytes: Cow<'a, [u8]>,
    pub sample_bytes: usize,
}

impl<'a> Source<'a> {
    /// Samples as a decoder gave them.
    pub(super) fn new(samples: &'a Samples, format: &FrameFormat) -> Result<Self, CodecError> {
        let length = format.frame_bytes()?;
        let (bytes, photometric) = match samples.photometric.as_str() {
            "YBR_FULL_422" if samples.bytes.len() == length / 3 * 2 => {
                (Cow::Owned(apart(&samples.bytes, format.sample_bytes(), length)), "YBR_FULL".to_owned())
            }
            other if other.starts_with("YBR_PARTIAL") => {
                return Err(CodecError::CannotHold(format!("no transfer syntax but native ones holds {other}")));
            }
            other => (Cow::Borrowed(samples.bytes.as_slice()), other.to_owned()),
        };
        if bytes.len() != length || samples.bits_allocated != format.bits_allocated {
            return Err(CodecError::broken(format!(
                "the frame has {} bytes of samples and needs {length}",
                bytes.len()
            )));
        }
        Ok(Self {
            columns: format.columns,
            rows: format.rows,
            components: usize::from(format.samples),
            precision: precision(&bytes, format).max(2),
            signed: format.signed,
            photometric,
            bytes,
            sample_bytes: format.sample_bytes(),
        })
    }

    pub(super) fn is_colour(&self) -> bool {
        self.components == 3
    }

    /// Samples of the frame as two's complement numbers of [`Self::precision`] bits.
    pub(super) fn bits(&self) -> impl Iterator<Item = u32> + '_ {
        let mask = u32::MAX >> (32 - self.precision);
        self.bytes.chunks_exact(self.sample_bytes).map(move |sample| {
            let wide = sample.iter().rev().fold(0, |wide, byte| wide << 8 | u32::from(*byte));
            wide & mask
        })
    }

    /// Samples of the frame as numbers.
    pub(super) fn values(&self) -> impl Iterator<Item = i32> + '_ {
        let spare = if self.signed { 32 - self.precision } else { 0 };
        self.bits().map(move |bits| (bits << spare) as i32 >> spare)
    }

    /// The samples of one pixel component after the other, each as numbers.
    pub(super) fn planes(&self) -> Vec<Vec<i32>> {
        if self.components == 1 {
            return vec![self.values().collect()];
        }
        let pixels = self.columns as usize * self.rows as usize;
        let mut planes = vec![Vec::with_capacity(pixels); self.components];
        for (place, value) in self.values().enumerate() {
            planes[place % self.components].push(value);
        }
        planes
    }

    /// Pixels of YBR_FULL as RGB (PS3.3 §C.7.6.3.1.2); levels are whole numbers of [`Self::precision`] bits.
    pub(super) fn rgb(&self) -> Vec<[f32; 3]> {
        let (middle, most) = ((1_u32 << (self.precision - 1)) as f32, (u32::MAX >> (32 - self.precision)) as f32);
        let levels: Vec<f32> = self.bits().map(|level| level as f32).collect();
        let (pixels, _) = levels.as_chunks::<3>();
        let level = |value: f32| value.round().clamp(0.0, most);
        let pixel = |[y, cb, cr]: &[f32; 3]| {
            let (cb, cr) = (cb - middle, cr - middle);
            [level(y + 1.402 * cr), level(y - 0.344_136 * cb - 0.714_136 * cr), level(y + 1.772 * cb)]
        };
        pixels.iter().map(pixel).collect()
    }

    /// The part that the samples of this frame use of all numbers of [`Self::precision`] bits.
    pub(super) fn span(&self) -> f32 {
        let (least, most) = self.values().fold((i32::MAX, i32::MIN), |(l, m), value| (l.min(value), m.max(value)));
        (f64::from(most) - f64::from(least) + 1.0) as f32 / 2.0_f32.powi(self.precision as i32)
    }

    /// Photometric Interpretation after the colour transform of JPEG 2000, which RGB goes through (PS3.5 §8.2.4).
    pub(super) fn transformed(&self, lossy: bool) -> Option<&'static str> {
        match (self.photometric.as_str(), lossy) {
            ("RGB", true) => Some("YBR_ICT"),
            ("RGB", false) => Some("YBR_RCT"),
            _ => None,
        }
    }
}

/// Two luminance samples and the chrominance they share, to two pixels (PS3.3 §C.7.6.3.1.2).
fn apart(packed: &[u8], width: usize, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    for pair in packed.chunks_exact(4 * width) {
        let (luminance, chrominance) = pair.split_at(2 * width);
        for luminance in luminance.chunks_exact(width) {
            bytes.extend_from_slice(luminance);
            bytes.extend_from_slice(chrominance);
        }
    }
    bytes
}

/// Bits Stored, if no sample uses the bits above: it may repeat its sign there, or leave them empty. Else Bits Allocated.
fn precision(bytes: &[u8], format: &FrameFormat) -> u32 {
    let (stored, allocated) = (u32::from(format.bits_stored), u32::from(format.bits_allocated));
    if stored == 0 || stored >= allocated || allocated > 16 {
        return allocated;
    }
    let spare = 32 - allocated;
    let fits = |bits: u32| {
        let value = (bits << spare) as i32 >> spare;
        bits >> stored == 0 || (format.signed && matches!(value >> (stored - 1), 0 | -1))
    };
    let all = match allocated {
        8 => bytes.iter().all(|byte| fits(u32::from(*byte))),
        _ => bytes.chunks_exact(2).all(|b| fits(u32::from(u16::from_le_bytes([b[0], b[1]])))),
    };
    if all { stored } else { allocated }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::tests::{colour, grey};

    fn samples(bytes: &[u8], bits_allocated: u16, photometric: &str) -> Samples {
        Samples { bytes: bytes.to_vec(), bits_allocated, photometric: photometric.into() }
    }

    #[test]
    fn precision_is_bits_stored_unless_a_sample_uses_more() {
        let twelve = FrameFormat { bits_stored: 12, ..grey(2, 1, 16) };
        let of = |bytes: &[u8], format: &FrameFormat| {
            Source::new(&samples(bytes, 16, "MONOCHROME2"), format).unwrap().precision
        };
        assert_eq!(of(&[0xff, 0x0f, 0, 0], &twelve), 12);
        assert_eq!(of(&[0xff, 0x1f, 0, 0], &twelve), 16);
        let signed = FrameFormat { signed: true, ..twelve };
        assert_eq!(of(&[0xff, 0xff, 0xff, 0x07], &signed), 12);
        assert_eq!(of(&[0xff, 0x0f, 0, 0], &signed), 12);
        assert_eq!(of(&[0xff, 0xf7, 0, 0], &signed), 16);
    }

    #[test]
    fn values_have_their_sign() {
        let format = FrameFormat { bits_stored: 12, signed: true, ..grey(3, 1, 16) };
        let samples = samples(&[0xff, 0xff, 0xff, 0x07, 0x00, 0x08], 16, "MONOCHROME2");
        let source = Source::new(&samples, &format).unwrap();
        assert_eq!(source.values().collect::<Vec<_>>(), [-1, 2047, -2048]);
        assert_eq!(source.bits().collect::<Vec<_>>(), [0xfff, 0x7ff, 0x800]);
    }

    #[test]
    fn shared_chrominance_is_given_to_both_pixels() {
        let samples = samples(&[1, 2, 8, 9, 3, 4, 6, 7], 8, "YBR_FULL_422");
        let source = Source::new(&samples, &colour(2, 2, "YBR_FULL_422")).unwrap();
        assert_eq!(source.bytes[..], [1, 8, 9, 2, 8, 9, 3, 6, 7, 4, 6, 7]);
        assert_eq!(source.photometric, "YBR_FULL");
    }

    #[test]
    fn refuses_samples_that_do_not_fill_the_frame() {
        assert!(Source::new(&samples(&[1; 5], 8, "MONOCHROME2"), &grey(2, 3, 8)).is_err());
        assert!(Source::new(&samples(&[1; 6], 16, "MONOCHROME2"), &grey(2, 3, 8)).is_err());
    }
}

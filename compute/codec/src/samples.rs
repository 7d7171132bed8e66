//! Decoded values to bytes: as wide as Bits Allocated says, with their sign.

use crate::{FrameFormat, Samples};

/// Packs values of `precision` bits at Bits Allocated. Two's complement values of fewer bits than Bits Allocated get their
/// sign in the unused bits too when Pixel Representation is 1: codecs count from 0, readers of native samples do not.
pub(crate) fn pack(
    values: impl Iterator<Item = i32>,
    precision: u32,
    format: &FrameFormat,
    photometric: &str,
) -> Samples {
    let spare = if format.signed && precision < 32 { 32 - precision } else { 0 };
    let values = values.map(|value| (value << spare) >> spare);
    let mut bytes = Vec::with_capacity(format.pixels() * usize::from(format.samples) * format.sample_bytes());
    match format.bits_allocated {
        8 => bytes.extend(values.map(|value| value as u8)),
        16 => values.for_each(|value| bytes.extend_from_slice(&(value as u16).to_le_bytes())),
        _ => values.for_each(|value| bytes.extend_from_slice(&value.to_le_bytes())),
    }
    Samples { bytes, bits_allocated: format.bits_allocated, photometric: photometric.to_owned() }
}

/// The same of values in one or two bytes each, little endian, that are as wide as Bits Allocated already.
pub(crate) fn packed(mut bytes: Vec<u8>, precision: u32, format: &FrameFormat, photometric: &str) -> Samples {
    let spare = u32::from(format.bits_allocated).saturating_sub(precision);
    match format.sample_bytes() {
        _ if !format.signed || spare == 0 => {}
        1 => bytes.iter_mut().for_each(|byte| *byte = ((*byte << spare) as i8 >> spare) as u8),
        _ => bytes.chunks_exact_mut(2).for_each(|cell| {
            let value = (i16::from_le_bytes([cell[0], cell[1]]) << spare) >> spare;
            cell.copy_from_slice(&value.to_le_bytes());
        }),
    }
    Samples { bytes, bits_allocated: format.bits_allocated, photometric: photometric.to_owned() }
}

/// Planes, one after another, to samples interleaved by pixel.
pub(crate) fn interleave(planes: &[u8], samples: usize, sample_bytes: usize) -> Vec<u8> {
    let plane = planes.len() / samples;
    let mut bytes = Vec::with_capacity(planes.len());
    for at in (0..plane).step_by(sample_bytes) {
        for sample in 0..samples {
            let from = sample * plane + at;
            bytes.extend_from_slice(&planes[from..from + sample_bytes]);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::tests::grey;

    #[test]
    fn narrow_signed_values_keep_their_sign() {
        let format = FrameFormat { signed: true, ..grey(2, 1, 16) };
        let samples = pack([0xfff, 0x7ff].into_iter(), 12, &format, "MONOCHROME2");
        assert_eq!(samples.bytes, [0xff, 0xff, 0xff, 0x07]);
    }

    #[test]
    fn narrow_unsigned_values_stay_as_they_are() {
        let samples = pack([0xfff, 0x7ff].into_iter(), 12, &grey(2, 1, 16), "MONOCHROME2");
        assert_eq!(samples.bytes, [0xff, 0x0f, 0xff, 0x07]);
    }

    #[test]
    fn values_that_are_wide_enough_are_packed_where_they_lie() {
        for (bits, precision, signed) in
            [(8, 8, true), (8, 7, true), (8, 5, false), (16, 16, true), (16, 12, true), (16, 9, false)]
        {
            let format = FrameFormat { signed, ..grey(2, 2, bits) };
            let values = [0, 1, (1 << precision) - 1, 1 << (precision - 1)];
            let bytes = match bits {
                8 => values.iter().map(|value| *value as u8).collect(),
                _ => values.iter().flat_map(|value| (*value as u16).to_le_bytes()).collect(),
            };
            let one_by_one = pack(values.into_iter(), precision, &format, "MONOCHROME2");
            assert_eq!(packed(bytes, precision, &format, "MONOCHROME2"), one_by_one);
        }
    }

    #[test]
    fn planes_become_pixels() {
        assert_eq!(interleave(&[1, 2, 3, 4, 5, 6], 3, 1), [1, 3, 5, 2, 4, 6]);
        assert_eq!(interleave(&[1, 2, 3, 4, 5, 6, 7, 8], 2, 2), [1, 2, 5, 6, 3, 4, 7, 8]);
    }
}

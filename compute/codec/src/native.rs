//! Uncompressed frames (PS3.5 §8.1, §A.4.1): byte order, planes and padding.

use std::io::{Read, Write};

use crate::samples::interleave;
use crate::{CodecError, FrameFormat, Samples};

/// Passes a native frame through as little endian samples, interleaved by pixel.
///
/// 8-bit samples that were written as big-endian words (VR OW) must have been put in order by the caller, who knows the VR.
pub(crate) fn decode(frame: &[u8], format: &FrameFormat, big_endian: bool) -> Result<Samples, CodecError> {
    let length = frame_length(format)?;
    let Some(frame) = frame.get(..length) else {
        return Err(CodecError::broken(format!("the frame has {} bytes and needs {length}", frame.len())));
    };
    let mut bytes = if format.samples > 1 && format.planar == 1 && format.bits_allocated >= 8 && !is_packed(format) {
        interleave(frame, usize::from(format.samples), format.sample_bytes())
    } else {
        frame.to_vec()
    };
    if big_endian && format.sample_bytes() > 1 {
        bytes.chunks_exact_mut(format.sample_bytes()).for_each(<[u8]>::reverse);
    }
    Ok(Samples { bytes, bits_allocated: format.bits_allocated, photometric: format.photometric.clone() })
}

/// Length of a native frame; two pixels share their chrominance in YBR_FULL_422 (PS3.3 §C.7.6.3.1.2).
fn frame_length(format: &FrameFormat) -> Result<usize, CodecError> {
    let length = format.frame_bytes()?;
    Ok(if is_packed(format) { length / 3 * 2 } else { length })
}

fn is_packed(format: &FrameFormat) -> bool {
    format.samples == 3 && matches!(format.photometric.as_str(), "YBR_FULL_422" | "YBR_PARTIAL_422")
}

/// Inflates a frame of Deflated Image Frame Compression (PS3.5 §A.4.12), never beyond the frame's length.
pub(crate) fn inflate(frame: &[u8], format: &FrameFormat) -> Result<Vec<u8>, CodecError> {
    let length = frame_length(format)? as u64;
    let mut bytes = Vec::new();
    flate2::read::DeflateDecoder::new(frame)
        .take(length)
        .read_to_end(&mut bytes)
        .map_err(|error| CodecError::broken(error.to_string()))?;
    Ok(bytes)
}

/// Deflates a frame of Deflated Image Frame Compression.
pub(crate) fn deflate(samples: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(samples).and_then(|()| encoder.finish()).map_err(|error| CodecError::broken(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::tests::{colour, grey};

    #[test]
    fn big_endian_samples_of_every_width_come_out_little() {
        assert_eq!(decode(&[1, 2], &grey(1, 1, 16), true).map(|s| s.bytes), Ok(vec![2, 1]));
        assert_eq!(decode(&[1, 2, 3, 4], &grey(1, 1, 32), true).map(|s| s.bytes), Ok(vec![4, 3, 2, 1]));
        assert_eq!(decode(&[1, 2], &grey(2, 1, 8), true).map(|s| s.bytes), Ok(vec![1, 2]));
    }

    #[test]
    fn padding_is_cut_off_and_missing_bytes_are_an_error() {
        assert_eq!(decode(&[1, 2, 3, 0], &grey(3, 1, 8), false).map(|s| s.bytes), Ok(vec![1, 2, 3]));
        assert!(decode(&[1, 2], &grey(3, 1, 8), false).is_err());
    }

    #[test]
    fn shared_chrominance_stays_packed() {
        assert_eq!(decode(&[1, 2, 3, 4], &colour(2, 1, "YBR_FULL_422"), false).map(|s| s.bytes), Ok(vec![1, 2, 3, 4]));
    }

    #[test]
    fn a_deflated_frame_that_inflates_without_end_stops_at_its_length() {
        let mut deflated = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        deflated.write_all(&vec![7; 1 << 20]).unwrap();
        assert_eq!(inflate(&deflated.finish().unwrap(), &grey(2, 2, 8)), Ok(vec![7; 4]));
    }
}

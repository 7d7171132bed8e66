//! RLE Lossless (PS3.5 Annex G): one PackBits segment for each byte of a sample, the most significant first.

use crate::{CodecError, FrameFormat, Samples};

/// Length of the RLE Header in bytes (PS3.5 §G.5).
const HEADER: usize = 64;

/// Decodes a frame. Any Bits Allocated; segments may be padded, their order may be odd, surplus bytes are ignored.
pub(crate) fn decode(frame: &[u8], format: &FrameFormat) -> Result<Samples, CodecError> {
    let sample_bytes = format.sample_bytes().max(1);
    let samples = usize::from(format.samples);
    let plane = format.frame_bytes()? / (samples * sample_bytes);
    let segments = segments(frame)?;
    if segments.len() != samples * sample_bytes {
        return Err(CodecError::broken(format!(
            "there are {} RLE segments; {samples} samples of {} bits need {}",
            segments.len(),
            format.bits_allocated,
            samples * sample_bytes
        )));
    }
    let mut bytes = vec![0; plane * samples * sample_bytes];
    for (number, segment) in segments.into_iter().enumerate() {
        let (sample, significance) = (number / sample_bytes, number % sample_bytes);
        let first = sample * sample_bytes + (sample_bytes - 1 - significance);
        unpack(segment, bytes[first..].iter_mut().step_by(samples * sample_bytes).take(plane))
            .map_err(|missing| CodecError::broken(format!("RLE segment {number} lacks {missing} of {plane} bytes")))?;
    }
    Ok(Samples { bytes, bits_allocated: format.bits_allocated, photometric: format.photometric.clone() })
}

/// The segments as the header says where they begin; each ends where the next begins.
fn segments(frame: &[u8]) -> Result<Vec<&[u8]>, CodecError> {
    let word = |at: usize| frame.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let count = word(0).ok_or_else(|| CodecError::broken("there is no RLE header"))?;
    if !(1..=15).contains(&count) {
        return Err(CodecError::broken(format!("the RLE header declares {count} segments")));
    }
    (0..count)
        .map(|number| {
            let start = word(4 + 4 * number).filter(|start| *start >= HEADER);
            let next = if number + 1 < count { word(8 + 4 * number) } else { Some(frame.len()) };
            start
                .zip(next)
                .and_then(|(start, next)| frame.get(start..next.min(frame.len())))
                .ok_or_else(|| CodecError::broken(format!("RLE segment {number} lies outside the frame")))
        })
        .collect()
}

/// Unpacks PackBits into `places`; `Err` tells how many places were left.
fn unpack<'a>(segment: &[u8], places: impl ExactSizeIterator<Item = &'a mut u8>) -> Result<(), usize> {
    let mut places = places;
    let mut rest = segment;
    while places.len() > 0 {
        let Some((&control, after)) = rest.split_first() else { return Err(places.len()) };
        rest = after;
        match control as i8 {
            -128 => {}
            literal @ 0.. => {
                let (bytes, after) = rest.split_at((literal as usize + 1).min(rest.len()));
                bytes.iter().zip(places.by_ref()).for_each(|(byte, place)| *place = *byte);
                rest = after;
            }
            repeat => {
                let Some((&byte, after)) = rest.split_first() else { return Err(places.len()) };
                places.by_ref().take(repeat.unsigned_abs() as usize + 1).for_each(|place| *place = byte);
                rest = after;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::tests::{colour, grey};

    fn frame(segments: &[&[u8]]) -> Vec<u8> {
        let mut header = vec![segments.len() as u32];
        let mut at = HEADER as u32;
        for segment in segments {
            header.push(at);
            at += segment.len() as u32;
        }
        header.resize(16, 0);
        let mut bytes: Vec<u8> = header.iter().flat_map(|word| word.to_le_bytes()).collect();
        segments.iter().for_each(|segment| bytes.extend_from_slice(segment));
        bytes
    }

    #[test]
    fn runs_and_literals_and_the_no_operation() {
        let frame = frame(&[&[0x80, 0xfe, 7, 1, 8, 9]]);
        assert_eq!(decode(&frame, &grey(5, 1, 8)).map(|s| s.bytes), Ok(vec![7, 7, 7, 8, 9]));
    }

    #[test]
    fn wide_samples_have_their_most_significant_byte_first() {
        let frame = frame(&[&[0, 1, 0], &[0, 2, 0], &[0, 3, 0], &[0, 4, 0]]);
        assert_eq!(decode(&frame, &grey(1, 1, 32)).map(|s| s.bytes), Ok(vec![4, 3, 2, 1]));
    }

    #[test]
    fn planes_come_out_interleaved() {
        let frame = frame(&[&[1, 1, 2], &[1, 3, 4], &[1, 5, 6]]);
        assert_eq!(decode(&frame, &colour(2, 1, "RGB")).map(|s| s.bytes), Ok(vec![1, 3, 5, 2, 4, 6]));
    }

    #[test]
    fn a_run_past_the_end_of_the_frame_is_cut() {
        assert_eq!(decode(&frame(&[&[0x81, 7]]), &grey(2, 1, 8)).map(|s| s.bytes), Ok(vec![7, 7]));
    }

    #[test]
    fn refuses_what_is_missing_or_out_of_place() {
        let format = grey(4, 1, 8);
        assert!(decode(&[], &format).is_err());
        assert!(decode(&[0; 64], &format).is_err());
        assert!(decode(&[16; 64], &format).is_err());
        assert!(decode(&frame(&[&[0, 1]]), &format).is_err());
        assert!(decode(&frame(&[&[0xfd, 1], &[0xfd, 1]]), &format).is_err());
        let mut outside = frame(&[&[0xfd, 1]]);
        outside[4] = 200;
        assert!(decode(&outside, &format).is_err());
    }
}

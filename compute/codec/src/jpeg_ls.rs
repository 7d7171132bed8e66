//! JPEG-LS (ISO 14495-1), lossless and near-lossless, by CharLS.

use std::borrow::Cow;

use charls::CharLS;

use crate::samples::{interleave, pack, packed};
use crate::{CodecError, FrameFormat, Samples};

/// What the marker segments say before the first scan.
struct Header {
    width: u32,
    height: u32,
    precision: u32,
    components: u32,
    /// ILV of the first scan: 0 one component after another, 1 by line, 2 by sample.
    interleave: u8,
}

/// Decodes a frame. Components that lie one after another come out interleaved by pixel.
pub(crate) fn decode(frame: &[u8], format: &FrameFormat) -> Result<Samples, CodecError> {
    let header = read_header(frame).ok_or_else(|| CodecError::broken("JPEG-LS: there is no frame header and scan"))?;
    format.expect(header.width, header.height, header.components, header.precision)?;
    let planes = decompress(frame)?;
    let width = if header.precision <= 8 { 1 } else { 2 };
    if planes.len() != format.pixels() * usize::from(format.samples) * width {
        return Err(CodecError::broken("JPEG-LS: the codestream holds another number of samples than its header says"));
    }
    let planar = header.components > 1 && header.interleave == 0;
    let bytes = if planar { interleave(&planes, usize::from(format.samples), width) } else { planes };
    Ok(if width == format.sample_bytes() && cfg!(target_endian = "little") {
        packed(bytes, header.precision, format, &format.photometric)
    } else if width == 1 {
        pack(bytes.into_iter().map(i32::from), header.precision, format, &format.photometric)
    } else {
        let values = bytes.chunks_exact(2).map(|b| i32::from(u16::from_ne_bytes([b[0], b[1]])));
        pack(values, header.precision, format, &format.photometric)
    })
}

/// End of image.
const EOI: [u8; 2] = [0xff, 0xd9];

/// Decompresses, and once more without the zeros that some encoders put before EOI to make the length even.
fn decompress(frame: &[u8]) -> Result<Vec<u8>, CodecError> {
    // CharLS stops at a marker, but counts through all of its 32-bit numbers when there is none after the last scan.
    let frame = match trimmed(frame) {
        frame if frame.ends_with(&EOI) => Cow::Borrowed(frame),
        frame => Cow::Owned([frame, &EOI].concat()),
    };
    CharLS::default().decode(&frame).or_else(|error| {
        let broken = CodecError::broken(format!("JPEG-LS: {error}"));
        let before = &frame[..frame.len() - EOI.len()];
        let scan = trimmed(before);
        if scan.len() == before.len() {
            return Err(broken);
        }
        CharLS::default().decode(&[scan, &EOI].concat()).map_err(|_| broken)
    })
}

/// The bytes without zeros at their end.
fn trimmed(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)]
}

/// Walks the marker segments (ISO 14495-1 Annex C) up to the first scan.
fn read_header(frame: &[u8]) -> Option<Header> {
    let mut at = frame.starts_with(&[0xff, 0xd8]).then_some(2)?;
    let mut header = None;
    loop {
        while frame.get(at..at + 2)? == [0xff, 0xff] {
            at += 1;
        }
        let &[0xff, marker, high, low] = frame.get(at..at + 4)? else { return None };
        let segment = frame.get(at + 4..at + 2 + usize::from(u16::from_be_bytes([high, low])))?;
        match marker {
            0xf7 => {
                let &[precision, h1, h0, w1, w0, components, ..] = segment else { return None };
                header = Some(Header {
                    width: u32::from(u16::from_be_bytes([w1, w0])),
                    height: u32::from(u16::from_be_bytes([h1, h0])),
                    precision: u32::from(precision),
                    components: u32::from(components),
                    interleave: 0,
                });
            }
            0xda => {
                let interleave = *segment.get(segment.len().checked_sub(2)?)?;
                return header.map(|header| Header { interleave, ..header });
            }
            _ => {}
        }
        at += 4 + segment.len();
    }
}

#[cfg(test)]
mod tests {
    use charls::FrameInfo;

    use super::*;
    use crate::format::tests::{colour, grey};

    fn encode(width: u32, height: u32, bits: i32, components: i32, samples: &[u8]) -> Vec<u8> {
        let info = FrameInfo { width, height, bits_per_sample: bits, component_count: components };
        CharLS::default().encode(info, 0, samples).unwrap()
    }

    #[test]
    fn twelve_bits_come_back_exactly() {
        let samples: Vec<u8> = (0..35_u16).flat_map(|i| (i * 117).to_le_bytes()).collect();
        let frame = encode(5, 7, 12, 1, &samples);
        assert_eq!(decode(&frame, &grey(5, 7, 16)).map(|s| s.bytes), Ok(samples));
    }

    #[test]
    fn signed_twelve_bits_come_back_with_their_sign() {
        let frame = encode(2, 1, 12, 1, &[0xff, 0x0f, 1, 0]);
        let format = FrameFormat { signed: true, ..grey(2, 1, 16) };
        assert_eq!(decode(&frame, &format).map(|s| s.bytes), Ok(vec![0xff, 0xff, 1, 0]));
    }

    #[test]
    fn few_bits_come_back_as_wide_as_they_are_allocated() {
        let frame = encode(2, 1, 7, 1, &[0x7f, 1]);
        for (bits, signed, bytes) in [
            (8, false, vec![0x7f, 1]),
            (8, true, vec![0xff, 1]),
            (16, false, vec![0x7f, 0, 1, 0]),
            (16, true, vec![0xff, 0xff, 1, 0]),
        ] {
            let format = FrameFormat { signed, ..grey(2, 1, bits) };
            assert_eq!(decode(&frame, &format).map(|s| s.bytes), Ok(bytes));
        }
    }

    #[test]
    fn planes_come_back_as_pixels() {
        let frame = encode(2, 2, 8, 3, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(
            decode(&frame, &colour(2, 2, "RGB")).map(|s| s.bytes),
            Ok(vec![1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12])
        );
    }

    #[test]
    fn zeros_before_the_end_of_image_do_no_harm() {
        let mut frame = encode(5, 7, 8, 1, &[3; 35]);
        frame.splice(frame.len() - 2..frame.len() - 2, [0]);
        assert_eq!(decode(&frame, &grey(5, 7, 8)).map(|s| s.bytes), Ok(vec![3; 35]));
    }

    #[test]
    fn a_codestream_without_its_end_is_refused_at_once() {
        // Found by mutation: the decoder went on for ten seconds.
        let frame = b"\xff\xd8\xff\xf7\0\x11\x08\0\x0a\0\x0a\x03\x01\x11\0\x02\x11\0\x03\x11\0\xff\xda\0\x0c\x03\x01\0\
            \x02\0\x03\0\0\x02\0\x01\x59\x66\x57\xff\x7f\x57\xe9\x4a\xff\x7f\x95";
        let started = std::time::Instant::now();
        assert!(decode(frame, &colour(10, 10, "RGB")).is_err());
        assert!(started.elapsed().as_secs() < 2);
    }

    #[test]
    fn refuses_other_sizes_and_cut_frames() {
        let frame = encode(5, 7, 8, 1, &[3; 35]);
        assert!(decode(&frame, &grey(7, 5, 8)).is_err());
        for length in 0..frame.len() - 3 {
            assert!(decode(&frame[..length], &grey(5, 7, 8)).is_err(), "{length}");
        }
    }
}

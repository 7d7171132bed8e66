//! JPEG (ISO 10918-1): baseline, extended (8 and 12 bit), progressive and lossless, by libjpeg-turbo.

mod header;

use std::borrow::Cow;

use header::Header;

use crate::samples::pack;
use crate::turbojpeg::{self, Layout};
use crate::{CodecError, FrameFormat, Samples};

/// An Adobe APP14 segment that says: no colour transform.
const ADOBE_NO_TRANSFORM: [u8; 16] = *b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0";

/// Decodes a frame. Lossy colour comes out as RGB, lossless samples come out as they were put in.
pub(crate) fn decode(frame: &[u8], format: &FrameFormat) -> Result<Samples, CodecError> {
    let header = Header::read(frame)?;
    format.expect(header.width, header.height, header.components.len() as u32, header.precision)?;
    let layout = match header.components.len() {
        1 => Layout::Grey,
        3 => Layout::Rgb,
        other => return Err(CodecError::broken(format!("a JPEG frame of {other} components"))),
    };
    let keep = header.lossless || holds_rgb(&header, format);
    let frame = if keep && layout == Layout::Rgb { without_transform(frame, &header) } else { Cow::Borrowed(frame) };
    let photometric = match layout {
        Layout::Rgb if !header.lossless => "RGB",
        _ => format.photometric.as_str(),
    };
    let size = (header.width, header.height);
    Ok(if header.precision <= 8 {
        let values = turbojpeg::decompress8(&frame, size, layout)?;
        if format.bits_allocated == 8 && !(format.signed && header.precision < 8) {
            return Ok(Samples { bytes: values, bits_allocated: 8, photometric: photometric.to_owned() });
        }
        pack(values.into_iter().map(i32::from), header.precision, format, photometric)
    } else if header.precision <= 12 {
        let values = turbojpeg::decompress12(&frame, size, layout)?;
        pack(values.into_iter().map(i32::from), header.precision, format, photometric)
    } else {
        let values = turbojpeg::decompress16(&frame, size, layout)?;
        pack(values.into_iter().map(i32::from), header.precision, format, photometric)
    })
}

/// What a JPEG file is, by its own header.
pub(crate) fn format(file: &[u8]) -> Result<FrameFormat, CodecError> {
    let header = Header::read(file)?;
    let samples = header.components.len() as u16;
    Ok(FrameFormat {
        rows: header.height,
        columns: header.width,
        samples,
        bits_allocated: if header.precision > 8 { 16 } else { 8 },
        bits_stored: header.precision as u16,
        signed: false,
        photometric: if samples == 3 { "YBR_FULL" } else { "MONOCHROME2" }.to_owned(),
        planar: 0,
    })
}

/// Whether a lossy codestream of three components holds RGB already.
///
/// Its own markers come first: JFIF means YCbCr, Adobe tells the transform, component identifiers `R`, `G`, `B` speak for
/// themselves. Without any of them libjpeg guesses YCbCr; then Photometric Interpretation decides, unless components are
/// subsampled, which nobody does to RGB.
fn holds_rgb(header: &Header, format: &FrameFormat) -> bool {
    if header.jfif.is_some() {
        return false;
    }
    match header.adobe_transform {
        Some(transform) => transform == 0,
        None => {
            let identifiers: Vec<u8> = header.components.iter().map(|component| component.identifier).collect();
            let subsampled = header.components.iter().any(|c| c.sampling != header.components[0].sampling);
            identifiers == *b"RGB" || (format.photometric == "RGB" && !subsampled)
        }
    }
}

/// The frame with markers that make libjpeg leave the components as they are.
fn without_transform<'a>(frame: &'a [u8], header: &Header) -> Cow<'a, [u8]> {
    if header.jfif.is_none() && header.adobe_transform == Some(0) {
        return Cow::Borrowed(frame);
    }
    let cut = [header.jfif.clone(), header.adobe.clone()];
    let mut bytes = Vec::with_capacity(frame.len() + ADOBE_NO_TRANSFORM.len());
    bytes.extend_from_slice(&frame[..2]);
    bytes.extend_from_slice(&ADOBE_NO_TRANSFORM);
    let mut at = 2;
    let mut cut: Vec<_> = cut.into_iter().flatten().collect();
    cut.sort_by_key(|range| range.start);
    for range in cut {
        bytes.extend_from_slice(&frame[at..range.start]);
        at = range.end;
    }
    bytes.extend_from_slice(&frame[at..]);
    Cow::Owned(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode_jpeg;
    use crate::format::tests::{colour, grey};

    /// 16 × 16 pixels of one colour.
    fn flat(rgb: [u8; 3]) -> Vec<u8> {
        rgb.repeat(256)
    }

    fn close(samples: &Samples, rgb: [u8; 3]) -> bool {
        samples.bytes.chunks(3).all(|pixel| pixel.iter().zip(rgb).all(|(a, b)| a.abs_diff(b) <= 3))
    }

    #[test]
    fn what_was_encoded_comes_back_within_a_few_levels() {
        let frame = encode_jpeg(16, 16, 3, &flat([200, 60, 10]), 95).unwrap();
        let samples = decode(&frame, &colour(16, 16, "YBR_FULL_422")).unwrap();
        assert_eq!(samples.photometric, "RGB");
        assert!(close(&samples, [200, 60, 10]), "{:?}", &samples.bytes[..3]);
    }

    #[test]
    fn rgb_without_any_marker_stays_rgb_when_the_attributes_say_so() {
        // What the encoder took for RGB went in as YCbCr components; without its JFIF marker only the attributes tell.
        let frame = encode_jpeg(16, 16, 3, &flat([200, 60, 10]), 95).unwrap();
        let header = Header::read(&frame).unwrap();
        let mut bare = frame[..2].to_vec();
        bare.extend_from_slice(&frame[header.jfif.unwrap().end..]);
        let as_stored = decode(&bare, &colour(16, 16, "RGB")).unwrap();
        let converted = decode(&bare, &colour(16, 16, "YBR_FULL")).unwrap();
        assert!(close(&converted, [200, 60, 10]), "{:?}", &converted.bytes[..3]);
        // Luminance of (200, 60, 10) is 96, chrominance 79 and 202.
        assert!(close(&as_stored, [96, 79, 202]), "{:?}", &as_stored.bytes[..3]);
    }

    #[test]
    fn refuses_a_codestream_of_another_size() {
        let frame = encode_jpeg(16, 16, 1, &[9; 256], 90).unwrap();
        assert!(decode(&frame, &grey(16, 16, 8)).is_ok());
        assert!(decode(&frame, &grey(16, 17, 8)).is_err());
        assert!(decode(&frame, &colour(16, 16, "RGB")).is_err());
    }

    #[test]
    fn refuses_a_codestream_that_ends_early() {
        let picture: Vec<u8> = (0..256_u32 * 256).map(|i| ((i * i) >> 7) as u8).collect();
        let frame = encode_jpeg(256, 256, 1, &picture, 90).unwrap();
        assert!(decode(&frame[..frame.len() / 2], &grey(256, 256, 8)).is_err());
        for length in 0..200.min(frame.len()) {
            assert!(decode(&frame[..length], &grey(256, 256, 8)).is_err());
        }
    }

    #[test]
    fn eight_bit_codestreams_widen_to_sixteen_bits_allocated() {
        let frame = encode_jpeg(16, 16, 1, &[77; 256], 100).unwrap();
        let samples = decode(&frame, &grey(16, 16, 16)).unwrap();
        assert_eq!(samples.bytes, [77, 0].repeat(256));
    }
}

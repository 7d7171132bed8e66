//! Pictures for the screen: JPEG and PNG of 8-bit grey or RGB.

use std::borrow::Cow;

use crate::CodecError;
use crate::turbojpeg::{Layout, Lossy, compress8};

/// Most bytes of an ICC profile in one segment of JPEG.
const LONGEST_SEGMENT: usize = 65_519;

/// Encodes a picture as JPEG.
///
/// `samples` are `width * height * channels` bytes, interleaved; `channels` is 1 (grey) or 3 (RGB); `quality` is 1 to 100.
///
/// # Errors
/// [`CodecError::Broken`] when the samples do not fill the picture or a side is longer than JPEG can say (65535).
pub fn encode_jpeg(width: u32, height: u32, channels: u8, samples: &[u8], quality: u8) -> Result<Vec<u8>, CodecError> {
    let layout = match channels {
        1 => Layout::Grey,
        3 => Layout::Rgb,
        other => return Err(CodecError::broken(format!("a picture of {other} channels"))),
    };
    // What is asked for in high quality has its colours at full width.
    compress8((width, height), layout, samples, Lossy { quality, shared_chrominance: quality < 90 })
}

/// The same with the ICC profile of its colours, when there is one (ICC.1:2010 §B.4: APP2 segments).
///
/// # Errors
/// As of [`encode_jpeg`]; also when the profile is longer than 255 segments hold (16 MB).
pub fn encode_jpeg_with(
    width: u32,
    height: u32,
    channels: u8,
    samples: &[u8],
    quality: u8,
    profile: Option<&[u8]>,
) -> Result<Vec<u8>, CodecError> {
    let jpeg = encode_jpeg(width, height, channels, samples, quality)?;
    let Some(profile) = profile else { return Ok(jpeg) };
    let segments = profile.chunks(LONGEST_SEGMENT);
    let count = u8::try_from(segments.len()).map_err(|_| CodecError::broken("the ICC profile is too long for JPEG"))?;
    // After the start of the image and the JFIF segment, which must come first.
    let after = match jpeg.get(2..6) {
        Some([0xff, 0xe0, high, low]) => 4 + usize::from(u16::from_be_bytes([*high, *low])),
        _ => 2,
    };
    let mut whole = Vec::with_capacity(jpeg.len() + profile.len() + 18 * segments.len());
    whole.extend_from_slice(&jpeg[..after]);
    for (number, segment) in (1..=count).zip(segments) {
        whole.extend_from_slice(&[0xff, 0xe2]);
        whole.extend_from_slice(&(segment.len() as u16 + 16).to_be_bytes());
        whole.extend_from_slice(b"ICC_PROFILE\0");
        whole.extend_from_slice(&[number, count]);
        whole.extend_from_slice(segment);
    }
    whole.extend_from_slice(&jpeg[after..]);
    Ok(whole)
}

/// Encodes a picture as PNG. Arguments as of [`encode_jpeg`].
///
/// # Errors
/// [`CodecError::Broken`] when the samples do not fill the picture.
pub fn encode_png(width: u32, height: u32, channels: u8, samples: &[u8]) -> Result<Vec<u8>, CodecError> {
    encode_png_with(width, height, channels, samples, None)
}

/// The same with the ICC profile of its colours, when there is one.
///
/// # Errors
/// As of [`encode_png`].
pub fn encode_png_with(
    width: u32,
    height: u32,
    channels: u8,
    samples: &[u8],
    profile: Option<&[u8]>,
) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    let mut info = png::Info::with_size(width, height);
    info.icc_profile = profile.map(Cow::Borrowed);
    let broken = |error: png::EncodingError| CodecError::broken(error.to_string());
    let mut encoder = png::Encoder::with_info(&mut bytes, info).map_err(broken)?;
    encoder.set_color(match channels {
        1 => png::ColorType::Grayscale,
        3 => png::ColorType::Rgb,
        other => return Err(CodecError::broken(format!("a picture of {other} channels"))),
    });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().map_err(broken)?;
    writer.write_image_data(samples).map_err(broken)?;
    writer.finish().map_err(broken)?;
    Ok(bytes)
}

/// Encodes 16-bit grey samples as PNG.
///
/// # Errors
/// [`CodecError::Broken`] when the samples do not fill the picture.
pub fn encode_png_16(width: u32, height: u32, samples: &[u16]) -> Result<Vec<u8>, CodecError> {
    let broken = |error: png::EncodingError| CodecError::broken(error.to_string());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Sixteen);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().map_err(broken)?;
    let big_endian: Vec<u8> = samples.iter().flat_map(|sample| sample.to_be_bytes()).collect();
    writer.write_image_data(&big_endian).map_err(broken)?;
    writer.finish().map_err(broken)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn png_gives_back_what_it_was_given() {
        let samples: Vec<u8> = (0..5 * 7 * 3).map(|i| (i * 37) as u8).collect();
        let bytes = encode_png(5, 7, 3, &samples).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut back = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut back).unwrap();
        assert_eq!(back, samples);
    }

    #[test]
    fn png_of_16_bits_gives_back_what_it_was_given() {
        let bytes = encode_png_16(3, 1, &[0, 258, 65_535]).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut back = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut back).unwrap();
        assert_eq!(back, [0, 0, 1, 2, 255, 255]);
        assert!(encode_png_16(3, 1, &[0]).is_err());
    }

    #[test]
    fn profiles_come_back_out_of_jpeg_and_png() {
        let profile: Vec<u8> = (0..150_000_u32).map(|i| (i * 7) as u8).collect();
        let png = encode_png_with(2, 1, 3, &[9; 6], Some(&profile)).unwrap();
        let reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        assert_eq!(reader.info().icc_profile.as_deref(), Some(&profile[..]));
        let jpeg = encode_jpeg_with(2, 1, 3, &[9; 6], 90, Some(&profile)).unwrap();
        let mut found: Vec<u8> = Vec::new();
        let mut at = 2;
        while jpeg[at + 1] != 0xda {
            let length = usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
            let segment = &jpeg[at + 4..at + 2 + length];
            found.extend(segment.strip_prefix(b"ICC_PROFILE\0").map_or(&[][..], |rest| &rest[2..]));
            at += 2 + length;
        }
        assert_eq!(found, profile);
        assert_eq!(jpeg[2..4], [0xff, 0xe0]);
        assert!(encode_jpeg_with(2, 1, 3, &[9; 6], 90, Some(&vec![0; 17 << 20])).is_err());
    }

    #[test]
    fn refuses_samples_that_do_not_fill_the_picture() {
        assert!(encode_png(5, 7, 1, &[0; 34]).is_err());
        assert!(encode_jpeg(5, 7, 1, &[0; 34], 90).is_err());
        assert!(encode_jpeg(5, 7, 2, &[0; 70], 90).is_err());
        assert!(encode_jpeg(0, 0, 1, &[], 90).is_err());
        assert!(encode_jpeg(70000, 1, 1, &[0; 70000], 90).is_err());
    }
}

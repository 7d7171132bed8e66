//! Pictures for the screen: JPEG and PNG of 8-bit grey or RGB.

use crate::CodecError;
use crate::turbojpeg::{Layout, Lossy, compress8};

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

/// Encodes a picture as PNG. Arguments as of [`encode_jpeg`].
///
/// # Errors
/// [`CodecError::Broken`] when the samples do not fill the picture.
pub fn encode_png(width: u32, height: u32, channels: u8, samples: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(match channels {
        1 => png::ColorType::Grayscale,
        3 => png::ColorType::Rgb,
        other => return Err(CodecError::broken(format!("a picture of {other} channels"))),
    });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let broken = |error: png::EncodingError| CodecError::broken(error.to_string());
    let mut writer = encoder.write_header().map_err(broken)?;
    writer.write_image_data(samples).map_err(broken)?;
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
    fn refuses_samples_that_do_not_fill_the_picture() {
        assert!(encode_png(5, 7, 1, &[0; 34]).is_err());
        assert!(encode_jpeg(5, 7, 1, &[0; 34], 90).is_err());
        assert!(encode_jpeg(5, 7, 2, &[0; 70], 90).is_err());
        assert!(encode_jpeg(0, 0, 1, &[], 90).is_err());
        assert!(encode_jpeg(70000, 1, 1, &[0; 70000], 90).is_err());
    }
}

//! Pictures that people have: PNG and JPEG files, told by their first bytes.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{CodecError, jpeg};

/// A picture of 8-bit grey levels or RGB colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedPicture {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// 1 or 3.
    pub channels: u8,
    /// Row by row from the top.
    pub samples: Vec<u8>,
}

/// Decodes a PNG or JPEG file of at most so many pixels. What is transparent is as if it were not.
///
/// # Errors
/// [`CodecError::Unsupported`] when it is neither, [`CodecError::Broken`] when it is damaged or too large.
pub fn decode_picture(file: &[u8], most_pixels: u64) -> Result<DecodedPicture, CodecError> {
    let decode = || match file {
        [0x89, b'P', b'N', b'G', ..] => png(file, most_pixels),
        [0xff, 0xd8, 0xff, ..] => jpeg(file, most_pixels),
        _ => Err(CodecError::Unsupported("of a picture that is neither PNG nor JPEG".to_owned())),
    };
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| Err(CodecError::broken("the decoder gave up")))
}

/// Columns and rows of a PNG or JPEG file of at most so many pixels; nothing is decoded.
///
/// # Errors
/// As [`decode_picture`].
pub fn picture_size(file: &[u8], most_pixels: u64) -> Result<(u32, u32), CodecError> {
    let size = || match file {
        [0x89, b'P', b'N', b'G', ..] => {
            let reader = png::Decoder::new(Cursor::new(file)).read_info();
            let reader = reader.map_err(|error| CodecError::broken(error.to_string()))?;
            Ok((reader.info().width, reader.info().height))
        }
        [0xff, 0xd8, 0xff, ..] => jpeg::format(file).map(|format| (format.columns, format.rows)),
        _ => Err(CodecError::Unsupported("of a picture that is neither PNG nor JPEG".to_owned())),
    };
    let size =
        catch_unwind(AssertUnwindSafe(size)).unwrap_or_else(|_| Err(CodecError::broken("the decoder gave up")))?;
    check(size, most_pixels).map(|()| size)
}

fn check((width, height): (u32, u32), most: u64) -> Result<(), CodecError> {
    match u64::from(width) * u64::from(height) {
        0 => Err(CodecError::broken("the picture has no pixels")),
        pixels if pixels > most => Err(CodecError::broken(format!("{width} × {height} pixels are more than {most}"))),
        _ => Ok(()),
    }
}

fn png(file: &[u8], most: u64) -> Result<DecodedPicture, CodecError> {
    let broken = |error: png::DecodingError| CodecError::broken(error.to_string());
    let mut decoder = png::Decoder::new(Cursor::new(file));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(broken)?;
    let size = (reader.info().width, reader.info().height);
    check(size, most)?;
    let length = reader.output_buffer_size().ok_or_else(|| CodecError::broken("the picture is too large"))?;
    let mut bytes = vec![0; length];
    let frame = reader.next_frame(&mut bytes).map_err(broken)?;
    bytes.truncate(frame.buffer_size());
    let (channels, kept) = match frame.color_type {
        png::ColorType::Grayscale => (1, 1),
        png::ColorType::GrayscaleAlpha => (2, 1),
        png::ColorType::Rgb => (3, 3),
        png::ColorType::Rgba => (4, 3),
        png::ColorType::Indexed => return Err(CodecError::broken("the palette was not applied")),
    };
    let samples = match channels == kept {
        true => bytes,
        false => bytes.chunks_exact(channels).flat_map(|pixel| &pixel[..kept]).copied().collect(),
    };
    Ok(DecodedPicture { width: size.0, height: size.1, channels: kept as u8, samples })
}

fn jpeg(file: &[u8], most: u64) -> Result<DecodedPicture, CodecError> {
    let format = jpeg::format(file)?;
    check((format.columns, format.rows), most)?;
    format.frame_bytes()?;
    let decoded = jpeg::decode(file, &format)?;
    let samples = match format.bits_allocated {
        8 => decoded.bytes,
        _ => {
            let words = decoded.bytes.as_chunks::<2>().0.iter();
            words.map(|word| (u16::from_le_bytes(*word) >> format.bits_stored.saturating_sub(8)) as u8).collect()
        }
    };
    let channels = if format.samples == 3 { 3 } else { 1 };
    Ok(DecodedPicture { width: format.columns, height: format.rows, channels, samples })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{encode_jpeg, encode_png, encode_png_16};

    #[test]
    fn a_png_comes_back_as_it_was() {
        let samples: Vec<u8> = (0..60).collect();
        let grey = decode_picture(&encode_png(12, 5, 1, &samples).unwrap(), 60).unwrap();
        assert_eq!((grey.width, grey.height, grey.channels), (12, 5, 1));
        assert_eq!(grey.samples, samples);
        let file = encode_png(12, 5, 1, &samples).unwrap();
        assert_eq!(picture_size(&file[..file.len() - 20], 60), Ok((12, 5)));
        let colour = decode_picture(&encode_png(4, 5, 3, &samples).unwrap(), 60).unwrap();
        assert_eq!((colour.channels, colour.samples), (3, samples));
        let wide = decode_picture(&encode_png_16(2, 1, &[0x1234, 0xffff]).unwrap(), 60).unwrap();
        assert_eq!(wide.samples, [0x12, 0xff]);
    }

    #[test]
    fn a_jpeg_comes_back_nearly() {
        let samples = [200_u8, 60, 10].repeat(256);
        let picture = decode_picture(&encode_jpeg(16, 16, 3, &samples, 95).unwrap(), 256).unwrap();
        assert_eq!((picture.width, picture.height, picture.channels), (16, 16, 3));
        assert_eq!(picture_size(&encode_jpeg(16, 16, 3, &samples, 95).unwrap(), 256), Ok((16, 16)));
        assert!(picture.samples.iter().zip(&samples).all(|(one, other)| one.abs_diff(*other) < 6));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let file = encode_png(12, 5, 1, &[7; 60]).unwrap();
        assert!(matches!(decode_picture(&file, 59), Err(CodecError::Broken(_))));
        assert!(matches!(picture_size(&file, 59), Err(CodecError::Broken(_))));
        assert!(matches!(picture_size(b"GIF89a", 60), Err(CodecError::Unsupported(_))));
        assert!(matches!(decode_picture(&file[..40], 60), Err(CodecError::Broken(_))));
        assert!(matches!(decode_picture(b"\xff\xd8\xff\xe0", 60), Err(CodecError::Broken(_))));
        assert!(matches!(decode_picture(b"GIF89a", 60), Err(CodecError::Unsupported(_))));
        assert!(matches!(decode_picture(b"", 60), Err(CodecError::Unsupported(_))));
    }
}

//! GIF pictures, one or one after another (GIF89a, with Netscape's extension to repeat).
//!
//! Frames are written as they come: an encoder holds one frame, however long the loop is.

use crate::CodecError;

/// Quality of the choice of 256 colours, from 1 (best) to 30 (fastest).
const SPEED: i32 = 10;
/// Longest side that GIF can say.
const LONGEST_SIDE: u32 = 0xffff;

/// Writes a GIF frame by frame.
pub struct GifWriter {
    encoder: gif::Encoder<Vec<u8>>,
    size: (u16, u16),
    channels: u8,
}

impl GifWriter {
    /// Of pictures of this size with 1 (grey) or 3 (RGB) channels; `animated` ones are repeated for ever.
    ///
    /// # Errors
    /// [`CodecError::Broken`] when a side is longer than GIF can say, or with other channels.
    pub fn new(width: u32, height: u32, channels: u8, animated: bool) -> Result<Self, CodecError> {
        if width == 0 || height == 0 || width.max(height) > LONGEST_SIDE || !matches!(channels, 1 | 3) {
            return Err(CodecError::broken(format!("a GIF of {width} × {height} pixels with {channels} channels")));
        }
        let size = (width as u16, height as u16);
        let greys: Vec<u8> = (0..=255).flat_map(|grey: u8| [grey; 3]).collect();
        let palette: &[u8] = if channels == 1 { &greys } else { &[] };
        let mut encoder = gif::Encoder::new(Vec::new(), size.0, size.1, palette).map_err(broken)?;
        if animated {
            encoder.set_repeat(gif::Repeat::Infinite).map_err(broken)?;
        }
        Ok(Self { encoder, size, channels })
    }

    /// Appends a frame that is shown for so many hundredths of a second; gives what has been written since the last call.
    ///
    /// # Errors
    /// [`CodecError::Broken`] when the samples do not fill the picture.
    pub fn frame(&mut self, samples: &[u8], hundredths: u16) -> Result<Vec<u8>, CodecError> {
        let (width, height) = self.size;
        if samples.len() != usize::from(width) * usize::from(height) * usize::from(self.channels) {
            return Err(CodecError::broken("the samples do not fill the picture"));
        }
        let mut frame = match self.channels {
            // Levels are indices of the palette of greys: nothing is lost.
            1 => gif::Frame { width, height, buffer: samples.into(), ..gif::Frame::default() },
            _ => gif::Frame::from_rgb_speed(width, height, samples, SPEED),
        };
        frame.delay = hundredths;
        self.encoder.write_frame(&frame).map_err(broken)?;
        Ok(std::mem::take(self.encoder.get_mut()))
    }

    /// The last bytes.
    ///
    /// # Errors
    /// [`CodecError::Broken`] when nothing can be written.
    pub fn finish(self) -> Result<Vec<u8>, CodecError> {
        self.encoder.into_inner().map_err(|error| CodecError::broken(error.to_string()))
    }
}

/// Encodes one picture as GIF: grey exactly, colour with the 256 colours that fit best.
///
/// # Errors
/// As of [`GifWriter::new`] and [`GifWriter::frame`].
pub fn encode_gif(width: u32, height: u32, channels: u8, samples: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut writer = GifWriter::new(width, height, channels, false)?;
    let mut bytes = writer.frame(samples, 0)?;
    bytes.extend(writer.finish()?);
    Ok(bytes)
}

fn broken(error: gif::EncodingError) -> CodecError {
    CodecError::broken(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(bytes: &[u8]) -> Vec<(u16, Vec<u8>)> {
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(bytes).unwrap();
        let mut frames = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            frames.push((frame.delay, frame.buffer.to_vec()));
        }
        frames
    }

    #[test]
    fn every_grey_level_comes_back() {
        let samples: Vec<u8> = (0..=255).collect();
        let decoded = frames(&encode_gif(16, 16, 1, &samples).unwrap()).remove(0).1;
        assert!(decoded.chunks(4).zip(&samples).all(|(pixel, level)| pixel == [*level, *level, *level, 255]));
    }

    #[test]
    fn few_colours_come_back() {
        let samples = [[250, 10, 20], [0, 0, 0], [9, 200, 90], [255, 255, 255]].concat();
        let decoded = frames(&encode_gif(2, 2, 3, &samples).unwrap()).remove(0).1;
        let back: Vec<u8> = decoded.chunks(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
        assert_eq!(back, samples);
    }

    #[test]
    fn frames_are_written_as_they_come() {
        let mut writer = GifWriter::new(2, 1, 1, true).unwrap();
        let mut bytes = writer.frame(&[1, 2], 4).unwrap();
        assert!(bytes.starts_with(b"GIF89a"));
        let second = writer.frame(&[3, 4], 7).unwrap();
        assert!(!second.is_empty() && !second.starts_with(b"GIF"));
        bytes.extend(second);
        bytes.extend(writer.finish().unwrap());
        let delays: Vec<u16> = frames(&bytes).iter().map(|(delay, _)| *delay).collect();
        assert_eq!(delays, [4, 7]);
    }

    #[test]
    fn refuses_what_is_no_picture() {
        assert!(GifWriter::new(0, 1, 1, false).is_err());
        assert!(GifWriter::new(70_000, 1, 1, false).is_err());
        assert!(GifWriter::new(1, 1, 2, false).is_err());
        assert!(encode_gif(2, 2, 1, &[0; 3]).is_err());
    }
}

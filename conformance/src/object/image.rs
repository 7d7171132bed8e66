//! Images of 16 × 16 pixels whose every sample is known.

use super::DataSet;

/// A JPEG (Baseline) of 16 × 16 grey pixels, a ramp from black to white.
pub const GREY_JPEG: &[u8] = include_bytes!("grey.jpg");

/// Side of every image in pixels.
const SIDE: u16 = 16;

/// How samples are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Samples {
    /// 8 bits, MONOCHROME2.
    Grey,
    /// 12 bits in 16, MONOCHROME2.
    Deep,
    /// 8 bits, RGB, colour by pixel.
    Colour,
}

/// Puts the Image Pixel Module with these Pixel Data (PS3.3 §C.7.6.3).
pub fn image(data_set: &mut DataSet, samples: Samples, frames: usize, pixels: Vec<u8>) {
    let (allocated, stored) = if samples == Samples::Deep { (16, 12) } else { (8, 8) };
    let colour = samples == Samples::Colour;
    data_set.shorts(0x0028_0002, &[if colour { 3 } else { 1 }]);
    data_set.text(0x0028_0004, "CS", if colour { "RGB" } else { "MONOCHROME2" });
    if colour {
        data_set.shorts(0x0028_0006, &[0]);
    }
    if frames > 1 {
        data_set.text(0x0028_0008, "IS", &frames.to_string());
    }
    data_set.shorts(0x0028_0010, &[SIDE]).shorts(0x0028_0011, &[SIDE]);
    data_set.shorts(0x0028_0100, &[allocated]).shorts(0x0028_0101, &[stored]);
    data_set.shorts(0x0028_0102, &[stored - 1]).shorts(0x0028_0103, &[0]);
    data_set.bytes(0x7fe0_0010, if samples == Samples::Deep { "OW" } else { "OB" }, pixels);
}

/// Encapsulated Pixel Data of one fragment a frame, with an empty Basic Offset Table (PS3.5 §A.4).
pub fn encapsulated(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut value = vec![0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0];
    for frame in frames {
        let padded = frame.len() + frame.len() % 2;
        value.extend_from_slice(&[0xfe, 0xff, 0x00, 0xe0]);
        value.extend_from_slice(&u32::try_from(padded).unwrap_or(u32::MAX).to_le_bytes());
        value.extend_from_slice(frame);
        value.resize(value.len() + padded - frame.len(), 0);
    }
    value.extend_from_slice(&[0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
    value
}

/// One frame of 8-bit samples in RLE (PS3.5 Annex G): one segment of literal runs.
pub fn rle(samples: &[u8]) -> Vec<u8> {
    let mut frame = vec![0; 64];
    frame[0] = 1;
    frame[4] = 64;
    for run in samples.chunks(128) {
        frame.push(u8::try_from(run.len() - 1).unwrap_or_default());
        frame.extend_from_slice(run);
    }
    if frame.len() % 2 == 1 {
        frame.push(0x80);
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_jpeg_is_of_the_size_that_is_said() {
        assert_eq!(crate::picture::size(GREY_JPEG), Some((16, 16)));
    }
}

//! What the attributes say of a frame, and how large it may be.

use crate::CodecError;

/// Largest decoded frame in bytes. A frame of 32768 × 32768 grey pixels fits; what declares more is refused unread.
pub const LARGEST_FRAME: u64 = 1 << 30;

/// What is known of a frame before it is decoded (from the image's attributes).
#[derive(Debug, Clone)]
pub struct FrameFormat {
    /// Rows (0028,0010).
    pub rows: u32,
    /// Columns (0028,0011).
    pub columns: u32,
    /// Samples per Pixel (0028,0002).
    pub samples: u16,
    /// Bits Allocated (0028,0100).
    pub bits_allocated: u16,
    /// Bits Stored (0028,0101).
    pub bits_stored: u16,
    /// Pixel Representation (0028,0103) is 1.
    pub signed: bool,
    /// Photometric Interpretation (0028,0004).
    pub photometric: String,
    /// Planar Configuration (0028,0006).
    pub planar: u16,
}

impl FrameFormat {
    /// Length in bytes of the decoded, interleaved frame (PS3.5 §8.1.1).
    ///
    /// # Errors
    /// [`CodecError::Broken`] when there are no pixels, Bits Allocated is none of 1, 8, 16, 32 and 64, or the frame would
    /// be larger than [`LARGEST_FRAME`].
    pub fn frame_bytes(&self) -> Result<usize, CodecError> {
        if self.rows == 0 || self.columns == 0 || self.samples == 0 {
            return Err(CodecError::broken("the image has no Rows, no Columns or no Samples per Pixel"));
        }
        if !matches!(self.bits_allocated, 1 | 8 | 16 | 32 | 64) {
            return Err(CodecError::broken(format!("Bits Allocated is {}", self.bits_allocated)));
        }
        let bits = u64::from(self.rows) * u64::from(self.columns);
        bits.checked_mul(u64::from(self.samples))
            .and_then(|samples| samples.checked_mul(u64::from(self.bits_allocated)))
            .map(|bits| bits.div_ceil(8))
            .filter(|bytes| *bytes <= LARGEST_FRAME)
            .map(|bytes| bytes as usize)
            .ok_or_else(|| {
                CodecError::broken(format!(
                    "a frame of {} × {} pixels with {} samples of {} bits is too large",
                    self.columns, self.rows, self.samples, self.bits_allocated
                ))
            })
    }

    /// Pixels of a frame.
    pub(crate) fn pixels(&self) -> usize {
        self.rows as usize * self.columns as usize
    }

    /// Bytes of one sample; 0 for one-bit samples.
    pub(crate) fn sample_bytes(&self) -> usize {
        usize::from(self.bits_allocated) / 8
    }

    /// Refuses a codestream whose own dimensions contradict the attributes.
    pub(crate) fn expect(&self, width: u32, height: u32, components: u32, precision: u32) -> Result<(), CodecError> {
        if (width, height) != (self.columns, self.rows) {
            return Err(CodecError::broken(format!(
                "the codestream is {width} × {height} pixels, the attributes say {} × {}",
                self.columns, self.rows
            )));
        }
        if components != u32::from(self.samples) {
            return Err(CodecError::broken(format!(
                "the codestream has {components} components, Samples per Pixel is {}",
                self.samples
            )));
        }
        if precision == 0 || precision > u32::from(self.bits_allocated) || self.bits_allocated > 32 {
            return Err(CodecError::broken(format!(
                "the codestream has samples of {precision} bits, Bits Allocated is {}",
                self.bits_allocated
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn grey(columns: u32, rows: u32, bits: u16) -> FrameFormat {
        FrameFormat {
            rows,
            columns,
            samples: 1,
            bits_allocated: bits,
            bits_stored: bits,
            signed: false,
            photometric: "MONOCHROME2".into(),
            planar: 0,
        }
    }

    pub(crate) fn colour(columns: u32, rows: u32, photometric: &str) -> FrameFormat {
        FrameFormat { samples: 3, photometric: photometric.into(), ..grey(columns, rows, 8) }
    }

    #[test]
    fn one_bit_frames_end_on_a_byte() {
        assert_eq!(grey(3, 3, 1).frame_bytes(), Ok(2));
    }

    #[test]
    fn refuses_frames_larger_than_the_limit_without_overflow() {
        let mut format = grey(65535, 65535, 32);
        assert!(format.frame_bytes().is_err());
        format.rows = u32::MAX;
        format.columns = u32::MAX;
        format.samples = u16::MAX;
        assert!(format.frame_bytes().is_err());
    }

    #[test]
    fn refuses_frames_without_pixels() {
        assert!(grey(0, 3, 8).frame_bytes().is_err());
        assert!(grey(3, 3, 12).frame_bytes().is_err());
    }
}

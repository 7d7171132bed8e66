//! Voxels in, voxels out: operations on samples that know nothing of DICOM.
//!
//! Every operation has a plain implementation that defines what is right.

/// A picture for the screen: 8 bits a sample, rows from the top, samples interleaved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// 1 (grey) or 3 (RGB).
    pub channels: u8,
    /// `width * height * channels` bytes.
    pub samples: Vec<u8>,
}

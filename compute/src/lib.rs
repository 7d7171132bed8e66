//! Voxels in, voxels out: operations on samples that know nothing of DICOM.
//!
//! Every operation has a plain implementation that defines what is right. Samples are slices of bytes, little endian,
//! interleaved by pixel; what they mean is told by a few numbers beside them. In reading order: samples to numbers
//! ([`sample`], [`bits`], [`planes`]), numbers to what was measured ([`modality`]), what was measured to grey levels
//! ([`voi`], [`presentation`], [`grey`]), colour ([`palette`], [`ybr`], [`depth`], [`icc`]), what is laid over pictures ([`overlay`],
//! [`draw`], [`text`]), and pictures to the size of the screen
//! ([`region`], [`scale`]). Samples in space are apart: [`volume`], and `device` for the same on OpenCL. Pictures that look
//! like a given one: [`similar`].

pub mod bits;
pub mod depth;
#[cfg(feature = "opencl")]
pub mod device;
pub mod draw;
pub mod grey;
pub mod icc;
pub mod lookup_table;
pub mod modality;
pub mod overlay;
pub mod palette;
pub mod planes;
pub mod presentation;
pub mod region;
pub mod sample;
pub mod scale;
pub mod similar;
pub mod text;
pub mod voi;
pub mod volume;
pub mod ybr;

pub use lookup_table::LookupTable;
pub use modality::Modality;
pub use presentation::Presentation;
pub use sample::{Numbers, SampleFormat};
pub use voi::Voi;
pub use volume::{Geometry, Volume, Voxels};

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

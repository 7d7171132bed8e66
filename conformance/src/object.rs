//! A small writer of DICOM objects: the same bytes for the same UIDs, in Explicit VR Little Endian.

mod data_set;
mod image;

pub use data_set::DataSet;
pub use image::{GREY_JPEG, Samples, encapsulated, image, rle};

/// Explicit VR Little Endian.
pub const EXPLICIT: &str = "1.2.840.10008.1.2.1";
/// JPEG Baseline (Process 1).
pub const JPEG_BASELINE: &str = "1.2.840.10008.1.2.4.50";
/// RLE Lossless.
pub const RLE: &str = "1.2.840.10008.1.2.5";

/// MPEG-4 AVC/H.264 High Profile / Level 4.1.
pub const MPEG4: &str = "1.2.840.10008.1.2.4.102";

/// CT Image Storage.
pub const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
/// Secondary Capture Image Storage.
pub const SECONDARY_CAPTURE: &str = "1.2.840.10008.5.1.4.1.1.7";
/// Multi-frame Grayscale Byte Secondary Capture Image Storage.
pub const MULTI_FRAME: &str = "1.2.840.10008.5.1.4.1.1.7.2";
/// Video Photographic Image Storage.
pub const VIDEO: &str = "1.2.840.10008.5.1.4.1.1.77.1.4.1";
/// Basic Text SR Storage.
pub const BASIC_TEXT_SR: &str = "1.2.840.10008.5.1.4.1.1.88.11";
/// Encapsulated PDF Storage.
pub const ENCAPSULATED_PDF: &str = "1.2.840.10008.5.1.4.1.1.104.1";

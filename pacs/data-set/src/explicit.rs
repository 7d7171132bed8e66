//! A stored object as Explicit VR Little Endian (or any native syntax to it): headers rewritten, values copied by range.
//!
//! Deflated, implicit and big-endian objects come out as `1.2.840.10008.1.2.1`; sequences keep their shape, private
//! elements of implicit objects become UN, and encapsulated Pixel Data is replaced by frames that the caller decodes.

use std::ops::Range;

use crate::element::DataSet;

/// One piece of the rewritten object, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// This range of the stored object, as it is.
    Copy(Range<u64>),
    /// This range of the stored object with every group of `usize` bytes reversed (big endian to little).
    Swap(Range<u64>, usize),
    /// The native samples of every frame, in order, then a padding byte if their sum is odd (the caller decodes).
    Frames,
}

/// What the caller's decoder makes of encapsulated Pixel Data.
#[derive(Debug, Clone)]
pub struct DecodedPixelData {
    /// Length of all frames together in bytes.
    pub length: u64,
    /// Photometric Interpretation of the decoded samples, when it differs from the stored one (YBR_FULL_422 to RGB …).
    pub photometric_interpretation: Option<&'static str>,
    /// Planar Configuration of the decoded samples, for more than one sample per pixel.
    pub planar_configuration: Option<u16>,
    /// Bits Allocated of the decoded samples.
    pub bits_allocated: u16,
}

/// The plan of a whole PS3.10 file in Explicit VR Little Endian: preamble, file meta information (SOP Class and Instance
/// as stored, our Implementation Class UID) and data set. `decoded` must be given when the object has encapsulated Pixel Data.
pub fn plan(set: &DataSet, decoded: Option<&DecodedPixelData>) -> Vec<Piece> {
    let _ = (set, decoded);
    todo!()
}

/// The plan of the data set alone, as C-STORE sends it (PS3.7 §9.1.1).
pub fn plan_data_set(set: &DataSet, decoded: Option<&DecodedPixelData>) -> Vec<Piece> {
    let _ = (set, decoded);
    todo!()
}

/// Preamble and file meta information for a data set in `transfer_syntax` (PS3.10 §7.1), group length included.
pub fn file_meta(
    sop_class_uid: &str,
    sop_instance_uid: &str,
    transfer_syntax: &str,
    source_ae: Option<&str>,
) -> Vec<u8> {
    let _ = (sop_class_uid, sop_instance_uid, transfer_syntax, source_ae);
    todo!()
}

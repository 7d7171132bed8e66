//! Elements whose bytes come apart from the data set: what stands before, between and behind them.

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

use crate::explicit::write::{padding, put_header};
use crate::reader::vr::has_long_header;

/// The longest value of defined length.
const LONGEST: u64 = 0xffff_fffe;

/// The longest fragment that is written of a longer frame.
const LONGEST_FRAGMENT: u64 = 1 << 31;

/// What ends encapsulated Pixel Data.
pub const END: &[u8] = b"\xfe\xff\xdd\xe0\0\0\0\0";

/// The header of an element with a value of `length` bytes, and what pads the value to an even length. `None` when no
/// element of this VR can be so long.
pub fn native(tag: Tag, vr: VR, length: u64) -> Option<(Vec<u8>, Option<u8>)> {
    let longest = if has_long_header(vr) { LONGEST } else { 0xfffe };
    if length > longest {
        return None;
    }
    let mut header = Vec::new();
    put_header(&mut header, tag, vr, length + length % 2);
    Some((header, (length % 2 == 1).then(|| padding(vr))))
}

/// The header of encapsulated Pixel Data (PS3.5 §A.4) with a Basic Offset Table for frames of these lengths. The table
/// is empty for a single frame, and when an offset would not fit into it.
pub fn encapsulated(frames: &[u64]) -> Vec<u8> {
    let mut header = Vec::new();
    let tag = tags::PIXEL_DATA;
    header.extend_from_slice(&tag.group().to_le_bytes());
    header.extend_from_slice(&tag.element().to_le_bytes());
    header.extend_from_slice(b"OB\0\0\xff\xff\xff\xff");
    let mut at = 0u64;
    let mut offsets = Vec::with_capacity(frames.len());
    for frame in frames {
        offsets.push(at);
        at += fragments(*frame).map(|length| 8 + length + length % 2).sum::<u64>();
    }
    let table: Option<Vec<u32>> = offsets.into_iter().map(|offset| u32::try_from(offset).ok()).collect();
    let table = table.filter(|table| table.len() > 1).unwrap_or_default();
    header.extend_from_slice(&item(table.len() as u64 * 4));
    table.iter().for_each(|offset| header.extend_from_slice(&offset.to_le_bytes()));
    header
}

/// The lengths of the fragments of a frame of `length` bytes: one, if it fits.
pub fn fragments(length: u64) -> impl Iterator<Item = u64> {
    let count = length.div_ceil(LONGEST_FRAGMENT).max(1);
    (0..count).map(move |number| (length - number * LONGEST_FRAGMENT).min(LONGEST_FRAGMENT))
}

/// The header of a fragment of `length` bytes; an odd one is to be followed by a NUL.
pub fn item(length: u64) -> [u8; 8] {
    let mut header = *b"\xfe\xff\x00\xe0\0\0\0\0";
    header[4..].copy_from_slice(&((length + length % 2) as u32).to_le_bytes());
    header
}

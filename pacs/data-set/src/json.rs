//! The DICOM JSON Model (PS3.18 Annex F), written straight from the elements.

use dicom_core::{Tag, VR};

use crate::element::Item;

/// What stands before an element's path in a `BulkDataURI` until the origin server knows its address. It is followed by
/// the element's path: `7FE00010`, or `54000100/1/54001010` for an element of the first Item of a sequence.
/// No other place of the JSON can hold these bytes: they are not valid within a JSON string of ours.
pub const BULK_DATA_MARK: &str = "\u{1}bulk\u{1}";

/// What becomes of values too long to inline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bulk {
    /// A `BulkDataURI` that begins with [`BULK_DATA_MARK`].
    Mark,
    /// The element is left out.
    Omit,
}

/// How a data set becomes JSON.
pub struct JsonOptions<'a> {
    /// Values longer than this become a `BulkDataURI` (Pixel Data and its kin always do).
    pub inline_limit: u32,
    /// What becomes of longer values: a marked `BulkDataURI`, or nothing at all (for documents that are searched).
    pub bulk: Bulk,
    /// Which elements of the top level to write.
    pub keep: &'a dyn Fn(Tag, VR) -> bool,
}

/// Appends the JSON object of `item` to `out`.
pub fn write(item: Item<'_>, options: &JsonOptions<'_>, out: &mut Vec<u8>) {
    let _ = (item, options, out);
    todo!()
}

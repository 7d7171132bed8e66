//! The DICOM JSON Model (PS3.18 Annex F), written straight from the elements.
//!
//! One walk appends to a byte buffer: metadata of a series is thousands of headers, and a tree of values for each would
//! cost more than the reading.

mod excerpt;
mod number;
mod parts;
#[cfg(test)]
mod tests;
mod text;
mod unknown;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

pub use excerpt::Excerpt;
pub use parts::{Joined, NoObject, Part, Parts};

use crate::charset::CharacterSet;
use crate::element::{Element, Item, Kind};

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
    /// Binary values (OB, OD, OF, OL, OV, OW, UN) longer than this become a `BulkDataURI`. So do, whatever this says,
    /// Pixel Data and its kin, and values of any VR that the reader did not keep ([`crate::Limits::value`]).
    pub inline_limit: u32,
    /// What becomes of longer values: a marked `BulkDataURI`, or nothing at all (for documents that are searched).
    pub bulk: Bulk,
    /// Which elements of the top level to write.
    pub keep: &'a dyn Fn(Tag, VR) -> bool,
}

/// Appends the JSON object of `item` to `out` (PS3.18 §F.2.2).
///
/// Elements come in order of tag, the first one where a tag is there twice; group lengths and file meta information
/// are left out. Text is UTF-8 without padding. IS, DS, SV and UV are numbers where a number says the same, else strings;
/// a FL or FD that is no number is `"NaN"`, `"Infinity"` or `"-Infinity"`, as §F.2.3 does not say.
pub fn write(item: Item<'_>, options: &JsonOptions<'_>, out: &mut Vec<u8>) {
    Writer { options, out, path: Vec::new() }.item(item, options.keep);
}

/// The JSON object of `item` as a value, without what comes apart.
///
/// # Errors
/// It is nested deeper than a reader of JSON goes.
pub fn object(item: Item<'_>, inline_limit: u32) -> serde_json::Result<serde_json::Map<String, serde_json::Value>> {
    let mut text = Vec::new();
    write(item, &JsonOptions { inline_limit, bulk: Bulk::Omit, keep: &|_, _| true }, &mut text);
    serde_json::from_slice(&text)
}

/// The walk: where to write, and where in the data set it is.
struct Writer<'a> {
    options: &'a JsonOptions<'a>,
    out: &'a mut Vec<u8>,
    /// `54000100/1/` within the first Item of that sequence.
    path: Vec<u8>,
}

impl Writer<'_> {
    fn item(&mut self, item: Item<'_>, keep: &dyn Fn(Tag, VR) -> bool) {
        let set = CharacterSet::from_value(item.character_set_value());
        let mut elements: Vec<&Element> = item.elements().filter(|element| is_of_data_set(element.tag)).collect();
        elements.sort_by_key(|element| element.tag);
        elements.dedup_by_key(|element| element.tag);
        self.out.push(b'{');
        let mut first = true;
        for element in elements {
            let vr = unknown::vr_of(element, item.bytes(element));
            if keep(element.tag, vr) && self.element(item, element, vr, &set, first) {
                first = false;
            }
        }
        self.out.push(b'}');
    }

    /// Writes one element; false when it is left out.
    fn element(&mut self, item: Item<'_>, element: &Element, vr: VR, set: &CharacterSet, first: bool) -> bool {
        let start = self.out.len();
        self.out.extend_from_slice(if first { b"\"" } else { b",\"" });
        text::tag(element.tag, self.out);
        self.out.extend_from_slice(b"\":{\"vr\":\"");
        self.out.extend_from_slice(vr.to_string().as_bytes());
        self.out.push(b'"');
        let written = match (element.kind, item.bytes(element)) {
            (Kind::Sequence | Kind::Item, _) => {
                self.sequence(item, element);
                true
            }
            (Kind::Fragments, _) => self.bulk_data(element.tag),
            (Kind::Value, _) if element.is_empty() => {
                !(self.is_bulk(element.tag, 0) && self.options.bulk == Bulk::Omit)
            }
            (Kind::Value, None) => self.bulk_data(element.tag),
            (Kind::Value, Some(bytes)) if is_binary(vr) && self.is_bulk(element.tag, bytes.len()) => {
                self.bulk_data(element.tag)
            }
            (Kind::Value, Some(bytes)) => {
                self.value(vr, bytes, element.big_endian && element.vr != VR::UN, set);
                true
            }
        };
        match written {
            true => self.out.push(b'}'),
            false => self.out.truncate(start),
        }
        written
    }

    /// Whether a binary value of this length is bulk data.
    fn is_bulk(&self, tag: Tag, length: usize) -> bool {
        let pixels = matches!(tag, tags::PIXEL_DATA | tags::FLOAT_PIXEL_DATA | tags::DOUBLE_FLOAT_PIXEL_DATA);
        pixels || length > self.options.inline_limit as usize
    }

    /// A `BulkDataURI` with the element's path (PS3.18 §F.2.6); false when bulk data are left out.
    fn bulk_data(&mut self, tag: Tag) -> bool {
        if self.options.bulk == Bulk::Omit {
            return false;
        }
        self.out.extend_from_slice(b",\"BulkDataURI\":\"");
        self.out.extend_from_slice(BULK_DATA_MARK.as_bytes());
        self.out.extend_from_slice(&self.path);
        text::tag(tag, self.out);
        self.out.push(b'"');
        true
    }

    /// The Items of a sequence. The depth of the recursion is that of the data set, which the reader limits.
    fn sequence(&mut self, item: Item<'_>, element: &Element) {
        let outside = self.path.len();
        for (index, inner) in item.items(element).enumerate() {
            self.out.extend_from_slice(if index == 0 { b",\"Value\":[" } else { b"," });
            text::tag(element.tag, &mut self.path);
            self.path.extend_from_slice(format!("/{}/", index + 1).as_bytes());
            self.item(inner, &|_, _| true);
            self.path.truncate(outside);
        }
        if self.out.last() == Some(&b'}') {
            self.out.push(b']');
        }
    }

    /// A value that is there, by its VR (PS3.18 Table F.2.3-1).
    fn value(&mut self, vr: VR, bytes: &[u8], big_endian: bool, set: &CharacterSet) {
        match vr {
            VR::OB | VR::UN => self.binary::<1>(bytes, false),
            VR::OW => self.binary::<2>(bytes, big_endian),
            VR::OF | VR::OL => self.binary::<4>(bytes, big_endian),
            VR::OD | VR::OV => self.binary::<8>(bytes, big_endian),
            VR::AT | VR::FD | VR::FL | VR::SL | VR::SS | VR::SV | VR::UL | VR::US | VR::UV => {
                number::binary(vr, bytes, big_endian, self.out);
            }
            VR::IS | VR::DS => number::strings(vr, bytes, self.out),
            VR::PN => text::names(bytes, set, self.out),
            VR::SH | VR::LO | VR::UC => text::strings(vr, bytes, set, self.out),
            VR::ST | VR::LT | VR::UT | VR::UR => text::single(bytes, set, self.out),
            VR::AE | VR::AS | VR::CS | VR::DA | VR::DT | VR::TM | VR::UI => {
                text::strings(vr, bytes, &CharacterSet::default(), self.out);
            }
            // Only a damaged object has this VR on a value that is no sequence.
            VR::SQ => {}
        }
    }

    /// `InlineBinary` in little endian, from values of `N` bytes (PS3.18 §F.2.7).
    fn binary<const N: usize>(&mut self, bytes: &[u8], big_endian: bool) {
        let mut swapped = Vec::new();
        let bytes = match big_endian {
            true => {
                swapped.extend_from_slice(bytes);
                swapped.as_chunks_mut::<N>().0.iter_mut().for_each(|group| group.reverse());
                &swapped
            }
            false => bytes,
        };
        self.out.extend_from_slice(b",\"InlineBinary\":\"");
        let start = self.out.len();
        self.out.resize(start + bytes.len().div_ceil(3) * 4, 0);
        let written = STANDARD.encode_slice(bytes, &mut self.out[start..]).unwrap_or(0);
        self.out.truncate(start + written);
        self.out.push(b'"');
    }
}

/// Whether an element is written: group lengths, file meta information and delimiters are not (PS3.18 §F.2.2).
fn is_of_data_set(tag: Tag) -> bool {
    tag.element() != 0 && !matches!(tag.group(), 0x0002 | 0xfffe)
}

/// Whether a VR is written as `InlineBinary`.
fn is_binary(vr: VR) -> bool {
    matches!(vr, VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW | VR::UN)
}

/// Appends the array `Value`: `null` for each value where `write` appends nothing and returns false. A single empty
/// value is none at all (PS3.18 §F.2.5).
fn array<T>(values: impl Iterator<Item = T>, out: &mut Vec<u8>, mut write: impl FnMut(T, &mut Vec<u8>) -> bool) {
    let start = out.len();
    out.extend_from_slice(b",\"Value\":[");
    let (mut count, mut empty) = (0, true);
    for value in values {
        if count > 0 {
            out.push(b',');
        }
        count += 1;
        match write(value, out) {
            true => empty = false,
            false => out.extend_from_slice(b"null"),
        }
    }
    out.push(b']');
    if empty && count < 2 {
        out.truncate(start);
    }
}

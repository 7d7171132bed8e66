//! Elements with explicit or implicit VR (PS3.5 §7.1.2, §7.1.3), as pieces.

use std::ops::Range;

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

use super::Piece;
use crate::reader::vr::has_long_header;

const ITEM: Tag = Tag(0xfffe, 0xe000);
const END_OF_ITEM: Tag = Tag(0xfffe, 0xe00d);
const END_OF_SEQUENCE: Tag = Tag(0xfffe, 0xe0dd);

/// The longest value of a VR with a 16-bit length.
const LONGEST_SHORT: u64 = 0xfffe;

/// How elements are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Explicit VR, little endian.
    Explicit,
    /// Implicit VR, little endian.
    Implicit,
    /// Explicit VR, big endian.
    BigEndian,
}

/// What is written, as far as it has come.
pub(super) struct Writer {
    pieces: Vec<Piece>,
    bytes: Vec<u8>,
    encoding: Encoding,
}

impl Writer {
    /// A writer that goes on after `head`.
    pub fn new(encoding: Encoding, head: Vec<u8>) -> Self {
        Self { pieces: Vec::new(), bytes: head, encoding }
    }

    /// Whether numbers are big endian.
    pub fn is_big_endian(&self) -> bool {
        self.encoding == Encoding::BigEndian
    }

    /// An element with its value, in which groups of `swap` bytes are reversed.
    pub fn value(&mut self, tag: Tag, vr: VR, value: &[u8], swap: usize) {
        let length = value.len() as u64;
        let vr = self.header(tag, vr, length + (length & 1));
        let start = self.bytes.len();
        self.bytes.extend_from_slice(value);
        let swap = self.swap(vr, swap);
        if swap > 1 {
            self.bytes[start..].chunks_exact_mut(swap).for_each(<[u8]>::reverse);
        }
        self.pad(vr, length);
    }

    /// An element with a value in little endian.
    pub fn little_endian(&mut self, tag: Tag, vr: VR, value: &[u8]) {
        let swap = if self.is_big_endian() { unit(vr) } else { 1 };
        self.value(tag, vr, value, swap);
    }

    /// An element with a value of the stored object, in which groups of `swap` bytes are reversed.
    pub fn range(&mut self, tag: Tag, vr: VR, range: Range<u64>, swap: usize) {
        let length = range.end - range.start;
        let vr = self.header(tag, vr, length + (length & 1));
        let unit = self.swap(vr, swap);
        let swapped = if unit == 1 { range.start } else { range.end - length % unit as u64 };
        if swapped > range.start {
            self.piece(Piece::Swap(range.start..swapped, unit));
        }
        if range.end > swapped {
            self.piece(Piece::Copy(swapped..range.end));
        }
        self.pad(vr, length);
    }

    /// Decoded Pixel Data of so many bytes (PS3.5 §A.2): OW for more than eight bits, else OB. Their byte order is the
    /// caller's business.
    pub fn frames(&mut self, length: u64, bits_allocated: u16) {
        let vr = if bits_allocated > 8 { VR::OW } else { VR::OB };
        self.header(tags::PIXEL_DATA, vr, length + (length & 1));
        self.piece(Piece::Frames);
    }

    /// Encapsulated Pixel Data with an empty Basic Offset Table (PS3.5 §A.4).
    pub fn encapsulated(&mut self) {
        put_tag(&mut self.bytes, tags::PIXEL_DATA);
        self.bytes.extend_from_slice(b"OB\0\0\xff\xff\xff\xff");
        put_item(&mut self.bytes, &[]);
        self.piece(Piece::Frames);
        self.delimiter(false);
    }

    /// Encapsulated Pixel Data as they are: the Items of the Basic Offset Table and of the fragments.
    pub fn fragments(&mut self, items: Range<u64>) {
        put_tag(&mut self.bytes, tags::PIXEL_DATA);
        self.bytes.extend_from_slice(b"OB\0\0\xff\xff\xff\xff");
        self.piece(Piece::Copy(items));
        self.delimiter(false);
    }

    /// Items that are written already.
    pub fn items(&mut self, items: &[u8]) {
        self.bytes.extend_from_slice(items);
    }

    /// The beginning of a sequence of undefined length.
    pub fn sequence(&mut self, tag: Tag) {
        self.tag(tag);
        self.bytes.extend_from_slice(if self.encoding == Encoding::Implicit { b"" } else { b"SQ\0\0" });
        self.bytes.extend_from_slice(b"\xff\xff\xff\xff");
    }

    /// The beginning of an Item of undefined length.
    pub fn item(&mut self) {
        self.tag(ITEM);
        self.bytes.extend_from_slice(b"\xff\xff\xff\xff");
    }

    /// The end of an Item or a sequence.
    pub fn delimiter(&mut self, item: bool) {
        self.tag(if item { END_OF_ITEM } else { END_OF_SEQUENCE });
        self.bytes.extend_from_slice(b"\0\0\0\0");
    }

    /// All that was written since the last time.
    pub fn take(&mut self) -> Vec<Piece> {
        if !self.bytes.is_empty() {
            self.pieces.push(Piece::Bytes(std::mem::take(&mut self.bytes)));
        }
        std::mem::take(&mut self.pieces)
    }

    /// The header of an element of even length; gives the VR by which it is padded.
    fn header(&mut self, tag: Tag, vr: VR, length: u64) -> VR {
        match self.encoding {
            Encoding::Explicit => put_header(&mut self.bytes, tag, vr, length),
            Encoding::BigEndian => put_big_endian_header(&mut self.bytes, tag, vr, length),
            Encoding::Implicit => {
                put_implicit_header(&mut self.bytes, tag, length);
                vr
            }
        }
    }

    fn tag(&mut self, tag: Tag) {
        let start = self.bytes.len();
        put_tag(&mut self.bytes, tag);
        if self.is_big_endian() {
            self.bytes[start..].chunks_exact_mut(2).for_each(<[u8]>::reverse);
        }
    }

    /// In groups of how many bytes a value is reversed. What became unknown stays in little endian (PS3.5 §6.2.2).
    fn swap(&self, written: VR, swap: usize) -> usize {
        if self.is_big_endian() && written == VR::UN { 1 } else { swap }
    }

    fn pad(&mut self, vr: VR, length: u64) {
        if length & 1 == 1 {
            self.bytes.push(padding(vr));
        }
    }

    fn piece(&mut self, piece: Piece) {
        if !self.bytes.is_empty() {
            self.pieces.push(Piece::Bytes(std::mem::take(&mut self.bytes)));
        }
        self.pieces.push(piece);
    }
}

/// An element with a text, padded.
pub(crate) fn put_text(out: &mut Vec<u8>, tag: Tag, vr: VR, text: &str) {
    let length = text.len() as u64;
    put_header(out, tag, vr, length + (length & 1));
    out.extend_from_slice(text.as_bytes());
    if length & 1 == 1 {
        out.push(padding(vr));
    }
}

/// A sequence of one Item.
pub(super) fn put_sequence(out: &mut Vec<u8>, tag: Tag, item: &[u8]) {
    put_header(out, tag, VR::SQ, item.len() as u64 + 8);
    put_item(out, item);
}

/// An Item of even length.
pub(super) fn put_item(out: &mut Vec<u8>, content: &[u8]) {
    out.extend_from_slice(b"\xfe\xff\x00\xe0");
    out.extend_from_slice(&(content.len() as u32).to_le_bytes());
    out.extend_from_slice(content);
}

/// The header of an element of even length. A value too long for its VR becomes UN (PS3.5 §6.2.2); gives the VR written.
pub(crate) fn put_header(out: &mut Vec<u8>, tag: Tag, vr: VR, length: u64) -> VR {
    let vr = if has_long_header(vr) || length <= LONGEST_SHORT { vr } else { VR::UN };
    put_tag(out, tag);
    out.extend_from_slice(vr.to_string().as_bytes());
    if has_long_header(vr) {
        out.extend_from_slice(&[0, 0]);
        put_length(out, length);
    } else {
        out.extend_from_slice(&(length as u16).to_le_bytes());
    }
    vr
}

/// The same in big endian (PS3.5-2016b §A.3).
fn put_big_endian_header(out: &mut Vec<u8>, tag: Tag, vr: VR, length: u64) -> VR {
    let start = out.len();
    let vr = put_header(out, tag, vr, length);
    out[start..start + 4].chunks_exact_mut(2).for_each(<[u8]>::reverse);
    // Tag and VR have six bytes; before a length of 32 bits two more are reserved.
    let length = start + if has_long_header(vr) { 8 } else { 6 };
    out[length..].reverse();
    vr
}

/// The same in Implicit VR.
pub(crate) fn put_implicit_header(out: &mut Vec<u8>, tag: Tag, length: u64) {
    put_tag(out, tag);
    put_length(out, length);
}

fn put_length(out: &mut Vec<u8>, length: u64) {
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX - 1).to_le_bytes());
}

pub(crate) fn put_tag(out: &mut Vec<u8>, tag: Tag) {
    out.extend_from_slice(&tag.group().to_le_bytes());
    out.extend_from_slice(&tag.element().to_le_bytes());
}

/// What pads a value to an even length (PS3.5 §6.2).
pub(crate) fn padding(vr: VR) -> u8 {
    match vr {
        VR::AE | VR::AS | VR::CS | VR::DA | VR::DS | VR::DT | VR::IS | VR::LO | VR::LT | VR::PN | VR::SH | VR::ST => {
            b' '
        }
        VR::TM | VR::UC | VR::UR | VR::UT => b' ',
        _ => 0,
    }
}

/// Bytes of one number of the VR; 1 where byte order means nothing.
pub(crate) fn unit(vr: VR) -> usize {
    match vr {
        VR::AT | VR::OW | VR::SS | VR::US => 2,
        VR::FL | VR::OF | VR::OL | VR::SL | VR::UL => 4,
        VR::FD | VR::OD | VR::OV | VR::SV | VR::UV => 8,
        _ => 1,
    }
}

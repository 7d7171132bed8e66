//! The header of one data element: tag, VR and length (PS3.5 §7.1).

use dicom_core::{Tag, VR};

use super::vr;

/// How elements are encoded at some place of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Encoding {
    pub implicit: bool,
    pub big_endian: bool,
}

impl Encoding {
    /// Implicit VR Little Endian, in which a UN of undefined length is always encoded (PS3.5 §6.2.2).
    pub const IMPLICIT: Self = Self { implicit: true, big_endian: false };
    /// Explicit VR Little Endian.
    pub const EXPLICIT: Self = Self { implicit: false, big_endian: false };

    fn short(self, bytes: &[u8], at: usize) -> u16 {
        let pair = [bytes[at], bytes[at + 1]];
        if self.big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    }

    /// The 32-bit number at `at`.
    pub fn long(self, bytes: &[u8], at: usize) -> u32 {
        let four = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        if self.big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
    }

    /// The tag that `bytes` begin with.
    pub fn tag(self, bytes: &[u8]) -> Tag {
        Tag(self.short(bytes, 0), self.short(bytes, 2))
    }
}

/// The longest that [`read`] wants to see.
pub(super) const LOOKAHEAD: usize = 14;

/// What a header says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub tag: Tag,
    /// `None` where only the dictionary knows.
    pub vr: Option<VR>,
    /// `u32::MAX` when undefined.
    pub length: u32,
    /// Bytes of the header.
    pub size: u32,
    /// The VR written there does not exist.
    pub unknown_vr: bool,
}

/// Reads the header at the beginning of `bytes` (8 at least); `None` when it takes more than there are. `room` is what
/// the enclosing level has left, `last` says that no more bytes will come.
pub(super) fn read(bytes: &[u8], encoding: Encoding, room: u64, last: bool) -> Option<Header> {
    let tag = encoding.tag(bytes);
    let header = |vr, length, size| Header { tag, vr, length, size, unknown_vr: false };
    if encoding.implicit {
        return Some(header(None, encoding.long(bytes, 4), 8));
    }
    let letters = [bytes[4], bytes[5]];
    let short = u32::from(encoding.short(bytes, 6));
    match vr::from_letters(letters) {
        Some(vr) if !vr::has_long_header(vr) => Some(header(Some(vr), short, 8)),
        Some(vr) => {
            let long = encoding.long(bytes.get(..12)?, 8);
            // The reserved bytes of a writer that takes the VR for one with a short header hold the length.
            let miswritten =
                short != 0 && long != u32::MAX && u64::from(long) + 12 > room && u64::from(short) + 8 <= room;
            Some(if miswritten { header(Some(vr), short, 8) } else { header(Some(vr), long, 12) })
        }
        None if vr::is_text(letters) => {
            let (length, size) = unknown(bytes, encoding, tag, short, last)?;
            Some(Header { unknown_vr: true, ..header(Some(VR::UN), length, size) })
        }
        None if letters == [0, 0] && short != 0 => Some(Header { unknown_vr: true, ..header(Some(VR::UN), short, 8) }),
        // An element of Implicit VR among explicit ones.
        None => Some(header(None, encoding.long(bytes, 4), 8)),
    }
}

/// Length and header size of a VR that does not exist. New VRs have a long header (PS3.5 §7.1.2), made-up ones mostly a
/// short one: zeros where the reserved bytes would be are an empty value only if another element follows at once.
fn unknown(bytes: &[u8], encoding: Encoding, tag: Tag, short: u32, last: bool) -> Option<(u32, u32)> {
    if short != 0 {
        return Some((short, 8));
    }
    if bytes.len() < LOOKAHEAD && !last {
        return None;
    }
    let Some(next) = bytes.get(8..12) else { return Some((0, 8)) };
    let follows = bytes.get(12..14).is_some_and(|letters| vr::is_text([letters[0], letters[1]]));
    if follows && encoding.tag(next) > tag { Some((0, 8)) } else { Some((encoding.long(bytes, 8), 12)) }
}

/// The encoding of an Item, from its first element: that of the enclosing level, unless the bytes say otherwise.
pub(super) fn of_item(bytes: &[u8], encoding: Encoding, room: u64) -> Encoding {
    let tag = encoding.tag(bytes);
    let letters = [bytes[4], bytes[5]];
    let length = encoding.long(bytes, 4);
    let fits = length == u32::MAX || u64::from(length) + 8 <= room;
    let written = vr::from_letters(letters);
    match (encoding.implicit, written) {
        (true, Some(written)) if !fits || vr::of_implicit(tag, length, false) == written => {
            Encoding { implicit: false, ..encoding }
        }
        (false, None) if fits && vr::is_known(tag) && !vr::is_text(letters) => Encoding { implicit: true, ..encoding },
        _ => encoding,
    }
}

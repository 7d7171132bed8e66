//! Strings of the DICOM JSON Model: escaping, padding, person names.

use dicom_core::{Tag, VR};

use super::array;
use crate::charset::CharacterSet;

/// Appends `GGGGEEEE`.
pub(super) fn tag(tag: Tag, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in tag.group().to_be_bytes().into_iter().chain(tag.element().to_be_bytes()) {
        out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

/// Appends `text` as a JSON string in which no control character stands raw, DEL and C1 apart. A NUL, which no text can
/// hold (PS3.5 §6.1.3) and many a reader of JSON cannot either (PostgreSQL's `jsonb`), becomes U+FFFD.
pub(super) fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            byte @ (b'"' | b'\\') => out.extend_from_slice(&[b'\\', byte]),
            byte => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// The values of a VR that a backslash separates.
pub(super) fn strings(vr: VR, bytes: &[u8], set: &CharacterSet, out: &mut Vec<u8>) {
    array(set.split_values(bytes), out, |value, out| {
        // PS3.5 §6.2: blanks before the value are significant in UC only.
        let value = if vr == VR::UC { trim_end(value) } else { trim(value) };
        if !value.is_empty() {
            string(&set.decode(value, false), out);
        }
        !value.is_empty()
    });
}

/// A text in which a backslash is one (ST, LT, UT, UR).
pub(super) fn single(bytes: &[u8], set: &CharacterSet, out: &mut Vec<u8>) {
    array(std::iter::once(trim_end(bytes)), out, |value, out| {
        if !value.is_empty() {
            string(&set.decode(value, false), out);
        }
        !value.is_empty()
    });
}

/// Person names: objects of those component groups that are not empty (PS3.18 §F.2.2).
pub(super) fn names(bytes: &[u8], set: &CharacterSet, out: &mut Vec<u8>) {
    array(set.split_values(bytes), out, |value, out| {
        let name = set.decode(trim(value), true);
        let start = out.len();
        for (key, group) in ["Alphabetic", "Ideographic", "Phonetic"].into_iter().zip(name.split('=')) {
            let group = group.trim_end_matches([' ', '\0']);
            if !group.is_empty() {
                out.extend_from_slice(if out.len() == start { b"{\"" } else { b",\"" });
                out.extend_from_slice(key.as_bytes());
                out.extend_from_slice(b"\":");
                string(group, out);
            }
        }
        let any = out.len() > start;
        if any {
            out.push(b'}');
        }
        any
    });
}

/// Without padding at both ends: blanks, and the NULs that many writers pad with.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    let bytes = trim_end(bytes);
    let start = bytes.iter().position(|byte| !is_padding(byte)).unwrap_or(bytes.len());
    &bytes[start..]
}

/// Without padding at the end.
fn trim_end(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| !is_padding(byte)).map_or(0, |last| last + 1);
    &bytes[..end]
}

fn is_padding(byte: &u8) -> bool {
    matches!(byte, b' ' | 0)
}

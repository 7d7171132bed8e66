//! Specific Character Set (0008,0005) to UTF-8 (PS3.3 §C.12.1.1.2, PS3.5 §6.1), ISO 2022 code extensions included.
//!
//! Names of patients decide whether a search finds them, so every defined term is decoded, and what real devices write
//! beside the Standard too: misspelt terms, escape sequences that were not declared, UTF-8 that nobody announced.

mod code_extension;
mod graphic;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, GBK};

use code_extension::CodeExtension;
use graphic::Graphic;

/// The character sets in force for a data set or Item. An Item without Specific Character Set (0008,0005) of its own
/// uses that of the data set or Item around it (PS3.5 §7.5.3), which is up to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharacterSet(Repertoire);

/// How bytes stand for characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repertoire {
    /// `ISO_IR 192`.
    Utf8,
    /// `GB18030` or `GBK`: two or four bytes, the second of which may look like a backslash.
    Chinese(&'static Encoding),
    /// Everything else: one set for bytes below 0x80, one for those above, and escape sequences that change them.
    Extended(CodeExtension),
}

impl Default for CharacterSet {
    /// The default repertoire: ISO-IR 6.
    fn default() -> Self {
        Self(Repertoire::Extended(CodeExtension::default()))
    }
}

impl CharacterSet {
    /// From the value of Specific Character Set, backslash-separated; empty means the default repertoire.
    ///
    /// Terms are recognised without regard to case, blanks, `_` and `-`, with or without `IR` and `2022`; unknown ones count as empty.
    /// Where no character set with bytes above 0x7F is declared, a value with such bytes is read as UTF-8 if it is
    /// valid, else as ISO 8859-1.
    pub fn from_value(value: &[u8]) -> Self {
        let mut extension: Option<CodeExtension> = None;
        for term in value.split(|&byte| byte == b'\\') {
            match (Term::read(term), &mut extension) {
                (Term::Alone(repertoire), None) => return Self(repertoire),
                // The Standard allows no other term beside these. After an empty one they can be meant for all the same.
                (Term::Alone(repertoire), Some(before)) if *before == CodeExtension::default() => {
                    return Self(repertoire);
                }
                (Term::Alone(_), Some(_)) => {}
                (Term::Extensible(graphic), None) => extension = Some(CodeExtension::beginning_with(graphic)),
                (Term::Extensible(graphic), Some(before)) => before.declare(graphic),
            }
        }
        Self(Repertoire::Extended(extension.unwrap_or_default()))
    }

    /// One value of a VR that Specific Character Set affects, or a text of one that has a single value (ST, LT, UT), in
    /// UTF-8; borrowed when it is ASCII. Never fails: what cannot be decoded becomes U+FFFD.
    /// `person_name` resets code extensions at `^` and `=` too.
    pub fn decode<'a>(&self, bytes: &'a [u8], person_name: bool) -> Cow<'a, str> {
        match self.0 {
            Repertoire::Utf8 => String::from_utf8_lossy(bytes),
            Repertoire::Chinese(encoding) => encoding.decode_without_bom_handling(bytes).0,
            Repertoire::Extended(extension) => extension.decode(bytes, person_name),
        }
    }

    /// The values of a backslash-separated VR. A byte 0x5C within a character of several bytes separates nothing.
    pub fn split_values<'a>(&self, bytes: &'a [u8]) -> Values<'a> {
        Values { set: self.0, rest: Some(bytes) }
    }
}

/// The still encoded values of an element, in order; one, maybe empty, at least.
#[derive(Debug, Clone)]
pub struct Values<'a> {
    set: Repertoire,
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let end = match (memchr::memchr(b'\\', rest), self.set) {
            (None, _) => None,
            (found, Repertoire::Utf8) => found,
            (_, Repertoire::Chinese(_)) => chinese_delimiter(rest),
            (found, Repertoire::Extended(_)) if memchr::memchr(code_extension::ESCAPE, rest).is_none() => found,
            (_, Repertoire::Extended(extension)) => extension.delimiter(rest),
        };
        self.rest = end.map(|end| &rest[end + 1..]);
        Some(&rest[..end.unwrap_or(rest.len())])
    }
}

/// Position of the first backslash that is not the second byte of a character in GBK or GB18030.
fn chinese_delimiter(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < bytes.len() {
        at += match (bytes[at], bytes.get(at + 1)) {
            (b'\\', _) => return Some(at),
            (0x81..=0xfe, Some(b'0'..=b'9')) => 4,
            (0x81..=0xfe, Some(0x40..=0x7e | 0x80..=0xfe)) => 2,
            _ => 1,
        };
    }
    None
}

/// What one value of Specific Character Set names.
enum Term {
    /// A set that allows no code extensions.
    Alone(Repertoire),
    /// A set of ISO 2022, or the default repertoire.
    Extensible(Graphic),
}

impl Term {
    fn read(term: &[u8]) -> Self {
        let kept = term.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase);
        let name: Vec<u8> = kept.take(32).collect();
        match name.as_slice() {
            b"ISOIR192" | b"ISO2022IR192" | b"ISO2022192" | b"ISO192" | b"UTF8" | b"ISOIR6UTF8" | b"192" => {
                Self::Alone(Repertoire::Utf8)
            }
            b"GB18030" => Self::Alone(Repertoire::Chinese(GB18030)),
            b"GBK" | b"GB2312" | b"CP936" => Self::Alone(Repertoire::Chinese(GBK)),
            name => Self::Extensible(Graphic::named(name).unwrap_or(Graphic::Ascii)),
        }
    }
}

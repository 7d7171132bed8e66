//! A DICOM JSON object as [`super::write`] writes it, taken apart while its text comes in pieces: an object of any
//! length is walked through, and no more than one element that is no sequence is held.
//!
//! It is not for JSON of others: there are no blanks in it, and a sequence says its VR first.

use std::ops::Range;

use dicom_core::Tag;

use super::text;

/// Longest text of an element that is no sequence. A reader keeps 64 KiB of a value at most
/// ([`crate::Limits::value`]), and no byte of it takes more than some twenty characters.
const LONGEST: usize = 4 << 20;
/// Deepest nesting of sequences: what the reader goes to, and more.
const DEEPEST: usize = 256;

/// What stands after the name of an element that is a sequence with Items.
const SEQUENCE: &[u8] = br#"{"vr":"SQ","Value":["#;
/// Characters of `"00080018":`.
const NAME: usize = 11;

/// What an object consists of, in the order of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// The object, or an Item, begins.
    Open,
    /// It ends.
    Close,
    /// A sequence that has Items begins.
    Sequence(Tag),
    /// It ends.
    EndOfSequence,
    /// Any other element: what stands after its name.
    Element(Tag, &'a [u8]),
}

/// The text is no DICOM JSON object, or not all of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the metadata are no DICOM JSON object as they are written here")]
pub struct NoObject;

/// Takes an object apart.
#[derive(Debug, Default)]
pub struct Parts {
    /// What came and is no whole part yet.
    held: Vec<u8>,
    /// What is open: whether each is a sequence, else it is the object or an Item.
    open: Vec<bool>,
    is_begun: bool,
}

/// A part whose text lies in a range.
enum Found {
    Comma,
    Part(Part<'static>),
    Element(Tag, Range<usize>),
}

impl Parts {
    /// Takes the next piece of the text, and gives what is whole now to `take`.
    ///
    /// # Errors
    /// [`NoObject`], or the error of `take`.
    pub fn push<E: From<NoObject>>(
        &mut self,
        piece: &[u8],
        mut take: impl FnMut(Part<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.held.extend_from_slice(piece);
        let mut place = 0;
        while let Some((found, length)) = self.next(&self.held[place..])? {
            let start = place;
            place += length;
            match found {
                Found::Comma => {}
                Found::Part(part) => {
                    self.enter(part)?;
                    take(part)?;
                }
                Found::Element(tag, range) => {
                    take(Part::Element(tag, &self.held[start + range.start..start + range.end]))?;
                }
            }
        }
        self.held.drain(..place);
        if self.held.len() > LONGEST { Err(NoObject.into()) } else { Ok(()) }
    }

    /// The text has ended.
    ///
    /// # Errors
    /// It was not all of an object.
    pub fn end(&self) -> Result<(), NoObject> {
        if self.is_begun && self.open.is_empty() && self.held.is_empty() { Ok(()) } else { Err(NoObject) }
    }

    fn enter(&mut self, part: Part<'_>) -> Result<(), NoObject> {
        match part {
            Part::Open => self.open.push(false),
            Part::Sequence(_) => self.open.push(true),
            Part::Close | Part::EndOfSequence => drop(self.open.pop()),
            Part::Element(..) => {}
        }
        self.is_begun = true;
        if self.open.len() > 2 * DEEPEST { Err(NoObject) } else { Ok(()) }
    }

    /// What `text` begins with, and how long that is; `None` when more has to come.
    fn next(&self, text: &[u8]) -> Result<Option<(Found, usize)>, NoObject> {
        let part = |part, length| Ok(Some((Found::Part(part), length)));
        match (self.open.last(), text) {
            (_, []) => Ok(None),
            (None, [b'{', ..]) if !self.is_begun => part(Part::Open, 1),
            (Some(_), [b',', ..]) => Ok(Some((Found::Comma, 1))),
            (Some(true), [b'{', ..]) => part(Part::Open, 1),
            (Some(true), [b']']) => Ok(None),
            (Some(true), [b']', b'}', ..]) => part(Part::EndOfSequence, 2),
            (Some(false), [b'}', ..]) => part(Part::Close, 1),
            (Some(false), [b'"', ..]) => member(text),
            _ => Err(NoObject),
        }
    }
}

/// An element with its name.
fn member(text: &[u8]) -> Result<Option<(Found, usize)>, NoObject> {
    let Some((name, value)) = text.split_at_checked(NAME) else { return Ok(None) };
    let digits = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\":")).ok_or(NoObject)?;
    let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let number = u32::from_str_radix(digits.ok_or(NoObject)?, 16).map_err(|_| NoObject)?;
    let tag = Tag((number >> 16) as u16, number as u16);
    if value.starts_with(SEQUENCE) {
        return Ok(Some((Found::Part(Part::Sequence(tag)), NAME + SEQUENCE.len())));
    }
    if SEQUENCE.starts_with(value) {
        return Ok(None);
    }
    if value[0] != b'{' {
        return Err(NoObject);
    }
    let end = end_of_object(value).map(|length| NAME + length);
    Ok(end.map(|end| (Found::Element(tag, NAME..end), end)))
}

/// How long the object is that `text` begins with.
fn end_of_object(text: &[u8]) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (place, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(place + 1),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Writes an object of parts.
#[derive(Debug, Default)]
pub struct Joined {
    /// What was written and not taken.
    pub text: Vec<u8>,
    /// Whether what comes next in an object or a sequence has something before it.
    after: bool,
}

impl Joined {
    /// Appends a part.
    pub fn push(&mut self, part: Part<'_>) {
        let begins = !matches!(part, Part::Close | Part::EndOfSequence);
        if begins && self.after {
            self.text.push(b',');
        }
        match part {
            Part::Open => self.text.push(b'{'),
            Part::Close => self.text.push(b'}'),
            Part::Sequence(tag) => self.member(tag, SEQUENCE),
            Part::EndOfSequence => self.text.extend_from_slice(b"]}"),
            Part::Element(tag, value) => self.member(tag, value),
        }
        self.after = !matches!(part, Part::Open | Part::Sequence(_));
    }

    fn member(&mut self, tag: Tag, value: &[u8]) {
        self.text.push(b'"');
        text::tag(tag, &mut self.text);
        self.text.extend_from_slice(b"\":");
        self.text.extend_from_slice(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: &str = concat!(
        r#"{"00080018":{"vr":"UI","Value":["1.2"]},"#,
        r#""00081140":{"vr":"SQ","Value":[{"00100010":{"vr":"PN","Value":[{"Alphabetic":"a}\"]"}]},"#,
        r#""00081199":{"vr":"SQ","Value":[{},{}]}},{}]},"#,
        r#""00081150":{"vr":"SQ"},"7FE00010":{"vr":"OW","BulkDataURI":"x"}}"#,
    );

    fn joined(text: &str, size: usize) -> Result<String, NoObject> {
        let (mut parts, mut joined) = (Parts::default(), Joined::default());
        for piece in text.as_bytes().chunks(size) {
            parts.push::<NoObject>(piece, |part| {
                joined.push(part);
                Ok(())
            })?;
        }
        parts.end()?;
        Ok(String::from_utf8(joined.text).expect("text"))
    }

    #[test]
    fn an_object_in_pieces_of_any_size_is_the_object() {
        for size in 1..=OBJECT.len() {
            assert_eq!(joined(OBJECT, size).as_deref(), Ok(OBJECT), "{size}");
        }
        assert_eq!(joined("{}", 1).as_deref(), Ok("{}"));
    }

    #[test]
    fn what_is_no_object_or_not_all_of_one_is_refused() {
        for length in 0..OBJECT.len() {
            assert_eq!(joined(&OBJECT[..length], 7), Err(NoObject), "{length}");
        }
        for text in ["[]", "{}{}", "{]", "{\"0008001\":{}}", "{\"0008001G\":{}}", "{\"00080018\":[]}", "{} "] {
            assert_eq!(joined(text, 3), Err(NoObject), "{text}");
        }
    }

    #[test]
    fn nothing_is_held_without_an_end() {
        let mut parts = Parts::default();
        let mut push = |piece: &[u8]| parts.push::<NoObject>(piece, |_| Ok(()));
        push(br#"{"00080018":{"vr":"UT","Value":[""#).expect("it begins");
        let refused = (0..64).any(|_| push(&[b'x'; 128 << 10]).is_err());
        assert!(refused);
    }
}

//! A view on one level of nesting, and what can be asked of it without knowing about byte ranges.

use std::borrow::Cow;

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

use super::{DataSet, Element, Kind};
use crate::charset::CharacterSet;

/// A view on one level of nesting: the data set itself, the file meta information, or one Item of a sequence.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    pub(crate) set: &'a DataSet,
    pub(crate) list: &'a [Element],
    pub(crate) first: u32,
    pub(crate) end: u32,
    /// Specific Character Set in force.
    character_set: &'a [u8],
}

impl<'a> Item<'a> {
    /// The view on a whole list.
    pub(super) fn whole(set: &'a DataSet, list: &'a [Element]) -> Self {
        Self { set, list, first: 0, end: list.len() as u32, character_set: b"" }.with_own_character_set()
    }

    /// The view with the level's own Specific Character Set, if it has one.
    fn with_own_character_set(self) -> Self {
        let own = self.get(tags::SPECIFIC_CHARACTER_SET).and_then(|element| self.bytes(element));
        Self { character_set: own.unwrap_or(self.character_set), ..self }
    }

    /// The data set this is a part of.
    pub fn set(&self) -> &'a DataSet {
        self.set
    }

    /// The elements of this level, in order of appearance.
    pub fn elements(&self) -> Elements<'a> {
        Elements { list: self.list, at: self.first, end: self.end }
    }

    /// The first element of this level with this tag.
    pub fn get(&self, tag: Tag) -> Option<&'a Element> {
        self.elements().find(|element| element.tag == tag)
    }

    /// The items of a sequence of this level; none when `element` is no sequence.
    pub fn items(&self, element: &'a Element) -> Items<'a> {
        let inside = match element.kind {
            Kind::Sequence => {
                let at = self.list.partition_point(|other| other.start < element.start);
                at as u32 + 1..element.next
            }
            _ => 0..0,
        };
        let elements = Elements { list: self.list, at: inside.start, end: inside.end };
        Items { set: self.set, elements, inherited: self.character_set }
    }

    /// The items of the sequence with this tag; none when there is no such sequence.
    pub fn items_of(&self, tag: Tag) -> Items<'a> {
        match self.get(tag) {
            Some(element) => self.items(element),
            None => Items { set: self.set, elements: Elements { list: self.list, at: 0, end: 0 }, inherited: b"" },
        }
    }

    /// The kept value of an element of this data set; `None` when it was too long to keep, or for sequences.
    pub fn bytes(&self, element: &Element) -> Option<&'a [u8]> {
        self.set.bytes_of(element)
    }

    /// The value of Specific Character Set (0008,0005) in force here: this level's own, or the enclosing level's.
    pub fn character_set_value(&self) -> &'a [u8] {
        self.character_set
    }

    /// The text with this tag in UTF-8, without padding at its end and, but for ST, LT and UT, at its beginning.
    /// `None` when there is no such element, or its value was not kept.
    pub fn text(&self, tag: Tag) -> Option<Cow<'a, str>> {
        let element = self.get(tag)?;
        let bytes = trimmed(self.bytes(element)?, element.vr);
        match std::str::from_utf8(bytes) {
            Ok(text) if bytes.is_ascii() && !bytes.contains(&0x1b) => Some(Cow::Borrowed(text)),
            _ => Some(CharacterSet::from_value(self.character_set_value()).decode(bytes, element.vr == VR::PN)),
        }
    }

    /// The text with this tag as it is encoded, without padding; `None` too when it is not ASCII.
    pub fn raw_text(&self, tag: Tag) -> Option<&'a str> {
        let element = self.get(tag)?;
        let bytes = trimmed(self.bytes(element)?, element.vr);
        if bytes.is_ascii() { std::str::from_utf8(bytes).ok() } else { None }
    }

    /// The values of a text with this tag, in UTF-8 and each without padding; none when it is empty or not there.
    pub fn strings(&self, tag: Tag) -> Vec<String> {
        let Some(element) = self.get(tag) else { return Vec::new() };
        let bytes = self.bytes(element).map_or(&b""[..], |bytes| trimmed(bytes, VR::LO));
        if bytes.is_empty() {
            return Vec::new();
        }
        let set = CharacterSet::from_value(self.character_set);
        let person_name = element.vr == VR::PN;
        let values = set.split_values(bytes);
        values.map(|value| set.decode(trimmed(value, VR::LO), person_name).into_owned()).collect()
    }

    /// The private creator (PS3.5 §7.8.1) of a private element of this level, without padding.
    pub fn creator_of(&self, tag: Tag) -> Option<&'a [u8]> {
        let block = tag.element() >> 8;
        if tag.group() & 1 == 0 || block < 0x10 {
            return None;
        }
        let creator = self.get(Tag(tag.group(), block))?;
        Some(trimmed(self.bytes(creator)?, VR::LO)).filter(|bytes| !bytes.is_empty())
    }
}

/// `bytes` without the padding of its VR: NUL and blank at the end, blank at the beginning unless it is a text.
fn trimmed(bytes: &[u8], vr: VR) -> &[u8] {
    let padding = |byte: &u8| matches!(byte, b' ' | 0);
    let end = bytes.iter().rposition(|byte| !padding(byte)).map_or(0, |last| last + 1);
    let start = match vr {
        VR::ST | VR::LT | VR::UT => 0,
        _ => bytes[..end].iter().position(|byte| !padding(byte)).unwrap_or(end),
    };
    &bytes[start..end]
}

/// The elements of one level.
#[derive(Clone)]
pub struct Elements<'a> {
    list: &'a [Element],
    at: u32,
    end: u32,
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a Element;

    fn next(&mut self) -> Option<&'a Element> {
        if self.at >= self.end {
            return None;
        }
        let element = self.list.get(self.at as usize)?;
        self.at = element.next.max(self.at + 1);
        Some(element)
    }
}

/// The items of one sequence.
#[derive(Clone)]
pub struct Items<'a> {
    set: &'a DataSet,
    elements: Elements<'a>,
    inherited: &'a [u8],
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let first = self.elements.at + 1;
        let item = self.elements.next()?;
        let view =
            Item { set: self.set, list: self.elements.list, first, end: item.next, character_set: self.inherited };
        Some(view.with_own_character_set())
    }
}

//! Sequences and their Items: where they begin and end, and what is made of delimiters that are amiss (PS3.5 §7.5).

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

use super::header::Encoding;
use super::walk::{Level, State, Step, Walk};
use crate::element::Kind;
use crate::error::{ReadError, Warning};

const ITEM: Tag = Tag(0xfffe, 0xe000);
const ITEM_DELIMITATION: Tag = Tag(0xfffe, 0xe00d);
const SEQUENCE_DELIMITATION: Tag = Tag(0xfffe, 0xe0dd);

impl Walk {
    /// Begins a sequence or an Item whose contents start at `start`.
    pub(super) fn open_level(
        &mut self,
        tag: Tag,
        kind: Kind,
        start: u64,
        length: Option<u64>,
        encoding: Encoding,
    ) -> Result<(), ReadError> {
        let depth = self.limits.depth.min(u16::MAX / 2);
        if kind == Kind::Sequence && self.levels.len() > usize::from(depth) * 2 {
            return Err(ReadError::TooDeep(depth));
        }
        let outer = *self.levels.last().expect("the root level is there while elements are read");
        let vr = if kind == Kind::Sequence { VR::SQ } else { VR::UN };
        let end = length.map_or(outer.end, |length| start + length);
        let index = self.add(tag, vr, kind, start, end, encoding.big_endian)?;
        let level = Level {
            sequence: kind == Kind::Sequence,
            defined: length.is_some(),
            index,
            end,
            encoding,
            fresh: kind == Kind::Item,
            signed: outer.signed,
        };
        self.levels.push(level);
        self.state = State::Element;
        Ok(())
    }

    /// Begins an element of undefined length: a sequence, or encapsulated Pixel Data.
    pub(super) fn open_undefined(
        &mut self,
        tag: Tag,
        vr: VR,
        encoding: Encoding,
        start: u64,
        room: u64,
        explicit: bool,
    ) -> Result<(), ReadError> {
        let bulk = matches!(vr, VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW);
        if bulk || (tag == tags::PIXEL_DATA && !(explicit && vr == VR::SQ)) {
            let vr = if explicit { vr } else { VR::OB };
            let end = start.saturating_add(room);
            let index = self.add(tag, vr, Kind::Fragments, start, end, encoding.big_endian)?;
            let first = self.set.fragments.is_empty() && self.levels.len() == 1 && tag == tags::PIXEL_DATA;
            self.pixels.begin(first && self.limits.fragments > 0);
            self.state = State::NextFragment { index };
            return Ok(());
        }
        if explicit && !matches!(vr, VR::SQ | VR::UN) {
            return Err(self.malformed(tag, "a value of undefined length that is no sequence"));
        }
        self.open_level(tag, Kind::Sequence, start, None, encoding)
    }

    /// Leaves the innermost level.
    pub(super) fn close(&mut self, level: Level) {
        self.levels.pop();
        let (position, next) = (self.position, self.set.elements.len() as u32);
        let element = self.entry(level.index);
        element.value.end = position;
        element.next = next;
        let tag = element.tag;
        if !level.defined && position >= level.end {
            self.warn(Warning::Delimiter(tag));
        }
    }

    /// Leaves the innermost level although its delimiter is missing.
    fn close_undelimited(&mut self, level: Level) -> Step {
        let tag = self.entry(level.index).tag;
        self.warn(Warning::Delimiter(tag));
        self.close(level);
        Step::Took(0)
    }

    /// Deals with an Item or a delimiter.
    pub(super) fn delimiter(&mut self, tag: Tag, length: u32, level: Level) -> Result<Step, ReadError> {
        let nested = self.levels.len() > 1;
        match tag {
            ITEM if level.sequence => {
                let start = self.position + 8;
                let room = level.end.saturating_sub(start);
                let length = (length != u32::MAX).then_some(u64::from(length));
                if length.is_some_and(|length| length > room) {
                    self.warn(Warning::Overrun(tag));
                }
                self.open_level(tag, Kind::Item, start, length.map(|length| length.min(room)), level.encoding)?;
            }
            ITEM if nested => return Ok(self.close_undelimited(level)),
            ITEM_DELIMITATION if nested && !level.sequence && !level.defined => self.close(level),
            SEQUENCE_DELIMITATION if level.sequence && !level.defined => self.close(level),
            SEQUENCE_DELIMITATION if nested && !level.sequence && !level.defined => {
                return Ok(self.close_undelimited(level));
            }
            ITEM | ITEM_DELIMITATION | SEQUENCE_DELIMITATION => self.warn(Warning::Delimiter(tag)),
            _ if nested || self.set.elements.is_empty() => return Err(self.malformed(tag, "this is no data element")),
            _ => {
                self.state = State::Trailing;
                return Ok(Step::Took(0));
            }
        }
        Ok(Step::Took(8))
    }

    /// Deals with an element where only an Item can be: the sequence has ended before its delimiter, or the rest of a
    /// sequence of defined length is none, or all of it is something else.
    pub(super) fn not_an_item(&mut self, tag: Tag, level: Level) -> Step {
        if !level.defined {
            return self.close_undelimited(level);
        }
        let position = self.position;
        let element = self.entry(level.index);
        if element.value.start < position {
            return self.skip_all(tag, level.end - position);
        }
        (element.kind, element.vr) = (Kind::Value, VR::UN);
        let tag = element.tag;
        self.warn(Warning::Unreadable(tag));
        self.levels.pop();
        self.begin_value(level.index, tag, level.end - position);
        Step::Took(0)
    }
}

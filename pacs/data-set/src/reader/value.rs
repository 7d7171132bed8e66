//! Values as they go by: kept, known by their range, or skipped; and what is left to do when the input ends.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::walk::{State, Step, Walk};
use crate::error::Warning;

impl Walk {
    /// Begins the value of the entry at `index`.
    pub(super) fn begin_value(&mut self, index: u32, tag: Tag, length: u64) {
        let keep = self.keeps(tag, length);
        if keep {
            let from = self.set.values.len() as u32;
            self.entry(index).kept = Some(from..from);
        }
        self.state = State::Value { index, left: length, keep };
    }

    /// Whether a value is to be kept.
    fn keeps(&self, tag: Tag, length: u64) -> bool {
        let pixels = matches!(tag, tags::PIXEL_DATA | tags::FLOAT_PIXEL_DATA | tags::DOUBLE_FLOAT_PIXEL_DATA);
        !pixels
            && length <= self.limits.value.into()
            && self.set.values.len() as u64 + length <= self.limits.values.into()
    }

    /// Within the value of the entry at `index`.
    pub(super) fn value(&mut self, bytes: &[u8], index: u32, left: u64, keep: bool) -> Step {
        let count = left.min(bytes.len() as u64);
        let part = &bytes[..count as usize];
        if keep {
            self.set.values.extend_from_slice(part);
            let end = self.set.values.len() as u32;
            if let Some(kept) = &mut self.entry(index).kept {
                kept.end = end;
            }
        }
        self.pixels.table(part, self.limits.fragments);
        if count == left {
            self.pixels.expect(Tag(0, 0), false);
            self.state = State::Element;
            let element = &self.set.elements.get(index as usize);
            if element.is_some_and(|element| element.tag == tags::PIXEL_REPRESENTATION) && !self.in_meta {
                self.note_sign(index);
            }
        } else if count == 0 {
            return Step::More;
        } else {
            self.state = State::Value { index, left: left - count, keep };
        }
        Step::Took(count as usize)
    }

    /// Notes whether pixel values of this level are signed, for the VR of implicit elements (PS3.5 §A.1).
    fn note_sign(&mut self, index: u32) {
        let element = &self.set.elements[index as usize];
        let signed = self.set.bytes_of(element).is_some_and(|bytes| bytes.contains(&1));
        self.levels.last_mut().expect("an element is within a level").signed = signed;
    }

    /// Gives up on what is left of the innermost level, where `tag` was to be read.
    pub(super) fn skip_all(&mut self, tag: Tag, left: u64) -> Step {
        self.warn(Warning::Unreadable(tag));
        self.state = State::Skip { left };
        Step::Took(0)
    }

    /// Within bytes that are nothing.
    pub(super) fn skip(&mut self, bytes: &[u8], left: u64) -> Step {
        let count = left.min(bytes.len() as u64);
        if count == left {
            self.state = State::Element;
        } else if count == 0 {
            return Step::More;
        } else {
            self.state = State::Skip { left: left - count };
        }
        Step::Took(count as usize)
    }

    /// After the last element.
    pub(super) fn trail(&mut self, bytes: &[u8]) -> Step {
        self.trailing += bytes.len() as u64;
        if bytes.is_empty() { Step::More } else { Step::Took(bytes.len()) }
    }

    /// Ends the input, of which `rest` bytes were too few for anything.
    pub(super) fn end(&mut self, rest: usize) {
        self.end_value();
        if self.in_meta {
            self.end_meta();
        }
        while self.levels.len() > 1 {
            let level = *self.levels.last().expect("there are two levels at least");
            let tag = self.set.elements[level.index as usize].tag;
            if self.position < level.end && !self.set.warnings.iter().any(|odd| matches!(odd, Warning::Truncated(_))) {
                self.warn(Warning::Truncated(tag));
            }
            self.close(level);
        }
        let trailing = self.trailing + rest as u64;
        if trailing > 0 {
            self.warn(Warning::TrailingBytes(trailing));
        }
    }

    /// Ends what the input ended within.
    fn end_value(&mut self) {
        let position = self.position;
        let index = match self.state {
            State::Value { index, left, .. } if left > 0 => index,
            State::NextFragment { index } => index,
            State::Fragment { index, .. } => {
                self.pixels.cut(&mut self.set.fragments, position);
                index
            }
            _ => return,
        };
        let element = self.entry(index);
        element.value.end = position;
        let tag = element.tag;
        self.warn(Warning::Truncated(tag));
    }
}

//! Encapsulated Pixel Data as it goes by: its fragments, its offset tables, and the first and last bytes of each
//! fragment, which tell where frames begin when no table does (PS3.5 §A.4).

use std::ops::Range;

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::walk::{State, Step, Walk};
use crate::error::{ReadError, Warning};

/// A fragment that begins as a codestream does.
pub(crate) const BEGINS: u8 = 1;
/// A fragment that ends as a codestream does.
pub(crate) const ENDS: u8 = 2;

/// The table that a value belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    None,
    Basic,
    Extended,
    Lengths,
}

/// What was seen of Pixel Data besides its fragments.
#[derive(Debug)]
pub(crate) struct Pixels {
    /// Basic Offset Table.
    pub basic: Vec<u8>,
    /// Extended Offset Table (7FE0,0001).
    pub extended: Vec<u8>,
    /// Extended Offset Table Lengths (7FE0,0002).
    pub lengths: Vec<u8>,
    /// For each fragment, the Basic Offset Table first: [`BEGINS`], [`ENDS`].
    pub marks: Vec<u8>,
    table: Table,
    /// Whether the fragments that go by are those of the data set's Pixel Data.
    recorded: bool,
    head: [u8; 12],
    head_length: usize,
    tail: [u8; 4],
}

impl Default for Pixels {
    fn default() -> Self {
        Self {
            basic: Vec::new(),
            extended: Vec::new(),
            lengths: Vec::new(),
            marks: Vec::new(),
            table: Table::None,
            recorded: false,
            head: [0; 12],
            head_length: 0,
            tail: [0; 4],
        }
    }
}

impl Pixels {
    /// The value that comes next is that of `tag`.
    pub(super) fn expect(&mut self, tag: Tag, root: bool) {
        self.table = match tag {
            tags::EXTENDED_OFFSET_TABLE if root => Table::Extended,
            tags::EXTENDED_OFFSET_TABLE_LENGTHS if root => Table::Lengths,
            _ => Table::None,
        };
    }

    /// Keeps a part of a table, up to what `fragments` fragments can use.
    pub(super) fn table(&mut self, part: &[u8], fragments: u32) {
        let (table, entry) = match self.table {
            Table::None => return,
            Table::Basic => (&mut self.basic, 4),
            Table::Extended => (&mut self.extended, 8),
            Table::Lengths => (&mut self.lengths, 8),
        };
        let room = (fragments as usize * entry).saturating_sub(table.len());
        table.extend_from_slice(&part[..part.len().min(room)]);
    }

    /// Fragments begin.
    pub(super) fn begin(&mut self, recorded: bool) {
        self.recorded = recorded;
    }

    /// A fragment begins.
    fn begin_fragment(&mut self, first: bool) {
        self.table = if first && self.recorded { Table::Basic } else { Table::None };
        (self.head, self.head_length, self.tail) = ([0; 12], 0, [0; 4]);
    }

    /// Looks at a part of a fragment.
    fn look(&mut self, part: &[u8]) {
        let wanted = part.len().min(self.head.len() - self.head_length);
        self.head[self.head_length..self.head_length + wanted].copy_from_slice(&part[..wanted]);
        self.head_length += wanted;
        match part.last_chunk::<4>() {
            Some(tail) => self.tail = *tail,
            None => {
                self.tail.rotate_left(part.len());
                self.tail[4 - part.len()..].copy_from_slice(part);
            }
        }
    }

    /// What the fragment that ends here begins and ends with.
    fn mark(&self) -> u8 {
        let begins = match &self.head[..self.head_length] {
            // JPEG and JPEG-LS: SOI and the marker after it; JPEG 2000: SOC and SIZ; JPEG XL.
            [0xff, 0xd8, 0xff, ..] | [0xff, 0x4f, 0xff, 0x51, ..] | [0xff, 0x0a, ..] => true,
            // The signature boxes of JP2 and JPEG XL files.
            [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => true,
            _ => false,
        };
        // EOI or EOC, and padding to an even length after it.
        let ends = matches!(self.tail, [.., 0xff, 0xd9] | [.., 0xff, 0xd9, 0 | 0xff]);
        (u8::from(begins) * BEGINS) | (u8::from(ends) * ENDS)
    }

    /// The input ends at `position` within the last fragment.
    pub(super) fn cut(&mut self, fragments: &mut [Range<u64>], position: u64) {
        if self.recorded
            && let Some(last) = fragments.last_mut()
        {
            last.end = position;
            self.marks.push(self.mark());
        }
    }
}

impl Walk {
    /// Where a fragment begins, or encapsulated Pixel Data ends.
    pub(super) fn next_fragment(&mut self, bytes: &[u8], index: u32) -> Result<Step, ReadError> {
        let level = *self.levels.last().expect("an element is within a level");
        let room = level.end - self.position;
        if room < 8 {
            self.end_fragments(index, false);
            return Ok(Step::Took(0));
        }
        if bytes.len() < 8 {
            return Ok(Step::More);
        }
        let encoding = level.encoding;
        match encoding.tag(bytes) {
            Tag(0xfffe, 0xe000) => {
                let length = encoding.long(bytes, 4);
                if length == u32::MAX {
                    return Err(self.malformed(Tag(0xfffe, 0xe000), "a fragment of undefined length"));
                }
                let start = self.position + 8;
                let fitting = u64::from(length).min(room - 8);
                if fitting < length.into() {
                    self.warn(Warning::Overrun(Tag(0xfffe, 0xe000)));
                }
                let first = self.set.fragments.is_empty();
                if self.pixels.recorded {
                    if self.set.fragments.len() >= self.limits.fragments as usize {
                        return Err(ReadError::TooManyFragments(self.limits.fragments));
                    }
                    self.set.fragments.push(start..start + fitting);
                }
                self.pixels.begin_fragment(first);
                self.state = State::Fragment { index, left: fitting };
                Ok(Step::Took(8))
            }
            Tag(0xfffe, 0xe0dd) => {
                self.end_fragments(index, true);
                Ok(Step::Took(8))
            }
            _ => {
                self.end_fragments(index, false);
                Ok(Step::Took(0))
            }
        }
    }

    /// Ends encapsulated Pixel Data here.
    fn end_fragments(&mut self, index: u32, delimited: bool) {
        let position = self.position;
        let element = self.entry(index);
        element.value.end = position;
        let tag = element.tag;
        if !delimited {
            self.warn(Warning::Delimiter(tag));
        }
        self.pixels.recorded = false;
        self.state = State::Element;
    }

    /// Within a fragment.
    pub(super) fn fragment(&mut self, bytes: &[u8], index: u32, left: u64) -> Step {
        let count = left.min(bytes.len() as u64);
        let part = &bytes[..count as usize];
        self.pixels.table(part, self.limits.fragments);
        self.pixels.look(part);
        if count == left {
            self.pixels.table = Table::None;
            if self.pixels.recorded {
                let mark = self.pixels.mark();
                self.pixels.marks.push(mark);
            }
            self.state = State::NextFragment { index };
        } else if count == 0 {
            return Step::More;
        } else {
            self.state = State::Fragment { index, left: left - count };
        }
        Step::Took(count as usize)
    }
}

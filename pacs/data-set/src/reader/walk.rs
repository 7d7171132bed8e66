//! The state machine: element by element, without recursion and without ever holding more than a header.

use dicom_core::{Tag, VR};

use super::Limits;
use super::header::{self, Encoding, Header};
use super::pixels::Pixels;
use super::vr;
use crate::element::{DataSet, Element, Kind};
use crate::error::{ReadError, Warning};

/// What is expected next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Preamble,
    MetaStart,
    DataSetStart,
    /// From here on the input is compressed: what comes in is to be the inflated data set.
    Deflated,
    Element,
    /// Within the value of the element at `index`.
    Value {
        index: u32,
        left: u64,
        keep: bool,
    },
    /// Between the fragments of the element at `index`.
    NextFragment {
        index: u32,
    },
    /// Within a fragment.
    Fragment {
        index: u32,
        left: u64,
    },
    /// Within bytes that are nothing.
    Skip {
        left: u64,
    },
    /// After the last element.
    Trailing,
}

/// What a step did.
pub(super) enum Step {
    /// It has dealt with so many bytes.
    Took(usize),
    /// It wants to see more bytes before it can do anything.
    More,
}

/// A level of nesting: the data set, a sequence, or an Item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    /// A sequence holds Items, the others elements.
    pub sequence: bool,
    /// Whether its length is defined.
    pub defined: bool,
    /// The entry in the list of elements.
    pub index: u32,
    /// Where it ends, or what encloses it ends; `u64::MAX` when that is unknown.
    pub end: u64,
    pub encoding: Encoding,
    /// Nothing of it was read so far.
    pub fresh: bool,
    /// Pixel Representation is signed.
    pub signed: bool,
}

impl Level {
    /// The level of the data set itself.
    pub(super) fn root(encoding: Encoding) -> Self {
        Self { sequence: false, defined: false, index: 0, end: u64::MAX, encoding, fresh: false, signed: false }
    }
}

/// The pass over the bytes, preamble first; what comes after [`State::Deflated`] is inflated.
pub(super) struct Walk {
    pub limits: Limits,
    pub set: DataSet,
    pub state: State,
    /// Enclosing levels, innermost last.
    pub levels: Vec<Level>,
    /// Position of the next byte.
    pub position: u64,
    pub in_meta: bool,
    pub pixels: Pixels,
    pub trailing: u64,
    /// How many entries at the beginning of the list were given away.
    pub given: usize,
    last_tag: Tag,
}

impl Walk {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            set: DataSet::default(),
            state: State::Preamble,
            levels: Vec::new(),
            position: 0,
            in_meta: false,
            pixels: Pixels::default(),
            trailing: 0,
            given: 0,
            last_tag: Tag(0, 0),
        }
    }

    /// Goes as far as `bytes` reach and says how many it has dealt with. `last` says that no more will come.
    pub(super) fn run(&mut self, bytes: &[u8], last: bool) -> Result<usize, ReadError> {
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            let step = match self.state {
                State::Element => self.element(rest, last)?,
                State::Value { index, left, keep } => self.value(rest, index, left, keep),
                State::NextFragment { index } => self.next_fragment(rest, index)?,
                State::Fragment { index, left } => self.fragment(rest, index, left),
                State::Skip { left } => self.skip(rest, left),
                State::Trailing => self.trail(rest),
                State::Preamble => self.preamble(rest, last)?,
                State::MetaStart => self.meta_start(rest, last)?,
                State::DataSetStart => self.data_set_start(rest, last)?,
                State::Deflated => Step::More,
            };
            match step {
                Step::Took(count) => {
                    at += count;
                    self.position += count as u64;
                }
                Step::More => return Ok(at),
            }
        }
    }

    /// Remembers what is odd, once, and no more than can be read.
    pub(super) fn warn(&mut self, warning: Warning) {
        const MOST: usize = 64;
        if self.set.warnings.len() < MOST && !self.set.warnings.contains(&warning) {
            self.set.warnings.push(warning);
        }
    }

    fn element(&mut self, bytes: &[u8], last: bool) -> Result<Step, ReadError> {
        let level = *self.levels.last().expect("the root level is there while elements are read");
        if self.in_meta && (bytes.len() >= 2 || last) && self.meta_ends(bytes, level.encoding) {
            self.end_meta();
            return Ok(Step::Took(0));
        }
        if self.position >= level.end {
            self.close(level);
            return Ok(Step::Took(0));
        }
        let room = level.end - self.position;
        if room < 8 {
            let tag = self.entry(level.index).tag;
            return Ok(self.skip_all(tag, room));
        }
        if bytes.len() < header::LOOKAHEAD && !last || bytes.len() < 8 {
            // Fewer bytes than the longest header: enough for a delimiter, or for a value that ends the input.
            if bytes.len() < 8 || !self.is_short(bytes, level) {
                return Ok(Step::More);
            }
        }
        let tag = level.encoding.tag(bytes);
        if tag.group() == 0xfffe {
            return self.delimiter(tag, level.encoding.long(bytes, 4), level);
        }
        if level.sequence {
            return Ok(self.not_an_item(tag, level));
        }
        let encoding = if level.fresh { self.settle(bytes, room) } else { level.encoding };
        match header::read(bytes, encoding, room, last) {
            Some(header) if u64::from(header.size) > room => Ok(self.skip_all(header.tag, room)),
            Some(header) if self.is_nonsense(&header, encoding) => self.nonsense(header.tag),
            Some(header) => self.open(header, encoding, room),
            None => Ok(Step::More),
        }
    }

    /// Whether the header that `bytes` (8 at least) begin with needs no more bytes to be understood.
    fn is_short(&self, bytes: &[u8], level: Level) -> bool {
        let written = vr::from_letters([bytes[4], bytes[5]]);
        level.encoding.tag(bytes).group() == 0xfffe
            || (level.encoding.implicit && !level.fresh)
            || written.is_some_and(|vr| !vr::has_long_header(vr))
    }

    /// Settles the encoding of an Item at its first element.
    fn settle(&mut self, bytes: &[u8], room: u64) -> Encoding {
        let level = self.levels.last_mut().expect("an Item's level is there while its elements are read");
        let encoding = header::of_item(bytes, level.encoding, room);
        let other = encoding != level.encoding;
        level.fresh = false;
        level.encoding = encoding;
        if other {
            self.warn(Warning::OtherEncoding);
        }
        encoding
    }

    /// Whether no data set can have such an element where it was read.
    fn is_nonsense(&self, header: &Header, encoding: Encoding) -> bool {
        if self.in_meta {
            return header.length == u32::MAX;
        }
        const MODEST: u32 = 1 << 20;
        let Header { tag, length, .. } = *header;
        let stray = header.vr.is_none() && !encoding.implicit;
        let backwards = self.levels.len() == 1 && tag <= self.last_tag;
        let private = tag.group() & 1 == 1 && tag.group() > 8 && length <= MODEST;
        let likely = || private || vr::is_known(tag);
        tag.group() == 0 || ((stray || encoding.implicit && backwards) && !likely()) || (stray && backwards)
    }

    /// Where nothing that follows can be trusted: the end of the data set, or of the Item if it has one.
    fn nonsense(&mut self, tag: Tag) -> Result<Step, ReadError> {
        let level = *self.levels.last().expect("the root level is there while elements are read");
        if self.in_meta {
            return Err(self.malformed(tag, "a value of undefined length in the file meta information"));
        }
        if self.levels.len() == 1 && !self.set.elements.is_empty() {
            self.state = State::Trailing;
        } else if level.end < u64::MAX {
            return Ok(self.skip_all(tag, level.end - self.position));
        } else {
            return Err(self.malformed(tag, "this is no data element"));
        }
        Ok(Step::Took(0))
    }

    pub(super) fn malformed(&self, tag: Tag, reason: &'static str) -> ReadError {
        ReadError::Malformed { tag, offset: self.position, reason }
    }

    /// Begins an element.
    fn open(&mut self, header: Header, encoding: Encoding, room: u64) -> Result<Step, ReadError> {
        let Header { tag, length, size, .. } = header;
        let level = *self.levels.last().expect("an element is within a level");
        if header.unknown_vr {
            self.warn(Warning::UnknownVr(tag));
        }
        if header.vr.is_none() && !encoding.implicit {
            self.warn(Warning::OtherEncoding);
        }
        let vr = header.vr.unwrap_or_else(|| vr::of_implicit(tag, length, level.signed));
        let start = self.position + u64::from(size);
        let room = room.saturating_sub(size.into());
        if self.levels.len() == 1 && !self.in_meta {
            self.last_tag = tag;
        }
        if length == u32::MAX {
            let encoding = if vr == VR::UN && header.vr.is_some() { Encoding::IMPLICIT } else { encoding };
            self.open_undefined(tag, vr, encoding, start, room, header.vr.is_some())?;
            return Ok(Step::Took(size as usize));
        }
        let fitting = u64::from(length).min(room);
        if fitting < length.into() {
            self.warn(Warning::Overrun(tag));
        }
        if length & 1 == 1 {
            self.warn(Warning::OddLength(tag));
        }
        if vr == VR::SQ && !self.in_meta {
            self.open_level(tag, Kind::Sequence, start, Some(fitting), encoding)?;
        } else {
            let index = self.add(
                tag,
                vr,
                Kind::Value,
                start,
                start + fitting,
                encoding.big_endian && header.vr != Some(VR::UN),
            )?;
            self.pixels.expect(tag, self.levels.len() == 1 && !self.in_meta);
            self.begin_value(index, tag, fitting);
        }
        Ok(Step::Took(size as usize))
    }

    /// Adds an entry to the list and gives its index.
    pub(super) fn add(
        &mut self,
        tag: Tag,
        vr: VR,
        kind: Kind,
        start: u64,
        end: u64,
        big_endian: bool,
    ) -> Result<u32, ReadError> {
        if self.set.elements.len() + self.set.meta.len() >= self.limits.elements as usize {
            return Err(ReadError::TooManyElements(self.limits.elements));
        }
        let depth = (self.levels.len() - 1) as u16;
        let list = if self.in_meta { &mut self.set.meta } else { &mut self.set.elements };
        let index = list.len() as u32;
        list.push(Element {
            tag,
            vr,
            kind,
            big_endian,
            depth,
            start: self.position,
            value: start..end,
            kept: None,
            next: index + 1,
        });
        Ok(index)
    }

    /// The entry at `index` of the list that is being filled.
    pub(super) fn entry(&mut self, index: u32) -> &mut Element {
        let list = if self.in_meta { &mut self.set.meta } else { &mut self.set.elements };
        &mut list[index as usize]
    }
}

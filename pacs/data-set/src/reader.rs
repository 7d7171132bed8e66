//! The pass itself: bytes in, in pieces of any size; elements out.

mod header;
mod inflate;
mod nesting;
mod passing;
pub(crate) mod pixels;
mod start;
mod value;
pub(crate) mod vr;
mod walk;

use crate::element::DataSet;
use crate::error::{ReadError, Warning};
use crate::frames;
use inflate::Inflater;
use walk::{State, Walk};

/// What the reader may spend on one object.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Deepest nesting of sequences.
    pub depth: u16,
    /// Most data elements, Items included.
    pub elements: u32,
    /// Longest value that is kept; longer ones are known by their byte range only.
    pub value: u32,
    /// Most bytes of values kept in all; when reached, further values are known by their range only.
    pub values: u32,
    /// Most fragments of encapsulated Pixel Data. Each costs about 40 bytes. 0: they are of no interest, nor where frames lie.
    pub fragments: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 64, elements: 1_000_000, value: 64 << 10, values: 32 << 20, fragments: 2_000_000 }
    }
}

/// A reader that is fed with pieces.
pub struct Reader {
    walk: Walk,
    /// The beginning of something that the last piece was too short for.
    held: Vec<u8>,
    inflater: Option<Inflater>,
    length: u64,
}

impl Reader {
    /// A reader of a PS3.10 file; tolerates a missing preamble and missing file meta information.
    pub fn new(limits: Limits) -> Self {
        Self { walk: Walk::new(limits), held: Vec::new(), inflater: None, length: 0 }
    }

    /// A reader of a data set alone, without preamble and file meta information: of a message, whose presentation context
    /// says the transfer syntax. Tolerates one that is encoded otherwise.
    pub fn of_data_set(transfer_syntax: &str, limits: Limits) -> Self {
        let mut reader = Self::new(limits);
        reader.walk.state = State::DataSetStart;
        reader.walk.set.transfer_syntax = transfer_syntax.to_owned();
        reader
    }

    /// First byte of the data set proper, once the reader has come there.
    pub fn data_set_start(&self) -> Option<u64> {
        match self.walk.state {
            State::Preamble | State::MetaStart => None,
            _ if self.walk.in_meta => None,
            _ => Some(self.walk.set.data_set_start),
        }
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), ReadError> {
        self.length += piece.len() as u64;
        let rest = match &self.inflater {
            None => feed(&mut self.walk, &mut self.held, piece)?,
            Some(_) => piece,
        };
        self.inflate(rest)
    }

    /// Inflates `rest` when the data set is deflated.
    fn inflate(&mut self, rest: &[u8]) -> Result<(), ReadError> {
        let Self { walk, held, inflater, .. } = self;
        let mut head = Vec::new();
        if walk.state == State::Deflated {
            walk.state = State::DataSetStart;
            head = std::mem::take(held);
            *inflater = Some(Inflater::new());
        }
        let Some(inflater) = inflater else { return Ok(()) };
        for part in [&head[..], rest] {
            if !part.is_empty() {
                inflater.push(part, |out| feed(walk, held, out).map(drop))?;
            }
        }
        Ok(())
    }

    /// Ends the input.
    pub fn finish(mut self) -> Result<DataSet, ReadError> {
        self.end()?;
        let Walk { mut set, pixels, .. } = self.walk;
        set.length = self.length;
        set.frames = frames::build(&set, &pixels);
        Ok(set)
    }

    /// Deals with what is left when no more will come.
    fn end(&mut self) -> Result<(), ReadError> {
        let mut rest = self.walk.run(&self.held, true)?;
        if self.walk.state == State::Deflated {
            self.held.drain(..rest);
            self.inflate(&[])?;
            rest = self.walk.run(&self.held, true)?;
        }
        self.walk.end(self.held.len() - rest);
        if let Some(inflater) = &self.inflater {
            if !inflater.has_ended()
                && let Some(last) = self.walk.set.elements.last()
            {
                let tag = last.tag;
                self.walk.warn(Warning::Truncated(tag));
            }
            // One byte pads the stream to an even length.
            if inflater.after > 1 {
                self.walk.warn(Warning::TrailingBytes(inflater.after));
            }
        }
        if self.walk.set.elements.is_empty() && self.walk.set.meta.is_empty() {
            return Err(ReadError::NotDicom);
        }
        Ok(())
    }
}

/// Feeds a piece to the walk, after what was `held` of the last. Gives what is left when the rest is compressed.
fn feed<'a>(walk: &mut Walk, held: &mut Vec<u8>, mut piece: &'a [u8]) -> Result<&'a [u8], ReadError> {
    /// More than any step wants to see.
    const ENOUGH: usize = 256;
    while !piece.is_empty() {
        if held.is_empty() {
            let rest = &piece[walk.run(piece, false)?..];
            if walk.state == State::Deflated {
                return Ok(rest);
            }
            held.extend_from_slice(rest);
            return Ok(&[]);
        }
        let count = piece.len().min(ENOUGH - held.len());
        held.extend_from_slice(&piece[..count]);
        let taken = walk.run(held, false)?;
        held.drain(..taken);
        // Once all that is left came with this piece, go on without copying.
        if held.len() <= count {
            piece = &piece[count - held.len()..];
            held.clear();
        } else {
            piece = &piece[count..];
        }
        if walk.state == State::Deflated {
            return Ok(piece);
        }
    }
    Ok(&[])
}

/// Reads an object that lies in memory (or in a memory map).
pub fn read(bytes: &[u8]) -> Result<DataSet, ReadError> {
    let mut reader = Reader::new(Limits::default());
    reader.push(bytes)?;
    reader.finish()
}

//! The pass itself: bytes in, in pieces of any size; elements out.

use crate::element::DataSet;
use crate::error::ReadError;

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
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 64, elements: 1_000_000, value: 64 << 10, values: 32 << 20 }
    }
}

/// A reader that is fed with pieces.
pub struct Reader {}

impl Reader {
    /// A reader of a PS3.10 file; tolerates a missing preamble and missing file meta information.
    pub fn new(limits: Limits) -> Self {
        let _ = limits;
        todo!()
    }
    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), ReadError> {
        let _ = piece;
        todo!()
    }
    /// Ends the input.
    pub fn finish(self) -> Result<DataSet, ReadError> {
        todo!()
    }
}

/// Reads an object that lies in memory (or in a memory map).
pub fn read(bytes: &[u8]) -> Result<DataSet, ReadError> {
    let mut reader = Reader::new(Limits::default());
    reader.push(bytes)?;
    reader.finish()
}

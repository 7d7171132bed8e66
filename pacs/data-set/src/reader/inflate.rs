//! The inflation of a deflated data set, piece by piece (PS3.5 §A.5).

use flate2::{Decompress, FlushDecompress, Status};

use crate::error::ReadError;

/// What is always inflated.
const PLENTY: u64 = 1 << 30;
/// How much longer than its input more than [`PLENTY`] may be.
const RATIO: u64 = 200;

/// A raw deflate stream.
pub(super) struct Inflater {
    stream: Decompress,
    buffer: Box<[u8]>,
    ended: bool,
    /// Bytes after the end of the stream.
    pub after: u64,
}

impl Inflater {
    pub(super) fn new() -> Self {
        Self { stream: Decompress::new(false), buffer: vec![0; 64 << 10].into(), ended: false, after: 0 }
    }

    /// Whether the stream has come to its end.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Inflates a piece and hands what comes out to `take`.
    pub(super) fn push(
        &mut self,
        mut piece: &[u8],
        mut take: impl FnMut(&[u8]) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        while !self.ended {
            let (before_in, before_out) = (self.stream.total_in(), self.stream.total_out());
            let status = self.stream.decompress(piece, &mut self.buffer, FlushDecompress::None);
            let status = status.map_err(|_| ReadError::Inflate("its bytes are damaged".into()))?;
            piece = &piece[(self.stream.total_in() - before_in) as usize..];
            let count = (self.stream.total_out() - before_out) as usize;
            let out = self.stream.total_out();
            if out > PLENTY && out / RATIO > self.stream.total_in() {
                return Err(ReadError::Inflate(format!("it inflates to more than {RATIO} times its length")));
            }
            take(&self.buffer[..count])?;
            self.ended = status == Status::StreamEnd;
            if count < self.buffer.len() && piece.is_empty() {
                return Ok(());
            }
            if count == 0 && status == Status::BufError {
                return Ok(());
            }
        }
        self.after += piece.len() as u64;
        Ok(())
    }
}

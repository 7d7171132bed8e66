//! A rewritten object, put together piece by piece.

use std::sync::Arc;

use data_set::explicit::Piece;

use super::decoder::Decoder;
use super::origin::Origin;
use super::plan::Plan;
use crate::Error;
use crate::node::CHUNK;
use crate::render::Image;

/// The pieces that are left. Memory: one part of [`CHUNK`] bytes, or one frame.
pub(super) struct Assembly {
    plan: Plan,
    origin: Origin,
    decoder: Option<Decoder>,
}

impl Assembly {
    pub(super) fn new(plan: Plan, origin: Origin, decoder: Option<Decoder>) -> Self {
        Self { plan, origin, decoder }
    }

    /// What the next part will decode, if it is a frame.
    pub(super) fn image_to_decode(&self) -> Option<Arc<Image>> {
        match self.plan.front() {
            Some(Piece::Frames) => self.decoder.as_ref().map(Decoder::image),
            _ => None,
        }
    }

    /// The next part, of [`CHUNK`] bytes or so; a decoded frame is a part of its own. Blocks.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let mut part = Vec::new();
        while (part.len() as u64) < CHUNK {
            let Some(piece) = self.plan.next()? else { break };
            let room = CHUNK - part.len() as u64;
            match piece {
                Piece::Bytes(bytes) => part.extend_from_slice(&bytes),
                Piece::Copy(range) => {
                    let end = range.end.min(range.start + room);
                    self.origin.append(range.start..end, &mut part)?;
                    if end < range.end {
                        self.plan.put_back(Piece::Copy(end..range.end));
                    }
                }
                Piece::Swap(range, width) => {
                    let whole = room.next_multiple_of(width.max(1) as u64);
                    let end = range.end.min(range.start + whole);
                    let first = part.len();
                    self.origin.append(range.start..end, &mut part)?;
                    part[first..].chunks_exact_mut(width.max(1)).for_each(<[u8]>::reverse);
                    if end < range.end {
                        self.plan.put_back(Piece::Swap(end..range.end, width));
                    }
                }
                Piece::Frames if !part.is_empty() => {
                    self.plan.put_back(Piece::Frames);
                    break;
                }
                Piece::Frames => {
                    if let Some(decoder) = &mut self.decoder
                        && decoder.append(&mut self.origin, &mut part)?
                    {
                        self.plan.put_back(Piece::Frames);
                        // A frame of less than a byte may have given nothing yet.
                        if !part.is_empty() {
                            break;
                        }
                    }
                }
            }
        }
        Ok((!part.is_empty()).then_some(part))
    }
}

//! Reading objects by ranges, in pieces, as fast as they are consumed.

use std::fs::File;
use std::io::{self, IoSliceMut};
use std::num::NonZeroU64;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use rustix::fs::{Advice, fadvise};
use rustix::io::{ReadWriteFlags, preadv2};

use super::piece::{PIECE, Piece};
use super::read_failure;
use crate::retrieve::Content;
use crate::{Error, archive};

/// How much is read at once of what is worked on.
pub(crate) const CHUNK: u64 = 512 << 10;
/// How much the disk is asked for before it is needed.
const AHEAD: u64 = 2 << 20;

/// Ranges of a file, back to back. While one piece is consumed the next one is read.
pub(crate) fn ranges(file: Arc<File>, ranges: Vec<Range<u64>>) -> Content {
    let pieces = ranges.into_iter().flat_map(pieces);
    stream::iter(pieces)
        .map(move |range| {
            let file = file.clone();
            async move {
                let mut piece = Piece::new((range.end - range.start) as usize);
                let filled = read_at_hand(&file, piece.room(), range.start);
                if filled == piece.room().len() {
                    return Ok(piece.into_bytes());
                }
                archive::blocking(move || {
                    let rest = file.read_exact_at(&mut piece.room()[filled..], range.start + filled as u64);
                    rest.map(|()| piece.into_bytes()).map_err(read_failure)
                })
                .await
            }
        })
        .buffered(2)
        .boxed()
}

/// Whether a part of a file can be read without waiting for the disk, as far as its ends tell: files come into memory from
/// front to back, but the last bytes of an object are there alone when all before them went past the page cache.
pub(crate) fn is_at_hand(file: &File, range: &Range<u64>) -> bool {
    let is_there = |position| read_at_hand(file, &mut [0], position) == 1;
    range.is_empty() || is_there(range.start) && is_there(range.end - 1)
}

/// Has the disk asked for what comes first of a part, if it is not in memory. Does not wait for it.
pub(crate) async fn read_ahead(file: &Arc<File>, range: &Range<u64>) -> Result<(), Error> {
    let first = range.start..range.end.min(range.start.saturating_add(AHEAD));
    if is_at_hand(file, &first) {
        return Ok(());
    }
    let file = file.clone();
    archive::blocking(move || {
        ask_for(&file, first.start);
        Ok(())
    })
    .await
}

/// Reads a part that is not at hand, and has the disk asked for what follows it.
pub(crate) async fn read(file: &Arc<File>, range: Range<u64>) -> Result<Bytes, Error> {
    let mut buffer = room(&range).map_err(read_failure)?;
    let file = file.clone();
    archive::blocking(move || {
        ask_for(&file, range.start);
        file.read_exact_at(&mut buffer, range.start).map_err(read_failure)?;
        Ok(buffer.into())
    })
    .await
}

fn ask_for(file: &File, start: u64) {
    // Advice that is not taken costs time only.
    let _ = fadvise(file, start, NonZeroU64::new(AHEAD), Advice::WillNeed);
}

/// Reads what is in the page cache, which needs no thread that may wait; gives how much that is.
fn read_at_hand(file: &File, buffer: &mut [u8], start: u64) -> usize {
    let mut filled = 0;
    while filled < buffer.len() {
        let rest = &mut [IoSliceMut::new(&mut buffer[filled..])];
        match preadv2(file, rest, start + filled as u64, ReadWriteFlags::NOWAIT) {
            Ok(0) | Err(_) => break,
            Ok(count) => filled += count,
        }
    }
    filled
}

fn room(range: &Range<u64>) -> io::Result<Vec<u8>> {
    let length = usize::try_from(range.end.saturating_sub(range.start)).map_err(|_| io::ErrorKind::InvalidInput)?;
    Ok(vec![0; length])
}

fn pieces(range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let mut start = range.start;
    std::iter::from_fn(move || {
        let piece = start..range.end.min(start.saturating_add(PIECE as u64));
        start = piece.end;
        (piece.start < piece.end).then_some(piece)
    })
}

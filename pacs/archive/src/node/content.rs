//! Reading objects by ranges, in pieces, as fast as they are consumed.

use std::fs::File;
use std::io::{self, IoSliceMut};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use rustix::io::{ReadWriteFlags, preadv2};

use super::read_failure;
use crate::archive;
use crate::retrieve::Content;

/// How much is read at once of what is worked on.
pub(crate) const CHUNK: u64 = 512 << 10;
/// How much is read at once of what is passed on: small enough to be still in a core's own cache when it is sent.
const PIECE: u64 = 128 << 10;

/// Ranges of a file, back to back. While one piece is consumed the next one is read.
pub(crate) fn ranges(file: Arc<File>, ranges: Vec<Range<u64>>) -> Content {
    let pieces = ranges.into_iter().flat_map(pieces);
    stream::iter(pieces)
        .map(move |range| {
            let file = file.clone();
            async move {
                let mut buffer = room(&range).map_err(read_failure)?;
                let filled = read_at_hand(&file, &mut buffer, range.start);
                if filled == buffer.len() {
                    return Ok(buffer.into());
                }
                archive::blocking(move || {
                    let rest = file.read_exact_at(&mut buffer[filled..], range.start + filled as u64);
                    rest.map(|()| buffer.into()).map_err(read_failure)
                })
                .await
            }
        })
        .buffered(2)
        .boxed()
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
        let piece = start..range.end.min(start.saturating_add(PIECE));
        start = piece.end;
        (piece.start < piece.end).then_some(piece)
    })
}

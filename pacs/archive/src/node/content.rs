//! Reading objects by ranges, in pieces, as fast as they are consumed.

use std::fs::File;
use std::io::IoSliceMut;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use rustix::io::{ReadWriteFlags, preadv2};

use super::memory::{LOOK, fetch, in_memory};
use super::piece::{LONG_PIECE, PIECE, Piece};
use super::read_failure;
use crate::retrieve::Content;
use crate::{Error, archive};

/// How much is read at once of what is worked on.
pub(crate) const CHUNK: u64 = 512 << 10;

/// From which length on a piece is one of something large, in bytes.
const MUCH: usize = 256 << 10;

/// Ranges of a file, back to back. While one piece is consumed the next one is read.
pub(crate) fn ranges(file: Arc<File>, ranges: Vec<Range<u64>>) -> Content {
    content(file, ranges.into_iter().flat_map(|range| pieces(range, LONG_PIECE)), false, Bytes::new())
}

/// A range of a file, and in one piece with its end what comes after it, of much less than a piece: its receiver is not
/// woken once more for a few bytes.
pub(super) fn range_and(file: Arc<File>, range: Range<u64>, after: Bytes) -> Content {
    if range.is_empty() {
        return stream::iter([Ok(after)]).boxed();
    }
    content(file, pieces(range, LONG_PIECE - after.len()), false, after)
}

/// A range of a file in pieces of whole fragments, of `fragment` bytes each, as far as a piece holds one. It is read to
/// its end: where it is not in memory, the disk is asked for what follows, too.
pub(crate) fn fragments(file: Arc<File>, range: Range<u64>, fragment: usize) -> Content {
    let whole = PIECE.checked_rem(fragment).map_or(PIECE, |rest| PIECE - rest);
    content(file, pieces(range, if whole == 0 { PIECE } else { whole }), true, Bytes::new())
}

fn content(
    file: Arc<File>,
    pieces: impl Iterator<Item = Range<u64>> + Send + 'static,
    asks_ahead: bool,
    mut after: Bytes,
) -> Content {
    let mut pieces = pieces.peekable();
    let pieces = std::iter::from_fn(move || {
        let piece = pieces.next()?;
        let after = if pieces.peek().is_none() { std::mem::take(&mut after) } else { Bytes::new() };
        Some((piece, after))
    });
    stream::iter(pieces)
        .map(move |(range, after)| {
            let file = file.clone();
            async move {
                let length = (range.end - range.start) as usize;
                let mut piece = Piece::new(length + after.len());
                piece.room()[length..].copy_from_slice(&after);
                // A read that does not wait has the disk asked page by page for what is not there.
                let there = if length < MUCH { length } else { in_memory(&file, &range) as usize };
                let filled = read_at_hand(&file, &mut piece.room()[..there], range.start);
                if filled == length {
                    return Ok(piece.into_bytes());
                }
                archive::blocking(move || {
                    if asks_ahead || length >= MUCH {
                        fetch(&file, range.start + filled as u64);
                    }
                    let rest = file.read_exact_at(&mut piece.room()[filled..length], range.start + filled as u64);
                    rest.map(|()| piece.into_bytes()).map_err(read_failure)
                })
                .await
            }
        })
        .buffered(2)
        .boxed()
}

/// Has what comes first of a part brought into memory, if it is not there.
pub(crate) async fn read_ahead(file: &Arc<File>, range: &Range<u64>) -> Result<(), Error> {
    let first = range.start..range.end.min(range.start.saturating_add(LOOK));
    let there = in_memory(file, &first);
    if there == first.end - first.start {
        return Ok(());
    }
    let file = file.clone();
    archive::blocking(move || {
        fetch(&file, first.start + there);
        Ok(())
    })
    .await
}

/// Whether a byte of a file can be read without waiting for the disk.
pub(super) fn is_at_hand(file: &File, position: u64) -> bool {
    read_at_hand(file, &mut [0], position) == 1
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

fn pieces(range: Range<u64>, length: usize) -> impl Iterator<Item = Range<u64>> {
    let mut start = range.start;
    std::iter::from_fn(move || {
        let piece = start..range.end.min(start.saturating_add(length as u64));
        start = piece.end;
        (piece.start < piece.end).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use futures_util::TryStreamExt;

    use super::*;

    #[tokio::test]
    async fn pieces_are_whole_fragments_where_they_hold_one() {
        let bytes: Vec<u8> = (0..500_001_u32).map(|i| (i / 3) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let file = Arc::new(file);
        for (fragment, length) in [(131_066, 131_066), (16_378, 131_024), (2, PIECE), (PIECE + 2, PIECE), (0, PIECE)] {
            let content = fragments(file.clone(), 1..500_001, fragment);
            let pieces: Vec<Bytes> = content.try_collect().await.unwrap();
            assert!(pieces.iter().rev().skip(1).all(|piece| piece.len() == length), "{fragment}");
            assert!(pieces.concat() == bytes[1..], "{fragment}");
        }
    }

    #[tokio::test]
    async fn what_comes_after_comes_in_one_piece_with_the_end() {
        let bytes: Vec<u8> = (0..3 * LONG_PIECE).map(|i| (i / 3) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let file = Arc::new(file);
        let short = LONG_PIECE - 3;
        for (length, pieces) in [(1, vec![4]), (short, vec![LONG_PIECE]), (short + 1, vec![short, 4])] {
            let content = range_and(file.clone(), 5..5 + length as u64, Bytes::from_static(b"end"));
            let read: Vec<Bytes> = content.try_collect().await.unwrap();
            assert_eq!(read.iter().map(Bytes::len).collect::<Vec<_>>(), pieces);
            assert!(read.concat() == [&bytes[5..5 + length], b"end"].concat());
        }
    }

    #[tokio::test]
    async fn what_was_just_written_is_at_hand() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        let file = Arc::new(file);
        assert_eq!(read_at_hand(&file, &mut [0; 20], 0), 10);
        read_ahead(&file, &(2..9)).await.unwrap();
        read_ahead(&file, &(3..3)).await.unwrap();
    }
}

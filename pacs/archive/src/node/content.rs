//! Reading objects by ranges, in pieces, as fast as they are consumed.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::read_failure;
use crate::archive;
use crate::retrieve::Content;

/// How much is read at once.
pub(crate) const CHUNK: u64 = 512 << 10;

/// Ranges of a file, back to back. While one piece is consumed the next one is read.
pub(crate) fn ranges(file: Arc<File>, ranges: Vec<Range<u64>>) -> Content {
    let pieces = ranges.into_iter().flat_map(pieces);
    stream::iter(pieces)
        .map(move |range| {
            let file = file.clone();
            archive::blocking(move || read(&file, range).map_err(read_failure))
        })
        .buffered(2)
        .boxed()
}

/// One range of a file, whole.
pub(crate) fn read(file: &File, range: Range<u64>) -> io::Result<Bytes> {
    let length = usize::try_from(range.end.saturating_sub(range.start)).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut buffer = vec![0; length];
    file.read_exact_at(&mut buffer, range.start)?;
    Ok(buffer.into())
}

fn pieces(range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let mut start = range.start;
    std::iter::from_fn(move || {
        let piece = start..range.end.min(start.saturating_add(CHUNK));
        start = piece.end;
        (piece.start < piece.end).then_some(piece)
    })
}

//! Reading deflated objects (Deflated Explicit VR Little Endian, PS3.5 §A.5) by positions in the inflated data set.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Chain, Read, Take};
use std::ops::Range;

use bytes::Bytes;
use flate2::read::DeflateDecoder;
use futures_util::{StreamExt, stream};

use super::{CHUNK, read_failure};
use crate::archive;
use crate::retrieve::Content;

/// Preamble and file meta information as stored, then the inflated data set.
type Source = Chain<Take<File>, DeflateDecoder<BufReader<File>>>;

/// Ranges of an object as the reader counts: what stands before the data set as stored, then the inflated data set.
/// What lies between the ranges is inflated and dropped. A range that goes back starts the file again.
pub(crate) fn inflated(file: File, data_set_start: u64, ranges: Vec<Range<u64>>) -> Content {
    let inflating = Inflating { file, data_set_start, source: None, position: 0, ranges: ranges.into() };
    stream::try_unfold(inflating, |mut inflating| async move {
        archive::blocking(move || {
            let piece = inflating.next().map_err(read_failure)?;
            Ok(piece.map(|piece| (piece, inflating)))
        })
        .await
    })
    .boxed()
}

struct Inflating {
    file: File,
    data_set_start: u64,
    source: Option<Source>,
    position: u64,
    ranges: VecDeque<Range<u64>>,
}

impl Inflating {
    fn next(&mut self) -> io::Result<Option<Bytes>> {
        while self.ranges.front().is_some_and(Range::is_empty) {
            self.ranges.pop_front();
        }
        let Some(range) = self.ranges.front().cloned() else { return Ok(None) };
        self.seek(range.start)?;
        let end = range.end.min(range.start.saturating_add(CHUNK));
        let piece = self.read(end - range.start)?;
        self.ranges[0].start = end;
        Ok(Some(piece.into()))
    }

    fn seek(&mut self, position: u64) -> io::Result<()> {
        if self.source.is_none() || position < self.position {
            self.source = Some(source(&self.file, self.data_set_start)?);
            self.position = 0;
        }
        let skip = position - self.position;
        let skipped = io::copy(&mut self.source()?.take(skip), &mut io::sink())?;
        self.position += skipped;
        if skipped == skip { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn read(&mut self, length: u64) -> io::Result<Vec<u8>> {
        let mut piece = Vec::new();
        self.source()?.take(length).read_to_end(&mut piece)?;
        self.position += piece.len() as u64;
        if piece.len() as u64 == length { Ok(piece) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn source(&mut self) -> io::Result<&mut Source> {
        self.source.as_mut().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

/// The file from its beginning. Both halves share one position in the file, so that the second goes on where the first ends.
pub(crate) fn source(file: &File, data_set_start: u64) -> io::Result<Source> {
    use std::io::Seek;
    let mut plain = file.try_clone()?;
    plain.rewind()?;
    let deflated = DeflateDecoder::new(BufReader::with_capacity(64 << 10, plain.try_clone()?));
    Ok(plain.take(data_set_start).chain(deflated))
}

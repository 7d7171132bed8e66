//! Metadata as an answer sends them that is their text: long ones by pieces, so that none is ever whole in memory but
//! compressed.

use std::io::{Cursor, Read};

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use zstd::stream::read::Decoder;

use super::headers::{self, LONGEST, Loaded, PAGE_BYTES};
use super::{BULK_DATA_MARK, InstanceMetadata, Metadata, decompressed, internal};
use crate::retrieve::StoredInstance;
use crate::{Error, archive};

/// Bytes of the text of long metadata that are held at once.
const PIECE: usize = 256 << 10;

/// The metadata of one Instance, or a piece of them.
#[derive(Debug, Clone)]
pub struct MetadataPiece {
    /// Whose they are; `json` is this piece of the text. No [`BULK_DATA_MARK`] is cut apart.
    pub of: InstanceMetadata,
    /// The text begins with it.
    pub is_first: bool,
}

impl Metadata {
    /// The texts in order, as [`Metadata::pages`] has them, with long ones in pieces. Those that have to be de-identified are
    /// whole all the same.
    pub fn pieces(self) -> stream::BoxStream<'static, Result<Vec<MetadataPiece>, Error>> {
        let made = self.loaded().map(|page| async move { archive::blocking(move || begin(page?)).await }).buffered(2);
        let pieces = made.map_ok(|made| match made {
            Begun::Whole(page) => {
                let page: Vec<_> = page.into_iter().map(|of| MetadataPiece { of, is_first: true }).collect();
                stream::iter([Ok::<_, Error>(page)]).boxed()
            }
            Begun::Long(long) => long.pieces().boxed(),
        });
        pieces.try_flatten().boxed()
    }
}

/// A page of metadata, or long ones that are decompressed as they are taken.
enum Begun {
    Whole(Vec<InstanceMetadata>),
    Long(Box<Long>),
}

fn begin(mut page: Vec<Loaded>) -> Result<Begun, Error> {
    let is_long = |(instance, header): &Loaded| instance.disguise.is_none() && headers::inflated(header) > PAGE_BYTES;
    match page.pop() {
        Some(last) if page.is_empty() && is_long(&last) => Long::new(last).map(Begun::Long),
        last => {
            page.extend(last);
            decompressed(page).map(Begun::Whole)
        }
    }
}

/// A piece, and what gives the next one; `None` at the end.
type Next<T> = Option<(Vec<MetadataPiece>, T)>;

/// Long metadata on their way out.
struct Long {
    instance: StoredInstance,
    text: std::io::Take<Decoder<'static, Cursor<Vec<u8>>>>,
    /// The beginning of a mark, of which the rest comes with the next piece.
    held: Vec<u8>,
    is_begun: bool,
}

impl Long {
    fn new((instance, header): Loaded) -> Result<Box<Self>, Error> {
        let decoder = Decoder::with_buffer(Cursor::new(header)).map_err(|error| internal(error.into()))?;
        Ok(Box::new(Self { instance, text: decoder.take(LONGEST as u64), held: Vec::new(), is_begun: false }))
    }

    fn pieces(self: Box<Self>) -> impl Stream<Item = Result<Vec<MetadataPiece>, Error>> {
        stream::try_unfold(self, |long| archive::blocking(move || long.piece()))
    }

    fn piece(mut self: Box<Self>) -> Result<Next<Box<Self>>, Error> {
        let mut json = Vec::with_capacity(PIECE);
        json.append(&mut self.held);
        let room = (PIECE - json.len()) as u64;
        let read = Read::by_ref(&mut self.text).take(room).read_to_end(&mut json);
        read.map_err(|error| internal(error.into()))?;
        if json.is_empty() {
            return Ok(None);
        }
        if json.len() == PIECE {
            self.held = json.split_off(PIECE - begun_mark(&json));
        }
        let of = InstanceMetadata {
            study: self.instance.study.clone(),
            series: self.instance.series.clone(),
            instance: self.instance.instance.clone(),
            transfer_syntax: self.instance.transfer_syntax.clone(),
            json: json.into(),
        };
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        Ok(Some((vec![MetadataPiece { of, is_first }], self)))
    }
}

/// How many bytes at the end of `text` are the beginning of a mark that goes on after it. A mark ends with the byte that it
/// begins with, so that one which is whole must not be taken for the beginning of another.
fn begun_mark(text: &[u8]) -> usize {
    let mark = BULK_DATA_MARK.as_bytes();
    if text.ends_with(mark) {
        return 0;
    }
    (1..mark.len()).rev().find(|length| text.ends_with(&mark[..*length])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_held_back_until_it_is_whole() {
        assert_eq!(begun_mark(b"no mark"), 0);
        assert_eq!(begun_mark("a mark \u{1}".as_bytes()), 1);
        assert_eq!(begun_mark("a mark \u{1}bulk".as_bytes()), 5);
        assert_eq!(begun_mark(format!("a mark {BULK_DATA_MARK}").as_bytes()), 0);
        assert_eq!(begun_mark(format!("a mark {BULK_DATA_MARK}00").as_bytes()), 0);
    }
}

//! Metadata as an answer sends them: long ones by pieces, so that none is ever whole in memory but compressed.

use std::io::{Cursor, Read, Take};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt, stream};
use zstd::stream::read::Decoder;

use super::headers::{self, LONGEST, Loaded};
use super::{BULK_DATA_MARK, InstanceMetadata, Metadata, decompressed, internal};
use crate::deidentify::{Disguise, Treating};
use crate::{Error, archive};

/// Bytes of the text of long metadata that are held at once.
const PIECE: usize = 256 << 10;

/// The metadata of one Instance, or a piece of them.
#[derive(Debug, Clone)]
pub struct MetadataPiece {
    /// Whose they are; `json` is this piece of the text. No BulkDataURI that begins with [`BULK_DATA_MARK`] is cut
    /// apart.
    pub of: InstanceMetadata,
    /// The text begins with it.
    pub is_first: bool,
}

/// What of the metadata of a scope is given at once.
pub enum MetadataDocument {
    /// Those of some instances.
    Page(Vec<InstanceMetadata>),
    /// Long ones of one instance.
    Long(LongMetadata),
}

/// Long metadata of one Instance, which are decompressed, and de-identified when they have to be, as they are taken.
#[derive(Clone)]
pub struct LongMetadata {
    of: InstanceMetadata,
    header: Bytes,
    disguise: Option<std::sync::Arc<Disguise>>,
}

impl Metadata {
    /// The metadata in order, as [`Metadata::pages`] has them, but for long ones.
    pub fn documents(self) -> BoxStream<'static, Result<MetadataDocument, Error>> {
        self.loaded().map(|page| async move { archive::blocking(move || begin(page?)).await }).buffered(2).boxed()
    }

    /// The texts in order, long ones in pieces.
    pub fn pieces(self) -> BoxStream<'static, Result<Vec<MetadataPiece>, Error>> {
        let pieces = self.documents().map_ok(|document| match document {
            MetadataDocument::Page(page) => {
                let page: Vec<_> = page.into_iter().map(|of| MetadataPiece { of, is_first: true }).collect();
                stream::iter([Ok::<_, Error>(page)]).boxed()
            }
            MetadataDocument::Long(long) => long.pieces().map_ok(|piece| vec![piece]).boxed(),
        });
        pieces.try_flatten().boxed()
    }
}

fn begin(mut page: Vec<Loaded>) -> Result<MetadataDocument, Error> {
    match page.pop() {
        Some((instance, header)) if page.is_empty() && headers::is_long(&header) => {
            if let Some(disguise) = &instance.disguise
                && disguise.withholds_long(inflating(&header)?, &instance.transfer_syntax)?.is_some()
            {
                return Ok(MetadataDocument::Page(Vec::new()));
            }
            let disguise = instance.disguise;
            let of = InstanceMetadata {
                study: instance.study,
                series: instance.series,
                instance: instance.instance,
                transfer_syntax: instance.transfer_syntax,
                json: Bytes::new(),
            };
            Ok(MetadataDocument::Long(LongMetadata { of, header, disguise }))
        }
        last => {
            page.extend(last);
            decompressed(page).map(MetadataDocument::Page)
        }
    }
}

/// The text of a header.
pub(super) fn inflating(header: &Bytes) -> Result<Inflating, Error> {
    let decoder = Decoder::with_buffer(Cursor::new(header.clone())).map_err(|error| internal(error.into()))?;
    Ok(decoder.take(LONGEST as u64))
}

pub(super) type Inflating = Take<Decoder<'static, Cursor<Bytes>>>;

impl LongMetadata {
    /// Whose they are; there is no text in it.
    pub fn of(&self) -> &InstanceMetadata {
        &self.of
    }

    /// The text, as often as it is asked for.
    pub fn pieces(&self) -> BoxStream<'static, Result<MetadataPiece, Error>> {
        let text = inflating(&self.header).map(|text| {
            let treating = self.disguise.clone().map(Treating::new);
            Box::new(Text { of: self.of.clone(), text, treating, held: Vec::new(), is_begun: false, is_ended: false })
        });
        let pieces = stream::once(async move { text })
            .map_ok(|text| stream::try_unfold(text, |text| archive::blocking(move || text.piece())));
        pieces.try_flatten().boxed()
    }
}

/// Long metadata on their way out.
struct Text {
    of: InstanceMetadata,
    text: Inflating,
    treating: Option<Treating>,
    /// The beginning of a BulkDataURI, of which the rest comes with the next piece.
    held: Vec<u8>,
    is_begun: bool,
    is_ended: bool,
}

impl Text {
    /// A piece, and what gives the next one; `None` at the end.
    fn piece(mut self: Box<Self>) -> Result<Option<(MetadataPiece, Box<Self>)>, Error> {
        let mut json = Vec::new();
        while json.is_empty() && !self.is_ended {
            json = self.next()?;
        }
        if json.is_empty() {
            return Ok(None);
        }
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        Ok(Some((MetadataPiece { of: InstanceMetadata { json: json.into(), ..self.of.clone() }, is_first }, self)))
    }

    fn next(&mut self) -> Result<Vec<u8>, Error> {
        let mut json = Vec::with_capacity(PIECE + self.held.len());
        json.append(&mut self.held);
        let before = json.len();
        let read = Read::by_ref(&mut self.text).take(PIECE as u64).read_to_end(&mut json);
        self.is_ended = read.map_err(|error| internal(error.into()))? < PIECE;
        if self.is_ended && self.text.limit() == 0 {
            return Err(internal(format!("more than {LONGEST} bytes of text").into()));
        }
        if let Some(treating) = &mut self.treating {
            let treated = treating.push(&json[before..]).map_err(|error| internal(error.into()))?;
            json.truncate(before);
            json.extend_from_slice(&treated);
            if self.is_ended {
                treating.end().map_err(|error| internal(error.into()))?;
            }
        }
        if !self.is_ended {
            self.held = json.split_off(json.len() - begun_uri(&json));
        }
        Ok(json)
    }
}

/// How many bytes at the end of `text` are the beginning of a mark or of a path after it, which goes on after them.
/// No other place of the text holds a mark's first byte, which is its last one too.
fn begun_uri(text: &[u8]) -> usize {
    let mark = BULK_DATA_MARK.as_bytes();
    let Some(last) = memchr::memrchr(mark[0], text) else { return 0 };
    let start = if text[..=last].ends_with(mark) { last + 1 - mark.len() } else { last };
    if memchr::memchr(b'"', &text[start..]).is_some() { 0 } else { text.len() - start }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uri_is_held_back_until_it_is_whole() {
        assert_eq!(begun_uri(b"no mark"), 0);
        assert_eq!(begun_uri("a mark \u{1}".as_bytes()), 1);
        assert_eq!(begun_uri("a mark \u{1}bulk".as_bytes()), 5);
        assert_eq!(begun_uri(format!("a mark {BULK_DATA_MARK}").as_bytes()), 6);
        assert_eq!(begun_uri(format!("a mark {BULK_DATA_MARK}00").as_bytes()), 8);
        assert_eq!(begun_uri(format!("a mark {BULK_DATA_MARK}00\"").as_bytes()), 0);
        assert_eq!(begun_uri(format!("a mark {BULK_DATA_MARK}00\"}},{{\u{1}bu").as_bytes()), 3);
    }
}

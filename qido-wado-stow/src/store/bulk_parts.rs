//! The bulk data of a store request: their bytes on the spool, and which URI names them.

use std::collections::HashMap;
use std::ops::Range;

use archive::Spool;
use archive::retrieve::Content;
use multer::Field;

use super::incoming::body_error;
use crate::Failure;
use crate::media_type::MediaType;

/// Most parts of one request.
const MOST: usize = 100_000;
/// Longest Content-Location.
const LONGEST_LOCATION: usize = 4096;

/// One part.
#[derive(Debug, Clone)]
pub(super) struct BulkPart {
    /// Its bytes on the spool.
    pub range: Range<u64>,
    /// Its media type in lower case; `application/octet-stream` when it tells none.
    pub essence: String,
    /// The parameter `transfer-syntax`.
    pub transfer_syntax: Option<String>,
}

/// All parts that are not metadata.
pub(super) struct BulkParts {
    spool: Spool,
    by_location: HashMap<String, Vec<BulkPart>>,
    count: usize,
    /// How many tell no Content-Location.
    nowhere: usize,
}

impl BulkParts {
    pub fn new(spool: Spool) -> Self {
        Self { spool, by_location: HashMap::new(), count: 0, nowhere: 0 }
    }

    /// Takes a part onto the spool.
    pub async fn take(&mut self, mut part: Field<'_>) -> Result<(), Failure> {
        let header = |name: &str| part.headers().get(name).and_then(|value| value.to_str().ok());
        let location = header("content-location").map(|text| text.trim().to_owned());
        let media = header("content-type").and_then(MediaType::parse);
        self.count += 1;
        if self.count > MOST {
            return Err(Failure::BadRequest(format!("the request has more than {MOST} parts of bulk data")));
        }
        let start = self.spool.length();
        while let Some(piece) = part.chunk().await.map_err(body_error)? {
            self.spool.append(&piece).await?;
        }
        let range = start..self.spool.length();
        let Some(location) = location.filter(|text| !text.is_empty() && text.len() <= LONGEST_LOCATION) else {
            self.nowhere += 1;
            return Ok(());
        };
        let transfer_syntax = media.as_ref().and_then(|media| media.parameter("transfer-syntax")).map(str::to_owned);
        let essence = media.map_or_else(|| "application/octet-stream".to_owned(), |media| media.essence);
        self.by_location.entry(location).or_default().push(BulkPart { range, essence, transfer_syntax });
        Ok(())
    }

    /// There are no more: from here on they can be read.
    pub async fn end(&mut self) -> Result<(), Failure> {
        Ok(self.spool.flush().await?)
    }

    /// The parts that this BulkDataURI names: those at its place, or else those at `…/frames/1`, `…/frames/2` and so on.
    /// They are given once, so that a request cannot store more than it brings.
    pub fn take_named(&mut self, uri: &str) -> Vec<BulkPart> {
        let uri = uri.trim();
        if let Some(parts) = self.by_location.remove(uri) {
            return parts;
        }
        let frame = |number: usize| self.by_location.remove(&format!("{uri}/frames/{number}"));
        (1..).map_while(frame).flatten().collect()
    }

    /// The bytes of a part.
    pub fn content(&self, part: &BulkPart) -> Content {
        self.spool.content(part.range.clone())
    }

    /// Words on every part that no instance asked for.
    pub fn unused(&self) -> Vec<String> {
        let mut unused: Vec<&String> = self.by_location.keys().collect();
        unused.sort();
        let words = unused.into_iter().map(|location| format!("no metadata refer to the bulk data at {location}"));
        let nowhere = (0..self.nowhere).map(|_| "a part of bulk data has no Content-Location".to_owned());
        words.chain(nowhere).collect()
    }
}

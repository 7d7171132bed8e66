//! What a store does with a body of unknown origin before the archive is asked.

use bytes::Bytes;
use futures_util::stream;
use multer::Multipart;

use super::content::{Kind, Language, of_content_type};
use super::metadata;
use crate::exercise::said;

/// Longest piece of a body that comes at once, in bytes.
const PIECE: usize = 61;

/// Reads a body as its Content-Type says, in pieces.
pub(crate) fn store(content_type: &str, body: &[u8]) {
    let (boundary, language) = match said(of_content_type(content_type)) {
        Some(Kind::Multipart { boundary }) => (boundary, None),
        Some(Kind::Apart { boundary, language }) => (boundary, Some(language)),
        Some(Kind::Single) | None => return,
    };
    assert!((1..=70).contains(&boundary.len()));
    let length = body.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into())) % PIECE + 1;
    let pieces: Vec<_> =
        body.chunks(length).map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece))).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let parts = runtime.block_on(parts(Multipart::new(stream::iter(pieces), boundary)));
    let content: usize = parts.iter().map(Vec::len).sum();
    assert!(content <= body.len(), "{content} bytes of {}", body.len());
    if let Some(language) = language {
        for part in parts {
            read(language, part);
        }
    }
}

/// The contents of the parts, up to where the body breaks.
async fn parts(mut body: Multipart<'_>) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    while let Ok(Some(part)) = body.next_field().await {
        match part.bytes().await {
            Ok(content) => parts.push(content.to_vec()),
            Err(_) => break,
        }
    }
    parts
}

/// Metadata: what was read is written again within bounds.
fn read(language: Language, text: Vec<u8>) {
    let length = text.len();
    for instance in said(metadata::instances(language, vec![text])).unwrap_or_default() {
        if let Ok(described) = instance.encoded {
            // An element of a few letters of text has a header of twelve bytes, and a sequence has delimiters.
            assert!(described.encoded.length() <= 64 * length + 4096);
            let _ = (described.encoded.bulk_data().count(), described.syntaxes, described.frames);
        }
    }
}

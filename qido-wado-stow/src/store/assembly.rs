//! An object put together: its data set in Explicit VR Little Endian, with bulk data in their places.

use archive::{Incoming, StoreFailure, StoreOutcome};
use bytes::Bytes;
use data_set::model::{Piece, bulk};
use data_set::{Tag, VR, explicit, tags};
use futures_util::TryStreamExt;

use super::bulk_parts::{BulkPart, BulkParts};
use super::compressed;
use super::metadata::Described;
use crate::transfer_syntax::EXPLICIT_VR_LITTLE_ENDIAN;

/// Media types of bytes that stand in an element as they are.
const OCTETS: &str = "application/octet-stream";
/// Longest UID (PS3.5 §9.1); what is longer is none, and the archive says so.
const LONGEST_UID: usize = 64;

/// What is written, in order.
pub(super) enum Step {
    Bytes(Vec<u8>),
    Part(BulkPart),
}

/// Plans an object; fails when its bulk data are not those that its metadata tell of.
pub(super) async fn plan(
    described: Described,
    uids: &StoreOutcome,
    bulk: &mut BulkParts,
) -> Result<Vec<Step>, StoreFailure> {
    let Described { encoded, syntaxes, frames } = described;
    let mut steps = vec![Step::Bytes(Vec::new())];
    let mut transfer_syntax = EXPLICIT_VR_LITTLE_ENDIAN.to_owned();
    for piece in encoded.pieces {
        match piece {
            Piece::Bytes(bytes) => steps.push(Step::Bytes(bytes)),
            Piece::BulkData { tag, vr, is_at_top, uri } => {
                let parts = bulk.take_named(&uri);
                if is_at_top && tag == tags::PIXEL_DATA && parts.first().is_some_and(compressed::is_compressed) {
                    transfer_syntax = compressed::transfer_syntax(&parts, &syntaxes, bulk).await?;
                    compressed::check(&parts, frames, &transfer_syntax)?;
                    fragments(parts, &mut steps);
                } else {
                    native(tag, vr, parts, &mut steps)?;
                }
            }
        }
    }
    let uid = |uid: &Option<String>| uid.clone().filter(|uid| uid.len() <= LONGEST_UID).unwrap_or_default();
    let (class, instance) = (uid(&uids.sop_class_uid), uid(&uids.sop_instance_uid));
    steps[0] = Step::Bytes(explicit::file_meta(&class, &instance, &transfer_syntax, None));
    Ok(steps)
}

/// Bytes as they are, from one part.
fn native(tag: Tag, vr: VR, parts: Vec<BulkPart>, steps: &mut Vec<Step>) -> Result<(), StoreFailure> {
    let wrong = |words: &str| Err(StoreFailure::CannotUnderstand(format!("bulk data of {tag}: {words}")));
    let [part] = parts.as_slice() else {
        return wrong(match parts.is_empty() {
            true => "no part of the request has their Content-Location, or another element has taken it",
            false => "more than one part has their Content-Location",
        });
    };
    if tag == tags::PIXEL_DATA && part.essence != OCTETS {
        return wrong("only the Pixel Data of the data set itself can be compressed");
    }
    let length = part.range.end - part.range.start;
    let Some((header, padding)) = bulk::native(tag, vr, length) else {
        return wrong("they are longer than an element of its VR can be");
    };
    steps.extend([Step::Bytes(header), Step::Part(part.clone()), Step::Bytes(padding.into_iter().collect())]);
    Ok(())
}

/// Encapsulated Pixel Data, a part for each frame.
fn fragments(parts: Vec<BulkPart>, steps: &mut Vec<Step>) {
    let lengths: Vec<u64> = parts.iter().map(|part| part.range.end - part.range.start).collect();
    steps.push(Step::Bytes(bulk::encapsulated(&lengths)));
    for part in parts {
        let mut at = part.range.start;
        for length in bulk::fragments(part.range.end - part.range.start) {
            steps.push(Step::Bytes(bulk::item(length).to_vec()));
            steps.push(Step::Part(BulkPart { range: at..at + length, ..part.clone() }));
            steps.push(Step::Bytes(vec![0; (length % 2) as usize]));
            at += length;
        }
    }
    steps.push(Step::Bytes(bulk::END.to_vec()));
}

/// Writes an object into the archive. Where the archive takes no more, it says why when the object is finished.
pub(super) async fn write(
    steps: Vec<Step>,
    bulk: &BulkParts,
    mut incoming: Incoming,
) -> Result<Incoming, StoreFailure> {
    for step in steps {
        let taken = match step {
            Step::Bytes(bytes) if bytes.is_empty() => Ok(()),
            Step::Bytes(bytes) => incoming.write(Bytes::from(bytes)).await,
            Step::Part(part) => {
                let mut content = bulk.content(&part);
                let mut taken = Ok(());
                while let (Ok(()), Some(piece)) = (&taken, content.try_next().await?) {
                    taken = incoming.write(piece).await;
                }
                taken
            }
        };
        if taken.is_err() {
            break;
        }
    }
    Ok(incoming)
}

//! Frames and objects in native samples: Explicit VR Little Endian, whatever they are stored in.

mod assembly;
mod bit_packer;
mod decoder;
mod origin;

use bytes::Bytes;
use data_set::explicit::{self, Piece};
use data_set::{FrameIndex, uids};
use futures_util::{StreamExt, stream};
use tokio::sync::OwnedSemaphorePermit;

use crate::render::{Image, decode, stored_frame, undecodable};
use crate::retrieve::{Body, Content};
use crate::{Archive, Error, StoredInstance, archive};

use assembly::Assembly;
use decoder::Decoder;
use origin::Origin;

/// Length of preamble and prefix (PS3.10 §7.1). An object that was received without them is given them.
const PREAMBLE: u64 = 132;

/// Frame `number` as native samples in little endian (PS3.18 §8.7.3.3.2, `application/octet-stream`).
///
/// One-bit frames begin with a byte. Samples of decoded frames are in the order that the object's Planar Configuration says,
/// because the client has nothing else to read them by.
///
/// # Errors
/// `NotFound` past the last frame, `NotAcceptable` without a codec, `Damaged` when the frame is broken.
pub(crate) async fn native_frame(archive: &Archive, instance: &StoredInstance, number: u32) -> Result<Body, Error> {
    let image = archive.image(instance).await?;
    let native = matches!(*archive.frame_index(instance).await?, FrameIndex::Native { .. });
    if !native && !codec::can_decode(&instance.transfer_syntax) {
        return Err(undecodable(&instance.transfer_syntax));
    }
    let frame = stored_frame(archive, instance, &image, number).await?;
    if native {
        return Ok(body(frame));
    }
    let room = archive.0.images.room(&image).await;
    let syntax = instance.transfer_syntax.clone();
    let samples = archive::blocking(move || {
        let samples = decode(&syntax, &frame, &image)?.bytes;
        drop(room);
        if image.format.planar == 1 && image.format.samples > 1 {
            let (count, width) = (usize::from(image.format.samples), usize::from(image.format.bits_allocated / 8));
            return Ok(compute::planes::separate(&samples, count, width));
        }
        Ok(samples)
    });
    Ok(body(samples.await?.into()))
}

fn body(bytes: Bytes) -> Body {
    Body {
        length: bytes.len() as u64,
        content: stream::once(async move { Ok(bytes) }).boxed(),
        transfer_syntax: uids::EXPLICIT_VR_LITTLE_ENDIAN.to_owned(),
    }
}

/// The whole object in Explicit VR Little Endian, streamed; one frame is decoded at a time.
///
/// The first frame is decoded before anything is sent: its Photometric Interpretation goes into the header, and what cannot
/// be decoded is refused with words instead of a broken answer.
///
/// # Errors
/// `NotAcceptable` without a codec, `Damaged` when the first frame is broken or frames are missing.
pub(crate) async fn native_object(archive: &Archive, instance: &StoredInstance) -> Result<Body, Error> {
    let index = archive.frame_index(instance).await?;
    let encapsulated = matches!(*index, FrameIndex::Encapsulated(_));
    let file_meta = instance.data_set_start > PREAMBLE;
    if instance.transfer_syntax == uids::EXPLICIT_VR_LITTLE_ENDIAN && !encapsulated && file_meta {
        return archive.range(instance, 0..instance.size).await;
    }
    if encapsulated && !codec::can_decode(&instance.transfer_syntax) {
        return Err(undecodable(&instance.transfer_syntax));
    }
    let set = archive.data_set(instance).await?;
    let (image, first) = if encapsulated {
        let image = archive.image(instance).await?;
        (Some(image.clone()), Some(stored_frame(archive, instance, &image, 1).await?))
    } else {
        (None, None)
    };
    let origin = Origin::new(archive.file(instance).await?, instance);
    let room = room(archive, image.as_deref()).await;
    let (syntax, frames) = (instance.transfer_syntax.clone(), index.clone());
    let (pieces, decoder) = archive::blocking(move || {
        let decoder = match image.zip(first) {
            Some((image, first)) => Some(Decoder::new(syntax, image, frames, &first)?),
            None => None,
        };
        drop(room);
        let pieces = explicit::plan(&set, decoder.as_ref().map(Decoder::description).as_ref());
        Ok((pieces, decoder))
    })
    .await?;
    let length = length(&pieces, decoder.as_ref());
    let content = content(archive.clone(), Assembly::new(pieces, origin, decoder));
    Ok(Body { length, content, transfer_syntax: uids::EXPLICIT_VR_LITTLE_ENDIAN.to_owned() })
}

fn length(pieces: &[Piece], decoder: Option<&Decoder>) -> u64 {
    let of = |piece: &Piece| match piece {
        Piece::Bytes(bytes) => bytes.len() as u64,
        Piece::Copy(range) | Piece::Swap(range, _) => range.end - range.start,
        Piece::Frames => decoder.map_or(0, Decoder::padded_length),
    };
    pieces.iter().map(of).sum()
}

/// Assembles as it is consumed, each part on a thread that may wait.
fn content(archive: Archive, assembly: Assembly) -> Content {
    stream::try_unfold(assembly, move |mut assembly| {
        let archive = archive.clone();
        async move {
            let image = assembly.image_to_decode();
            let room = room(&archive, image.as_deref()).await;
            archive::blocking(move || {
                let part = assembly.next()?;
                drop(room);
                Ok(part.map(|part| (Bytes::from(part), assembly)))
            })
            .await
        }
    })
    .boxed()
}

/// Room to decode a frame, if there is one to decode.
async fn room(archive: &Archive, image: Option<&Image>) -> Option<OwnedSemaphorePermit> {
    match image {
        Some(image) => archive.0.images.room(image).await,
        None => None,
    }
}

//! Frames and objects in another form than the stored one: native samples here, encoded ones in `encoded`.

mod assembly;
mod bit_packer;
mod decoder;
mod deflated;
mod encoded;
mod encoded_frames;
mod origin;
mod plan;

use bytes::Bytes;
use data_set::explicit::{self, Rewriting};
use data_set::{FrameIndex, uids};
use futures_util::{StreamExt, stream};
use tokio::sync::OwnedSemaphorePermit;

use crate::render::{Image, made_samples, stored_frame, undecodable};
use crate::retrieve::{Body, Content, is_deflated};
use crate::{Archive, Error, StoredInstance, archive};

use assembly::Assembly;
use decoder::Decoder;
use origin::Origin;
use plan::Survey;

pub(crate) use encoded::{can_encode, encoded_frame, encoded_object};

/// Length of preamble and prefix (PS3.10 §7.1). An object that was received without them is given them.
const PREAMBLE: u64 = 132;

/// Refuses what no codec reads.
pub(crate) fn decodable(instance: &StoredInstance, index: &FrameIndex) -> Result<(), Error> {
    if matches!(index, FrameIndex::Encapsulated(_)) && !codec::can_decode(&instance.transfer_syntax) {
        return Err(undecodable(&instance.transfer_syntax));
    }
    Ok(())
}

/// Frame `number` as native samples in little endian (PS3.18 §8.7.3.3.2, `application/octet-stream`).
///
/// One-bit frames begin with a byte. Samples of decoded frames are in the order that the object's Planar Configuration says,
/// because the client has nothing else to read them by.
///
/// # Errors
/// `NotFound` past the last frame, `NotAcceptable` without a codec, `Damaged` when the frame is broken.
pub(crate) async fn native_frame(archive: &Archive, instance: &StoredInstance, number: u32) -> Result<Bytes, Error> {
    let index = archive.frame_index(instance).await?;
    decodable(instance, &index)?;
    let image = archive.image(instance).await?;
    if matches!(*index, FrameIndex::Native { .. }) {
        return stored_frame(archive, instance, &image, number).await;
    }
    let samples = made_samples(archive, instance, &image, number).await?;
    if image.format.planar != 1 || image.format.samples <= 1 {
        return Ok(samples.bytes());
    }
    archive::blocking(move || {
        let (count, width) = (usize::from(image.format.samples), usize::from(image.format.bits_allocated / 8));
        Ok(compute::planes::separate(samples.as_ref(), count, width).into())
    })
    .await
}

/// The transfer syntaxes that an object with native samples is given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Native {
    /// Explicit VR Little Endian.
    Explicit,
    /// Deflated Explicit VR Little Endian.
    Deflated,
    /// Implicit VR Little Endian.
    Implicit,
    /// Explicit VR Big Endian.
    BigEndian,
}

impl Native {
    /// The form that a Transfer Syntax UID names.
    pub(crate) fn of(transfer_syntax: &str) -> Option<Self> {
        let forms = [Self::Explicit, Self::Deflated, Self::Implicit, Self::BigEndian];
        forms.into_iter().find(|form| form.uid() == transfer_syntax)
    }

    fn uid(self) -> &'static str {
        match self {
            Self::Explicit => uids::EXPLICIT_VR_LITTLE_ENDIAN,
            Self::Deflated => uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
            Self::Implicit => uids::IMPLICIT_VR_LITTLE_ENDIAN,
            Self::BigEndian => explicit::EXPLICIT_VR_BIG_ENDIAN,
        }
    }
}

/// The whole object with native samples, streamed; one frame is decoded at a time.
///
/// The first frame is decoded before anything is sent: its Photometric Interpretation goes into the header, and what cannot
/// be decoded is refused with words instead of a broken answer.
///
/// # Errors
/// `NotAcceptable` without a codec, `Damaged` when the first frame is broken or frames are missing.
pub(crate) async fn native_object(archive: &Archive, instance: &StoredInstance, form: Native) -> Result<Body, Error> {
    let index = archive.frame_index(instance).await?;
    let encapsulated = matches!(*index, FrameIndex::Encapsulated(_));
    let is_file = instance.data_set_start > PREAMBLE;
    let is_explicit = instance.transfer_syntax == uids::EXPLICIT_VR_LITTLE_ENDIAN && !encapsulated && is_file;
    if is_explicit && form == Native::Explicit && !instance.is_deidentified() {
        return archive.range(instance, 0..instance.size).await;
    }
    decodable(instance, &index)?;
    let survey = Survey::of(archive, instance).await?;
    let (image, first) = if encapsulated {
        let image = archive.image(instance).await?;
        (Some(image.clone()), Some(stored_frame(archive, instance, &image, 1).await?))
    } else {
        (None, None)
    };
    let origin = Origin::new(archive.file(instance).await?, instance);
    let room = room(archive, image.as_deref()).await;
    let (syntax, frames) = (instance.transfer_syntax.clone(), index.clone());
    let (head, plan, length, decoder) = archive::blocking(move || {
        let decoder = match image.zip(first) {
            Some((image, first)) => {
                let decoder = Decoder::new(syntax, image, frames, &first)?;
                Some(if form == Native::BigEndian { decoder.big_endian() } else { decoder })
            }
            None => None,
        };
        drop(room);
        let decoded = decoder.as_ref().map(Decoder::description);
        let (head, rewriting) = match form {
            Native::Explicit => (Vec::new(), Rewriting::Explicit(decoded.as_ref())),
            Native::Implicit => (Vec::new(), Rewriting::Implicit(decoded.as_ref())),
            Native::BigEndian => (Vec::new(), Rewriting::BigEndian(decoded.as_ref())),
            Native::Deflated => (survey.file_meta(form.uid()), Rewriting::DataSet(decoded.as_ref())),
        };
        let frames = decoder.as_ref().map_or(0, Decoder::padded_length);
        let (plan, length) = survey.measured(&rewriting, frames)?;
        Ok((head, plan, length, decoder))
    })
    .await?;
    let content = content(archive.clone(), Assembly::new(plan, origin, decoder));
    let transfer_syntax = form.uid().to_owned();
    Ok(match form {
        Native::Explicit | Native::Implicit | Native::BigEndian => {
            Body { length: Some(length), content, transfer_syntax }
        }
        Native::Deflated => Body { length: None, content: deflated::deflated(head, content), transfer_syntax },
    })
}

/// The whole object in the transfer syntax that it is stored in, streamed, with what of its data elements may be given. Its
/// pixels are copied; no frame is decoded.
///
/// # Errors
/// `NotAcceptable` when it cannot be given.
pub(crate) async fn edited_object(archive: &Archive, instance: &StoredInstance) -> Result<Body, Error> {
    if is_deflated(&instance.transfer_syntax) {
        return native_object(archive, instance, Native::Deflated).await;
    }
    let survey = Survey::of(archive, instance).await?;
    let origin = Origin::new(archive.file(instance).await?, instance);
    let (plan, length) = archive::blocking(move || survey.measured(&Rewriting::Stored, 0)).await?;
    let content = content(archive.clone(), Assembly::new(plan, origin, None));
    Ok(Body { length: Some(length), content, transfer_syntax: instance.transfer_syntax.clone() })
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

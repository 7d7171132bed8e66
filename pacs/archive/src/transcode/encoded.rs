//! Frames and objects in another transfer syntax than the stored one, frame by frame.

use std::sync::Arc;

use bytes::Bytes;
use codec::{CodecError, FrameFormat};
use data_set::FrameIndex;
use data_set::explicit::{EncodedPixelData, LossyCompression, Rewriting};
use futures_util::StreamExt;

use super::assembly::Assembly;
use super::encoded_frames::Frames;
use super::origin::Origin;
use super::plan::{Plan, Survey};
use super::{content, decodable};
use crate::render::{Image, Images, decode, stored_frame};
use crate::retrieve::{Body, Content, MadeFrame, MadeOf};
use crate::{Archive, Error, StoredInstance, archive};

/// Whether frames of an instance can be encoded in a transfer syntax.
///
/// # Errors
/// `NotAcceptable`, with the reason: no pixels, no decoder, or no room in the transfer syntax for such samples.
pub(crate) async fn can_encode(archive: &Archive, instance: &StoredInstance, target: &str) -> Result<(), Error> {
    let index = archive.frame_index(instance).await?;
    if *index == FrameIndex::None {
        return Err(Error::NotAcceptable(format!("instance {} has no pixels to encode", instance.instance)));
    }
    decodable(instance, &index)?;
    holds(&*archive.image(instance).await?, &instance.transfer_syntax, target)
}

/// Whether `target` has room for frames of this description, which are stored in `stored`.
fn holds(image: &Image, stored: &str, target: &str) -> Result<(), Error> {
    if codec::recodes(stored, target) {
        return codec::can_recode(stored, target, &image.format).map_err(|error| refused(error, target));
    }
    if image.float {
        return Err(Error::NotAcceptable(
            "floating-point pixels are available in native transfer syntaxes only".into(),
        ));
    }
    codec::can_encode(target, &image.format).map_err(|error| refused(error, target))
}

fn refused(error: CodecError, target: &str) -> Error {
    match error {
        CodecError::Unsupported(_) => {
            Error::NotAcceptable(format!("nothing is encoded in transfer syntax {target} here"))
        }
        CodecError::CannotHold(words) => Error::NotAcceptable(words),
        CodecError::Broken(words) => Error::Damaged(words),
    }
}

/// Frame `number` encoded in `target`; decoded before, if it is stored encoded.
///
/// # Errors
/// As [`can_encode`]; `NotFound` past the last frame, `Damaged` when the frame is broken.
pub(crate) async fn encoded_frame(
    archive: &Archive,
    instance: &StoredInstance,
    number: u32,
    target: &'static str,
) -> Result<MadeFrame, Error> {
    can_encode(archive, instance, target).await?;
    let of = MadeOf { path: instance.name_of_state(), number, transfer_syntax: target };
    let make = async {
        let image = archive.image(instance).await?;
        let frame = stored_frame(archive, instance, &image, number).await?;
        of_stored(archive, instance, image, frame, target).await
    };
    archive.0.made.get(of, make).await
}

/// A frame encoded in `target` out of what is stored of it.
pub(super) async fn of_stored(
    archive: &Archive,
    instance: &StoredInstance,
    image: Arc<Image>,
    frame: Bytes,
    target: &'static str,
) -> Result<MadeFrame, Error> {
    let bytes = Images::bytes_of(&image) + codec::working_memory(target, &image.format);
    let room = archive.0.images.room_of(bytes).await;
    let stored = instance.transfer_syntax.clone();
    archive::blocking(move || {
        let encoded = if codec::recodes(&stored, target) {
            codec::recode(&stored, target, &frame, &image.format)
        } else {
            codec::encode(target, &decode(&stored, &frame, &image)?, &image.format)
        };
        let encoded = encoded.map_err(|error| refused(error, target))?;
        drop(room);
        Ok(MadeFrame::encoded(encoded.bytes, encoded.photometric.into_owned()))
    })
    .await
}

/// The whole object in `target`, streamed; two frames are made ahead of what is sent.
///
/// The first frame is made before anything is sent: what it became goes into the header, and what cannot be made is refused
/// with words instead of a broken answer.
///
/// # Errors
/// As [`encoded_frame`]; `Damaged` when frames are missing.
pub(crate) async fn encoded_object(
    archive: &Archive,
    instance: &StoredInstance,
    target: &'static str,
) -> Result<Body, Error> {
    can_encode(archive, instance, target).await?;
    let (image, index) = (archive.image(instance).await?, archive.frame_index(instance).await?);
    let count = index.len();
    if count != image.frame_count {
        let declared = image.frame_count;
        return Err(Error::Damaged(format!("the object has {count} frames, its Number of Frames is {declared}")));
    }
    let first = encoded_frame(archive, instance, 1, target).await?;
    let survey = Survey::of(archive, instance).await?;
    let encoded = description(instance, &image.format, &first, target);
    let plans = move || survey.around_frames(&Rewriting::Encapsulated(target, &encoded));
    let Some((head, tail)) = archive::blocking(plans).await? else {
        return Err(Error::NotAcceptable("the object has no Pixel Data to encode".into()));
    };
    let head = assembled(archive, instance, head).await?;
    let tail = assembled(archive, instance, tail).await?;
    let (archive, instance) = (archive.clone(), Arc::new(instance.clone()));
    let frames = Frames { archive, instance, image, index, target }.items(first).await?;
    let content = head.chain(frames).chain(tail).boxed();
    Ok(Body { length: None, content, transfer_syntax: target.to_owned() })
}

/// What the header says of the encoded frames; the compression ratio is that of the first.
fn description(instance: &StoredInstance, format: &FrameFormat, first: &MadeFrame, target: &str) -> EncodedPixelData {
    let native = format.frame_bytes().unwrap_or(0) as f64;
    // What is made into another form bit for bit is no other image.
    let method = codec::lossy_method(target).filter(|_| !codec::recodes(&instance.transfer_syntax, target));
    let lossy = method.map(|method| LossyCompression {
        method,
        ratio: native / first.len().max(1) as f64,
        sop_instance_uid: derived_uid(instance, target),
    });
    EncodedPixelData {
        photometric_interpretation: first.photometric().to_owned(),
        planar_configuration: (format.samples > 1).then_some(0),
        lossy,
    }
}

/// SOP Instance UID of what a lossy encoder makes of an instance (PS3.5 §B.2). The same each time, so that who asks twice
/// gets one image, from whichever gateway.
fn derived_uid(instance: &StoredInstance, target: &str) -> String {
    let mut hash = blake3::Hasher::new();
    for part in [instance.instance.as_bytes(), &instance.digest, target.as_bytes()] {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize().as_bytes()[..16]);
    format!("2.25.{}", uuid::Builder::from_random_bytes(bytes).into_uuid().as_u128())
}

async fn assembled(archive: &Archive, instance: &StoredInstance, plan: Plan) -> Result<Content, Error> {
    let origin = Origin::new(archive.file(instance).await?, instance);
    Ok(content(archive.clone(), Assembly::new(plan, origin, None)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tests::stored_instance;

    #[test]
    fn a_derived_image_has_one_uid_and_another_for_another_syntax() {
        let instance = stored_instance("1.2.840.10008.1.2.1");
        let uid = derived_uid(&instance, "1.2.840.10008.1.2.4.50");
        assert!(uid.starts_with("2.25.") && uid.len() <= 64);
        assert_eq!(uid, derived_uid(&instance, "1.2.840.10008.1.2.4.50"));
        assert_ne!(uid, derived_uid(&instance, "1.2.840.10008.1.2.4.91"));
    }
}

//! What is kept of a picture, made of a stored image or of one that was sent.

use bytes::Bytes;
use compute::Picture;
use compute::similar::{Grey, Pyramid, bytes as kept, frame, gradient};
use data_set::{DataSet, Limits, Reader, uids};
use tokio::sync::OwnedSemaphorePermit;

use super::SeenAs;
use crate::render::{self, Image, Images, LongValues, Seen};
use crate::{Archive, Error, StoredInstance, archive, retrieve};

/// The recipe by which descriptors are made: how a frame becomes grey and how files of copies begin, its copies, and its
/// gradients.
pub const RECIPE: i32 = (2 << 16) | ((kept::VERSION as i32) << 8) | gradient::VERSION as i32;

/// The largest object that may be sent to be looked like, in bytes.
pub const LARGEST_EXAMPLE: usize = 64 << 20;

/// Most pixels of a PNG or JPEG.
const MOST_PIXELS: u64 = 64 << 20;

/// Bytes that a pixel of a PNG or JPEG takes at most: read with its opacity or in 12 bits, in 8 bits, as grey.
const BYTES_A_PIXEL: u64 = 6 + 3 + 2;

/// Memory that was taken for a picture as it is seen, held until what is kept of it was made.
pub(super) type Room = Option<OwnedSemaphorePermit>;

/// What is kept of a picture.
pub(super) struct Made {
    pub(super) pyramid: Pyramid,
    pub(super) gradient: Vec<u8>,
}

impl Made {
    pub(super) fn of(seen: &Seen) -> Result<Self, Error> {
        let grey = grey(seen)?;
        // Looked for once: that reads all samples.
        let field = frame::within(&grey);
        Ok(Self { pyramid: Pyramid::of_field(&grey, field), gradient: gradient::of_field(&grey, field) })
    }

    /// The same, giving back the room that was taken for it.
    pub(super) fn within(room: Room, seen: &Seen) -> Result<Self, Error> {
        let made = Self::of(seen);
        drop(room);
        made
    }

    /// As the database keeps it.
    pub(super) fn row(&self, instance_key: i64, seen_as: SeenAs, frame: u32) -> schema::descriptors::NewDescriptor {
        schema::descriptors::NewDescriptor {
            instance_key,
            seen_as: seen_as.number(),
            frame: i32::try_from(frame).unwrap_or(i32::MAX),
            version: RECIPE,
            small: kept::small(&self.pyramid),
            gradient: self.gradient.clone(),
        }
    }
}

pub(super) fn grey(seen: &Seen) -> Result<Grey<'_>, Error> {
    seen.grey().ok_or_else(|| Error::Damaged("the frame has not as many pixels as its size says".into()))
}

/// A frame of a stored image as seen, `None` for the one that stands for it; its number, and the room that was taken for it.
pub(super) async fn stored(
    archive: &Archive,
    instance: &StoredInstance,
    frame: Option<u32>,
) -> Result<(Seen, u32, Room), Error> {
    let header = archive.header(instance).await?;
    let long = LongValues::fetch(archive, instance, &header).await?;
    let image = Image::read(&header, &long)?;
    let number = frame.unwrap_or_else(|| representative(&image, instance.frame_count));
    let bytes = render::stored_frame(archive, instance, &image, number).await?;
    let room = archive.0.images.room(&image).await;
    let syntax = instance.transfer_syntax.clone();
    archive::blocking(move || {
        let samples = render::decode(&syntax, &bytes, &image)?;
        Ok((Seen::frame(&image, number, &samples)?, number, room))
    })
    .await
}

/// The frame that stands for several: the one that the image says, else the middle one.
fn representative(image: &Image, count: u32) -> u32 {
    image.representative_frame().filter(|number| (1..=count).contains(number)).unwrap_or(count.div_ceil(2).max(1))
}

/// A picture that was sent, as seen, and the room that was taken for it: a DICOM object, PNG or JPEG. Waits until there is
/// room to decode it.
pub(super) async fn sent(archive: &Archive, object: Bytes) -> Result<(Seen, Room), Error> {
    let read = archive::blocking(move || opened(&object)).await?;
    let room = archive.0.images.room_of(read.bytes).await;
    archive::blocking(move || Ok(((read.seen)().map_err(unfit)?, room))).await
}

/// A picture that was sent, told by its header alone.
struct Opened {
    /// Memory that it takes when it is decoded.
    bytes: u64,
    /// Decodes it.
    seen: Box<dyn FnOnce() -> Result<Seen, Error> + Send>,
}

fn unfit(error: Error) -> Error {
    match error {
        Error::Damaged(words) | Error::NotAcceptable(words) | Error::NotFound(words) => {
            Error::Unprocessable(format!("no picture can be made of what was sent: {words}"))
        }
        other => other,
    }
}

fn opened(object: &Bytes) -> Result<Opened, Error> {
    if object.len() > LARGEST_EXAMPLE {
        let most = LARGEST_EXAMPLE >> 20;
        return Err(Error::BadRequest(format!("an example has {most} MiB at most: send a smaller one")));
    }
    match &object[..] {
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] => picture(object).map_err(unfit),
        _ => dicom(object).map_err(unfit),
    }
}

fn picture(file: &Bytes) -> Result<Opened, Error> {
    let broken = |error: codec::CodecError| Error::Damaged(error.to_string());
    let (width, height) = codec::picture_size(file, MOST_PIXELS).map_err(broken)?;
    let file = file.clone();
    let seen = move || -> Result<Seen, Error> {
        let decoded = codec::decode_picture(&file, MOST_PIXELS).map_err(broken)?;
        let (width, height, channels) = (decoded.width, decoded.height, decoded.channels);
        Ok(Seen::picture(&Picture { width, height, channels, samples: decoded.samples }))
    };
    Ok(Opened { bytes: u64::from(width) * u64::from(height) * BYTES_A_PIXEL, seen: Box::new(seen) })
}

fn dicom(object: &Bytes) -> Result<Opened, Error> {
    let set = read(object).map_err(|error| {
        Error::BadRequest(format!("what was sent is neither a DICOM object, nor PNG, nor JPEG: {error}"))
    })?;
    if retrieve::is_deflated(&set.transfer_syntax) {
        let syntax = uids::EXPLICIT_VR_LITTLE_ENDIAN;
        return Err(Error::Unprocessable(format!("an example cannot be deflated as a whole: send it as {syntax}")));
    }
    if set.frames.is_empty() {
        return Err(Error::Unprocessable("the object that was sent has no pixels".into()));
    }
    let image = Image::read(&set, &LongValues::within(object, &set))?;
    let number = representative(&image, set.frames.len());
    let (bytes, object) = (Images::bytes_of(&image), object.clone());
    let seen = move || {
        let frame = render::frame_within(&object, &set, &image, number)?;
        let samples = render::decode(&set.transfer_syntax, &frame, &image)?;
        Seen::frame(&image, number, &samples)
    };
    Ok(Opened { bytes, seen: Box::new(seen) })
}

fn read(object: &[u8]) -> Result<DataSet, data_set::ReadError> {
    let mut reader = Reader::new(Limits::default());
    reader.push(object)?;
    reader.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_picture_takes_is_known_before_it_is_decoded() {
        let samples: Vec<u8> = (0..64 * 32_u32).map(|place| (place * place / 7) as u8).collect();
        let whole = codec::encode_png(64, 32, 1, &samples).unwrap();
        let cut = Bytes::copy_from_slice(&whole[..whole.len() / 2]);
        let opened = opened(&cut).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(opened.bytes, 64 * 32 * BYTES_A_PIXEL);
        assert!(matches!((opened.seen)(), Err(Error::Damaged(_))));
    }
}

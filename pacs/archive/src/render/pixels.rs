//! One frame's bytes off the node, and its samples.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use codec::{CodecError, LARGEST_FRAME, Samples};
use compute::bits;
use data_set::explicit::EXPLICIT_VR_BIG_ENDIAN;
use data_set::{DataSet, Frame, FrameIndex, VR, uids};

use super::Image;
use crate::retrieve::{MadeFrame, MadeOf, is_deflated};
use crate::{Archive, Error, StoredInstance, archive};

/// A frame before it is drawn.
pub(crate) enum Pixels {
    /// Native, as it is stored.
    Stored(Bytes),
    /// Samples that were made, and may be wanted again.
    Made(MadeFrame),
}

impl Pixels {
    /// Frame `number`. What takes work to come by is kept while there is room: whoever looks at it through another window
    /// finds it there, and who wants it at the same time waits for it.
    pub(crate) async fn of(
        archive: &Archive,
        instance: &StoredInstance,
        image: &Arc<Image>,
        number: u32,
    ) -> Result<Self, Error> {
        let index = archive.frame_index(instance).await?;
        if matches!(*index, FrameIndex::Native { .. }) && !is_deflated(&instance.transfer_syntax) {
            return stored_frame(archive, instance, image, number).await.map(Self::Stored);
        }
        made_samples(archive, instance, image, number).await.map(Self::Made)
    }

    /// Its samples. Blocks: for threads that may.
    pub(crate) fn samples(self, transfer_syntax: &str, image: &Image) -> Result<MadeFrame, Error> {
        match self {
            Self::Stored(frame) => decode(transfer_syntax, &frame, image).map(MadeFrame::from),
            Self::Made(samples) => Ok(samples),
        }
    }
}

/// Frame `number` decoded: once, whoever asks, and kept while there is room.
pub(crate) async fn made_samples(
    archive: &Archive,
    instance: &StoredInstance,
    image: &Arc<Image>,
    number: u32,
) -> Result<MadeFrame, Error> {
    let transfer_syntax = uids::EXPLICIT_VR_LITTLE_ENDIAN;
    let of = MadeOf { path: instance.name_of_state(), number, transfer_syntax };
    let make = async {
        let frame = stored_frame(archive, instance, image, number).await?;
        let room = archive.0.images.room(image).await;
        let (syntax, image) = (instance.transfer_syntax.clone(), image.clone());
        archive::blocking(move || {
            let samples = decode(&syntax, &frame, &image)?;
            drop(room);
            Ok(MadeFrame::from(samples))
        })
        .await
    };
    archive.0.made.get(of, make).await
}

/// Frame `number` as it is stored, all fragments joined. Native frames come in little endian, one-bit frames begin with a
/// byte.
pub(crate) async fn stored_frame(
    archive: &Archive,
    instance: &StoredInstance,
    image: &Image,
    number: u32,
) -> Result<Bytes, Error> {
    image.format.frame_bytes().map_err(|error| refused(error, &instance.transfer_syntax))?;
    let index = archive.frame_index(instance).await?;
    let frame = index.frame(number).ok_or_else(|| absent(instance, image, index.len(), number))?;
    let length: u64 = frame.ranges.iter().map(|range| range.end - range.start).sum();
    if length > LARGEST_FRAME {
        return Err(Error::NotAcceptable(format!("frame {number} has {length} bytes: ask for it as it is stored")));
    }
    match &*index {
        FrameIndex::Native { start, length, frame_bits, .. } => {
            let swap = swap_width(&instance.transfer_syntax, image);
            let (wider, before) = widened(&frame.ranges, &(*start..*start + *length), swap);
            let bytes = archive.bytes(instance, vec![wider]).await?;
            Ok(native(bytes, &frame, (swap, before, *frame_bits)))
        }
        _ => archive.bytes(instance, frame.ranges).await,
    }
}

/// The same out of bytes that were read already: those of [`Frame::ranges`] of a native frame in little endian.
pub(crate) fn aligned(bytes: Bytes, frame: &Frame, frame_bits: u64) -> Bytes {
    native(bytes, frame, (1, 0, frame_bits))
}

/// Frame `number` of an object that is held whole, which `set` describes, as [`stored_frame`] gives it.
pub(crate) fn frame_within(object: &Bytes, set: &DataSet, image: &Image, number: u32) -> Result<Bytes, Error> {
    image.format.frame_bytes().map_err(|error| refused(error, &set.transfer_syntax))?;
    let frame = set.frames.frame(number).ok_or_else(|| Error::NotFound(format!("frame {number} of the object")))?;
    let part = |range: &Range<u64>| {
        let part = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
        let part = part.filter(|(start, end)| start <= end && *end <= object.len());
        part.map(|(start, end)| object.slice(start..end)).ok_or_else(|| Error::Damaged("the object ends early".into()))
    };
    match &set.frames {
        FrameIndex::Native { start, length, frame_bits, .. } => {
            let swap = swap_width(&set.transfer_syntax, image);
            let (wider, before) = widened(&frame.ranges, &(*start..*start + *length), swap);
            Ok(native(part(&wider)?, &frame, (swap, before, *frame_bits)))
        }
        _ => Ok(frame.ranges.iter().map(part).collect::<Result<Vec<_>, _>>()?.concat().into()),
    }
}

/// A native frame out of the bytes around it: groups that are to be reversed, bytes before it, its length.
fn native(bytes: Bytes, frame: &Frame, (swap, before, frame_bits): (usize, usize, u64)) -> Bytes {
    let mut bytes = bytes.to_vec();
    if swap > 1 {
        bytes.chunks_exact_mut(swap).for_each(<[u8]>::reverse);
    }
    if frame_bits % 8 != 0 {
        return bits::align(&bytes[before..], frame.skip_bits, frame_bits as usize).into();
    }
    let end = before + (frame_bits / 8) as usize;
    Bytes::from(bytes).slice(before..end.min(before + length_of(&frame.ranges)))
}

/// A frame that is not there: past the last, or lost from an object that ends early.
fn absent(instance: &StoredInstance, image: &Image, count: u32, number: u32) -> Error {
    if (1..=image.frame_count).contains(&number) {
        let declared = image.frame_count;
        return Error::Damaged(format!(
            "the object declares {declared} frames and its Pixel Data holds {count} whole ones"
        ));
    }
    Error::NotFound(format!("frame {number} of instance {} (which has {count})", instance.instance))
}

fn length_of(ranges: &[Range<u64>]) -> usize {
    ranges.iter().map(|range| (range.end - range.start) as usize).sum()
}

/// In groups of how many bytes big-endian pixels are reversed: by sample, or by word where VR OW packs smaller samples.
pub(crate) fn swap_width(transfer_syntax: &str, image: &Image) -> usize {
    match image.format.bits_allocated {
        _ if transfer_syntax != EXPLICIT_VR_BIG_ENDIAN => 1,
        1 | 8 => 1 + usize::from(image.vr == VR::OW),
        bits => usize::from(bits / 8),
    }
}

/// A frame's range, widened to whole groups within the value, and how many bytes were put before it.
fn widened(ranges: &[Range<u64>], value: &Range<u64>, group: usize) -> (Range<u64>, usize) {
    let (start, end) = ranges.first().zip(ranges.last()).map_or((0, 0), |(first, last)| (first.start, last.end));
    let group = group as u64;
    let before = (start - value.start) % group;
    let after = (group - (end - value.start) % group) % group;
    (start - before..(end + after).min(value.end.max(end)), before as usize)
}

/// Decodes what [`stored_frame`] gave. Blocks: for threads that may.
pub(crate) fn decode(transfer_syntax: &str, frame: &[u8], image: &Image) -> Result<Samples, Error> {
    // Byte order has been settled.
    let syntax = match transfer_syntax {
        EXPLICIT_VR_BIG_ENDIAN => uids::EXPLICIT_VR_LITTLE_ENDIAN,
        other => other,
    };
    codec::decode(syntax, frame, &image.format).map_err(|error| refused(error, transfer_syntax))
}

fn refused(error: CodecError, transfer_syntax: &str) -> Error {
    match error {
        CodecError::Unsupported(_) => undecodable(transfer_syntax),
        CodecError::Broken(_) => Error::Damaged(error.to_string()),
        CodecError::CannotHold(words) => Error::NotAcceptable(words),
    }
}

/// What a client is told when no codec reads the stored frames (video and the like).
pub(crate) fn undecodable(transfer_syntax: &str) -> Error {
    Error::NotAcceptable(format!(
        "the object is stored in transfer syntax {transfer_syntax}, which cannot be decoded here: \
         ask for it as it is stored, with transfer-syntax=*"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_begins_within_a_word_is_read_with_the_whole_word() {
        let frame = |range: Range<u64>| widened(std::slice::from_ref(&range), &(100..118), 2);
        assert_eq!(frame(100..109), (100..110, 0));
        assert_eq!(frame(109..118), (108..118, 1));
        assert_eq!(widened(std::slice::from_ref(&(109..118)), &(100..118), 1), (109..118, 0));
    }
}

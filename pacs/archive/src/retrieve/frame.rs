//! Single frames, read by their byte ranges.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use data_set::explicit::EXPLICIT_VR_BIG_ENDIAN;
use data_set::{Frame, FrameIndex};
use futures_util::{StreamExt, stream};

use super::part::{check, cut, within};
use super::{Body, Content, Encoding, StoredInstance, is_deflated};
use crate::node::Stored;
use crate::{Archive, Error, transcode};

/// From which length on a frame costs less where it lies than read, in bytes.
const WORTH: u64 = 128 << 10;

impl Archive {
    /// A frame by its number, from 1. `Error::NotFound` past the last.
    pub async fn frame(&self, instance: &StoredInstance, number: u32, encoding: Encoding) -> Result<Body, Error> {
        self.disclosable(instance).await?;
        let index = self.frame_index(instance).await?;
        let frame = index.frame(number).ok_or_else(|| absent(instance, number))?;
        let transfer_syntax = match encoding {
            Encoding::Stored => instance.transfer_syntax.as_str(),
            Encoding::Native if is_native(instance, &index) => data_set::uids::EXPLICIT_VR_LITTLE_ENDIAN,
            Encoding::Native => {
                let samples = transcode::native_frame(self, instance, number).await?;
                return Ok(whole(samples, data_set::uids::EXPLICIT_VR_LITTLE_ENDIAN));
            }
            Encoding::Encoded(syntax) if syntax == instance.transfer_syntax => syntax,
            Encoding::Encoded(syntax) => {
                let made = transcode::encoded_frame(self, instance, number, syntax).await?;
                return Ok(whole(made.bytes(), syntax));
            }
        };
        let transfer_syntax = transfer_syntax.to_owned();
        let content = self.content(instance, frame.ranges.clone()).await?;
        Ok(match *index {
            FrameIndex::Native { frame_bits, .. } if frame_bits % 8 != 0 => {
                bits(content, &frame, frame_bits, transfer_syntax)
            }
            _ => Body { length: Some(length(&frame)), content, transfer_syntax },
        })
    }

    /// Where such a frame lies, if it goes out as it is stored and lies in one piece that is worth it; the others are read.
    /// Errors as of [`Archive::frame`].
    pub async fn frame_in_place(
        &self,
        instance: &StoredInstance,
        number: u32,
        encoding: Encoding,
    ) -> Result<Option<Stored>, Error> {
        self.disclosable(instance).await?;
        let index = self.frame_index(instance).await?;
        let frame = index.frame(number).ok_or_else(|| absent(instance, number))?;
        let is_there = is_as_stored(instance, &index, encoding) && !is_deflated(&instance.transfer_syntax);
        match &frame.ranges[..] {
            [range] if is_there && range.end - range.start >= WORTH => {
                Ok(Some(Stored::new(self.opened(instance).await?, range.clone())))
            }
            _ => Ok(None),
        }
    }

    /// Bytes of such a frame. Of one that is stored as it is wanted no others are read.
    ///
    /// # Errors
    /// As of [`Archive::frame`]; `BadRequest` when the frame does not have them.
    pub async fn frame_range(
        &self,
        instance: &StoredInstance,
        number: u32,
        encoding: Encoding,
        range: Range<u64>,
    ) -> Result<Body, Error> {
        let whole = self.frame(instance, number, encoding).await?;
        check(&range, whole.length.unwrap_or(0), "frame")?;
        let index = self.frame_index(instance).await?;
        let content = match index.frame(number).filter(|_| is_as_stored(instance, &index, encoding)) {
            Some(stored) => self.content(instance, within(&stored.ranges, &range)).await?,
            None => cut(whole.content, range.start, &range),
        };
        Ok(Body { length: Some(range.end - range.start), content, transfer_syntax: whole.transfer_syntax })
    }

    /// Where the frames of an instance lie.
    pub(crate) async fn frame_index(&self, instance: &StoredInstance) -> Result<Arc<FrameIndex>, Error> {
        if let Some(index) = self.0.frames.get(&instance.path) {
            return Ok(index);
        }
        let key = instance.key;
        let bytes = self.with_index(move |connection| schema::lookup::frame_index(connection, key)).await?;
        let index = FrameIndex::from_bytes(&bytes)
            .ok_or_else(|| Error::Damaged("the frame index of the stored object cannot be read".to_owned()))?;
        let index = Arc::new(index);
        self.0.frames.put(&instance.path, index.clone());
        Ok(index)
    }

    /// Reads at once where the frames of many instances lie, so that [`Archive::frame_index`] knows it. What is not found is
    /// told by that.
    pub(crate) async fn learn_frame_indexes(&self, instances: &[StoredInstance]) -> Result<(), Error> {
        let unknown = instances.iter().filter(|instance| self.0.frames.get(&instance.path).is_none());
        let paths: HashMap<i64, String> = unknown.map(|instance| (instance.key, instance.path.clone())).collect();
        if paths.is_empty() {
            return Ok(());
        }
        let archive = self.clone();
        self.with_index(move |connection| {
            let keys: Vec<i64> = paths.keys().copied().collect();
            for (key, bytes) in schema::lookup::frame_indexes(connection, &keys)? {
                if let (Some(path), Some(index)) = (paths.get(&key), FrameIndex::from_bytes(&bytes)) {
                    archive.0.frames.put(path, Arc::new(index));
                }
            }
            Ok(())
        })
        .await
    }
}

/// A frame that is in memory.
fn whole(bytes: Bytes, transfer_syntax: &str) -> Body {
    Body {
        length: Some(bytes.len() as u64),
        content: stream::iter([Ok(bytes)]).boxed(),
        transfer_syntax: transfer_syntax.to_owned(),
    }
}

/// Whether a frame is given as the bytes that are stored.
fn is_as_stored(instance: &StoredInstance, index: &FrameIndex, encoding: Encoding) -> bool {
    let is_of_bytes = !matches!(*index, FrameIndex::Native { frame_bits, .. } if frame_bits % 8 != 0);
    let is_wanted = match encoding {
        Encoding::Stored => true,
        Encoding::Native => is_native(instance, index),
        Encoding::Encoded(syntax) => syntax == instance.transfer_syntax,
    };
    is_of_bytes && is_wanted
}

/// Whether the stored frames are native samples in little endian already.
fn is_native(instance: &StoredInstance, index: &FrameIndex) -> bool {
    matches!(index, FrameIndex::Native { .. }) && instance.transfer_syntax != EXPLICIT_VR_BIG_ENDIAN
}

fn absent(instance: &StoredInstance, number: u32) -> Error {
    Error::NotFound(format!("frame {number} of instance {} (which has {})", instance.instance, instance.frame_count))
}

fn length(frame: &Frame) -> u64 {
    frame.ranges.iter().map(|range| range.end - range.start).sum()
}

/// A frame whose length is no whole number of bytes: it may begin within a byte (PS3.5 §8.1.1). It is moved to the
/// beginning of one, and the bits after its end are zero.
fn bits(content: Content, frame: &Frame, frame_bits: u64, transfer_syntax: String) -> Body {
    let length = frame_bits.div_ceil(8).min(length(frame));
    let last_mask = match frame_bits % 8 {
        0 => 0xff,
        used => (1 << used) - 1,
    };
    let moving = Moving { content, skip: frame.skip_bits, held: None, left: length, last_mask };
    let content = stream::try_unfold(moving, |mut moving| async move {
        Ok::<_, Error>(moving.next().await?.map(|piece| (piece, moving)))
    });
    Body { length: Some(length), content: content.boxed(), transfer_syntax }
}

/// Bytes on their way to the beginning of a byte.
struct Moving {
    content: Content,
    skip: u8,
    /// The last byte of the piece before, which lacks the bits of the next.
    held: Option<u8>,
    left: u64,
    last_mask: u8,
}

impl Moving {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        while self.left > 0 {
            let moved = match self.content.next().await.transpose()? {
                Some(piece) => self.moved(&piece),
                None => self.moved(&[0]),
            };
            if !moved.is_empty() {
                return Ok(Some(moved.into()));
            }
        }
        Ok(None)
    }

    fn moved(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut moved = Vec::with_capacity(piece.len());
        for &byte in piece {
            let Some(held) = self.held.replace(byte) else { continue };
            if self.left == 0 {
                break;
            }
            let pair = u16::from_le_bytes([held, byte]) >> self.skip;
            self.left -= 1;
            let mask = if self.left == 0 { self.last_mask } else { 0xff };
            moved.push(pair as u8 & mask);
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn moved(pieces: &[&[u8]], skip: u8, frame_bits: u64) -> Vec<u8> {
        let total: usize = pieces.iter().map(|piece| piece.len()).sum();
        let frame = Frame { ranges: std::iter::once(0..total as u64).collect(), skip_bits: skip };
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let body = bits(stream::iter(pieces).boxed(), &frame, frame_bits, String::new());
        let whole = super::super::object::collected(body.content).await.expect("no failure");
        assert_eq!(Some(whole.len() as u64), body.length);
        whole.to_vec()
    }

    #[tokio::test]
    async fn moves_a_frame_that_begins_within_a_byte() {
        // 12 bits that begin at the fifth bit: 0xA, 0x5, 0xC in order of rising significance.
        assert_eq!(moved(&[&[0xa0], &[0xc5]], 4, 12).await, [0x5a, 0x0c]);
    }

    #[tokio::test]
    async fn clears_the_bits_of_the_next_frame() {
        assert_eq!(moved(&[&[0xff, 0xff]], 0, 9).await, [0xff, 0x01]);
    }

    #[tokio::test]
    async fn moves_a_frame_over_three_bytes_into_two() {
        assert_eq!(moved(&[&[0x80, 0xff, 0x07]], 7, 12).await, [0xff, 0x0f]);
    }
}

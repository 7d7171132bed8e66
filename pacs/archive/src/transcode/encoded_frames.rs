//! The frames of an object one after another, encoded, as they stand in encapsulated Pixel Data.

use std::sync::Arc;

use bytes::Bytes;
use data_set::FrameIndex;
use futures_util::future::ready;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};

use super::encoded::{encoded_frame, of_stored};
use super::origin::Origin;
use crate::render::{Image, aligned};
use crate::retrieve::{Content, MadeFrame, MadeOf, is_deflated};
use crate::{Archive, Error, StoredInstance, archive};

/// How many frames are in the making at once.
const AHEAD: usize = 2;

/// What the frames are made of.
#[derive(Clone)]
pub(super) struct Frames {
    pub(super) archive: Archive,
    pub(super) instance: Arc<StoredInstance>,
    pub(super) image: Arc<Image>,
    pub(super) index: Arc<FrameIndex>,
    pub(super) target: &'static str,
}

impl Frames {
    /// Every frame as an Item of even length (PS3.5 §A.4). All are like the first, which is made already.
    pub(super) async fn items(self, first: MadeFrame) -> Result<Content, Error> {
        let others =
            if is_deflated(&self.instance.transfer_syntax) { self.in_one_pass().await? } else { self.one_by_one() };
        let photometric = first.photometric().to_owned();
        let others = others.and_then(move |frame| {
            ready(if frame.photometric() == photometric {
                Ok(frame)
            } else {
                Err(Error::Damaged("a frame is of another kind than the first".to_owned()))
            })
        });
        let frames = stream::iter([Ok(first)]).chain(others);
        Ok(frames.map_ok(|frame| stream::iter(item(frame.bytes()).map(Ok))).try_flatten().boxed())
    }

    /// Frames after the first, each read by its place.
    fn one_by_one(self) -> BoxStream<'static, Result<MadeFrame, Error>> {
        let frames = stream::iter(2..=self.index.len()).map(move |number| {
            let it = self.clone();
            async move { encoded_frame(&it.archive, &it.instance, number, it.target).await }
        });
        frames.buffered(AHEAD).boxed()
    }

    /// The same of a deflated object, where there is no way to a frame but past all before it: it is inflated once.
    async fn in_one_pass(self) -> Result<BoxStream<'static, Result<MadeFrame, Error>>, Error> {
        let origin = Origin::new(self.archive.file(&self.instance).await?, &self.instance);
        let index = self.index.clone();
        let stored = stream::try_unfold((origin, 2), move |(mut origin, number)| {
            let index = index.clone();
            archive::blocking(move || {
                let (FrameIndex::Native { frame_bits, .. }, Some(frame)) = (&*index, index.frame(number)) else {
                    return Ok(None);
                };
                let mut bytes = Vec::new();
                for range in &frame.ranges {
                    origin.append(range.clone(), &mut bytes)?;
                }
                let frame = aligned(bytes.into(), &frame, *frame_bits);
                Ok(Some(((number, frame), (origin, number + 1))))
            })
        });
        let frames = stored.map_ok(move |(number, frame)| {
            let Self { archive, instance, image, target, .. } = self.clone();
            async move {
                let of = MadeOf { path: instance.name_of_state(), number, transfer_syntax: target };
                archive.0.made.get(of, of_stored(&archive, &instance, image, frame, target)).await
            }
            .boxed()
        });
        Ok(frames.try_buffered(AHEAD).boxed())
    }
}

/// Header, content, and what makes it even.
fn item(frame: Bytes) -> [Bytes; 3] {
    let padding = if frame.len() % 2 == 1 { &b"\0"[..] } else { b"" };
    let length = (frame.len() + padding.len()) as u32;
    let header = [&b"\xfe\xff\x00\xe0"[..], &length.to_le_bytes()].concat();
    [header.into(), frame, Bytes::from_static(padding)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_have_an_even_length() {
        assert_eq!(item(Bytes::from_static(b"abc")).concat(), b"\xfe\xff\x00\xe0\x04\0\0\0abc\0");
        assert_eq!(item(Bytes::from_static(b"ab")).concat(), b"\xfe\xff\x00\xe0\x02\0\0\0ab");
    }
}

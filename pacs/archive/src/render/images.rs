//! Descriptions of the images that are being looked at, and the memory that decoding may take.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::image::Image;
use crate::{Archive, Error, StoredInstance};

/// Most descriptions that are remembered.
const IMAGES: usize = 256;

/// Most frames with windows or rescaling of their own that are remembered, over all descriptions.
const FRAMES: usize = 500_000;

/// Memory for decoding in MiB, over all requests. Who finds none waits.
const ROOM: u32 = 4096;

/// Frames in memory while one is decoded and rendered: stored, decoded by the codec, as samples, as a picture.
const COPIES: u64 = 4;

/// Descriptions by the path of the stored file (a replaced instance has another path), and room for decoding.
pub(crate) struct Images {
    entries: Mutex<Entries>,
    room: Arc<Semaphore>,
}

#[derive(Default)]
struct Entries {
    by_path: HashMap<String, (Arc<Image>, u64)>,
    frames: usize,
    clock: u64,
}

impl Images {
    pub(crate) fn new() -> Self {
        Self { entries: Mutex::default(), room: Arc::new(Semaphore::new(ROOM as usize)) }
    }

    /// Waits until there is room to decode a frame of `image`; it is taken until the permit is dropped.
    pub(crate) async fn room(&self, image: &Image) -> Option<OwnedSemaphorePermit> {
        self.room_of(Self::bytes_of(image)).await
    }

    /// Bytes that decoding a frame of `image` takes.
    pub(crate) fn bytes_of(image: &Image) -> u64 {
        image.format.frame_bytes().unwrap_or(0) as u64 * COPIES
    }

    /// As [`Images::room`], for so many bytes.
    pub(crate) async fn room_of(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        let mebibytes = u32::try_from(bytes >> 20).unwrap_or(ROOM).clamp(1, ROOM);
        // Never closed: there is always a permit in the end.
        self.room.clone().acquire_many_owned(mebibytes).await.ok()
    }

    fn get(&self, path: &str) -> Option<Arc<Image>> {
        let entries = &mut *self.entries.lock();
        entries.clock += 1;
        let (image, used) = entries.by_path.get_mut(path)?;
        *used = entries.clock;
        Some(image.clone())
    }

    fn put(&self, path: &str, image: Arc<Image>) {
        let entries = &mut *self.entries.lock();
        entries.clock += 1;
        entries.frames += image.frames.len();
        if let Some((before, _)) = entries.by_path.insert(path.to_owned(), (image, entries.clock)) {
            entries.frames -= before.frames.len();
        }
        while entries.by_path.len() > 1 && (entries.by_path.len() > IMAGES || entries.frames > FRAMES) {
            entries.forget_oldest();
        }
    }
}

impl Entries {
    fn forget_oldest(&mut self) {
        let oldest = self.by_path.iter().min_by_key(|(_, (_, used))| *used).map(|(path, _)| path.clone());
        if let Some((image, _)) = oldest.and_then(|path| self.by_path.remove(&path)) {
            self.frames -= image.frames.len();
        }
    }
}

impl Archive {
    /// What the attributes of an instance say of its pixels.
    pub(crate) async fn image(&self, instance: &StoredInstance) -> Result<Arc<Image>, Error> {
        let name = instance.name_of_state();
        if let Some(image) = self.0.images.get(&name) {
            return Ok(image);
        }
        let header = self.header(instance).await?;
        let long = super::tables::LongValues::fetch(self, instance, &header).await?;
        let image = Arc::new(Image::read(&header, &long)?);
        self.0.images.put(&name, image.clone());
        Ok(image)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tests::grey_image;

    #[test]
    fn forgets_what_was_not_used_for_longest() {
        let images = Images::new();
        for number in 0..IMAGES {
            images.put(&number.to_string(), Arc::new(grey_image()));
        }
        assert!(images.get("0").is_some());
        images.put("one more", Arc::new(grey_image()));
        assert!(images.get("0").is_some());
        assert!(images.get("1").is_none());
    }

    #[tokio::test]
    async fn large_frames_wait_for_each_other() {
        let images = Images::new();
        let mut large = grey_image();
        large.format.rows = 20_000;
        large.format.columns = 20_000;
        let first = images.room(&large).await;
        assert!(first.is_some());
        assert!(images.room.try_acquire_many(ROOM / 2).is_err());
        drop(first);
        assert!(images.room.try_acquire_many(ROOM).is_ok());
    }
}

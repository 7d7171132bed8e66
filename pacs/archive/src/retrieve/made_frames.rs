//! Frames that were made of stored ones, decoded or encoded anew: each is made once, whoever asks, and kept while there is
//! room.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use codec::Samples;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::Error;

/// Bytes that are kept at most, over all objects.
const ROOM: u64 = 256 << 20;

/// Which frame in which form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MadeOf {
    /// What [`StoredInstance::name_of_state`](super::StoredInstance::name_of_state) says.
    pub(crate) path: String,
    /// Number of the frame, from 1.
    pub(crate) number: u32,
    /// Transfer Syntax UID that it is made in.
    pub(crate) transfer_syntax: &'static str,
}

/// A frame that was made: samples, interleaved by pixel, or a bit stream, which has no Bits Allocated (0). Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct MadeFrame(Arc<Samples>);

impl MadeFrame {
    /// A bit stream, and the Photometric Interpretation of an object that holds it.
    pub(crate) fn encoded(bytes: Vec<u8>, photometric: String) -> Self {
        Self::from(Samples { bytes, bits_allocated: 0, photometric })
    }

    /// What it consists of, without a copy.
    pub(crate) fn bytes(&self) -> Bytes {
        Bytes::from_owner(self.clone())
    }

    /// Length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.0.bytes.len()
    }

    /// Photometric Interpretation of an object that holds it.
    pub(crate) fn photometric(&self) -> &str {
        &self.0.photometric
    }
}

impl From<Samples> for MadeFrame {
    fn from(samples: Samples) -> Self {
        Self(Arc::new(samples))
    }
}

impl std::ops::Deref for MadeFrame {
    type Target = Samples;

    fn deref(&self) -> &Samples {
        &self.0
    }
}

impl AsRef<[u8]> for MadeFrame {
    fn as_ref(&self) -> &[u8] {
        &self.0.bytes
    }
}

type Cell = Arc<OnceCell<MadeFrame>>;

/// A cache bounded by bytes. Who asks for a frame that is being made waits for it; when its maker fails or goes away, the
/// next one makes it.
#[derive(Default)]
pub(crate) struct MadeFrames(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    by_frame: HashMap<MadeOf, Entry>,
    bytes: u64,
    clock: u64,
}

struct Entry {
    cell: Cell,
    /// 0 while it is being made.
    bytes: u64,
    used: u64,
}

impl MadeFrames {
    /// The frame, made by `make` unless it is there or in the making.
    pub(crate) async fn get(
        &self,
        of: MadeOf,
        make: impl Future<Output = Result<MadeFrame, Error>>,
    ) -> Result<MadeFrame, Error> {
        let cell = self.cell(&of);
        let outcome = if cell.initialized() { "kept" } else { "shared" };
        // An entry whose making ended without a frame is of no use to anybody.
        let cleared = Cleared { frames: self, of: &of, cell: &cell };
        let mut made = false;
        let frame = cell
            .get_or_try_init(|| {
                made = true;
                make
            })
            .await
            .cloned();
        drop(cleared);
        metrics::counter!("pacs_made_frames_total", "outcome" => if made { "made" } else { outcome }).increment(1);
        let frame = frame?;
        if made {
            self.0.lock().keep(&of, &cell, frame.len() as u64);
        }
        Ok(frame)
    }

    fn cell(&self, of: &MadeOf) -> Cell {
        let entries = &mut *self.0.lock();
        entries.clock += 1;
        let used = entries.clock;
        let entry =
            entries.by_frame.entry(of.clone()).or_insert_with(|| Entry { cell: Cell::default(), bytes: 0, used });
        entry.used = used;
        entry.cell.clone()
    }
}

/// Takes an entry out again that has no frame and that nobody else waits for.
struct Cleared<'a> {
    frames: &'a MadeFrames,
    of: &'a MadeOf,
    cell: &'a Cell,
}

impl Drop for Cleared<'_> {
    fn drop(&mut self) {
        let entries = &mut *self.frames.0.lock();
        let is_ours = entries.by_frame.get(self.of).is_some_and(|entry| Arc::ptr_eq(&entry.cell, self.cell));
        // The entry's and ours.
        if is_ours && !self.cell.initialized() && Arc::strong_count(self.cell) <= 2 {
            entries.by_frame.remove(self.of);
        }
    }
}

impl Entries {
    /// Counts a frame that has been made; what was not used for longest goes when there are too many.
    fn keep(&mut self, of: &MadeOf, cell: &Cell, bytes: u64) {
        let Some(entry) = self.by_frame.get_mut(of).filter(|entry| Arc::ptr_eq(&entry.cell, cell)) else { return };
        if bytes > ROOM / 4 {
            self.by_frame.remove(of);
            return;
        }
        // An entry costs something, whatever is in it.
        entry.bytes = bytes + 512;
        self.bytes += entry.bytes;
        if self.bytes > ROOM {
            self.forget_older_half();
        }
        metrics::gauge!("pacs_made_frames_bytes").set(self.bytes as f64);
    }

    fn forget_older_half(&mut self) {
        let mut used: Vec<u64> = self.by_frame.values().map(|entry| entry.used).collect();
        let middle = used.len() / 2;
        let (_, &mut median, _) = used.select_nth_unstable(middle);
        // What is in the making stays: somebody waits for it.
        let is_awaited = |entry: &Entry| entry.bytes == 0 && Arc::strong_count(&entry.cell) > 1;
        self.by_frame.retain(|_, entry| entry.used >= median || is_awaited(entry));
        self.bytes = self.by_frame.values().map(|entry| entry.bytes).sum();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use tokio::sync::oneshot;

    use super::*;

    fn of(number: u32) -> MadeOf {
        MadeOf { path: "path".into(), number, transfer_syntax: "1.2" }
    }

    fn frame(length: usize) -> MadeFrame {
        MadeFrame::encoded(vec![7; length], "RGB".into())
    }

    #[tokio::test]
    async fn those_who_ask_at_once_share_one_making() {
        let (frames, makings) = (MadeFrames::default(), AtomicUsize::new(0));
        let (go, gone) = oneshot::channel::<()>();
        let gone = Mutex::new(Some(gone));
        let ask = || {
            frames.get(of(1), async {
                makings.fetch_add(1, Ordering::SeqCst);
                let gone = gone.lock().take();
                if let Some(gone) = gone {
                    gone.await.expect("the signal");
                }
                Ok(frame(10))
            })
        };
        let (answers, ()) = futures_util::join!(join_all((0..5).map(|_| ask())), async { go.send(()).expect("asked") });
        assert!(answers.into_iter().all(|answer| answer.expect("a frame").len() == 10));
        assert_eq!(makings.load(Ordering::SeqCst), 1);
        ask().await.expect("a frame");
        assert_eq!(makings.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let frames = MadeFrames::default();
        let failed = frames.get(of(1), async { Err(Error::Damaged("broken".into())) }).await;
        assert!(matches!(failed, Err(Error::Damaged(_))));
        assert!(frames.0.lock().by_frame.is_empty());
        assert_eq!(frames.get(of(1), async { Ok(frame(3)) }).await.expect("a frame").len(), 3);
    }

    #[tokio::test]
    async fn the_next_makes_what_a_dropped_request_left() {
        let frames = MadeFrames::default();
        let mut dropped = Box::pin(frames.get(of(1), std::future::pending()));
        let mut second = Box::pin(frames.get(of(1), async { Ok(frame(3)) }));
        assert!(futures_util::poll!(&mut dropped).is_pending());
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(dropped);
        assert_eq!(second.await.expect("a frame").len(), 3);
        drop(Box::pin(frames.get(of(2), std::future::pending())));
        assert_eq!(frames.0.lock().by_frame.len(), 1);
    }

    #[tokio::test]
    async fn keeps_no_more_than_there_is_room() {
        let frames = MadeFrames::default();
        let megabytes = 8;
        for number in 1..=100 {
            frames.get(of(number), async { Ok(frame(megabytes << 20)) }).await.expect("a frame");
            assert!(frames.0.lock().bytes <= ROOM);
        }
        assert!(frames.0.lock().by_frame.contains_key(&of(100)));
        assert!(!frames.0.lock().by_frame.contains_key(&of(1)));
        frames.get(of(101), async { Ok(frame(65 << 20)) }).await.expect("a frame");
        assert!(!frames.0.lock().by_frame.contains_key(&of(101)));
    }
}

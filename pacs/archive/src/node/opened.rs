//! Files that were opened a moment ago. Who walks through frames asks for one file again and again, and so do many who look
//! at the same images.

use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::memory::in_memory;

/// How long a file stays open for who asks for it next. What another gateway deletes takes room for that much longer.
pub(crate) const OPEN: Duration = Duration::from_secs(1);
/// Most files that are kept so.
const ROOM: usize = 1024;

/// A file of an object, open for reading at given places.
pub(crate) struct OpenFile {
    file: Arc<File>,
    /// How much was seen to be in memory, from its beginning on, in bytes.
    seen: AtomicU64,
}

impl OpenFile {
    pub(crate) fn new(file: File) -> Self {
        Self { file: Arc::new(file), seen: AtomicU64::new(0) }
    }

    /// The file itself.
    pub(crate) fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// How many bytes of a range can be read without waiting for the disk, from its beginning on. Not all of a long range
    /// is looked at.
    pub(super) fn at_hand(&self, range: &Range<u64>) -> u64 {
        let seen = self.seen.load(Ordering::Relaxed);
        if range.end <= seen {
            return range.end.saturating_sub(range.start);
        }
        let there = in_memory(&self.file, range);
        if range.start <= seen {
            self.seen.fetch_max(range.start + there, Ordering::Relaxed);
        }
        there
    }
}

/// A bounded memory, by path.
#[derive(Default)]
pub(crate) struct OpenFiles(Mutex<HashMap<String, (Instant, Arc<OpenFile>)>>);

impl OpenFiles {
    /// The file, if it was opened a moment ago.
    pub(crate) fn get(&self, path: &str) -> Option<Arc<OpenFile>> {
        let files = self.0.lock();
        files.get(path).filter(|(since, _)| since.elapsed() < OPEN).map(|(_, file)| file.clone())
    }

    /// Keeps a file open, if there is room; tells whether it is the first.
    pub(crate) fn put(&self, path: &str, file: Arc<OpenFile>) -> bool {
        let mut files = self.0.lock();
        let is_first = files.is_empty();
        if files.len() >= ROOM {
            files.retain(|_, (since, _)| since.elapsed() < OPEN);
        }
        if files.len() < ROOM {
            files.insert(path.to_owned(), (Instant::now(), file));
        }
        is_first
    }

    /// A file is no longer to be had.
    pub(crate) fn forget(&self, path: &str) {
        self.0.lock().remove(path);
    }

    /// Closes what was not opened lately; tells whether some are open still.
    pub(crate) fn close_old(&self) -> bool {
        let mut files = self.0.lock();
        files.retain(|_, (since, _)| since.elapsed() < OPEN);
        !files.is_empty()
    }
}

//! Files that were opened a moment ago. Who walks through frames asks for one file again and again, and so do many who look
//! at the same images.

use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustix::param::page_size;
use rustix::process::{Resource, getrlimit};

use super::content::is_at_hand;
use super::memory::in_memory;

/// How long a file is kept open for who asks for it next, and what was seen of it in memory is believed.
const OPEN: Duration = Duration::from_secs(1);
/// Most files that are kept so, and which part of what the process may have open.
const ROOM: usize = 1024;
const SHARE: u64 = 4;

/// A file of an object, open for reading at given places.
pub(crate) struct OpenFile {
    file: Arc<File>,
    since: Instant,
    /// Where it was seen to be in memory: bytes of whole pages.
    seen: Mutex<Range<u64>>,
}

impl OpenFile {
    pub(crate) fn new(file: File) -> Self {
        Self { file: Arc::new(file), since: Instant::now(), seen: Mutex::new(0..0) }
    }

    /// The file itself.
    pub(crate) fn file(&self) -> &Arc<File> {
        &self.file
    }

    fn is_young(&self) -> bool {
        self.since.elapsed() < OPEN
    }

    /// How many bytes of a range can be read without waiting for the disk, from its beginning on; of a long range, 1 MiB at
    /// most. What was seen a moment ago is not looked at again.
    pub(super) fn at_hand(&self, range: &Range<u64>) -> u64 {
        let has = |seen: &Range<u64>| seen.start <= range.start && range.end <= seen.end;
        if self.is_young() && has(&self.seen.lock()) {
            return range.end.saturating_sub(range.start);
        }
        let there = in_memory(&self.file, range);
        // Where the system does not tell what is in memory, it says that all is.
        if there == 0 || !is_at_hand(&self.file, range.start + there - 1) {
            return 0;
        }
        let page = page_size() as u64;
        let new = range.start / page * page..(range.start + there).next_multiple_of(page);
        let mut seen = self.seen.lock();
        let touch = new.start <= seen.end && seen.start <= new.end;
        *seen = if touch { new.start.min(seen.start)..new.end.max(seen.end) } else { new };
        there
    }
}

/// A bounded memory, by path. A thread closes what was opened long ago, for as long as something is open.
pub(crate) struct OpenFiles {
    state: Arc<Mutex<State>>,
    room: usize,
}

#[derive(Default)]
struct State {
    files: HashMap<String, Arc<OpenFile>>,
    is_tended: bool,
}

impl OpenFiles {
    /// With room for a part of the files that the process may have open.
    pub(super) fn new() -> Self {
        let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        Self { state: Arc::default(), room: usize::try_from(limit / SHARE).map_or(ROOM, |share| share.min(ROOM)) }
    }

    /// The file, if it was opened a moment ago.
    pub(crate) fn get(&self, path: &str) -> Option<Arc<OpenFile>> {
        self.state.lock().files.get(path).filter(|file| file.is_young()).cloned()
    }

    /// Keeps a file open, if there is room.
    pub(crate) fn put(&self, path: &str, file: Arc<OpenFile>) {
        let mut state = self.state.lock();
        if state.files.len() >= self.room {
            return;
        }
        let old = state.files.insert(path.to_owned(), file);
        if !state.is_tended {
            let its = Arc::downgrade(&self.state);
            state.is_tended = thread::Builder::new().name("open files".into()).spawn(|| tend(its)).is_ok();
        }
        drop(state);
        drop(old);
    }

    /// A file is no longer to be had.
    pub(super) fn forget(&self, path: &str) {
        let old = self.state.lock().files.remove(path);
        drop(old);
    }
}

fn tend(state: Weak<Mutex<State>>) {
    loop {
        thread::sleep(OPEN);
        let Some(state) = state.upgrade() else { return };
        let (closed, is_over) = close_old(&mut state.lock());
        // Without the lock: the last who closes a file that was removed waits for the file system.
        drop(closed);
        if is_over {
            return;
        }
    }
}

/// What is no longer to be kept open, and whether that is all.
fn close_old(state: &mut State) -> (Vec<Arc<OpenFile>>, bool) {
    let closed = state.files.extract_if(|_, file| !file.is_young()).map(|(_, file)| file).collect();
    state.is_tended = !state.files.is_empty();
    (closed, !state.is_tended)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(length: usize) -> File {
        let mut file = tempfile::tempfile_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        file.write_all(&vec![1; length]).unwrap();
        file.sync_all().unwrap();
        file
    }

    fn opened(since: Instant) -> Arc<OpenFile> {
        Arc::new(OpenFile { since, ..OpenFile::new(file(1)) })
    }

    #[test]
    fn gives_a_file_until_it_is_forgotten() {
        let files = OpenFiles::new();
        let opened = opened(Instant::now() + OPEN * 60);
        assert!(files.get("a").is_none());
        files.put("a", opened.clone());
        assert!(files.get("a").is_some_and(|file| Arc::ptr_eq(&file, &opened)));
        files.forget("a");
        assert!(files.get("a").is_none());
    }

    #[test]
    fn closes_what_was_opened_long_ago() {
        let files = OpenFiles::new();
        let (old, young) = (opened(Instant::now().checked_sub(OPEN).unwrap()), opened(Instant::now() + OPEN * 60));
        files.put("a", old.clone());
        files.put("b", young);
        assert!(files.get("a").is_none());
        while Arc::strong_count(&old) > 1 {
            thread::yield_now();
        }
        assert!(files.get("b").is_some());
        files.forget("b");
        assert!(close_old(&mut files.state.lock()).1);
    }

    #[test]
    fn has_bounds() {
        let files = OpenFiles { room: 3, ..OpenFiles::new() };
        let opened = opened(Instant::now() + OPEN * 60);
        (0..10).for_each(|number| files.put(&number.to_string(), opened.clone()));
        assert_eq!(files.state.lock().files.len(), 3);
    }

    #[test]
    fn believes_for_a_moment_only_what_it_saw() {
        let opened = OpenFile { since: Instant::now().checked_sub(OPEN).unwrap(), ..OpenFile::new(file(1)) };
        *opened.seen.lock() = 0..100;
        assert_eq!(opened.at_hand(&(0..100)), 0, "the file has one byte");
    }

    #[test]
    fn remembers_pages_that_were_in_memory_side_by_side() {
        const PART: u64 = 64 << 10;
        let opened = OpenFile { since: Instant::now() + OPEN * 60, ..OpenFile::new(file(4 * PART as usize)) };
        let looks = [
            (PART + 1..2 * PART - 1, PART..2 * PART),
            (2 * PART + 1..3 * PART, PART..3 * PART),
            (PART..3 * PART, PART..3 * PART),
            (5..6, 0..page_size() as u64),
            (7..4 * PART, 0..4 * PART),
        ];
        for (range, seen) in looks {
            assert_eq!(opened.at_hand(&range), range.end - range.start, "{range:?}");
            assert_eq!(*opened.seen.lock(), seen, "{range:?}");
        }
    }
}

//! What of a stored file is in memory, and bringing it there.

use std::fs::File;
use std::ops::Range;

use memmap2::{Advice, Mmap, MmapOptions};

/// How much can be looked at at once, in bytes.
pub(super) const LOOK: u64 = 1 << 20;
/// The smallest pages that there are, in bytes.
const PAGE: usize = 4096;

/// How many bytes of a range are in memory, from its beginning on, [`LOOK`] at most. What comes after the end of a file in
/// its last page counts, too. Unlike a read that does not wait, this has the disk asked for nothing.
pub(super) fn in_memory(file: &File, range: &Range<u64>) -> u64 {
    let length = range.end.saturating_sub(range.start).min(LOOK);
    let Some(place) = mapped(file, range.start, length as usize) else { return 0 };
    let page = rustix::param::page_size();
    let before = place.as_ptr() as usize % page;
    let first = (place.as_ptr() as usize - before) as *mut libc::c_void;
    let mut pages = [0; LOOK as usize / PAGE + 2];
    // SAFETY: `first` is the beginning of a page, all pages up to the end of the mapping are mapped, and there is a byte for
    // each of them.
    if unsafe { libc::mincore(first, before + place.len(), pages.as_mut_ptr()) } != 0 {
        return 0;
    }
    let there = pages.iter().take_while(|page| **page & 1 == 1).count();
    length.min((there * page).saturating_sub(before) as u64)
}

/// Has what lies at a place of a file, and what follows it, brought into memory, if it is not there. Waits for the place
/// alone: the disk goes on with the rest.
///
/// Of a place that is mapped with long pages the kernel reads 2 to 4 MiB, in folios as long as they fit into the file. What
/// lies in long folios is sent and read with a good deal less work than page by page, which is what the kernel makes of
/// files that are read, and of those that it is advised to read.
pub(super) fn fetch(file: &File, start: u64) {
    if let Some(place) = mapped(file, start, 1) {
        // Kernels that know neither bring it when it is read.
        let _ = place.advise(Advice::HugePage).and_then(|()| place.advise(Advice::PopulateRead));
    }
}

/// A part of a file, which may end before it. It must not be looked at: whoever has the file may change and shorten it.
fn mapped(file: &File, start: u64, length: usize) -> Option<Mmap> {
    // SAFETY: nobody looks at what is mapped, so that it matters to nobody what becomes of the file.
    unsafe { MmapOptions::new().offset(start).len(length).map(file) }.ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use rustix::fs::{Advice, fadvise};

    use super::*;

    const LENGTH: u64 = 3 << 20;

    /// On a disk: what is in memory alone never leaves it.
    fn file() -> File {
        let mut file = tempfile::tempfile_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        file.write_all(&[1; LENGTH as usize]).unwrap();
        file.sync_all().unwrap();
        file
    }

    #[test]
    fn what_was_just_written_is_in_memory() {
        let file = file();
        for (range, length) in [(0..10, 10), (4095..4097, 2), (5..LENGTH, LOOK), (LENGTH - 7..LENGTH, 7)] {
            assert_eq!(in_memory(&file, &range), length, "{range:?}");
        }
    }

    #[test]
    fn nothing_is_in_memory_where_there_is_nothing() {
        let file = file();
        for range in [5..5, LENGTH + 4096..LENGTH + 4097, u64::MAX - 1..u64::MAX] {
            assert_eq!(in_memory(&file, &range), 0, "{range:?}");
        }
    }

    #[test]
    fn what_was_fetched_is_in_memory() {
        let file = file();
        fadvise(&file, 0, None, Advice::DontNeed).unwrap();
        for place in [4095, LENGTH - 1] {
            fetch(&file, place);
            assert_eq!(in_memory(&file, &(place..place + 1)), 1, "{place}");
        }
    }

    #[test]
    fn fetching_what_is_not_there_harms_nobody() {
        let file = file();
        for place in [LENGTH, 1 << 40, u64::MAX] {
            fetch(&file, place);
        }
    }
}

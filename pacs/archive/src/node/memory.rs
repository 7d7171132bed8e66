//! What of a stored file is in memory, and bringing it there.

use std::fs::File;
use std::num::NonZeroU64;
use std::ops::Range;

use memmap2::{Advice, MmapOptions, MmapRaw};
use rustix::fs::fadvise;
use rustix::param::page_size;

/// How much can be looked at at once, in bytes.
pub(super) const LOOK: u64 = 1 << 20;
/// The smallest pages that there are, and those whose long ones are of 2 MiB, in bytes.
const PAGE: usize = 4096;
/// How much the disk is asked for where there are no long pages, in bytes.
const AHEAD: Option<NonZeroU64> = NonZeroU64::new(2 << 20);

/// How many bytes of a range are in memory, from its beginning on, [`LOOK`] at most. What comes after the end of a file in
/// its last page counts, too, and all counts of files that the process may neither write nor owns. Unlike a read that does not
/// wait, this has the disk asked for nothing.
pub(super) fn in_memory(file: &File, range: &Range<u64>) -> u64 {
    let length = range.end.saturating_sub(range.start).min(LOOK);
    let Some(place) = mapped(file, range.start, length as usize) else { return 0 };
    let page = page_size();
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

/// Has a place of a file that is not in memory brought there, with what is around it. Waits for what comes with the place:
/// of the rest the disk is only asked.
///
/// Of a place that is mapped with long pages the kernel reads 2 to 4 MiB, from a multiple of 2 MiB on, in folios as long as
/// they fit into the file. What lies in long folios is sent and read with a good deal less work than page by page, which is
/// what the kernel makes of files that are read, and of those that it is advised to read. (With pages of 16 KiB it would read
/// 32 MiB and more.)
pub(super) fn fetch(file: &File, place: u64) {
    let populated = || {
        let page = mapped(file, place, 1).filter(|_| page_size() == PAGE)?;
        // A kernel without long pages populates it all the same.
        let _ = page.advise(Advice::HugePage);
        page.advise(Advice::PopulateRead).ok()
    };
    if populated().is_none() {
        // Advice that is not taken costs time only.
        let _ = fadvise(file, place, AHEAD, rustix::fs::Advice::WillNeed);
    }
}

/// A part of a file, which may end before it.
fn mapped(file: &File, start: u64, length: usize) -> Option<MmapRaw> {
    MmapOptions::new().offset(start).len(length).map_raw_read_only(file).ok()
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

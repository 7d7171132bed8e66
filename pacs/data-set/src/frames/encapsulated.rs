//! Frames of encapsulated Pixel Data: by the Extended Offset Table, by the Basic Offset Table, or by the fragments
//! themselves where no table is there or the one that is there is wrong (PS3.5 §A.4, PS3.3 §C.7.6.3.1.8).

use std::ops::Range;

use dicom_dictionary_std::uids;

use super::Encapsulated;
use crate::element::DataSet;
use crate::reader::pixels::{BEGINS, ENDS, Pixels};

/// Fragments of a frame begin with an Item of 8 bytes, which offsets point at.
const ITEM_HEADER: u64 = 8;

/// The index of the data set's encapsulated Pixel Data, of which `declared` frames are expected.
pub(super) fn build(set: &DataSet, pixels: &Pixels, declared: u32) -> Encapsulated {
    let Some((table, fragments)) = set.fragments.split_first() else { return Encapsulated::default() };
    if fragments.is_empty() {
        return Encapsulated::default();
    }
    let declared = declared as usize;
    if is_video(&set.transfer_syntax) {
        return one(fragments);
    }
    let base = table.end;
    let extended: Vec<u64> = longs(&pixels.extended).collect();
    let lengths: Vec<u64> = longs(&pixels.lengths).collect();
    if let Some(starts) = by_offsets(fragments, base, &extended, declared) {
        let lengths = if lengths.len() == extended.len() { &lengths[..] } else { &[] };
        return by_starts(fragments, &starts, lengths);
    }
    let basic: Vec<u64> =
        pixels.basic.as_chunks::<4>().0.iter().map(|&entry| u32::from_le_bytes(entry).into()).collect();
    if let Some(starts) = by_offsets(fragments, base, &basic, declared) {
        return by_starts(fragments, &starts, &[]);
    }
    if declared <= 1 {
        return one(fragments);
    }
    if fragments.len() == declared || holds_whole_frames(&set.transfer_syntax) {
        return each(fragments, declared);
    }
    let marks = pixels.marks.get(1..).unwrap_or_default();
    by_starts(fragments, &by_marks(marks, declared), &[])
}

/// The 64-bit entries of an Extended Offset Table.
fn longs(table: &[u8]) -> impl Iterator<Item = u64> {
    table.as_chunks::<8>().0.iter().map(|&entry| u64::from_le_bytes(entry))
}

/// All fragments as one frame.
fn one(fragments: &[Range<u64>]) -> Encapsulated {
    let mut frames = Encapsulated::default();
    frames.push(fragments.iter().cloned());
    frames
}

/// Each fragment as one frame.
fn each(fragments: &[Range<u64>], declared: usize) -> Encapsulated {
    let mut frames = Encapsulated::default();
    for fragment in fragments.iter().take(declared) {
        frames.push([fragment.clone()]);
    }
    frames
}

/// The fragments that the offsets of a table point at; `None` when there is no table, or it cannot be right.
fn by_offsets(fragments: &[Range<u64>], base: u64, offsets: &[u64], declared: usize) -> Option<Vec<usize>> {
    // Fewer entries than frames can be true only where there are fewer fragments too.
    let enough = offsets.len() == declared || (offsets.len() < declared && fragments.len() < declared);
    if offsets.first() != Some(&0) || !enough {
        return None;
    }
    let mut starts = Vec::with_capacity(offsets.len());
    let mut fragment = 0;
    for &offset in offsets {
        let start = base.checked_add(offset)?.checked_add(ITEM_HEADER)?;
        let rest = fragments.get(fragment..)?;
        // One fragment per frame is the rule: look at the next before searching.
        let found = match rest.first() {
            Some(first) if first.start == start => 0,
            _ => rest.binary_search_by_key(&start, |range| range.start).ok()?,
        };
        starts.push(fragment + found);
        fragment += found + 1;
    }
    Some(starts)
}

/// Frames that begin at these fragments and go on to the next's; each cut to its length, if lengths are known.
fn by_starts(fragments: &[Range<u64>], starts: &[usize], lengths: &[u64]) -> Encapsulated {
    let mut frames = Encapsulated::default();
    for (frame, &start) in starts.iter().enumerate() {
        let end = starts.get(frame + 1).copied().unwrap_or(fragments.len());
        let mut left = lengths.get(frame).copied().filter(|&length| length > 0).unwrap_or(u64::MAX);
        let parts = fragments[start..end].iter().map(|range| {
            let length = left.min(range.end - range.start);
            left -= length;
            range.start..range.start + length
        });
        frames.push(parts);
    }
    frames
}

/// The fragments where frames begin, from what each begins and ends with: a codestream begins where the one before has
/// ended, or where there is only its beginning to go by. At most `declared`.
fn by_marks(marks: &[u8], declared: usize) -> Vec<usize> {
    let begins = |at: usize| at == 0 || marks[at] & BEGINS != 0;
    let after_end = |at: usize| begins(at) && (at == 0 || marks[at - 1] & ENDS != 0);
    let strict: Vec<usize> = (0..marks.len()).filter(|&at| after_end(at)).collect();
    let loose: Vec<usize> = (0..marks.len()).filter(|&at| begins(at)).collect();
    // The more frames are found without finding too many, the better.
    let mut starts = if loose.len() <= declared { loose } else { strict };
    starts.truncate(declared);
    starts
}

/// Whether all fragments are one stream of video (MPEG-2, MPEG-4, HEVC).
fn is_video(transfer_syntax: &str) -> bool {
    const FIRST: u32 = 100;
    const LAST: u32 = 108;
    let number = transfer_syntax.strip_prefix("1.2.840.10008.1.2.4.").and_then(|rest| rest.split('.').next());
    number.and_then(|number| number.parse().ok()).is_some_and(|number: u32| (FIRST..=LAST).contains(&number))
}

/// Whether each frame is always in one fragment (PS3.5 §A.4.2, §A.4.13).
fn holds_whole_frames(transfer_syntax: &str) -> bool {
    matches!(transfer_syntax, uids::RLE_LOSSLESS | "1.2.840.10008.1.2.8.1")
}

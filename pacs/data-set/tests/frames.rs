//! The frame index of objects made byte by byte.

mod objects;

use std::ops::Range;

use data_set::{FrameIndex, read};
use objects::Syntax::{Explicit, Implicit};
use objects::{attributes, encapsulated, file, jpeg, native, with_fragments};
use proptest::prelude::*;

const BASELINE: &str = "1.2.840.10008.1.2.4.50";
const RLE: &str = "1.2.840.10008.1.2.5";

/// The bytes of every frame, after a look whether the index survives being written down.
fn frames(bytes: &[u8]) -> Vec<Vec<u8>> {
    let index = read(bytes).expect("the object can be read").frames;
    assert_eq!(FrameIndex::from_bytes(&index.to_bytes()), Some(index.clone()));
    assert_eq!(index.frame(0), None);
    assert_eq!(index.frame(index.len() + 1), None);
    (1..=index.len()).map(|number| joined(bytes, &index.frame(number).expect("every frame is there").ranges)).collect()
}

fn joined(bytes: &[u8], ranges: &[Range<u64>]) -> Vec<u8> {
    ranges.iter().flat_map(|range| &bytes[range.start as usize..range.end as usize]).copied().collect()
}

/// `Rows` 4, `Columns` 3 and what else is given, before Pixel Data.
fn native_with(frames: &str, bits: u16, more: &[Vec<u8>], pixel_data: Vec<u8>) -> Vec<u8> {
    file(Explicit.uid(), &[attributes(Explicit, frames, 4, 3, bits), more.concat(), pixel_data])
}

#[test]
fn native_frames_follow_one_another() {
    for bytes in [native(Explicit), native(Implicit)] {
        let expected: Vec<u8> = (0..24u16).flat_map(u16::to_le_bytes).collect();
        assert_eq!(frames(&bytes), [&expected[..24], &expected[24..]]);
    }
}

#[test]
fn only_whole_native_frames_that_are_declared_exist() {
    let pixel_data = |length: usize| Explicit.element(0x7fe0_0010, "OW", &vec![1; length]);
    assert_eq!(frames(&native_with("5 ", 16, &[], pixel_data(60))).len(), 2);
    assert_eq!(frames(&native_with("1 ", 16, &[], pixel_data(60))).len(), 1);
    assert_eq!(frames(&native_with("2000000000", 16, &[], pixel_data(60))).len(), 2);
    assert_eq!(frames(&native_with("0 ", 16, &[], pixel_data(60))).len(), 1);
    assert_eq!(frames(&native_with("-1", 16, &[], pixel_data(2))).len(), 0);
    assert_eq!(frames(&native_with("9 ", 0xffff, &[], pixel_data(60))).len(), 0);
}

#[test]
fn frames_of_single_bits_do_not_start_on_a_byte() {
    let bytes = native_with("3 ", 1, &[], Explicit.element(0x7fe0_0010, "OB", &[1, 2, 3, 4, 5, 6]));
    let index = read(&bytes).unwrap().frames;
    let skips: Vec<_> = (1..=3).map(|number| index.frame(number).unwrap().skip_bits).collect();
    assert_eq!(skips, [0, 4, 0]);
    assert_eq!(frames(&bytes), [vec![1, 2], vec![2, 3], vec![4, 5]]);
}

#[test]
fn subsampled_chrominance_takes_two_samples_per_pixel() {
    let bytes = file(
        Explicit.uid(),
        &[
            Explicit.number(0x0028_0002, 3),
            Explicit.element(0x0028_0004, "CS", b"YBR_FULL_422"),
            Explicit.element(0x0028_0008, "IS", b"2 "),
            Explicit.number(0x0028_0010, 2),
            Explicit.number(0x0028_0011, 2),
            Explicit.number(0x0028_0100, 8),
            Explicit.element(0x7fe0_0010, "OB", &[0; 16]),
        ],
    );
    assert_eq!(frames(&bytes), vec![vec![0; 8]; 2]);
}

#[test]
fn floating_point_pixel_data_has_frames_too() {
    let floats = Explicit.element(0x7fe0_0008, "OF", &[0; 96]);
    assert_eq!(frames(&native_with("2 ", 32, &[], floats)), vec![vec![0; 48]; 2]);
    let doubles = Explicit.element(0x7fe0_0009, "OD", &[0; 96]);
    assert_eq!(frames(&native_with("1 ", 64, &[], doubles)), [vec![0; 96]]);
}

#[test]
fn an_object_without_pixel_data_has_no_frames() {
    let bytes = file(Explicit.uid(), &[attributes(Explicit, "1 ", 4, 3, 16)]);
    assert_eq!(read(&bytes).unwrap().frames, FrameIndex::None);
    assert!(frames(&bytes).is_empty());
}

#[test]
fn the_basic_offset_table_tells_where_frames_begin() {
    let parts: [&[u8]; 4] = [b"aaaa", b"bb", b"cccccc", b"dd"];
    let bytes = with_fragments(BASELINE, "2 ", &[0, 22], &parts);
    assert_eq!(frames(&bytes), [&b"aaaabb"[..], b"ccccccdd"]);
}

#[test]
fn without_a_table_each_fragment_is_a_frame() {
    let parts: [&[u8]; 3] = [b"aaaa", b"bb", b"cccccc"];
    assert_eq!(frames(&with_fragments(BASELINE, "3 ", &[], &parts)), parts);
    assert_eq!(frames(&with_fragments(RLE, "5 ", &[], &parts)), parts);
    assert_eq!(frames(&with_fragments(RLE, "2 ", &[], &parts)), parts[..2]);
}

#[test]
fn without_a_table_a_single_frame_is_all_fragments() {
    let parts: [&[u8]; 3] = [b"aaaa", b"bb", b"cccccc"];
    assert_eq!(frames(&with_fragments(BASELINE, "1 ", &[], &parts)), [b"aaaabbcccccc"]);
    assert_eq!(frames(&with_fragments(BASELINE, "1 ", &[0], &parts)), [b"aaaabbcccccc"]);
}

#[test]
fn without_a_table_codestreams_tell_where_frames_begin() {
    let [one, two] = [jpeg(30), jpeg(41)];
    let wavelet = |length| [&b"\xff\x4f\xff\x51"[..], &vec![7; length], b"\xff\xd9"].concat();
    for [one, two] in [[one, two], [wavelet(20), wavelet(9)]] {
        let parts = [&one[..10], &one[10..20], &one[20..], &two[..10], &two[10..]];
        assert_eq!(frames(&with_fragments(BASELINE, "2 ", &[], &parts)), [one.clone(), two.clone()]);
        // Fewer frames than declared.
        assert_eq!(frames(&with_fragments(BASELINE, "4 ", &[], &parts)), [one, two]);
    }
}

#[test]
fn a_fragment_that_only_looks_like_a_beginning_is_none() {
    let one = [jpeg(30), b"\0".to_vec()].concat();
    let middle = b"\xff\xd8\xff\x01 within entropy-coded data".to_vec();
    let two = jpeg(20);
    let parts = [&one[..10], &middle, &one[10..], &two[..10], &two[10..]];
    let joined = [&one[..10], &middle, &one[10..]].concat();
    assert_eq!(frames(&with_fragments(BASELINE, "2 ", &[], &parts)), [joined, two]);
}

#[test]
fn a_wrong_table_is_not_believed() {
    let [one, two] = [jpeg(30), jpeg(42)];
    let parts = [&one[..], &two];
    for table in [&[0, 7][..], &[4, 38], &[0, 38, 38], &[0, 0], &[38, 0], &[0], &[0, u32::MAX], &[0, 88]] {
        assert_eq!(frames(&with_fragments(BASELINE, "2 ", table, &parts)), parts, "{table:?}");
    }
}

#[test]
fn the_extended_offset_table_tells_offsets_and_lengths() {
    let table = |entries: &[u64]| entries.iter().flat_map(|entry| entry.to_le_bytes()).collect::<Vec<u8>>();
    let object = |offsets: &[u64], lengths: &[u64]| {
        let offsets = Explicit.element(0x7fe0_0001, "OV", &table(offsets));
        let lengths = Explicit.element(0x7fe0_0002, "OV", &table(lengths));
        let fragments = encapsulated(&[], &[b"aaaa", b"bb", b"ccc\0"]);
        file(BASELINE, &[attributes(Explicit, "3 ", 4, 3, 8), offsets, lengths, fragments])
    };
    assert_eq!(frames(&object(&[0, 12, 22], &[4, 2, 3])), [&b"aaaa"[..], b"bb", b"ccc"]);
    assert_eq!(frames(&object(&[0, 12, 22], &[])), [&b"aaaa"[..], b"bb", b"ccc\0"]);
    assert_eq!(frames(&object(&[0, 13, u64::MAX], &[4, 2, 3])), [&b"aaaa"[..], b"bb", b"ccc\0"]);
    assert_eq!(frames(&object(&[0, 12, 22], &[u64::MAX, 2, 3])), [&b"aaaa"[..], b"bb", b"ccc"]);
}

#[test]
fn a_video_is_one_frame_of_all_fragments() {
    let bytes = with_fragments("1.2.840.10008.1.2.4.102", "50", &[], &[b"aaaa", b"bb"]);
    assert_eq!(frames(&bytes), [b"aaaabb"]);
}

#[test]
fn encapsulated_pixel_data_without_fragments_has_no_frames() {
    assert!(frames(&with_fragments(BASELINE, "3 ", &[], &[])).is_empty());
}

#[test]
fn a_written_index_is_small() {
    let parts = vec![&b"four"[..]; 10_000];
    let index = read(&with_fragments(BASELINE, "10000 ", &[], &parts)).unwrap().frames;
    assert_eq!(index.len(), 10_000);
    assert!(index.to_bytes().len() < 31_000);
}

#[test]
fn declared_numbers_of_a_written_index_reserve_nothing() {
    let many = [&[1, 2][..], &[0xff; 9], &[1], &[0xff; 9], &[1]].concat();
    assert_eq!(FrameIndex::from_bytes(&many), None);
    let backwards = [1, 2, 1, 1, 0x81, 1, 4];
    assert_eq!(FrameIndex::from_bytes(&backwards), None);
}

proptest! {
    #[test]
    fn any_bytes_are_an_index_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in 0u8..4) {
        let bytes = [&[1, kind][..], &bytes].concat();
        if let Some(index) = FrameIndex::from_bytes(&bytes) {
            for number in [0, 1, 2, index.len(), u32::MAX] {
                let _ = index.frame(number);
            }
            prop_assert_eq!(FrameIndex::from_bytes(&index.to_bytes()), Some(index));
        }
    }
}

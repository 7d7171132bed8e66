//! What the reader refuses, and what it never spends.

mod objects;

use data_set::{Limits, ReadError, Reader, Tag, Warning, read};
use objects::Syntax::Explicit;
use objects::{attributes, file, meta, native, with_fragments};

const BASELINE: &str = "1.2.840.10008.1.2.4.50";

#[test]
fn refuses_what_is_no_dicom() {
    let texts: [&[u8]; 5] = [b"", b"this is not DICOM\n", &[0; 4096], b"DICM", &[0xff; 300]];
    for bytes in texts {
        assert_eq!(read(bytes), Err(ReadError::NotDicom));
    }
    let long = b"this is not DICOM\n".repeat(40);
    assert_eq!(read(&long), Err(ReadError::NotDicom));
    assert_eq!(read(&[&[0; 128][..], b"DICM", &[0; 40]].concat()), Err(ReadError::NotDicom));
}

#[test]
fn refuses_deep_nesting() {
    let open = [Explicit.header(0x0008_2218, "SQ", u32::MAX), [&Explicit.tag(0xfffe_e000)[..], &[0xff; 4]].concat()];
    let first = Explicit.element(0x0008_0005, "CS", b"ISO_IR 100");
    let bytes = file(Explicit.uid(), &[first.clone(), open.concat().repeat(10_000)]);
    assert_eq!(read(&bytes), Err(ReadError::TooDeep(64)));
    let bytes = file(Explicit.uid(), &[first, open.concat().repeat(64)]);
    let set = read(&bytes).unwrap();
    assert_eq!(set.elements.len(), 129);
    assert!(matches!(set.warnings[..], [Warning::Truncated(_)]));
}

#[test]
fn refuses_more_elements_and_fragments_than_the_limits() {
    let bytes = file(Explicit.uid(), &[Explicit.element(0x0008_0005, "CS", b"").repeat(1_000_001)]);
    assert_eq!(read(&bytes), Err(ReadError::TooManyElements(1_000_000)));
    let mut reader = Reader::new(Limits { fragments: 3, ..Limits::default() });
    let pushed = reader.push(&with_fragments(BASELINE, "1 ", &[], &[b"", b"", b""]));
    assert_eq!(pushed, Err(ReadError::TooManyFragments(3)));
}

#[test]
fn knows_long_values_by_their_range_only() {
    let long = vec![b'A'; 70_000];
    let bytes =
        file(Explicit.uid(), &[Explicit.element(0x0008_0005, "CS", b""), Explicit.element(0x0042_0011, "OB", &long)]);
    let set = read(&bytes).unwrap();
    let element = set.root().get(Tag(0x0042, 0x0011)).unwrap();
    assert_eq!(element.len(), 70_000);
    assert_eq!(set.root().bytes(element), None);
    let mut reader = Reader::new(Limits { values: 100, ..Limits::default() });
    reader.push(&native(Explicit)).unwrap();
    assert!(reader.finish().unwrap().values_len() <= 100);
}

#[test]
fn refuses_a_deflate_bomb() {
    // After a full flush nothing refers back, so the compressed zeros can be repeated as they are.
    let mut stream = flate2::Compress::new(flate2::Compression::best(), false);
    let mut compress = |bytes: &[u8]| {
        let mut out = Vec::with_capacity(1 << 20);
        stream.compress_vec(bytes, &mut out, flate2::FlushCompress::Full).unwrap();
        out
    };
    let head = compress(&Explicit.header(0x0042_0011, "OB", u32::MAX - 1));
    let zeros = compress(&vec![0; 16 << 20]);
    let bytes = [meta("1.2.840.10008.1.2.1.99"), head, zeros.repeat(70)].concat();
    assert!(matches!(read(&bytes), Err(ReadError::Inflate(_))));
}

#[test]
fn reads_objects_of_more_than_four_gibibytes() {
    // Two fragments of nearly 4 GiB each, fed from one buffer: what is skipped costs nothing.
    let length = u32::MAX - 1;
    let head = file(BASELINE, &[attributes(Explicit, "2 ", 4, 3, 8), Explicit.header(0x7fe0_0010, "OB", u32::MAX)]);
    let item = |length: u32| [&Explicit.tag(0xfffe_e000)[..], &length.to_le_bytes()].concat();
    let buffer = vec![0x55; 64 << 20];
    let mut reader = Reader::new(Limits::default());
    reader.push(&head).unwrap();
    reader.push(&item(0)).unwrap();
    for _ in 0..2 {
        reader.push(&item(length)).unwrap();
        let mut left = length as usize;
        while left > 0 {
            let count = left.min(buffer.len());
            reader.push(&buffer[..count]).unwrap();
            left -= count;
        }
    }
    reader.push(&[&Explicit.tag(0xfffe_e0dd)[..], &[0; 4]].concat()).unwrap();
    let set = reader.finish().unwrap();
    assert_eq!(set.warnings, []);
    let start = head.len() as u64 + 16;
    let second = start + u64::from(length) + 8;
    let last = second..second + u64::from(length);
    assert_eq!(set.frames.frame(2).unwrap().ranges, std::slice::from_ref(&last));
    assert_eq!(set.length, second + u64::from(length) + 8);
}

//! Everything that is done with an object of unknown origin, and what must hold whatever its bytes are. The fuzz target
//! and the fuzz runner of this repository both call it.

use data_set::explicit::{self, DecodedPixelData, Piece};
use data_set::json::{self, Bulk, JsonOptions};
use data_set::{DataSet, Element, FrameIndex, Item, Kind, Limits, ReadError, Reader, read};

/// Reads `bytes` whole and in pieces, and does with the data set what the gateway does. Panics where a promise is broken.
pub fn exercise(bytes: &[u8]) {
    let whole = read(bytes);
    let length = bytes.iter().fold(0usize, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % 300 + 1;
    match (in_pieces(bytes, length), &whole) {
        // How much comes out before the damage is seen depends on the pieces.
        (Err(ReadError::Inflate(_)), Err(_)) | (Err(_), Err(ReadError::Inflate(_))) => {}
        (parts, whole) => assert_eq!(parts, *whole, "pieces of {length} bytes"),
    }
    let Ok(set) = whole else { return };
    check_elements(&set);
    view(set.meta_item(), 0);
    view(set.root(), 0);
    check_frames(&set);
    check_json(&set);
    check_plans(&set, bytes);
    check_passing(&set, bytes, length);
}

/// Elements that pass are those that are kept, though what nobody needs of the input is not looked at.
fn check_passing(set: &DataSet, bytes: &[u8], length: usize) {
    let told = |element: &Element, value: Option<&[u8]>| {
        let Element { tag, vr, kind, big_endian, depth, start, .. } = *element;
        let end = matches!(kind, Kind::Value | Kind::Fragments).then_some(element.value.end);
        (tag, vr, kind, big_endian, depth, start, end, value.map(<[u8]>::to_vec))
    };
    let (mut kept, mut passed) = (Vec::new(), Vec::new());
    set.each(|element, value| kept.push(told(element, value)));
    let mut reader = Reader::new(Limits::passing());
    let mut at = 0;
    while at < bytes.len() {
        let unneeded = reader.unneeded().min((bytes.len() - at) as u64);
        reader.skip(unneeded);
        at += unneeded as usize;
        let end = (at + length).min(bytes.len());
        let outcome = reader.pass(&bytes[at..end], |element, value| passed.push(told(element, value)));
        outcome.expect("what is read passes");
        at = end;
    }
    let head = reader.finish_passing(|element, value| passed.push(told(element, value))).expect("it passes to the end");
    assert!(kept == passed, "pieces of {length} bytes");
    assert_eq!((head.length, &head.meta, &head.transfer_syntax), (set.length, &set.meta, &set.transfer_syntax));
}

fn in_pieces(bytes: &[u8], length: usize) -> Result<DataSet, ReadError> {
    let mut reader = Reader::new(Limits::default());
    for piece in bytes.chunks(length) {
        reader.push(piece)?;
    }
    reader.finish()
}

/// Entries are in order, within what encloses them, and within the input.
fn check_elements(set: &DataSet) {
    let mut enclosing: Vec<(u32, u64)> = Vec::new();
    let mut position = 0;
    for (index, element) in set.elements.iter().enumerate() {
        while enclosing.last().is_some_and(|(next, _)| *next as usize <= index) {
            enclosing.pop();
        }
        assert_eq!(usize::from(element.depth), enclosing.len());
        assert!(element.next as usize > index && element.next as usize <= set.elements.len());
        assert!(element.start >= position && element.value.start >= element.start);
        assert!(element.value.end >= element.value.start);
        assert!(set.deflated || element.value.end <= set.length);
        if let Some(&(next, end)) = enclosing.last() {
            assert!(element.next <= next && element.value.end <= end);
        }
        if let Some(kept) = set.root().bytes(element) {
            assert_eq!(kept.len() as u64, element.len());
        }
        if matches!(element.kind, Kind::Sequence | Kind::Item) {
            enclosing.push((element.next, element.value.end));
        }
        position = element.start;
    }
}

/// Every way to look at a value.
fn view(item: Item<'_>, depth: usize) {
    assert!(depth <= 64);
    for element in item.elements().take(100) {
        let _ = (item.text(element.tag), item.raw_text(element.tag), item.strings(element.tag));
        let _ = (item.ints(element.tag), item.int(element.tag), item.floats(element.tag), item.creator_of(element.tag));
        for inner in item.items(element).take(10) {
            view(inner, depth + 1);
        }
    }
}

fn check_frames(set: &DataSet) {
    let index = &set.frames;
    assert_eq!(FrameIndex::from_bytes(&index.to_bytes()).as_ref(), Some(index));
    for number in (1..=index.len()).take(100).chain([index.len()]).filter(|&number| number > 0) {
        let frame = index.frame(number).expect("every frame up to the last is there");
        for range in frame.ranges {
            assert!(range.start <= range.end && (set.deflated || range.end <= set.length));
        }
    }
}

fn check_json(set: &DataSet) {
    let mut out = Vec::new();
    for bulk in [Bulk::Mark, Bulk::Omit] {
        out.clear();
        let options = JsonOptions { inline_limit: 64, bulk, keep: &|_, _| true };
        json::write(set.root(), &options, &mut out);
        // Deeper ones are right too, but more than the parser takes.
        if set.elements.iter().all(|element| element.depth < 60) {
            let text: Vec<u8> = out.iter().map(|&byte| if byte == 1 { b'_' } else { byte }).collect();
            serde_json::from_slice::<serde::de::IgnoredAny>(&text).expect("it is JSON but for the marks");
        }
    }
}

fn check_plans(set: &DataSet, bytes: &[u8]) {
    let decoded = DecodedPixelData {
        length: 12,
        photometric_interpretation: Some("RGB"),
        planar_configuration: Some(0),
        bits_allocated: 8,
    };
    for decoded in [None, Some(&decoded)] {
        let mut out = Vec::new();
        for piece in explicit::plan(set, decoded) {
            match piece {
                Piece::Bytes(part) => out.extend(part),
                Piece::Copy(range) | Piece::Swap(range, _) => {
                    assert!(range.start < range.end && (set.deflated || range.end <= set.length));
                    match bytes.get(range.start as usize..range.end as usize) {
                        Some(part) => out.extend_from_slice(part),
                        None => out.resize(out.len() + (range.end - range.start) as usize, 0),
                    }
                }
                Piece::Frames => out.extend([0; 12]),
            }
        }
        let again = read(&out).expect("what was rewritten can be read");
        assert!(!again.deflated);
    }
}

//! Elements that pass are those that the reader keeps, and cost no more memory than what goes by. Every allocation of this
//! test's process is counted, so it is one test in a process of its own.

mod counting;
mod objects;

use std::sync::atomic::Ordering::Relaxed;

use counting::{Counting, HELD, MOST};
use data_set::edited::{Edit, Editor};
use data_set::explicit::{Piece, Rewriting};
use data_set::{DataSet, Element, Kind, Limits, Reader, Tag, VR, read, tags};
use objects::Syntax::Explicit;
use objects::seeds::seeds;
use objects::{attributes, file};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

type Passed = (Tag, VR, Kind, bool, u16, u64, Option<u64>, Option<Vec<u8>>);

/// What is known of an element that passes: where a sequence ends is not.
fn passed(element: &Element, value: Option<&[u8]>) -> Passed {
    let Element { tag, vr, kind, big_endian, depth, start, .. } = *element;
    let end = matches!(kind, Kind::Value | Kind::Fragments).then_some(element.value.end);
    (tag, vr, kind, big_endian, depth, start, end, value.map(<[u8]>::to_vec))
}

/// Lets an object pass in pieces of so many bytes; what nobody needs is skipped.
fn pass(bytes: &[u8], piece: usize, mut each: impl FnMut(&Element, Option<&[u8]>)) -> Option<DataSet> {
    let mut reader = Reader::new(Limits::passing());
    let mut at = 0;
    while at < bytes.len() {
        let unneeded = reader.unneeded().min((bytes.len() - at) as u64);
        reader.skip(unneeded);
        at += unneeded as usize;
        let end = (at + piece).min(bytes.len());
        reader.pass(&bytes[at..end], &mut each).ok()?;
        at = end;
    }
    reader.finish_passing(each).ok()
}

#[test]
fn what_passes_is_what_is_read_and_is_not_held() {
    for (name, bytes) in seeds() {
        let set = read(&bytes).ok();
        for piece in [1, 7, 100, 1 << 20] {
            let mut list = Vec::new();
            let head = pass(&bytes, piece, |element, value| list.push(passed(element, value)));
            assert_eq!(head.is_some(), set.is_some(), "{name}");
            let (Some(head), Some(set)) = (head, &set) else { continue };
            let mut whole = Vec::new();
            set.each(|element, value| whole.push(passed(element, value)));
            assert_eq!(list, whole, "{name} by {piece}");
            assert_eq!((&head.meta, &head.transfer_syntax, head.length), (&set.meta, &set.transfer_syntax, set.length));
            assert_eq!(head.uid(tags::MEDIA_STORAGE_SOP_CLASS_UID), set.uid(tags::MEDIA_STORAGE_SOP_CLASS_UID));
        }
    }
    costs_what_goes_by();
}

/// 900,000 small elements with 30 MB of values, and a private value of 64 MiB within a sequence.
fn costs_what_goes_by() {
    let item = [Explicit.element(0x0008_0100, "SH", &[b'A'; 64]), Explicit.element(0x0008_0104, "LO", b"name")];
    let items = vec![item.concat(); 300_000];
    let long = vec![[Explicit.element(0x0009_0010, "LO", b"MAKER "), long()].concat()];
    let data_set = [
        Explicit.sequence(0x0008_1140, &items),
        attributes(Explicit, "1 ", 1, 1, 8),
        Explicit.sequence(0x0040_0555, &long),
    ];
    let bytes = file(Explicit.uid(), &data_set);
    let set = read(&bytes).expect("an object");
    let edit = |element: &Element, _: Option<&[u8]>| match element.tag {
        tags::CODE_MEANING => Edit::Remove,
        tags::CODE_VALUE => Edit::Value(b"B".to_vec()),
        _ => Edit::Keep,
    };
    let mut about = None;
    let (before, mut length, mut copied) = (HELD.load(Relaxed), 0, 0);
    MOST.store(before, Relaxed);
    for _ in 0..2 {
        let mut rewriter = about.as_ref().map(|about| Rewriting::Stored.of(about));
        let mut editor = Editor::new(set.data_set_start, edit, Vec::new());
        let mut count = |pieces: Vec<Piece>| {
            for piece in pieces {
                match piece {
                    Piece::Bytes(bytes) => length += bytes.len(),
                    Piece::Copy(range) => copied += range.end - range.start,
                    _ => panic!("nothing else"),
                }
            }
        };
        let head = pass(&bytes, 64 << 10, |element, value| {
            editor.push(element, value, |element, value| {
                if let Some(rewriter) = &mut rewriter {
                    rewriter.push(element, value);
                    count(rewriter.take());
                }
            });
        });
        rewriter.into_iter().for_each(|rewriter| count(rewriter.finish()));
        about = head;
    }
    let most = MOST.load(Relaxed) - before;
    assert!(most < 4 << 20, "{most} bytes");
    // An Item of each: its header and delimiter, and a code of one letter, padded.
    assert!((64 << 20..65 << 20).contains(&copied), "{copied}");
    let items = 300_000 * (8 + 8 + 8 + 2);
    assert!((items + 1..items + 10_000).contains(&length), "{length}");
}

/// A private element of 64 MiB.
fn long() -> Vec<u8> {
    Explicit.element(0x0009_1001, "OB", &vec![0x55; 64 << 20])
}

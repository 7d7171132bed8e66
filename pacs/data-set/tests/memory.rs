//! Crafted lengths and counts do not make the reader allocate. Every allocation of this test's process is counted, so
//! it is one test in a process of its own.

mod counting;
mod objects;

use std::sync::atomic::Ordering::Relaxed;

use counting::{Counting, HELD, MOST};
use data_set::{FrameIndex, explicit, read};
use objects::Syntax::{Big, Explicit, Implicit};
use objects::{attributes, file, meta};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes held while `work` runs.
fn peak(work: impl FnOnce()) -> usize {
    let before = HELD.load(Relaxed);
    MOST.store(before, Relaxed);
    work();
    MOST.load(Relaxed) - before
}

#[test]
fn declared_lengths_and_counts_allocate_nothing() {
    // The dictionary is built once, and stays.
    let _ = read(&objects::native(Implicit));
    let table = |length: u32| [&Explicit.tag(0xfffe_e000)[..], &length.to_le_bytes(), &[0; 8]].concat();
    let open = Explicit.header(0x7fe0_0010, "OB", u32::MAX);
    let inputs = [
        Explicit.header(0x0042_0011, "OB", u32::MAX - 1),
        Explicit.header(0x0008_2218, "SQ", u32::MAX - 1),
        Explicit.header(0x7fe0_0010, "OW", u32::MAX - 1),
        Explicit.header(0x7fe0_0001, "OV", u32::MAX - 7),
        [open.clone(), table(u32::MAX - 3)].concat(),
        [open, table(0), table(u32::MAX - 3)].concat(),
    ];
    for input in inputs {
        let head = attributes(Explicit, "2147483647", 0xffff, 0xffff, 64);
        let bytes = file("1.2.840.10008.1.2.4.50", &[head, input]);
        let most = peak(|| {
            let set = read(&bytes).unwrap();
            let _ = explicit::plan(&set, None);
            assert!(set.frames.to_bytes().len() < 100);
        });
        assert!(most < 200_000, "{most} bytes");
    }
    for syntax in [Implicit, Big] {
        let bytes =
            file(syntax.uid(), &[attributes(syntax, "1 ", 1, 1, 8), syntax.header(0x0042_0011, "OB", u32::MAX - 1)]);
        let most = peak(|| drop(read(&bytes)));
        assert!(most < 200_000, "{most} bytes");
    }
    let index = [&[1, 2][..], &[0xff, 0xff, 0xff, 0xff, 0x7f], &[0; 100]].concat();
    assert!(peak(|| drop(FrameIndex::from_bytes(&index))) < 10_000);

    // What many small things cost is in proportion to the bytes that they take.
    let fragments = table(8).repeat(100_000);
    let bytes = [meta("1.2.840.10008.1.2.4.50"), Explicit.header(0x7fe0_0010, "OB", u32::MAX), fragments].concat();
    let most = peak(|| drop(read(&bytes)));
    assert!(most < 100_000 * 120, "{most} bytes");
}

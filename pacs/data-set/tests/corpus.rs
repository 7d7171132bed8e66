//! The seed corpus of the fuzz target is what the generator makes, and goes well through everything.

mod exercise;
mod objects;

use std::path::Path;

use data_set::read;
use objects::seeds::seeds;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus"))
}

#[test]
fn every_seed_is_committed_as_the_generator_makes_it() {
    for (name, bytes) in seeds() {
        let committed = std::fs::read(folder().join(format!("{name}.dcm"))).unwrap();
        // Another version of the compression library may compress otherwise.
        if name != "deflated" {
            assert!(committed == bytes, "{name}: run `cargo run -p data-set --example make_corpus`");
        }
    }
    assert_eq!(std::fs::read_dir(folder()).unwrap().count(), seeds().len());
}

#[test]
fn every_seed_can_be_read() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let set = read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!set.elements.is_empty(), "{}", path.display());
        exercise::exercise(&bytes);
    }
}

#[test]
fn promises_that_were_broken_once_hold() {
    // An element of file meta information at the beginning of a data set, which must not become one when rewritten.
    let big = objects::Syntax::Big;
    let stray = big.element(0x0002_0003, "SQ", &[0; 8]);
    exercise::exercise(&objects::file(big.uid(), &[stray, big.number(0x0028_0010, 1)]));
    // Pixel Data that is a sequence, and is rewritten with undefined length.
    let explicit = objects::Syntax::Explicit;
    let pixels = explicit.sequence(0x7fe0_0010, &[explicit.number(0x0028_0010, 1)]);
    exercise::exercise(&objects::file(explicit.uid(), &[explicit.number(0x0028_0010, 1), pixels]));
    // An element whose header is longer than what its Item has left.
    for header in [explicit.header(0x7fe0_0010, "OB", u32::MAX), explicit.header(0x0042_0011, "OB", 4)] {
        let item = header[..10].to_vec();
        exercise::exercise(&objects::file(explicit.uid(), &[explicit.sequence(0x0008_2218, &[item]), header]));
    }
}

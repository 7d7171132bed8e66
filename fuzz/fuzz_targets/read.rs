//! Reads any bytes, and does with what was read all that the gateway does. Run it on the seeds of the repository:
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run read fuzz/corpus/read pacs/data-set/tests/corpus`

#![no_main]

#[path = "../../pacs/data-set/tests/exercise/mod.rs"]
mod exercise;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise::exercise(bytes));

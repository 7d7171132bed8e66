//! Hears what a peer says on an association: PDUs into messages, messages into commands and Identifiers. Run it on seeds that
//! the repository makes:
//! `FUZZ_CORPUS=$PWD/fuzz/corpus cargo test -p dimse-scp --lib seeds`
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run converse`

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dimse_scp::exercise::conversation(bytes));

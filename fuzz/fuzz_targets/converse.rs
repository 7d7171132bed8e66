//! Hears what a peer says on an association: PDUs into messages, messages into commands and Identifiers. Run it on the seeds of
//! the repository:
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run converse fuzz/corpus/converse dimse-scp/tests/corpus/conversation`

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dimse_scp::exercise::conversation(bytes));

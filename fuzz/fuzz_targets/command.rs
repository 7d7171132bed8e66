//! Reads command sets and Identifiers. Run it on the seeds of the repository, from which it finds its way:
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run command fuzz/corpus/command dimse-scp/tests/corpus/conversation`

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dimse_scp::exercise::command_set(bytes));

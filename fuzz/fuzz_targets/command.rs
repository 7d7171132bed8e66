//! Reads command sets and Identifiers. Run it on seeds that the repository makes:
//! `FUZZ_CORPUS=$PWD/fuzz/corpus cargo test -p dimse-scp --lib seeds`
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run command`

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dimse_scp::exercise::command_set(bytes));

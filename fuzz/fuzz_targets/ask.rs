//! Reads any request, as far as the gateway does before it asks the archive: query, `Accept`, `Content-Type` and body. Run it
//! on the seeds of the repository:
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run ask fuzz/corpus/ask qido-wado-stow/tests/requests/corpus`

#![no_main]

libfuzzer_sys::fuzz_target!(|request: &[u8]| qido_wado_stow::exercise::exercise(request));

//! Reads an A-ASSOCIATE-RQ, and makes the A-ASSOCIATE-AC that it would get. Run it on the seeds of the repository:
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run associate fuzz/corpus/associate dimse-scp/tests/corpus/association`

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dimse_scp::exercise::association_request(bytes));

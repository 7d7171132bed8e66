//! The reader against pydicom, over every file of the folder of real ones.

use e2e::clients::{python, run};

#[test]
fn reads_what_pydicom_reads() {
    let Some(data) = e2e::test_data() else { return };
    let tests = std::env::current_exe().expect("a test is a program");
    let example = tests.ancestors().nth(2).expect("it lies in target/PROFILE/deps").join("examples/dicom_json");
    assert!(example.exists(), "{} is missing: run cargo build --workspace --all-targets", example.display());
    let script = e2e::root().join("tests/pydicom/compare_reading.py");
    eprintln!("{}", run(python().arg(script).arg(example).arg(data)));
}

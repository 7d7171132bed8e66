//! Rendered pictures against pydicom and numpy, over the real files.

use e2e::Gateway;
use e2e::clients::{python, run};

#[test]
fn renders_within_one_grey_level_of_pydicom() {
    let Some(data) = e2e::test_data() else { return };
    let gateway = Gateway::start_with(&["storage.duplicates=replace"]);
    let script = e2e::root().join("tests/pydicom/compare_rendering.py");
    let base = format!("http://{}/dicom-web", gateway.http_address);
    eprintln!("{}", run(python().arg(script).args([&base, &gateway.password]).arg(data)));
}

//! What is rendered under presentation states, beside DCMTK's renderer.

use e2e::Gateway;
use e2e::clients::{python, run};

#[test]
fn grayscale_softcopy_presentation_states_show_what_dcmtk_shows() {
    let gateway = Gateway::start();
    let script = e2e::root().join("tests/pydicom/presentation_states.py");
    let base = format!("http://{}/dicom-web", gateway.http_address);
    eprintln!("{}", run(python().arg(script).args([&base, &gateway.password])));
}

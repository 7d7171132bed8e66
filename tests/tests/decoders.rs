//! What the gateway encodes without loss, by decoders of other people.

use e2e::Gateway;
use e2e::clients::{python, run};

#[test]
fn frames_are_the_same_by_every_foreign_decoder() {
    let gateway = Gateway::start();
    let script = e2e::root().join("tests/pydicom/foreign_decoders.py");
    let base = format!("http://{}/dicom-web", gateway.http_address);
    eprintln!("{}", run(python().arg(script).args([&base, &gateway.password])));
}

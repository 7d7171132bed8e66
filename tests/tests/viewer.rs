//! OHIF in a real browser: log in, list, open a CT, the image drawn.

use std::process::Command;

use e2e::Gateway;
use e2e::clients::run;

#[test]
fn a_doctor_logs_in_and_sees_a_ct() {
    let root = e2e::root();
    let dist = root.join(".viewer");
    if !dist.exists() {
        eprintln!("the viewer is not there (make viewer fetches it): this test proves nothing");
        return;
    }
    assert!(root.join(".tools/browser").exists(), "run tools/test-tools.sh");
    let gateway = Gateway::start_with(&[&format!("viewer.folder={}", dist.display())]);
    gateway.command(&["--set", &format!("dimse.listen={}", gateway.dimse_address), "demo"]);
    let studies = gateway.http().get("/dicom-web/studies?ModalitiesInStudy=CT", "application/dicom+json").json();
    let study = studies[0]["0020000D"]["Value"][0].as_str().expect("a CT study");
    let out = root.join("target/viewer");
    let said = run(Command::new("node")
        .current_dir(&root)
        .arg("tests/clients/viewer.mjs")
        .args([&format!("http://{}", gateway.http_address), &gateway.password, study])
        .arg(&out));
    eprintln!("{said}\nscreenshots are in {}", out.display());
}

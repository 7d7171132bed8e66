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

#[test]
fn what_is_made_of_a_ct_is_drawn_by_the_viewer() {
    let root = e2e::root();
    let dist = root.join(".viewer");
    if !dist.exists() {
        eprintln!("the viewer is not there (make viewer fetches it): this test proves nothing");
        return;
    }
    let gateway = Gateway::start_with(&[&format!("viewer.folder={}", dist.display())]);
    gateway.command(&["--set", &format!("dimse.listen={}", gateway.dimse_address), "demo"]);
    let http = gateway.http();
    let series = &http.get("/dicom-web/series?Modality=CT", "application/dicom+json").json()[0];
    let uid = |tag: &str| series[tag]["Value"][0].as_str().expect("a UID").to_owned();
    let (study, path) = (uid("0020000D"), format!("/dicom-web/studies/{}/series/{}", uid("0020000D"), uid("0020000E")));
    let made = |what: &str| {
        let answer = http.post(&format!("{path}/{what}"), "application/json", "application/dicom+json", b"");
        assert_eq!(answer.status, 200, "{what}: {}", answer.text());
        let stored = answer.json();
        let url = stored["00081199"]["Value"][0]["00081190"]["Value"][0].as_str().expect("a Retrieve URL").to_owned();
        url.split("/series/").nth(1).and_then(|rest| rest.split('/').next()).expect("a Series").to_owned()
    };
    let (reformatted, segmentation) = (made("reformat?orientation=l"), made("segmentation?method=otsu&classes=2"));
    let out = root.join("target/viewer_derived");
    let said = run(Command::new("node")
        .current_dir(&root)
        .arg("tests/clients/viewer_derived.mjs")
        .args([&format!("http://{}", gateway.http_address), &gateway.password, &study, &reformatted, &segmentation])
        .arg(&out));
    eprintln!("{said}\nscreenshots are in {}", out.display());
}

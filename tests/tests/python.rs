//! Python's clients: pynetdicom for DIMSE, dicomweb-client for DICOMweb.

use e2e::clients::{python, run};
use e2e::{Fixture, Gateway, gateway::AE};

#[test]
fn pynetdicom_stores_and_verifies() {
    let gateway = Gateway::start();
    let path = gateway.folder().join("one.dcm");
    std::fs::write(&path, Fixture::new(1, 1, 1, 0).file).expect("a file");
    let port = gateway.dimse_port();
    run(python().args(["-m", "pynetdicom", "echoscu", "127.0.0.1", port, "-aet", AE, "-aec", "PACS"]));
    run(python().args(["-m", "pynetdicom", "storescu", "127.0.0.1", port, "-aet", AE, "-aec", "PACS"]).arg(&path));
    let found = gateway.http().get("/dicom-web/instances", "application/dicom+json").json();
    assert_eq!(found.as_array().expect("an array").len(), 1);
}

#[test]
fn dicomweb_client_stores_searches_and_retrieves() {
    let gateway = Gateway::start();
    let folder = gateway.folder().join("files");
    std::fs::create_dir(&folder).expect("a folder");
    for number in 1..=3 {
        let fixture = Fixture::new(1, 1, number, number as u8);
        std::fs::write(folder.join(format!("{number}.dcm")), fixture.file).expect("a file");
    }
    let script = e2e::root().join("tests/clients/dicomweb_client.py");
    let said = run(python()
        .arg(script)
        .args([&format!("http://{}/dicom-web", gateway.http_address), &gateway.password])
        .arg(folder));
    assert!(said.contains("all is well"), "{said}");
}

#[test]
fn pynetdicom_finds_by_everything_that_can_be_agreed_on() {
    let gateway = Gateway::start();
    let folder = gateway.folder().join("files");
    std::fs::create_dir(&folder).expect("a folder");
    let script = e2e::root().join("tests/clients/find.py");
    let said = run(python().arg(script).args(["127.0.0.1", gateway.dimse_port(), AE, "PACS"]).arg(folder));
    assert!(said.contains("all is well"), "{said}");
}

#[test]
fn pynetdicom_proposes_a_window_of_asynchronous_operations_and_is_offered_one() {
    let gateway = Gateway::start();
    let script = e2e::root().join("tests/clients/window.py");
    let said = run(python().arg(script).args([gateway.dimse_port(), AE]));
    assert!(said.contains("all is well"), "{said}");
}

#[test]
fn pynetdicom_writes_command_sets_as_it_did() {
    let said = run(python().arg(e2e::root().join("tests/clients/golden.py")));
    let kept = std::fs::read_to_string(e2e::root().join("dimse-scp/src/message/golden.tsv")).expect("a file");
    assert_eq!(said, kept, "tests/clients/golden.py writes golden.tsv");
}

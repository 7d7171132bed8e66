//! Orthanc as another archive: both send to one another, by every way there is. Where it is not installed, the tests say so.

use e2e::clients::{dcmtk, run};
use e2e::orthanc::Orthanc;
use e2e::{Fixture, Gateway, Scu, gateway::AE, wait_until};
use serde_json::json;

fn fixtures(count: u32) -> Vec<Fixture> {
    (1..=count).map(|number| Fixture::new(1, 1, number, number as u8)).collect()
}

fn data_sets(files: impl IntoIterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let data_set = |file: Vec<u8>| file[e2e::scu::data_set_start(&file).expect("file meta information")..].to_vec();
    let mut data_sets: Vec<Vec<u8>> = files.into_iter().map(data_set).collect();
    data_sets.sort();
    data_sets
}

fn files(fixtures: &[Fixture]) -> Vec<Vec<u8>> {
    fixtures.iter().map(|fixture| fixture.file.clone()).collect()
}

/// What the gateway has of some fixtures.
fn kept(gateway: &Gateway, fixtures: &[Fixture]) -> Vec<Vec<u8>> {
    let get = |fixture: &Fixture| gateway.http().get(&fixture.path(), "application/dicom; transfer-syntax=*").body;
    fixtures.iter().map(get).collect()
}

fn count(gateway: &Gateway) -> usize {
    let found = gateway.http().get("/dicom-web/instances", "application/dicom+json");
    if found.body.is_empty() { 0 } else { found.json().as_array().expect("an array").len() }
}

fn store(gateway: &Gateway, fixtures: &[Fixture]) {
    let mut scu = Scu::for_fixtures(&gateway.dimse_address).expect("an association");
    for fixture in fixtures {
        assert_eq!(scu.store(fixture).expect("an answer"), 0);
    }
    scu.release().expect("a release");
}

#[test]
fn orthanc_moves_a_study_to_the_gateway() {
    let gateway = Gateway::start();
    let Some(orthanc) = Orthanc::beside(&gateway) else { return };
    let sent = fixtures(5);
    for file in files(&sent) {
        assert_eq!(orthanc.http().post("/instances", "application/dicom", "application/json", &file).status, 200);
    }
    run(dcmtk("movescu")
        .args(["-S", "-aet", AE, "-aec", "ORTHANC", "-aem", "PACS", "-k", "QueryRetrieveLevel=STUDY"])
        .args(["-k", &format!("StudyInstanceUID={}", sent[0].study), "127.0.0.1", &orthanc.dimse_port.to_string()]));
    wait_until("all has arrived", || count(&gateway) == 5);
    assert!(data_sets(kept(&gateway, &sent)) == data_sets(files(&sent)), "bytes changed on their way");
}

#[test]
fn orthanc_finds_a_study_of_the_gateway_and_has_it_moved_to_itself() {
    let gateway = Gateway::start();
    let Some(orthanc) = Orthanc::beside(&gateway) else { return };
    let sent = fixtures(5);
    assert_eq!(gateway.http().stow(&files(&sent)).status, 200);
    orthanc.post("/modalities/pacs/echo", &json!({}));
    let query = orthanc.post("/modalities/pacs/query", &json!({"Level": "Study", "Query": {"PatientID": "T1"}}));
    let id = query["ID"].as_str().expect("a query");
    let found = orthanc.http().get(&format!("/queries/{id}/answers"), "application/json").json();
    assert_eq!(found.as_array().expect("an array").len(), 1);
    orthanc.post(&format!("/queries/{id}/retrieve"), &json!({"TargetAet": "ORTHANC", "Synchronous": true}));
    wait_until("all has arrived", || orthanc.files().len() == 5);
    assert!(data_sets(orthanc.files()) == data_sets(files(&sent)), "bytes changed on their way");
}

#[test]
fn what_meets_a_rule_is_forwarded_to_orthanc_by_store_and_by_stow() {
    for by_web in [false, true] {
        let gateway = Gateway::start();
        let Some(orthanc) = Orthanc::beside(&gateway) else { return };
        let to = if by_web { orthanc.dicom_web() } else { Some("ORTHANC".to_owned()) };
        let Some(to) = to else { return };
        gateway.command(&["forward", "add", "copies", "--to", &to]);
        let sent = fixtures(5);
        store(&gateway, &sent);
        wait_until("all has arrived", || orthanc.files().len() == 5);
        assert!(data_sets(orthanc.files()) == data_sets(files(&sent)), "bytes changed on their way to {to}");
        wait_until("no job is left", || !gateway.command(&["jobs", "list"]).contains("forward"));
    }
}

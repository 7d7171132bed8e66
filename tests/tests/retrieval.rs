//! C-MOVE and C-GET with other people's programs at both ends: DCMTK and pynetdicom.

use e2e::clients::{dcmtk, python, run};
use e2e::storescp::{Dcmtk, free_port};
use e2e::{Fixture, Gateway, gateway::AE, wait_until};

fn data_set(file: &[u8]) -> Vec<u8> {
    file[e2e::scu::data_set_start(file).expect("file meta information")..].to_vec()
}

/// A gateway with one study of so many images.
fn gateway(count: u32) -> (Gateway, Vec<Fixture>) {
    let gateway = Gateway::start();
    let fixtures: Vec<Fixture> = (1..=count).map(|number| Fixture::new(1, 1, number, number as u8)).collect();
    let files: Vec<Vec<u8>> = fixtures.iter().map(|fixture| fixture.file.clone()).collect();
    assert_eq!(gateway.http().stow(&files).status, 200);
    (gateway, fixtures)
}

fn movescu(gateway: &Gateway, destination: &str, keys: &[&str]) -> std::process::Output {
    let mut command = dcmtk("movescu");
    command.args(["-v", "-S", "-aet", AE, "-aec", "PACS", "-aem", destination]);
    for key in keys {
        command.args(["-k", key]);
    }
    command.args(["127.0.0.1", gateway.dimse_port()]).output().expect("it runs")
}

fn said(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

fn assert_same(mut arrived: Vec<Vec<u8>>, sent: &[Fixture]) {
    let mut sent: Vec<Vec<u8>> = sent.iter().map(|fixture| data_set(&fixture.file)).collect();
    arrived.sort();
    sent.sort();
    assert_eq!(arrived.len(), sent.len());
    assert!(arrived == sent, "bytes changed on their way");
}

#[test]
fn movescu_has_a_study_sent_to_storescp_as_it_was_stored() {
    let (gateway, fixtures) = gateway(12);
    let sink = Dcmtk::storescp(&gateway.folder().join("sink"), &[]);
    gateway.command(&["ae", "add", "STORESCP", "127.0.0.1", &sink.port.to_string()]);
    assert!(gateway.command(&["ae", "echo", "STORESCP"]).contains("answered"));
    let study = format!("StudyInstanceUID={}", fixtures[0].study);
    let output = movescu(&gateway, "STORESCP", &["QueryRetrieveLevel=STUDY", &study]);
    assert!(output.status.success(), "{}", said(&output));
    assert_same(sink.data_sets(), &fixtures);
    wait_until("the audit trail tells of it", || {
        gateway.command(&["audit", "--limit", "20"]).contains("C-MOVE to STORESCP")
    });
}

#[test]
fn movescu_hears_of_unknown_destinations_and_of_those_that_are_down() {
    let (gateway, fixtures) = gateway(2);
    gateway.command(&["ae", "add", "DOWN", "127.0.0.1", &free_port().to_string()]);
    let output = gateway.try_command(&["ae", "echo", "DOWN"], "");
    assert!(!output.status.success() && said(&output).contains("cannot be reached"), "{}", said(&output));
    let study = format!("StudyInstanceUID={}", fixtures[0].study);
    for (destination, words) in [("NOBODY", "MoveDestinationUnknown"), ("DOWN", "OutOfResourcesSubOperations")] {
        let output = movescu(&gateway, destination, &["QueryRetrieveLevel=STUDY", &study]);
        let said = said(&output);
        assert!(said.to_lowercase().contains(&words.to_lowercase()), "{said}");
    }
}

#[test]
fn getscu_gets_a_series_as_it_was_stored() {
    let (gateway, fixtures) = gateway(12);
    let folder = gateway.folder().join("got");
    std::fs::create_dir(&folder).expect("a folder");
    run(dcmtk("getscu")
        .args(["-S", "-aet", AE, "-aec", "PACS", "+B", "-od"])
        .arg(&folder)
        .args(["-k", "QueryRetrieveLevel=SERIES"])
        .args(["-k", &format!("StudyInstanceUID={}", fixtures[0].study)])
        .args(["-k", &format!("SeriesInstanceUID={}", fixtures[0].series)])
        .args(["127.0.0.1", gateway.dimse_port()]));
    let arrived = e2e::files(&folder).iter().map(|path| data_set(&std::fs::read(path).expect("a file"))).collect();
    assert_same(arrived, &fixtures);
}

#[test]
fn getscu_gets_compressed_images_as_they_are_or_undone() {
    let Some(data) = e2e::test_data() else { return };
    let gateway = Gateway::start();
    let compressed = e2e::files(&data.join("transfer-syntaxes")).into_iter().find_map(|path| {
        let file = std::fs::read(&path).ok()?;
        let set = data_set::read(&file).ok()?;
        let wanted = set.transfer_syntax == "1.2.840.10008.1.2.4.70";
        let study = set.root().raw_text(data_set::tags::STUDY_INSTANCE_UID)?.to_owned();
        (wanted && gateway.http().stow(std::slice::from_ref(&file)).status == 200).then_some((file, study))
    });
    let (file, study) = compressed.expect("a JPEG Lossless image among the test data");
    for (option, syntax) in [("+xs", "1.2.840.10008.1.2.4.70"), ("+xe", "1.2.840.10008.1.2.1")] {
        let folder = gateway.folder().join(&option[1..]);
        std::fs::create_dir(&folder).expect("a folder");
        run(dcmtk("getscu")
            .args(["-S", "-aet", AE, "-aec", "PACS", "+B", option, "-od"])
            .arg(&folder)
            .args(["-k", "QueryRetrieveLevel=STUDY", "-k", &format!("StudyInstanceUID={study}")])
            .args(["127.0.0.1", gateway.dimse_port()]));
        let got = std::fs::read(&e2e::files(&folder)[0]).expect("a file");
        let set = data_set::read(&got).expect("a data set");
        assert_eq!(set.transfer_syntax, syntax);
        assert_eq!(data_set(&got) == data_set(&file), option == "+xs");
    }
}

#[test]
fn another_archive_is_a_destination_and_a_source() {
    let (gateway, fixtures) = gateway(6);
    let port = gateway.dimse_port().parse().expect("a port");
    let archive = Dcmtk::dcmqrscp(&gateway.folder().join("archive"), &[("PACS", port), (AE, 11113)]);
    gateway.command(&["ae", "add", "ARCHIVE", "127.0.0.1", &archive.port.to_string(), "--may", "store,query,move"]);
    let study = format!("StudyInstanceUID={}", fixtures[0].study);
    let output = movescu(&gateway, "ARCHIVE", &["QueryRetrieveLevel=STUDY", &study]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(archive.data_sets().len(), 6);

    let http = gateway.http();
    assert_eq!(http.delete(&format!("/dicom-web/studies/{}", fixtures[0].study)).status, 204);
    run(dcmtk("movescu")
        .args(["-S", "-aet", AE, "-aec", "ARCHIVE", "-aem", "PACS", "-k", "QueryRetrieveLevel=STUDY", "-k", &study])
        .args(["127.0.0.1", &archive.port.to_string()]));
    let found = http.get("/dicom-web/instances", "application/dicom+json").json();
    assert_eq!(found.as_array().expect("an array").len(), 6);
}

#[test]
fn pynetdicom_gets_and_moves() {
    let (gateway, fixtures) = gateway(5);
    let port = free_port().to_string();
    gateway.command(&["ae", "add", "PYSINK", "127.0.0.1", &port]);
    let script = e2e::root().join("tests/clients/retrieve.py");
    let said = run(python().arg(script).args([gateway.dimse_port(), &port, &fixtures[0].study, "5"]));
    assert!(said.contains("all is well"), "{said}");
}

#[test]
fn pynetdicom_retrieves_relationally_when_that_was_agreed_on() {
    let (gateway, fixtures) = gateway(2);
    let port = free_port().to_string();
    gateway.command(&["ae", "add", "PYSINK", "127.0.0.1", &port]);
    let script = e2e::root().join("tests/clients/relational.py");
    let Fixture { study, series, instance, .. } = &fixtures[0];
    let said = run(python().arg(script).args([gateway.dimse_port(), &port, study, series, instance]));
    assert!(said.contains("all is well"), "{said}");
}

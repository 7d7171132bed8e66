//! Forwarding, from a stored object to another archive: across outages and restarts.

use dicom_core::VR;
use dicom_dictionary_std::tags;
use e2e::clients::{dcmtk, run};
use e2e::storescp::{Dcmtk, free_port};
use e2e::{Fixture, Gateway, Scu, gateway::AE, wait_until};

fn data_set(fixture: &Fixture) -> Vec<u8> {
    fixture.file[e2e::scu::data_set_start(&fixture.file).expect("file meta information")..].to_vec()
}

/// The gateway has read its rules anew once something stored is forwarded.
fn add_rule(gateway: &Gateway, arguments: &[&str]) {
    gateway.command(&[&["forward", "add"], arguments].concat());
}

/// Stores by C-STORE.
fn store(gateway: &Gateway, fixtures: &[Fixture]) {
    let mut scu = Scu::for_fixtures(&gateway.dimse_address).expect("an association");
    for fixture in fixtures {
        assert_eq!(scu.store(fixture).expect("an answer"), 0);
    }
    scu.release().expect("a release");
}

fn jobs(gateway: &Gateway) -> String {
    gateway.command(&["jobs", "list"])
}

#[test]
fn what_meets_a_rule_is_sent_on_as_it_was_stored() {
    let gateway = Gateway::start();
    let sink = Dcmtk::storescp(&gateway.folder().join("sink"), &[]);
    gateway.command(&["ae", "add", "READING", "127.0.0.1", &sink.port.to_string()]);
    add_rule(&gateway, &["reading room", "--to", "READING", "--modality", "OT", "--where", "SeriesNumber=1"]);
    assert!(gateway.command(&["forward", "list"]).contains("modality OT, SeriesNumber=1"));
    let wanted: Vec<Fixture> = (1..=5).map(|number| Fixture::new(1, 1, number, number as u8)).collect();
    let others: Vec<Fixture> = (1..=3).map(|number| Fixture::new(1, 2, number, number as u8)).collect();
    store(&gateway, &[wanted.clone(), others].concat());
    wait_until("all has arrived", || sink.data_sets().len() == 5);
    let mut expected: Vec<Vec<u8>> = wanted.iter().map(data_set).collect();
    let mut arrived = sink.data_sets();
    expected.sort();
    arrived.sort();
    assert!(arrived == expected, "bytes changed on their way");
    wait_until("no job is left", || !jobs(&gateway).contains("forward"));
    wait_until("the audit trail tells of it", || {
        let trail = gateway.command(&["audit", "--limit", "50"]);
        trail.contains("forwarded to READING") && trail.contains("rule:reading room")
    });
}

#[test]
fn what_waits_for_a_destination_survives_a_restart() {
    let mut gateway = Gateway::start();
    let port = free_port();
    gateway.command(&["ae", "add", "LATER", "127.0.0.1", &port.to_string()]);
    add_rule(&gateway, &["later", "--to", "LATER"]);
    store(&gateway, &[Fixture::new(1, 1, 1, 1), Fixture::new(1, 1, 2, 2)]);
    wait_until("it was tried", || jobs(&gateway).contains("cannot be reached"));
    gateway.kill();
    gateway.start_again();
    let sink = Dcmtk::storescp_at(port, &gateway.folder().join("sink"), &[]);
    for line in jobs(&gateway).lines().filter(|line| line.contains("forward")) {
        let id = line.split_whitespace().next().expect("a number");
        // What is under way already needs no command, and is refused it.
        gateway.try_command(&["jobs", "retry", id], "");
    }
    wait_until("all has arrived", || sink.data_sets().len() == 2);
    wait_until("no job is left", || !jobs(&gateway).contains("forward"));
}

#[test]
fn what_was_on_its_way_when_the_process_was_killed_is_sent_again() {
    let mut gateway = Gateway::start();
    let sink = Dcmtk::storescp(&gateway.folder().join("sink"), &["--sleep-after", "1"]);
    gateway.command(&["ae", "add", "SLOW", "127.0.0.1", &sink.port.to_string()]);
    add_rule(&gateway, &["slow", "--to", "SLOW"]);
    let fixtures: Vec<Fixture> = (1..=4).map(|number| Fixture::new(1, 1, number, number as u8)).collect();
    store(&gateway, &fixtures);
    wait_until("one has arrived", || !sink.data_sets().is_empty());
    gateway.kill();
    gateway.start_again();
    let left = jobs(&gateway);
    assert!(left.contains("forward"), "{left}");
    // The killed process has it for a minute still: nobody can have it begun again before.
    let line = left.lines().find(|line| line.contains("forward")).expect("a job");
    let id = line.split_whitespace().next().expect("a number");
    let refused = gateway.try_command(&["jobs", "retry", id], "");
    assert!(!refused.status.success(), "it is under way, as far as anybody knows");
    wait_until("no job is left", || !jobs(&gateway).contains("forward"));
    assert_eq!(sink.data_sets().len(), 4, "twice is once");
}

#[test]
fn a_rule_can_ask_for_another_transfer_syntax() {
    let gateway = Gateway::start();
    let sink = Dcmtk::storescp(&gateway.folder().join("sink"), &["+xa"]);
    gateway.command(&["ae", "add", "SMALL", "127.0.0.1", &sink.port.to_string()]);
    add_rule(&gateway, &["small", "--to", "SMALL", "--transfer-syntax", "1.2.840.10008.1.2.4.80"]);
    store(&gateway, &[Fixture::new(1, 1, 1, 1)]);
    wait_until("it has arrived", || sink.data_sets().len() == 1);
    let file = std::fs::read(&e2e::files(&sink.folder)[0]).expect("a file");
    assert_eq!(data_set::read(&file).expect("a data set").transfer_syntax, "1.2.840.10008.1.2.4.80");
}

#[test]
fn what_a_rule_wants_de_identified_is_sent_so_or_not_at_all() {
    let gateway = Gateway::start();
    let sink = Dcmtk::storescp(&gateway.folder().join("sink"), &[]);
    gateway.command(&["ae", "add", "RESEARCH", "127.0.0.1", &sink.port.to_string()]);
    add_rule(&gateway, &["research", "--to", "RESEARCH", "--deidentify"]);
    let clean = Fixture::with(1, 1, 1, 1, &[(tags::BURNED_IN_ANNOTATION, VR::CS, "NO")]);
    store(&gateway, &[clean.clone(), Fixture::new(2, 1, 1, 2)]);
    wait_until("the one has arrived", || !sink.data_sets().is_empty());
    wait_until("the other one was given up", || jobs(&gateway).contains("Burned In Annotation"));
    let sent = sink.data_sets();
    assert_eq!(sent.len(), 1);
    let holds = |bytes: &[u8]| sent[0].windows(bytes.len()).any(|window| window == bytes);
    for personal in ["Test^Patient", "20260315", &clean.study, &clean.series, &clean.instance] {
        assert!(!holds(personal.as_bytes()), "{personal}");
    }
    let pixels = &clean.file[clean.file.len() - 256..];
    assert!(holds(pixels), "the pixels are others");
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let gateway = Gateway::start();
    gateway.command(&["ae", "add", "RESEARCH", "127.0.0.1", "104"]);
    for arguments in [
        ["forward", "add", "unknown", "--to", "NOBODY", "--modality", "CT"],
        ["forward", "add", "no attribute", "--to", "RESEARCH", "--where", "NoAttribute=1"],
    ] {
        assert!(!gateway.try_command(&arguments, "").status.success(), "{arguments:?}");
    }
}

#[test]
fn what_comes_from_a_destination_is_not_sent_back() {
    let gateway = Gateway::start();
    let sink = Dcmtk::storescp(&gateway.folder().join("sink"), &[]);
    gateway.command(&["ae", "add", "READING", "127.0.0.1", &sink.port.to_string(), "--may", "store"]);
    add_rule(&gateway, &["reading room", "--to", "READING"]);
    let path = gateway.folder().join("one.dcm");
    std::fs::write(&path, Fixture::new(1, 1, 1, 1).file).expect("a file");
    let port = gateway.dimse_port();
    run(dcmtk("storescu").args(["-aet", "READING", "-aec", "PACS", "127.0.0.1", port]).arg(&path));
    std::fs::write(&path, Fixture::new(1, 1, 2, 2).file).expect("a file");
    run(dcmtk("storescu").args(["-aet", AE, "-aec", "PACS", "127.0.0.1", port]).arg(&path));
    wait_until("the other one has arrived", || !sink.data_sets().is_empty());
    wait_until("no job is left", || !jobs(&gateway).contains("forward"));
    assert_eq!(sink.data_sets(), [data_set(&Fixture::new(1, 1, 2, 2))]);
}

#[test]
fn a_job_can_be_forgotten() {
    let gateway = Gateway::start();
    gateway.command(&["ae", "add", "DOWN", "127.0.0.1", &free_port().to_string()]);
    add_rule(&gateway, &["down", "--to", "DOWN"]);
    store(&gateway, &[Fixture::new(1, 1, 1, 1)]);
    wait_until("it was tried", || jobs(&gateway).contains("cannot be reached"));
    let list = jobs(&gateway);
    let line = list.lines().find(|line| line.contains("forward")).expect("a job");
    let id = line.split_whitespace().next().expect("a number");
    assert!(gateway.command(&["jobs", "show", id]).contains("retrying"));
    gateway.command(&["jobs", "cancel", id]);
    assert!(!jobs(&gateway).contains("forward"));
}

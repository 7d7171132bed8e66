//! One C-MOVE over several associations (`dimse.move_associations`), with other people's programs as the destination:
//! DCMTK, which forks for each association or has room for one, and pynetdicom.

use e2e::clients::{python, run};
use e2e::storescp::{Dcmtk, free_port};
use e2e::{Fixture, Gateway};

/// An even number, because pynetdicom answers them in pairs.
const COUNT: u32 = 12;

/// A gateway that sends over two associations, with one study.
fn gateway() -> (Gateway, Vec<Fixture>) {
    let gateway = Gateway::start_with(&["dimse.move_associations=2"]);
    let fixtures: Vec<Fixture> = (1..=COUNT).map(|number| Fixture::new(1, 1, number, number as u8)).collect();
    let files: Vec<Vec<u8>> = fixtures.iter().map(|fixture| fixture.file.clone()).collect();
    assert_eq!(gateway.http().stow(&files).status, 200);
    (gateway, fixtures)
}

/// Has pynetdicom move the study to itself in every way, and then to another destination.
fn move_also_to(gateway: &Gateway, fixtures: &[Fixture], title: &str, destination: &Dcmtk) {
    let port = free_port().to_string();
    gateway.command(&["ae", "add", "PYSINK", "127.0.0.1", &port]);
    gateway.command(&["ae", "add", title, "127.0.0.1", &destination.port.to_string()]);
    let script = e2e::root().join("tests/clients/lanes.py");
    let arguments = [gateway.dimse_port(), &port, &fixtures[0].study, &COUNT.to_string(), title];
    let said = run(python().arg(script).args(arguments));
    assert!(said.contains("all is well"), "{said}");
}

/// How many associations the gateway has made with an application entity.
fn associations_with(gateway: &Gateway, title: &str) -> usize {
    let log = gateway.log();
    log.lines().filter(|line| line.contains("association established by us") && line.contains(title)).count()
}

fn assert_same(mut arrived: Vec<Vec<u8>>, sent: &[Fixture]) {
    let mut sent: Vec<Vec<u8>> = sent.iter().map(|fixture| fixture.data_set().to_vec()).collect();
    arrived.sort();
    sent.sort();
    assert!(arrived == sent, "other objects than were sent");
}

#[test]
fn pynetdicom_and_a_storescp_that_forks_take_two_associations() {
    let (gateway, fixtures) = gateway();
    // It is asleep when the second object is there: that goes over another association.
    let sink = Dcmtk::storescp(&gateway.folder().join("sink"), &["--fork", "--sleep-after", "1"]);
    move_also_to(&gateway, &fixtures, "FORKING", &sink);
    assert_same(sink.data_sets(), &fixtures);
    assert_eq!(associations_with(&gateway, "FORKING"), 2);
}

#[test]
fn a_storescp_that_lets_a_second_association_wait_gets_all_over_the_first() {
    let (gateway, fixtures) = gateway();
    let sink = Dcmtk::storescp(&gateway.folder().join("sink"), &[]);
    move_also_to(&gateway, &fixtures, "SINGLE", &sink);
    assert_same(sink.data_sets(), &fixtures);
    assert_eq!(associations_with(&gateway, "SINGLE"), 1);
}

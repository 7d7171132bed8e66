//! The gateway conforms: the black-box suite finds no mandatory requirement that fails, but for those that are known to.

use std::collections::BTreeMap;
use std::sync::Arc;

use conformance::client::Server;
use conformance::{Destination, Level, Peer, Suite, User, report};
use e2e::{Gateway, gateway::AE};

/// Ids that are known to fail, each with the reason why.
fn known() -> BTreeMap<&'static str, &'static str> {
    let lines = include_str!("../../conformance/known-failures.txt").lines().filter(|line| !line.is_empty());
    lines.map(|line| line.split_once(' ').expect("an id and a reason")).collect()
}

#[test]
fn no_mandatory_requirement_fails_but_those_that_are_known_to() {
    // One check waits for it.
    let gateway = Gateway::start_with(&["dimse.artim_seconds=3"]);
    let server = Server::new(
        &format!("http://{}/dicom-web", gateway.http_address),
        vec![Server::basic("admin", &gateway.password)],
    );
    let mut dimse = Peer::parse(&format!("{}:PACS", gateway.dimse_address), AE).expect("an address");
    let destination = Destination::listen("SUITE", 0).expect("a port");
    gateway.command(&["ae", "add", "SUITE", "127.0.0.1", &destination.port().to_string(), "--may", "store"]);
    dimse.user = Some(User { name: "admin".to_owned(), password: gateway.password.clone() });
    dimse.destination = Some(Arc::new(destination));
    let suite = Suite::begin(server, None, Some(dimse)).expect("the objects are stored");
    let outcomes = suite.run("");
    eprintln!("{}", report::text(&outcomes));
    let known = known();
    let mandatory = outcomes.iter().filter(|outcome| outcome.requirement.level == Level::Shall);
    let failed: Vec<_> = mandatory.filter(|outcome| report::result(outcome) == "failed").collect();
    let new: Vec<_> = failed.iter().map(|o| o.requirement.id).filter(|id| !known.contains_key(id)).collect();
    assert!(new.is_empty(), "these fail and are not known to: {new:?}");
    let passed = known.keys().filter(|id| !failed.iter().any(|outcome| outcome.requirement.id == **id));
    let passed: Vec<_> = passed.collect();
    assert!(passed.is_empty(), "take these out of conformance/known-failures.txt, they pass now: {passed:?}");
}

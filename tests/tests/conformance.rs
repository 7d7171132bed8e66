//! The gateway conforms: the black-box suite finds no requirement that does not pass, but for those that are known not to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use conformance::client::Server;
use conformance::{Destination, Level, Peer, Suite, User, report};
use e2e::{Gateway, gateway::AE};

/// Ids with what stands after each: those that are known to fail, or not to pass.
fn listed(lines: &'static str) -> BTreeMap<&'static str, &'static str> {
    let lines = lines.lines().filter(|line| !line.is_empty());
    lines.map(|line| line.split_once(' ').expect("an id and a reason")).collect()
}

#[test]
fn everything_passes_but_what_is_known_not_to() {
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

    let known = listed(include_str!("../../conformance/known-failures.txt"));
    let mandatory = outcomes.iter().filter(|outcome| outcome.requirement.level == Level::Shall);
    let failed: BTreeSet<&str> =
        mandatory.filter(|outcome| report::result(outcome) == "failed").map(|outcome| outcome.requirement.id).collect();
    let new: Vec<_> = failed.iter().filter(|id| !known.contains_key(*id)).collect();
    assert!(new.is_empty(), "these fail and are not known to: {new:?}");
    let passed: Vec<_> = known.keys().filter(|id| !failed.contains(*id)).collect();
    assert!(passed.is_empty(), "take these out of conformance/known-failures.txt, they pass now: {passed:?}");

    // The others too, and what loses its subject: a check that says nothing any more is noticed.
    let known = listed(include_str!("../../conformance/not-passed.txt"));
    let others = outcomes.iter().filter(|outcome| !failed.contains(outcome.requirement.id));
    let others = others.filter(|outcome| !matches!(report::result(outcome), "passed" | "not checked"));
    let others: BTreeMap<&str, &str> =
        others.map(|outcome| (outcome.requirement.id, report::result(outcome))).collect();
    let new: Vec<_> = others.iter().filter(|(id, _)| !known.contains_key(*id)).collect();
    assert!(new.is_empty(), "these passed, and do no longer: {new:?}");
    let passed: Vec<_> = known.keys().filter(|id| !others.contains_key(*id)).collect();
    assert!(passed.is_empty(), "take these out of conformance/not-passed.txt, they pass now: {passed:?}");
}

//! A different object under a UID that is taken, with each policy, by both ways in.

use e2e::{Fixture, Gateway, Scu};
use serde_json::Value;

/// What C-STORE and STOW-RS answer to a different object, after one was stored under its UID.
fn sent_twice(policy: &str) -> (Gateway, u16, String, u16, Value) {
    let gateway = Gateway::start_with(&[&format!("storage.duplicates={policy}")]);
    let http = gateway.http();
    assert_eq!(http.stow(&[Fixture::new(1, 1, 1, 0).file]).status, 200);
    let mut scu = Scu::for_fixtures(&gateway.dimse_address).expect("an association");
    assert_eq!(scu.store(&Fixture::new(1, 1, 1, 0)).expect("a status"), 0, "the same again");
    let status = scu.store(&Fixture::new(1, 1, 1, 1)).expect("a status");
    let answer = http.stow(&[Fixture::new(1, 1, 1, 2).file]);
    (gateway, status, scu.comment.clone(), answer.status, answer.json())
}

fn stored(gateway: &Gateway) -> Vec<u8> {
    gateway.http().get(&Fixture::new(1, 1, 1, 0).path(), "application/dicom; transfer-syntax=*").body
}

#[test]
fn keep_tells_both_senders_that_theirs_is_not_stored() {
    let (gateway, status, comment, http, response) = sent_twice("keep");
    assert_eq!(status, 0xB000);
    assert!(comment.contains("not stored") && comment.contains("is kept"), "{comment}");
    assert_eq!(http, 202, "{response}");
    let item = &response["00081199"]["Value"][0];
    assert_eq!(item["00081196"]["Value"][0], 0xB000, "{response}");
    assert!(item["00081190"]["Value"].is_null(), "what was sent cannot be retrieved: {response}");
    assert_eq!(stored(&gateway), Fixture::new(1, 1, 1, 0).file);
}

#[test]
fn refuse_is_a_failure_by_both_ways() {
    let (gateway, status, comment, http, response) = sent_twice("refuse");
    assert_eq!((status, http), (0x0111, 409), "{response}");
    assert!(comment.contains("different object"), "{comment}");
    assert_eq!(response["00081198"]["Value"][0]["00081197"]["Value"][0], 0x0111, "{response}");
    assert_eq!(stored(&gateway), Fixture::new(1, 1, 1, 0).file);
}

#[test]
fn replace_is_a_success_by_both_ways() {
    let (gateway, status, comment, http, response) = sent_twice("replace");
    assert_eq!((status, http, comment.as_str()), (0, 200, ""), "{response}");
    assert!(response["00081199"]["Value"][0]["00081196"].is_null(), "{response}");
    assert_eq!(stored(&gateway), Fixture::new(1, 1, 1, 2).file);
}

//! Deletion: rows at once, the rest by a job that survives.

use std::time::{Duration, Instant};

use archive::{Archive, Error, Right, Scope, Uid};

use crate::fixture::{Fixture, Object, STUDY, actor, scope, store};

fn administrator() -> archive::Actor {
    let mut actor = actor();
    actor.rights.push(Right::Delete);
    actor
}

fn study() -> Scope {
    Scope { study: Uid::new(STUDY).expect("a UID"), series: None, instance: None }
}

/// Waits until the jobs that are due are done.
fn until(what: &str, done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::yield_now();
    }
}

fn headers(fixture: &Fixture) -> u64 {
    fixture.identity.sql("SELECT count(*) FROM instance_headers").trim().parse().expect("a number")
}

#[tokio::test]
async fn files_and_headers_follow_the_rows() {
    let fixture = Fixture::new().await;
    for instance in ["1.2.3.4.1", "1.2.3.4.2"] {
        fixture.store(&Object::new(instance).file()).await.result.expect("stored");
    }
    assert_eq!(fixture.archive.delete(&administrator(), &scope("1.2.3.4.1")).await.expect("deleted"), 1);
    until("one file is left", || fixture.files().0.len() == 1 && headers(&fixture) == 1);
    assert_eq!(fixture.archive.delete(&administrator(), &study()).await.expect("deleted"), 1);
    until("nothing is left", || fixture.files().0.is_empty() && headers(&fixture) == 0);
    assert_eq!((fixture.count("studies"), fixture.count("series")), (0, 0));
    assert_eq!(fixture.identity.sql("SELECT count(*) FROM patients").trim(), "0");
    assert!(matches!(fixture.archive.delete(&administrator(), &study()).await, Err(Error::NotFound(_))));
    let lines = fixture.index.sql("SELECT outcome FROM audit WHERE action = 'delete' ORDER BY audit_id");
    assert_eq!(lines.split_whitespace().take(2).collect::<Vec<_>>(), ["success", "success"]);
}

#[tokio::test]
async fn counts_and_modalities_of_a_study_are_those_of_what_is_left() {
    let fixture = Fixture::new().await;
    fixture.store(&Object::new("1.2.3.4.1").file()).await.result.expect("stored");
    let other = Object::new("1.2.3.5.1").with(0x0020, 0x000e, "UI", "1.2.3.5").with(0x0008, 0x0060, "CS", "MR");
    fixture.store(&other.file()).await.result.expect("stored");
    let series = Scope { series: Some(Uid::new("1.2.3.5").expect("a UID")), ..study() };
    fixture.archive.delete(&administrator(), &series).await.expect("deleted");
    let row =
        "SELECT number_of_study_related_series, number_of_study_related_instances, modalities_in_study FROM studies";
    assert_eq!(fixture.index.sql(row).trim(), "1|1|{CT}");
}

#[tokio::test]
async fn a_job_that_nobody_did_is_done_by_the_next_process() {
    let fixture = Fixture::new().await;
    fixture.store(&Object::new("1.2.3.4.1").file()).await.result.expect("stored");
    // The thread is gone, as after a crash between the answer and the job.
    fixture.archive.close().await;
    fixture.archive.delete(&administrator(), &study()).await.expect("deleted");
    assert_eq!(fixture.files().0.len(), 1);
    let next = Archive::open(fixture.settings.clone()).await.expect("an archive");
    until("the next process removes the file", || fixture.files().0.is_empty());
    next.close().await;
}

#[tokio::test]
async fn what_is_stored_again_after_its_deletion_keeps_its_header() {
    let fixture = Fixture::new().await;
    let object = Object::new("1.2.3.4.1").file();
    for _ in 0..5 {
        fixture.store(&object).await.result.expect("stored");
        fixture.archive.delete(&administrator(), &study()).await.expect("deleted");
    }
    let outcome = store(&fixture.archive, archive::Arrival::File { study: None }, &object, 1000).await;
    outcome.result.expect("stored");
    until("the jobs are done", || fixture.index.sql("SELECT count(*) FROM jobs WHERE due_at <= now()").trim() == "0");
    assert_eq!(fixture.only("1.2.3.4.1").await.instance, "1.2.3.4.1");
    assert_eq!(fixture.metadata(&scope("1.2.3.4.1")).await.len(), 1);
}

#[tokio::test]
async fn nobody_deletes_without_the_right() {
    let fixture = Fixture::new().await;
    fixture.store(&Object::new("1.2.3.4.1").file()).await.result.expect("stored");
    assert!(matches!(fixture.archive.delete(&actor(), &study()).await, Err(Error::NotAuthorized(_))));
    assert_eq!(fixture.count("instances"), 1);
}

//! Storage commitment: decided by what is there, durable, told once.

use std::time::{Duration, Instant};

use archive::commitment::{CommitmentError, CommitmentFailure, CommitmentRequest, Reference};
use archive::errand::{Errand, Next};
use archive::{Actor, AeTitle, Archive, Error, Right, Uid};

use crate::fixture::{CT, Fixture, Object, SERIES, STUDY, actor};

fn uid(text: &str) -> Uid {
    Uid::new(text).expect("a UID")
}

fn reference(class: &str, instance: &str) -> Reference {
    Reference { class: class.into(), instance: instance.into(), place: None }
}

fn request(transaction: &str, references: &[Reference]) -> CommitmentRequest {
    CommitmentRequest { transaction: uid(transaction), references: references.to_vec() }
}

fn modality() -> Option<AeTitle> {
    Some(AeTitle::new("CT1").expect("a title"))
}

/// An archive with two instances.
async fn filled() -> Fixture {
    let fixture = Fixture::new().await;
    for instance in ["1.2.3.4.1", "1.2.3.4.2"] {
        fixture.store(&Object::new(instance).file()).await.result.expect("stored");
    }
    fixture
}

#[tokio::test]
async fn what_is_here_as_it_was_stored_is_committed_and_nothing_else() {
    let fixture = filled().await;
    let file = fixture.only("1.2.3.4.2").await.path;
    let place = |study: &str| Some((study.to_owned(), SERIES.to_owned()));
    let asked = [
        reference(CT, "1.2.3.4.1"),
        reference("1.2.840.10008.5.1.4.1.1.4", "1.2.3.4.1"),
        reference(CT, "1.2.3.4.9"),
        Reference { place: place(STUDY), ..reference(CT, "1.2.3.4.1") },
        Reference { place: place("1.2.99"), ..reference(CT, "1.2.3.4.1") },
        reference(CT, "1.2.3.4.2"),
    ];
    std::fs::write(fixture.settings.node_folder.join(file), b"short").expect("damage it");
    let archive = &fixture.archive;
    archive.request_commitment(&actor(), request("1.7", &asked), None, Duration::from_secs(600)).await.expect("taken");
    assert_eq!(archive.commitment(&actor(), &uid("1.7")).await.expect("known"), None, "nobody has looked yet");
    let decision = archive.decide_commitment(&uid("1.7")).await.expect("decided");
    let failures: Vec<_> = decision.iter().map(|decided| decided.failure).collect();
    use CommitmentFailure::{ClassConflict, Damaged, NoSuchInstance};
    assert_eq!(failures, [None, Some(ClassConflict), Some(NoSuchInstance), None, Some(NoSuchInstance), Some(Damaged)]);
    assert_eq!(archive.commitment(&actor(), &uid("1.7")).await.expect("known"), Some(decision));
}

#[tokio::test]
async fn what_is_on_another_storage_node_is_decided_there() {
    let fixture = filled().await;
    let archive = &fixture.archive;
    fixture.index.sql("INSERT INTO storage_nodes (name, url) VALUES ('other', 'file:///other')");
    let other = "(SELECT storage_node_id FROM storage_nodes WHERE name = 'other')";
    let moved = "sop_instance_uid = '1.2.3.4.2'";
    fixture.index.sql(&format!("UPDATE instances SET storage_node_id = {other} WHERE {moved}"));
    let asked = request("1.7", &[reference(CT, "1.2.3.4.1"), reference(CT, "1.2.3.4.2")]);
    archive.request_commitment(&actor(), asked, None, Duration::ZERO).await.expect("taken");
    archive.look_for_jobs();
    let begun = Instant::now();
    while fixture.index.sql(&format!("SELECT count(*) FROM jobs WHERE storage_node_id = {other}")).trim() != "1" {
        assert!(begun.elapsed() < Duration::from_secs(30), "no job for the other node");
        archive.errand_due().await;
    }
    let undecided = archive.decide_commitment(&uid("1.7")).await;
    assert!(matches!(undecided, Err(Error::Unavailable(..))));
    assert_eq!(archive.commitment(&actor(), &uid("1.7")).await.expect("known"), None);
    // As if the gateway that has the other node looked.
    let here = "(SELECT storage_node_id FROM storage_nodes WHERE name <> 'other')";
    fixture.index.sql(&format!("UPDATE instances SET storage_node_id = {here} WHERE {moved}"));
    let decision = archive.decide_commitment(&uid("1.7")).await.expect("decided");
    assert!(decision.iter().all(|decided| decided.failure.is_none()) && decision.len() == 2);
}

#[tokio::test]
async fn who_asks_again_is_told_of_how_it_is_now() {
    let fixture = filled().await;
    let archive = &fixture.archive;
    let asked = || request("1.7", &[reference(CT, "1.2.3.4.1")]);
    let long = Duration::from_secs(600);
    archive.request_commitment(&actor(), asked(), modality(), long).await.expect("taken");
    assert_eq!(archive.decide_commitment(&uid("1.7")).await.expect("decided")[0].failure, None);
    archive.commitment_reported(&uid("1.7"), chrono::Utc::now()).await.expect("a database");
    std::fs::remove_file(fixture.settings.node_folder.join(fixture.only("1.2.3.4.1").await.path)).expect("lose it");
    archive.request_commitment(&actor(), asked(), modality(), long).await.expect("taken");
    assert!(!archive.is_commitment_reported(&uid("1.7")).await.expect("a database"));
    assert_eq!(fixture.count("jobs"), 1);
    let decision = archive.decide_commitment(&uid("1.7")).await.expect("decided");
    assert_eq!(decision[0].failure, Some(CommitmentFailure::Damaged));
}

#[tokio::test]
async fn a_transaction_uid_is_one_request_of_one_requestor() {
    let fixture = filled().await;
    let archive = &fixture.archive;
    let long = Duration::from_secs(600);
    let first = || request("1.7", &[reference(CT, "1.2.3.4.1")]);
    archive.request_commitment(&actor(), first(), modality(), long).await.expect("taken");
    archive.request_commitment(&actor(), first(), modality(), long).await.expect("the same again");
    let other = request("1.7", &[reference(CT, "1.2.3.4.2")]);
    let other = archive.request_commitment(&actor(), other, modality(), long).await;
    assert!(matches!(other, Err(CommitmentError::TransactionInUse)));
    let stranger = Actor { name: "MR1".into(), ..actor() };
    let stranger = archive.request_commitment(&stranger, first(), modality(), long).await;
    assert!(matches!(stranger, Err(CommitmentError::TransactionInUse)));
    let nothing = archive.request_commitment(&actor(), request("1.8", &[]), None, long).await;
    assert!(matches!(nothing, Err(CommitmentError::Nothing)));
}

#[tokio::test]
async fn results_are_for_who_asked_and_for_administrators() {
    let fixture = filled().await;
    let archive = &fixture.archive;
    let asked = request("1.7", &[reference(CT, "1.2.3.4.1")]);
    archive.request_commitment(&actor(), asked, None, Duration::ZERO).await.expect("taken");
    let other = Actor { name: "other".into(), ..actor() };
    assert!(matches!(archive.commitment(&other, &uid("1.7")).await, Err(Error::NotFound(_))));
    let administrator = Actor { rights: vec![Right::Store, Right::Administer], ..other };
    assert!(archive.commitment(&administrator, &uid("1.7")).await.is_ok());
    assert!(matches!(archive.commitment(&administrator, &uid("1.77")).await, Err(Error::NotFound(_))));
}

/// The next errand; fails when there is none in half a minute.
async fn errand(archive: &Archive) -> archive::errand::Taken {
    let begun = Instant::now();
    loop {
        if let Some(taken) = archive.take_errand().await.expect("a database") {
            return taken;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "no errand");
        archive.errand_due().await;
    }
}

#[tokio::test]
async fn a_report_is_an_errand_that_survives_a_restart_and_failures() {
    let fixture = filled().await;
    let asked = request("1.7", &[reference(CT, "1.2.3.4.1")]);
    fixture.archive.request_commitment(&actor(), asked, modality(), Duration::ZERO).await.expect("taken");
    fixture.archive.close().await;
    let archive = Archive::open(fixture.settings.clone()).await.expect("an archive");
    let taken = errand(&archive).await;
    assert_eq!(taken.errand, Errand::ReportCommitment { transaction: uid("1.7"), to: modality().expect("a title") });
    assert!(archive.take_errand().await.expect("a database").is_none(), "somebody has it");
    let day = Duration::from_secs(86_400);
    let next = archive.errand_failed(taken, "nobody listens", day).await.expect("a database");
    assert!(matches!(next, Next::Again(pause) if pause < Duration::from_secs(10)));
    let taken = errand(&archive).await;
    assert_eq!(taken.failures, 1);
    archive.commitment_reported(&uid("1.7"), chrono::Utc::now()).await.expect("a database");
    assert!(archive.is_commitment_reported(&uid("1.7")).await.expect("a database"));
    archive.errand_done(taken).await.expect("a database");
    assert_eq!(fixture.count("jobs"), 0);
}

#[tokio::test]
async fn an_errand_older_than_patience_is_given_up() {
    let fixture = filled().await;
    let asked = request("1.7", &[reference(CT, "1.2.3.4.1")]);
    fixture.archive.request_commitment(&actor(), asked, modality(), Duration::ZERO).await.expect("taken");
    let taken = errand(&fixture.archive).await;
    let next = fixture.archive.errand_failed(taken, "nobody listens", Duration::ZERO).await.expect("a database");
    assert_eq!(next, Next::GivenUp);
    assert_eq!(fixture.count("jobs"), 0);
    fixture.index.sql("UPDATE commitments SET requested_at = now() - interval '31 days'");
    let next = request("1.8", &[reference(CT, "1.2.3.4.1")]);
    fixture.archive.request_commitment(&actor(), next, None, Duration::ZERO).await.expect("taken");
    assert_eq!(fixture.count("commitments"), 1, "the old one is forgotten");
}

#[tokio::test]
async fn who_has_the_report_is_not_told_again() {
    let fixture = filled().await;
    let archive = &fixture.archive;
    let asked = request("1.7", &[reference(CT, "1.2.3.4.1")]);
    archive.request_commitment(&actor(), asked, modality(), Duration::from_secs(2)).await.expect("taken");
    archive.decide_commitment(&uid("1.7")).await.expect("decided");
    archive.commitment_reported(&uid("1.7"), chrono::Utc::now()).await.expect("a database");
    let begun = Instant::now();
    while fixture.count("jobs") > 0 {
        assert!(begun.elapsed() < Duration::from_secs(30), "the job is left");
        archive.errand_due().await;
    }
    assert!(archive.take_errand().await.expect("a database").is_none());
}

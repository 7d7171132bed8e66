//! Forwarding, as far as the archive goes: rules, the jobs that come of a store, and what becomes of them.

use std::time::Duration;

use archive::access::ApplicationEntity;
use archive::forward::{Destination, ForwardingRule, Reach, Retry, SendJob, WebCredential};
use archive::jobs::JobState;
use archive::{AeTitle, Arrival, DuplicatePolicy, Error, Uid};

use crate::fixture::*;

fn title(text: &str) -> AeTitle {
    AeTitle::new(text).expect("a title")
}

fn to(text: &str) -> Destination {
    text.parse().expect("a destination")
}

fn rule(name: &str, to: &str) -> ForwardingRule {
    ForwardingRule {
        name: name.into(),
        source: None,
        modality: None,
        sop_class: None,
        attributes: Vec::new(),
        destination: self::to(to),
        transfer_syntax: None,
        deidentified: false,
    }
}

async fn register(fixture: &Fixture, name: &str) {
    let entity = ApplicationEntity::at(title(name), "127.0.0.1", 104);
    fixture.archive.add_application_entity("test", &entity).await.expect("a new title");
}

async fn with_rule(change: impl FnOnce(&mut ForwardingRule)) -> Fixture {
    let fixture = Fixture::with_policy(DuplicatePolicy::Replace).await;
    register(&fixture, "READING").await;
    let mut rule = rule("reading room", "READING");
    change(&mut rule);
    fixture.archive.add_forwarding_rule("test", &rule, None).await.expect("a rule");
    fixture
}

async fn take(fixture: &Fixture) -> Vec<SendJob> {
    let taken = fixture.archive.take_sending(Reach::Dimse, &[]).await.expect("the index");
    taken.map_or(Vec::new(), |sending| sending.jobs)
}

async fn instances(fixture: &Fixture, job: &SendJob) -> Vec<String> {
    let mut selected = fixture.archive.select_to_send(job).await.expect("the index");
    let mut found = Vec::new();
    while let Some(instance) = selected.next().await.expect("the index") {
        found.push(instance.instance);
    }
    found
}

/// The destination refused instance 1.1 of a job, and took others of these studies.
async fn not_sent(fixture: &Fixture, job: SendJob, studies: &[&str]) -> Retry {
    let studies: Vec<String> = studies.iter().map(|study| (*study).to_owned()).collect();
    let (to, failed) = (to("READING"), vec!["1.1".to_owned()]);
    let told = fixture.archive.not_sent(job, &to, &studies, failed, "it is down".into());
    told.await.expect("the index")
}

#[tokio::test]
async fn what_is_new_and_meets_a_rule_becomes_a_job_once() {
    let fixture = with_rule(|rule| rule.modality = Some("CT".into())).await;
    fixture.store(&Object::new("1.1").file()).await;
    fixture.store(&Object::new("1.1").file()).await;
    fixture.store(&Object::new("1.2").with(0x0008, 0x0060, "CS", "MR").file()).await;
    let jobs = take(&fixture).await;
    assert_eq!(jobs.len(), 1);
    assert_eq!(instances(&fixture, &jobs[0]).await, ["1.1"]);
    assert!(take(&fixture).await.is_empty(), "it is taken");
    for job in jobs {
        fixture.archive.sent(job, &to("READING"), &[STUDY.to_owned()]).await.expect("the index");
    }
    assert_eq!(fixture.archive.jobs().await.expect("the index"), []);
}

#[tokio::test]
async fn what_takes_the_place_of_another_object_is_sent_again() {
    let fixture = with_rule(|_| {}).await;
    fixture.store(&Object::new("1.1").file()).await;
    fixture.store(&Object::new("1.1").with(0x0008, 0x103e, "LO", "other").file()).await;
    assert_eq!(take(&fixture).await.len(), 2);
}

#[tokio::test]
async fn a_rule_may_ask_who_sent_it() {
    let fixture = with_rule(|rule| rule.source = Some(title("CT1"))).await;
    for (instance, source) in [("1.1", Some("CT1")), ("1.2", Some("CT2")), ("1.3", None)] {
        let arrival = Arrival::DataSet {
            sop_class_uid: CT.into(),
            sop_instance_uid: instance.into(),
            transfer_syntax: EXPLICIT.into(),
            source: source.map(str::to_owned),
        };
        let stored = store(&fixture.archive, arrival, &Object::new(instance).data_set(), 1000).await;
        assert!(stored.result.is_ok());
    }
    let jobs = take(&fixture).await;
    assert_eq!(jobs.len(), 1);
    assert_eq!(instances(&fixture, &jobs[0]).await, ["1.1"]);
}

#[tokio::test]
async fn a_rule_may_ask_for_anything_and_the_index_does_not_know_for_whom() {
    let asked = [
        ("PatientName", "QUAESTOR^*"),
        ("InstitutionName", "St. Anna"),
        ("RequestAttributesSequence.RequestedProcedureID", "P-7"),
        ("0029{ACME 1.0}10", "urgent"),
    ];
    let asked: Vec<_> = asked.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    let fixture = with_rule(|rule| rule.attributes = asked.clone()).await;
    let request = sequence_item(&[(0x0040, 0x1001, "SH", "P-7 ")]);
    let meant = Object::new("1.1")
        .with(0x0008, 0x0080, "LO", "St. Anna")
        .with(0x0040, 0x0275, "SQ", request)
        .with(0x0029, 0x0010, "LO", "ACME 1.0")
        .with(0x0029, 0x1010, "LO", "urgent");
    fixture.store(&meant.clone().file()).await;
    fixture.store(&meant.with(0x0008, 0x0018, "UI", "1.2").with(0x0010, 0x0010, "PN", "Other^Name").file()).await;
    let jobs = take(&fixture).await;
    assert_eq!(jobs.len(), 1);
    assert_eq!(instances(&fixture, &jobs[0]).await, ["1.1"]);
    assert_eq!(fixture.archive.forwarding_rules().await.expect("a database")[0].attributes, asked);
    fixture.archive.close().await;
    for table in ["forwarding_rules", "jobs", "audit"] {
        let rows = fixture.index.sql(&format!("SELECT * FROM {table}"));
        assert!(!["QUAESTOR", "Anna", "P-7", "urgent"].iter().any(|value| rows.contains(value)), "{table}: {rows}");
    }
}

#[tokio::test]
async fn a_rule_whose_personal_conditions_are_gone_forwards_nothing() {
    let fixture = with_rule(|rule| rule.attributes = vec![("PatientName".into(), "Quaestor*".into())]).await;
    fixture.identity.sql("DELETE FROM forwarding_conditions");
    fixture.store(&Object::new("1.1").file()).await;
    assert!(take(&fixture).await.is_empty());
    fixture.archive.remove_forwarding_rule("test", "reading room").await.expect("a rule all the same");
}

#[tokio::test]
async fn personal_conditions_go_with_their_rule() {
    let fixture = with_rule(|rule| rule.attributes = vec![("PatientName".into(), "Quaestor*".into())]).await;
    let count = || fixture.identity.sql("SELECT count(*) FROM forwarding_conditions").trim().to_owned();
    let left_behind = "'00000000-0000-0000-0000-000000000001', '[]', now() - interval '1 day'";
    fixture.identity.sql(&format!("INSERT INTO forwarding_conditions VALUES ({left_behind})"));
    assert_eq!(count(), "2");
    fixture.archive.remove_forwarding_rule("test", "reading room").await.expect("a rule");
    assert_eq!(count(), "0");
}

#[tokio::test]
async fn one_destination_does_not_wait_for_another() {
    let fixture = with_rule(|_| {}).await;
    register(&fixture, "OTHER").await;
    fixture.archive.add_forwarding_rule("test", &rule("other", "OTHER"), None).await.expect("a rule");
    fixture.store(&Object::new("1.1").file()).await;
    let first = fixture.archive.take_sending(Reach::Dimse, &[]).await.expect("the index").expect("a job").destination;
    let second = fixture
        .archive
        .take_sending(Reach::Dimse, std::slice::from_ref(&first))
        .await
        .expect("the index")
        .expect("a job")
        .destination;
    assert_ne!(first, second);
    assert!(fixture.archive.take_sending(Reach::Dimse, &[]).await.expect("the index").is_none());
}

#[tokio::test]
async fn what_failed_waits_and_only_that_is_tried_again() {
    let fixture = with_rule(|_| {}).await;
    fixture.store(&Object::new("1.1").file()).await;
    let job = take(&fixture).await.remove(0);
    let id = job.id;
    let retry = not_sent(&fixture, job, &[]).await;
    assert!(matches!(retry, Retry::After(_)));
    assert!(take(&fixture).await.is_empty(), "not yet");
    let shown = fixture.archive.job(id).await.expect("a job");
    assert_eq!((shown.state, shown.failures, shown.last_error.as_deref()), (JobState::Retrying, 1, Some("it is down")));
    fixture.archive.retry_job("test", id).await.expect("a job");
    let job = take(&fixture).await.remove(0);
    assert_eq!(instances(&fixture, &job).await, ["1.1"]);
}

#[tokio::test]
async fn a_job_is_given_up_and_can_be_taken_up_again() {
    let fixture = with_rule(|_| {}).await;
    fixture.store(&Object::new("1.1").file()).await;
    fixture.index.sql("UPDATE jobs SET failures = 49");
    let job = take(&fixture).await.remove(0);
    let id = job.id;
    let retry = not_sent(&fixture, job, &[]).await;
    assert_eq!(retry, Retry::Failed);
    assert_eq!(fixture.archive.job(id).await.expect("a job").state, JobState::Failed);
    fixture.index.sql("UPDATE jobs SET due_at = now() - interval '1 day'");
    assert!(take(&fixture).await.is_empty());
    fixture.archive.retry_job("test", id).await.expect("a job");
    assert_eq!(fixture.archive.job(id).await.expect("a job").state, JobState::Queued);
    assert_eq!(take(&fixture).await.len(), 1);
    fixture.archive.cancel_job("test", id).await.expect("a job");
    assert!(matches!(fixture.archive.job(id).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn a_destination_out_of_reach_keeps_all_its_jobs_for_days() {
    let fixture = with_rule(|_| {}).await;
    for instance in ["1.1", "1.2"] {
        fixture.store(&Object::new(instance).file()).await;
    }
    let mut taken = take(&fixture).await;
    let (other, job) = (taken.remove(1), taken.remove(0));
    fixture.index.sql(&format!("UPDATE jobs SET due_at = now(), taken = false WHERE job_id = {}", other.id));
    let unreachable = async |job| {
        let to = to("READING");
        let told = fixture.archive.unreachable(vec![job], &to, "nobody listens".into());
        told.await.expect("the index")
    };
    assert_eq!(unreachable(job).await, Duration::from_secs(2));
    for job in fixture.archive.jobs().await.expect("the index") {
        assert_eq!((job.state, job.failures), (JobState::Retrying, 0));
    }
    assert!(take(&fixture).await.is_empty(), "none of them is due");
    fixture.index.sql("UPDATE jobs SET due_at = now(), unreachable_since = now() - interval '6 days'");
    let mut taken = take(&fixture).await;
    assert_eq!(unreachable(taken.remove(0)).await, Duration::from_secs(600));
    assert!(fixture.archive.failed_jobs().await.expect("the index").is_empty());
    fixture.index.sql("UPDATE jobs SET due_at = now(), taken = false, unreachable_since = now() - interval '8 days'");
    let mut taken = take(&fixture).await;
    unreachable(taken.remove(0)).await;
    assert_eq!(fixture.archive.failed_jobs().await.expect("the index").len(), 1, "the other one is somebody's");
    assert_eq!(fixture.archive.retry_failed_jobs("test").await.expect("the index"), 1);
    assert_eq!(take(&fixture).await.len(), 1);
}

#[tokio::test]
async fn a_new_job_that_arrives_ends_the_outage_of_older_ones() {
    let fixture = with_rule(|_| {}).await;
    fixture.store(&Object::new("1.1").file()).await;
    let (waiting, to) = (take(&fixture).await, to("READING"));
    fixture.archive.unreachable(waiting, &to, "nobody listens".into()).await.expect("the index");
    fixture.index.sql("UPDATE jobs SET due_at = now() + interval '10 minutes'");
    fixture.store(&Object::new("1.2").file()).await;
    let new = take(&fixture).await;
    assert_eq!(instances(&fixture, &new[0]).await, ["1.2"]);
    fixture.archive.reached(&new[0]).await.expect("the index");
    let old = take(&fixture).await;
    assert_eq!(old.len(), 1, "what is under way is not taken again");
    assert_eq!(instances(&fixture, &old[0]).await, ["1.1"]);
    assert_eq!(fixture.index.sql("SELECT count(unreachable_since) FROM jobs").trim(), "0");
}

#[tokio::test]
async fn a_job_that_somebody_is_at_is_not_begun_again() {
    let fixture = with_rule(|_| {}).await;
    fixture.store(&Object::new("1.1").file()).await;
    let id = fixture.archive.jobs().await.expect("the index")[0].id;
    fixture.index.sql("UPDATE jobs SET failures = 1");
    let job = take(&fixture).await.remove(0);
    let refused = fixture.archive.retry_job("test", id).await;
    assert!(matches!(refused, Err(Error::BadRequest(_))));
    not_sent(&fixture, job, &[]).await;
    fixture.archive.retry_job("test", id).await.expect("nobody is at it");
}

#[tokio::test]
async fn the_audit_trail_knows_what_was_sent_of_a_job_that_failed() {
    let fixture = with_rule(|_| {}).await;
    fixture.store(&Object::new("1.1").file()).await;
    fixture.index.sql("UPDATE jobs SET failures = 49");
    let job = take(&fixture).await.remove(0);
    assert_eq!(not_sent(&fixture, job, &[STUDY]).await, Retry::Failed);
    fixture.archive.close().await;
    let lines =
        fixture.index.sql("SELECT outcome, study_instance_uid FROM audit WHERE actor = 'rule:reading room' ORDER BY 1");
    assert!(lines.contains("failure") && lines.contains("success") && lines.contains(STUDY), "{lines}");
}

#[tokio::test]
async fn nothing_is_sent_of_what_was_deleted_meanwhile_or_after_a_rule_is_gone() {
    let fixture = with_rule(|_| {}).await;
    fixture.store(&Object::new("1.1").file()).await;
    let mut administrator = actor();
    administrator.rights.push(archive::Right::Delete);
    fixture.archive.delete(&administrator, &scope("1.1")).await.expect("it was there");
    let job = take(&fixture).await.remove(0);
    assert_eq!(instances(&fixture, &job).await, [""; 0]);
    fixture.archive.remove_forwarding_rule("test", "reading room").await.expect("a rule");
    let again = fixture.archive.remove_forwarding_rule("test", "reading room").await;
    assert!(matches!(again, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn rules_are_refused_that_cannot_be_followed() {
    let fixture = with_rule(|_| {}).await;
    for (bad, words) in [
        (rule("x", "NOBODY"), "not registered"),
        (rule("reading room", "READING"), "already"),
        (
            ForwardingRule { attributes: vec![("PatientsName".into(), "A*".into())], ..rule("x", "READING") },
            "not an attribute",
        ),
        (rule("", "READING"), "1 to 64"),
    ] {
        let refused = fixture.archive.add_forwarding_rule("test", &bad, None).await.expect_err("a refusal");
        assert!(refused.to_string().contains(words), "{refused}");
    }
    let whole = ForwardingRule {
        deidentified: true,
        sop_class: Uid::new(CT).ok(),
        attributes: vec![("BodyPartExamined".into(), "CHEST".into())],
        transfer_syntax: Uid::new("1.2.840.10008.1.2.4.90").ok(),
        ..rule("chests", "READING")
    };
    fixture.archive.add_forwarding_rule("test", &whole, None).await.expect("a rule");
    assert_eq!(fixture.archive.forwarding_rules().await.expect("the index"), [whole, rule("reading room", "READING")]);
}

#[tokio::test]
async fn web_servers_are_destinations_with_jobs_and_credentials_of_their_own() {
    let fixture = with_rule(|_| {}).await;
    let url = "https://archive.example/dicom-web";
    let credential = WebCredential::bearer("hush").expect("a token");
    fixture.archive.add_forwarding_rule("test", &rule("web", url), Some(&credential)).await.expect("a rule");
    fixture.store(&Object::new("1.1").file()).await;
    let Destination::Web(address) = to(url) else { panic!("a URL") };
    let kept = fixture.archive.web_credential(&address).await.expect("a database");
    assert_eq!(kept, Some(credential.clone()));
    let taken = fixture.archive.take_sending(Reach::Web, &[]).await.expect("the index").expect("a job");
    assert_eq!((taken.destination.to_string().as_str(), taken.jobs.len()), (url, 1));
    assert_eq!(take(&fixture).await.len(), 1, "the other shell has the other job");
    assert!(fixture.archive.take_sending(Reach::Web, &[]).await.expect("the index").is_none());
    fixture.archive.remove_forwarding_rule("test", "web").await.expect("a rule");
    assert!(fixture.archive.web_credential(&address).await.expect("a database").is_some(), "a job needs it");
    let [id] = taken.jobs.iter().map(|job| job.id).collect::<Vec<_>>()[..] else { panic!("one job") };
    fixture.archive.cancel_job("test", id).await.expect("a job");
    assert_eq!(fixture.archive.web_credential(&address).await.expect("a database"), None);
    fixture.archive.close().await;
    for table in ["forwarding_rules", "jobs", "audit"] {
        assert!(!fixture.index.sql(&format!("SELECT * FROM {table}")).contains("hush"), "{table}");
    }
}

#[tokio::test]
async fn a_credential_goes_to_nobody_who_should_not_have_it() {
    let fixture = with_rule(|_| {}).await;
    let credential = WebCredential::basic("ada", "hush").expect("a password");
    for (destination, words) in
        [("READING", "shown no password"), ("http://archive.example/dicom-web", "could read the password")]
    {
        let refused = fixture.archive.add_forwarding_rule("test", &rule("x", destination), Some(&credential)).await;
        assert!(refused.expect_err("a refusal").to_string().contains(words));
    }
    let names: Vec<String> =
        fixture.archive.forwarding_rules().await.expect("the index").into_iter().map(|rule| rule.name).collect();
    assert_eq!(names, ["reading room"]);
}

#[tokio::test]
async fn the_credential_of_a_rule_that_is_not_added_is_forgotten() {
    let fixture = with_rule(|_| {}).await;
    fixture.index.sql("ALTER TABLE forwarding_rules ADD CHECK (name <> 'web')");
    let credential = WebCredential::bearer("hush").expect("a token");
    let web = rule("web", "https://archive.example/dicom-web");
    fixture.archive.add_forwarding_rule("test", &web, Some(&credential)).await.expect_err("a refusal");
    assert_eq!(fixture.identity.sql("SELECT count(*) FROM web_destinations").trim(), "0");
}

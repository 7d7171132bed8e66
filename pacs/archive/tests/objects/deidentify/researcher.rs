//! Somebody who may see de-identified data only: what such a person is told, can ask for, and is refused.

use archive::forward::{Destination, ForwardingRule, Reach, Retry};
use archive::retrieve::Encoding;
use archive::{Actor, Error, Level, Right, Scope, Search, SearchAnswer, Uid};
use futures_util::TryStreamExt;
use serde_json::Value;

use super::{has, object, personal, read};
use crate::fixture::*;

const ONE: &str = "1.2.826.0.1.3680043.10.1999.9.1";
const TWO: &str = "1.2.826.0.1.3680043.10.1999.9.2";

fn researcher() -> Actor {
    Actor { name: "RITA".into(), identified: false, ..actor() }
}

async fn filled() -> Fixture {
    let fixture = Fixture::new().await;
    for uid in [ONE, TWO] {
        assert!(fixture.store(&personal(uid).file()).await.result.is_ok());
    }
    let other = Object::new("1.9.3").with(0x0020, 0x000d, "UI", "1.9").with(0x0020, 0x000e, "UI", "1.9.1");
    let other = other.with(0x0010, 0x0020, "LO", "QUAESTOR-3").with(0x0008, 0x0020, "DA", "20240302");
    assert!(fixture.store(&other.file()).await.result.is_ok());
    fixture
}

fn by(level: Level, keys: &[(&str, &str)]) -> Search {
    let matching = keys.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Search { matching, include_all: true, ..Search::of(level) }
}

async fn search(fixture: &Fixture, search: Search) -> Result<SearchAnswer, Error> {
    fixture.archive.search(&researcher(), search).await
}

/// What the search for Studies tells of the one with two instances.
async fn study(fixture: &Fixture) -> serde_json::Map<String, Value> {
    let answer = search(fixture, by(Level::Study, &[])).await.expect("an answer");
    assert_eq!(answer.matches.len(), 2);
    let mut studies = answer.matches.iter().map(|found| found.object());
    studies.find(|study| study["00201208"]["Value"][0] == 2).expect("the study")
}

fn text<'a>(object: &'a serde_json::Map<String, Value>, name: &str) -> &'a str {
    object[name]["Value"][0].as_str().unwrap_or_default()
}

fn uid(text: &str) -> Uid {
    Uid::new(text).expect("a UID")
}

#[tokio::test]
async fn a_search_tells_no_person() {
    let fixture = filled().await;
    for level in [Level::Study, Level::Series, Level::Instance] {
        let answer =
            search(&fixture, by(level, &[("PatientBirthDate", ""), ("PatientName", "*")])).await.expect("an answer");
        let told = serde_json::to_string(&answer.matches).expect("JSON");
        for secret in ["QUAESTOR", "\"4711\"", "1.2.826.0.1.3680043.10.1999", STUDY, "20240301", "20240302", "19770703"]
        {
            assert!(!told.contains(secret), "{secret}: {told}");
        }
    }
    let dump = fixture.index.sql("SELECT schema_to_xml('public', true, false, '')");
    assert!(!dump.contains(text(&study(&fixture).await, "0020000D")), "the index knows no pseudonym");
}

#[tokio::test]
async fn what_a_search_told_can_be_asked_for_and_nothing_else() {
    let fixture = filled().await;
    let whole = Scope { study: uid(STUDY), series: None, instance: None };
    assert!(matches!(
        fixture.archive.instances_seen(&researcher(), &whole, "test").await,
        Err(Error::NotAuthorized(_))
    ));
    let study = study(&fixture).await;
    let scope = Scope { study: uid(text(&study, "0020000D")), series: None, instance: None };
    let instances = fixture.archive.instances_seen(&researcher(), &scope, "test").await.expect("it was told");
    assert_eq!(instances.len(), 2);
    assert!(instances.iter().all(|instance| instance.is_deidentified() && instance.stored_at < 0));
    // By its real name it is not here, nor by one that was made but never told.
    let made = fixture.archive.deidentified(vec![fixture.only(ONE).await]).await.expect("the databases").remove(0);
    for (study, asked) in [(STUDY, ONE), (scope.study.as_str(), ONE), ("1.9", "1.9.3")] {
        let wanted = Scope { study: uid(study), series: None, instance: Some(uid(asked)) };
        assert!(fixture.archive.instances_seen(&researcher(), &wanted, "test").await.is_err(), "{study} {asked}");
    }
    assert!(instances.iter().any(|instance| instance.instance == made.instance));
    assert!(fixture.archive.instances(&researcher(), &scope, "test").await.is_err(), "volumes and others stay closed");
    let trail = fixture.archive.audit_trail(Default::default(), 100).await.expect("the trail");
    let line =
        trail.iter().find(|row| row.detail.as_deref() == Some("test, de-identified") && row.outcome == "success");
    assert_eq!(line.and_then(|row| row.study_instance_uid.as_deref()), Some(STUDY), "the trail says which it was");
}

#[tokio::test]
async fn metadata_are_those_of_the_object_that_is_given() {
    let fixture = filled().await;
    let study = study(&fixture).await;
    let scope = Scope { study: uid(text(&study, "0020000D")), series: None, instance: None };
    let metadata = fixture.archive.metadata(&researcher(), &scope).await.expect("metadata");
    let told: Vec<_> = metadata.pages().try_collect::<Vec<_>>().await.expect("metadata").concat();
    assert_eq!(told.len(), 2);
    let instances = fixture.archive.instances_seen(&researcher(), &scope, "test").await.expect("it was told");
    for (told, instance) in told.iter().zip(&instances) {
        let json = String::from_utf8(told.json.to_vec()).expect("text");
        assert!(json.contains(&format!("\"BulkDataURI\":\"{}7FE00010\"", data_set::json::BULK_DATA_MARK)), "{json}");
        let json = json.replace(data_set::json::BULK_DATA_MARK, "");
        let mut told: serde_json::Map<String, Value> = serde_json::from_str(&json).expect("JSON");
        let file = object(&fixture, instance, Encoding::Stored).await;
        let mut given = data_set::json::object(read(&file).root(), 1 << 20).expect("JSON");
        for object in [&mut told, &mut given] {
            object.remove("7FE00010");
            object.remove("00083002");
        }
        assert_eq!(Value::Object(told), Value::Object(given));
    }
}

#[tokio::test]
async fn keys_that_tell_who_somebody_is_are_refused_by_name() {
    let fixture = filled().await;
    for (name, value) in [
        ("PatientName", "Quaestor*"),
        ("PatientBirthDate", "19770703"),
        ("StudyDate", "20240301"),
        ("StudyDescription", "*knee*"),
        ("ReferringPhysicianName", "\"\""),
        ("RequestAttributesSequence.PatientName", "Q*"),
        ("ReferencedImageSequence.ReferencedSOPInstanceUID", ONE),
        ("00091001", "x"),
        ("0009{QUAESTOR MAKER}01", "x"),
        ("TimezoneOffsetFromUTC", "+0100"),
    ] {
        let Err(Error::NotAuthorized(words)) = search(&fixture, by(Level::Instance, &[(name, value)])).await else {
            panic!("{name} was not refused")
        };
        assert!(words.contains(name), "{words}");
    }
    let ordered = Search { order: vec!["-StudyDate".into()], ..by(Level::Study, &[]) };
    assert!(matches!(search(&fixture, ordered).await, Err(Error::NotAuthorized(_))));
    assert!(matches!(search(&fixture, by(Level::Patient, &[])).await, Err(Error::NotAuthorized(_))));
    let answer = search(&fixture, by(Level::Instance, &[("SliceThickness", "2.5"), ("Modality", "CT")])).await;
    assert_eq!(answer.expect("an answer").matches.len(), 2);
}

#[tokio::test]
async fn pseudonyms_are_keys() {
    let fixture = filled().await;
    let study = study(&fixture).await;
    let instances = search(&fixture, by(Level::Instance, &[])).await.expect("an answer").matches;
    let is_of_study = |found: &&archive::Match| found.study.as_deref() == Some(text(&study, "0020000D"));
    let instance = instances.iter().find(is_of_study).expect("one of the two").object();
    let count = async |keys: &[(&str, &str)]| {
        search(&fixture, by(Level::Instance, keys)).await.expect("an answer").matches.len()
    };
    let (patient, number) = (text(&study, "00100020"), text(&study, "00080050"));
    assert_eq!((patient.len(), number.len()), (16, 16));
    assert_eq!(count(&[("PatientID", patient)]).await, 2);
    assert_eq!(count(&[("AccessionNumber", number)]).await, 2);
    assert_eq!(count(&[("PatientID", patient), ("StudyInstanceUID", text(&study, "0020000D"))]).await, 2);
    assert_eq!(count(&[("SOPInstanceUID", text(&instance, "00080018"))]).await, 1);
    assert_eq!(count(&[("SeriesInstanceUID", text(&instance, "0020000E"))]).await, 2);
    for (name, value) in [
        ("PatientID", "QUAESTOR-1"),
        ("PatientID", "QUAESTOR*"),
        ("AccessionNumber", "QUAESTOR-A1"),
        ("StudyInstanceUID", STUDY),
        ("SOPInstanceUID", ONE),
        ("SeriesInstanceUID", SERIES),
    ] {
        assert_eq!(count(&[(name, value)]).await, 0, "{name}");
    }
    assert_eq!(count(&[("PatientID", patient), ("StudyInstanceUID", "1.9")]).await, 0);
}

#[tokio::test]
async fn pages_come_by_sealed_tokens() {
    let fixture = filled().await;
    let page = |after: Option<String>| Search { limit: Some(1), after, ..by(Level::Study, &[]) };
    let first = search(&fixture, page(None)).await.expect("an answer");
    let token = first.next.expect("another page");
    let bytes: Vec<u8> =
        (0..token.len()).step_by(2).filter_map(|at| u8::from_str_radix(&token[at..at + 2], 16).ok()).collect();
    assert!(!has(&bytes, b"1.2.3") && !has(&bytes, b"[["), "{token}");
    let second = search(&fixture, page(Some(token))).await.expect("an answer");
    assert_ne!(first.matches[0].study, second.matches[0].study);
    assert!(second.next.is_none());
    // Neither a clinician's token nor one that was made up.
    let open = fixture.archive.search(&actor(), page(None)).await.expect("an answer").next;
    assert!(matches!(search(&fixture, page(open)).await, Err(Error::BadRequest(_))));
    assert!(matches!(search(&fixture, page(Some("00".repeat(40)))).await, Err(Error::BadRequest(_))));
}

#[tokio::test]
async fn what_is_deleted_is_no_pseudonyms_original() {
    let fixture = filled().await;
    study(&fixture).await;
    let told = || fixture.identity.sql("SELECT count(*) FROM pseudonyms").trim().parse::<u32>().expect("a number");
    assert!(told() > 0);
    let administrator = Actor { rights: vec![Right::Delete], ..actor() };
    for study in [STUDY, "1.9"] {
        let scope = Scope { study: uid(study), series: None, instance: None };
        fixture.archive.delete(&administrator, &scope).await.expect("it was there");
    }
    let started = std::time::Instant::now();
    while told() > 0 {
        assert!(started.elapsed().as_secs() < 30, "pseudonyms are left");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

const URL: &str = "https://archive.example/dicom-web";

/// With a rule that has everything sent to [`URL`] de-identified.
async fn with_rule() -> (Fixture, Destination) {
    let fixture = Fixture::new().await;
    let to: Destination = URL.parse().expect("a destination");
    let rule = ForwardingRule {
        name: "research".into(),
        source: None,
        modality: None,
        sop_class: None,
        attributes: Vec::new(),
        destination: to.clone(),
        transfer_syntax: None,
        deidentified: true,
    };
    fixture.archive.add_forwarding_rule("test", &rule, None).await.expect("a rule");
    (fixture, to)
}

#[tokio::test]
async fn of_a_job_fails_only_what_nobody_knows_whose_it_is() {
    let (fixture, to) = with_rule().await;
    assert!(fixture.store(&Object::new("1.9.3").with(0x0020, 0x000d, "UI", "1.9").file()).await.result.is_ok());
    assert!(fixture.store(&personal(ONE).file()).await.result.is_ok());
    // One job with both, and an identity database that has lost a study.
    let both = format!(r#"UPDATE jobs SET work = jsonb_set(work, '{{instances}}', '["1.9.3", "{ONE}"]')"#);
    fixture.index.sql(&format!("{both} WHERE job_id = (SELECT min(job_id) FROM jobs)"));
    fixture.index.sql("DELETE FROM jobs WHERE job_id > (SELECT min(job_id) FROM jobs)");
    fixture.identity.sql("DELETE FROM series_identities WHERE study_instance_uid = '1.9'");
    fixture.identity.sql("DELETE FROM study_identities WHERE study_instance_uid = '1.9'");
    let job = fixture.archive.take_sending(Reach::Web, &[]).await.expect("the index").expect("a job").jobs.remove(0);
    let mut selected = fixture.archive.select_to_send(&job).await.expect("the index");
    let (mut sent, mut failed) = (Vec::new(), Vec::new());
    while let Some(instance) = selected.next().await.expect("the other goes on") {
        assert!(instance.instance.starts_with("2.25."), "{}", instance.instance);
        match fixture.archive.acceptable(&instance, &[EXPLICIT]).await {
            Ok(encoding) => {
                assert!(!has(&object(&fixture, &instance, encoding).await, b"QUAESTOR"));
                sent.push(instance.study);
            }
            Err(error) => failed.push((instance, error)),
        }
    }
    let (Some((lost, Error::Damaged(words))), 1, 1) = (failed.pop(), sent.len(), failed.len() + 1) else {
        panic!("{sent:?} {failed:?}")
    };
    assert!(words.contains("does not know whose study this is") && words.contains("pacs verify"), "{words}");
    for encoding in [Encoding::Stored, Encoding::Native] {
        assert!(matches!(fixture.archive.object(&lost, encoding).await.err(), Some(Error::Damaged(_))));
        assert!(matches!(fixture.archive.frame(&lost, 1, encoding).await.err(), Some(Error::Damaged(_))));
    }
    assert!(matches!(fixture.archive.bulk_data(&lost, "7FE00010").await.err(), Some(Error::Damaged(_))));
    let told = fixture.archive.not_sent(job, &to, &sent, vec![lost.instance], words).await;
    assert_eq!(told.expect("the index"), Retry::Failed);
    let left = fixture.index.sql("SELECT work -> 'instances', last_error FROM jobs");
    assert!(left.contains(r#"["1.9.3"]"#) && left.contains("pacs verify"), "{left}");
}

#[tokio::test]
async fn a_rule_sends_de_identified_objects_or_none() {
    let (fixture, to) = with_rule().await;
    assert!(fixture.store(&personal(ONE).file()).await.result.is_ok());
    let burned = personal(TWO).with(0x0028, 0x0301, "CS", "YES");
    assert!(fixture.store(&burned.file()).await.result.is_ok());
    let taken = fixture.archive.take_sending(Reach::Web, &[]).await.expect("the index").expect("a job");
    let mut jobs = taken.jobs.into_iter();
    let (good, bad) = (jobs.next().expect("a job"), jobs.next().expect("another"));
    assert!(good.is_deidentified());
    let mut selected = fixture.archive.select_to_send(&good).await.expect("the index");
    let instance = selected.next().await.expect("the index").expect("an instance");
    let sent = object(&fixture, &instance, Encoding::Stored).await;
    assert!(!has(&sent, b"QUAESTOR") && !has(&sent, ONE.as_bytes()));
    fixture.archive.sent(good, &to, std::slice::from_ref(&instance.study)).await.expect("the index");
    let trail = fixture.archive.audit_trail(Default::default(), 100).await.expect("the trail");
    let detail = format!("forwarded de-identified to {URL}");
    let line = trail.iter().find(|row| row.detail.as_ref() == Some(&detail)).expect("a line");
    assert_eq!(line.study_instance_uid.as_deref(), Some(STUDY));
    // What can never go fails at once.
    let mut selected = fixture.archive.select_to_send(&bad).await.expect("the index");
    let instance = selected.next().await.expect("the index").expect("an instance");
    let failed = vec![instance.instance.clone()];
    let told = fixture.archive.not_sent(bad, &to, &[], failed, "it cannot be de-identified".into()).await;
    assert_eq!(told.expect("the index"), Retry::Failed);
}

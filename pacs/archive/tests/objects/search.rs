//! Searches: what comes back, who may ask, and what the audit trail says of it.

use archive::audit::AuditFilter;
use archive::{Actor, Error, Level, Search, Stored, Uid};

use crate::fixture::*;

fn studies_by(name: &str, value: &str) -> Search {
    Search {
        level: Level::Study,
        study: None,
        series: None,
        matching: vec![(name.to_owned(), value.to_owned())],
        include: Vec::new(),
        include_all: false,
        fuzzy: false,
        limit: None,
        offset: 0,
    }
}

async fn filled() -> Fixture {
    let fixture = Fixture::new().await;
    for instance in ["1.1", "1.2"] {
        assert_eq!(fixture.store(&Object::new(instance).file()).await.result, Ok(Stored::New));
    }
    fixture
}

#[tokio::test]
async fn finds_what_was_stored() {
    let fixture = filled().await;
    let found = fixture.archive.search(&actor(), studies_by("PatientName", "quæstor^a*")).await.expect("an answer");
    assert_eq!((found.matches.len(), found.truncated), (1, false));
    let study = &found.matches[0];
    assert_eq!(study["0020000D"]["Value"][0], STUDY);
    assert_eq!(study["00100010"]["Value"][0]["Alphabetic"], "Quaestor^Ada");
    assert_eq!(study["00201208"]["Value"][0], 2);
    assert!(!study.contains_key("00081190"));
    let none = fixture.archive.search(&actor(), studies_by("PatientID", "4712")).await.expect("an answer");
    assert!(none.matches.is_empty());
}

#[tokio::test]
async fn finds_instances_of_a_series() {
    let fixture = filled().await;
    let uid = |text| Some(Uid::new(text).expect("a UID"));
    let search = Search { level: Level::Instance, study: uid(STUDY), series: uid(SERIES), ..studies_by("Rows", "2") };
    let found = fixture.archive.search(&actor(), search).await.expect("an answer");
    let uids: Vec<_> = found.matches.iter().map(|found| found["00080018"]["Value"][0].clone()).collect();
    assert_eq!(uids, ["1.1", "1.2"]);
}

#[tokio::test]
async fn names_the_key_that_makes_no_sense() {
    let fixture = Fixture::new().await;
    for (name, value) in [("PatientNam", "x"), ("StudyDate", "yesterday"), ("StudyInstanceUID", "1.*")] {
        let refused = fixture.archive.search(&actor(), studies_by(name, value)).await;
        let Err(Error::BadRequest(words)) = refused else { panic!("{name} was not refused") };
        assert!(words.contains(name), "{words}");
    }
}

#[tokio::test]
async fn refuses_who_may_not_see_patients() {
    let fixture = filled().await;
    let researcher = Actor { identified: false, ..actor() };
    let refused = fixture.archive.search(&researcher, studies_by("StudyDate", "")).await;
    assert!(matches!(refused, Err(Error::NotAuthorized(_))), "{refused:?}");
    let nobody = Actor { rights: Vec::new(), ..actor() };
    let refused = fixture.archive.search(&nobody, studies_by("StudyDate", "")).await;
    assert!(matches!(refused, Err(Error::NotAuthorized(_))), "{refused:?}");
}

#[tokio::test]
async fn notes_the_names_of_keys_and_never_their_values() {
    let fixture = filled().await;
    fixture.archive.search(&actor(), studies_by("PatientName", "Quaestor*")).await.expect("an answer");
    let rows = fixture.archive.audit_trail(AuditFilter::default(), 100).await.expect("the trail");
    let searches: Vec<_> = rows.iter().filter(|row| row.action == "search").collect();
    assert_eq!(searches.len(), 1);
    assert_eq!(searches[0].detail.as_deref(), Some("studies by PatientName"));
    assert!(!fixture.index.sql("SELECT audit::text FROM audit").contains("Quaestor"));
}

#[tokio::test]
async fn leaves_no_personal_value_in_the_index() {
    let fixture = filled().await;
    let dump = fixture.index.sql("SELECT schema_to_xml('public', true, false, '')");
    assert!(dump.contains(STUDY) && !dump.contains("Quaestor") && !dump.contains("4711"));
}

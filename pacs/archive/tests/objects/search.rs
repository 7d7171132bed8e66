//! Searches: what comes back, who may ask, and what the audit trail says of it.

use std::collections::BTreeSet;

use archive::audit::AuditFilter;
use archive::{Actor, Arrival, DuplicatePolicy, Error, Level, Search, Stored, Uid};
use serde_json::Value;

use crate::fixture::*;
use crate::real_files::{data, files};

fn studies_by(name: &str, value: &str) -> Search {
    Search { matching: vec![(name.to_owned(), value.to_owned())], ..Search::of(Level::Study) }
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
    let study = found.matches[0].object();
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
    let uids: Vec<_> = found.matches.iter().map(|found| found.instance.clone().expect("a UID")).collect();
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

/// A value as a client would ask for it; `None` for values that would be wild cards, lists or universal keys.
fn as_key(vr: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        // serde_json is one unit in the last place off for some exponents.
        Value::Number(number) if number.to_string().contains('e') => return None,
        Value::Number(number) => number.to_string(),
        Value::Object(groups) if vr == "PN" => {
            let group = |name| groups.get(name).and_then(Value::as_str).unwrap_or_default();
            [group("Alphabetic"), group("Ideographic"), group("Phonetic")].join("=").trim_end_matches('=').to_owned()
        }
        _ => return None,
    };
    let is_special = text.contains(['*', '?', '\\']) || (vr == "CS" && text.contains(','));
    (!text.is_empty() && text.len() <= 1000 && !is_special).then_some(text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_value_of_every_real_file_finds_its_instance() {
    let Some(data) = data() else { return };
    let fixture = Fixture::with_policy(DuplicatePolicy::Keep).await;
    let mut paths = Vec::new();
    for folder in ["charsets", "encoding-edge", "modalities", "special"] {
        files(&data.join(folder), &mut paths);
    }
    for path in &paths {
        let bytes = std::fs::read(path).expect("a file");
        store(&fixture.archive, Arrival::File { study: None }, &bytes, 1 << 20).await;
    }
    let every = Search { level: Level::Instance, include_all: true, ..studies_by("StudyDate", "") };
    let all = fixture.archive.search(&actor(), every.clone()).await.expect("an answer").matches;
    assert!(all.len() > 50, "{}", all.len());
    let (mut asked, mut wrong) = (BTreeSet::new(), Vec::new());
    for (number, instance) in all.iter().enumerate() {
        let uid = &instance.instance;
        for (place, (tag, element)) in instance.object().iter().enumerate() {
            let vr = element["vr"].as_str().expect("a VR");
            let Some(key) = element.get("Value").and_then(|values| as_key(vr, &values[0])) else { continue };
            // All names, and of the rest some: a thousand searches are enough.
            if (vr != "PN" && !(number + place).is_multiple_of(11)) || !asked.insert((tag.clone(), key.clone())) {
                continue;
            }
            let search = Search { include_all: false, ..every.clone() };
            let search = Search { matching: vec![(tag.clone(), key.clone())], ..search };
            match fixture.archive.search(&actor(), search).await {
                Ok(found) if found.matches.iter().any(|found| found.instance == *uid) => {}
                Ok(_) => wrong.push(format!("{tag} {vr} {key:?} does not find {uid:?}")),
                Err(Error::BadRequest(words)) => eprintln!("{words} ({key:?})"),
                Err(error) => panic!("{tag}={key:?}: {error}"),
            }
        }
    }
    eprintln!("{} instances, {} searches", all.len(), asked.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

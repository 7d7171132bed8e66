//! The worklist: put, queried, moved on by performed steps, with what arrived.

mod arrivals;

use archive::performed::PerformedError;
use archive::worklist::{Put, WorklistAnswer, WorklistSearch};
use archive::{Actor, Error, Right, Uid};
use serde_json::{Map, Value, json};

use crate::fixture::{Fixture, actor};

fn staff() -> Actor {
    let mut actor = actor();
    actor.rights.extend([Right::Worklist, Right::Schedule]);
    actor
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().expect("an object")
}

/// An item for a station, of a study 1.2.`study`, at a date and time.
fn item(study: &str, station: &str, modality: &str, date: &str, time: &str) -> Map<String, Value> {
    let step = json!({
        "00400001": { "vr": "AE", "Value": [station] },
        "00400002": { "vr": "DA", "Value": [date] },
        "00400003": { "vr": "TM", "Value": [time] },
        "00080060": { "vr": "CS", "Value": [modality] },
        "00400006": { "vr": "PN", "Value": [{ "Alphabetic": "Röntgen^Wilhelm" }] },
        "00400009": { "vr": "SH", "Value": ["S1"] },
    });
    object(json!({
        "0020000D": { "vr": "UI", "Value": [study] },
        "00080050": { "vr": "SH", "Value": [format!("A{study}")] },
        "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎" }] },
        "00100020": { "vr": "LO", "Value": ["P1"] },
        "00401001": { "vr": "SH", "Value": ["R1"] },
        "00091010": { "vr": "LO", "Value": ["private"] },
        "00400100": { "vr": "SQ", "Value": [step] },
    }))
}

async fn ask(fixture: &Fixture, keys: &[(&str, &str)]) -> WorklistAnswer {
    let matching = keys.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let search = WorklistSearch { matching, with_required: true, ..WorklistSearch::default() };
    fixture.archive.worklist(&staff(), &search).await.expect("an answer")
}

async fn studies(fixture: &Fixture, keys: &[(&str, &str)]) -> Vec<String> {
    ask(fixture, keys).await.items.into_iter().map(|item| item.study).collect()
}

/// Four items at different stations and times.
async fn filled() -> Fixture {
    let fixture = Fixture::new().await;
    for (study, station, modality, date, time) in [
        ("1.2.1", "CT1", "CT", "20261126", "0800"),
        ("1.2.2", "CT1", "CT", "20261126", "1400"),
        ("1.2.3", "MR1", "MR", "20261127", "0900"),
        ("1.2.4", "CT2", "CT", "20261128", "1000"),
    ] {
        let put = fixture.archive.schedule(&staff(), item(study, station, modality, date, time)).await.expect("put");
        assert_eq!(put[0].put, Put::New);
    }
    fixture
}

#[tokio::test]
async fn items_are_found_by_every_kind_of_key_soonest_first() {
    let fixture = filled().await;
    for (keys, expected) in [
        (&[][..], &["1.2.1", "1.2.2", "1.2.3", "1.2.4"][..]),
        (&[("00400100.00400001", "CT1")], &["1.2.1", "1.2.2"]),
        (&[("00400100.00400001", "CT1\\MR1")], &["1.2.1", "1.2.2", "1.2.3"]),
        (&[("ScheduledProcedureStepSequence.Modality", "MR")], &["1.2.3"]),
        (&[("00400100.00400002", "20261127")], &["1.2.3"]),
        (&[("00400100.00400002", "20261127-")], &["1.2.3", "1.2.4"]),
        (&[("00400100.00400002", "-20261126"), ("00400100.00080060", "CT")], &["1.2.1", "1.2.2"]),
        // From the 26th, ten o'clock, to the 28th, nine o'clock.
        (&[("00400100.00400002", "20261126-20261128"), ("00400100.00400003", "1000-0900")], &["1.2.2", "1.2.3"]),
        (&[("00400100.00400003", "0800-1000")], &["1.2.1", "1.2.3", "1.2.4"]),
        (&[("PatientName", "yamada*"), ("AccessionNumber", "A1.2.4")], &["1.2.4"]),
        (&[("PatientName", "=山田*"), ("0020000D", "1.2.1")], &["1.2.1"]),
        (&[("00400100.00400006", "rontgen*"), ("PatientID", "P?"), ("StudyInstanceUID", "1.2.2")], &["1.2.2"]),
        (&[("PatientID", "P2")], &[]),
        // Two keys of one sequence are asked of one Item.
        (&[("00400100.00400001", "CT1"), ("00400100.00080060", "MR")], &[]),
    ] {
        assert_eq!(studies(&fixture, keys).await, expected, "{keys:?}");
    }
}

#[tokio::test]
async fn every_attribute_comes_back_and_what_is_required_comes_even_empty() {
    let fixture = filled().await;
    let answer = ask(&fixture, &[("0020000D", "1.2.1")]).await;
    let found = &answer.items[0].attributes;
    assert_eq!(found["00100010"]["Value"][0]["Ideographic"], "山田^太郎");
    assert!(found["00100010"].get("folded").is_none());
    assert_eq!(found["00400100"]["Value"][0]["00400020"]["Value"][0], "SCHEDULED");
    assert_eq!(found["00100030"], json!({ "vr": "DA" }));
    assert!(found.get("00091010").is_none());
    let search = WorklistSearch { include_all: true, ..WorklistSearch::default() };
    let all = fixture.archive.worklist(&staff(), &search).await.expect("an answer");
    assert_eq!(all.items[0].attributes["00091010"]["Value"][0], "private");
    let only = WorklistSearch { include: vec!["00400100.00400001".into()], ..WorklistSearch::default() };
    let only = fixture.archive.worklist(&staff(), &only).await.expect("an answer");
    let station = json!({ "00400001": { "vr": "AE", "Value": ["CT1"] } });
    let expected = json!({ "00400100": { "vr": "SQ", "Value": [station] } });
    assert_eq!(Value::Object(only.items[0].attributes.clone()), expected);
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap() {
    let fixture = filled().await;
    let mut search = WorklistSearch { limit: Some(3), ..WorklistSearch::default() };
    let first = fixture.archive.worklist(&staff(), &search).await.expect("a page");
    search.after = first.next;
    let second = fixture.archive.worklist(&staff(), &search).await.expect("a page");
    let all: Vec<String> = first.items.into_iter().chain(second.items).map(|item| item.study).collect();
    assert_eq!(all, ["1.2.1", "1.2.2", "1.2.3", "1.2.4"]);
    assert!(second.next.is_none());
}

#[tokio::test]
async fn an_item_takes_the_place_of_the_one_of_its_name_and_can_be_removed() {
    let fixture = filled().await;
    let put = fixture.archive.schedule(&staff(), item("1.2.1", "MR1", "MR", "20261201", "08")).await.expect("put");
    assert_eq!(put[0].put, Put::Replaced);
    assert_eq!(studies(&fixture, &[]).await, ["1.2.2", "1.2.3", "1.2.4", "1.2.1"]);
    let uid = Uid::new("1.2.1").expect("a UID");
    fixture.archive.unschedule(&staff(), &uid, "S1").await.expect("removed");
    assert!(matches!(fixture.archive.unschedule(&staff(), &uid, "S1").await, Err(Error::NotFound(_))));
    assert_eq!(studies(&fixture, &[]).await.len(), 3);
}

fn started(study: &str) -> Map<String, Value> {
    let scheduled = json!({
        "0020000D": { "vr": "UI", "Value": [study] },
        "00400009": { "vr": "SH", "Value": ["S1"] },
    });
    object(json!({
        "00400270": { "vr": "SQ", "Value": [scheduled] },
        "00400253": { "vr": "SH", "Value": ["PP1"] },
        "00400241": { "vr": "AE", "Value": ["CT1"] },
        "00400244": { "vr": "DA", "Value": ["20261126"] },
        "00400245": { "vr": "TM", "Value": ["0805"] },
        "00400252": { "vr": "CS", "Value": ["IN PROGRESS"] },
        "00080060": { "vr": "CS", "Value": ["CT"] },
        "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Yamada^Tarou" }] },
    }))
}

fn ended(status: &str) -> Map<String, Value> {
    let series = json!({
        "0020000E": { "vr": "UI", "Value": ["1.2.1.1"] },
        "00181030": { "vr": "LO", "Value": ["Head"] },
    });
    object(json!({
        "00400252": { "vr": "CS", "Value": [status] },
        "00400250": { "vr": "DA", "Value": ["20261126"] },
        "00400251": { "vr": "TM", "Value": ["0815"] },
        "00400340": { "vr": "SQ", "Value": [series] },
    }))
}

#[tokio::test]
async fn a_performed_step_moves_the_scheduled_one_on() {
    let fixture = filled().await;
    let uid = Uid::new("1.9.1").expect("a UID");
    let archive = &fixture.archive;
    archive.create_performed_step(&staff(), &uid, started("1.2.1")).await.expect("created");
    let status = async || ask(&fixture, &[("0020000D", "1.2.1"), ("00400100.00400020", "*")]).await.items[0].clone();
    let item = status().await;
    assert_eq!(item.status, "STARTED");
    assert_eq!(item.attributes["00400100"]["Value"][0]["00400020"]["Value"][0], "STARTED");
    let performed = &item.attributes["00081111"]["Value"][0];
    assert_eq!(
        (&performed["00081155"]["Value"][0], &performed["00400252"]["Value"][0]),
        (&json!("1.9.1"), &json!("IN PROGRESS"))
    );
    archive.change_performed_step(&staff(), &uid, ended("COMPLETED")).await.expect("changed");
    assert_eq!(status().await.status, "COMPLETED");
    assert_eq!(studies(&fixture, &[]).await, ["1.2.2", "1.2.3", "1.2.4"], "it is off the worklist");
    assert_eq!(studies(&fixture, &[("00400100.00400020", "COMPLETED")]).await, ["1.2.1"]);
    let again = archive.change_performed_step(&staff(), &uid, ended("COMPLETED")).await;
    assert!(matches!(again, Err(PerformedError::Final)));
    let step = archive.performed_step(&staff(), &uid).await.expect("a step");
    assert_eq!(step["00400340"]["Value"][0]["0020000E"]["Value"][0], "1.2.1.1");
    assert_eq!(step["00100010"], json!({ "vr": "PN", "Value": [{ "Alphabetic": "Yamada^Tarou" }] }));
}

#[tokio::test]
async fn performed_steps_have_one_uid_each_and_need_not_be_scheduled() {
    let fixture = Fixture::new().await;
    let uid = |text: &str| Uid::new(text).expect("a UID");
    let archive = &fixture.archive;
    archive.create_performed_step(&staff(), &uid("1.9.1"), started("1.2.77")).await.expect("created");
    let twice = archive.create_performed_step(&staff(), &uid("1.9.1"), started("1.2.77")).await;
    assert!(matches!(twice, Err(PerformedError::Duplicate)));
    let unknown = archive.change_performed_step(&staff(), &uid("1.9.2"), ended("COMPLETED")).await;
    assert!(matches!(unknown, Err(PerformedError::Unknown)));
    assert!(matches!(archive.performed_step(&staff(), &uid("1.9.2")).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn a_step_is_in_progress_as_long_as_one_of_its_performed_steps_is() {
    let fixture = filled().await;
    let uid = |text: &str| Uid::new(text).expect("a UID");
    let archive = &fixture.archive;
    for step in ["1.9.1", "1.9.2"] {
        archive.create_performed_step(&staff(), &uid(step), started("1.2.1")).await.expect("created");
    }
    let status =
        async || ask(&fixture, &[("0020000D", "1.2.1"), ("00400100.00400020", "*")]).await.items[0].status.clone();
    archive.change_performed_step(&staff(), &uid("1.9.1"), ended("COMPLETED")).await.expect("changed");
    assert_eq!(status().await, "STARTED");
    archive.change_performed_step(&staff(), &uid("1.9.2"), ended("DISCONTINUED")).await.expect("changed");
    assert_eq!(status().await, "COMPLETED");
}

#[tokio::test]
async fn what_was_performed_counts_for_what_is_put_on_the_worklist_later() {
    let fixture = Fixture::new().await;
    let archive = &fixture.archive;
    let uid = Uid::new("1.9.1").expect("a UID");
    let status =
        async || ask(&fixture, &[("0020000D", "1.2.1"), ("00400100.00400020", "*")]).await.items[0].status.clone();
    archive.create_performed_step(&staff(), &uid, started("1.2.1")).await.expect("created");
    archive.schedule(&staff(), item("1.2.1", "CT1", "CT", "20261126", "0800")).await.expect("put");
    assert_eq!(status().await, "STARTED");
    archive.change_performed_step(&staff(), &uid, ended("COMPLETED")).await.expect("changed");
    let mut again = item("1.2.1", "CT1", "CT", "20261126", "0800");
    again["00400100"]["Value"][0]["00400020"] = json!({ "vr": "CS", "Value": ["SCHEDULED"] });
    archive.schedule(&staff(), again).await.expect("put");
    assert_eq!(status().await, "COMPLETED");
}

#[tokio::test]
async fn performed_steps_that_end_together_end_the_scheduled_one() {
    let fixture = filled().await;
    let archive = &fixture.archive;
    let uids = ["1.9.1", "1.9.2", "1.9.3", "1.9.4"].map(|text| Uid::new(text).expect("a UID"));
    let mut unnamed = started("1.2.1");
    // With and without the step's ID, it is one step.
    let mut other = unnamed["00400270"]["Value"][0].clone();
    other.as_object_mut().expect("an Item").remove("00400009");
    unnamed["00400270"]["Value"].as_array_mut().expect("Items").push(other);
    for uid in &uids {
        archive.create_performed_step(&staff(), uid, unnamed.clone()).await.expect("created");
    }
    let ends = uids.iter().map(|uid| {
        let (archive, uid) = (archive.clone(), uid.clone());
        tokio::spawn(async move { archive.change_performed_step(&staff(), &uid, ended("COMPLETED")).await })
    });
    for end in ends.collect::<Vec<_>>() {
        end.await.expect("no panic").expect("changed");
    }
    let found = ask(&fixture, &[("0020000D", "1.2.1"), ("00400100.00400020", "*")]).await;
    assert_eq!(found.items[0].status, "COMPLETED");
}

#[tokio::test]
async fn a_page_ends_by_bytes_too() {
    let fixture = Fixture::new().await;
    for number in 0..20 {
        let mut large = item(&format!("1.2.{number}"), "CT1", "CT", "20261126", &format!("{number:02}00"));
        large.insert("00104000".into(), json!({ "vr": "LT", "Value": ["x".repeat(1_000_000)] }));
        fixture.archive.schedule(&staff(), large).await.expect("put");
    }
    let mut search = WorklistSearch::default();
    let first = fixture.archive.worklist(&staff(), &search).await.expect("a page");
    assert!(first.truncated && first.items.len() < 20);
    search.after = first.next;
    let second = fixture.archive.worklist(&staff(), &search).await.expect("a page");
    assert_eq!(first.items.len() + second.items.len(), 20);
    assert!(!second.truncated && second.next.is_none());
}

#[tokio::test]
async fn only_who_may_sees_and_changes_the_worklist() {
    let fixture = filled().await;
    let search = WorklistSearch::default();
    assert!(matches!(fixture.archive.worklist(&actor(), &search).await, Err(Error::NotAuthorized(_))));
    let mut modality = actor();
    modality.rights.push(Right::Worklist);
    assert!(fixture.archive.worklist(&modality, &search).await.is_ok());
    let put = fixture.archive.schedule(&modality, item("1.2.5", "CT1", "CT", "20261126", "08")).await;
    assert!(matches!(put, Err(Error::NotAuthorized(_))));
    let researcher = Actor { identified: false, ..staff() };
    assert!(matches!(fixture.archive.worklist(&researcher, &search).await, Err(Error::NotAuthorized(_))));
}

#[tokio::test]
async fn the_index_learns_nothing_of_the_worklist() {
    let fixture = filled().await;
    fixture
        .archive
        .create_performed_step(&staff(), &Uid::new("1.9.1").expect("a UID"), started("1.2.1"))
        .await
        .expect("created");
    fixture.archive.close().await;
    let audit = fixture.index.sql("SELECT string_agg(a::text, ' ') FROM audit a");
    assert!(audit.contains("schedule") && !audit.contains("Yamada") && !audit.contains("P1,"), "{audit}");
}

//! What arrives of scheduled steps, and what that makes of them.

use std::time::Duration;

use archive::Uid;
use serde_json::json;

use super::{ask, item, staff, started, studies};
use crate::fixture::{Fixture, Object, STUDY, sequence_item};

fn today() -> String {
    chrono::Utc::now().format("%Y%m%d").to_string()
}

#[tokio::test]
async fn the_worklist_tells_what_arrived() {
    let fixture = Fixture::new().await;
    fixture.archive.schedule(&staff(), item(STUDY, "CT1", "CT", "20261126", "0800")).await.expect("put");
    assert_eq!(ask(&fixture, &[]).await.items[0].instances, 0);
    for instance in ["1.2.3.4.1", "1.2.3.4.2"] {
        fixture.store(&Object::new(instance).file()).await.result.expect("stored");
    }
    let found = ask(&fixture, &[]).await.items.remove(0);
    assert_eq!(found.instances, 2);
    assert_eq!(found.attributes["00201208"]["Value"][0], 2);
    assert_eq!(found.attributes["00201206"]["Value"][0], 1);
}

/// The status of each step of a study, by step ID.
async fn statuses(fixture: &Fixture, study: &str) -> Vec<String> {
    let found = ask(fixture, &[("0020000D", study), ("00400100.00400020", "*")]).await;
    let mut found: Vec<_> = found.items.into_iter().map(|item| (item.step, item.status)).collect();
    found.sort();
    found.into_iter().map(|(_, status)| status).collect()
}

#[tokio::test]
async fn a_study_is_linked_by_accession_number_and_patient_too() {
    let fixture = Fixture::new().await;
    fixture.archive.schedule(&staff(), item("1.2.77", "CT1", "CT", "20261126", "0800")).await.expect("put");
    let others = Object::new("1.2.3.4.1").with(0x0008, 0x0050, "SH", "A1.2.77").with(0x0010, 0x0020, "LO", "P2");
    fixture.store(&others.file()).await.result.expect("stored");
    assert_eq!(ask(&fixture, &[]).await.items[0].arrived, [""; 0], "another patient's");
    let of_patient = |instance: &str, study: &str| {
        let of_study =
            Object::new(instance).with(0x0020, 0x000d, "UI", study).with(0x0020, 0x000e, "UI", format!("{study}.1"));
        of_study.with(0x0008, 0x0050, "SH", "A1.2.77").with(0x0010, 0x0020, "LO", "P1")
    };
    fixture.store(&of_patient("1.2.8.1.1", "1.2.8").file()).await.result.expect("stored");
    let found = ask(&fixture, &[]).await.items.remove(0);
    assert_eq!((found.arrived.as_slice(), found.instances), (&["1.2.8".to_owned()][..], 1));
    assert_eq!(found.attributes["00081200"]["Value"][0]["0020000D"]["Value"][0], "1.2.8");
    fixture.store(&of_patient("1.2.77.1.1", "1.2.77").file()).await.result.expect("stored");
    assert_eq!(ask(&fixture, &[]).await.items[0].instances, 2);
    // Somebody else asked for it.
    fixture.archive.schedule(&staff(), item("1.2.8", "CT1", "CT", "20261126", "0900")).await.expect("put");
    assert_eq!(ask(&fixture, &[("0020000D", "1.2.77")]).await.items[0].arrived, ["1.2.77"]);
}

#[tokio::test]
async fn a_step_without_performed_steps_follows_what_arrives() {
    let fixture = Fixture::new().await;
    let hour = Duration::from_secs(3600);
    let move_on = async |quiet| fixture.archive.move_on_by_arrivals(quiet).await.expect("moved");
    fixture.archive.schedule(&staff(), item(STUDY, "CT1", "CT", &today(), "0800")).await.expect("put");
    assert_eq!(move_on(hour).await, 0);
    fixture.store(&Object::new("1.2.3.4.1").file()).await.result.expect("stored");
    assert_eq!(move_on(hour).await, 1);
    assert_eq!(statuses(&fixture, STUDY).await, ["STARTED"]);
    assert_eq!(move_on(hour).await, 0, "it may go on");
    fixture.index.sql("UPDATE series SET updated_at = now() - interval '61 minutes'");
    fixture.identity.sql("UPDATE scheduled_steps SET created_at = now() - interval '2 hours'");
    assert_eq!(move_on(hour).await, 1);
    assert_eq!(statuses(&fixture, STUDY).await, ["COMPLETED"]);
    assert!(studies(&fixture, &[]).await.is_empty(), "it is off the worklist");
    // A performed step has the last word, also later.
    let uid = Uid::new("1.9.1").expect("a UID");
    fixture.archive.create_performed_step(&staff(), &uid, started(STUDY)).await.expect("created");
    assert_eq!(move_on(Duration::ZERO).await, 0);
    assert_eq!(statuses(&fixture, STUDY).await, ["STARTED"]);
}

#[tokio::test]
async fn what_was_there_before_a_step_is_no_answer_to_it() {
    let fixture = Fixture::new().await;
    fixture.store(&Object::new("1.2.3.4.1").file()).await.result.expect("stored");
    fixture.index.sql("UPDATE series SET updated_at = now() - interval '1 minute'");
    fixture.archive.schedule(&staff(), item(STUDY, "CT1", "CT", &today(), "0800")).await.expect("put");
    assert_eq!(fixture.archive.move_on_by_arrivals(Duration::ZERO).await.expect("moved"), 0);
    assert_eq!(ask(&fixture, &[]).await.items[0].instances, 1, "it is told all the same");
}

#[tokio::test]
async fn of_several_steps_those_move_on_that_a_series_names_or_of_its_modality() {
    let fixture = Fixture::new().await;
    for (step, modality) in [("S1", "CT"), ("S2", "MR"), ("S3", "CT")] {
        let mut item = item(STUDY, "CT1", modality, &today(), "0800");
        item["00400100"]["Value"][0]["00400009"]["Value"][0] = json!(step);
        fixture.archive.schedule(&staff(), item).await.expect("put");
    }
    let quiet = Duration::from_secs(3600);
    let named = sequence_item(&[(0x0040, 0x0009, "SH", "S1")]);
    fixture.store(&Object::new("1.2.3.4.1").with(0x0040, 0x0275, "SQ", named).file()).await.result.expect("stored");
    fixture.archive.move_on_by_arrivals(quiet).await.expect("moved");
    assert_eq!(statuses(&fixture, STUDY).await, ["STARTED", "SCHEDULED", "SCHEDULED"]);
    let other = Object::new("1.2.3.5.1").with(0x0020, 0x000e, "UI", "1.2.3.5").with(0x0008, 0x0060, "CS", "MR");
    fixture.store(&other.file()).await.result.expect("stored");
    fixture.archive.move_on_by_arrivals(quiet).await.expect("moved");
    assert_eq!(statuses(&fixture, STUDY).await, ["STARTED", "STARTED", "SCHEDULED"]);
}

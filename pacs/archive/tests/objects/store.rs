//! What becomes of objects that arrive.

use archive::audit::AuditFilter;
use archive::{Arrival, DuplicatePolicy, Error, StoreFailure, StoreWarning, Stored, Uid};
use bytes::Bytes;

use crate::fixture::*;

fn data_set_arrival(instance: &str) -> Arrival {
    Arrival::DataSet {
        sop_class_uid: CT.into(),
        sop_instance_uid: instance.into(),
        transfer_syntax: EXPLICIT.into(),
        source: Some("MODALITY".into()),
    }
}

#[tokio::test]
async fn keeps_the_bytes_of_a_file_as_received() {
    let fixture = Fixture::new().await;
    let file = Object::new("1.1").file();
    for (number, piece) in [1, 7, 131, 1 << 20].into_iter().enumerate() {
        let stored = store(&fixture.archive, Arrival::File { study: None }, &file, piece).await;
        let expected = if number == 0 { Stored::New } else { Stored::Identical };
        assert_eq!(stored.result, Ok(expected), "in pieces of {piece}");
        assert_eq!(stored.sop_instance_uid.as_deref(), Some("1.1"));
        assert_eq!(stored.study_instance_uid.as_deref(), Some(STUDY));
        assert_eq!(stored.warnings, []);
    }
    let instance = fixture.only("1.1").await;
    let body = fixture.archive.object(&instance, archive::retrieve::Encoding::Stored).await.expect("an object");
    assert_eq!(collect(body).await, file);
    let (objects, incoming) = fixture.files();
    assert_eq!((objects.len(), incoming.len()), (1, 0));
}

#[tokio::test]
async fn writes_file_meta_before_a_bare_data_set() {
    let fixture = Fixture::new().await;
    let object = Object::new("1.1");
    let stored = store(&fixture.archive, data_set_arrival("1.1"), &object.data_set(), 10).await;
    assert_eq!(stored.result, Ok(Stored::New));
    let instance = fixture.only("1.1").await;
    assert_eq!(instance.transfer_syntax, EXPLICIT);
    let body = fixture.archive.range(&instance, instance.data_set_start..instance.size).await.expect("a range");
    assert_eq!(collect(body).await, object.data_set());
    let body = fixture.archive.range(&instance, 128..132).await.expect("a range");
    assert_eq!(collect(body).await, b"DICM");
}

#[tokio::test]
async fn the_same_data_set_is_identical_however_it_comes() {
    let fixture = Fixture::new().await;
    let object = Object::new("1.1");
    assert_eq!(fixture.store(&object.file()).await.result, Ok(Stored::New));
    let again = store(&fixture.archive, data_set_arrival("1.1"), &object.data_set(), 1000).await;
    assert_eq!(again.result, Ok(Stored::Identical));
}

#[tokio::test]
async fn refuses_a_different_object_under_a_known_uid() {
    let fixture = Fixture::new().await;
    let (first, second) = (Object::new("1.1").file(), Object::new("1.1").with(0x0008, 0x0070, "LO", "other").file());
    assert_eq!(fixture.store(&first).await.result, Ok(Stored::New));
    assert_eq!(fixture.store(&second).await.result, Err(StoreFailure::Duplicate));
    let instance = fixture.only("1.1").await;
    let body = fixture.archive.range(&instance, 0..instance.size).await.expect("an object");
    assert_eq!(collect(body).await, first);
    assert_eq!(fixture.files().0.len(), 1);
}

#[tokio::test]
async fn keeps_the_first_object_when_the_policy_says_keep() {
    let fixture = Fixture::with_policy(DuplicatePolicy::Keep).await;
    let (first, second) = (Object::new("1.1").file(), Object::new("1.1").with(0x0008, 0x0070, "LO", "other").file());
    fixture.store(&first).await;
    let outcome = fixture.store(&second).await;
    assert_eq!((outcome.result, &outcome.warnings[..]), (Ok(Stored::Kept), &[StoreWarning::AnotherWasKept][..]));
    let instance = fixture.only("1.1").await;
    let body = fixture.archive.range(&instance, 0..instance.size).await.expect("an object");
    assert_eq!(collect(body).await, first);
    assert_eq!(fixture.files().0.len(), 1);
}

#[tokio::test]
async fn replaces_the_first_object_when_the_policy_says_replace() {
    let fixture = Fixture::with_policy(DuplicatePolicy::Replace).await;
    let (first, second) = (Object::new("1.1").file(), Object::new("1.1").with(0x0008, 0x0070, "LO", "other").file());
    fixture.store(&first).await;
    assert_eq!(fixture.store(&second).await.result, Ok(Stored::Replaced));
    assert_eq!(fixture.store(&second).await.result, Ok(Stored::Identical));
    let instance = fixture.only("1.1").await;
    let body = fixture.archive.range(&instance, 0..instance.size).await.expect("an object");
    assert_eq!(collect(body).await, second);
    assert_eq!(fixture.files().0.len(), 1);
    let metadata = fixture.metadata(&scope("1.1")).await;
    assert!(String::from_utf8_lossy(&metadata[0].json).contains("other"));
    assert_eq!(fixture.count("instances"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_first_instances_make_one_study_and_one_series() {
    let fixture = Fixture::new().await;
    let stores = (0..32).map(|number| {
        let (archive, file) = (fixture.archive.clone(), Object::new(&format!("1.1.{number}")).file());
        tokio::spawn(async move { store(&archive, Arrival::File { study: None }, &file, 1000).await })
    });
    for stored in futures_util::future::join_all(stores).await {
        assert_eq!(stored.expect("no panic").result, Ok(Stored::New));
    }
    assert_eq!((fixture.count("studies"), fixture.count("series"), fixture.count("instances")), (1, 1, 32));
    assert_eq!(fixture.identity.sql("SELECT count(*) FROM patients").trim(), "1");
    assert_eq!(fixture.index.sql("SELECT number_of_study_related_instances FROM studies").trim(), "32");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_archives_that_store_one_object_at_once_make_one_row() {
    let fixture = Fixture::new().await;
    let other = archive::Archive::open(fixture.settings.clone()).await.expect("a second gateway");
    let file = Object::new("1.1").file();
    let stores = (0..16).map(|number| {
        let (archive, file) = (if number % 2 == 0 { &fixture.archive } else { &other }.clone(), file.clone());
        tokio::spawn(async move { store(&archive, Arrival::File { study: None }, &file, 1000).await.result })
    });
    let results: Vec<_> =
        futures_util::future::join_all(stores).await.into_iter().map(|result| result.unwrap()).collect();
    assert_eq!(results.iter().filter(|result| **result == Ok(Stored::New)).count(), 1, "{results:?}");
    assert_eq!(results.iter().filter(|result| **result == Ok(Stored::Identical)).count(), 15, "{results:?}");
    assert_eq!(fixture.files().0.len(), 1);
}

#[tokio::test]
async fn a_dropped_object_leaves_nothing_behind() {
    let fixture = Fixture::new().await;
    let file = Object::new("1.1").with(0x7fe0, 0x0010, "OW", vec![7; 5 << 20]).file();
    let mut incoming = fixture.archive.store(&actor(), Arrival::File { study: None }).await.expect("may store");
    for piece in file[..4 << 20].chunks(1 << 20) {
        incoming.write(Bytes::copy_from_slice(piece)).await.expect("room");
    }
    assert_eq!(fixture.files().1.len(), 1);
    drop(incoming);
    eventually(|| fixture.files().1.is_empty()).await;
    assert!(fixture.files().0.is_empty());
    assert_eq!(fixture.count("instances"), 0);
}

/// Waits for something that another thread does.
async fn eventually(condition: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !condition() {
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "it never happened");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_object_whose_sender_is_gone_is_stored_whole_or_not_at_all() {
    let fixture = Fixture::new().await;
    for number in 0..10 {
        let file = Object::new(&format!("1.1.{number}")).file();
        let mut incoming = fixture.archive.store(&actor(), Arrival::File { study: None }).await.expect("may store");
        incoming.write(file.into()).await.expect("room");
        // Polled a few times, then dropped, as a handler is when its client goes away.
        let mut finish = Box::pin(incoming.finish());
        for _ in 0..number {
            let _ = futures_util::poll!(&mut finish);
            tokio::task::yield_now().await;
        }
    }
    fixture.archive.close().await;
    eventually(|| fixture.files().1.is_empty() && fixture.files().0.len() as u64 == fixture.count("instances")).await;
}

#[tokio::test]
async fn refuses_objects_without_the_uids_they_go_by() {
    let fixture = Fixture::new().await;
    for (group, element) in [(0x0008, 0x0016), (0x0008, 0x0018), (0x0020, 0x000d), (0x0020, 0x000e)] {
        let outcome = fixture.store(&Object::new("1.1").without(group, element).file()).await;
        assert!(matches!(outcome.result, Err(StoreFailure::InvalidUid(_))), "{outcome:?}");
    }
    for uid in ["1.2.a", "../../../tmp/x", "1..2", &"1".repeat(65)] {
        let outcome = fixture.store(&Object::new(uid).file()).await;
        assert!(matches!(outcome.result, Err(StoreFailure::InvalidUid(_))), "{outcome:?}");
    }
    assert_eq!(fixture.files(), (vec![], vec![]));
}

#[tokio::test]
async fn refuses_an_instance_of_another_study_than_the_one_asked_for() {
    let fixture = Fixture::new().await;
    let arrival = |study: &str| Arrival::File { study: Some(Uid::new(study).unwrap()) };
    let file = Object::new("1.1").file();
    assert_eq!(store(&fixture.archive, arrival("1.2.99"), &file, 100).await.result, Err(StoreFailure::OtherStudy));
    assert_eq!(store(&fixture.archive, arrival(STUDY), &file, 100).await.result, Ok(Stored::New));
}

#[tokio::test]
async fn compares_a_data_set_with_what_was_announced() {
    let fixture = Fixture::new().await;
    let other = store(&fixture.archive, data_set_arrival("1.99"), &Object::new("1.1").data_set(), 100).await;
    assert!(matches!(other.result, Err(StoreFailure::DoesNotMatch(_))), "{other:?}");
    let object = Object::new("1.1").with(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.4");
    let class = store(&fixture.archive, data_set_arrival("1.1"), &object.data_set(), 100).await;
    assert_eq!(class.result, Ok(Stored::New));
    assert_eq!(class.warnings, [StoreWarning::DataSetDoesNotMatchSopClass]);
}

#[tokio::test]
async fn keeps_what_there_is_of_a_truncated_object() {
    let fixture = Fixture::new().await;
    let file = Object::new("1.1").file();
    let outcome = fixture.store(&file[..file.len() - 5]).await;
    assert_eq!(outcome.result, Ok(Stored::New));
    assert_eq!(outcome.warnings, [StoreWarning::Damaged]);
}

#[tokio::test]
async fn refuses_what_is_no_dicom_and_what_is_too_large() {
    let fixture = Fixture::with(|settings| settings.largest_object = 10_000).await;
    let text = fixture.store(&b"this is a letter, not a picture. ".repeat(20)).await;
    assert!(matches!(text.result, Err(StoreFailure::CannotUnderstand(_) | StoreFailure::InvalidUid(_))), "{text:?}");
    let nothing = fixture.store(b"").await;
    assert!(matches!(nothing.result, Err(StoreFailure::CannotUnderstand(_))), "{nothing:?}");
    let large = fixture.store(&Object::new("1.1").with(0x7fe0, 0x0010, "OW", vec![0; 10_000]).file()).await;
    assert!(matches!(large.result, Err(StoreFailure::OutOfResources(_))), "{large:?}");
    assert_eq!(fixture.files(), (vec![], vec![]));
}

#[tokio::test]
async fn stores_text_that_the_database_cannot_hold() {
    let fixture = Fixture::new().await;
    let file = Object::new("1.1").with(0x0008, 0x1030, "LO", "a\0b\u{1}c").with(0x0010, 0x4000, "LT", "\0\0x").file();
    assert_eq!(fixture.store(&file).await.result, Ok(Stored::New));
}

#[tokio::test]
async fn audits_every_store_and_every_refusal() {
    let fixture = Fixture::new().await;
    fixture.store(&Object::new("1.1").file()).await;
    fixture.store(&Object::new("1.1").with(0x0008, 0x0070, "LO", "other").file()).await;
    fixture.store(&Object::new("../1").file()).await;
    let mut nobody = actor();
    nobody.rights.clear();
    let refused = fixture.archive.store(&nobody, Arrival::File { study: None }).await.err();
    assert!(matches!(refused, Some(Error::NotAuthorized(_))));
    let mut trail = fixture.archive.audit_trail(AuditFilter::default(), 10).await.expect("the trail");
    trail.sort_by_key(|row| row.at);
    let told: Vec<_> = trail.iter().map(|row| [&row.action, &row.outcome, row.detail.as_ref().unwrap()]).collect();
    let expected = [
        ["store", "success", "new"],
        ["store", "failure", "duplicate"],
        ["store", "failure", "invalid uid"],
        ["refuse", "failure", "may not store"],
    ];
    assert_eq!(told, expected);
    assert_eq!(trail[0].sop_instance_uid.as_deref(), Some("1.1"));
}

#[tokio::test]
async fn what_was_stored_is_there_after_a_restart() {
    let fixture = Fixture::new().await;
    fixture.store(&Object::new("1.1").file()).await;
    fixture.archive.close().await;
    let refused = fixture.store(&Object::new("1.2").file()).await;
    assert_eq!(refused.result, Err(StoreFailure::Unavailable("the archive")));
    let again = archive::Archive::open(fixture.settings.clone()).await.expect("an archive");
    assert_eq!(again.instances(&actor(), &scope("1.1"), "test").await.expect("stored").len(), 1);
    assert!(matches!(again.instances(&actor(), &scope("1.2"), "test").await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn an_opening_archive_leaves_alone_what_a_living_one_receives() {
    let fixture = Fixture::new().await;
    let stale = fixture.settings.node_folder.join("incoming/dead");
    std::fs::create_dir(&stale).unwrap();
    std::fs::write(stale.join("0.part"), b"left by a process that was killed").unwrap();
    let file = Object::new("1.1").with(0x7fe0, 0x0010, "OW", vec![7; 3 << 20]).file();
    let mut incoming = fixture.archive.store(&actor(), Arrival::File { study: None }).await.expect("may store");
    for piece in file.chunks(1 << 19) {
        incoming.write(Bytes::copy_from_slice(piece)).await.expect("room");
    }
    let _other = archive::Archive::open(fixture.settings.clone()).await.expect("a second process");
    assert!(!stale.exists());
    assert_eq!(incoming.finish().await.result, Ok(Stored::New));
}

#[tokio::test]
async fn folders_of_their_own_are_nodes_of_their_own_wherever_they_are_moved() {
    let fixture = Fixture::new().await;
    fixture.store(&Object::new("1.1").file()).await;
    fixture.archive.close().await;
    let elsewhere = archive::Settings { node_folder: fixture.folder.path().join("other"), ..fixture.settings.clone() };
    let other = archive::Archive::open(elsewhere).await.expect("an archive");
    let instance = fixture.only("1.1").await;
    assert!(matches!(other.range(&instance, 0..1).await, Err(Error::Unavailable(..))));
    let moved = archive::Settings { node_folder: fixture.folder.path().join("moved"), ..fixture.settings.clone() };
    std::fs::rename(&fixture.settings.node_folder, &moved.node_folder).unwrap();
    let moved = archive::Archive::open(moved).await.expect("an archive");
    let body = moved.range(&instance, 0..instance.size).await.expect("an object");
    assert_eq!(collect(body).await, Object::new("1.1").file());
}

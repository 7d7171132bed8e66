//! Instances by unique keys, and what they are given as to receivers that take less than everything.

use archive::retrieve::{Encoding, Purpose, Selected, Selection};
use archive::{Actor, AeTitle, Error, Right, Uid};
use futures_util::TryStreamExt;

use crate::fixture::*;

const IMPLICIT: &str = "1.2.840.10008.1.2";

fn uid(text: &str) -> Uid {
    Uid::new(text).expect("a UID")
}

fn image(patient: &str, study: &str, series: &str, number: u32) -> Object {
    Object::new(&format!("{series}.{number}"))
        .with(0x0010, 0x0020, "LO", patient)
        .with(0x0020, 0x000d, "UI", study)
        .with(0x0020, 0x000e, "UI", series)
        .with(0x0020, 0x0013, "IS", number.to_string())
}

/// Two patients; the first with two studies, one of two series.
async fn archive() -> Fixture {
    let fixture = Fixture::new().await;
    for (patient, study, series) in
        [("P1", "1.1", "1.1.1"), ("P1", "1.1", "1.1.2"), ("P1", "1.2", "1.2.1"), ("P2", "2.1", "2.1.1")]
    {
        for number in [3, 1, 2] {
            assert!(fixture.store(&image(patient, study, series, number).file()).await.result.is_ok());
        }
    }
    fixture
}

async fn uids(mut selected: Selected) -> Vec<String> {
    let mut found = Vec::new();
    while let Some(instance) = selected.next().await.expect("the index") {
        found.push(instance.instance);
    }
    found
}

#[tokio::test]
async fn unique_keys_of_each_level_name_instances_in_order() {
    let fixture = archive().await;
    let select = async |selection: Selection| {
        let selected = fixture.archive.select(&actor(), &selection, &Purpose::Get).await.expect("a selection");
        let count = selected.count();
        let found = uids(selected).await;
        assert_eq!(found.len(), count);
        found
    };
    let patient = Selection { patient: Some("P1".into()), ..Selection::default() };
    assert_eq!(select(patient.clone()).await.len(), 9);
    let series = Selection { studies: vec![uid("1.1")], series: vec![uid("1.1.2")], ..patient.clone() };
    assert_eq!(select(series).await, ["1.1.2.1", "1.1.2.2", "1.1.2.3"]);
    let studies = Selection { studies: vec![uid("1.2"), uid("2.1")], ..Selection::default() };
    assert_eq!(select(studies).await.len(), 6);
    let instances = vec![uid("1.1.1.2"), uid("2.1.1.1"), uid("9.9")];
    assert_eq!(select(Selection { instances, ..Selection::default() }).await, ["1.1.1.2", "2.1.1.1"]);
    let of_another = Selection { studies: vec![uid("2.1")], ..patient };
    assert_eq!(select(of_another).await.len(), 0);
    let nobody = Selection { patient: Some("P3".into()), ..Selection::default() };
    assert_eq!(select(nobody).await.len(), 0);
}

#[tokio::test]
async fn many_instances_are_read_in_pages_and_deleted_ones_left_out() {
    let fixture = Fixture::new().await;
    for number in 1..=450_u32 {
        let stored = fixture.store(&image("P1", "1.1", "1.1.1", number).without(0x7fe0, 0x0010).file()).await;
        assert!(stored.result.is_ok());
    }
    let selection = Selection { studies: vec![uid("1.1")], ..Selection::default() };
    let selected = fixture.archive.select(&actor(), &selection, &Purpose::Get).await.expect("a selection");
    let mut right = actor();
    right.rights.push(Right::Delete);
    let gone = archive::Scope { study: uid("1.1"), series: Some(uid("1.1.1")), instance: Some(uid("1.1.1.300")) };
    fixture.archive.delete(&right, &gone).await.expect("it was there");
    assert_eq!(selected.count(), 450);
    let expected: Vec<String> =
        (1..=450).filter(|number| *number != 300).map(|number| format!("1.1.1.{number}")).collect();
    assert_eq!(uids(selected).await, expected);
}

#[tokio::test]
async fn nothing_is_selected_without_the_right_to_it_or_without_a_key() {
    let fixture = archive().await;
    let selection = Selection { studies: vec![uid("1.1")], ..Selection::default() };
    let to = Purpose::Move(AeTitle::new("SINK").expect("a title"));
    let (mut nobody, mut mover, mut researcher) = (actor(), actor(), actor());
    nobody.rights.clear();
    mover.rights = vec![Right::Move];
    researcher.identified = false;
    let select =
        async |actor: &Actor, purpose: &Purpose| fixture.archive.select(actor, &selection, purpose).await.is_ok();
    assert!(!select(&nobody, &Purpose::Get).await && !select(&nobody, &to).await);
    assert!(!select(&mover, &Purpose::Get).await && select(&mover, &to).await);
    assert!(select(&actor(), &Purpose::Get).await && !select(&actor(), &to).await);
    assert!(!select(&researcher, &Purpose::Get).await);
    let everything = fixture.archive.select(&actor(), &Selection::default(), &Purpose::Get).await.err();
    assert!(matches!(everything, Some(Error::BadRequest(_))));
    let trail = fixture.archive.audit_trail(Default::default(), 100).await.expect("a trail");
    let moved = trail.iter().find(|row| row.detail.as_deref() == Some("C-MOVE to SINK")).expect("a line");
    assert_eq!(moved.study_instance_uid.as_deref(), Some("1.1"));
}

#[tokio::test]
async fn stored_bytes_are_given_where_they_are_accepted_and_made_anew_elsewhere() {
    let fixture = Fixture::new().await;
    let object = Object::new("1.1");
    fixture.store(&object.file()).await;
    let instance = fixture.only("1.1").await;
    let given = async |accepted: &[&str]| {
        let encoding = fixture.archive.acceptable(&instance, accepted).await?;
        let body = fixture.archive.message_data_set(&instance, encoding, 16_378).await?;
        let pieces: Vec<bytes::Bytes> = body.content.try_collect().await.expect("content");
        Ok::<_, Error>((encoding, body.transfer_syntax, pieces.concat()))
    };
    let as_stored = given(&[IMPLICIT, EXPLICIT]).await.expect("what is stored");
    assert_eq!(as_stored, (Encoding::Stored, EXPLICIT.to_owned(), object.data_set()));
    let (_, syntax, implicit) = given(&[IMPLICIT]).await.expect("implicit VR");
    assert_eq!((&syntax[..], &implicit[..8]), (IMPLICIT, &[8, 0, 0x16, 0, 26, 0, 0, 0][..]));
    assert!(implicit.ends_with(b"abcdefghijkl"));
    let (_, syntax, big) = given(&["1.2.840.10008.1.2.2"]).await.expect("big endian");
    assert_eq!((&syntax[..], &big[..8]), ("1.2.840.10008.1.2.2", &[0, 8, 0, 0x16, b'U', b'I', 0, 26][..]));
    assert!(big.ends_with(b"badcfehgjilk"));
    let (_, syntax, compressed) = given(&["1.2.840.10008.1.2.5"]).await.expect("RLE");
    assert_eq!((&syntax[..], &compressed[..4]), ("1.2.840.10008.1.2.5", &[8, 0, 0x16, 0][..]));
    // What loses something is another instance, and video cannot be made.
    for refused in ["1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.102", "1.2.3"] {
        assert!(matches!(given(&[refused]).await, Err(Error::NotAcceptable(_))), "{refused}");
    }
}

//! Long metadata and objects, which are de-identified an element at a time.

use archive::retrieve::Encoding;
use archive::{Actor, Level, RenderRequest, Scope, Search, Uid};
use futures_util::TryStreamExt;
use serde_json::Value;

use super::{MARK, deidentified, has, item, object, personal};
use crate::fixture::*;

/// A value of this object that stands as JSON.
fn read(json: &[u8]) -> Value {
    let text = std::str::from_utf8(json).expect("text").replace(data_set::json::BULK_DATA_MARK, "mark ");
    serde_json::from_str(&text).expect("JSON")
}

#[tokio::test]
async fn long_metadata_say_in_pieces_what_they_say_whole() {
    let fixture = Fixture::new().await;
    let kept = Object::default()
        .with(0x0008, 0x1150, "UI", CT)
        .with(0x0008, 0x1155, "UI", "1.2.826.0.1.3680043.10.1999.5.1")
        .with(0x0008, 0x1140, "SQ", item(&Object::default().with(0x0010, 0x0010, "PN", "QUAESTOR^Deep")))
        .with(0x0010, 0x0010, "PN", "QUAESTOR^Nested")
        .with(0x0011, 0x0010, "LO", "QUAESTOR MAKER")
        .with(0x0040, 0x0275, "SQ", item(&Object::default().with(0x0010, 0x0020, "LO", "QUAESTOR-2")));
    let items = item(&kept).repeat(6_000);
    let (long, short) = ("1.2.826.0.1.3680043.10.1999.7.1", "1.2.826.0.1.3680043.10.1999.7.2");
    for object in [personal(long).with(0x0008, 0x1140, "SQ", &items), personal(short)] {
        assert!(fixture.store(&object.file()).await.result.is_ok());
    }
    let withheld = personal("1.2.826.0.1.3680043.10.1999.7.3").with(0x0028, 0x0301, "CS", "YES");
    assert!(fixture.store(&withheld.with(0x0008, 0x1140, "SQ", &items).file()).await.result.is_ok());

    let rita = Actor { name: "RITA".into(), identified: false, ..actor() };
    let found = fixture.archive.search(&rita, Search::of(Level::Study)).await.expect("an answer");
    let study = found.matches[0].object()["0020000D"]["Value"][0].as_str().expect("a UID").to_owned();
    let scope = Scope { study: Uid::new(&study).expect("a UID"), series: None, instance: None };
    let metadata = async || fixture.archive.metadata(&rita, &scope).await.expect("metadata");
    let whole = metadata().await.pages().try_collect::<Vec<_>>().await.expect("metadata").concat();
    let pieces = metadata().await.pieces().try_collect::<Vec<_>>().await.expect("metadata").concat();
    assert_eq!(metadata().await.left_out().len(), 1);
    assert_eq!((whole.len(), pieces.iter().filter(|piece| piece.is_first).count()), (2, 2));
    assert!(pieces.len() > 5 && pieces.iter().all(|piece| piece.of.json.len() <= 1 << 20), "{}", pieces.len());
    for one in &whole {
        let of = pieces.iter().filter(|piece| piece.of.instance == one.instance);
        let text: Vec<u8> = of.flat_map(|piece| piece.of.json.to_vec()).collect();
        assert!(!String::from_utf8_lossy(&text).contains(MARK));
        let (text, one) = (read(&text), read(&one.json));
        assert!(text == one, "{}", one["00080018"]);
        assert_eq!(text["00120062"]["Value"][0], "YES");
        assert!(text["7FE00010"]["BulkDataURI"].is_string());
    }
}

#[tokio::test]
async fn long_metadata_that_are_damaged_within_are_withheld_and_counted() {
    let fixture = Fixture::new().await;
    let kept = Object::default().with(0x0008, 0x1150, "UI", CT).with(0x0008, 0x1155, "UI", "1.2.5");
    let (long, short) = ("1.2.826.0.1.3680043.10.1999.9.1", "1.2.826.0.1.3680043.10.1999.9.2");
    for object in [personal(long).with(0x0008, 0x1140, "SQ", item(&kept).repeat(12_000)), personal(short)] {
        assert!(fixture.store(&object.file()).await.result.is_ok());
    }
    let metadata = fixture.archive.metadata(&actor(), &scope(long)).await.expect("metadata");
    let pieces = metadata.pieces().try_collect::<Vec<_>>().await.expect("metadata").concat();
    assert!(pieces.len() > 1, "they are long");
    let mut text: String = pieces.iter().map(|piece| std::str::from_utf8(&piece.of.json).expect("text")).collect();
    // The last Item says no JSON, within what looks like it.
    let (value, broken) = (r#"{"vr":"UI","Value":["1.2.5"]}"#, r#"{"vr":"UI","Value":[1.2.5]}"#);
    let place = text.rfind(value).expect("the last Item");
    text.replace_range(place..place + value.len(), broken);
    let row = zstd::bulk::compress(text.as_bytes(), 1).expect("it is compressed");
    let row: String = row.iter().map(|byte| format!("{byte:02x}")).collect();
    let set = format!("UPDATE instance_headers SET metadata = '\\x{row}' WHERE sop_instance_uid = '{long}'");
    fixture.identity.sql(&set);

    let rita = Actor { name: "RITA".into(), identified: false, ..actor() };
    let found = fixture.archive.search(&rita, Search::of(Level::Study)).await.expect("an answer");
    let study = found.matches[0].object()["0020000D"]["Value"][0].as_str().expect("a UID").to_owned();
    let scope = Scope { study: Uid::new(&study).expect("a UID"), series: None, instance: None };
    let metadata = fixture.archive.metadata(&rita, &scope).await.expect("metadata");
    let reasons: Vec<_> = metadata.left_out().iter().map(|left_out| (left_out.count, left_out.reason)).collect();
    assert_eq!(reasons, [(1, "its metadata cannot be read")]);
    let pieces = metadata.pieces().try_collect::<Vec<_>>().await.expect("nothing goes wrong midway").concat();
    assert_eq!(pieces.iter().filter(|piece| piece.is_first).count(), 1);
}

#[tokio::test]
async fn an_object_of_many_elements_is_treated_as_one_of_few() {
    let fixture = Fixture::new().await;
    let kept = Object::default()
        .with(0x0008, 0x1150, "UI", CT)
        .with(0x0008, 0x1155, "UI", "1.2.826.0.1.3680043.10.1999.5.1")
        .with(0x0010, 0x0010, "PN", "QUAESTOR^Nested")
        .with(0x0011, 0x0010, "LO", "QUAESTOR MAKER")
        .with(0x0040, 0xa170, "SQ", item(&Object::default().with(0x0010, 0x0020, "LO", "QUAESTOR-2")));
    let maker = Object::default().with(0x0011, 0x0010, "LO", "QUAESTOR MAKER");
    let last = maker.with(0x0011, 0x1001, "OB", b"QUAESTOR".repeat(1 << 17));
    let object_of = |instance: &str, items: usize| {
        personal(instance).with(0x0008, 0x1140, "SQ", [item(&kept).repeat(items), item(&last)].concat())
    };
    let (long, short) = ("1.2.826.0.1.3680043.10.1999.8.1", "1.2.826.0.1.3680043.10.1999.8.2");
    for object in [object_of(long, 6_000), object_of(short, 1)] {
        assert!(fixture.store(&object.file()).await.result.is_ok());
    }
    let (long, short) = (deidentified(&fixture, long).await, deidentified(&fixture, short).await);
    let others = [
        data_set::uids::IMPLICIT_VR_LITTLE_ENDIAN,
        data_set::uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
        data_set::uids::RLE_LOSSLESS,
    ];
    for encoding in [Encoding::Stored, Encoding::Native].into_iter().chain(others.map(Encoding::Encoded)) {
        let (of_long, of_short) = (object(&fixture, &long, encoding).await, object(&fixture, &short, encoding).await);
        assert!(!has(&of_long, MARK.as_bytes()), "{encoding:?}");
        let (of_long, of_short) = (super::read(&of_long), super::read(&of_short));
        assert_eq!(of_long.warnings, of_short.warnings, "{encoding:?}");
        let tags = |set: &data_set::DataSet| set.root().elements().map(|element| element.tag).collect::<Vec<_>>();
        assert_eq!(tags(&of_long), tags(&of_short), "{encoding:?}");
        let items = |set: &data_set::DataSet| {
            let items = set.root().items_of(data_set::tags::REFERENCED_IMAGE_SEQUENCE);
            let said = items.map(|item| {
                let elements = item.elements().map(|element| (element.tag, item.bytes(element).map(<[u8]>::to_vec)));
                elements.collect::<Vec<_>>()
            });
            said.collect::<Vec<_>>()
        };
        let (of_long, of_short) = (items(&of_long), items(&of_short));
        assert_eq!((of_long.len(), of_short.len()), (6_001, 2), "{encoding:?}");
        assert!(of_long[..6_000].iter().all(|item| *item == of_short[0]), "{encoding:?}");
        assert_eq!(of_long[6_000], of_short[1]);
    }
}

#[tokio::test]
async fn an_object_of_very_many_elements_is_drawn_as_one_of_few() {
    let fixture = Fixture::new().await;
    let (long, short) = ("1.2.826.0.1.3680043.10.1999.10.1", "1.2.826.0.1.3680043.10.1999.10.2");
    let object = personal(long).with(0x0008, 0x1111, "SQ", crate::many_elements::items());
    for object in [object, personal(short)] {
        assert!(fixture.store(&object.file()).await.result.is_ok());
    }
    let drawn = async |instance: &str| {
        let instance = deidentified(&fixture, instance).await;
        let request = RenderRequest::of_frame(1);
        fixture.archive.render(&instance, &request).await.expect("a picture").samples
    };
    assert_eq!(drawn(long).await, drawn(short).await);
}

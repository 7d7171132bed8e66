//! Long metadata, which are de-identified an element at a time.

use archive::{Actor, Level, Scope, Search, Uid};
use futures_util::TryStreamExt;
use serde_json::Value;

use super::{MARK, item, personal};
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

//! What comes out of the archive.

use archive::retrieve::Encoding;
use archive::{Error, Scope, Stored, Uid};

use crate::fixture::*;

#[tokio::test]
async fn reads_native_frames_by_their_numbers() {
    let fixture = Fixture::new().await;
    let object =
        Object::new("1.1").with(0x0028, 0x0008, "IS", "2").with(0x7fe0, 0x0010, "OW", *b"abcdefghijklABCDEFGHIJKL");
    fixture.store(&object.file()).await;
    let instance = fixture.only("1.1").await;
    assert_eq!(instance.frame_count, 2);
    for encoding in [Encoding::Stored, Encoding::Native] {
        let first = fixture.archive.frame(&instance, 1, encoding).await.expect("a frame");
        assert_eq!(first.transfer_syntax, EXPLICIT);
        assert_eq!(collect(first).await, b"abcdefghijkl");
        assert_eq!(
            collect(fixture.archive.frame(&instance, 2, encoding).await.expect("a frame")).await,
            b"ABCDEFGHIJKL"
        );
        for number in [0, 3, u32::MAX] {
            let absent = fixture.archive.frame(&instance, number, encoding).await.err();
            assert!(matches!(absent, Some(Error::NotFound(_))), "{number}");
        }
    }
}

#[tokio::test]
async fn reads_one_bit_frames_that_begin_within_a_byte() {
    let fixture = Fixture::new().await;
    // Three frames of 3 by 4 bits: 0x321, 0x654, 0x987 with the first pixel in the lowest bit.
    let object = Object::new("1.1")
        .with(0x0028, 0x0008, "IS", "3")
        .with(0x0028, 0x0010, "US", 3u16.to_le_bytes())
        .with(0x0028, 0x0011, "US", 4u16.to_le_bytes())
        .with(0x0028, 0x0100, "US", 1u16.to_le_bytes())
        .with(0x7fe0, 0x0010, "OB", [0x21, 0x43, 0x65, 0x87, 0x09, 0x00]);
    fixture.store(&object.file()).await;
    let instance = fixture.only("1.1").await;
    for (number, expected) in [(1, [0x21, 0x03]), (2, [0x54, 0x06]), (3, [0x87, 0x09])] {
        let frame = fixture.archive.frame(&instance, number, Encoding::Stored).await.expect("a frame");
        assert_eq!(collect(frame).await, expected, "frame {number}");
    }
}

#[tokio::test]
async fn gives_metadata_in_the_order_of_the_instances() {
    let fixture = Fixture::new().await;
    for number in [3, 1, 2] {
        let object = Object::new(&format!("1.1.{number}")).with(0x0020, 0x0013, "IS", number.to_string());
        fixture.store(&object.file()).await;
    }
    let series = Scope { instance: None, ..scope("1.1") };
    let metadata = fixture.metadata(&series).await;
    let order: Vec<_> = metadata.iter().map(|metadata| metadata.instance.as_str()).collect();
    assert_eq!(order, ["1.1.1", "1.1.2", "1.1.3"]);
    let json = String::from_utf8(metadata[0].json.to_vec()).unwrap();
    assert!(json.contains(r#""00083002":{"vr":"UI","Value":["1.2.840.10008.1.2.1"]}"#), "{json}");
    assert!(json.contains(&format!("\"BulkDataURI\":\"{}7FE00010\"", data_set::json::BULK_DATA_MARK)), "{json}");
    let parsed: serde_json::Value = serde_json::from_str(&json.replace(data_set::json::BULK_DATA_MARK, "")).unwrap();
    let tags: Vec<_> = parsed.as_object().unwrap().keys().cloned().collect();
    let mut sorted = tags.clone();
    sorted.sort();
    assert_eq!(tags, sorted);
    assert_eq!(parsed["00100010"]["Value"][0]["Alphabetic"], "Quaestor^Ada");
}

#[tokio::test]
async fn reads_bulk_data_wherever_it_is() {
    let fixture = Fixture::new().await;
    let long = vec![b'x'; 100_000];
    let object = Object::new("1.1").with(0x0009, 0x0010, "LO", "MAKER").with(0x0009, 0x1001, "OB", &long);
    let object = object.with(0x7fe1, 0x0010, "LO", "MAKER").with(0x7fe1, 0x1001, "OB", &long[..50_000]);
    assert_eq!(fixture.store(&object.file()).await.result, Ok(Stored::New));
    let instance = fixture.only("1.1").await;
    let bulk = async |path: &str| fixture.archive.bulk_data(&instance, path).await;
    assert_eq!(collect(bulk("7FE00010").await.expect("pixels")).await, b"abcdefghijkl");
    assert_eq!(collect(bulk("00091001").await.expect("before the pixels")).await, long);
    assert_eq!(collect(bulk("7FE11001").await.expect("after the pixels")).await, long[..50_000]);
    assert!(matches!(bulk("00091002").await, Err(Error::NotFound(_))));
    assert!(matches!(bulk("7FE00010/1/7FE00010").await, Err(Error::NotFound(_))));
    assert!(matches!(bulk("x").await, Err(Error::BadRequest(_))));
}

#[tokio::test]
async fn finds_a_value_in_a_sequence_among_long_ones() {
    let fixture = Fixture::new().await;
    let item = |of: &Object| {
        let content = of.data_set();
        [&b"\xfe\xff\x00\xe0"[..], &(content.len() as u32).to_le_bytes(), &content].concat()
    };
    let maker = || Object::default().with(0x5401, 0x0010, "LO", "MAKER");
    let long = vec![b'y'; 4 << 20];
    let inner = Object::default().with(0x0040, 0xa010, "CS", "HOLDS").with(0x5400, 0x1010, "OB", &long[..200_000]);
    let first = maker().with(0x5401, 0x1001, "OB", &long);
    let second = Object::default().with(0x5400, 0x0100, "SQ", [item(&first), item(&inner)].concat());
    let second = second.with(0x5400, 0x1010, "OW", b"samples.");
    let object = Object::new("1.1").with(0x5400, 0x0100, "SQ", [item(&first), item(&second)].concat());
    assert_eq!(fixture.store(&object.file()).await.result, Ok(Stored::New));
    let instance = fixture.only("1.1").await;
    let bulk = async |path: &str| fixture.archive.bulk_data(&instance, path).await;
    assert_eq!(collect(bulk("54000100/2/54001010").await.expect("a value")).await, b"samples.");
    assert_eq!(collect(bulk("54000100/2/54000100/2/54001010").await.expect("a value")).await, long[..200_000]);
    assert_eq!(collect(bulk("54000100/1/54011001").await.expect("a value")).await, long);
    for nothing in ["54000100/1/54001010", "54000100/3/54001010", "54000100/2/54000100/3/54001010", "54001010"] {
        assert!(matches!(bulk(nothing).await, Err(Error::NotFound(_))), "{nothing}");
    }
    for sequence in ["54000100", "54000100/2/54000100"] {
        assert!(matches!(bulk(sequence).await, Err(Error::BadRequest(_))), "{sequence}");
    }
    let part = fixture.archive.bulk_data_range(&instance, "54000100/2/54001010", 2..5).await.expect("a range");
    assert_eq!(collect(part).await, b"mpl");
}

#[tokio::test]
async fn refuses_ranges_that_the_file_does_not_have() {
    let fixture = Fixture::new().await;
    fixture.store(&Object::new("1.1").file()).await;
    let instance = fixture.only("1.1").await;
    let past = fixture.archive.range(&instance, 0..instance.size + 1).await.err();
    assert!(matches!(past, Some(Error::BadRequest(_))));
}

#[tokio::test]
async fn a_missing_file_is_an_error_and_no_panic() {
    let fixture = Fixture::new().await;
    fixture.store(&Object::new("1.1").file()).await;
    let instance = fixture.only("1.1").await;
    std::fs::remove_file(&fixture.files().0[0]).unwrap();
    let missing = fixture.archive.object(&instance, Encoding::Stored).await.err();
    assert!(matches!(missing, Some(Error::Damaged(_))), "{missing:?}");
}

#[tokio::test]
async fn nothing_is_retrieved_without_the_right_to_it() {
    let fixture = Fixture::new().await;
    fixture.store(&Object::new("1.1").file()).await;
    let (mut nobody, mut researcher) = (actor(), actor());
    nobody.rights.clear();
    researcher.identified = false;
    for stranger in [nobody, researcher] {
        for wanted in [scope("1.1"), scope("1.99"), Scope { study: Uid::new("9.9").unwrap(), ..scope("1.1") }] {
            let instances = fixture.archive.instances(&stranger, &wanted, "test").await.err();
            assert!(matches!(instances, Some(Error::NotAuthorized(_))), "{instances:?}");
            let metadata = fixture.archive.metadata(&stranger, &wanted).await.err();
            assert!(matches!(metadata, Some(Error::NotAuthorized(_))), "{metadata:?}");
        }
    }
}

#[tokio::test]
async fn gives_long_metadata_in_pieces_that_are_their_text() {
    use futures_util::TryStreamExt;
    let fixture = Fixture::new().await;
    let mut items = Vec::new();
    for number in 0..4_000_u32 {
        // A text of 300 characters (UT), and a value that comes apart (OB).
        let item = [
            &b"\x08\0\x19\x01UT\0\0\x2c\x01\0\0"[..],
            format!("{number:0300}").as_bytes(),
            b"\x09\0\x10\x10OB\0\0\x02\x10\0\0",
            &[7; 0x1002],
        ]
        .concat();
        items.extend_from_slice(b"\xfe\xff\x00\xe0");
        items.extend_from_slice(&(item.len() as u32).to_le_bytes());
        items.extend_from_slice(&item);
    }
    fixture.store(&Object::new("1.1").with(0x0040, 0x0555, "SQ", &items).file()).await;
    fixture.store(&Object::new("1.2").file()).await;
    let study = Scope { series: None, instance: None, ..scope("1.1") };
    let whole = fixture.metadata(&study).await;
    let metadata = fixture.archive.metadata(&actor(), &study).await.expect("metadata");
    let pieces = metadata.pieces().try_collect::<Vec<_>>().await.expect("metadata").concat();
    assert!(pieces.iter().all(|piece| piece.of.json.len() <= 1 << 20) && pieces.len() > 5, "{}", pieces.len());
    assert_eq!(pieces.iter().filter(|piece| piece.is_first).count(), 2);
    for one in &whole {
        let mut text = Vec::new();
        for piece in pieces.iter().filter(|piece| piece.of.instance == one.instance) {
            assert_eq!(piece.is_first, text.is_empty());
            assert_eq!(piece.of.transfer_syntax, one.transfer_syntax);
            text.extend_from_slice(&piece.of.json);
        }
        assert!(text == one.json, "{}", one.instance);
        assert_eq!(one.bulk_data_paths().count(), if one.instance == "1.1" { 4_001 } else { 1 });
    }
}

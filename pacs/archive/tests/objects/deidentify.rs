//! De-identified objects: nothing is left of who somebody is, in whatever form, by whichever way.

mod long;
mod real_files;
mod researcher;
mod withheld;

use archive::attribute::{self, VR};
use archive::retrieve::Encoding;
use archive::{Error, Scope, StoredInstance, Uid};
use data_set::{DataSet, Tag, tags};

use crate::fixture::*;

/// A text that must never come out.
const MARK: &str = "QUAESTOR";

async fn deidentified(fixture: &Fixture, instance: &str) -> StoredInstance {
    let stored = fixture.only(instance).await;
    fixture.archive.deidentified(vec![stored]).await.expect("the databases").remove(0)
}

async fn object(fixture: &Fixture, instance: &StoredInstance, encoding: Encoding) -> Vec<u8> {
    collect(fixture.archive.object(instance, encoding).await.expect("an object")).await
}

fn read(file: &[u8]) -> DataSet {
    data_set::read(file).expect("a data set")
}

fn has(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// An Item of a sequence.
fn item(of: &Object) -> Vec<u8> {
    let content = of.data_set();
    [&b"\xfe\xff\x00\xe0"[..], &(content.len() as u32).to_le_bytes(), &content].concat()
}

/// An object with something personal wherever there is room for it.
fn personal(instance: &str) -> Object {
    let nested = Object::default()
        .with(0x0008, 0x1150, "UI", CT)
        .with(0x0008, 0x1155, "UI", "1.2.826.0.1.3680043.10.1999.5.1")
        .with(0x0010, 0x0010, "PN", "QUAESTOR^Nested")
        .with(0x0010, 0x0020, "LO", "QUAESTOR-2")
        .with(0x0011, 0x0010, "LO", "QUAESTOR MAKER");
    let deeper = Object::default().with(0x0040, 0xa170, "SQ", item(&nested));
    Object::new(instance)
        .with(0x0008, 0x0005, "CS", "ISO_IR 100")
        .with(0x0008, 0x0020, "DA", "20240301")
        .with(0x0008, 0x002a, "DT", "20240301101112.5+0100")
        .with(0x0008, 0x0030, "TM", "101112")
        .with(0x0008, 0x0050, "SH", "QUAESTOR-A1")
        .with(0x0008, 0x0080, "LO", "QUAESTOR Clinic")
        .with(0x0008, 0x0090, "PN", "QUAESTOR^Referring")
        .with(0x0008, 0x1030, "LO", "QUAESTOR's knee")
        .with(0x0008, 0x1140, "SQ", item(&nested))
        .with(0x0008, 0x2112, "SQ", [item(&deeper), item(&nested)].concat())
        .with(0x0009, 0x0010, "LO", "QUAESTOR MAKER")
        .with(0x0009, 0x1001, "LO", "QUAESTOR private")
        .with(0x0010, 0x0010, "PN", "QUAESTOR^Ada")
        .with(0x0010, 0x0020, "LO", "QUAESTOR-1")
        .with(0x0010, 0x0030, "DA", "19770703")
        .with(0x0010, 0x21b0, "LT", "QUAESTOR history")
        .with(0x0018, 0x0050, "DS", "2.5")
        .with(0x0018, 0x1030, "LO", "QUAESTOR protocol")
        .with(0x0020, 0x4000, "LT", "QUAESTOR comment")
        .with(0x0028, 0x0301, "CS", "NO")
        .with(0x0040, 0x0275, "SQ", item(&nested))
        .with(0x0040, 0x0555, "SQ", item(&nested))
        .with(0x5000, 0x2500, "LO", "QUAESTOR curve")
        .with(0x6000, 0x0010, "US", 2u16.to_le_bytes())
        .with(0x6000, 0x3000, "OW", b"QUAESTOR")
        .with(0x6000, 0x4000, "LT", "QUAESTOR overlay")
        .with(0xfffc, 0xfffc, "OB", b"QUAESTOR trailing")
}

#[tokio::test]
async fn an_object_comes_out_without_whose_it_is_and_with_its_pixels() {
    let fixture = Fixture::new().await;
    assert!(fixture.store(&personal("1.2.826.0.1.3680043.10.1999.5.9").file()).await.result.is_ok());
    let instance = deidentified(&fixture, "1.2.826.0.1.3680043.10.1999.5.9").await;
    let file = object(&fixture, &instance, Encoding::Stored).await;
    for text in [MARK, "1.2.826.0.1.3680043.10.1999.5", "20240301", "19770703", "+0100", "LO\u{4}\u{0}4711"] {
        assert!(!has(&file, text.as_bytes()), "{text}");
    }
    let set = read(&file);
    assert!(set.warnings.is_empty(), "{:?}", set.warnings);
    let root = set.root();
    let text = |tag| root.raw_text(tag).unwrap_or_default().to_owned();
    assert_eq!(text(tags::SOP_INSTANCE_UID), instance.instance);
    assert_eq!(text(tags::STUDY_INSTANCE_UID), instance.study);
    assert_eq!(set.uid(tags::MEDIA_STORAGE_SOP_INSTANCE_UID), Some(instance.instance.as_str()));
    assert_eq!(text(tags::PATIENT_ID), text(tags::PATIENT_NAME));
    assert_eq!(text(tags::PATIENT_ID).len(), 16);
    assert_eq!(text(tags::PATIENT_IDENTITY_REMOVED), "YES");
    assert_eq!(text(tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED), "MODIFIED");
    assert_eq!(text(tags::INSTITUTION_NAME), "REMOVED");
    assert_eq!(text(tags::PATIENT_BIRTH_DATE), "");
    assert_eq!(text(tags::SLICE_THICKNESS), "2.5");
    assert_eq!(text(tags::STUDY_TIME), "101112");
    assert_eq!(text(tags::ACQUISITION_DATE_TIME)[8..], *"101112.5");
    assert_eq!(text(tags::ACQUISITION_DATE_TIME)[..8], text(tags::STUDY_DATE));
    let codes: Vec<String> = root
        .items_of(tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE)
        .map(|item| item.raw_text(tags::CODE_VALUE).unwrap_or_default().to_owned())
        .collect();
    assert_eq!(codes, ["113100", "113107"]);
    let sources: Vec<_> = root.items_of(tags::SOURCE_IMAGE_SEQUENCE).collect();
    assert_eq!(sources.len(), 2);
    let referenced = sources[1].raw_text(tags::REFERENCED_SOP_INSTANCE_UID).unwrap_or_default();
    assert!(referenced.starts_with("2.25."), "{referenced}");
    assert_eq!(sources[1].raw_text(tags::REFERENCED_SOP_CLASS_UID), Some(CT));
    for gone in [Tag(0x0009, 0x0010), Tag(0x6000, 0x0010), Tag(0x5000, 0x2500), tags::STUDY_DESCRIPTION] {
        assert!(root.get(gone).is_none(), "{gone}");
    }
    let pixels = root.get(tags::PIXEL_DATA).expect("pixels").value.clone();
    assert_eq!(file[pixels.start as usize..pixels.end as usize], *b"abcdefghijkl");
}

/// A value of a VR that must not come out, and what of it is looked for.
fn secret(vr: VR) -> Option<(Vec<u8>, Vec<u8>)> {
    let text = |text: &str| Some((text.as_bytes().to_vec(), text.as_bytes().to_vec()));
    match vr {
        VR::UI => text("1.2.826.0.1.3680043.10.1999.66"),
        VR::DA => text("19991231"),
        VR::DT => text("19991231235958"),
        VR::TM => text("235958"),
        VR::AS => text("077Y"),
        VR::DS | VR::IS => text("987654321"),
        VR::US | VR::SS => Some((vec![0x5A, 0xA5], vec![])),
        VR::UL | VR::SL | VR::FL => Some((b"\x5a\xa5\x5a\xa5".to_vec(), b"\x5a\xa5\x5a\xa5".to_vec())),
        VR::FD | VR::UV | VR::SV => Some((b"\x5a\xa5\x5a\xa5\x5a\xa5\x5a\xa5".to_vec(), b"\x5a\xa5\x5a\xa5".to_vec())),
        VR::SQ => {
            let inside = Object::default().with(0x0040, 0xa123, "PN", "QUAESTOR^A");
            Some((item(&inside), b"QUAESTOR^A".to_vec()))
        }
        VR::AT => None,
        _ => text("QUAESTOR"),
    }
}

#[tokio::test]
async fn every_attribute_of_the_table_is_treated_at_every_depth() {
    let fixture = Fixture::new().await;
    let mut filled = Object::default();
    let mut sought = Vec::new();
    for (tag, _) in schema::profile::table().filter(|((group, _), _)| *group >= 8) {
        let vr = attribute::by_tag(tag).map_or(VR::LO, |known| known.vr);
        let Some((value, text)) = secret(vr) else { continue };
        let name: &'static str = vr.to_string();
        filled = filled.with(tag.0, tag.1, name, value);
        sought.push((tag, vr, text));
    }
    assert!(sought.len() > 600, "{}", sought.len());
    let mut whole = filled.clone();
    let nested = item(&filled.clone().without(0x0008, 0x1140));
    for (group, element, vr, value) in [
        (0x0008, 0x0016, "UI", CT.as_bytes()),
        (0x0008, 0x0018, "UI", b"1.2.826.0.1.3680043.10.1999.66.1"),
        (0x0020, 0x000d, "UI", STUDY.as_bytes()),
        (0x0020, 0x000e, "UI", SERIES.as_bytes()),
        (0x0008, 0x1140, "SQ", &nested),
        (0x0028, 0x0010, "US", &2u16.to_le_bytes()),
        (0x0028, 0x0011, "US", &3u16.to_le_bytes()),
        (0x0028, 0x0100, "US", &16u16.to_le_bytes()),
        (0x0028, 0x0002, "US", &1u16.to_le_bytes()),
        (0x7fe0, 0x0010, "OW", b"abcdefghijkl"),
    ] {
        whole = whole.with(group, element, vr, value);
    }
    assert!(fixture.store(&whole.file()).await.result.is_ok());
    let instance = deidentified(&fixture, "1.2.826.0.1.3680043.10.1999.66.1").await;
    let file = object(&fixture, &instance, Encoding::Stored).await;
    // The time of an examination stays; it is the same text for all times.
    let is_left = |(_, vr, text): &&(_, VR, Vec<u8>)| *vr != VR::TM && !text.is_empty() && has(&file, text);
    let left = sought.iter().filter(is_left);
    let left: Vec<_> = left.map(|(tag, vr, _)| format!("{tag:04X?} {vr:?}")).collect();
    assert!(left.is_empty(), "{left:?}");
    let json = metadata_of(&file);
    assert!(!json.contains(MARK), "{json}");
}

/// The DICOM JSON of a file.
fn metadata_of(file: &[u8]) -> String {
    let object = data_set::json::object(read(file).root(), 1 << 20).expect("JSON");
    serde_json::to_string(&object).expect("JSON")
}

#[tokio::test]
async fn references_fit_across_the_instances_of_a_study() {
    let fixture = Fixture::new().await;
    let (first, second) = ("1.2.826.0.1.3680043.10.1999.5.1", "1.2.826.0.1.3680043.10.1999.5.2");
    assert!(fixture.store(&Object::new(first).file()).await.result.is_ok());
    assert!(fixture.store(&personal(second).file()).await.result.is_ok());
    let (first, second) = (deidentified(&fixture, first).await, deidentified(&fixture, second).await);
    assert_eq!((&first.study, &first.series), (&second.study, &second.series));
    let set = read(&object(&fixture, &second, Encoding::Stored).await);
    let referenced = set.root().items_of(tags::REFERENCED_IMAGE_SEQUENCE).next().expect("an Item");
    assert_eq!(referenced.raw_text(tags::REFERENCED_SOP_INSTANCE_UID), Some(first.instance.as_str()));
}

#[tokio::test]
async fn pixels_are_the_same_in_every_transfer_syntax() {
    let fixture = Fixture::new().await;
    let fragments = b"\xfe\xff\x00\xe0\0\0\0\0\xfe\xff\x00\xe0\x04\0\0\0\xff\xd8\xff\xd9";
    let encapsulated = [
        personal("1.5.1").without(0x7fe0, 0x0010).without(0xfffc, 0xfffc).data_set(),
        b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff".to_vec(),
        fragments.to_vec(),
        b"\xfe\xff\xdd\xe0\0\0\0\0".to_vec(),
    ]
    .concat();
    assert!(fixture.store(&file("1.2.840.10008.1.2.4.50", &encapsulated)).await.result.is_ok());
    let instance = deidentified(&fixture, "1.5.1").await;
    let whole = object(&fixture, &instance, Encoding::Stored).await;
    assert!(has(&whole, fragments) && !has(&whole, MARK.as_bytes()));
    let set = read(&whole);
    assert_eq!((set.transfer_syntax.as_str(), set.fragments.len()), ("1.2.840.10008.1.2.4.50", 2));

    assert!(fixture.store(&personal("1.5.2").file()).await.result.is_ok());
    let instance = deidentified(&fixture, "1.5.2").await;
    for (encoding, syntax) in [
        (Encoding::Native, EXPLICIT),
        (Encoding::Encoded("1.2.840.10008.1.2"), "1.2.840.10008.1.2"),
        (Encoding::Encoded("1.2.840.10008.1.2.1.99"), "1.2.840.10008.1.2.1.99"),
        (Encoding::Encoded("1.2.840.10008.1.2.5"), "1.2.840.10008.1.2.5"),
    ] {
        let whole = object(&fixture, &instance, encoding).await;
        let set = read(&whole);
        assert_eq!(set.transfer_syntax, syntax);
        let root = set.root();
        assert_eq!(root.raw_text(tags::PATIENT_IDENTITY_REMOVED), Some("YES"), "{syntax}");
        assert!(!metadata_of(&whole).contains(MARK) && !has(&whole, MARK.as_bytes()), "{syntax}");
        if syntax == "1.2.840.10008.1.2" {
            assert!(fixture.store(&whole).await.result.is_ok());
            let study = Scope { study: Uid::new(&instance.study).expect("a UID"), series: None, instance: None };
            let again = fixture.archive.instances(&actor(), &study, "test").await.expect("it was stored").remove(0);
            assert_eq!(again.transfer_syntax, syntax);
            let frame = fixture.archive.frame(&again, 1, Encoding::Native).await.expect("a frame");
            assert_eq!(collect(frame).await, b"abcdefghijkl");
        }
    }
}

#[tokio::test]
async fn no_bytes_come_as_they_are_stored_but_pixels() {
    let fixture = Fixture::new().await;
    let long = format!("{MARK} {}", "x".repeat(100_000));
    let object = personal("1.7.1").with(0x0009, 0x1002, "UT", &long).with(0x0010, 0x4000, "LT", &long[..9_000]);
    let object = object.with(0x0008, 0x0070, "LO", "Maker");
    assert!(fixture.store(&object.file()).await.result.is_ok());
    let instance = deidentified(&fixture, "1.7.1").await;
    assert!(fixture.archive.range(&instance, 0..10).await.is_err());
    for gone in ["00091002", "00104000", "60003000", "00081140/1/00100010", "FFFCFFFC"] {
        let value = fixture.archive.bulk_data(&instance, gone).await;
        match value {
            Err(Error::NotFound(_)) => {}
            Err(error) => panic!("{gone}: {error}"),
            Ok(body) => assert!(collect(body).await.is_empty(), "{gone}"),
        }
    }
    for replaced in ["00100010", "00080020", "00080018"] {
        let body = fixture.archive.bulk_data(&instance, replaced).await.expect("it is there");
        assert!(collect(body).await.is_empty(), "{replaced}");
    }
    let pixels = fixture.archive.bulk_data(&instance, "7FE00010").await.expect("pixels");
    assert_eq!(collect(pixels).await, b"abcdefghijkl");
}

#[tokio::test]
async fn two_archives_give_one_object_two_pseudonyms() {
    let (one, other) = (Fixture::new().await, Fixture::new().await);
    for fixture in [&one, &other] {
        assert!(fixture.store(&Object::new("1.8.1").file()).await.result.is_ok());
    }
    let (first, second) = (deidentified(&one, "1.8.1").await, deidentified(&other, "1.8.1").await);
    assert_ne!(first.instance, second.instance);
    let reopened = archive::Archive::open(one.settings.clone()).await.expect("an archive");
    let stored = one.only("1.8.1").await;
    let again = reopened.deidentified(vec![stored]).await.expect("the databases").remove(0);
    assert_eq!(again.instance, first.instance);
    assert_ne!(first.digest, one.only("1.8.1").await.digest);
    reopened.close().await;
}

#[tokio::test]
async fn nothing_comes_out_of_values_that_are_not_what_they_should_be() {
    let fixture = Fixture::new().await;
    let picture = Object::default().with(0x7fe0, 0x0010, "OW", b"QUAESTOR").with(0x5400, 0x1010, "OW", b"QUAESTOR");
    let object = Object::new("1.9.1")
        .with(0x0008, 0x0030, "TM", "QUAESTOR")
        .with(0x0008, 0x0031, "TM", "20240301101112")
        .with(0x0008, 0x0032, "TM", "101112.5")
        .with(0x0008, 0x0080, "UN", b"QUAESTOR")
        .with(0x0008, 0x1140, "SQ", item(&picture))
        .with(0x0018, 0x0015, "CS", "Quaestor")
        .with(0x0018, 0x0050, "DS", "QUAESTOR")
        .with(0x0018, 0x0060, "UN", b"QUAESTOR")
        .with(0x0018, 0x1003, "LO", "QUAESTOR-D1")
        .with(0x0018, 0x5100, "LO", "QUAESTOR")
        .with(0x0020, 0x9057, "OB", b"QUAESTOR")
        .with(0x0040, 0x2007, "LO", "QUAESTOR-2")
        .with(0x0042, 0x0011, "OB", b"QUAESTOR")
        .with(0x5400, 0x0100, "SQ", item(&picture))
        .with(0x7fe0, 0x0010, "OW", b"abcdefghijklQUAESTOR");
    assert!(fixture.store(&object.file()).await.result.is_ok());
    let instance = deidentified(&fixture, "1.9.1").await;
    for encoding in [Encoding::Stored, Encoding::Native, Encoding::Encoded("1.2.840.10008.1.2")] {
        let file = object_upper(&fixture, &instance, encoding).await;
        assert!(!has(&file, MARK.as_bytes()) && !has(&file, b"20240301"), "{encoding:?}");
    }
    let file = self::object(&fixture, &instance, Encoding::Stored).await;
    let set = read(&file);
    let root = set.root();
    assert_eq!(root.raw_text(tags::INSTITUTION_NAME), Some("REMOVED"));
    assert_eq!((root.raw_text(tags::STUDY_TIME), root.raw_text(tags::ACQUISITION_TIME)), (Some(""), Some("101112.5")));
    let pixels = root.get(tags::PIXEL_DATA).expect("pixels").value.clone();
    assert_eq!(file[pixels.start as usize..pixels.end as usize], *b"abcdefghijkl");
    let pixels = fixture.archive.bulk_data(&instance, "7FE00010").await.expect("pixels");
    assert_eq!(collect(pixels).await, b"abcdefghijkl");
}

async fn object_upper(fixture: &Fixture, instance: &StoredInstance, encoding: Encoding) -> Vec<u8> {
    object(fixture, instance, encoding).await.to_ascii_uppercase()
}

#[tokio::test]
async fn uids_of_objects_are_replaced_even_if_they_look_like_those_of_the_standard() {
    let fixture = Fixture::new().await;
    let like_the_standards = "1.2.840.10008.1999.5";
    let object = Object::new(like_the_standards).with(0x0008, 0x0062, "UI", "QUAESTOR").with(0x0020, 0x0052, "UI", CT);
    assert!(fixture.store(&object.file()).await.result.is_ok());
    let instance = deidentified(&fixture, like_the_standards).await;
    let file = self::object(&fixture, &instance, Encoding::Stored).await;
    assert!(instance.instance.starts_with("2.25."), "{}", instance.instance);
    assert!(!has(&file, like_the_standards.as_bytes()) && !has(&file, MARK.as_bytes()));
    assert_eq!(read(&file).root().raw_text(tags::SOP_CLASS_UID), Some(CT));
}

//! What cannot be given de-identified, or not in every form.

use archive::retrieve::Encoding;
use archive::{Actor, Error, Level, RenderRequest, Scope, Search, Uid};
use data_set::tags;

use super::{MARK, deidentified, has, object, read};
use crate::fixture::*;

#[tokio::test]
async fn what_may_name_somebody_is_withheld_in_every_form() {
    let fixture = Fixture::new().await;
    let capture = "1.2.840.10008.5.1.4.1.1.7";
    for (number, object, words) in [
        (1, Object::new("1.6.1").with(0x0028, 0x0301, "CS", "YES"), "Burned In Annotation"),
        (2, Object::new("1.6.2").with(0x0008, 0x0016, "UI", capture), "does not say"),
        (3, Object::new("1.6.3").with(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.88.11"), "SOP Class"),
        (4, Object::new("1.6.4").with(0x0028, 0x0302, "CS", "YES"), "recognised"),
        (5, Object::new("1.6.5").with(0x6000, 0x0102, "US", 12u16.to_le_bytes()), "overlay"),
    ] {
        assert!(fixture.store(&object.file()).await.result.is_ok());
        let instance = deidentified(&fixture, &format!("1.6.{number}")).await;
        let archive = &fixture.archive;
        let refused = |error: Option<Error>| {
            let Some(Error::NotAcceptable(reason)) = error else { panic!("{words}: {error:?}") };
            assert!(reason.contains("cannot be de-identified") && reason.contains(words), "{reason}");
        };
        for encoding in [Encoding::Stored, Encoding::Native, Encoding::Encoded("1.2.840.10008.1.2.5")] {
            refused(archive.object(&instance, encoding).await.err());
            refused(archive.frame(&instance, 1, encoding).await.err());
            refused(archive.can_give(&instance, encoding).await.err());
        }
        refused(archive.bulk_data(&instance, "7FE00010").await.err());
        refused(archive.render(&instance, &RenderRequest::of_frame(1)).await.err());
        refused(archive.acceptable(&instance, &[EXPLICIT]).await.err());
    }
    let said = Object::new("1.6.9").with(0x0008, 0x0016, "UI", capture).with(0x0028, 0x0301, "CS", "NO");
    assert!(fixture.store(&said.file()).await.result.is_ok());
    object(&fixture, &deidentified(&fixture, "1.6.9").await, Encoding::Stored).await;
}

/// A CT image that says that it was derived from others.
fn derived(instance: &str, image_type: &str) -> Object {
    Object::new(instance)
        .with(0x0008, 0x0008, "CS", image_type)
        .with(0x0020, 0x0032, "DS", "-166\\-171.7\\-340")
        .with(0x0020, 0x0037, "DS", "1\\0\\0\\0\\1\\0")
        .with(0x0020, 0x0052, "UI", "1.2.826.0.1.3680043.10.1999.5.7")
        .with(0x0028, 0x0004, "CS", "MONOCHROME2")
        .with(0x0028, 0x0030, "DS", "0.7\\0.7")
        .with(0x0028, 0x0101, "US", 12u16.to_le_bytes())
        .with(0x0028, 0x1052, "DS", "-1024")
        .with(0x0028, 0x1053, "DS", "1")
        .with(0x0028, 0x1054, "LO", "HU")
}

#[tokio::test]
async fn derived_slices_are_given_and_derived_pages_are_withheld() {
    let fixture = Fixture::new().await;
    let axial = "DERIVED\\SECONDARY\\AXIAL";
    for (number, object, is_given) in [
        (1, derived("1.4.1", axial), true),
        (2, derived("1.4.2", "DERIVED\\SECONDARY\\MPR\\AVERAGE"), true),
        (3, derived("1.4.3", "DERIVED\\SECONDARY\\OTHER"), false),
        (4, derived("1.4.4", axial).without(0x0020, 0x0032), false),
        (5, derived("1.4.5", axial).with(0x0028, 0x0101, "US", 8u16.to_le_bytes()), false),
        (6, derived("1.4.6", axial).with(0x0028, 0x1054, "LO", "US"), false),
        (7, derived("1.4.7", axial).with(0x0028, 0x0301, "CS", "YES"), false),
        (8, derived("1.4.8", axial).with(0x0008, 0x0064, "CS", "WSD"), false),
    ] {
        assert!(fixture.store(&object.file()).await.result.is_ok());
        let uid = format!("1.4.{number}");
        let instance = deidentified(&fixture, &uid).await;
        let given = fixture.archive.can_give(&instance, Encoding::Stored).await;
        assert_eq!(given.is_ok(), is_given, "{uid}: {given:?}");
    }
    // Their metadata say the same.
    let researcher = Actor { identified: false, ..actor() };
    fixture.archive.search(&researcher, Search::of(Level::Study)).await.expect("pseudonyms are told");
    let study = Uid::new(&deidentified(&fixture, "1.4.1").await.study).expect("a UID");
    let scope = Scope { study, series: None, instance: None };
    let metadata = fixture.archive.metadata(&researcher, &scope).await.expect("metadata");
    let left_out: usize = metadata.left_out().iter().map(|left_out| left_out.count).sum();
    assert_eq!((metadata.instances().count(), left_out), (2, 6), "{:?}", metadata.left_out());
}

#[tokio::test]
async fn what_is_stored_big_endian_is_given_in_little_endian_only() {
    const BIG: &str = "1.2.840.10008.1.2.2";
    let fixture = Fixture::new().await;
    let mut big = Vec::new();
    let mut put = |tag: (u16, u16), vr: &str, value: &[u8]| {
        big.extend([tag.0.to_be_bytes(), tag.1.to_be_bytes()].concat());
        big.extend(vr.as_bytes());
        match vr {
            "OW" => big.extend([&[0, 0][..], &(value.len() as u32).to_be_bytes()].concat()),
            _ => big.extend((value.len() as u16).to_be_bytes()),
        }
        big.extend(value);
    };
    put((0x0008, 0x0016), "UI", format!("{CT}\0").as_bytes());
    put((0x0008, 0x0018), "UI", b"1.3.1\0");
    put((0x0010, 0x0010), "PN", b"QUAESTOR^Ada");
    put((0x0020, 0x000d), "UI", format!("{STUDY}\0").as_bytes());
    put((0x0020, 0x000e), "UI", format!("{SERIES}\0").as_bytes());
    for (element, number) in [(0x0002, 1), (0x0010, 1), (0x0011, 3), (0x0100, 16)] {
        put((0x0028, element), "US", &u16::to_be_bytes(number));
    }
    put((0x7fe0, 0x0010), "OW", &[1, 2, 3, 4, 5, 6]);
    assert!(fixture.store(&file(BIG, &big)).await.result.is_ok());
    let instance = deidentified(&fixture, "1.3.1").await;
    for encoding in [Encoding::Stored, Encoding::Encoded(BIG)] {
        let Err(Error::NotAcceptable(words)) = fixture.archive.can_give(&instance, encoding).await else {
            panic!("{encoding:?}")
        };
        assert!(words.contains("stored big endian") && words.contains("other transfer syntaxes"), "{words}");
        assert!(fixture.archive.object(&instance, encoding).await.is_err());
    }
    assert!(matches!(fixture.archive.acceptable(&instance, &[BIG]).await, Err(Error::NotAcceptable(_))));
    let encoding = fixture.archive.acceptable(&instance, &[BIG, EXPLICIT]).await.expect("little endian");
    let made = object(&fixture, &instance, encoding).await;
    let set = read(&made);
    assert_eq!((set.transfer_syntax.as_str(), set.root().ints(tags::COLUMNS)), (EXPLICIT, vec![3]));
    assert!(made.ends_with(&[2, 1, 4, 3, 6, 5]) && !has(&made, MARK.as_bytes()));
}

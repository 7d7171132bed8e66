//! Objects and frames in other transfer syntaxes than the stored one.

use std::process::Command;

use archive::retrieve::{Encoding, encodings};
use archive::{Error, StoredInstance};
use codec::FrameFormat;
use data_set::explicit::EXPLICIT_VR_BIG_ENDIAN;
use data_set::{DataSet, FrameIndex, tags, uids};

use crate::fixture::*;

const DEFLATED: &str = uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;
const BASELINE: &str = uids::JPEG_BASELINE8_BIT;

/// Three frames of 20 by 30 pixels: 12 bits with a sign.
fn signed() -> (Object, Vec<u8>) {
    let pixels: Vec<u8> = (0..3 * 20 * 30).flat_map(|i: i32| ((i * 7 % 4096 - 2048) as i16).to_le_bytes()).collect();
    let object = Object::new("1.1")
        .with(0x0008, 0x0008, "CS", "ORIGINAL\\PRIMARY\\AXIAL")
        .with(0x0028, 0x0004, "CS", "MONOCHROME2")
        .with(0x0028, 0x0008, "IS", "3")
        .with(0x0028, 0x0010, "US", 20u16.to_le_bytes())
        .with(0x0028, 0x0011, "US", 30u16.to_le_bytes())
        .with(0x0028, 0x0101, "US", 12u16.to_le_bytes())
        .with(0x0028, 0x0102, "US", 11u16.to_le_bytes())
        .with(0x0028, 0x0103, "US", 1u16.to_le_bytes())
        .with(0x7fe0, 0x0010, "OW", &pixels);
    (object, pixels)
}

/// One frame of 40 by 30 pixels of 12 bits, without a sign.
fn twelve_bits() -> Object {
    let pixels: Vec<u8> = (0..40 * 30).flat_map(|i: u16| (i * 3).to_le_bytes()).collect();
    Object::new("1.1")
        .with(0x0028, 0x0004, "CS", "MONOCHROME2")
        .with(0x0028, 0x0010, "US", 30u16.to_le_bytes())
        .with(0x0028, 0x0011, "US", 40u16.to_le_bytes())
        .with(0x0028, 0x0101, "US", 12u16.to_le_bytes())
        .with(0x0028, 0x0102, "US", 11u16.to_le_bytes())
        .with(0x7fe0, 0x0010, "OW", pixels)
}

/// One frame of 21 by 15 pixels of three colours, plane after plane.
fn colours() -> (Object, Vec<u8>) {
    let pixels: Vec<u8> = (0..3 * 21 * 15).map(|i: u32| (i * 5 / 3) as u8).collect();
    let planes = (0..3)
        .flat_map(|plane| pixels.iter().skip(plane).step_by(3).copied().collect::<Vec<u8>>())
        .collect::<Vec<u8>>();
    let object = Object::new("1.1")
        .with(0x0028, 0x0002, "US", 3u16.to_le_bytes())
        .with(0x0028, 0x0004, "CS", "RGB")
        .with(0x0028, 0x0006, "US", 1u16.to_le_bytes())
        .with(0x0028, 0x0010, "US", 21u16.to_le_bytes())
        .with(0x0028, 0x0011, "US", 15u16.to_le_bytes())
        .with(0x0028, 0x0100, "US", 8u16.to_le_bytes())
        .with(0x0028, 0x0101, "US", 8u16.to_le_bytes())
        .with(0x7fe0, 0x0010, "OB", planes);
    (object, pixels)
}

async fn stored(fixture: &Fixture, file: &[u8]) -> StoredInstance {
    fixture.store(file).await.result.expect("stored");
    fixture.only("1.1").await
}

async fn encoded(fixture: &Fixture, instance: &StoredInstance, syntax: &'static str) -> Vec<u8> {
    let body = fixture.archive.object(instance, Encoding::Encoded(syntax)).await;
    let body = body.unwrap_or_else(|error| panic!("{syntax}: {error}"));
    assert_eq!(body.transfer_syntax, syntax);
    collect(body).await
}

fn format(set: &DataSet) -> FrameFormat {
    let root = set.root();
    let number = |tag| root.int(tag).unwrap_or(0);
    FrameFormat {
        rows: number(tags::ROWS) as u32,
        columns: number(tags::COLUMNS) as u32,
        samples: number(tags::SAMPLES_PER_PIXEL) as u16,
        bits_allocated: number(tags::BITS_ALLOCATED) as u16,
        bits_stored: number(tags::BITS_STORED) as u16,
        signed: number(tags::PIXEL_REPRESENTATION) == 1,
        photometric: root.raw_text(tags::PHOTOMETRIC_INTERPRETATION).expect("it is there").to_owned(),
        planar: number(tags::PLANAR_CONFIGURATION) as u16,
    }
}

/// The samples of all frames of a file, interleaved.
fn samples(file: &[u8], set: &DataSet) -> Vec<u8> {
    let frames = (1..=set.frames.len()).map(|number| {
        let ranges = set.frames.frame(number).expect("a frame").ranges;
        let frame: Vec<u8> = ranges.iter().flat_map(|r| &file[r.start as usize..r.end as usize]).copied().collect();
        codec::decode(&set.transfer_syntax, &frame, &format(set)).expect("the frame can be decoded").bytes
    });
    frames.collect::<Vec<_>>().concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lossless_syntaxes_hold_the_same_image() {
    for (object, pixels) in [signed(), colours()] {
        let fixture = Fixture::new().await;
        let instance = stored(&fixture, &object.file()).await;
        let mut held = 0;
        for syntax in encodings(false).filter(|syntax| codec::lossy_method(syntax).is_none()) {
            let possible = fixture.archive.can_give(&instance, Encoding::Encoded(syntax)).await;
            if let Err(Error::NotAcceptable(words)) = &possible {
                assert!(words.contains("JPEG XL"), "{words}");
                continue;
            }
            held += 1;
            let file = encoded(&fixture, &instance, syntax).await;
            let set = data_set::read(&file).expect("a data set");
            assert_eq!((set.transfer_syntax.as_str(), &set.warnings[..]), (syntax, &[][..]));
            assert_eq!(set.uid(tags::SOP_INSTANCE_UID), Some("1.1"));
            assert_eq!(set.root().text(tags::PATIENT_NAME).as_deref(), Some("Quaestor^Ada"));
            assert!(
                matches!(&set.frames, FrameIndex::Encapsulated(frames) if frames.len() as u32 == instance.frame_count)
            );
            assert!(samples(&file, &set) == pixels, "{syntax}");
        }
        assert!(held >= 8);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lossy_syntax_makes_a_derived_image_with_a_uid_of_its_own() {
    let mut held = std::collections::BTreeSet::new();
    for object in [colours().0, twelve_bits(), signed().0] {
        let fixture = Fixture::new().await;
        let instance = stored(&fixture, &object.file()).await;
        for syntax in encodings(false).filter(|syntax| codec::lossy_method(syntax).is_some()) {
            if fixture.archive.can_give(&instance, Encoding::Encoded(syntax)).await.is_err() {
                continue;
            }
            held.insert(syntax);
            let file = encoded(&fixture, &instance, syntax).await;
            let set = data_set::read(&file).expect("a data set");
            let root = set.root();
            let uid = set.uid(tags::SOP_INSTANCE_UID).expect("a UID");
            assert!(uid.starts_with("2.25."), "{uid}");
            assert_eq!(set.uid(tags::MEDIA_STORAGE_SOP_INSTANCE_UID), Some(uid));
            assert_eq!(root.raw_text(tags::LOSSY_IMAGE_COMPRESSION), Some("01"));
            assert_eq!(root.raw_text(tags::LOSSY_IMAGE_COMPRESSION_METHOD), codec::lossy_method(syntax));
            assert!(root.raw_text(tags::IMAGE_TYPE).is_some_and(|text| text.starts_with("DERIVED\\")));
            let source = root.items_of(tags::SOURCE_IMAGE_SEQUENCE).next().expect("a source");
            assert_eq!(source.raw_text(tags::REFERENCED_SOP_INSTANCE_UID), Some("1.1"));
            let again = encoded(&fixture, &instance, syntax).await;
            assert!(again == file, "{syntax}");
        }
    }
    assert_eq!(held.len(), encodings(false).filter(|syntax| codec::lossy_method(syntax).is_some()).count());
}

#[tokio::test]
async fn lossy_jpeg_xl_that_is_stored_is_read_as_rgb() {
    let fixture = Fixture::new().await;
    let (object, pixels) = colours();
    let instance = stored(&fixture, &object.file()).await;
    let file = encoded(&fixture, &instance, uids::JPEGXL).await;
    let set = data_set::read(&file).expect("a data set");
    assert_eq!(set.root().raw_text(tags::PHOTOMETRIC_INTERPRETATION), Some("XYB"));
    let uid = set.uid(tags::SOP_INSTANCE_UID).expect("a UID").to_owned();
    fixture.store(&file).await.result.expect("stored");
    let instance = fixture.only(&uid).await;
    let native = collect(fixture.archive.object(&instance, Encoding::Native).await.expect("an object")).await;
    let set = data_set::read(&native).expect("a data set");
    assert_eq!(set.root().raw_text(tags::PHOTOMETRIC_INTERPRETATION), Some("RGB"));
    let off =
        samples(&native, &set).iter().zip(&pixels).map(|(one, other)| u32::from(one.abs_diff(*other))).sum::<u32>();
    assert!(off < 8 * pixels.len() as u32, "{off}");
    let picture = fixture.archive.render(&instance, &archive::RenderRequest::of_frame(1)).await.expect("a picture");
    assert_eq!(picture.channels, 3);
}

#[tokio::test]
async fn jpeg_becomes_jpeg_xl_and_comes_back_as_the_same_image() {
    let fixture = Fixture::new().await;
    let instance = stored(&fixture, &colours().0.file()).await;
    let lossy = encoded(&fixture, &instance, BASELINE).await;
    let of_lossy = data_set::read(&lossy).expect("a data set");
    let uid = of_lossy.uid(tags::SOP_INSTANCE_UID).expect("a UID").to_owned();
    fixture.store(&lossy).await.result.expect("stored");
    let instance = fixture.only(&uid).await;
    let recompressed = encoded(&fixture, &instance, uids::JPEGXLJPEG_RECOMPRESSION).await;
    let set = data_set::read(&recompressed).expect("a data set");
    assert_eq!(set.uid(tags::SOP_INSTANCE_UID), Some(&uid[..]));
    assert_eq!(set.root().raw_text(tags::LOSSY_IMAGE_COMPRESSION_METHOD), Some("ISO_10918_1"));
    assert!(samples(&recompressed, &set) == samples(&lossy, &of_lossy));
    let second = Fixture::new().await;
    second.store(&recompressed).await.result.expect("stored");
    let instance = second.only(&uid).await;
    let encoding = second.archive.acceptable(&instance, &[BASELINE]).await.expect("without loss");
    assert_eq!(encoding, Encoding::Encoded(BASELINE));
    let back = collect(second.archive.object(&instance, encoding).await.expect("an object")).await;
    let fragments = |file: &[u8]| file[memchr::memmem::find(file, b"\xe0\x7f\x10\0OB").expect("Pixel Data")..].to_vec();
    assert!(fragments(&back) == fragments(&lossy));
    assert_eq!(data_set::read(&back).expect("a data set").uid(tags::SOP_INSTANCE_UID), Some(&uid[..]));
}

#[tokio::test]
async fn a_big_endian_object_holds_the_same_image_for_dcmtk_too() {
    for (object, pixels) in [signed(), colours()] {
        let fixture = Fixture::new().await;
        let instance = stored(&fixture, &object.file()).await;
        let compressed = Fixture::new().await;
        let rle = encoded(&fixture, &instance, uids::RLE_LOSSLESS).await;
        let of_rle = stored(&compressed, &rle).await;
        for (fixture, instance) in [(&fixture, &instance), (&compressed, &of_rle)] {
            let file = encoded(fixture, instance, EXPLICIT_VR_BIG_ENDIAN).await;
            let set = data_set::read(&file).expect("a data set");
            assert_eq!((set.transfer_syntax.as_str(), &set.warnings[..]), (EXPLICIT_VR_BIG_ENDIAN, &[][..]));
            assert_eq!(set.uid(tags::SOP_INSTANCE_UID), Some("1.1"));
            assert!(samples(&file, &set) == pixels);
            let little = by_dcmtk(fixture, "dcmconv", &["+te"], &file);
            let set = data_set::read(&little).expect("a data set");
            assert_eq!(set.transfer_syntax, uids::EXPLICIT_VR_LITTLE_ENDIAN);
            assert!(samples(&little, &set) == pixels);
            assert_eq!(set.root().text(tags::PATIENT_NAME).as_deref(), Some("Quaestor^Ada"));
        }
    }
}

/// What a tool of DCMTK makes of a file.
fn by_dcmtk(fixture: &Fixture, tool: &str, arguments: &[&str], file: &[u8]) -> Vec<u8> {
    let (before, after) = (fixture.folder.path().join("before"), fixture.folder.path().join("after"));
    std::fs::write(&before, file).expect("written");
    let output = Command::new(tool).args(arguments).arg(&before).arg(&after).output().expect("DCMTK is installed");
    assert!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(&after).expect("made")
}

#[tokio::test]
async fn a_frame_is_encoded_alone() {
    let fixture = Fixture::new().await;
    let (object, pixels) = signed();
    let instance = stored(&fixture, &object.file()).await;
    let syntax = uids::JPEGLS_LOSSLESS;
    let frame = fixture.archive.frame(&instance, 2, Encoding::Encoded(syntax)).await.expect("a frame");
    assert_eq!(frame.transfer_syntax, syntax);
    let set = data_set::read(&object.file()).expect("a data set");
    let samples = codec::decode(syntax, &collect(frame).await, &format(&set)).expect("samples");
    assert_eq!(samples.bytes, pixels[1200..2400]);
    let past = fixture.archive.frame(&instance, 4, Encoding::Encoded(syntax)).await;
    assert!(matches!(past, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn an_object_is_encoded_from_one_compression_to_another() {
    let fixture = Fixture::new().await;
    let (object, pixels) = signed();
    let first = Fixture::new().await;
    let instance = stored(&first, &object.file()).await;
    let rle = encoded(&first, &instance, uids::RLE_LOSSLESS).await;
    let instance = stored(&fixture, &rle).await;
    assert_eq!(instance.transfer_syntax, uids::RLE_LOSSLESS);
    let file = encoded(&fixture, &instance, uids::JPEG_LOSSLESS_SV1).await;
    let set = data_set::read(&file).expect("a data set");
    assert!(samples(&file, &set) == pixels);
    assert!(encoded(&fixture, &instance, uids::RLE_LOSSLESS).await == rle);
}

#[tokio::test]
async fn a_deflated_object_inflates_to_the_explicit_one() {
    let fixture = Fixture::new().await;
    let (object, _) = signed();
    let instance = stored(&fixture, &object.file()).await;
    let file = encoded(&fixture, &instance, DEFLATED).await;
    assert_eq!(file.len() % 2, 0);
    let set = data_set::read(&file).expect("a data set");
    assert_eq!((set.transfer_syntax.as_str(), set.deflated), (DEFLATED, true));
    assert_eq!(set.frames.len(), 3);
    let second = Fixture::new().await;
    let instance = stored(&second, &file).await;
    let native = collect(second.archive.object(&instance, Encoding::Native).await.expect("an object")).await;
    assert!(native.ends_with(&object.data_set()));
}

#[tokio::test]
async fn an_implicit_object_holds_the_same_image() {
    let fixture = Fixture::new().await;
    let (object, pixels) = colours();
    let instance = stored(&fixture, &object.file()).await;
    let file = encoded(&fixture, &instance, uids::IMPLICIT_VR_LITTLE_ENDIAN).await;
    let set = data_set::read(&file).expect("a data set");
    assert_eq!((set.transfer_syntax.as_str(), &set.warnings[..]), (uids::IMPLICIT_VR_LITTLE_ENDIAN, &[][..]));
    assert!(samples(&file, &set) == pixels);
}

#[tokio::test]
async fn says_why_it_cannot_be_encoded() {
    let fixture = Fixture::new().await;
    let instance = stored(&fixture, &signed().0.file()).await;
    for answer in [
        fixture.archive.can_give(&instance, Encoding::Encoded(BASELINE)).await.err(),
        fixture.archive.object(&instance, Encoding::Encoded(BASELINE)).await.err(),
        fixture.archive.frame(&instance, 1, Encoding::Encoded(BASELINE)).await.err(),
    ] {
        assert!(
            matches!(&answer, Some(Error::NotAcceptable(words)) if words.contains("16 Bits Allocated")),
            "{answer:?}"
        );
    }
    let fixture = Fixture::new().await;
    let instance = stored(&fixture, &Object::new("1.1").without(0x7fe0, 0x0010).file()).await;
    let answer = fixture.archive.object(&instance, Encoding::Encoded(BASELINE)).await.err();
    assert!(matches!(&answer, Some(Error::NotAcceptable(words)) if words.contains("no pixels")), "{answer:?}");
}

/// DCMTK's decoder of a transfer syntax that Debian's version reads.
fn dcmtk(syntax: &str) -> Option<&'static str> {
    match syntax {
        uids::RLE_LOSSLESS => Some("dcmdrle"),
        uids::JPEG_LOSSLESS | uids::JPEG_LOSSLESS_SV1 => Some("dcmdjpeg"),
        uids::JPEGLS_LOSSLESS => Some("dcmdjpls"),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_images_are_the_same_after_another_decoder() {
    let Some(data) = crate::real_files::data() else { return };
    for name in ["wg04/CT1/CT1_UNC", "wg04/MR1/MR1_UNC"] {
        let fixture = Fixture::new().await;
        let file = std::fs::read(data.join(name)).expect("a file");
        let original = data_set::read(&file).expect("a data set");
        let outcome = fixture.store(&file).await;
        outcome.result.expect("stored");
        let uid = |text: Option<String>| archive::Uid::new(&text.expect("known")).expect("a UID");
        let scope = archive::Scope {
            study: uid(outcome.study_instance_uid),
            series: Some(uid(outcome.series_instance_uid)),
            instance: Some(uid(outcome.sop_instance_uid)),
        };
        let instance = fixture.archive.instances(&actor(), &scope, "test").await.expect("stored").remove(0);
        for syntax in encodings(false).filter(|syntax| codec::lossy_method(syntax).is_none()) {
            if fixture.archive.can_give(&instance, Encoding::Encoded(syntax)).await.is_err() {
                continue;
            }
            let encoded = encoded(&fixture, &instance, syntax).await;
            let set = data_set::read(&encoded).expect("a data set");
            assert!(samples(&encoded, &set) == samples(&file, &original), "{name} {syntax}");
            if let Some(tool) = dcmtk(syntax) {
                let decoded = by_dcmtk(&fixture, tool, &[], &encoded);
                let set = data_set::read(&decoded).expect("a data set");
                assert!(samples(&decoded, &set) == samples(&file, &original), "{name} {tool}");
            }
        }
    }
}

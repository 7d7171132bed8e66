//! Frames as pictures, frames and objects as native samples.

use std::io::Write;

use archive::render::VoiFunction;
use archive::retrieve::Encoding;
use archive::{Error, RenderRequest, StoredInstance, Voi};
use compute::Picture;
use data_set::{FrameIndex, tags};

use crate::fixture::*;

const RLE: &str = "1.2.840.10008.1.2.5";

fn request(frame: u32) -> RenderRequest {
    RenderRequest::of_frame(frame)
}

/// A frame of RLE Lossless whose segments are short literals.
fn rle(segments: &[&[u8]]) -> Vec<u8> {
    let mut header = vec![segments.len() as u32];
    let mut body = Vec::new();
    for segment in segments {
        header.push(64 + body.len() as u32);
        body.push(segment.len() as u8 - 1);
        body.extend_from_slice(segment);
    }
    header.resize(16, 0);
    let mut frame: Vec<u8> = header.into_iter().flat_map(u32::to_le_bytes).collect();
    frame.extend_from_slice(&body);
    frame.resize(frame.len().next_multiple_of(2), 0);
    frame
}

/// Pixel Data of one fragment a frame, with an empty Basic Offset Table.
fn encapsulated(frames: &[Vec<u8>]) -> Vec<u8> {
    let item = |value: &[u8]| [b"\xfe\xff\0\xe0", &(value.len() as u32).to_le_bytes()[..], value].concat();
    let items: Vec<u8> = frames.iter().flat_map(|frame| item(frame)).collect();
    [b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff", &item(&[])[..], &items, b"\xfe\xff\xdd\xe0\0\0\0\0"].concat()
}

/// A file in an encapsulated transfer syntax.
fn compressed(transfer_syntax: &str, object: Object, frames: &[Vec<u8>]) -> Vec<u8> {
    file(transfer_syntax, &[object.without(0x7fe0, 0x0010).data_set(), encapsulated(frames)].concat())
}

/// Two frames of 2 by 3 RGB pixels, planar by its attributes.
fn rgb() -> Vec<u8> {
    let object = Object::new("1.1")
        .with(0x0028, 0x0002, "US", 3u16.to_le_bytes())
        .with(0x0028, 0x0004, "CS", "RGB")
        .with(0x0028, 0x0006, "US", 1u16.to_le_bytes())
        .with(0x0028, 0x0008, "IS", "2")
        .with(0x0028, 0x0100, "US", 8u16.to_le_bytes())
        .with(0x0028, 0x0101, "US", 8u16.to_le_bytes());
    compressed(RLE, object, &[rle(&[b"abcdef", b"ghijkl", b"mnopqr"]), rle(&[b"ABCDEF", b"GHIJKL", b"MNOPQR"])])
}

async fn stored(fixture: &Fixture, file: &[u8]) -> StoredInstance {
    fixture.store(file).await.result.expect("stored");
    fixture.only("1.1").await
}

async fn native(fixture: &Fixture, instance: &StoredInstance) -> Vec<u8> {
    collect(fixture.archive.object(instance, Encoding::Native).await.expect("an object")).await
}

#[tokio::test]
async fn renders_the_frame_that_is_asked_for() {
    let fixture = Fixture::new().await;
    let instance = stored(&fixture, &rgb()).await;
    let picture = fixture.archive.render(&instance, &request(2)).await.expect("a picture");
    assert_eq!(picture, Picture { width: 3, height: 2, channels: 3, samples: b"AGMBHNCIODJPEKQFLR".to_vec() });
    for number in [0, 3] {
        assert!(matches!(fixture.archive.render(&instance, &request(number)).await, Err(Error::NotFound(_))));
    }
}

#[tokio::test]
async fn renders_with_the_window_region_and_viewport_of_the_request() {
    let fixture = Fixture::new().await;
    let values: Vec<u8> = [0_i16, 100, 200, 300, 400, 500].iter().flat_map(|value| value.to_le_bytes()).collect();
    let object = Object::new("1.1")
        .with(0x0028, 0x0103, "US", 1u16.to_le_bytes())
        .with(0x0028, 0x1050, "DS", "250")
        .with(0x0028, 0x1051, "DS", "500")
        .with(0x0028, 0x1052, "DS", "-100")
        .with(0x0028, 0x1053, "DS", "1")
        .with(0x0028, 0x1056, "CS", "LINEAR_EXACT")
        .with(0x7fe0, 0x0010, "OW", values);
    let instance = stored(&fixture, &object.file()).await;
    let render = async |request: RenderRequest| fixture.archive.render(&instance, &request).await.expect("a picture");
    assert_eq!(render(request(1)).await.samples, [0, 0, 51, 102, 153, 204]);
    let window = Voi { center: 0.0, width: 200.0, function: VoiFunction::LinearExact };
    let window = RenderRequest { window: Some(window), ..request(1) };
    assert_eq!(render(window).await.samples, [0, 128, 255, 255, 255, 255]);
    let view = RenderRequest { viewport: Some((4, 4)), region: Some((1.0, 0.0, -2.0, 2.0)), ..request(1) };
    let view = render(view).await;
    assert_eq!((view.width, view.height), (4, 4));
    assert_eq!((view.samples[0], view.samples[3]), (51, 0));
    let nothing = RenderRequest { region: Some((3.0, 0.0, 1.0, 1.0)), ..request(1) };
    assert!(matches!(fixture.archive.render(&instance, &nothing).await, Err(Error::BadRequest(_))));
}

#[tokio::test]
async fn a_compressed_frame_is_decoded_once_through_whatever_window_it_is_looked_at() {
    let fixture = Fixture::new().await;
    let grey = rle(&[&[0, 0, 1, 1, 2, 2], &[0, 100, 0, 100, 0, 100]]);
    let instance = stored(&fixture, &compressed(RLE, Object::new("1.1"), &[grey])).await;
    let through = async |center: f64| {
        let window = Voi { center, width: 512.0, function: VoiFunction::LinearExact };
        let request = RenderRequest { window: Some(window), ..request(1) };
        fixture.archive.render(&instance, &request).await.map(|picture| picture.samples)
    };
    let first = through(256.0).await.expect("a picture");
    // Nothing is left to decode: what comes now is what was kept.
    for file in fixture.files().0 {
        std::fs::remove_file(file).expect("removed");
    }
    assert_eq!(through(256.0).await.expect("a picture"), first);
    assert_ne!(through(300.0).await.expect("another window"), first);
    let native = fixture.archive.frame(&instance, 1, Encoding::Native).await.expect("the samples");
    assert_eq!(collect(native).await, [0, 0, 100, 0, 0, 1, 100, 1, 0, 2, 100, 2]);
}

#[tokio::test]
async fn says_why_there_is_no_picture() {
    let fixture = Fixture::new().await;
    let instance = stored(&fixture, &Object::new("1.1").without(0x7fe0, 0x0010).file()).await;
    assert!(matches!(fixture.archive.render(&instance, &request(1)).await, Err(Error::NotAcceptable(_))));
    let fixture = Fixture::new().await;
    let video = compressed("1.2.840.10008.1.2.4.102", Object::new("1.1"), &[vec![0; 100]]);
    let instance = stored(&fixture, &video).await;
    for error in [
        fixture.archive.render(&instance, &request(1)).await.err(),
        fixture.archive.object(&instance, Encoding::Native).await.err(),
        fixture.archive.frame(&instance, 1, Encoding::Native).await.err(),
    ] {
        let Some(Error::NotAcceptable(words)) = error else { panic!("{error:?}") };
        assert!(words.contains("1.2.840.10008.1.2.4.102") && words.contains("transfer-syntax=*"), "{words}");
    }
}

#[tokio::test]
async fn a_broken_frame_is_damage_and_no_failure_of_ours() {
    let fixture = Fixture::new().await;
    let instance = stored(&fixture, &compressed(RLE, Object::new("1.1"), &[vec![9; 100]])).await;
    assert!(matches!(fixture.archive.render(&instance, &request(1)).await, Err(Error::Damaged(_))));
    assert!(matches!(fixture.archive.object(&instance, Encoding::Native).await, Err(Error::Damaged(_))));
}

#[tokio::test]
async fn decodes_a_frame_to_samples_in_the_order_of_its_attributes() {
    let fixture = Fixture::new().await;
    let instance = stored(&fixture, &rgb()).await;
    let frame = fixture.archive.frame(&instance, 1, Encoding::Native).await.expect("a frame");
    assert_eq!(frame.transfer_syntax, EXPLICIT);
    assert_eq!(collect(frame).await, b"abcdefghijklmnopqr");
}

#[tokio::test]
async fn decodes_a_whole_object() {
    let fixture = Fixture::new().await;
    let instance = stored(&fixture, &rgb()).await;
    let file = native(&fixture, &instance).await;
    let set = data_set::read(&file).expect("a data set");
    assert_eq!(set.transfer_syntax, EXPLICIT);
    assert_eq!(set.root().int(tags::PLANAR_CONFIGURATION), Some(0));
    assert_eq!(set.root().text(tags::PATIENT_NAME).as_deref(), Some("Quaestor^Ada"));
    assert!(file.ends_with(b"agmbhnciodjpekqflrAGMBHNCIODJPEKQFLR"));
}

#[tokio::test]
async fn joins_one_bit_frames_that_end_within_a_byte() {
    let fixture = Fixture::new().await;
    let object = Object::new("1.1").with(0x0028, 0x0008, "IS", "2").with(0x0028, 0x0100, "US", 1u16.to_le_bytes());
    let instance = stored(&fixture, &compressed(RLE, object, &[rle(&[&[0x2a]]), rle(&[&[0x3f]])])).await;
    let file = native(&fixture, &instance).await;
    assert!(file.ends_with(&[0xea, 0x0f]), "{:x?}", &file[file.len() - 4..]);
}

#[tokio::test]
async fn refuses_to_make_an_object_of_fewer_frames_than_it_declares() {
    let fixture = Fixture::new().await;
    let object = Object::new("1.1").with(0x0028, 0x0008, "IS", "3").with(0x0028, 0x0100, "US", 8u16.to_le_bytes());
    let instance = stored(&fixture, &compressed(RLE, object, &[rle(&[b"abcdef"])])).await;
    assert!(matches!(fixture.archive.object(&instance, Encoding::Native).await, Err(Error::Damaged(_))));
}

#[tokio::test]
async fn inflates_a_whole_object() {
    let fixture = Fixture::new().await;
    let object = Object::new("1.1");
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&object.data_set()).unwrap();
    let instance = stored(&fixture, &file("1.2.840.10008.1.2.1.99", &encoder.finish().unwrap())).await;
    let file = native(&fixture, &instance).await;
    assert!(file.ends_with(&object.data_set()));
}

#[tokio::test]
async fn gives_a_preamble_to_what_came_without() {
    let fixture = Fixture::new().await;
    let object = Object::new("1.1");
    let instance = stored(&fixture, &object.data_set()).await;
    let file = native(&fixture, &instance).await;
    assert_eq!(&file[128..132], b"DICM");
    assert!(file.ends_with(&object.data_set()));
}

#[tokio::test]
async fn native_little_endian_objects_are_served_as_they_are() {
    let fixture = Fixture::new().await;
    let stored_file = Object::new("1.1").file();
    let instance = stored(&fixture, &stored_file).await;
    assert_eq!(native(&fixture, &instance).await, stored_file);
}

#[tokio::test]
async fn big_endian_frames_come_out_in_little_endian() {
    let fixture = Fixture::new().await;
    let big = data_set_in_big_endian();
    let instance = stored(&fixture, &file("1.2.840.10008.1.2.2", &big)).await;
    let frame = fixture.archive.frame(&instance, 2, Encoding::Native).await.expect("a frame");
    // 8-bit samples in words: the second frame of three bytes begins within a word.
    assert_eq!(collect(frame).await, [4, 5, 6]);
    let file = native(&fixture, &instance).await;
    assert!(file.ends_with(&[1, 2, 3, 4, 5, 6]));
    let set = data_set::read(&file).expect("a data set");
    assert!(matches!(set.frames, FrameIndex::Native { count: 2, .. }));
}

/// Two frames of 1 by 3 pixels of 8 bits in VR OW.
fn data_set_in_big_endian() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut put = |group: u16, element: u16, vr: &str, value: &[u8]| {
        bytes.extend_from_slice(&group.to_be_bytes());
        bytes.extend_from_slice(&element.to_be_bytes());
        bytes.extend_from_slice(vr.as_bytes());
        if vr == "OW" {
            bytes.extend_from_slice(&[0, 0]);
            bytes.extend_from_slice(&(value.len() as u32).to_be_bytes());
        } else {
            bytes.extend_from_slice(&(value.len() as u16).to_be_bytes());
        }
        bytes.extend_from_slice(value);
    };
    put(0x0008, 0x0016, "UI", b"1.2.840.10008.5.1.4.1.1.2\0");
    put(0x0008, 0x0018, "UI", b"1.1\0");
    put(0x0020, 0x000d, "UI", b"1.2.3\0");
    put(0x0020, 0x000e, "UI", b"1.2.3.4\0");
    put(0x0028, 0x0002, "US", &1u16.to_be_bytes());
    put(0x0028, 0x0008, "IS", b"2 ");
    put(0x0028, 0x0010, "US", &1u16.to_be_bytes());
    put(0x0028, 0x0011, "US", &3u16.to_be_bytes());
    put(0x0028, 0x0100, "US", &8u16.to_be_bytes());
    put(0x7fe0, 0x0010, "OW", &[2, 1, 4, 3, 6, 5]);
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_images_are_rendered_and_decoded_or_refused_with_a_reason() {
    let Some(data) = crate::real_files::data() else { return };
    let fixture = Fixture::with(|settings| settings.duplicates = archive::DuplicatePolicy::Replace).await;
    let (mut paths, mut rendered) = (Vec::new(), 0);
    for folder in ["special", "transfer-syntaxes"] {
        crate::real_files::files(&data.join(folder), &mut paths);
    }
    for path in paths {
        let file = std::fs::read(&path).expect("a file");
        let outcome = fixture.store(&file).await;
        let (Ok(_), Some(instance)) = (outcome.result, outcome.sop_instance_uid) else { continue };
        let uid = |text: Option<String>| archive::Uid::new(&text.expect("known")).expect("a UID");
        let (study, series) = (uid(outcome.study_instance_uid), Some(uid(outcome.series_instance_uid)));
        let scope = archive::Scope { study, series, instance: Some(uid(Some(instance))) };
        let instance = fixture.archive.instances(&actor(), &scope, "test").await.expect("stored").remove(0);
        let refused = |error: &Error| {
            let reason = matches!(error, Error::NotAcceptable(_) | Error::Damaged(_) | Error::NotFound(_));
            assert!(reason, "{}: {error:?}", path.display());
        };
        let picture = fixture.archive.render(&instance, &request(1)).await;
        rendered += usize::from(picture.is_ok());
        picture.as_ref().err().inspect(|error| refused(error));
        match fixture.archive.object(&instance, Encoding::Native).await {
            // `collect` compares with the length that was announced.
            Ok(body) => assert_eq!(data_set::read(&collect(body).await).expect("a data set").transfer_syntax, EXPLICIT),
            Err(error) => refused(&error),
        }
    }
    assert!(rendered > 100, "only {rendered} were rendered");
}

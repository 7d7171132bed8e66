//! STOW-RS of metadata and bulk data that come apart, in JSON and in XML.

use serde_json::{Value, json};

use crate::client::{Answer, send};
use crate::object::Object;
use crate::server::{Server, basic};

const JSON: &str = r#"multipart/related; type="application/dicom+json"; boundary=B"#;
const XML: &str = r#"multipart/related; type="application/dicom+xml"; boundary=B"#;

/// The parts of a request.
#[derive(Default)]
struct Body(Vec<u8>);

impl Body {
    fn part(mut self, head: &str, content: &[u8]) -> Self {
        self.0.extend_from_slice(format!("--B\r\n{head}\r\n\r\n").as_bytes());
        self.0.extend_from_slice(content);
        self.0.extend_from_slice(b"\r\n");
        self
    }

    fn json(self, metadata: &Value) -> Self {
        self.part("Content-Type: application/dicom+json", metadata.to_string().as_bytes())
    }

    fn bulk(self, content_type: &str, location: &str, content: &[u8]) -> Self {
        self.part(&format!("Content-Type: {content_type}\r\nContent-Location: {location}"), content)
    }

    fn octets(self, location: &str, content: &[u8]) -> Self {
        self.bulk("application/octet-stream", location, content)
    }

    fn end(mut self) -> Vec<u8> {
        self.0.extend_from_slice(b"--B--\r\n");
        self.0
    }
}

/// Metadata of an object whose Pixel Data are at `uri`.
fn metadata(object: &Object, uri: &str) -> Value {
    let mut metadata = json!({
        "00080005": { "vr": "CS", "Value": ["ISO_IR 100"] },
        "00080016": { "vr": "UI", "Value": ["1.2.840.10008.5.1.4.1.1.7"] },
        "00080018": { "vr": "UI", "Value": [object.instance] },
        "0020000D": { "vr": "UI", "Value": [object.study] },
        "0020000E": { "vr": "UI", "Value": [object.series] },
        "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Müller^Änne", "Ideographic": "字" }] },
        "00080060": { "vr": "CS", "Value": ["OT"] },
        "00280004": { "vr": "CS", "Value": ["MONOCHROME2"] },
        "00280008": { "vr": "IS", "Value": [object.frames.len()] },
        "7FE00010": { "vr": "OB", "BulkDataURI": uri },
    });
    for (tag, number) in [("0002", 1), ("0010", 8), ("0011", 8), ("0100", 8), ("0101", 8), ("0102", 7), ("0103", 0)] {
        metadata[format!("0028{tag}")] = json!({ "vr": "US", "Value": [number] });
    }
    metadata
}

fn reason(item: &Value) -> (u64, &str) {
    let words = item["00741048"]["Value"][0]["00000902"]["Value"][0].as_str();
    (item["00081197"]["Value"][0].as_u64().expect("a Failure Reason"), words.unwrap_or_default())
}

fn refused(answer: &Answer) -> Value {
    assert_eq!(answer.status, 409, "{}", answer.text());
    answer.json()["00081198"]["Value"][0].clone()
}

#[test]
fn stores_metadata_and_bulk_data_in_json() {
    let server = Server::start();
    let objects = [Object::new(1, 1, 1), Object::new(1, 1, 2)];
    let body = Body::default()
        .json(&json!([metadata(&objects[0], "bulk/1"), metadata(&objects[1], "bulk/2")]))
        .octets("bulk/2", &objects[1].frames[0])
        .octets("bulk/1", &objects[0].frames[0]);
    let answer = server.post(JSON, &body.end());
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["00081199"]["Value"].as_array().map(Vec::len), Some(2));
    for object in &objects {
        assert_eq!(server.get(&format!("{}/bulkdata/7FE00010", object.path()), "*/*").body, object.frames[0]);
        let stored = &server.get(&format!("{}/metadata", object.path()), "application/dicom+json").json()[0];
        assert_eq!(stored["00100010"], metadata(object, "")["00100010"]);
        assert_eq!(stored["00080005"]["Value"][0], "ISO_IR 192");
        assert_eq!(stored["00083002"]["Value"][0], "1.2.840.10008.1.2.1");
    }
}

#[test]
fn stores_what_it_gave_as_metadata_in_both_models() {
    let server = Server::start();
    let object = Object::new(1, 1, 1).with_frames(2);
    server.store(&[&object]);
    let metadata = |object: &Object, accept: &str| server.get(&format!("{}/metadata", object.path()), accept);
    let first = metadata(&object, "application/dicom+json").json();
    for (number, content_type, accept) in [(8, JSON, "application/dicom+json"), (9, XML, "application/dicom+xml")] {
        let other = Object { instance: Object::new(1, 1, number).instance, ..object.clone() };
        let renamed = |text: &str| text.replace(&object.instance, &other.instance);
        let uri = renamed(first[0]["7FE00010"]["BulkDataURI"].as_str().unwrap());
        let body = Body::default()
            .part(&format!("Content-Type: {accept}"), renamed(&metadata(&object, accept).text()).as_bytes())
            .octets(&uri, &object.frames.concat());
        let answer = server.post(content_type, &body.end());
        assert_eq!(answer.status, 200, "{}", answer.text());
        let stored = metadata(&other, "application/dicom+json").json();
        let expected: Value = serde_json::from_str(&renamed(&first.to_string())).unwrap();
        assert_eq!(stored, expected, "{accept}");
        let file = server.get(&other.path(), "application/dicom; transfer-syntax=*").body;
        let available = b"\x08\0\x02\x30UI";
        assert!(memchr::memmem::find(&file, available).is_none());
        assert_eq!(
            server.get(&format!("{}/frames/2", other.path()), "application/octet-stream").body,
            object.frames[1]
        );
    }
}

#[test]
fn stores_compressed_frames_as_they_come() {
    let server = Server::start();
    let object = Object::new(1, 1, 1).with_frames(3).stored_as(crate::object::RLE);
    let mut body = Body::default().json(&metadata(&object, "http://x/y"));
    for number in 1..=3 {
        body = body.bulk("image/dicom-rle", "http://x/y", &object.stored_frame(number));
    }
    let answer = server.post(JSON, &body.end());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let stored = &server.get(&format!("{}/metadata", object.path()), "*/*").json()[0];
    assert_eq!(stored["00083002"]["Value"][0], crate::object::RLE);
    for number in 1..=3 {
        let frame = server.get(&format!("{}/frames/{number}", object.path()), "image/dicom-rle");
        assert_eq!(frame.body, object.stored_frame(number));
    }
}

#[test]
fn takes_frames_by_their_own_places_and_video_as_one_part() {
    let server = Server::start();
    let object = Object::new(1, 1, 1).with_frames(2);
    let body = Body::default()
        .json(&metadata(&object, "p"))
        .bulk("image/jls; transfer-syntax=1.2.840.10008.1.2.4.81", "p/frames/2", b"two")
        .bulk("image/jls; transfer-syntax=1.2.840.10008.1.2.4.81", "p/frames/1", b"one!");
    assert_eq!(server.post(JSON, &body.end()).status, 200);
    let frame = server.get(&format!("{}/frames/1", object.path()), "image/jls; transfer-syntax=*");
    assert_eq!((frame.status, &frame.body[..]), (200, &b"one!"[..]));

    let video = Object::new(1, 1, 2).with_frames(9);
    let body = Body::default().json(&metadata(&video, "v")).bulk("video/mp4", "v", b"a whole film");
    let answer = server.post(JSON, &body.end());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let stored = &server.get(&format!("{}/metadata", video.path()), "*/*").json()[0];
    assert_eq!(stored["00083002"]["Value"][0], "1.2.840.10008.1.2.4.102");
}

#[test]
fn fails_only_the_instance_whose_bulk_data_are_missing_or_twice_there() {
    let server = Server::start();
    let objects: Vec<Object> = (1..=4).map(|number| Object::new(1, 1, number)).collect();
    let all: Vec<Value> = objects.iter().map(|object| metadata(object, &object.instance)).collect();
    let pixels = &objects[0].frames[0];
    let mut film = all[3].clone();
    film["00280008"] = json!({ "vr": "IS", "Value": [2] });
    let body = Body::default()
        .json(&json!([all[0], all[1], all[2], film]))
        .octets(&objects[0].instance, pixels)
        .octets(&objects[2].instance, pixels)
        .octets(&objects[2].instance, pixels)
        .bulk("image/jp2", &objects[3].instance, b"one of two")
        .octets("of-nobody", pixels);
    let answer = server.post(JSON, &body.end());
    assert_eq!(answer.status, 202, "{}", answer.text());
    let response = answer.json();
    assert_eq!(response["00081199"]["Value"].as_array().map(Vec::len), Some(1));
    let failed: Vec<_> = response["00081198"]["Value"].as_array().unwrap().iter().map(reason).collect();
    assert!(failed.iter().all(|(reason, _)| *reason == 0xC000));
    assert!(failed[0].1.contains("no part of the request has their Content-Location"), "{failed:?}");
    assert!(failed[1].1.contains("more than one part has their Content-Location"), "{failed:?}");
    assert!(failed[2].1.contains("1 parts came, but there are to be 2"), "{failed:?}");
    assert!(reason(&response["0008119A"]["Value"][0]).1.contains("of-nobody"), "{response}");
}

#[test]
fn says_which_attribute_of_which_instance_is_wrong() {
    let server = Server::start();
    let (good, bad) = (Object::new(1, 1, 1), Object::new(1, 1, 2));
    let mut wrong = metadata(&bad, "b");
    wrong["00280010"]["Value"][0] = json!(65536);
    let body = Body::default().json(&json!([wrong, metadata(&good, "a")])).octets("a", &good.frames[0]);
    let answer = server.post(JSON, &body.end());
    assert_eq!(answer.status, 202, "{}", answer.text());
    let failed = answer.json()["00081198"]["Value"][0].clone();
    assert_eq!(failed["00081155"]["Value"][0], bad.instance.as_str());
    assert!(reason(&failed).1.contains("00280010: a value cannot be one of VR US"), "{failed}");
}

#[test]
fn stores_nothing_of_metadata_that_cannot_be_understood() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    let good = metadata(&object, "a").to_string();
    for metadata in [format!("[{good},{{]"), format!("[{good},7]"), format!("[{good}"), String::new(), "[]".into()] {
        let body = Body::default()
            .part("Content-Type: application/dicom+json", metadata.as_bytes())
            .octets("a", &object.frames[0]);
        let answer = server.post(JSON, &body.end());
        assert!(matches!(answer.status, 400 | 409), "{metadata}: {}", answer.text());
    }
    assert_eq!(
        server.post(XML, &Body::default().part("Content-Type: application/dicom+xml", b"<a/>").end()).status,
        400
    );
    assert_eq!(server.post(JSON, b"--B\r\n\r\n[").status, 400);
    assert_eq!(server.post(JSON, &Body::default().end()).status, 400);
    assert_eq!(server.get(&object.study_path(), "*/*").status, 404);
    assert_eq!(
        std::fs::read_dir(server.node.join("incoming"))
            .unwrap()
            .flatten()
            .map(|process| { std::fs::read_dir(process.path()).unwrap().count() })
            .sum::<usize>(),
        0
    );
}

#[test]
fn refuses_transfer_syntaxes_that_are_not_of_the_media_type() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    for syntax in ["1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.1", "x"] {
        let body = Body::default().json(&metadata(&object, "a")).bulk(
            &format!("image/jpeg; transfer-syntax={syntax}"),
            "a",
            b"\xff\xd8\xff\xd9",
        );
        let answer = server.post(JSON, &body.end());
        assert!(
            reason(&refused(&answer)).1.contains("their transfer syntax is none of image/jpeg"),
            "{}",
            answer.text()
        );
    }
}

#[test]
fn takes_only_instances_of_the_study_of_the_path() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    let body = Body::default().json(&metadata(&object, "a")).octets("a", &object.frames[0]).end();
    let post = |path: &str| server.send("POST", path, &[("Content-Type", JSON)], &body);
    let failed = refused(&post(&Object::new(2, 1, 1).study_path()));
    assert_eq!(reason(&failed).0, 0xA900);
    assert_eq!(post(&object.study_path()).status, 200);
}

#[test]
fn a_put_takes_the_place_of_what_a_post_may_not() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    let put = |name: &str, path: &str, object: &Object| {
        let headers = [("Authorization", &*basic(name)), ("Content-Type", "application/dicom")];
        send(server.address, "PUT", path, &headers, &object.file())
    };
    let other = Object { patient_name: "Other^One".into(), ..object.clone() };
    assert_eq!(put("clara", "/dicom-web/studies", &other).status, 403, "only who may delete may replace");
    assert_eq!(server.get(&object.path(), "application/dicom; transfer-syntax=*").body, object.file());
    assert_eq!(server.post("application/dicom", &other.file()).status, 409);
    for (path, object) in
        [("/dicom-web/studies".to_owned(), &other), (object.study_path(), &object), (object.study_path(), &object)]
    {
        let answer = put("alma", &path, object);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(server.get(&object.path(), "application/dicom; transfer-syntax=*").body, object.file());
    }
    let study = Object::new(2, 1, 1).study_path();
    let elsewhere = put("alma", &study, &other);
    assert_eq!(elsewhere.status, 409, "{}", elsewhere.text());
}

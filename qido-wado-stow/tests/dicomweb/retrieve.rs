//! WADO-RS: objects, metadata and bulk data.

use crate::client::NOTHING;
use crate::object::{EXPLICIT, HEVC, Object, RLE};
use crate::server::Server;

const DICOM: &str = r#"multipart/related; type="application/dicom""#;
const AS_STORED: &str = r#"multipart/related; type="application/dicom"; transfer-syntax=*"#;

#[test]
fn gives_back_the_bytes_that_were_stored() {
    let server = Server::start();
    for object in
        [Object::new(1, 1, 1), Object::new(1, 1, 2).stored_as(RLE).with_frames(3), Object::new(1, 1, 3).stored_as(HEVC)]
    {
        server.store(&[&object]);
        let single = server.get(&object.path(), "application/dicom; transfer-syntax=*");
        assert_eq!((single.status, single.body == object.file()), (200, true), "{}", single.text());
        assert_eq!(single.content_type(), format!("application/dicom; transfer-syntax={}", object.syntax));
        let parts = server.get(&object.path(), AS_STORED).parts();
        assert_eq!(parts.len(), 1);
        assert!(parts[0].0.contains(&format!("Content-Type: application/dicom; transfer-syntax={}", object.syntax)));
        assert!(parts[0].0.contains(&format!("Content-Location: http://{}{}", server.address, object.path())));
        assert!(parts[0].1 == object.file());
    }
}

#[test]
fn gives_explicit_little_endian_by_default() {
    let server = Server::start();
    let object = Object::new(1, 1, 1).stored_as(RLE).with_frames(2);
    server.store(&[&object]);
    for accept in ["*/*", DICOM, r#"multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.1"#]
    {
        let parts = server.get(&object.path(), accept).parts();
        assert!(parts[0].0.contains(&format!("transfer-syntax={EXPLICIT}")), "{}", parts[0].0);
        assert!(parts[0].1.ends_with(&object.frames.concat()), "{accept}");
        assert!(memchr::memmem::find(&parts[0].1, format!("{EXPLICIT}\0").as_bytes()).is_some());
    }
}

#[test]
fn gives_preamble_and_meta_to_what_came_without() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    let file = object.file();
    let group_0008 = memchr::memmem::find(&file, b"\x08\0\x05\0CS").expect("the data set");
    let bare = &file[group_0008..];
    let answer = server.post("application/dicom", bare);
    assert!([200, 202].contains(&answer.status), "{}", answer.text());
    let given = server.get(&object.path(), "application/dicom").body;
    assert!(given[128..].starts_with(b"DICM"), "{:?}", String::from_utf8_lossy(&given[..200]));
    assert!(given.ends_with(bare), "{}", String::from_utf8_lossy(&given));
    assert!(server.get(&object.path(), "application/dicom; transfer-syntax=*").body == bare);
}

#[test]
fn streams_a_study_part_after_part_with_its_length() {
    let server = Server::start();
    let objects: Vec<Object> = (1..=7).map(|number| Object::new(1, 1 + number % 2, number)).collect();
    server.store(&objects.iter().collect::<Vec<_>>());
    let answer = server.get(&objects[0].study_path(), AS_STORED);
    assert!(answer.complete && answer.header("content-length").is_some());
    let parts = answer.parts();
    assert_eq!(parts.len(), 7);
    for object in &objects {
        assert!(parts.iter().any(|(_, content)| *content == object.file()), "{}", object.instance);
    }
    assert_eq!(server.get(&objects[0].series_path(), DICOM).parts().len(), 4);
    let head = server.send("HEAD", &objects[0].study_path(), &[("Accept", AS_STORED)], b"");
    assert_eq!((head.status, head.header("content-length")), (200, answer.header("content-length")));
    assert!(head.body.is_empty());
}

#[test]
fn leaves_out_what_it_cannot_transcode_and_says_so() {
    let server = Server::start();
    let (plain, video) = (Object::new(1, 1, 1), Object::new(1, 1, 2).stored_as(HEVC));
    server.store(&[&plain, &video]);
    let answer = server.get(&plain.study_path(), DICOM);
    assert_eq!((answer.status, answer.parts().len()), (206, 1));
    assert!(answer.header("warning").is_some_and(|words| words.starts_with("299 ") && words.contains("1 instances")));
    assert_eq!(server.get(&video.path(), DICOM).status, 406);
    let second_choice = format!("{DICOM}, {AS_STORED};q=0.5");
    assert_eq!(server.get(&plain.study_path(), &second_choice).parts().len(), 2);
    assert_eq!(
        server
            .get(
                &plain.path(),
                r#"multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.102"#
            )
            .status,
        406
    );
    assert_eq!(server.get(&plain.path(), "text/html").status, 406);
}

#[test]
fn encodes_objects_in_the_transfer_syntax_that_is_asked_for() {
    let server = Server::start();
    let object = Object::new(1, 1, 1).with_frames(2);
    server.store(&[&object]);
    for syntax in ["1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.1.99"]
    {
        let answer = server.get(&object.path(), &format!("application/dicom; transfer-syntax={syntax}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.complete);
        assert_eq!(answer.content_type(), format!("application/dicom; transfer-syntax={syntax}"));
        assert!(memchr::memmem::find(&answer.body[..400], syntax.as_bytes()).is_some());
        let again = server.post("application/dicom", &answer.body);
        // The instance is stored already, with other bytes: it is read, and refused for that alone.
        assert_eq!(again.status, 409, "{}", again.text());
    }
    let parts = server.get(&object.study_path(), &format!("{DICOM}; transfer-syntax={RLE}")).parts();
    assert!(parts[0].0.contains(&format!("transfer-syntax={RLE}")), "{}", parts[0].0);
}

#[test]
fn says_what_cannot_be_encoded_and_takes_the_second_choice() {
    let server = Server::start();
    let (plain, video) = (Object::new(1, 1, 1), Object::new(1, 1, 2).stored_as(HEVC));
    server.store(&[&plain, &video]);
    let asked = format!("{DICOM}; transfer-syntax=1.2.840.10008.1.2.4.50");
    let answer = server.get(&plain.study_path(), &asked);
    assert_eq!((answer.status, answer.parts().len()), (206, 1));
    let refused = server.get(&video.path(), &asked);
    assert_eq!(refused.status, 406);
    assert!(refused.text().contains(HEVC), "{}", refused.text());
    assert_eq!(server.get(&plain.study_path(), &format!("{asked}, {AS_STORED};q=0.5")).parts().len(), 2);
}

#[test]
fn does_not_find_what_is_not_there() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    let elsewhere = Object::new(1, 2, 1);
    for path in [
        "/dicom-web/studies/1.2.3".to_owned(),
        elsewhere.series_path(),
        elsewhere.path(),
        elsewhere.path() + "/metadata",
        "/dicom-web/studies/1.2.3/metadata".to_owned(),
        object.path() + "/bulkdata/00091001",
    ] {
        assert_eq!(server.get(&path, "*/*").status, 404, "{path}");
    }
    assert_eq!(server.get(&(object.path() + "/bulkdata/../../x"), "*/*").status, 400);
}

#[test]
fn gives_metadata_whose_bulk_data_resolve() {
    let server = Server::start();
    let objects = [Object::new(1, 1, 1).with_frames(2), Object::new(1, 1, 2)];
    server.store(&[&objects[0], &objects[1]]);
    let headers = [("Accept", "application/dicom+json"), ("Host", "pacs.example:81")];
    let answer = server.send("GET", &(objects[0].study_path() + "/metadata"), &headers, b"");
    assert_eq!((answer.status, answer.content_type()), (200, "application/dicom+json"));
    let metadata = answer.json();
    assert_eq!(metadata.as_array().map(Vec::len), Some(2));
    let first = metadata
        .as_array()
        .and_then(|all| all.iter().find(|one| one["00080018"]["Value"][0] == objects[0].instance.as_str()));
    let first = first.expect("the instance's metadata");
    assert_eq!(first["00280008"]["Value"][0], 2);
    let uri = first["7FE00010"]["BulkDataURI"].as_str().expect("a BulkDataURI");
    let path = uri.strip_prefix("http://pacs.example:81").expect("the client's own host");
    let single = server.get(path, "application/octet-stream");
    assert_eq!((single.status, single.content_type()), (200, "application/octet-stream"));
    assert_eq!(single.body, objects[0].frames.concat());
    let parts = server.get(path, r#"multipart/related; type="application/octet-stream""#).parts();
    assert_eq!(parts[0].1, objects[0].frames.concat());
    assert_eq!(server.get(path, "image/png").status, 406);
}

#[test]
fn gives_encapsulated_bulk_data_frame_by_frame() {
    let server = Server::start();
    let object = Object::new(1, 1, 1).stored_as(RLE).with_frames(3);
    server.store(&[&object]);
    let parts = server
        .get(&(object.path() + "/bulkdata/7FE00010"), r#"multipart/related; type="application/octet-stream""#)
        .parts();
    let contents: Vec<_> = parts.into_iter().map(|(_, content)| content).collect();
    assert_eq!(contents, object.frames);
}

#[test]
fn breaks_off_when_a_file_is_gone_midway() {
    let server = Server::start();
    let objects: Vec<Object> = (1..=3).map(|number| Object::new(1, 1, number)).collect();
    server.store(&objects.iter().collect::<Vec<_>>());
    let victim = find_file(&server.node, &objects[2].file()).expect("the stored file");
    std::fs::remove_file(victim).expect("remove it");
    let answer = server.get(&objects[0].study_path(), AS_STORED);
    // What was sent already may be lost with the connection.
    assert!([200, NOTHING].contains(&answer.status), "{}", answer.status);
    assert!(!answer.complete, "half an answer must not look whole");
}

/// The file below `folder` with this content.
fn find_file(folder: &std::path::Path, content: &[u8]) -> Option<std::path::PathBuf> {
    std::fs::read_dir(folder).ok()?.flatten().find_map(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return find_file(&path, content);
        }
        (std::fs::read(&path).ok()? == content).then_some(path)
    })
}

//! Bulk data: all of it at once, and parts of values.

use crate::object::{Object, RLE};
use crate::server::Server;

const OCTETS: &str = r#"multipart/related; type="application/octet-stream""#;

#[test]
fn gives_the_pixels_of_every_instance_of_a_study() {
    let server = Server::start();
    let objects = [Object::new(1, 1, 1), Object::new(1, 1, 2), Object::new(1, 2, 1).with_frames(3).stored_as(RLE)];
    // Series without a number are in the order in which they came.
    server.store(&[&objects[0], &objects[1]]);
    server.store(&[&objects[2]]);
    for path in [objects[0].study_path() + "/pixeldata", objects[0].study_path() + "/bulkdata"] {
        let answer = server.get(&path, OCTETS);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let parts = answer.parts();
        assert_eq!(parts.len(), 5, "one a native instance, one a compressed frame");
        assert_eq!(parts[0].1, objects[0].frames[0]);
        assert!(parts[0].0.contains(&format!("{}/bulkdata/7FE00010", objects[0].path())), "{}", parts[0].0);
        assert_eq!(parts[4].1, objects[2].frames[2]);
        assert!(parts[4].0.contains(&format!("{}/frames/3", objects[2].path())), "{}", parts[4].0);
    }
    let stored = server.get(&(objects[2].series_path() + "/pixeldata"), r#"multipart/related; type="image/dicom-rle""#);
    assert_eq!(
        stored.parts().iter().map(|part| part.1.clone()).collect::<Vec<_>>(),
        [1, 2, 3].map(|n| objects[2].stored_frame(n))
    );
}

#[test]
fn leaves_out_with_a_warning_what_is_not_acceptable() {
    let server = Server::start();
    let objects = [Object::new(1, 1, 1), Object::new(1, 1, 2).stored_as(RLE)];
    server.store(&objects.each_ref());
    let answer = server.get(&(objects[0].study_path() + "/pixeldata"), r#"multipart/related; type="image/dicom-rle""#);
    assert_eq!((answer.status, answer.parts().len()), (206, 1));
    assert!(answer.header("warning").is_some_and(|words| words.contains("1 instances")));
    assert_eq!(server.get(&(objects[0].study_path() + "/bulkdata"), "text/plain").status, 406);
    assert_eq!(server.get(&(objects[0].study_path() + "9/bulkdata"), OCTETS).status, 404);
}

#[test]
fn gives_ranges_of_values_and_of_stored_objects() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    let (pixels, file) = (object.frames[0].clone(), object.file());
    for (path, accept, whole) in [
        (object.path() + "/bulkdata/7FE00010", "application/octet-stream", pixels.clone()),
        (object.path() + "/pixeldata", "application/octet-stream", pixels),
        (object.path(), "application/dicom; transfer-syntax=*", file),
    ] {
        let ask = |range: &str, state: &str| {
            let headers = [("Accept", accept), ("Range", range), ("If-Range", state)];
            server.send("GET", &path, if state.is_empty() { &headers[..2] } else { &headers }, b"")
        };
        let first = server.get(&path, accept);
        assert_eq!((first.status, first.header("accept-ranges")), (200, Some("bytes")), "{path}");
        let tag = first.header("etag").expect("a tag").to_owned();
        let part = ask("bytes=3-9", &tag);
        assert_eq!((part.status, part.body.as_slice()), (206, &whole[3..10]), "{path}");
        assert_eq!(part.header("content-range"), Some(format!("bytes 3-9/{}", whole.len()).as_str()));
        assert_eq!(ask("bytes=-4", "").body, whole[whole.len() - 4..]);
        assert_eq!((ask("bytes=0-1", "\"other\"").status, ask("bytes=0-1,4-5", "").status), (200, 200));
        let none = ask(&format!("bytes={}-", whole.len()), "");
        assert_eq!(
            (none.status, none.header("content-range")),
            (416, Some(format!("bytes */{}", whole.len()).as_str()))
        );
    }
}

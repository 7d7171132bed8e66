//! Ranges of what goes out as it is stored: frames, videos, documents (RFC 9110 §14).

use crate::client::Answer;
use crate::object::{HEVC, Object, RLE};
use crate::renderings::{pdf, store};
use crate::server::Server;

/// MPEG-4 AVC/H.264 High Profile.
const MPEG4: &str = "1.2.840.10008.1.2.4.102";
const OCTETS: &str = "application/octet-stream";

/// Everything that there is to be said of ranges of `whole`.
fn has_ranges(server: &Server, path: &str, accept: &str, whole: &[u8]) {
    let ask = |method: &str, headers: &[(&str, &str)]| {
        server.send(method, path, &[&[("Accept", accept)][..], headers].concat(), b"")
    };
    let first = ask("GET", &[]);
    assert_eq!((first.status, first.header("accept-ranges")), (200, Some("bytes")), "{path}: {}", first.text());
    assert!(first.body == whole, "{path}");
    let tag = first.header("etag").expect("a tag").to_owned();
    assert!(tag.starts_with('"'), "{path} has the tag {tag}, which is weak");
    let of = |answer: Answer| (answer.status, answer.header("content-range").map(str::to_owned), answer.body);
    let length = whole.len();
    let said = |range: std::ops::Range<usize>| {
        (206, Some(format!("bytes {}-{}/{length}", range.start, range.end - 1)), whole[range].to_vec())
    };
    assert_eq!(of(ask("GET", &[("Range", "bytes=3-9")])), said(3..10), "{path}");
    assert_eq!(
        of(ask("GET", &[("Range", "bytes=-4"), ("If-Range", tag.as_str())])),
        said(length - 4..length),
        "{path}"
    );
    let other = ask("GET", &[("Range", "bytes=0-1"), ("If-Range", "\"other\"")]);
    assert_eq!((other.status, other.body.len()), (200, length), "{path}");
    let past = format!("bytes={length}-");
    let none = of(ask("GET", &[("Range", past.as_str())]));
    assert_eq!((none.0, none.1), (416, Some(format!("bytes */{length}"))), "{path}");
    let head = ask("HEAD", &[("Range", "bytes=3-9")]);
    assert_eq!((head.status, head.header("content-length")), (200, Some(length.to_string().as_str())), "{path}");
    assert_eq!(ask("GET", &[("If-None-Match", tag.as_str())]).status, 304, "{path}");
}

#[test]
fn gives_ranges_of_frames_as_they_are_stored() {
    let server = Server::start();
    let (native, rle) = (Object::new(1, 1, 1).with_frames(3), Object::new(1, 1, 2).with_frames(2).stored_as(RLE));
    let single = Object::new(1, 1, 3).stored_as(RLE);
    server.store(&[&native, &rle, &single]);
    has_ranges(&server, &(native.path() + "/frames/2"), OCTETS, &native.frames[1]);
    has_ranges(&server, &(rle.path() + "/frames/2"), "image/dicom-rle", &rle.stored_frame(2));
    for path in ["/bulkdata/7FE00010", "/pixeldata"] {
        has_ranges(&server, &(single.path() + path), "image/dicom-rle", &single.stored_frame(1));
    }
}

#[test]
fn gives_ranges_of_videos_by_every_way() {
    let server = Server::start();
    for (number, syntax, media_type) in [(1, MPEG4, "video/mp4"), (2, HEVC, "video/H265")] {
        let video = Object::new(1, 1, number).stored_as(syntax);
        server.store(&[&video]);
        for path in ["/rendered", "/frames/1", "/bulkdata/7FE00010", "/pixeldata"] {
            has_ranges(&server, &(video.path() + path), media_type, &video.frames[0]);
        }
        let (study, series, instance) = (&video.study, &video.series, &video.instance);
        let uri = format!("requestType=WADO&studyUID={study}&seriesUID={series}&objectUID={instance}");
        has_ranges(&server, &format!("/dicom-web/wado?{uri}&contentType={media_type}"), "*/*", &video.frames[0]);
    }
}

#[test]
fn gives_ranges_of_documents() {
    let server = Server::start();
    let document = b"%PDF-1.4 of an odd length";
    assert_eq!(document.len() % 2, 1);
    let object = Object::new(1, 1, 1);
    store(&server, pdf(&object, document));
    has_ranges(&server, &(object.path() + "/rendered"), "application/pdf", document);
    let (study, series, instance) = (&object.study, &object.series, &object.instance);
    let uri = format!("requestType=WADO&studyUID={study}&seriesUID={series}&objectUID={instance}");
    has_ranges(&server, &format!("/dicom-web/wado?{uri}&contentType=application/pdf"), "*/*", document);
}

#[test]
fn promises_no_ranges_of_what_is_made_anew() {
    let server = Server::start();
    let object = Object::new(1, 1, 1).stored_as(RLE);
    server.store(&[&object]);
    for (path, accept) in [("/frames/1", OCTETS), ("/rendered", "image/png"), ("/frames/1", "multipart/related")] {
        let answer = server.send("GET", &(object.path() + path), &[("Accept", accept), ("Range", "bytes=0-1")], b"");
        assert_eq!((answer.status, answer.header("accept-ranges")), (200, None), "{path}");
        assert!(answer.header("etag").is_some_and(|tag| tag.starts_with("W/")), "{path}");
    }
}

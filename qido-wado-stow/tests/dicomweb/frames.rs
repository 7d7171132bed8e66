//! Frames.

use crate::object::{HEVC, Object, RLE};
use crate::server::Server;

const SAMPLES: &str = r#"multipart/related; type="application/octet-stream""#;
const AS_STORED: &str = "multipart/related; type=application/octet-stream; transfer-syntax=*";

fn contents(server: &Server, path: &str, accept: &str) -> Vec<Vec<u8>> {
    let answer = server.get(path, accept);
    assert_eq!(answer.status, 200, "{path} {accept}: {}", answer.text());
    answer.parts().into_iter().map(|(_, content)| content).collect()
}

#[test]
fn gives_frames_in_the_order_asked() {
    let server = Server::start();
    for object in [Object::new(1, 1, 1).with_frames(5), Object::new(1, 1, 2).with_frames(5).stored_as(RLE)] {
        server.store(&[&object]);
        let path = object.path() + "/frames/3,1,5,1";
        let expected: Vec<_> = [2, 0, 4, 0].map(|place| object.frames[place].clone()).into();
        assert_eq!(contents(&server, &path, SAMPLES), expected);
        assert_eq!(contents(&server, &path, "*/*"), expected);
        let stored: Vec<_> = [3, 1, 5, 1].map(|number| object.stored_frame(number)).into();
        assert_eq!(contents(&server, &path, AS_STORED), stored);
    }
}

#[test]
fn names_the_media_type_of_the_stored_bit_stream() {
    let server = Server::start();
    let object = Object::new(1, 1, 1).stored_as(RLE);
    server.store(&[&object]);
    let path = object.path() + "/frames/1";
    let answer = server.get(&path, AS_STORED);
    assert!(answer.content_type().starts_with(r#"multipart/related; type="image/dicom-rle"; boundary="#));
    let head = answer.parts().remove(0).0;
    assert!(head.contains(&format!("Content-Type: image/dicom-rle; transfer-syntax={RLE}")), "{head}");
    assert!(head.contains(&format!("Content-Location: http://{}{path}", server.address)), "{head}");
    let single = server.get(&path, "image/dicom-rle");
    assert_eq!((single.status, single.body), (200, object.stored_frame(1)));
    assert_eq!(contents(&server, &path, r#"multipart/related; type="image/dicom-rle""#), [object.stored_frame(1)]);
}

#[test]
fn gives_one_frame_alone() {
    let server = Server::start();
    let object = Object::new(1, 1, 1).stored_as(RLE).with_frames(2);
    server.store(&[&object]);
    let answer = server.get(&(object.path() + "/frames/2"), "application/octet-stream");
    assert_eq!(answer.header("content-length"), Some("64"));
    assert_eq!(answer.body, object.frames[1]);
    assert_eq!(server.get(&(object.path() + "/frames/1,2"), "application/octet-stream").status, 406);
    let by_query = server.get(&(object.path() + "/frames/2?accept=application/octet-stream"), "*/*");
    assert_eq!(by_query.body, object.frames[1]);
}

#[test]
fn refuses_frames_that_are_none() {
    let server = Server::start();
    let object = Object::new(1, 1, 1).with_frames(2);
    server.store(&[&object]);
    for (list, status) in
        [("0", 400), ("-1", 400), ("abc", 400), ("1,,2", 400), ("1,0", 400), ("3", 404), ("1,2000", 404)]
    {
        assert_eq!(server.get(&format!("{}/frames/{list}", object.path()), SAMPLES).status, status, "{list}");
    }
    assert_eq!(server.get(&(object.path() + "/frames/1"), r#"multipart/related; type="image/jpx""#).status, 406);
}

#[test]
fn gives_what_it_cannot_decode_as_stored_only() {
    let server = Server::start();
    let video = Object::new(1, 1, 1).stored_as(HEVC);
    server.store(&[&video]);
    let path = video.path() + "/frames/1";
    assert_eq!(server.get(&path, SAMPLES).status, 406);
    assert_eq!(contents(&server, &path, "*/*"), [video.stored_frame(1)]);
}

#[test]
fn encodes_frames_in_the_media_type_that_is_asked_for() {
    let server = Server::start();
    let object = Object::new(1, 1, 1).with_frames(3).stored_as(RLE);
    server.store(&[&object]);
    let path = object.path() + "/frames/3,1";
    for (media_type, syntax) in [
        ("image/jpeg", "1.2.840.10008.1.2.4.70"),
        ("image/jls", "1.2.840.10008.1.2.4.80"),
        ("image/jp2", "1.2.840.10008.1.2.4.90"),
        ("image/jxl", "1.2.840.10008.1.2.4.110"),
        ("image/jphc", "1.2.840.10008.1.2.4.201"),
    ] {
        for parameter in [String::new(), format!("; transfer-syntax={syntax}")] {
            let answer = server.get(&path, &format!("multipart/related; type=\"{media_type}\"{parameter}"));
            assert_eq!(answer.status, 200, "{}", answer.text());
            let parts = answer.parts();
            assert_eq!(parts.len(), 2);
            for ((head, content), number) in parts.iter().zip([3, 1]) {
                assert!(head.contains(&format!("Content-Type: {media_type}; transfer-syntax={syntax}")), "{head}");
                assert_eq!(decoded(syntax, content), object.frames[number - 1]);
            }
        }
    }
    let single = server.get(&(object.path() + "/frames/2"), "image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50");
    assert_eq!(single.content_type(), "image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50");
    assert_eq!(single.header("content-length"), Some(single.body.len().to_string().as_str()));
    assert!(single.body.starts_with(b"\xff\xd8"));
}

#[test]
fn gives_jpeg_as_jpeg_xl_and_the_same_jpeg_back() {
    const JPEG: &str = "1.2.840.10008.1.2.4.50";
    const JPEG_XL: &str = "1.2.840.10008.1.2.4.111";
    let server = Server::start();
    let mut object = Object::new(1, 1, 1).with_frames(2).stored_as(JPEG);
    for frame in &mut object.frames {
        let mut jpeg = codec::encode_jpeg(8, 8, 1, frame, 90).expect("a JPEG");
        jpeg.resize(jpeg.len().next_multiple_of(2), 0);
        *frame = jpeg;
    }
    server.store(&[&object]);
    let asked = format!("multipart/related; type=\"image/jxl\"; transfer-syntax={JPEG_XL}");
    let recompressed = server.get(&(object.path() + "/frames/1,2"), &asked);
    assert_eq!(recompressed.status, 200, "{}", recompressed.text());
    for ((head, content), number) in recompressed.parts().iter().zip([1, 2]) {
        assert!(head.contains(&format!("image/jxl; transfer-syntax={JPEG_XL}")), "{head}");
        assert_eq!(decoded(JPEG_XL, content), decoded(JPEG, &object.stored_frame(number)));
    }
    let whole = server.get(&object.path(), &format!("application/dicom; transfer-syntax={JPEG_XL}"));
    assert_eq!(whole.status, 200, "{}", whole.text());
    let other = Server::start();
    assert_eq!(other.post_files(std::slice::from_ref(&whole.body)).status, 200);
    for number in [1, 2] {
        let path = format!("{}/frames/{number}", object.path());
        let jpeg = other.get(&path, &format!("image/jpeg; transfer-syntax={JPEG}"));
        assert_eq!(jpeg.status, 200, "{}", jpeg.text());
        assert!(jpeg.body == object.stored_frame(number), "frame {number} is another JPEG");
    }
    // The same image, which is why it has the same UID.
    let back = other.get(&object.path(), &format!("application/dicom; transfer-syntax={JPEG}"));
    assert_eq!(server.post_files(std::slice::from_ref(&back.body)).status, 200);
    let native = Object::new(1, 1, 2);
    server.store(&[&native]);
    let refused = server.get(&(native.path() + "/frames/1"), &asked);
    assert_eq!(refused.status, 406);
    assert!(refused.text().contains("stored in JPEG Baseline alone"), "{}", refused.text());
}

#[test]
fn gives_lossy_jpeg_xl_by_its_transfer_syntax_and_says_why_not_twelve_bits() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    let path = object.path() + "/frames/1";
    let asked = |syntax: &str| format!("image/jxl; transfer-syntax={syntax}, image/jpeg; transfer-syntax={syntax}");
    let answer = server.get(&path, &asked("1.2.840.10008.1.2.4.112"));
    assert_eq!(answer.content_type(), "image/jxl; transfer-syntax=1.2.840.10008.1.2.4.112");
    let samples = decoded("1.2.840.10008.1.2.4.112", &answer.body);
    assert!(samples.iter().zip(&object.frames[0]).all(|(one, other)| one.abs_diff(*other) < 16));
    let refused = server.get(&path, &asked("1.2.840.10008.1.2.4.51"));
    assert_eq!(refused.status, 406);
    assert!(refused.text().contains("8 Bits Allocated"), "{}", refused.text());
}

/// The samples of a frame.
fn decoded(syntax: &str, frame: &[u8]) -> Vec<u8> {
    let format = codec::FrameFormat {
        rows: 8,
        columns: 8,
        samples: 1,
        bits_allocated: 8,
        bits_stored: 8,
        signed: false,
        photometric: "MONOCHROME2".into(),
        planar: 0,
    };
    codec::decode(syntax, frame, &format).expect("a frame").bytes
}

#[test]
fn makes_no_image_of_video() {
    let server = Server::start();
    let video = Object::new(1, 1, 1).stored_as(HEVC);
    server.store(&[&video]);
    let path = video.path() + "/frames/1";
    assert_eq!(server.get(&path, "image/jpeg").status, 406);
    assert_eq!(server.get(&path, "image/jpeg, video/*;q=0.5").body, video.stored_frame(1));
}

//! Rendered frames and thumbnails.

use crate::object::{HEVC, Object, RLE};
use crate::server::Server;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";

/// Width and height of a PNG.
fn size(png: &[u8]) -> (u32, u32) {
    let number = |place: usize| u32::from_be_bytes(png[place..place + 4].try_into().expect("four bytes"));
    (number(16), number(20))
}

#[test]
fn renders_instances_and_frames() {
    let server = Server::start();
    for object in [Object::new(1, 1, 1).with_frames(2), Object::new(1, 1, 2).with_frames(2).stored_as(RLE)] {
        server.store(&[&object]);
        for (path, accept, media_type, magic) in [
            ("/rendered", "*/*", "image/jpeg", JPEG),
            ("/rendered?quality=10&window=100,50,linear", "image/*", "image/jpeg", JPEG),
            ("/frames/2/rendered", "image/png", "image/png", PNG),
            ("/frames/2/rendered?accept=image/png", "image/jpeg", "image/png", PNG),
            ("/rendered", "image/webp, image/png;q=0.5", "image/png", PNG),
        ] {
            let answer = server.get(&(object.path() + path), accept);
            assert_eq!((answer.status, answer.content_type()), (200, media_type), "{path}: {}", answer.text());
            assert!(answer.body.starts_with(magic), "{path}");
        }
    }
}

#[test]
fn scales_to_the_viewport_and_cuts_out_regions() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    let of = |query: &str| server.get(&format!("{}/rendered?{query}", object.path()), "image/png");
    assert_eq!(size(&of("").body), (8, 8));
    assert_eq!(size(&of("viewport=40,16").body), (16, 16));
    assert_eq!(size(&of("viewport=40,16,0,0,8,4").body), (32, 16));
    assert_eq!(size(&of("viewport=40,16,,,,4").body), (32, 16));
    for bad in ["viewport=1", "viewport=0,1", "window=1,2", "window=1,0,linear", "quality=0", "quality=101"] {
        assert_eq!(of(bad).status, 400, "{bad}");
    }
}

#[test]
fn renders_several_frames_as_parts() {
    let server = Server::start();
    let object = Object::new(1, 1, 1).with_frames(3);
    server.store(&[&object]);
    let path = object.path() + "/frames/3,1/rendered";
    let answer = server.get(&path, r#"multipart/related; type="image/png""#);
    let parts = answer.parts();
    assert_eq!(parts.len(), 2);
    assert!(parts[0].0.contains("/frames/3/rendered") && parts[0].1.starts_with(PNG));
    assert_eq!(server.get(&path, "image/png").status, 406);
    assert_eq!(server.get(&(object.path() + "/frames/4/rendered"), "*/*").status, 404);
}

#[test]
fn makes_thumbnails_at_every_level() {
    let server = Server::start();
    let objects: Vec<Object> = (1..=3).map(|number| Object::new(1, 1, number)).collect();
    server.store(&objects.iter().collect::<Vec<_>>());
    let middle = &objects[1];
    let expected = server.get(&(middle.path() + "/thumbnail?viewport=4,4"), "image/png").body;
    assert_eq!(size(&expected), (4, 4));
    for path in [middle.study_path(), middle.series_path()] {
        let answer = server.get(&(path + "/thumbnail?viewport=4,4"), "image/png");
        assert!(answer.body == expected);
    }
    let usual = server.get(&(middle.study_path() + "/thumbnail"), "*/*");
    assert_eq!((usual.status, usual.content_type()), (200, "image/jpeg"));
    assert_eq!(server.get(&(middle.path() + "/thumbnail?viewport=1,1,0,0,1,1"), "*/*").status, 400);
}

#[test]
fn says_what_cannot_be_rendered() {
    let server = Server::start();
    let video = Object::new(1, 1, 1).stored_as(HEVC);
    server.store(&[&video]);
    let answer = server.get(&(video.path() + "/frames/1/rendered"), "*/*");
    assert_eq!(answer.status, 406, "{}", answer.text());
    assert_eq!(server.get(&(video.path() + "/rendered"), "image/gif").status, 406);
}

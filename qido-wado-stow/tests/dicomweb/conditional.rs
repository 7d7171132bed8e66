//! Conditional retrieval.

use crate::object::Object;
use crate::server::Server;

#[test]
fn does_not_send_again_what_the_client_has() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    for (path, accept) in [
        (object.path(), "application/dicom"),
        (object.study_path(), "*/*"),
        (object.study_path() + "/metadata", "application/dicom+json"),
        (object.path() + "/frames/1", "application/octet-stream"),
        (object.path() + "/bulkdata/7FE00010", "*/*"),
        (object.path() + "/rendered", "image/png"),
        (object.path() + "/thumbnail", "*/*"),
    ] {
        let first = server.get(&path, accept);
        let tag = first.header("etag").unwrap_or_else(|| panic!("{path} has no ETag: {}", first.text()));
        let again = server.send("GET", &path, &[("Accept", accept), ("If-None-Match", tag)], b"");
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        let other = server.send("GET", &path, &[("Accept", accept), ("If-None-Match", "\"x\"")], b"");
        assert_eq!(other.status, 200, "{path}");
    }
}

#[test]
fn tells_representations_and_states_apart() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    let tag = |path: &str, accept: &str| server.get(path, accept).header("etag").expect("an ETag").to_owned();
    let rendered = object.path() + "/rendered";
    assert_ne!(tag(&rendered, "image/png"), tag(&rendered, "image/jpeg"));
    assert_ne!(tag(&rendered, "image/png"), tag(&(rendered.clone() + "?window=10,20,linear"), "image/png"));
    let metadata = object.study_path() + "/metadata";
    let before = tag(&metadata, "*/*");
    assert_eq!(tag(&metadata, "*/*"), before);
    server.store(&[&Object::new(1, 1, 2)]);
    assert_ne!(tag(&metadata, "*/*"), before);
}

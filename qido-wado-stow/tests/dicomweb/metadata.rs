//! Metadata: kept answers hold until something changes, and say how objects are stored.

use crate::client::send;
use crate::object::{EXPLICIT, Object, RLE};
use crate::server::{Server, basic};

const JSON: &str = "application/dicom+json";

fn instances(server: &Server, path: &str) -> Vec<String> {
    let answer = server.get(path, JSON);
    let text = |object: &serde_json::Value| object["00080018"]["Value"][0].as_str().unwrap_or_default().to_owned();
    answer.json().as_array().map(|objects| objects.iter().map(text).collect()).unwrap_or_default()
}

#[test]
fn what_was_sent_before_holds_until_something_changes() {
    let server = Server::start();
    let objects = [Object::new(1, 1, 1), Object::new(1, 1, 2), Object::new(1, 2, 1)];
    server.store(&[&objects[0]]);
    for path in [objects[0].study_path() + "/metadata", objects[0].series_path() + "/metadata"] {
        let first = server.get(&path, JSON);
        let second = server.get(&path, JSON);
        assert_eq!((first.status, &first.body), (second.status, &second.body));
        assert_eq!(
            (first.header("etag"), first.header("last-modified")),
            (second.header("etag"), second.header("last-modified"))
        );
        let tag = second.header("etag").expect("a tag");
        let again = server.send("GET", &path, &[("Accept", JSON), ("If-None-Match", tag)], b"");
        assert_eq!(again.status, 304);
        let elsewhere = server.send("GET", &path, &[("Accept", JSON), ("Host", "other.example")], b"");
        assert!(elsewhere.text().contains("http://other.example/dicom-web/studies/"), "{}", elsewhere.text());
        assert_eq!(send(server.address, "GET", &path, &[("Accept", JSON)], b"").status, 401);
        let rita = send(server.address, "GET", &path, &[("Accept", JSON), ("Authorization", &basic("rita"))], b"");
        assert_eq!(rita.status, 403);
    }
    server.store(&[&objects[1], &objects[2]]);
    assert_eq!(instances(&server, &(objects[0].study_path() + "/metadata")).len(), 3);
    assert_eq!(instances(&server, &(objects[0].series_path() + "/metadata")).len(), 2);
    send(server.address, "DELETE", &objects[0].path(), &[("Authorization", &basic("alma"))], b"");
    assert_eq!(instances(&server, &(objects[0].series_path() + "/metadata")), [objects[1].instance.clone()]);
    assert_eq!(instances(&server, &(objects[0].study_path() + "/metadata")).len(), 2);
}

#[test]
fn says_how_each_object_is_stored() {
    let server = Server::start();
    let objects = [Object::new(1, 1, 1), Object::new(1, 1, 2).stored_as(RLE)];
    server.store(&objects.each_ref());
    let json = server.get(&(objects[0].study_path() + "/metadata"), JSON).json();
    let syntax = |place: usize| json[place]["00083002"]["Value"][0].as_str().map(str::to_owned);
    assert_eq!((syntax(0).as_deref(), syntax(1).as_deref()), (Some(EXPLICIT), Some(RLE)));
    let xml = server.get(&(objects[1].path() + "/metadata"), "application/dicom+xml").text();
    assert!(xml.contains(r#"tag="00083002""#), "{xml}");
}

//! Attributes in XML as well as in JSON: metadata, matches of a search, the response to a store.

use crate::object::Object;
use crate::server::Server;

const PARTS: &str = r#"multipart/related; type="application/dicom+xml""#;

#[test]
fn retrieves_metadata_in_xml() {
    let server = Server::start();
    let objects = [Object::new(1, 1, 1), Object::new(1, 1, 2)];
    server.store(&[&objects[0], &objects[1]]);
    let answer = server.get(&format!("{}/metadata", objects[0].series_path()), PARTS);
    assert_eq!(answer.status, 200);
    assert!(answer.content_type().starts_with(PARTS), "{}", answer.content_type());
    let parts = answer.parts();
    assert_eq!(parts.len(), 2);
    for ((head, document), object) in parts.iter().zip(&objects) {
        let url = format!("http://{}{}", server.address, object.path());
        assert!(head.contains(&format!("Content-Location: {url}/metadata")), "{head}");
        let text = std::str::from_utf8(document).unwrap();
        assert!(text.contains(&format!(r#"<BulkData uri="{url}/bulkdata/7FE00010"/>"#)), "{text}");
        assert!(text.contains("<FamilyName>Quaestor</FamilyName>"), "{text}");
    }
}

#[test]
fn retrieves_metadata_of_an_instance_as_one_document() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    let path = format!("{}/metadata", object.path());
    let answer = server.get(&path, "application/dicom+xml");
    assert_eq!((answer.status, answer.content_type()), (200, "application/dicom+xml"));
    assert!(answer.text().starts_with("<?xml"), "{}", answer.text());
    assert!(answer.text().ends_with("</NativeDicomModel>"), "{}", answer.text());
    assert_eq!(server.get(&format!("{}/metadata", object.series_path()), "application/dicom+xml").status, 406);
}

#[test]
fn tells_representations_of_metadata_apart() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    let path = format!("{}/metadata", object.path());
    let tag = |accept: &str| server.get(&path, accept).header("etag").unwrap().to_owned();
    let tags = [tag("application/dicom+json"), tag("application/dicom+xml"), tag(PARTS)];
    assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2]);
    let again =
        |accept, tag: &str| server.send("GET", &path, &[("Accept", accept), ("If-None-Match", tag)], b"").status;
    assert_eq!(again(PARTS, &tags[2]), 304);
    assert_eq!(again(PARTS, &tags[0]), 200);
}

#[test]
fn gives_the_matches_of_a_search_in_xml() {
    let server = Server::start();
    server.store(&[&Object::new(1, 1, 1), &Object::new(2, 1, 1)]);
    let answer = server.get("/dicom-web/studies", PARTS);
    assert_eq!(answer.status, 200);
    let parts = answer.parts();
    assert_eq!(parts.len(), 2);
    assert!(String::from_utf8_lossy(&parts[0].1).contains(r#"keyword="RetrieveURL""#));
    let none = server.get("/dicom-web/studies?PatientID=nobody", PARTS);
    assert_eq!((none.status, none.text().matches("--").count()), (200, 2));
}

#[test]
fn answers_a_store_in_xml() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    let headers = [("Content-Type", "application/dicom"), ("Accept", "application/dicom+xml")];
    let answer = server.send("POST", "/dicom-web/studies", &headers, &object.file());
    assert_eq!((answer.status, answer.content_type()), (200, "application/dicom+xml"));
    assert!(answer.text().contains(&format!(r#"<Value number="1">{}</Value>"#, object.instance)), "{}", answer.text());
}

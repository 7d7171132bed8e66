//! A reformatted series: parallel planes as the DICOM objects of one new series, sent or stored.

use serde_json::{Value, json};

use crate::phantom::{Phantom, STUDY, field};
use crate::server::Server;

const QUERY: &str = "normal=0,0,1&up=0,-1,0&center=0,-14,7&spacing=1,2&size=4,3&step=2&count=5";
const DICOM: &str = r#"multipart/related; type="application/dicom""#;

fn stored(server: &Server) -> Phantom {
    let phantom = Phantom::axial(1, &[0.0, 3.0, 6.0, 9.0, 12.0, 15.0]);
    assert_eq!(server.post_files(&phantom.files()).status, 200);
    phantom
}

/// Metadata of what the answer to a store refers to.
fn metadata(server: &Server, answer: &Value) -> Vec<(String, Value)> {
    let references = answer["00081199"]["Value"].as_array().expect("what was stored");
    let local = |reference: &Value| {
        let url = reference["00081190"]["Value"][0].as_str().expect("a URL").to_owned();
        url[url.find("/dicom-web").expect("a path")..].to_owned()
    };
    let metadata = |path: String| {
        let metadata = server.get(&format!("{path}/metadata"), "*/*").json()[0].clone();
        (path, metadata)
    };
    references.iter().map(local).map(metadata).collect()
}

#[test]
fn a_series_is_stored_plane_by_plane_with_its_places_and_comes_as_the_same_objects() {
    let server = Server::start();
    let phantom = stored(&server);
    let path = format!("{}/reformat?{QUERY}", phantom.path());
    let answer = server.send("POST", &path, &[], b"");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let planes = metadata(&server, &answer.json());
    assert_eq!(planes.len(), 5);
    let mut instances = Vec::new();
    for (number, (path, plane)) in planes.iter().enumerate() {
        let value = |tag: &str| plane[tag]["Value"].clone();
        let z = 3.0 + 2.0 * number as f64;
        assert_eq!(value("0020000D"), json!([STUDY]));
        assert_eq!(value("0020000E"), planes[0].1["0020000E"]["Value"]);
        assert_ne!(value("0020000E"), json!([phantom.series]));
        assert_eq!(value("00200013"), json!([number + 1]));
        assert_eq!(value("00080016"), json!(["1.2.840.10008.5.1.4.1.1.2"]));
        assert_eq!(value("00200052"), json!([format!("{STUDY}.99")]));
        assert_eq!(value("00200037"), json!([1, 0, 0, 0, 1, 0]));
        assert_eq!(value("00280030"), json!([2, 1]));
        assert_eq!(value("00200032"), json!([-1.5, -16, z as i64]));
        assert_eq!(value("00082112").as_array().map(Vec::len), Some(6));
        let frame = server.get(&format!("{path}/frames/1"), "application/octet-stream").body;
        let first = f64::from(i16::from_le_bytes([frame[0], frame[1]])) - 1024.0;
        // Stored values are rounded, and so are those made of them.
        assert!((first - field([-1.5, -16.0, z])).abs() <= 1.01, "{first}");
        instances.push(value("00080018"));
    }
    instances.dedup();
    assert_eq!(instances.len(), 5);

    let parts = server.get(&path, DICOM);
    assert_eq!(parts.status, 200);
    assert!(parts.complete);
    let parts = parts.parts();
    assert!(parts[0].0.contains("application/dicom; transfer-syntax=1.2.840.10008.1.2.1"), "{}", parts[0].0);
    for ((local, _), (_, part)) in planes.iter().zip(&parts) {
        assert_eq!(&server.get(local, "application/dicom; transfer-syntax=*").body, part);
    }
    let again = server.send("POST", &path, &[], b"");
    assert_eq!((again.status, again.json()), (200, answer.json()));
}

#[test]
fn the_new_series_is_a_volume_of_its_own() {
    let server = Server::start();
    let phantom = stored(&server);
    let path = format!("{}/reformat?normal=1,2,0&spacing=1&interpolation=cubic", phantom.path());
    let answer = server.send("POST", &path, &[], b"");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let planes = metadata(&server, &answer.json());
    assert!(planes.len() > 10, "{}", planes.len());
    let series = planes[0].0.split("/instances/").next().expect("a series").to_owned();
    // In the middle, through all planes.
    let query = "normal=0,0,1&center=1,-13.25,7.5&size=3,3&spacing=1";
    let [of_planes, of_slices] = [series, phantom.path()].map(|path| {
        let answer = server.get(&format!("{path}/slice?{query}"), "*/*");
        assert_eq!(answer.status, 200, "{}", answer.text());
        crate::phantom::values(&answer)
    });
    for ((place, value), (_, original)) in of_planes.iter().zip(&of_slices) {
        assert!((value - original).abs() < 1.1, "{place:?}: {value} {original}");
    }
}

#[test]
fn what_cannot_be_a_series_is_refused_by_name() {
    let server = Server::start();
    let path = format!("{}/reformat", stored(&server).path());
    for (query, name) in [
        ("count=5000", "count"),
        ("step=0.001", "step"),
        ("step=x", "step"),
        ("offset=2", "offset"),
        ("store=true", "POST"),
        ("size=16384,1024&count=4096", "count"),
    ] {
        let refused = server.get(&format!("{path}?{query}"), "*/*");
        assert_eq!(refused.status, 400, "{query}: {}", refused.text());
        assert!(refused.text().contains(name), "{query}: {}", refused.text());
    }
    assert_eq!(server.get(&path, "image/png").status, 406);
    let rita = crate::server::basic("rita");
    let post = crate::client::send(server.address, "POST", &path, &[("Authorization", rita.as_str())], b"");
    assert_eq!(post.status, 403);
    let tag = server.get(&path, "*/*").header("etag").map(str::to_owned).expect("a tag");
    assert_eq!(server.send("GET", &path, &[("If-None-Match", tag.as_str())], b"").status, 304);
}

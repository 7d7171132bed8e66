//! Slices as DICOM objects: derived, in their place, and stored on request.

use serde_json::json;

use crate::phantom::{Phantom, STUDY, field};
use crate::server::{Server, basic};

const QUERY: &str = "normal=0,0,1&up=0,-1,0&center=0,-14,7&spacing=1,2&size=4,3";

fn stored(server: &Server) -> Phantom {
    let phantom = Phantom::axial(1, &[0.0, 3.0, 6.0, 9.0, 12.0, 15.0]);
    assert_eq!(server.post_files(&phantom.files()).status, 200);
    phantom
}

#[test]
fn a_slice_is_stored_once_and_looks_as_it_was_asked_for() {
    let server = Server::start();
    let phantom = stored(&server);
    let path = format!("{}/slice?{QUERY}&store=true", phantom.path());
    let answer = server.send("POST", &path, &[], b"");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let reference = &answer.json()["00081199"]["Value"][0];
    let url = reference["00081190"]["Value"][0].as_str().expect("a URL").to_owned();
    let local = &url[url.find("/dicom-web").expect("a path")..];
    let metadata = &server.get(&format!("{local}/metadata"), "*/*").json()[0];
    let value = |tag: &str| metadata[tag]["Value"].clone();
    assert_eq!(value("0020000D"), json!([STUDY]));
    assert_ne!(value("0020000E"), json!([phantom.series]));
    assert_eq!(value("00080016"), json!(["1.2.840.10008.5.1.4.1.1.2"]));
    assert_eq!(value("00080008"), json!(["DERIVED", "SECONDARY", "MPR"]));
    assert_eq!(value("00100020"), json!(["Q-7"]));
    assert_eq!(value("00200032"), json!([-1.5, -16, 7]));
    assert_eq!(value("00200037"), json!([1, 0, 0, 0, 1, 0]));
    assert_eq!(value("00280030"), json!([2, 1]));
    assert_eq!(value("00200052"), json!([format!("{STUDY}.99")]));
    // By its place, 7 mm up.
    assert_eq!(value("00200013"), json!([700]));
    assert_eq!(value("00082112").as_array().map(Vec::len), Some(6));
    assert_eq!(value("00089215")[0]["00080100"]["Value"][0], "113072");
    let frame = server.get(&format!("{local}/frames/1"), "application/octet-stream");
    let samples: Vec<f64> =
        frame.body.chunks_exact(2).map(|b| f64::from(i16::from_le_bytes([b[0], b[1]])) - 1024.0).collect();
    assert!((samples[0] - field([-1.5, -16.0, 7.0])).abs() <= 0.51, "{}", samples[0]);
    assert_eq!(samples.len(), 12);

    let again = server.send("POST", &path, &[], b"").json();
    assert_eq!(&again["00081199"]["Value"][0], reference);
    let same = server.get(&format!("{}/slice?{QUERY}", phantom.path()), "application/dicom");
    assert_eq!((same.status, &same.body[128..132]), (200, &b"DICM"[..]));
    let kept = server.get(local, "application/dicom; transfer-syntax=*");
    assert_eq!(kept.body, same.body);
    let other = server.send("POST", &path.replace("center=0,-14,7", "center=0,-14,8"), &[], b"").json();
    assert_ne!(&other["00081199"]["Value"][0], reference);
}

#[test]
fn who_may_not_store_or_asks_by_get_is_refused() {
    let server = Server::start();
    let phantom = stored(&server);
    let path = format!("{}/projection?{QUERY}", phantom.path());
    let got = server.get(&(path.clone() + "&store=true"), "*/*");
    assert_eq!(got.status, 400);
    assert!(got.text().contains("POST"), "{}", got.text());
    let rita = basic("rita");
    let refused = crate::client::send(server.address, "POST", &path, &[("Authorization", rita.as_str())], b"");
    assert_eq!(refused.status, 403);
    let projection = server.get(&path, "application/dicom");
    assert_eq!(projection.status, 200);
    assert!(memchr::memmem::find(&projection.body, b"Maximum intensity projection").is_some());
}

#[test]
fn a_segmentation_is_stored_with_a_frame_for_each_slice_of_each_segment() {
    let server = Server::start();
    let phantom = stored(&server);
    let path = format!("{}/segmentation?method=otsu&classes=3", phantom.path());
    let answer = server.send("POST", &path, &[], b"");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let reference = &answer.json()["00081199"]["Value"][0];
    let url = reference["00081190"]["Value"][0].as_str().expect("a URL").to_owned();
    let local = &url[url.find("/dicom-web").expect("a path")..];
    let metadata = &server.get(&format!("{local}/metadata"), "*/*").json()[0];
    assert_eq!(metadata["00080060"]["Value"], json!(["SEG"]));
    assert_eq!(metadata["00280008"]["Value"], json!([12]));
    assert_eq!(metadata["00620002"]["Value"].as_array().map(Vec::len), Some(2));
    let last = &metadata["52009230"]["Value"][11];
    assert_eq!(last["00209113"]["Value"][0]["00200032"]["Value"], json!([-10, -20, 15]));
    assert_eq!(last["0062000A"]["Value"][0]["0062000B"]["Value"], json!([2]));
    let labels = server.get(&path, "application/octet-stream").body;
    for (frame, number, slice) in [(2, 1, 1), (12, 2, 5)] {
        let bits = server.get(&format!("{local}/frames/{frame}"), "application/octet-stream").body;
        let expected = labels[slice * 120..][..120].iter().map(|label| *label == number);
        let found = (0..120).map(|place| bits[place / 8] >> (place % 8) & 1 == 1);
        assert!(found.eq(expected), "frame {frame}");
    }
}

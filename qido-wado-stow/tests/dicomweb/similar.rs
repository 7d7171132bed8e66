//! Images that look like a given one, over HTTP: stored and sent examples, filters, and what is refused.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::{Answer, send};
use crate::object::{HEVC, Object};
use crate::radiogram::{Radiogram, SIDE};
use crate::server::{Server, basic};

const DICOM_JSON: &str = "application/dicom+json";
const JSON: &str = "application/json";
const SCORE: &str = "00771001";

/// Stores radiograms and waits until all of them can be found.
pub fn store(server: &Server, radiograms: &[&Radiogram]) {
    let answer = server.post_files(&radiograms.iter().map(|one| one.file()).collect::<Vec<_>>());
    assert_eq!(answer.status, 200, "{}", answer.text());
    described(server);
}

/// How far the descriptors are.
fn state(server: &Server) -> Value {
    let answer = send(server.address, "GET", "/dicom-web/descriptors", &[("Authorization", &basic("alma"))], b"");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Waits until no image waits to be described.
pub fn described(server: &Server) -> Value {
    let begun = Instant::now();
    loop {
        let state = state(server);
        if state["waiting"] == 0 {
            return state;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{state}");
        std::thread::yield_now();
    }
}

fn value<'a>(row: &'a Value, tag: &str) -> &'a Value {
    &row[tag]["Value"][0]
}

fn instances(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let rows = answer.json();
    let rows = rows.as_array().expect("an array");
    rows.iter().map(|row| value(row, "00080018").as_str().expect("a UID").to_owned()).collect()
}

fn numbers(numbers: &[u32]) -> Vec<String> {
    numbers.iter().map(|number| Radiogram::new(*number, 0).instance()).collect()
}

fn sent(server: &Server, query: &str, media_type: &str, body: &[u8]) -> Answer {
    let headers = [("Content-Type", media_type), ("Accept", DICOM_JSON)];
    server.send("POST", &format!("/dicom-web/similar?{query}"), &headers, body)
}

#[test]
fn finds_the_same_picture_first_and_says_that_it_is_a_duplicate() {
    let server = Server::start();
    let (one, again, other) = (Radiogram::new(1, 7), Radiogram::new(2, 7), Radiogram::new(3, 8));
    store(&server, &[&one, &again, &other]);
    let answer = server.get(&format!("{}/similar?limit=1&includefield=BodyPartExamined", one.path()), DICOM_JSON);
    assert_eq!(answer.content_type(), DICOM_JSON);
    let rows = answer.json();
    assert_eq!(instances(&answer), numbers(&[2]), "the example itself is left out");
    for row in rows.as_array().expect("rows") {
        assert_eq!(row["00770010"]["Value"][0], "PACS GATEWAY SIMILAR 1.0");
        assert_eq!((row[SCORE]["vr"].as_str(), value(row, SCORE).as_f64()), (Some("FD"), Some(1.0)));
        assert_eq!((value(row, "00771002"), value(row, "00771003")), (&"YES".into(), &"NO".into()));
        assert_eq!((value(row, "00771004"), value(row, "00771005")), (&1.into(), &"IMAGE".into()));
        let thumbnail = value(row, "00771007").as_str().expect("an address");
        let path = thumbnail.split_once(&server.address.to_string()).expect("of this server").1;
        assert_eq!(server.get(path, "image/png").status, 200);
        assert!(value(row, "00081190").as_str().is_some_and(|url| url.contains("/instances/")));
    }
    let all = server.get(&format!("{}/similar", one.path()), DICOM_JSON).json();
    let score = |place: usize| value(&all[place], SCORE).as_f64().expect("a score");
    assert_eq!(score(0), 1.0);
    assert!(score(1) < 1.0 && value(&all[1], "00771002") == "NO");
    let best = server.get(&format!("{}/similar?score=0.999", one.path()), DICOM_JSON);
    assert_eq!(instances(&best), numbers(&[2]));
}

#[test]
fn answers_in_plain_json_what_was_compared() {
    let server = Server::start();
    let (one, again) = (Radiogram::new(1, 7), Radiogram::new(2, 7));
    store(&server, &[&one, &again]);
    let answer = server.get(&format!("{}/frames/1/similar", one.path()), JSON);
    assert_eq!((answer.status, answer.content_type()), (200, JSON), "{}", answer.text());
    let said = answer.json();
    assert_eq!((&said["among"], &said["waiting"]), (&2.into(), &0.into()));
    let first = &said["matches"][0];
    assert_eq!((&first["score"], &first["duplicate"], &first["seenAs"]), (&1.0.into(), &true.into(), &"image".into()));
    assert_eq!((&first["instance"], &first["frame"]), (&again.instance().into(), &1.into()));
    assert!(first["attributes"]["0020000D"].is_object() && first["regionScore"].is_null());
    assert_eq!(server.get(&format!("{}/similar", one.path()), "text/html").status, 406);
}

#[test]
fn finds_what_is_sent_as_dicom_png_and_jpeg() {
    let server = Server::start();
    let radiograms = [Radiogram::new(1, 7), Radiogram::new(2, 8), Radiogram::new(3, 9)];
    store(&server, &radiograms.each_ref());
    let wanted = &radiograms[1];
    let png = codec::encode_png(SIDE as u32, SIDE as u32, 1, &wanted.samples).expect("a PNG");
    let jpeg = codec::encode_jpeg(SIDE as u32, SIDE as u32, 1, &wanted.samples, 95).expect("a JPEG");
    for (media_type, body) in [("application/dicom", wanted.file()), ("image/png", png), ("image/jpeg", jpeg)] {
        for profile in ["pixels", "gradients"] {
            let answer = sent(&server, &format!("profile={profile}&limit=1"), media_type, &body);
            assert_eq!(instances(&answer), numbers(&[2]), "{media_type} {profile}");
        }
        let headers = [("Content-Type", media_type), ("Accept", JSON)];
        let answer = server.send("POST", "/api/similar?limit=1", &headers, &body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["matches"][0]["instance"], Value::from(wanted.instance()), "{media_type}");
    }
    assert_eq!(server.get("/api/similar", JSON).status, 405);
    let nobody = send(server.address, "POST", "/api/similar", &[("Content-Type", "image/png")], b"x");
    assert_eq!(nobody.status, 401);
}

#[test]
fn finds_mirror_images_and_parts_when_asked_to() {
    let server = Server::start();
    let (one, mirrored) = (Radiogram::new(1, 7), Radiogram::new(2, 7).mirrored());
    let mut half = Radiogram::new(3, 9);
    for (row, samples) in half.samples.chunks_mut(SIDE).enumerate() {
        samples[..SIDE / 2].copy_from_slice(&one.samples[row * SIDE..row * SIDE + SIDE / 2]);
    }
    store(&server, &[&one, &mirrored, &half]);
    let rows = server.get(&format!("{}/similar?mirrored=true&limit=2", one.path()), DICOM_JSON);
    assert_eq!(instances(&rows), numbers(&[2, 3]));
    assert_eq!(value(&rows.json()[0], "00771003"), "YES");
    let part = server.get(&format!("{}/similar?part=0,0,0.5,1&limit=1", one.path()), DICOM_JSON);
    assert_eq!(instances(&part), numbers(&[3]));
}

#[test]
fn only_the_same_picture_as_a_whole_is_a_duplicate() {
    let server = Server::start();
    let (one, again, mirrored) = (Radiogram::new(1, 7), Radiogram::new(2, 7), Radiogram::new(3, 7).mirrored());
    let mut half = Radiogram::new(4, 9);
    for (row, samples) in half.samples.chunks_mut(SIDE).enumerate() {
        samples[..SIDE / 2].copy_from_slice(&one.samples[row * SIDE..row * SIDE + SIDE / 2]);
    }
    store(&server, &[&one, &again, &mirrored, &half]);
    let duplicates = |query: &str| -> Vec<(String, f64)> {
        let answer = server.get(&format!("{}/similar?{query}", one.path()), DICOM_JSON);
        let rows = answer.json();
        let flagged = rows.as_array().expect("rows").iter().filter(|row| value(row, "00771002") == "YES");
        let read = |row: &Value| (value(row, "00080018").as_str().map(str::to_owned), value(row, SCORE).as_f64());
        flagged.map(read).map(|(uid, score)| (uid.expect("a UID"), score.expect("a score"))).collect()
    };
    let same = vec![(again.instance(), 1.0)];
    assert_eq!(duplicates(""), same);
    assert_eq!(duplicates("mirrored=true"), same, "its mirror image scores 1, and is another picture");
    assert_eq!(duplicates("part=0,0,0.5,1"), [], "equal in a part");
    assert_eq!(duplicates("profile=gradients"), [], "equal in its gradients");
    let best = server.get(&format!("{}/similar?mirrored=true&score=1", one.path()), DICOM_JSON);
    assert_eq!(instances(&best), numbers(&[2, 3]));
}

#[test]
fn keys_of_a_search_are_filters() {
    let server = Server::start();
    let one = Radiogram::new(1, 7);
    let other = Radiogram { modality: "DX", ..Radiogram::new(2, 8) };
    store(&server, &[&one, &other]);
    let third = Radiogram::new(3, 9);
    store(&server, &[&third]);
    let found = |query: &str| instances(&server.get(&format!("{}/similar?{query}", one.path()), DICOM_JSON));
    assert_eq!(found("Modality=DX"), numbers(&[2]));
    assert_eq!(found("StudyInstanceUID=1.2.826.0.1.3680043.10.1999.9.3"), numbers(&[3]));
    assert_eq!(found("PatientID=Q-7&StudyDate=20260101-20261231").len(), 2);
    assert_eq!(found("PatientID=nobody"), numbers(&[]));
}

#[test]
fn an_empty_archive_has_nothing_similar() {
    let server = Server::start();
    let answer = sent(&server, "", "application/dicom", &Radiogram::new(1, 7).file());
    assert_eq!((answer.status, answer.json()), (200, serde_json::json!([])));
    let state = state(&server);
    assert_eq!((&state["pictures"], &state["waiting"], &state["failed"]), (&0.into(), &0.into(), &0.into()));
}

#[test]
fn says_why_an_example_is_not_taken() {
    let server = Server::start();
    let undecodable = Object::new(1, 1, 1).stored_as(HEVC);
    let png = codec::encode_png(8, 8, 1, &[7; 64]).expect("a PNG");
    for (media_type, body, statuses) in [
        ("text/plain", &b"hello"[..], &[415][..]),
        ("image/gif", b"GIF89a", &[415]),
        ("image/png", b"no picture at all", &[415]),
        ("image/png", &png[..png.len() / 2], &[422]),
        ("image/jpeg", b"\xff\xd8\xff\xe0 broken", &[422]),
        ("application/dicom", b"DICM", &[415]),
        ("application/dicom", &undecodable.file(), &[422]),
        ("image/png", b"", &[400]),
    ] {
        let answer = sent(&server, "", media_type, body);
        assert!(statuses.contains(&answer.status), "{media_type} {}: {}", answer.status, answer.text());
        assert!(answer.json()["detail"].as_str().is_some_and(|words| words.len() > 8), "{}", answer.text());
    }
    let headers = [("Content-Type", "image/png"), ("Content-Encoding", "gzip")];
    assert_eq!(server.send("POST", "/dicom-web/similar", &headers, &png).status, 415);
    let one_colour = sent(&server, "", "image/png", &png);
    assert_eq!(one_colour.status, 200, "{}", one_colour.text());
}

#[test]
fn refuses_questions_that_make_no_sense() {
    let server = Server::start();
    let one = Radiogram::new(1, 7);
    store(&server, &[&one]);
    for query in [
        "profile=colours",
        "part=0,0,2,1",
        "part=0,0,0,0",
        "limit=1001",
        "score=-1",
        "profile=gradients&part=0,0,1,1",
        "bodyregion=nowhere",
        "bodyregion=1.2.3",
        "bodyregion=",
        &format!("bodyregion={}", "0".repeat(128)),
        "NoSuchKey=1",
        "offset=3",
    ] {
        let answer = server.get(&format!("{}/similar?{query}", one.path()), DICOM_JSON);
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
    }
    for (path, status) in [
        (format!("{}/frames/2/similar", one.path()), 404),
        (format!("{}/frames/0/similar", one.path()), 400),
        (format!("{}/frames/1,1/similar", one.path()), 400),
        (format!("{}9/similar", one.path()), 404),
    ] {
        assert_eq!(server.get(&path, DICOM_JSON).status, status, "{path}");
    }
}

#[test]
fn nobody_learns_more_than_they_may_see() {
    let server = Server::start();
    let (one, again) = (Radiogram::new(1, 7), Radiogram::new(2, 7));
    store(&server, &[&one, &again]);
    let similar = format!("{}/similar", one.path());
    assert_eq!(send(server.address, "GET", &similar, &[], b"").status, 401);
    assert_eq!(send(server.address, "POST", "/dicom-web/similar", &[], b"").status, 401);
    let rita = basic("rita");
    let headers = [("Authorization", &rita[..]), ("Content-Type", "application/dicom"), ("Accept", DICOM_JSON)];
    for (method, path, body) in [("GET", &similar[..], vec![]), ("POST", "/dicom-web/similar", one.file())] {
        let answer = send(server.address, method, path, &headers, &body);
        assert!([200, 403].contains(&answer.status), "{}", answer.text());
        assert!(!answer.text().contains("Quaestor") && !answer.text().contains("Q-7"), "{}", answer.text());
    }
    let rebuild = |user: &str| {
        let headers = [("Authorization", &basic(user)[..])];
        send(server.address, "POST", "/dicom-web/descriptors/rebuild", &headers, b"").status
    };
    assert_eq!(server.get("/dicom-web/descriptors", JSON).status, 403);
    assert_eq!([rebuild("rita"), rebuild("clara"), rebuild("alma")], [403, 403, 202]);
    described(&server);
    assert_eq!(instances(&server.get(&similar, DICOM_JSON)), numbers(&[2]));
}

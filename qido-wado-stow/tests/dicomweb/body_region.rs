//! Parts of the body over HTTP: what images show, who corrects it, and searches for it.

use serde_json::{Value, json};

use crate::client::{Answer, send};
use crate::phantom::Phantom;
use crate::radiogram::Radiogram;
use crate::renderings::{element, sequence};
use crate::server::{Server, basic};
use crate::similar::store;

const DICOM_JSON: &str = "application/dicom+json";
const REGION_SCORE: &str = "00771006";

fn put(server: &Server, user: &str, radiogram: &Radiogram, body: &Value) -> Answer {
    let headers = [("Authorization", &basic(user)[..]), ("Content-Type", "application/json")];
    send(server.address, "PUT", &format!("{}/body-region", radiogram.path()), &headers, body.to_string().as_bytes())
}

fn region(server: &Server, radiogram: &Radiogram) -> Value {
    let answer = server.get(&format!("{}/body-region", radiogram.path()), "application/json");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Instances that are found, each with its share of the part of the body.
fn found(server: &Server, query: &str) -> Vec<(String, f64)> {
    let answer = server.get(&format!("/dicom-web/instances?{query}"), DICOM_JSON);
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    let rows = answer.json();
    let rows = rows.as_array().expect("rows").iter();
    let read = |row: &Value| {
        let score = row[REGION_SCORE]["Value"][0].as_f64().expect("a score");
        (row["00080018"]["Value"][0].as_str().expect("a UID").to_owned(), score)
    };
    rows.map(read).collect()
}

fn cells(server: &Server, name: &str, side: &str) -> String {
    let parts = server.get("/dicom-web/body-parts", "application/json").json();
    let mut parts = parts["parts"].as_array().expect("parts").iter();
    parts.find(|part| part["name"] == name).and_then(|part| part[side].as_str()).expect("cells").to_owned()
}

/// The cells of several parts together.
fn of_parts(server: &Server, names: &[&str]) -> String {
    let all: Vec<Vec<u8>> = names.iter().map(|name| cells(server, name, "cells").into_bytes()).collect();
    let digit = |place: usize| {
        let value = |digits: &Vec<u8>| char::from(digits[place]).to_digit(16).expect("a digit");
        char::from_digit(all.iter().map(value).fold(0, |one, other| one | other), 16).expect("a digit")
    };
    (0..all[0].len()).map(digit).collect()
}

#[test]
fn lists_the_parts_of_the_body() {
    let server = Server::start();
    let answer = server.get("/dicom-web/body-parts", "*/*");
    let all = answer.json();
    assert_eq!((answer.status, &all["columns"], &all["rows"]), (200, &16.into(), &32.into()));
    let parts = all["parts"].as_array().expect("parts");
    assert!(parts.len() >= 60);
    let hand = parts.iter().find(|part| part["name"] == "hand").expect("a hand");
    assert_eq!(hand["code"], json!({ "value": "85562004", "scheme": "SCT" }));
    assert_eq!(
        (&hand["bodyPartExamined"], &hand["paired"], &hand["within"]),
        (&"HAND".into(), &true.into(), &json!(["upper limb"]))
    );
    assert_eq!(all["universe"].as_str().map(str::len), Some(128));
    assert!(all["outline"].as_str().is_some_and(|path| path.starts_with('M')));
}

#[test]
fn attributes_tell_the_part_until_somebody_corrects_it() {
    let server = Server::start();
    let hand = Radiogram::new(1, 7).of("HAND", "L");
    store(&server, &[&hand]);
    let told = region(&server, &hand);
    assert_eq!((&told["cells"], &told["setBy"]), (&cells(&server, "hand", "left").into(), &Value::Null));
    let answer = put(&server, "clara", &hand, &json!({ "parts": ["right foot", "56459004"] }));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let told = region(&server, &hand);
    assert_eq!((&told["cells"], &told["setBy"]), (&cells(&server, "foot", "cells").into(), &"clara".into()));
    assert!(told["setAt"].as_str().is_some_and(|time| time.starts_with("20")));
    assert_eq!(put(&server, "clara", &hand, &json!({ "cells": cells(&server, "knee", "right") })).status, 200);
    assert_eq!(region(&server, &hand)["cells"], cells(&server, "knee", "right"));
    let reset = server.send("DELETE", &format!("{}/body-region", hand.path()), &[], b"");
    assert_eq!((reset.status, &reset.json()["setBy"]), (200, &Value::Null));
    assert_eq!(region(&server, &hand)["cells"], cells(&server, "hand", "left"));
}

#[test]
fn frames_of_an_enhanced_image_tell_the_part_however_many_they_are() {
    let server = Server::start();
    let code = |value: &str, meaning: &str| {
        [element(8, 0x100, "SH", value), element(8, 0x102, "SH", "SCT"), element(8, 0x104, "LO", meaning)].concat()
    };
    let anatomy = |value: &str, meaning: &str| {
        let region = sequence(8, 0x2218, &[code(value, meaning)]);
        vec![sequence(0x20, 0x9071, &[[region, element(0x20, 0x9072, "CS", "U")].concat()])]
    };
    // The second one's frames say more than the index takes in.
    for (series, count) in [(1, 6), (2, 200)] {
        let heights: Vec<f64> = (0..count).map(f64::from).collect();
        let mut phantom = Phantom::axial(series, &heights);
        let own = |slice| if slice < 4 { anatomy("45048000", "Neck") } else { anatomy("816094009", "Chest") };
        phantom.own = (0..count).map(own).collect();
        assert_eq!(server.post_files(&[phantom.enhanced(&[])]).status, 200);
        let wanted = of_parts(&server, &["neck", "chest"]);
        let told = || server.get(&format!("{}/body-region", phantom.enhanced_path()), "application/json").json();
        assert_eq!(told()["cells"], wanted, "before it is described");
        crate::similar::described(&server);
        assert_eq!(told()["cells"], wanted);
        let found = found(&server, "bodyregion=neck");
        assert!(found.iter().any(|(instance, score)| *instance == phantom.instance(0) && *score == 1.0), "{found:?}");
    }
}

#[test]
fn a_correction_is_refused_with_words() {
    let server = Server::start();
    let hand = Radiogram::new(1, 7).of("HAND", "L");
    store(&server, &[&hand]);
    for (body, words) in [
        (json!({ "parts": ["tail"] }), "no part of the body"),
        (json!({ "cells": "ff" }), "128 hexadecimal digits"),
        (json!({ "cells": "f".repeat(128) }), "beside the body"),
        (json!({ "cells": "0".repeat(128), "parts": [] }), "not by both"),
        (json!({}), "not by both"),
        (json!({ "place": 1 }), "unknown field"),
        (json!(7), "cells"),
    ] {
        let answer = put(&server, "clara", &hand, &body);
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.text().contains(words), "{body}: {}", answer.text());
    }
    assert_eq!(put(&server, "rita", &hand, &json!({ "parts": ["hand"] })).status, 403);
    let headers = [("Authorization", &basic("rita")[..])];
    assert_eq!(send(server.address, "DELETE", &format!("{}/body-region", hand.path()), &headers, b"").status, 403);
    assert_eq!(put(&server, "clara", &Radiogram::new(9, 1), &json!({ "parts": ["hand"] })).status, 404);
    assert_eq!(send(server.address, "GET", &format!("{}/body-region", hand.path()), &[], b"").status, 401);
}

#[test]
fn a_search_finds_images_of_a_part_of_the_body() {
    let server = Server::start();
    let chest = Radiogram::new(1, 7).of("CHEST", "");
    let left = Radiogram::new(2, 8).of("HAND", "L");
    let arm = Radiogram::new(3, 9).of("FOREARM", "L");
    let unknown = Radiogram::new(4, 10);
    store(&server, &[&chest, &left, &arm, &unknown]);
    assert_eq!(found(&server, "bodyregion=LUNG"), [(chest.instance(), 1.0)]);
    assert_eq!(found(&server, "bodyregion=left+hand")[0], (left.instance(), 1.0));
    assert_eq!(found(&server, "bodyregion=right+hand"), []);
    assert_eq!(found(&server, &format!("bodyregion={}", left.instance()))[0], (left.instance(), 1.0));
    assert_eq!(found(&server, &format!("bodyregion={}", cells(&server, "chest", "cells"))), [(chest.instance(), 1.0)]);
    let limb = found(&server, "bodyregion=left+upper+limb");
    let order: Vec<&str> = limb.iter().map(|(instance, _)| instance.as_str()).collect();
    assert_eq!(order, [left.instance(), arm.instance(), chest.instance()], "the shoulder lies over the chest");
    assert!(limb.is_sorted_by(|a, b| a.1 >= b.1) && limb.iter().all(|(_, score)| *score > 0.0 && *score < 1.0));
    assert_eq!(found(&server, "bodyregion=left+upper+limb&limit=1"), limb[..1]);
    assert_eq!(found(&server, "bodyregion=left+upper+limb&limit=2&offset=1"), limb[1..]);
    assert_eq!(found(&server, "bodyregion=whole+body&BodyPartExamined=CHEST").len(), 1);
    let page = server.get("/dicom-web/instances?bodyregion=left+upper+limb&limit=1", DICOM_JSON);
    assert!(page.header("warning").is_some_and(|words| words.contains("additional results")));
    let corrected = put(&server, "clara", &unknown, &json!({ "parts": ["right hand"] }));
    assert_eq!(corrected.status, 200, "{}", corrected.text());
    assert_eq!(found(&server, "bodyregion=right+hand"), [(unknown.instance(), 1.0)]);
}

#[test]
fn a_search_by_likeness_looks_at_a_part_of_the_body_only() {
    let server = Server::start();
    let (hand, foot) = (Radiogram::new(1, 7).of("HAND", "L"), Radiogram::new(2, 7).of("FOOT", "L"));
    store(&server, &[&hand, &foot]);
    let rows = server.get(&format!("{}/similar?bodyregion=foot", hand.path()), DICOM_JSON).json();
    assert_eq!(rows.as_array().map(Vec::len), Some(1));
    assert_eq!(rows[0]["00080018"]["Value"][0], foot.instance());
    let share = rows[0][REGION_SCORE]["Value"][0].as_f64().expect("a score");
    assert!((0.4..0.6).contains(&share), "one of two feet: {share}");
}

#[test]
fn a_part_of_the_body_is_a_key_of_instances_alone() {
    let server = Server::start();
    for path in [
        "/studies?bodyregion=chest",
        "/series?bodyregion=chest",
        "/instances?bodyregion=tail",
        "/instances?bodyregion=chest&bodyregion=hand",
        "/instances?bodyregion=chest&orderby=StudyDate",
        "/instances?bodyregion=chest&total=true",
    ] {
        assert_eq!(server.get(&format!("/dicom-web{path}"), DICOM_JSON).status, 400, "{path}");
    }
    assert_eq!(found(&server, "bodyregion=chest"), []);
}

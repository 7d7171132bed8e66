//! De-identified answers: every resource that a researcher may use, and WADO-URI for those who ask for it.

use crate::client::{Answer, send};
use crate::object::{EXPLICIT, Object};
use crate::radiogram::Radiogram;
use crate::server::{Server, basic};

const JSON: &str = "application/dicom+json";

fn as_rita(server: &Server, path: &str, accept: &str) -> Answer {
    let rita = basic("rita");
    send(server.address, "GET", path, &[("Authorization", &rita), ("Accept", accept)], b"")
}

fn store(server: &Server, radiograms: &[&Radiogram]) {
    let files: Vec<Vec<u8>> = radiograms.iter().map(|radiogram| radiogram.file()).collect();
    assert_eq!(server.post_files(&files).status, 200);
}

/// Nothing of an answer tells whose it is, or when it came.
fn tells_nobody(answer: &Answer, path: &str) {
    for secret in ["Quaestor", "Q-7", "1.2.826.0.1.3680043.10.1999.9", "20260315"] {
        let found = answer.body.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{secret} in {path}: {}", answer.text());
    }
    assert_eq!(answer.header("last-modified"), None, "{path}");
}

/// The path of the one instance, as a search tells a researcher.
fn told(server: &Server) -> String {
    let found = as_rita(server, "/dicom-web/instances?Modality=CR", JSON);
    assert_eq!(found.status, 200, "{}", found.text());
    tells_nobody(&found, "the search");
    let url = found.json()[0]["00081190"]["Value"][0].as_str().expect("a Retrieve URL").to_owned();
    url[url.find("/dicom-web").expect("our prefix")..].to_owned()
}

#[test]
fn a_researcher_uses_what_a_search_told_by_every_resource() {
    let server = Server::start();
    let radiogram = Radiogram::new(1, 1).of("CHEST", "");
    store(&server, &[&radiogram]);
    let instance = told(&server);
    let series = instance[..instance.find("/instances").expect("an instance")].to_owned();
    let study = series[..series.find("/series").expect("a series")].to_owned();
    for (path, accept) in [
        ("/dicom-web/studies?includefield=all".to_owned(), JSON),
        (format!("{study}/series?includefield=all"), JSON),
        (format!("{series}/instances?includefield=all"), JSON),
        (format!("{series}/instances"), "multipart/related; type=\"application/dicom+xml\""),
        (instance.clone(), "application/dicom"),
        (instance.clone(), "application/dicom; transfer-syntax=*"),
        (instance.clone(), "application/dicom; transfer-syntax=1.2.840.10008.1.2.4.90"),
        (series.clone(), "multipart/related; type=\"application/dicom\""),
        (study.clone(), "application/zip"),
        (format!("{study}?dicomdir=true"), "application/zip"),
        (format!("{instance}/metadata"), JSON),
        (format!("{study}/metadata"), JSON),
        (format!("{study}/metadata"), "multipart/related; type=\"application/dicom+xml\""),
        (format!("{instance}/frames/1"), "multipart/related; type=\"application/octet-stream\""),
        (format!("{instance}/bulkdata/7FE00010"), "application/octet-stream"),
        (format!("{study}/bulkdata"), "multipart/related; type=\"application/octet-stream\""),
        (format!("{instance}/rendered?annotation=patient"), "image/png"),
        (format!("{instance}/frames/1/rendered"), "image/jpeg"),
        (format!("{study}/thumbnail"), "image/jpeg"),
    ] {
        let answer = as_rita(&server, &path, accept);
        assert_eq!(answer.status, 200, "{path} {accept}: {}", answer.text());
        tells_nobody(&answer, &path);
    }
    let bulk = as_rita(&server, &format!("{instance}/bulkdata/7FE00010"), "application/octet-stream");
    assert_eq!(bulk.body, radiogram.samples);
    let (theirs, ours) = (
        as_rita(&server, &format!("{instance}/rendered"), "image/png"),
        server.get(&(radiogram.path() + "/rendered"), "image/png"),
    );
    assert_eq!(theirs.body, ours.body, "nothing of the picture is lost");
    let head = as_rita(&server, &instance, "application/dicom; transfer-syntax=*");
    let text = String::from_utf8_lossy(&head.body).into_owned();
    assert!(text.contains("YES") && text.contains("113100") && text.contains("2.25."));
}

#[test]
fn what_is_not_de_identified_stays_closed_to_researchers() {
    let server = Server::start();
    let radiogram = Radiogram::new(1, 1);
    store(&server, &[&radiogram]);
    let instance = told(&server);
    let series = instance[..instance.find("/instances").expect("an instance")].to_owned();
    for path in [
        radiogram.path(),
        radiogram.path() + "/metadata",
        format!("{series}/slice"),
        format!("{series}/projection"),
        "/dicom-web/studies?PatientName=Q*".to_owned(),
        "/dicom-web/studies?orderby=StudyDate".to_owned(),
        "/dicom-web/modality-scheduled-procedure-steps".to_owned(),
    ] {
        let answer = as_rita(&server, &path, "*/*");
        assert_eq!(answer.status, 403, "{path}: {}", answer.text());
        assert!(!answer.text().contains("Quaestor"), "{path}");
    }
}

#[test]
fn what_may_name_somebody_is_refused_with_the_reason() {
    let server = Server::start();
    let capture = Object::new(1, 1, 1);
    server.store(&[&capture]);
    let found = as_rita(&server, "/dicom-web/instances", JSON).json();
    let url = found[0]["00081190"]["Value"][0].as_str().expect("a Retrieve URL").to_owned();
    let instance = &url[url.find("/dicom-web").expect("our prefix")..];
    let study = &instance[..instance.find("/series").expect("a series")];
    for path in [
        instance.to_owned(),
        format!("{instance}/metadata"),
        format!("{instance}/frames/1"),
        format!("{instance}/bulkdata/7FE00010"),
        format!("{instance}/rendered"),
        format!("{instance}/body-region"),
        study.to_owned(),
    ] {
        let answer = as_rita(&server, &path, "*/*");
        assert_eq!(answer.status, 406, "{path}: {}", answer.text());
        assert!(answer.text().contains("cannot be de-identified"), "{path}: {}", answer.text());
    }
    let metadata = as_rita(&server, &format!("{study}/metadata"), JSON);
    assert_eq!((metadata.status, metadata.json()), (200, serde_json::json!([])));
    let bulk = as_rita(&server, &format!("{study}/bulkdata"), "multipart/related; type=\"application/octet-stream\"");
    assert_eq!(bulk.status, 406, "{}", bulk.text());
    for words in [metadata.header("warning").unwrap_or_default(), &bulk.text()] {
        assert!(
            words.contains("1 instance is withheld because it cannot be de-identified: images of its SOP"),
            "{words}"
        );
    }
    assert_eq!(as_rita(&server, &format!("{instance}/thumbnail"), "*/*").status, 200, "an icon");
}

#[test]
fn an_answer_tells_how_many_are_withheld_and_why() {
    let server = Server::start();
    let radiogram = Radiogram::new(1, 1);
    let study = radiogram.study();
    let captures: Vec<Object> =
        (1..=2).map(|number| Object { study: study.clone(), ..Object::new(1, 2, number) }).collect();
    store(&server, &[&radiogram]);
    server.store(&captures.iter().collect::<Vec<_>>());
    let instance = told(&server);
    let study = &instance[..instance.find("/series").expect("a series")];
    for (resource, accept, status) in [
        ("/metadata", JSON, 200),
        ("/metadata", "multipart/related; type=\"application/dicom+xml\"", 200),
        ("/bulkdata", "multipart/related; type=\"application/octet-stream\"", 206),
        ("/pixeldata", "multipart/related; type=\"application/octet-stream\"", 206),
    ] {
        let answer = as_rita(&server, &format!("{study}{resource}"), accept);
        assert_eq!(answer.status, status, "{resource}: {}", answer.text());
        let warning = answer.header("warning").unwrap_or_default();
        assert!(warning.starts_with("299 ") && warning.contains("2 instances are withheld because they"), "{warning}");
        assert!(warning.contains("often have names in their pixels") && warning.ends_with("(2)"), "{warning}");
        assert!(!warning.contains(&radiogram.study()), "{warning}");
    }
    assert_eq!(as_rita(&server, &format!("{study}/metadata"), JSON).json().as_array().map(Vec::len), Some(1));
    let objects = as_rita(&server, study, "multipart/related; type=\"application/dicom\"");
    let warning = objects.header("warning").unwrap_or_default();
    assert!(
        objects.status == 206 && warning.contains("2 instances") && warning.contains("cannot be de-ident"),
        "{warning}"
    );
    // Whoever may see everything gets everything.
    let theirs = server.get(&format!("/dicom-web/studies/{}/metadata", radiogram.study()), JSON);
    assert_eq!((theirs.header("warning"), theirs.json().as_array().map(Vec::len)), (None, Some(3)));
}

#[test]
fn what_is_stored_big_endian_comes_in_little_endian() {
    let server = Server::start();
    let radiogram = Radiogram::new(1, 1);
    assert_eq!(server.post_files(&[radiogram.file_in_big_endian()]).status, 200);
    let instance = told(&server);
    for (path, accept) in [
        (instance.as_str(), "application/dicom"),
        (&instance, "application/dicom; transfer-syntax=*"),
        (&instance, "*/*"),
        (&instance[..instance.find("/series").expect("a series")], "application/zip; transfer-syntax=*"),
    ] {
        let answer = as_rita(&server, path, accept);
        assert_eq!(answer.status, 200, "{accept}: {}", answer.text());
        tells_nobody(&answer, path);
        let is_there = answer.body.windows(radiogram.samples.len()).any(|window| window == radiogram.samples);
        assert!(is_there || accept.contains("zip"), "{accept}: other pixels");
    }
    let bulk = as_rita(&server, &format!("{instance}/bulkdata/7FE00010"), "application/octet-stream");
    assert_eq!(bulk.body, radiogram.samples);
}

#[test]
fn images_that_look_alike_are_told_under_their_pseudonyms() {
    let server = Server::start();
    let (one, two) = (Radiogram::new(1, 7), Radiogram::new(2, 7));
    store(&server, &[&one, &two]);
    let rita = basic("rita");
    let instance = told(&server);
    let mut answer = as_rita(&server, &format!("{instance}/similar"), JSON);
    while answer.header("warning").is_some() {
        answer = as_rita(&server, &format!("{instance}/similar"), JSON);
    }
    assert_eq!(answer.json().as_array().map(Vec::len), Some(1), "{}", answer.text());
    tells_nobody(&answer, "similar");
    let thumbnail = answer.json()[0]["00771007"]["Value"][0].as_str().expect("a thumbnail").to_owned();
    let thumbnail = &thumbnail[thumbnail.find("/dicom-web").expect("our prefix")..];
    assert_eq!(as_rita(&server, thumbnail, "*/*").status, 200);
    let headers = [("Authorization", rita.as_str()), ("Content-Type", "application/dicom"), ("Accept", JSON)];
    let sent = send(server.address, "POST", "/dicom-web/similar", &headers, &one.file());
    assert_eq!(sent.json().as_array().map(Vec::len), Some(2), "{}", sent.text());
    tells_nobody(&sent, "similar to what was sent");
}

#[test]
fn a_researcher_learns_which_part_of_the_body_an_image_shows_but_not_who_said_so() {
    let server = Server::start();
    let (hand, again) = (Radiogram::new(1, 1).of("HAND", "L"), Radiogram::new(2, 2).of("HAND", "R"));
    store(&server, &[&hand, &again]);
    let path = format!("{}/body-region", hand.path());
    let said = server.send("PUT", &path, &[("Content-Type", "application/json")], br#"{"parts": ["left hand"]}"#);
    assert_eq!((said.status, &said.json()["setBy"]), (200, &"clara".into()));
    let found = as_rita(&server, "/dicom-web/instances?bodyregion=left+hand", JSON).json();
    let uid = found[0]["00080018"]["Value"][0].as_str().expect("a pseudonym").to_owned();
    let url = found[0]["00081190"]["Value"][0].as_str().expect("a Retrieve URL").to_owned();
    let instance = &url[url.find("/dicom-web").expect("our prefix")..];
    let told = as_rita(&server, &format!("{instance}/body-region"), "*/*");
    assert_eq!(told.status, 200, "{}", told.text());
    tells_nobody(&told, "the body region");
    assert_eq!(told.json(), serde_json::json!({ "cells": said.json()["cells"], "count": said.json()["count"] }));
    // As a key too: the other hand is the other side.
    let like_it = as_rita(&server, &format!("/dicom-web/instances?bodyregion={uid}"), JSON);
    assert_eq!((like_it.status, like_it.json()), (200, found), "{}", like_it.text());
    for (method, body) in [("PUT", &br#"{"parts": ["foot"]}"#[..]), ("DELETE", b"")] {
        let headers = [("Authorization", &basic("rita")[..]), ("Content-Type", "application/json")];
        let refused = send(server.address, method, &format!("{instance}/body-region"), &headers, body);
        assert_eq!(refused.status, 403, "{method}: {}", refused.text());
    }
    assert_eq!(as_rita(&server, &path, "*/*").status, 403, "the stored UIDs were never told");
}

#[test]
fn wado_uri_gives_a_de_identified_object_to_who_asks_for_it() {
    let server = Server::start();
    let radiogram = Radiogram::new(1, 1);
    store(&server, &[&radiogram]);
    let wado = |study: &str, series: &str, instance: &str, more: &str| {
        format!("/dicom-web/wado?requestType=WADO&studyUID={study}&seriesUID={series}&objectUID={instance}{more}")
    };
    let real = |more: &str| wado(&radiogram.study(), &format!("{}.1", radiogram.study()), &radiogram.instance(), more);
    let anonymous = "&contentType=application/dicom&anonymize=yes";
    let answer = server.get(&real(anonymous), "*/*");
    assert_eq!(answer.status, 200, "{}", answer.text());
    tells_nobody(&answer, "wado");
    assert_eq!(answer.header("content-type"), Some(format!("application/dicom; transfer-syntax={EXPLICIT}").as_str()));
    assert!(answer.body.ends_with(&radiogram.samples));
    assert_eq!(server.get(&real("&contentType=image/jpeg&anonymize=yes"), "*/*").status, 400);
    let told: Vec<String> = told(&server).split('/').map(str::to_owned).collect();
    let by_name = |more: &str| wado(&told[3], &told[5], &told[7], more);
    let theirs = as_rita(&server, &by_name(anonymous), "*/*");
    assert_eq!((theirs.status, &theirs.body), (200, &answer.body));
    assert_eq!(as_rita(&server, &by_name(""), "*/*").status, 403);
}

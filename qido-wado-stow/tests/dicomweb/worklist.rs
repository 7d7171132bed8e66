//! Modality Scheduled and Performed Procedure Steps (PS3.18 §14, §15).

use serde_json::{Value, json};

use crate::client::{Answer, send};
use crate::object::Object;
use crate::server::{Server, basic};

const STEPS: &str = "/dicom-web/modality-scheduled-procedure-steps";
const PERFORMED: &str = "/dicom-web/modality-performed-procedure-steps";
const JSON: &str = "application/dicom+json";
const XML: &str = "application/dicom+xml";

fn item(study: &str, station: &str) -> Value {
    let step = json!({
        "00400001": { "vr": "AE", "Value": [station] },
        "00400002": { "vr": "DA", "Value": ["20261126"] },
        "00400003": { "vr": "TM", "Value": ["0800"] },
        "00080060": { "vr": "CS", "Value": ["CT"] },
        "00400009": { "vr": "SH", "Value": ["S 1"] },
    });
    json!({
        "0020000D": { "vr": "UI", "Value": [study] },
        "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Müller^Jörg" }] },
        "00100020": { "vr": "LO", "Value": ["P1"] },
        "00401001": { "vr": "SH", "Value": ["R1"] },
        "00400100": { "vr": "SQ", "Value": [step] },
    })
}

fn post(server: &Server, path: &str, content_type: &str, body: &str) -> Answer {
    server.send("POST", path, &[("Content-Type", content_type)], body.as_bytes())
}

fn search(server: &Server, query: &str) -> Vec<Value> {
    let answer = server.get(&format!("{STEPS}?{query}"), JSON);
    assert_eq!((answer.status, answer.content_type()), (200, JSON), "{query}: {}", answer.text());
    answer.json().as_array().cloned().expect("an array")
}

#[test]
fn items_are_put_found_changed_and_removed() {
    let server = Server::start();
    assert!(search(&server, "").is_empty());
    let both = json!([item("1.2.1", "CT1"), item("1.2.2", "CT2")]);
    let put = post(&server, STEPS, JSON, &both.to_string());
    assert_eq!(put.status, 201, "{}", put.text());
    assert_eq!(put.json()[1]["0020000D"]["Value"][0], "1.2.2");
    assert_eq!(put.json()[1]["00400100"]["Value"][0]["00400009"]["Value"][0], "S 1");
    assert_eq!(post(&server, STEPS, JSON, &item("1.2.1", "CT3").to_string()).status, 200);
    let found = search(&server, "00400100.00400001=CT3");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["00100010"]["Value"][0]["Alphabetic"], "Müller^Jörg");
    assert_eq!(found[0]["00400100"]["Value"][0]["00400020"]["Value"][0], "SCHEDULED");
    assert_eq!(found[0]["00201208"]["Value"][0], 0);
    assert_eq!(search(&server, "PatientName=m%C3%BCller*&limit=1&offset=1").len(), 1);
    assert_eq!(server.send("DELETE", &format!("{STEPS}/1.2.1/S%201"), &[], b"").status, 204);
    assert_eq!(server.send("DELETE", &format!("{STEPS}/1.2.1/S%201"), &[], b"").status, 404);
    assert_eq!(search(&server, "").len(), 1);
}

#[test]
fn items_are_given_and_taken_in_xml_too() {
    let server = Server::start();
    assert_eq!(post(&server, STEPS, JSON, &item("1.2.1", "CT1").to_string()).status, 201);
    let answer = server.get(STEPS, r#"multipart/related; type="application/dicom+xml""#);
    assert_eq!(answer.status, 200);
    let (head, document) = answer.parts().remove(0);
    assert!(head.contains(XML));
    let text = String::from_utf8(document).expect("UTF-8");
    assert!(text.contains("NativeDicomModel") && text.contains("Müller"));
    let changed = text.replace("CT1", "CT9");
    let put = post(&server, STEPS, XML, &changed);
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(search(&server, "00400100.00400001=CT9").len(), 1);
}

#[test]
fn what_makes_no_sense_is_refused_with_words() {
    let server = Server::start();
    let mut nameless = item("1.2.1", "CT1");
    nameless.as_object_mut().expect("an object").remove("00100010");
    for (content_type, body, status, word) in [
        (JSON, nameless.to_string(), 400, "Patient's Name"),
        (JSON, "[]".into(), 400, "no worklist item"),
        (JSON, "{".into(), 400, "cannot be understood"),
        (JSON, r#"{"00280010":{"vr":"US","Value":["x"]}}"#.into(), 400, "00280010"),
        (XML, "<a/>".into(), 400, "NativeDicomModel"),
        ("text/plain", "x".into(), 415, "application/dicom+json"),
    ] {
        let answer = post(&server, STEPS, content_type, &body);
        assert_eq!(answer.status, status, "{body}");
        assert!(answer.text().contains(word), "{}", answer.text());
    }
    for query in ["NoSuchAttribute=1", "00400100.00400002=yesterday", "limit=x", "orderby=PatientName"] {
        assert_eq!(server.get(&format!("{STEPS}?{query}"), JSON).status, 400, "{query}");
    }
    assert_eq!(server.get(STEPS, "image/png").status, 406);
}

fn started() -> Value {
    let scheduled = json!({
        "0020000D": { "vr": "UI", "Value": ["1.2.1"] }, "00400009": { "vr": "SH", "Value": ["S 1"] },
    });
    json!({
        "00400270": { "vr": "SQ", "Value": [scheduled] },
        "00400253": { "vr": "SH", "Value": ["PP1"] },
        "00400241": { "vr": "AE", "Value": ["CT1"] },
        "00400244": { "vr": "DA", "Value": ["20261126"] },
        "00400245": { "vr": "TM", "Value": ["0805"] },
        "00400252": { "vr": "CS", "Value": ["IN PROGRESS"] },
        "00080060": { "vr": "CS", "Value": ["CT"] },
    })
}

fn ended() -> Value {
    let series = json!({
        "0020000E": { "vr": "UI", "Value": ["1.2.1.1"] }, "00181030": { "vr": "LO", "Value": ["Head"] },
    });
    json!({
        "00400252": { "vr": "CS", "Value": ["COMPLETED"] },
        "00400250": { "vr": "DA", "Value": ["20261126"] },
        "00400251": { "vr": "TM", "Value": ["0815"] },
        "00400340": { "vr": "SQ", "Value": [series] },
    })
}

#[test]
fn performed_steps_are_created_updated_and_retrieved() {
    let server = Server::start();
    assert_eq!(post(&server, STEPS, JSON, &item("1.2.1", "CT1").to_string()).status, 201);
    let step = format!("{PERFORMED}/1.9.1");
    assert_eq!(server.get(&step, JSON).status, 404);
    assert_eq!(post(&server, &format!("{step}?update"), JSON, &ended().to_string()).status, 404);
    let created = post(&server, &step, JSON, &started().to_string());
    assert_eq!(created.status, 201, "{}", created.text());
    assert_eq!(post(&server, &step, JSON, &started().to_string()).status, 409);
    assert_eq!(search(&server, "")[0]["00400100"]["Value"][0]["00400020"]["Value"][0], "STARTED");
    let whole = server.get(&step, JSON).json();
    assert_eq!(whole["00400252"]["Value"][0], "IN PROGRESS");
    let part = server.get(&format!("{step}?includefield=Modality"), JSON).json();
    assert_eq!(part, json!({ "00080060": { "vr": "CS", "Value": ["CT"] } }));
    let xml = server.get(&step, XML);
    assert!(xml.status == 200 && xml.text().contains("PP1"));
    let mut early = ended();
    early.as_object_mut().expect("an object").remove("00400250");
    assert_eq!(post(&server, &format!("{step}?update"), JSON, &early.to_string()).status, 400);
    assert_eq!(post(&server, &format!("{step}/update"), JSON, &ended().to_string()).status, 200);
    assert_eq!(post(&server, &format!("{step}?update"), JSON, &ended().to_string()).status, 409);
    assert!(search(&server, "").is_empty());
    let done = search(&server, "00400100.00400020=COMPLETED");
    assert_eq!(done[0]["00081111"]["Value"][0]["00081155"]["Value"][0], "1.9.1");
    let mut missing = started();
    missing.as_object_mut().expect("an object").remove("00400253");
    let refused = post(&server, &format!("{PERFORMED}/1.9.2"), JSON, &missing.to_string());
    assert!(refused.status == 400 && refused.text().contains("(0040,0253)"), "{}", refused.text());
    assert_eq!(post(&server, &format!("{PERFORMED}/1.x"), JSON, &started().to_string()).status, 400);
}

#[test]
fn what_arrived_is_told_beside_the_item() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    assert_eq!(post(&server, STEPS, JSON, &item(&object.study, "CT1").to_string()).status, 201);
    server.store(&[&object]);
    let found = search(&server, &format!("StudyInstanceUID={}", object.study));
    assert_eq!((&found[0]["00201208"]["Value"][0], &found[0]["00201206"]["Value"][0]), (&json!(1), &json!(1)));
}

#[test]
fn the_worklist_is_for_who_may_use_it() {
    let server = Server::start();
    let rita = |method: &str, path: &str, body: &[u8]| {
        let headers = [("Authorization", basic("rita")), ("Content-Type", JSON.into())];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        send(server.address, method, path, &headers, body).status
    };
    assert_eq!(rita("GET", STEPS, b""), 403);
    assert_eq!(rita("POST", STEPS, item("1.2.1", "CT1").to_string().as_bytes()), 403);
    assert_eq!(rita("POST", &format!("{PERFORMED}/1.9.1"), started().to_string().as_bytes()), 403);
    assert_eq!(rita("DELETE", &format!("{STEPS}/1.2.1/S1"), b""), 403);
    assert_eq!(send(server.address, "GET", STEPS, &[], b"").status, 401);
    assert_eq!(server.send("PUT", STEPS, &[], b"").status, 405);
}

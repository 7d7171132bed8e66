//! Storage commitment (PS3.18 §13).

use serde_json::{Value, json};

use crate::client::{Answer, send};
use crate::object::Object;
use crate::server::{Server, basic};

const JSON: &str = "application/dicom+json";
const CLASS: &str = "1.2.840.10008.5.1.4.1.1.7";

fn ui(uid: &str) -> Value {
    json!({ "vr": "UI", "Value": [uid] })
}

fn reference(class: &str, instance: &str) -> Value {
    json!({ "00081150": ui(class), "00081155": ui(instance) })
}

fn request(items: &[Value]) -> Value {
    json!({ "00081199": { "vr": "SQ", "Value": items } })
}

fn path(transaction: &str) -> String {
    format!("/dicom-web/commitment-requests/{transaction}")
}

fn post(server: &Server, transaction: &str, more: &[(&str, &str)], body: &Value) -> Answer {
    let headers: Vec<(&str, &str)> = [("Content-Type", JSON)].iter().chain(more).copied().collect();
    server.send("POST", &path(transaction), &headers, body.to_string().as_bytes())
}

#[test]
fn a_request_is_answered_at_once_instance_by_instance() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    let items = [
        reference(CLASS, &object.instance),
        reference("1.2.840.10008.5.1.4.1.1.2", &object.instance),
        reference(CLASS, "1.2.3.4"),
    ];
    let answer = post(&server, "1.7.1", &[], &request(&items));
    assert_eq!((answer.status, answer.content_type()), (200, JSON), "{}", answer.text());
    let module = answer.json();
    assert_eq!(module["00081199"]["Value"], json!([items[0]]));
    let failed = module["00081198"]["Value"].as_array().expect("failures");
    let reasons: Vec<&Value> = failed.iter().map(|item| &item["00081197"]["Value"][0]).collect();
    assert_eq!(reasons, [&json!(0x0119), &json!(0x0112)]);
    let check = server.get(&path("1.7.1"), JSON);
    assert_eq!((check.status, check.json()), (200, module));
    let xml = server.get(&path("1.7.1"), "application/dicom+xml");
    assert!(xml.status == 200 && xml.text().contains(&object.instance));
}

#[test]
fn studies_and_series_are_answered_in_their_form() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    let instances = |uid: &str| json!({ "vr": "SQ", "Value": [{ "00081155": ui(uid) }] });
    let study = |study: &str| {
        let class = json!({ "00081150": ui(CLASS), "0008114A": instances(&object.instance) });
        let series = json!({ "0020000E": ui(&object.series), "00081112": { "vr": "SQ", "Value": [class] } });
        json!({ "0020000D": ui(study), "00081115": { "vr": "SQ", "Value": [series] } })
    };
    let body = json!({ "00081110": { "vr": "SQ", "Value": [study(&object.study), study("1.2.99")] } });
    let module = post(&server, "1.7.1", &[], &body).json();
    assert_eq!(module["00081110"]["Value"][0], study(&object.study));
    let failed = &module["0008119B"]["Value"][0];
    assert_eq!(failed["0020000D"]["Value"][0], "1.2.99");
    let instance = &failed["00081115"]["Value"][0]["00081112"]["Value"][0]["0008114A"]["Value"][0];
    assert_eq!(instance["00081197"]["Value"][0], 0x0112);
}

#[test]
fn who_prefers_it_comes_again_for_the_result() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    let body = request(&[reference(CLASS, &object.instance)]);
    let answer = post(&server, "1.7.1", &[("Prefer", "respond-async")], &body);
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert!(answer.header("retry-after").is_some() && answer.body.is_empty());
    let begun = std::time::Instant::now();
    let result = loop {
        let check = server.get(&path("1.7.1"), JSON);
        if check.status == 200 {
            break check.json();
        }
        assert!(check.status == 202 && begun.elapsed().as_secs() < 30, "{}", check.status);
    };
    assert_eq!(result["00081199"]["Value"][0]["00081155"]["Value"][0], object.instance.as_str());
}

#[test]
fn what_cannot_be_taken_is_refused_with_words() {
    let server = Server::start();
    let body = request(&[reference(CLASS, "1.2.3")]);
    assert_eq!(server.get(&path("1.7.1"), JSON).status, 404);
    assert_eq!(post(&server, "1.7.1", &[], &body).status, 200);
    assert_eq!(post(&server, "1.7.1", &[], &body).status, 409);
    assert_eq!(post(&server, "x", &[], &body).status, 400);
    assert_eq!(post(&server, "1.7.2", &[], &json!({})).status, 400);
    assert_eq!(post(&server, "1.7.2", &[], &request(&[reference(CLASS, "x")])).status, 400);
    assert_eq!(post(&server, "1.7.2", &[("Accept", "image/png")], &body).status, 406);
    let text = server.send("POST", &path("1.7.2"), &[("Content-Type", "text/plain")], b"x");
    assert_eq!(text.status, 415);
    assert_eq!(server.send("DELETE", &path("1.7.1"), &[], b"").status, 405);
}

#[test]
fn results_are_for_who_asked() {
    let server = Server::start();
    let body = request(&[reference(CLASS, "1.2.3")]);
    assert_eq!(post(&server, "1.7.1", &[], &body).status, 200);
    let get = |name: &str| send(server.address, "GET", &path("1.7.1"), &[("Authorization", &basic(name))], b"").status;
    assert_eq!((get("clara"), get("alma"), get("rita")), (200, 200, 403));
    assert_eq!(send(server.address, "GET", &path("1.7.1"), &[], b"").status, 401);
}

//! Jobs, forwarding rules and application entities, which administrators have alone.

use crate::client::{Answer, send};
use crate::object::Object;
use crate::server::{Server, basic};

const RULES: &str = "/dicom-web/forwarding-rules";

fn as_user(server: &Server, name: &str, method: &str, path: &str, body: &[u8]) -> Answer {
    let headers = [("Authorization", &basic(name)[..]), ("Content-Type", "application/json")];
    send(server.address, method, path, &headers, body)
}

#[test]
fn an_administrator_adds_lists_and_removes_rules() {
    let server = Server::start();
    let rule = br#"{"name": "night reading", "to": "READING", "modality": "CT", "attributes": [["BodyPartExamined", "CHEST"]], "deidentify": true}"#;
    let admin = |method: &str, path: &str, body: &[u8]| as_user(&server, "alma", method, path, body);
    assert_eq!(admin("POST", RULES, rule).status, 201);
    assert_eq!(admin("POST", RULES, rule).status, 409, "there is one already");
    let listed = admin("GET", RULES, b"").json();
    let written: serde_json::Value = serde_json::from_slice(rule).expect("JSON");
    assert_eq!(listed, serde_json::json!([written]));
    assert_eq!(admin("DELETE", &format!("{RULES}/night%20reading"), b"").status, 204);
    assert_eq!(admin("DELETE", &format!("{RULES}/night%20reading"), b"").status, 404);
    for (bad, words) in [
        (&br#"{"name": "x", "to": "NOBODY"}"#[..], "not registered"),
        (br#"{"name": "x", "to": "READING", "attributes": [["PatientsName", "A*"]]}"#, "not an attribute"),
        (br#"{"name": "x", "to": "READING", "attributes": [["PixelData", "A*"]]}"#, "no values"),
        (br#"{"name": "x", "to": "READING", "unknown": 1}"#, "unknown field"),
        (b"no JSON", "expected"),
    ] {
        let answer = admin("POST", RULES, bad);
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains(words), "{}", answer.text());
    }
}

#[test]
fn rules_for_personal_attributes_are_shown_to_administrators_only() {
    let server = Server::start();
    let rule = serde_json::json!({"name": "other house", "to": "READING", "attributes": [
        ["InstitutionName", "St. Anna*"], ["0029{ACME 1.0}10", "urgent"],
        ["RequestAttributesSequence.ScheduledProcedureStepID", "S1"],
    ]});
    assert_eq!(as_user(&server, "alma", "POST", RULES, rule.to_string().as_bytes()).status, 201);
    assert_eq!(as_user(&server, "alma", "GET", RULES, b"").json(), serde_json::json!([rule]));
    assert_eq!(as_user(&server, "clara", "GET", RULES, b"").status, 403);
    assert!(!server.sql("SELECT * FROM forwarding_rules").contains("Anna"));
}

#[test]
fn an_administrator_registers_changes_and_removes_application_entities() {
    let server = Server::start();
    let admin = |method: &str, title: &str, body: &str| {
        as_user(&server, "alma", method, &format!("/dicom-web/application-entities{title}"), body.as_bytes())
    };
    let ct = r#"{"host": "ct1.example", "port": 104, "may": ["store", "worklist"], "maxAssociations": 4}"#;
    assert_eq!(admin("PUT", "/CT%201", ct).status, 201);
    let fingerprint = format!("sha256:{}", "0a".repeat(32));
    let changed = serde_json::json!({
        "title": "CT 1", "host": "::1", "port": 105, "tls": true, "may": ["store", "query", "move"],
        "certificate": fingerprint,
    });
    assert_eq!(admin("PUT", "/CT%201", &changed.to_string()).status, 204, "it is changed as a whole");
    assert_eq!(admin("GET", "/CT%201", "").json(), changed);
    let listed = admin("GET", "", "").json();
    let reading = serde_json::json!({"title": "READING", "host": "127.0.0.1", "port": 104, "tls": false, "may": []});
    assert_eq!(listed, serde_json::json!([changed, reading]));
    assert_eq!(admin("DELETE", "/CT%201", "").status, 204);
    assert_eq!([admin("DELETE", "/CT%201", "").status, admin("GET", "/CT%201", "").status], [404, 404]);
    for (title, bad, words) in [
        ("/CT", r#"{"host": "ct", "port": 0}"#, "the port is 0"),
        ("/CT", r#"{"host": "c t", "port": 104}"#, "neither a name nor an address"),
        ("/CT", r#"{"host": "ct", "port": 104, "may": ["fly"]}"#, "unknown variant"),
        ("/CT", r#"{"host": "ct", "port": 104, "maxAssociations": 0}"#, "removed instead"),
        ("/CT", r#"{"host": "ct", "port": 104, "certificate": "abc"}"#, "64 hexadecimal digits"),
        ("/CT", r#"{"host": "ct", "port": 104, "title": "MR"}"#, "different AE titles"),
        ("/CT", r#"{"host": "ct"}"#, "missing field"),
        ("/AN%20AE%20TITLE%20TOO%20LONG", r#"{"host": "ct", "port": 104}"#, "at most 16"),
    ] {
        let answer = admin("PUT", title, bad);
        assert_eq!(answer.status, 400, "{bad}");
        assert!(answer.text().contains(words), "{}", answer.text());
    }
}

#[test]
fn an_administrator_sees_jobs() {
    let server = Server::start();
    let admin = |method: &str, path: &str| as_user(&server, "alma", method, path, b"").status;
    let jobs = as_user(&server, "alma", "GET", "/dicom-web/jobs", b"");
    assert_eq!((jobs.status, jobs.json()), (200, serde_json::json!([])));
    for (method, path) in [("GET", "1"), ("DELETE", "1"), ("POST", "1/retry")] {
        assert_eq!(admin(method, &format!("/dicom-web/jobs/{path}")), 404, "{method} {path}");
    }
    assert_eq!(admin("GET", "/dicom-web/jobs/x"), 400);
}

#[test]
fn jobs_that_forward_are_listed_shown_retried_and_cancelled() {
    let server = Server::start();
    let admin = |method: &str, path: &str| as_user(&server, "alma", method, &format!("/dicom-web/jobs{path}"), b"");
    let rule = br#"{"name": "reading", "to": "READING"}"#;
    assert_eq!(as_user(&server, "alma", "POST", RULES, rule).status, 201);
    server.store(&[&Object::new(1, 1, 1)]);
    let listed = admin("GET", "").json();
    assert_eq!((listed[0]["kind"].as_str(), listed[0]["work"]["to"].as_str()), (Some("forward"), Some("READING")));
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    let job = format!("/{}", listed[0]["id"]);
    assert_eq!(admin("GET", &job).json(), listed[0]);
    assert_eq!(admin("POST", &format!("{job}/retry")).status, 400, "it waits for its first turn");
    assert_eq!(admin("GET", "?failed=true").json(), serde_json::json!([]));
    server.sql("UPDATE jobs SET failed_at = now(), failures = 50, last_error = 'it is down'");
    let failed = admin("GET", "?failed=true").json();
    assert_eq!((failed[0]["state"].as_str(), failed[0]["lastError"].as_str()), (Some("failed"), Some("it is down")));
    assert_eq!(admin("GET", "?failed=perhaps").status, 400);
    assert_eq!(admin("POST", &format!("{job}/retry")).status, 204);
    assert_eq!(admin("GET", "?failed=true").json(), serde_json::json!([]));
    server.sql("UPDATE jobs SET failed_at = now(), failures = 50");
    let retried = admin("POST", "/retry");
    assert_eq!((retried.status, retried.json()), (200, serde_json::json!({"retried": 1})));
    assert_eq!(admin("POST", "/retry").json(), serde_json::json!({"retried": 0}));
    assert_eq!(admin("DELETE", &job).status, 204);
    assert_eq!([admin("GET", &job).status, admin("DELETE", &job).status], [404, 404]);
}

#[test]
fn nobody_else_does() {
    let server = Server::start();
    for name in ["clara", "rita"] {
        for (method, path) in [
            ("GET", "/dicom-web/jobs"),
            ("GET", "/dicom-web/jobs/1"),
            ("POST", "/dicom-web/jobs/1/retry"),
            ("POST", "/dicom-web/jobs/retry"),
            ("DELETE", "/dicom-web/jobs/1"),
            ("GET", RULES),
            ("POST", RULES),
            ("DELETE", "/dicom-web/forwarding-rules/x"),
            ("GET", "/dicom-web/application-entities"),
            ("GET", "/dicom-web/application-entities/READING"),
            ("PUT", "/dicom-web/application-entities/CT"),
            ("DELETE", "/dicom-web/application-entities/READING"),
        ] {
            assert_eq!(as_user(&server, name, method, path, b"{}").status, 403, "{name} {method} {path}");
        }
    }
}

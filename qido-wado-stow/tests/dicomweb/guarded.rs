//! Nothing is served to strangers, on any path; what is not there is said with words.

use crate::client::send;
use crate::object::Object;
use crate::server::{Server, basic};

#[test]
fn tells_strangers_nothing_but_how_to_log_in() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    for path in [
        "/dicom-web/studies".to_owned(),
        "/dicom-web/nonsense".to_owned(),
        "/dicom-web/workitems".to_owned(),
        object.path(),
        object.path() + "/metadata",
        object.path() + "/frames/1",
        object.path() + "/rendered",
        object.path() + "/bulkdata/7FE00010",
        object.study_path() + "/thumbnail",
    ] {
        let answer = send(server.address, "GET", &path, &[], b"");
        assert_eq!(answer.status, 401, "{path}");
        assert!(answer.header("www-authenticate").is_some_and(|value| value.starts_with("Basic realm=")), "{path}");
    }
    let headers = [("Content-Type", "application/dicom")];
    assert_eq!(send(server.address, "POST", "/dicom-web/studies", &headers, &object.file()).status, 401);
    assert_eq!(send(server.address, "GET", "/dicom-web/studies", &[("Authorization", "Basic eDp5")], b"").status, 401);
}

#[test]
fn refuses_researchers_what_is_identified() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    let rita = basic("rita");
    let as_rita = |method, path: &str, body: &[u8]| {
        let headers = [("Authorization", rita.as_str()), ("Content-Type", "application/dicom")];
        send(server.address, method, path, &headers, body)
    };
    for path in [
        object.path(),
        object.path() + "/metadata",
        object.path() + "/rendered",
        object.study_path() + "/renderedmpr",
        object.study_path() + "/rendered3d",
        object.path() + "/frames/1/renderedmpr",
    ] {
        assert_eq!(as_rita("GET", &path, b"").status, 403, "{path}");
    }
    assert_eq!(as_rita("POST", "/dicom-web/studies", &Object::new(2, 1, 1).file()).status, 403);
}

#[test]
fn answers_with_words_what_is_not_built() {
    let server = Server::start();
    for path in ["/dicom-web/workitems", "/dicom-web/workitems/1.2/state"] {
        let answer = server.get(path, "*/*");
        assert_eq!(answer.status, 501, "{path}");
        assert!(answer.json()["detail"].as_str().is_some_and(|words| words.contains("not supported yet")), "{path}");
    }
}

#[test]
fn says_what_is_no_resource_and_which_methods_there_are() {
    let server = Server::start();
    let nothing = server.get("/dicom-web/nonsense", "*/*");
    assert_eq!((nothing.status, nothing.content_type()), (404, "application/problem+json"));
    let wrong = server.send("PATCH", "/dicom-web/studies", &[], b"");
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("GET, HEAD, POST, PUT, OPTIONS")));
    for path in ["/dicom-web/studies/1.2.x", "/dicom-web/studies/1.2/series/..%2f1/instances"] {
        assert_eq!(server.get(path, "*/*").status, 400, "{path}");
    }
}

//! STOW-RS: what becomes of objects, and how the answer says it.

use qido_wado_stow::Settings;

use crate::object::Object;
use crate::server::Server;

#[test]
fn stores_and_says_where_to_retrieve() {
    let server = Server::start();
    let objects = [Object::new(1, 1, 1), Object::new(1, 1, 2)];
    let answer = server.post_files(&[objects[0].file(), objects[1].file()]);
    assert_eq!((answer.status, answer.content_type()), (200, "application/dicom+json"), "{}", answer.text());
    let response = answer.json();
    assert_eq!(response["00081190"]["Value"][0], format!("http://{}{}", server.address, objects[0].study_path()));
    for (place, object) in objects.iter().enumerate() {
        let stored = &response["00081199"]["Value"][place];
        assert_eq!(stored["00081155"]["Value"][0], object.instance.as_str());
        assert_eq!(stored["00081190"]["Value"][0], format!("http://{}{}", server.address, object.path()));
    }
    assert!(response.get("00081198").is_none());
}

#[test]
fn takes_one_object_as_the_whole_body() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    assert_eq!(server.post("application/dicom", &object.file()).status, 200);
    assert_eq!(server.get(&object.path(), "application/dicom; transfer-syntax=*").body, object.file());
    assert_eq!(server.post("application/dicom", b"").status, 400);
    assert_eq!(server.post("application/dicom", b"not an object at all").status, 409);
}

#[test]
fn takes_the_same_object_again_but_not_another_under_its_uid() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    assert_eq!(server.post_files(&[object.file()]).status, 200);
    let other = Object { patient_name: "Other^One".into(), ..object.clone() };
    let answer = server.post_files(&[other.file()]);
    assert_eq!(answer.status, 409, "{}", answer.text());
    let failed = &answer.json()["00081198"]["Value"][0];
    assert_eq!(
        (failed["00081197"]["Value"][0].as_u64(), failed["00081155"]["Value"][0].as_str()),
        (Some(0x0111), Some(object.instance.as_str()))
    );
    assert_eq!(server.get(&object.path(), "application/dicom; transfer-syntax=*").body, object.file());
}

#[test]
fn stores_what_it_can_of_a_mixed_request() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    let answer = server.post_files(&[b"rubbish that is no object".to_vec(), object.file()]);
    assert_eq!(answer.status, 202, "{}", answer.text());
    let response = answer.json();
    assert_eq!(response["0008119A"]["Value"][0]["00081197"]["Value"][0], 0xC000);
    assert_eq!(response["00081199"]["Value"][0]["00081155"]["Value"][0], object.instance.as_str());
    assert!(answer.header("warning").is_some_and(|words| words.starts_with("299 ")));
}

#[test]
fn takes_only_instances_of_the_study_it_is_asked_for() {
    let server = Server::start();
    let (ours, theirs) = (Object::new(1, 1, 1), Object::new(2, 1, 1));
    let post = |object: &Object| {
        let headers = [("Content-Type", "application/dicom")];
        server.send("POST", &ours.study_path(), &headers, &object.file())
    };
    assert_eq!(post(&ours).status, 200);
    let refused = post(&theirs);
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert_eq!(refused.json()["00081198"]["Value"][0]["00081197"]["Value"][0], 0xA900);
    assert_eq!(server.get(&theirs.study_path(), "*/*").status, 404);
}

#[test]
fn refuses_kinds_of_content_that_it_does_not_take() {
    let server = Server::start();
    for content_type in ["text/plain", "multipart/form-data; boundary=B"] {
        assert_eq!(server.post(content_type, b"--B--").status, 415, "{content_type}");
    }
    assert_eq!(server.post(r#"multipart/related; type="application/dicom""#, b"").status, 400);
    let headers = [("Content-Type", "application/dicom"), ("Accept", "text/plain")];
    assert_eq!(server.send("POST", "/dicom-web/studies", &headers, &Object::new(1, 1, 1).file()).status, 406);
    let headers = [("Content-Type", "application/dicom"), ("Content-Encoding", "gzip")];
    assert_eq!(server.send("POST", "/dicom-web/studies", &headers, b"x").status, 415);
}

#[test]
fn refuses_requests_that_are_too_large() {
    let server = Server::start_with(Settings { largest_request: 1000, ..Settings::default() });
    let answer = server.post("application/dicom", &[0; 2000]);
    assert_eq!(answer.status, 413, "{}", answer.text());
}

#[test]
fn refuses_objects_that_are_too_large_and_keeps_the_others() {
    let server = Server::start();
    let (small, large) = (Object::new(1, 1, 1), Object::new(1, 1, 2));
    let mut long = large.file();
    let pixels = long.len() - large.frames[0].len();
    long[pixels - 4..pixels].copy_from_slice(&(80_u32 << 20).to_le_bytes());
    long.resize(pixels + (80 << 20), 0);
    let alone = server.post("application/dicom", &long);
    assert_eq!(alone.status, 413, "{}", alone.text());
    let both = server.post_files(&[small.file(), long]);
    assert_eq!(both.status, 202, "{}", both.text());
    let response = both.json();
    assert_eq!(response["00081199"]["Value"][0]["00081155"]["Value"][0], small.instance.as_str());
    let failures = ["00081198", "0008119A"].iter().filter_map(|tag| response[*tag]["Value"][0].get("00081197"));
    assert_eq!(failures.map(|reason| reason["Value"][0].as_u64()).collect::<Vec<_>>(), [Some(0xA700)]);
}

#[test]
fn names_what_is_odd_of_what_was_stored() {
    let server = Server::start();
    let (whole, torn) = (Object::new(1, 1, 1), Object::new(1, 1, 2));
    let file = torn.file();
    let answer = server.post_files(&[whole.file(), file[..file.len() - 5].to_vec()]);
    assert_eq!(answer.status, 202, "{}", answer.text());
    let stored = answer.json()["00081199"]["Value"].clone();
    let of = |object: &Object| {
        let is_it = |item: &&serde_json::Value| item["00081155"]["Value"][0] == object.instance.as_str();
        stored.as_array().and_then(|items| items.iter().find(is_it)).expect("it is stored").clone()
    };
    assert!(of(&whole).get("00081196").is_none() && of(&whole).get("00741048").is_none());
    assert_eq!(of(&torn)["00081196"]["Value"][0], 0xB007);
    let words = of(&torn)["00741048"]["Value"][0]["00000902"]["Value"][0].as_str().expect("words").to_owned();
    assert!(words.contains("damaged"), "{words}");
    assert!(answer.header("warning").is_some_and(|said| said.starts_with("299 ") && said.contains(&words)));
    let xml = server.send(
        "POST",
        "/dicom-web/studies",
        &[("Content-Type", "application/dicom"), ("Accept", "application/dicom+xml")],
        &file[..file.len() - 5],
    );
    assert_eq!((xml.status, xml.text().contains("00081196") && xml.text().contains("damaged")), (202, true));
}

#[test]
fn stores_a_study_from_many_requests_at_once() {
    let server = Server::start();
    let objects: Vec<Object> = (0..32).map(|number| Object::new(1, 1 + number % 3, 1 + number)).collect();
    std::thread::scope(|scope| {
        for some in objects.chunks(4) {
            scope.spawn(|| server.store(&some.iter().collect::<Vec<_>>()));
        }
    });
    let studies = server.get("/dicom-web/studies", "*/*").json();
    assert_eq!(studies.as_array().map(Vec::len), Some(1));
    assert_eq!(studies[0]["00201208"]["Value"][0], 32);
    assert_eq!(studies[0]["00201206"]["Value"][0], 3);
}

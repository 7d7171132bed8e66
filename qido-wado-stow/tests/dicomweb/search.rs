//! QIDO-RS.

use crate::object::Object;
use crate::radiogram::Radiogram;
use crate::server::Server;

const JSON: &str = "application/dicom+json";

#[test]
fn answers_no_match_with_an_empty_array() {
    let server = Server::start();
    for path in [
        "studies",
        "series",
        "instances",
        "studies/1.2/series",
        "studies/1.2/instances",
        "studies/1.2/series/1.3/instances",
    ] {
        let answer = server.get(&format!("/dicom-web/{path}"), JSON);
        assert_eq!((answer.status, answer.text().as_str()), (200, "[]"), "{path}");
        assert_eq!(answer.content_type(), JSON);
    }
}

#[test]
fn finds_at_every_level_and_says_where_to_retrieve() {
    let server = Server::start();
    let object = Object::new(1, 2, 3);
    server.store(&[&object, &Object::new(2, 1, 1)]);
    for (path, url) in [
        (format!("/dicom-web/studies?StudyInstanceUID={}", object.study), object.study_path()),
        (format!("/dicom-web/series?0020000E={}", object.series), object.series_path()),
        (format!("/dicom-web/instances?SOPInstanceUID={}", object.instance), object.path()),
        (object.study_path() + "/series", object.series_path()),
        (object.study_path() + "/instances", object.path()),
        (object.series_path() + "/instances", object.path()),
    ] {
        let answer = server.get(&path, JSON);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let matches = answer.json();
        assert_eq!(matches.as_array().map(Vec::len), Some(1), "{path}: {matches}");
        assert_eq!(matches[0]["00081190"]["Value"][0], format!("http://{}{url}", server.address), "{path}");
    }
}

#[test]
fn finds_by_an_encoded_name_and_follows_the_host() {
    let server = Server::start();
    server.store(&[&Object::new(1, 1, 1)]);
    let headers = [("Accept", JSON), ("Host", "pacs.example")];
    let path = "/dicom-web/studies?PatientName=quaestor%5EAda%2A&limit=101&offset=0&fuzzymatching=false&includefield=00081030%2C00080060";
    let answer = server.send("GET", path, &headers, b"");
    assert_eq!(answer.json()[0]["00100010"]["Value"][0]["Alphabetic"], "Quaestor^Ada", "{}", answer.text());
    assert!(
        answer.json()[0]["00081190"]["Value"][0]
            .as_str()
            .is_some_and(|url| url.starts_with("http://pacs.example/dicom-web/"))
    );
    assert_eq!(server.get("/dicom-web/studies?PatientName=Nobody", JSON).text(), "[]");
}

#[test]
fn refuses_what_it_does_not_understand_and_says_so() {
    let server = Server::start();
    for (query, word) in [
        ("NoSuchAttribute=1", "NoSuchAttribute"),
        ("includefield=NoSuchField", "NoSuchField"),
        ("limit=-1", "limit"),
        ("offset=x", "offset"),
        ("fuzzymatching=perhaps", "fuzzymatching"),
    ] {
        let answer = server.get(&format!("/dicom-web/studies?{query}"), JSON);
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
        assert!(answer.text().contains(word), "{query}: {}", answer.text());
    }
    assert_eq!(server.get("/dicom-web/studies", "text/plain").status, 406);
}

#[test]
fn pages_without_skipping_or_repeating() {
    let server = Server::start();
    let objects: Vec<Object> = (1..=5).map(|number| Object::new(number, 1, 1)).collect();
    server.store(&objects.iter().collect::<Vec<_>>());
    let mut seen: Vec<String> = (0..3)
        .flat_map(|page| {
            let answer = server.get(&format!("/dicom-web/studies?limit=2&offset={}", page * 2), JSON).json();
            answer.as_array().expect("an array").clone()
        })
        .map(|study| study["0020000D"]["Value"][0].as_str().expect("a UID").to_owned())
        .collect();
    seen.sort();
    assert_eq!(seen, objects.iter().map(|object| object.study.clone()).collect::<Vec<_>>());
}

#[test]
fn offers_the_next_page_and_counts_when_asked() {
    let server = Server::start();
    let objects: Vec<Object> = (1..=5).map(|number| Object::new(number, 1, 1)).collect();
    server.store(&objects.iter().collect::<Vec<_>>());
    let headers = [("Accept", JSON), ("Host", "pacs.example")];
    let mut path = "/dicom-web/studies?limit=2&PatientName=Quaestor%5EAda*&offset=0&total=true".to_owned();
    let mut seen = Vec::new();
    for page in 0..3 {
        let answer = server.send("GET", &path, &headers, b"");
        assert_eq!(answer.header("x-total-count"), (page == 0).then_some("5"), "{}", answer.text());
        let is_last = answer.header("link").is_none();
        assert_eq!(answer.header("warning").is_none(), is_last, "a page that leaves matches out says so");
        let matches = answer.json();
        let uids = matches.as_array().expect("an array").iter().map(|study| study["0020000D"]["Value"][0].clone());
        seen.extend(uids);
        let Some(link) = answer.header("link") else { break };
        let url = link.strip_prefix("<http://pacs.example").and_then(|rest| rest.strip_suffix(">; rel=\"next\""));
        path = url.unwrap_or_else(|| panic!("{link}")).to_owned();
        assert!(path.starts_with("/dicom-web/studies?limit=2&PatientName=Quaestor%5EAda*&after="), "{path}");
    }
    seen.sort_by_key(|uid| uid.to_string());
    assert_eq!(seen, objects.iter().map(|object| object.study.clone()).collect::<Vec<_>>());
    let tampered = path.replace("PatientName=Quaestor", "PatientName=Other");
    assert_eq!(server.get(&tampered, JSON).status, 400);
}

#[test]
fn offers_extended_kinds_of_matching_without_warning() {
    let server = Server::start();
    server.store(&[&Object::new(1, 1, 1)]);
    for (query, count) in [
        ("PatientName=%22%22&emptyvaluematching=true", 0),
        ("StudyComments=%22%22&emptyvaluematching=true", 1),
        ("PatientName=ada+quaestro&fuzzymatching=true", 1),
        ("multiplevaluematching=true&ModalitiesInStudy=XX%5CYY", 0),
        ("orderby=-StudyDate&orderby=StudyDescription,NumberOfStudyRelatedInstances", 1),
        ("TimezoneOffsetFromUTC=%2B0100", 1),
        ("accept=application/dicom%2Bjson", 1),
    ] {
        let answer = server.get(&format!("/dicom-web/studies?{query}"), JSON);
        assert_eq!((answer.status, answer.header("warning")), (200, None), "{query}: {}", answer.text());
        assert_eq!(answer.json().as_array().map(Vec::len), Some(count), "{query}");
    }
}

#[test]
fn answers_every_wrong_parameter_with_its_name() {
    let server = Server::start();
    let long = format!("PatientID={}", "x".repeat(2_000));
    let many = vec!["PatientID=1"; 2_000].join("&");
    for (query, word) in [
        ("PatientID=%00", "PatientID"),
        ("PatientName=a%00", "PatientName"),
        ("StudyDate=99999999", "StudyDate"),
        ("StudyDate=20240102-20240101", "StudyDate"),
        ("StudyTime=25", "StudyTime"),
        ("NumberOfStudyRelatedInstances=1e999", "NumberOfStudyRelatedInstances"),
        ("TimezoneOffsetFromUTC=CET", "TimezoneOffsetFromUTC"),
        ("StudyInstanceUID=1.2.*", "StudyInstanceUID"),
        ("PixelData=1", "PixelData"),
        ("RequestAttributesSequence=1", "RequestAttributesSequence"),
        ("..=1", ".."),
        ("orderby=PatientName", "orderby=PatientName"),
        ("orderby=Nonsense", "Nonsense"),
        ("orderby=Rows", "Rows"),
        ("after=x", "after"),
        ("after=5b5d&offset=7", "after"),
        ("total=maybe", "total"),
        ("emptyvaluematching=1", "emptyvaluematching"),
        ("multiplevaluematching=", "multiplevaluematching"),
        ("multiplevaluematching=true&ModalitiesInStudy=CT%5CM*", "ModalitiesInStudy"),
        ("limit=99999999999999999999x", "limit"),
        ("limit=1&limit=2", "limit"),
        ("PatientName=%FF", "UTF-8"),
        ("PatientName=%ED%A0%80", "UTF-8"),
        (&long, "PatientID"),
        (&many, "too many"),
    ] {
        let answer = server.get(&format!("/dicom-web/studies?{query}"), JSON);
        assert_eq!(answer.status, 400, "{:.200}: {}", query, answer.text());
        assert!(answer.text().contains(word), "{:.200}: {}", query, answer.text());
    }
    for query in ["limit=99999999999999999999", "offset=99999999999", "PatientID=%25%5F%27%22%3B", "=", "&&&"] {
        let status = server.get(&format!("/dicom-web/studies?{query}"), JSON).status;
        assert!(status == 200 || (query == "=" && status == 400), "{query}: {status}");
    }
}

#[test]
fn answers_any_query_with_matches_or_a_refusal() {
    use proptest::prelude::*;
    let server = Server::start();
    server.store(&[&Object::new(1, 1, 1)]);
    let name = proptest::sample::select(vec![
        "PatientName",
        "PatientID",
        "StudyDate",
        "StudyTime",
        "00081030",
        "00091001",
        "0009%7BA%7D01",
        "Rows",
        "limit",
        "offset",
        "fuzzymatching",
        "includefield",
        "orderby",
        "after",
        "accept",
        "00400275.00400009",
        "ModalitiesInStudy",
    ]);
    let value =
        prop_oneof!["[!-~&&[^#&]]{0,30}", "(%[0-9A-F]{2}){0,8}", "[0-9*?.,%5C-]{0,20}", Just("true".to_owned())];
    let query = proptest::collection::vec((name, value), 0..4)
        .prop_map(|pairs| pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"));
    let config = proptest::test_runner::Config { cases: 400, failure_persistence: None, ..Default::default() };
    proptest::test_runner::TestRunner::new(config)
        .run(&query, |query| {
            let answer = server.get(&format!("/dicom-web/studies?{query}"), JSON);
            prop_assert!(matches!(answer.status, 200 | 400 | 406), "{}: {} {}", query, answer.status, answer.text());
            Ok(())
        })
        .expect("matches or a refusal");
}

#[test]
fn compresses_for_a_client_that_wants_it() {
    let server = Server::start();
    let objects: Vec<Object> = (1..=20).map(|number| Object::new(1, 1, number)).collect();
    server.store(&objects.iter().collect::<Vec<_>>());
    let headers = [("Accept", JSON), ("Accept-Encoding", "gzip")];
    let answer = server.send("GET", &(objects[0].study_path() + "/metadata"), &headers, b"");
    assert_eq!((answer.status, answer.header("content-encoding")), (200, Some("gzip")));
    let pixels = server.send("GET", &objects[0].path(), &[("Accept-Encoding", "gzip")], b"");
    assert_eq!((pixels.status, pixels.header("content-encoding")), (200, None));
}

#[test]
fn says_which_wanted_attribute_is_too_long_and_where_it_is() {
    let server = Server::start();
    let mut items = Vec::new();
    for _ in 0..2_000 {
        items.extend(b"\xfe\xff\x00\xe0\x30\0\0\0\x08\0\x04\x01LO\x28\0");
        items.extend([b'm'; 0x28]);
    }
    let long = Radiogram::new(1, 1).with(0x40, 0x555, "SQ", &items).with(0x18, 0x9004, "CS", "short");
    assert_eq!(server.post_files(&[long.file(), Radiogram::new(2, 2).file()]).status, 200);
    for (query, warned) in [
        ("includefield=AcquisitionContextSequence", true),
        ("includefield=00400555&limit=1000", true),
        ("includefield=all", true),
        ("includefield=00189004", false),
        ("", false),
    ] {
        let answer = server.get(&format!("/dicom-web/instances?{query}"), JSON);
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let words = answer.header("warning").unwrap_or_default();
        let named = words.contains("AcquisitionContextSequence (0040,0555) of 1 matches is too long for a search");
        assert!(named == warned && (named || words.is_empty()), "{query}: {words}");
        assert!(!answer.text().contains("00400555") && !answer.text().contains("leftOut"), "{query}");
    }
    let metadata = server.get(&format!("{}/metadata", long.path()), JSON).json();
    assert_eq!(metadata[0]["00400555"]["Value"].as_array().map(Vec::len), Some(2_000));
}

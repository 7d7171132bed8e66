//! What the gateway tells of itself: metrics, and logs without personal data.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use e2e::clients::{dcmtk, run};
use e2e::{Fixture, Gateway, Scu, gateway::AE, wait_until};
use serde_json::Value;

/// Values that tell who somebody is.
const PERSONAL: [&str; 6] = ["Wunderlich", "Adalbert", "GEHEIM-4711", "19410203", "ACC-90210", "Quacksalber"];

fn fixture(number: u32, seed: u8) -> Fixture {
    let elements = [
        (tags::PATIENT_NAME, VR::PN, "Wunderlich^Adalbert"),
        (tags::PATIENT_ID, VR::LO, "GEHEIM-4711"),
        (tags::PATIENT_BIRTH_DATE, VR::DA, "19410203"),
        (tags::ACCESSION_NUMBER, VR::SH, "ACC-90210"),
        (tags::REFERRING_PHYSICIAN_NAME, VR::PN, "Quacksalber"),
    ];
    Fixture::with(1, 1, number, seed, &elements)
}

/// One of each: stores that succeed and fail, searches, a retrieval, each by both ways.
fn use_it(gateway: &Gateway) {
    let http = gateway.http();
    let mut scu = Scu::for_fixtures(&gateway.dimse_address).expect("an association");
    assert_eq!(scu.store(&fixture(1, 0)).expect("a status"), 0x0000);
    assert_eq!(scu.store(&fixture(1, 1)).expect("a status"), 0x0111, "a different one");
    let nameless = fixture(9, 0);
    let cut_off = &nameless.data_set()[..40];
    let status = scu.send(uids::SECONDARY_CAPTURE_IMAGE_STORAGE, &nameless.instance, cut_off).expect("a status");
    assert!(status >= 0xA700, "{status:04X}");
    scu.release().expect("released");
    assert_eq!(http.stow(&[fixture(2, 0).file]).status, 200);
    assert_eq!(http.stow(&[fixture(2, 1).file]).status, 409);
    let json = "application/dicom+json";
    let query = "PatientName=Wunderlich*&PatientID=GEHEIM-4711&PatientBirthDate=19410203&AccessionNumber=ACC-90210";
    let found = http.get(&format!("/dicom-web/studies?{query}&includefield=all"), json);
    assert_eq!(found.json().as_array().map(Vec::len), Some(1), "{}", found.text());
    assert_eq!(http.get("/dicom-web/studies?PatientName=Wunderlich&PatientBirthDate=Adalbert", json).status, 400);
    assert_eq!(http.get(&fixture(1, 0).path(), "application/dicom; transfer-syntax=*").status, 200);
    let keys = ["QueryRetrieveLevel=STUDY", "PatientName=WUNDERLICH*", "PatientID=GEHEIM-4711", "StudyInstanceUID"];
    let mut find = dcmtk("findscu");
    find.args(["-S", "-aet", AE, "-aec", "PACS", "127.0.0.1", gateway.dimse_port()]);
    for key in keys {
        find.args(["-k", key]);
    }
    run(&mut find);
}

#[test]
fn histograms_of_latency_and_bytes_have_every_operation() {
    let gateway = Gateway::start();
    use_it(&gateway);
    let metrics = || gateway.http().get("/metrics", "text/plain").text();
    wait_until("the searches were noted", || metrics().contains("operation=\"C-FIND\""));
    let metrics = metrics();
    let counted = |histogram: &str, labels: &[&str]| {
        let bucket = format!("{histogram}_bucket{{");
        let of = |line: &&str| line.starts_with(&bucket) && labels.iter().all(|label| line.contains(label));
        let last = metrics.lines().filter(of).find(|line| line.contains("le=\"+Inf\""));
        let count = last.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
        assert!(count.is_some_and(|count| count > 0), "{histogram} {labels:?} is not in\n{metrics}");
        assert!(metrics.contains(&format!("# TYPE {histogram} histogram")), "{histogram}");
    };
    for (operation, status) in [("C-STORE", "0000"), ("C-STORE", "0111"), ("C-FIND", "0000")] {
        let labels = [format!("operation=\"{operation}\""), format!("status=\"{status}\"")];
        let labels = labels.each_ref().map(String::as_str);
        counted("pacs_dimse_operation_seconds", &labels);
        counted("pacs_dimse_operation_bytes", &labels);
    }
    counted("pacs_store_seconds", &[]);
    counted("pacs_store_bytes", &[]);
    for operation in http_operations(&metrics) {
        let label = format!("operation=\"{operation}\"");
        counted("pacs_http_seconds", &[&label]);
        counted("pacs_http_sent_bytes", &[&label]);
    }
    let operations = http_operations(&metrics);
    assert!(operations.len() >= 3, "a store, a search and a retrieval: {operations:?}");
    counted("pacs_http_received_bytes", &[]);
    for value in PERSONAL {
        assert!(!metrics.contains(value), "{value} is in\n{metrics}");
    }
}

/// The operations that are told apart.
fn http_operations(metrics: &str) -> std::collections::BTreeSet<&str> {
    let lines = metrics.lines().filter(|line| line.starts_with("pacs_http_seconds_count{"));
    lines.filter_map(|line| line.split("operation=\"").nth(1)?.split('"').next()).collect()
}

#[test]
fn each_request_and_association_has_one_span_and_nobody_is_named() {
    let filter =
        "info,pacs=debug,archive=debug,dimse_scp=debug,qido_wado_stow=debug,web=debug,schema=debug,data_set=debug";
    let mut gateway = Gateway::start_with(&["log.format=json", &format!("log.filter={filter}")]);
    use_it(&gateway);
    assert!(gateway.stop());
    let log = gateway.log();
    for value in PERSONAL {
        assert!(!log.to_lowercase().contains(&value.to_lowercase()), "{value} is in\n{log}");
    }
    let events: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect();
    let named = |event: &Value, name: &str| -> Vec<Value> {
        let spans = event["spans"].as_array().cloned().unwrap_or_default();
        spans.into_iter().filter(|span| span["name"] == name).collect()
    };
    for event in &events {
        let spans = [named(event, "request"), named(event, "association")].concat();
        assert!(spans.len() <= 1, "{event}");
    }
    let served = events.iter().filter(|event| event["fields"]["message"] == "request served").count();
    let requests: Vec<Value> = events.iter().flat_map(|event| named(event, "request")).collect();
    assert_eq!(served, 5, "a request each for two stores, two searches and a retrieval\n{log}");
    for request in requests {
        assert!(request["path"].as_str().is_some_and(|path| !path.contains('?')), "{request}");
        assert!(request["method"].is_string() && request["peer"] == "127.0.0.1", "{request}");
    }
    let stored: Vec<&Value> = events.iter().filter(|event| event["fields"]["message"] == "C-STORE").collect();
    assert_eq!(stored.len(), 3, "{log}");
    let association = |event: &Value| named(event, "association").pop().unwrap_or_else(|| panic!("no span: {event}"));
    for event in &stored {
        assert_eq!(association(event)["id"], association(stored[0])["id"], "one association, one span");
        assert_eq!(association(event)["calling"], AE);
        assert_eq!(association(event)["called"], "PACS");
    }
    let associations = events.iter().flat_map(|event| named(event, "association"));
    let ids: std::collections::BTreeSet<String> = associations.map(|span| span["id"].to_string()).collect();
    assert_eq!(ids.len(), 2, "one to store, one to search\n{log}");
}

//! Memory is bounded: a large object costs what a small one costs, and a query of many matches what one of few does.

use std::collections::BTreeSet;

use cluster::testing::TestDatabase;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use e2e::clients::{dcmtk, run};
use e2e::gateway::AE;
use e2e::http::{Answer, Http};
use e2e::storescp::Dcmtk;
use e2e::{Fixture, Gateway, Scu};

/// Size of the large object's pixels.
const SIZE: usize = 512 << 20;

/// Most that the gateway may grow by.
const GROWTH: u64 = 64 << 20;

/// Studies that a query matches: their answers are some 40 MiB.
const MATCHES: usize = 30_000;

/// Most that the gateway may grow by for that query: pages are on their way in several threads. All matches together would take
/// hundreds of MiB.
const FIND_GROWTH: u64 = 48 << 20;

/// A multi-frame object of [`SIZE`] bytes: a fixture whose last element, Pixel Data, is made long.
fn large(number: u32) -> Fixture {
    let frames = (SIZE / 256).to_string();
    let mut fixture = Fixture::with(1, 1, number, 0, &[(tags::NUMBER_OF_FRAMES, VR::IS, &frames)]);
    let start = fixture.file.len() - 256;
    fixture.file.truncate(start - 4);
    fixture.file.extend_from_slice(&(SIZE as u32).to_le_bytes());
    fixture.file.extend((0..SIZE).map(|at| (at >> 8) as u8));
    fixture
}

#[test]
fn a_large_object_is_stored_and_served_in_little_memory() {
    let gateway = Gateway::start();
    let http = gateway.http();
    assert_eq!(http.stow(&[Fixture::new(2, 1, 1, 0).file]).status, 200);
    let before = gateway.resident();
    let peak = Peak::watch(gateway.pid());

    let by_store = large(1);
    let mut scu = Scu::for_fixtures(&gateway.dimse_address).expect("an association");
    assert_eq!(scu.store(&by_store).expect("an answer"), 0);
    let by_stow = large(2);
    assert_eq!(http.stow(std::slice::from_ref(&by_stow.file)).status, 200);
    let apart = large(3);
    assert_eq!(stow_apart(&http, &by_stow, &apart).status, 200);
    for fixture in [&by_store, &by_stow, &apart] {
        let answer = http.get(&fixture.path(), "application/dicom; transfer-syntax=*");
        assert_eq!(answer.status, 200);
        let same = answer.body[answer.body.len() - SIZE..] == fixture.file[fixture.file.len() - SIZE..];
        assert!(same, "the pixels changed");
        let frame = http.get(&format!("{}/frames/77", fixture.path()), "application/octet-stream");
        assert_eq!(frame.body, vec![76; 256]);
    }
    move_to_nowhere(&gateway, &by_store);
    let grown = peak.end().saturating_sub(before);
    assert!(grown < GROWTH, "resident memory grew by {} MiB", grown >> 20);
}

/// C-MOVE to a Storage SCP that keeps nothing.
fn move_to_nowhere(gateway: &Gateway, fixture: &Fixture) {
    let sink = Dcmtk::storescp(&gateway.folder().join("sink"), &["--ignore"]);
    gateway.command(&["ae", "add", "STORESCP", "127.0.0.1", &sink.port.to_string()]);
    run(dcmtk("movescu")
        .args(["-S", "-aet", AE, "-aec", "PACS", "-aem", "STORESCP", "-k", "QueryRetrieveLevel=IMAGE"])
        .args(["-k", &format!("StudyInstanceUID={}", fixture.study)])
        .args(["-k", &format!("SeriesInstanceUID={}", fixture.series)])
        .args(["-k", &format!("SOPInstanceUID={}", fixture.instance)])
        .args(["127.0.0.1", gateway.dimse_port()]));
}

/// Stores `fixture` as metadata, taken from those of `known`, and bulk data.
fn stow_apart(http: &Http, known: &Fixture, fixture: &Fixture) -> Answer {
    let metadata = http.get(&format!("{}/metadata", known.path()), "application/dicom+json");
    let metadata = metadata.text().replace(&known.instance, &fixture.instance);
    let json: serde_json::Value = serde_json::from_str(&metadata).expect("JSON");
    let location = json[0]["7FE00010"]["BulkDataURI"].as_str().expect("a BulkDataURI");
    let mut body =
        format!("--part\r\nContent-Type: application/dicom+json\r\n\r\n{metadata}\r\n--part\r\n").into_bytes();
    body.extend_from_slice(format!("Content-Location: {location}\r\n\r\n").as_bytes());
    body.extend_from_slice(&fixture.file[fixture.file.len() - SIZE..]);
    body.extend_from_slice(b"\r\n--part--\r\n");
    let content_type = "multipart/related; type=\"application/dicom+json\"; boundary=part";
    http.post("/dicom-web/studies", content_type, "application/dicom+json", &body)
}

#[test]
fn a_query_that_matches_everything_is_answered_in_little_memory() {
    let (index, identity) = (TestDatabase::new("find_index"), TestDatabase::new("find_identity"));
    let urls = [format!("database.index_url={}", index.url()), format!("database.identity_url={}", identity.url())];
    let gateway = Gateway::start_with(&urls.each_ref().map(String::as_str));
    let long = "x".repeat(1_000);
    let fixture = Fixture::with(1, 1, 1, 0, &[(Tag(0x0032, 0x4000), VR::LT, &long)]);
    assert_eq!(gateway.http().stow(std::slice::from_ref(&fixture.file)).status, 200);
    let more = |table: &str, columns: &str| {
        format!(
            "INSERT INTO {table} (study_instance_uid, {columns}) SELECT study_instance_uid || '.9.' || number, {columns}
            FROM {table}, generate_series(1, {}) AS number",
            MATCHES - 1
        )
    };
    identity.sql(&more("study_identities", "patient_key, attributes"));
    index.sql(&more(
        "studies",
        "patient_key, study_date, study_time, modalities_in_study, number_of_study_related_series, \
         number_of_study_related_instances, attributes",
    ));
    let find = |study: &str| {
        let mut command = dcmtk("findscu");
        command.args(["-S", "-v", "-aet", AE, "-aec", "PACS", "-k", "QueryRetrieveLevel=STUDY"]);
        command.args([
            "-k",
            "PatientName",
            "-k",
            "0032,4000",
            "-k",
            &format!("StudyInstanceUID={study}"),
            "-k",
            "StudyDate",
        ]);
        run(command.args(["127.0.0.1", gateway.dimse_port()])).matches("(Pending)").count()
    };
    // Threads and connections of the first query are there after it.
    assert_eq!(find(&fixture.study), 1);
    let before = gateway.resident();
    let peak = Peak::watch(gateway.pid());
    assert_eq!(find(""), MATCHES);
    let grown = peak.end().saturating_sub(before);
    assert!(grown < FIND_GROWTH, "resident memory grew by {} MiB", grown >> 20);
}

/// Items of a sequence: some 30 MiB of metadata.
const ITEMS: usize = 300_000;

#[test]
fn the_long_header_of_one_object_is_told_in_little_memory() {
    let mut gateway = Gateway::start();
    let mut fixture = Fixture::new(1, 1, 1, 0);
    let length = (ITEMS * 80) as u32;
    // Digital Signatures Sequence, which comes after the pixels; each Item has one text of 64 characters.
    fixture.file.extend_from_slice(b"\xfa\xff\xfa\xffSQ\0\0");
    fixture.file.extend_from_slice(&length.to_le_bytes());
    for number in 0..ITEMS {
        fixture.file.extend_from_slice(b"\xfe\xff\x00\xe0\x48\0\0\0\x08\0\x04\x01LO\x40\0");
        fixture.file.extend_from_slice(format!("{number:064}").as_bytes());
    }
    let small = Fixture::new(1, 1, 2, 0);
    let http = gateway.http();
    assert_eq!(http.stow(&[fixture.file.clone(), small.file.clone()]).status, 200);
    // What the store took is forgotten.
    assert!(gateway.stop());
    gateway.start_again();
    let http = gateway.http();
    let told = |of: &Fixture| http.get(&format!("{}/metadata", of.path()), "application/dicom+json");
    let xml = |of: &Fixture| http.get(&format!("{}/metadata", of.path()), "application/dicom+xml");
    assert_eq!((told(&small).status, xml(&small).status), (200, 200));
    let before = gateway.resident();
    let peak = Peak::watch(gateway.pid());
    let long = told(&fixture);
    let grown = peak.end().saturating_sub(before);
    assert_eq!(long.status, 200);
    assert!(long.body.len() > 24 << 20, "{}", long.body.len());
    assert_eq!(memchr::memmem::find_iter(&long.body, b"\"00080104\"").count(), ITEMS);
    assert!(grown < 24 << 20, "resident memory grew by {} MiB", grown >> 20);

    let peak = Peak::watch(gateway.pid());
    let long = xml(&fixture);
    assert_eq!(long.status, 200);
    assert_eq!(memchr::memmem::find_iter(&long.body, b"tag=\"00080104\"").count(), ITEMS);
    assert!(long.body.ends_with(b"</NativeDicomModel>"));
    let values = http.get(&format!("{}/bulkdata", fixture.path()), "multipart/related");
    assert_eq!(values.status, 200);
    let zip = http.get(&format!("{}?dicomdir=true", fixture.path()), "application/zip");
    assert_eq!(zip.status, 200);
    let grown = peak.end().saturating_sub(before);
    assert!(grown < GROWTH, "resident memory grew by {} MiB", grown >> 20);
}

#[test]
fn the_long_header_of_one_object_is_de_identified_in_little_memory() {
    let mut gateway = Gateway::start();
    let clean = [(tags::BURNED_IN_ANNOTATION, VR::CS, "NO")];
    let (mut long, small) = (Fixture::with(1, 1, 1, 0, &clean), Fixture::with(2, 1, 1, 0, &clean));
    // Referenced Image Sequence, which stays.
    put_items(&mut long, *b"\x08\0\x40\x11", ITEMS);
    assert_eq!(gateway.http().stow(&[long.file, small.file]).status, 200);
    let added = gateway.try_command(&["user", "add", "curie", "--role", "researcher"], "polonium and radium\n");
    assert!(added.status.success());
    assert!(gateway.stop());
    gateway.start_again();
    let curie = Http::new(format!("http://{}", gateway.http_address)).with_password("curie", "polonium and radium");
    let found = curie.get("/dicom-web/studies", "application/dicom+json").json();
    let uids = found.as_array().expect("an array").iter().map(|study| study["0020000D"]["Value"][0].clone());
    let paths: Vec<String> =
        uids.map(|uid| format!("/dicom-web/studies/{}/metadata", uid.as_str().expect("a UID"))).collect();
    assert_eq!(paths.len(), 2);
    let parts = "multipart/related; type=\"application/dicom+xml\"";
    let before = gateway.resident();
    let peak = Peak::watch(gateway.pid());
    let mut items = Vec::new();
    for (accept, name) in [("application/dicom+json", "\"00081155\""), (parts, "tag=\"00081155\"")] {
        let told: Vec<Answer> = paths.iter().map(|path| curie.get(path, accept)).collect();
        assert!(told.iter().all(|answer| answer.status == 200 && !answer.text().contains("1.2.100000")), "{accept}");
        let count = |answer: &Answer| memchr::memmem::find_iter(&answer.body, name.as_bytes()).count();
        items = told.iter().map(count).collect();
        assert_eq!(items.iter().sum::<usize>(), ITEMS, "{accept}");
    }
    let objects = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";
    for (path, items) in paths.iter().zip(items) {
        let answer = curie.get(path.trim_end_matches("/metadata"), objects);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(memchr::memmem::find_iter(&answer.body, b"\x08\0\x55\x11UI").count(), items);
    }
    let grown = peak.end().saturating_sub(before);
    assert!(grown < GROWTH, "resident memory grew by {} MiB", grown >> 20);
}

/// Puts a sequence of group 0008 before Patient's Name; each Item has a UID of 64 characters.
fn put_items(fixture: &mut Fixture, tag: [u8; 4], items: usize) {
    let place = memchr::memmem::find(&fixture.file, b"\x10\0\x10\0PN").expect("Patient's Name");
    let mut sequence = [&tag[..], b"SQ\0\0", &((items * 80) as u32).to_le_bytes()].concat();
    for number in 0..items {
        sequence.extend_from_slice(b"\xfe\xff\x00\xe0\x48\0\0\0\x08\0\x55\x11UI\x40\0");
        sequence.extend_from_slice(format!("1.2.1{number:059}").as_bytes());
    }
    fixture.file.splice(place..place, sequence);
}

#[test]
fn pictures_of_an_object_with_a_long_header_are_made_in_little_memory() {
    let mut gateway = Gateway::start();
    let (mut long, small) = (Fixture::new(1, 1, 1, 0), Fixture::new(1, 1, 2, 0));
    // Referenced Performed Procedure Step Sequence, of which nothing is drawn: nearly as many elements and values as an object may have.
    put_items(&mut long, *b"\x08\0\x11\x11", ITEMS * 3 / 2);
    assert_eq!(gateway.http().stow(&[long.file.clone(), small.file.clone()]).status, 200);
    // What the store took is forgotten.
    assert!(gateway.stop());
    gateway.start_again();
    let http = gateway.http();
    let shown = |of: &Fixture, resource: &str| http.get(&format!("{}/{resource}", of.path()), "image/jpeg");
    let expected = ["rendered", "thumbnail"].map(|resource| shown(&small, resource));
    assert!(expected.iter().all(|answer| answer.status == 200));
    let before = gateway.resident();
    let peak = Peak::watch(gateway.pid());
    let seen = ["rendered", "thumbnail"].map(|resource| shown(&long, resource));
    let grown = peak.end().saturating_sub(before);
    for (seen, expected) in seen.iter().zip(&expected) {
        assert_eq!((seen.status, &seen.body), (200, &expected.body), "{}", seen.text());
    }
    assert!(grown < GROWTH, "resident memory grew by {} MiB", grown >> 20);
}

/// The highest resident memory of a process, as the kernel counts it.
struct Peak {
    pid: u32,
}

impl Peak {
    fn watch(pid: u32) -> Self {
        std::fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("the peak is forgotten");
        Self { pid }
    }

    fn end(self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).expect("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        line.trim().trim_end_matches(" kB").trim().parse::<u64>().expect("a number") * 1024
    }
}

/// How many objects with long headers, and how many elements of [`LONG`] characters each has.
const OBJECTS: u32 = 100;
const ELEMENTS: u16 = 20;
/// As long as an element may be that searches give.
const LONG: usize = 48 << 10;

/// An object with about a megabyte of private text, which hardly compresses.
fn with_long_header(number: u32) -> Fixture {
    let mut state = u64::from(number) + 1;
    let mut text = || {
        let next = |state: &mut u64| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            format!("{:08x}", *state >> 32)
        };
        (0..LONG / 8).map(|_| next(&mut state)).collect::<String>()
    };
    let texts: Vec<String> = (0..ELEMENTS).map(|_| text()).collect();
    let mut elements = vec![(Tag(0x0011, 0x0010), VR::LO, "E2E")];
    elements.extend(texts.iter().zip(0x1001..).map(|(text, number)| (Tag(0x0011, number), VR::UT, text.as_str())));
    Fixture::with(1, 1, number, 0, &elements)
}

#[test]
fn answers_about_long_headers_are_made_in_little_memory() {
    let gateway = Gateway::start();
    let http = gateway.http();
    for number in 1..=OBJECTS {
        assert_eq!(http.stow(&[with_long_header(number).file]).status, 200);
    }
    let long = LONG * usize::from(ELEMENTS) * OBJECTS as usize;
    let study = format!("/dicom-web/studies/{}", with_long_header(1).study);
    let xml = r#"multipart/related; type="application/dicom+xml""#;
    for (path, accept) in [
        (format!("{study}/metadata"), "application/dicom+json"),
        (format!("{study}/metadata"), xml),
        (format!("{study}/instances?includefield=all"), "application/dicom+json"),
        (format!("{study}/instances?includefield=all"), xml),
        (format!("{study}?dicomdir=true"), "application/zip"),
    ] {
        let before = gateway.resident();
        let peak = Peak::watch(gateway.pid());
        let answer = http.get(&path, accept);
        let grown = peak.end().saturating_sub(before);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.body.len() > long, "{path}: {} bytes", answer.body.len());
        assert!(grown < GROWTH, "{path} as {accept}: resident memory grew by {} MiB", grown >> 20);
    }
}

#[test]
fn a_large_search_is_answered_in_little_memory() {
    let gateway = Gateway::start();
    let http = gateway.http();
    for hundred in 0..30 {
        let files: Vec<Vec<u8>> = (1..=100).map(|n| Fixture::new(hundred + 1, 1, hundred * 100 + n, 0).file).collect();
        assert_eq!(http.stow(&files).status, 200);
    }
    let before = gateway.resident();
    let peak = Peak::watch(gateway.pid());
    let answer = http.get("/dicom-web/instances?includefield=00080080", "application/dicom+json");
    let grown = peak.end().saturating_sub(before);
    let uid = |found: &serde_json::Value| found["00080018"]["Value"][0].as_str().expect("a UID").to_owned();
    let found = answer.json().as_array().expect("an array").clone();
    assert_eq!(found.len(), 3_000);
    assert_eq!(found.iter().map(uid).collect::<BTreeSet<_>>().len(), 3_000, "each once");
    assert!(grown < GROWTH, "resident memory grew by {} MiB", grown >> 20);
}

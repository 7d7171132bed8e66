//! Searches for patients, and what only C-FIND asks of the engine.

mod support;

use serde_json::{Map, Value, json};
use support::asking::{patients, studies};
use support::{Databases, instance};

fn texts(found: &[Map<String, Value>], tag: &str) -> Vec<String> {
    let mut texts: Vec<String> = found.iter().map(|one| one[tag]["Value"][0].to_string().replace('"', "")).collect();
    texts.sort();
    texts
}

/// Ada has two studies (three instances), Ben one, Cleo one.
fn archive() -> Databases {
    let databases = Databases::new();
    let patient =
        |id: &str, name: &str| [("00100020", "LO", json!(id)), ("00100010", "PN", json!({"Alphabetic": name}))];
    let with =
        |study: u32, number: u32, patient: &[(&'static str, &'static str, Value)], date: &str, accession: &str| {
            let mut all = patient.to_vec();
            all.push(("00080020", "DA", json!(date)));
            all.push(("00080050", "SH", json!(accession)));
            instance(study, 1, number, &all)
        };
    let (ada, ben, cleo) = (patient("A", "Quaestor^Ada"), patient("B", "Quaestor^Ben"), patient("C", "Weber^Cleo"));
    databases.store(&[
        with(1, 1, &ada, "20240101", "X1"),
        with(1, 2, &ada, "20240101", "X1"),
        with(2, 1, &ada, "20240202", "X2"),
        with(3, 1, &ben, "20240101", "X3"),
        with(4, 1, &cleo, "20240303", "X4"),
    ]);
    databases
}

#[test]
fn finds_patients_by_what_they_are() {
    let databases = archive();
    assert_eq!(texts(&patients().matches(&databases), "00100020"), ["A", "B", "C"]);
    assert_eq!(texts(&patients().by("PatientName", "quaestor*").matches(&databases), "00100020"), ["A", "B"]);
    assert_eq!(texts(&patients().by("PatientID", "C").matches(&databases), "00100010"), ["{Alphabetic:Weber^Cleo}"]);
    assert!(patients().by("PatientID", "D").matches(&databases).is_empty());
}

#[test]
fn finds_patients_by_what_they_have() {
    let databases = archive();
    let by = |keys: &[(&str, &str)]| {
        let ask = keys.iter().fold(patients(), |ask, (name, value)| ask.by(name, value));
        texts(&ask.matches(&databases), "00100020")
    };
    assert_eq!(by(&[("StudyDate", "20240101")]), ["A", "B"]);
    assert_eq!(by(&[("StudyDate", "20240101"), ("PatientName", "*Ada")]), ["A"]);
    assert_eq!(by(&[("AccessionNumber", "X2")]), ["A"]);
    assert_eq!(by(&[("AccessionNumber", "X2"), ("StudyDate", "20240202")]), ["A"]);
    assert!(by(&[("AccessionNumber", "X2"), ("StudyDate", "20240101")]).is_empty(), "not of one study");
    assert_eq!(by(&[("SOPInstanceUID", "1.2.3.1.1")]), ["B"]);
    assert_eq!(by(&[("StudyInstanceUID", "1.2.4"), ("PatientName", "Weber*")]), ["C"]);
}

#[test]
fn counts_what_patients_have() {
    let databases = archive();
    let counts = ["NumberOfPatientRelatedStudies", "NumberOfPatientRelatedSeries", "NumberOfPatientRelatedInstances"];
    let ask = counts.iter().fold(patients().by("StudyDate", "20240202"), |ask, name| ask.including(name));
    let found = ask.matches(&databases);
    let told: Vec<Value> = ["00201200", "00201202", "00201204"].map(|tag| found[0][tag]["Value"][0].clone()).to_vec();
    assert_eq!(told, [json!(2), json!(2), json!(3)], "all of it, not what matched");
    assert!(patients().by(counts[0], "2").parse().is_err());
    assert!(studies().by(counts[0], "2").parse().is_err());
}

#[test]
fn gives_patients_page_by_page() {
    let databases = archive();
    for ask in [patients(), patients().by("PatientName", "*e*"), patients().by("StudyDate", "2024-")] {
        let Ok(_) = ask.parse() else { continue };
        let (mut seen, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = after.iter().fold(ask.clone().page(0, 1), |ask, token| ask.after(token)).run(&databases);
            assert!(page.matches.len() <= 1);
            seen.extend(page.matches.iter().map(schema::search::Match::object));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(texts(&seen, "00100020"), texts(&ask.matches(&databases), "00100020"));
        assert_eq!(seen.len(), 3);
    }
}

#[test]
fn leaves_out_patients_of_whom_nothing_is_there() {
    let databases = archive();
    databases
        .index
        .sql("DELETE FROM instances; DELETE FROM series; DELETE FROM studies WHERE study_instance_uid = '1.2.3'");
    assert_eq!(texts(&patients().matches(&databases), "00100020"), ["A", "C"]);
    assert_eq!(texts(&patients().by("PatientName", "Quaestor*").matches(&databases), "00100020"), ["A"]);
}

#[test]
fn matches_dates_and_times_apart_when_asked() {
    let databases = Databases::new();
    let at = |study, date: &str, time: &str| {
        instance(study, 1, 1, &[("00080020", "DA", json!(date)), ("00080030", "TM", json!(time))])
    };
    databases.store(&[at(1, "20240101", "230000"), at(2, "20240102", "120000"), at(3, "20240103", "010000")]);
    let ask = studies().by("StudyDate", "20240101-20240103").by("StudyTime", "1000-1300");
    assert_eq!(ask.uids(&databases).len(), 3, "from the first moment to the last");
    assert_eq!(ask.apart().uids(&databases), ["1.2.2"]);
}

#[test]
fn tells_nothing_but_what_was_asked_for() {
    let databases = archive();
    let found = studies().only_asked().by("AccessionNumber", "X4").including("StudyDate").matches(&databases);
    let tags: Vec<&str> = found[0].keys().map(String::as_str).collect();
    assert_eq!(tags, ["00080020", "00080050", "0020000D"]);
}

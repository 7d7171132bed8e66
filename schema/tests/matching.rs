//! Kinds of matching (PS3.4 §C.2.2.2), on both databases.

mod support;

use schema::search::QueryError;
use serde_json::{Value, json};
use support::asking::{Ask, instances, series, studies};
use support::{Databases, instance};

const NOTHING: [&str; 0] = [];

fn name(alphabetic: &str) -> Value {
    json!({"Alphabetic": alphabetic})
}

/// Study `1.2.N` for each line, one instance each.
fn stored(lines: &[&[(&str, &str, Value)]]) -> Databases {
    let databases = Databases::new();
    let instances: Vec<_> =
        lines.iter().enumerate().map(|(number, line)| instance(number as u32 + 1, 1, 1, line)).collect();
    databases.store(&instances);
    databases
}

fn sorted(ask: Ask, databases: &Databases) -> Vec<String> {
    let mut uids = ask.uids(databases);
    uids.sort();
    uids
}

fn refused(ask: Ask) -> String {
    ask.parse().expect_err("a refusal").to_string()
}

#[test]
fn matches_single_values_exactly() {
    let databases = stored(&[
        &[("00100020", "LO", json!("A1")), ("00080050", "SH", json!("7"))],
        &[("00100020", "LO", json!("a1")), ("00080050", "SH", json!(" 77 "))],
    ]);
    assert_eq!(studies().by("PatientID", "A1").uids(&databases), ["1.2.1"]);
    assert_eq!(studies().by("00100020", " a1 ").uids(&databases), ["1.2.2"]);
    assert_eq!(studies().by("AccessionNumber", "77").uids(&databases), ["1.2.2"]);
    assert_eq!(studies().by("AccessionNumber", "77").by("PatientID", "A1").uids(&databases), NOTHING);
    assert_eq!(studies().by("PatientID", "A1' OR '1'='1").uids(&databases), NOTHING);
}

#[test]
fn matches_everything_by_nothing_and_by_stars() {
    let databases = stored(&[&[], &[]]);
    let all = studies().by("PatientID", "").by("PatientName", "*").by("StudyDate", "").by("StudyInstanceUID", "*");
    assert_eq!(all.uids(&databases).len(), 2);
}

#[test]
fn matches_lists_of_uids() {
    let databases = stored(&[&[], &[], &[]]);
    assert_eq!(sorted(studies().by("StudyInstanceUID", "1.2.1,1.2.3"), &databases), ["1.2.1", "1.2.3"]);
    assert_eq!(sorted(studies().by("StudyInstanceUID", "1.2.1\\1.2.2"), &databases), ["1.2.1", "1.2.2"]);
    assert_eq!(instances().by("SOPInstanceUID", "1.2.2.1.1").uids(&databases), ["1.2.2.1.1"]);
}

#[test]
fn matches_wild_cards_with_sql_characters_literal() {
    let databases = stored(&[
        &[("00081030", "LO", json!("100% Thorax_1"))],
        &[("00081030", "LO", json!("1000 Thorax 1"))],
        &[("00100020", "LO", json!("x\\y"))],
    ]);
    let by = |value| sorted(studies().by("StudyDescription", value), &databases);
    assert_eq!(by("*Thorax*"), ["1.2.1", "1.2.2"]);
    assert_eq!(by("*thorax*"), NOTHING);
    assert_eq!(by("100%*"), ["1.2.1"]);
    assert_eq!(by("*_1"), ["1.2.1"]);
    assert_eq!(by("100? Thorax?1"), ["1.2.1", "1.2.2"]);
    assert_eq!(studies().by("PatientID", "P?").uids(&databases).len(), 2);
}

#[test]
fn matches_names_whatever_their_case_accents_and_group() {
    let databases = stored(&[
        &[("00100010", "PN", name("Müller^Jürgen"))],
        &[(
            "00100010",
            "PN",
            json!({"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎", "Phonetic": "やまだ^たろう"}),
        )],
        &[("00100010", "PN", name("MULLER"))],
        &[("00100010", "PN", name("Иванов^Пётр^^^"))],
    ]);
    let by = |value| sorted(studies().by("PatientName", value), &databases);
    assert_eq!(by("müller^jurgen"), ["1.2.1"]);
    assert_eq!(by("MULLER*"), ["1.2.1", "1.2.3"]);
    assert_eq!(by("Muller^*"), ["1.2.1", "1.2.3"]);
    assert_eq!(by("Muller"), ["1.2.3"]);
    assert_eq!(by("*^J?rgen"), ["1.2.1"]);
    assert_eq!(by("山田*"), ["1.2.2"]);
    assert_eq!(by("やまだ^たろう"), ["1.2.2"]);
    assert_eq!(by("yamada^tarou=山田^太郎"), ["1.2.2"]);
    assert_eq!(by("=山田*"), ["1.2.2"]);
    assert_eq!(by("山田*=Yamada*"), NOTHING);
    assert_eq!(by("Yamada*太郎"), NOTHING);
    assert_eq!(by("иванов^петр"), ["1.2.4"]);
    assert_eq!(by("M.*"), NOTHING);
}

#[test]
fn matches_names_that_have_no_column() {
    let databases = stored(&[
        &[("00081070", "PN", name("Ångström^A")), ("00081048", "PN", name("Récord"))],
        &[("00081070", "PN", name("Other"))],
    ]);
    assert_eq!(studies().by("PhysiciansOfRecord", "record").uids(&databases), ["1.2.1"]);
    assert_eq!(series().by("OperatorsName", "ANGSTROM*").uids(&databases), ["1.2.1.1"]);
    assert_eq!(studies().by("OperatorsName", "angstrom^a").uids(&databases), ["1.2.1"]);
}

#[test]
fn matches_names_fuzzily_in_any_order_and_with_a_typing_error() {
    let databases =
        stored(&[&[("00100010", "PN", name("Smith^Johnathan"))], &[("00100010", "PN", name("Jones^Mary"))]]);
    let by = |value| studies().by("PatientName", value).fuzzy().uids(&databases);
    assert_eq!(by("John Smith"), ["1.2.1"]);
    assert_eq!(by("smyth"), ["1.2.1"]);
    assert_eq!(by("mary^jon"), ["1.2.2"]);
    assert_eq!(by("Smith Mary"), NOTHING);
    assert_eq!(studies().by("PatientName", "John Smith").uids(&databases), NOTHING);
}

#[test]
fn matches_dates_and_their_ranges() {
    let date = |text: &'static str| vec![("00080020", "DA", json!(text)), ("00100030", "DA", json!(text))];
    let (a, b, c, none) = (date("20240101"), date("20240215"), date("20250101"), date(""));
    let databases = stored(&[&a, &b, &c, &none]);
    for keyword in ["StudyDate", "PatientBirthDate"] {
        let by = |value| sorted(studies().by(keyword, value), &databases);
        assert_eq!(by("20240215"), ["1.2.2"]);
        assert_eq!(by("20240101-20240215"), ["1.2.1", "1.2.2"]);
        assert_eq!(by("20240215-"), ["1.2.2", "1.2.3"]);
        assert_eq!(by("-20240214"), ["1.2.1"]);
    }
}

#[test]
fn matches_times_with_what_they_leave_open() {
    let time = |text: &'static str| vec![("00080030", "TM", json!(text)), ("00080031", "TM", json!(text))];
    let (a, b, c) = (time("1030"), time("10:45:30.5"), time("11"));
    let databases = stored(&[&a, &b, &c]);
    for keyword in ["StudyTime", "SeriesTime"] {
        let by = |value| sorted(studies().by(keyword, value), &databases);
        assert_eq!(by("10"), ["1.2.1", "1.2.2"], "{keyword}");
        assert_eq!(by("104530.5"), ["1.2.2"], "{keyword}");
        assert_eq!(by("1031-1045"), ["1.2.2"], "{keyword}");
        assert_eq!(by("104530.5-"), ["1.2.2", "1.2.3"], "{keyword}");
        assert_eq!(by("-103000"), ["1.2.1"], "{keyword}");
    }
}

#[test]
fn combines_study_date_and_time() {
    let at =
        |date: &'static str, time: &'static str| vec![("00080020", "DA", json!(date)), ("00080030", "TM", json!(time))];
    let (a, b, c, d) = (at("20240101", "2100"), at("20240101", "2300"), at("20240102", "0500"), at("20240102", "0700"));
    let databases = stored(&[&a, &b, &c, &d]);
    let by = |date, time| sorted(studies().by("StudyDate", date).by("StudyTime", time), &databases);
    assert_eq!(by("20240101-20240102", "2200-0600"), ["1.2.2", "1.2.3"]);
    assert_eq!(by("20240101", "2100"), ["1.2.1"]);
    assert_eq!(by("20240102-", "0600-"), ["1.2.4"]);
    assert_eq!(by("-20240101", "-2200"), ["1.2.1"]);
}

#[test]
fn matches_dates_in_documents() {
    let databases = stored(&[
        &[("00400244", "DA", json!("20240105")), ("0008002A", "DT", json!("20240105120000+0100"))],
        &[("00400244", "DA", json!("2024.02.05")), ("0008002A", "DT", json!("20240105120000"))],
        &[("00400244", "DA", json!("soon")), ("0008002A", "DT", json!("99999999"))],
    ]);
    assert_eq!(sorted(series().by("PerformedProcedureStepStartDate", "20240101-"), &databases), ["1.2.1.1", "1.2.2.1"]);
    assert_eq!(series().by("PerformedProcedureStepStartDate", "-20240131").uids(&databases), ["1.2.1.1"]);
    assert_eq!(instances().by("AcquisitionDateTime", "20240105110000+0000").uids(&databases), ["1.2.1.1.1"]);
    assert_eq!(instances().by("AcquisitionDateTime", "2024010512-").uids(&databases), ["1.2.2.1.1"]);
}

#[test]
fn matches_numbers_however_they_are_written() {
    let databases = stored(&[
        &[("00280010", "US", json!(512)), ("00180050", "DS", json!(1.5)), ("00101030", "DS", json!("70.0"))],
        &[("00280010", "US", json!(256)), ("00180050", "DS", json!("thin")), ("00101030", "DS", json!(71))],
    ]);
    assert_eq!(instances().by("Rows", "512").uids(&databases), ["1.2.1.1.1"]);
    assert_eq!(instances().by("SliceThickness", "1.50").uids(&databases), ["1.2.1.1.1"]);
    assert_eq!(studies().by("PatientWeight", "70").uids(&databases), ["1.2.1"]);
    assert_eq!(series().by("SeriesNumber", "1").uids(&databases).len(), 2);
    assert_eq!(studies().by("NumberOfStudyRelatedInstances", "1").uids(&databases).len(), 2);
    assert_eq!(studies().by("NumberOfStudyRelatedInstances", "2").uids(&databases), NOTHING);
}

#[test]
fn matches_attributes_inside_sequences() {
    let item = |id| json!({"00400009": {"vr": "SH", "Value": [id]}, "00400007": {"vr": "LO", "Value": ["Knee"]}});
    let code = json!({"00080100": {"vr": "SH", "Value": ["T-D1100"]}, "00080104": {"vr": "LO", "Value": ["Head"]}});
    let databases =
        stored(&[&[("00400275", "SQ", item("S1")), ("00081032", "SQ", code)], &[("00400275", "SQ", item("S2"))]]);
    let path = "RequestAttributesSequence.ScheduledProcedureStepID";
    assert_eq!(series().by(path, "S1").uids(&databases), ["1.2.1.1"]);
    assert_eq!(series().by("00400275.00400009", "S*").uids(&databases).len(), 2);
    assert_eq!(studies().by(path, "S2").uids(&databases), ["1.2.2"]);
    assert_eq!(instances().by(path, "S2").uids(&databases), ["1.2.2.1.1"]);
    assert_eq!(studies().by("ProcedureCodeSequence.CodeValue", "T-D1100").uids(&databases), ["1.2.1"]);
}

#[test]
fn matches_private_elements_and_any_standard_attribute() {
    let databases = stored(&[
        &[("00091001", "LO", json!("secret recipe")), ("00181210", "SH", json!("B30f"))],
        &[("00204000", "LT", json!("with comment"))],
    ]);
    assert_eq!(instances().by("00091001", "secret*").uids(&databases), ["1.2.1.1.1"]);
    assert_eq!(instances().by("ConvolutionKernel", "B30f").uids(&databases), ["1.2.1.1.1"]);
    assert_eq!(studies().by("ImageComments", "*comment").uids(&databases), ["1.2.2"]);
}

#[test]
fn matches_private_elements_by_their_vr() {
    let private = |tag, vr, value| instance(1, 1, 1, &[("00090010", "LO", json!("ACME")), (tag, vr, value)]);
    for (vr, value, matching, other) in [
        ("DA", json!("20240115"), "20240101-20240131", "20240201-"),
        ("TM", json!("101530"), "10-11", "-09"),
        ("DT", json!("20240115101530+0100"), "2024011509-20240115092000", "2025-"),
        ("UI", json!("1.2.3"), "1.2.9,1.2.3", "1.2.9"),
        ("DS", json!("1.50"), "1.5", "1.51"),
        ("US", json!(7), "7.0", "8"),
        ("PN", json!({"Alphabetic": "Quæstor^Ada"}), "quaestor^*", "ada*"),
        ("LO", json!("20240115"), "2024*", "20240101-20240131"),
    ] {
        let databases = Databases::new();
        databases.store(&[private("00091001", vr, value)]);
        for name in ["00091001", "0009{ACME}01"] {
            assert_eq!(instances().by(name, matching).uids(&databases), ["1.2.1.1.1"], "{vr} {name}={matching}");
            assert!(instances().by(name, other).uids(&databases).is_empty(), "{vr} {name}={other}");
        }
    }
}

#[test]
fn asks_each_of_several_values() {
    let databases = Databases::new();
    let mut several = instance(1, 1, 1, &[]);
    several.documents.instance.insert("00080008".into(), json!({"vr": "CS", "Value": ["ORIGINAL", null, "AXIAL"]}));
    databases.store(&[several, instance(2, 1, 1, &[("00080008", "CS", json!("DERIVED"))])]);
    assert_eq!(instances().by("ImageType", "AXIAL").uids(&databases), ["1.2.1.1.1"]);
}

#[test]
fn matches_modalities_and_sop_classes_of_studies() {
    let databases = Databases::new();
    let report = [("00080060", "CS", json!("SR")), ("00080016", "UI", json!("1.2.840.10008.5.1.4.1.1.88.11"))];
    databases.store(&[instance(1, 1, 1, &[]), instance(1, 2, 1, &report), instance(2, 1, 1, &[])]);
    assert_eq!(studies().by("ModalitiesInStudy", "SR").uids(&databases), ["1.2.1"]);
    assert_eq!(studies().by("ModalitiesInStudy", "SR,CT").uids(&databases).len(), 2);
    assert_eq!(studies().by("ModalitiesInStudy", "S*").uids(&databases), ["1.2.1"]);
    assert_eq!(studies().by("SOPClassesInStudy", "1.2.840.10008.5.1.4.1.1.88.11").uids(&databases), ["1.2.1"]);
    assert_eq!(studies().by("Modality", "SR").uids(&databases), ["1.2.1"]);
    assert_eq!(studies().by("InstanceAvailability", "ONLINE").uids(&databases).len(), 2);
    assert_eq!(studies().by("InstanceAvailability", "OFF*").uids(&databases), NOTHING);
}

#[test]
fn searches_by_the_levels_above() {
    let databases = Databases::new();
    databases.store(&[
        instance(1, 1, 1, &[("00080020", "DA", json!("20240101")), ("00080050", "SH", json!("A"))]),
        instance(1, 2, 1, &[]),
        instance(2, 1, 1, &[("00080020", "DA", json!("20250101"))]),
    ]);
    assert_eq!(series().by("PatientID", "P1").uids(&databases), ["1.2.1.1", "1.2.1.2"]);

    assert_eq!(instances().by("StudyDate", "20250101").uids(&databases), ["1.2.2.1.1"]);
    assert_eq!(instances().by("AccessionNumber", "A").by("SeriesNumber", "2").uids(&databases), ["1.2.1.2.1"]);
}

#[test]
fn wants_one_series_to_match_all_keys_of_a_series() {
    let databases = Databases::new();
    databases.store(&[
        instance(1, 1, 1, &[("00080060", "CS", json!("CT")), ("00081070", "PN", name("Anna"))]),
        instance(1, 2, 1, &[("00080060", "CS", json!("MR")), ("00081070", "PN", name("Bert"))]),
    ]);
    let by = |modality, operator| studies().by("Modality", modality).by("OperatorsName", operator).uids(&databases);
    assert_eq!(by("CT", "Anna"), ["1.2.1"]);
    assert_eq!(by("CT", "Bert"), NOTHING);
}

#[test]
fn stays_within_its_study_and_series() {
    let databases = Databases::new();
    databases.store(&[instance(1, 1, 1, &[]), instance(1, 2, 1, &[]), instance(2, 1, 1, &[])]);
    assert_eq!(series().of_study("1.2.1").uids(&databases), ["1.2.1.1", "1.2.1.2"]);
    assert_eq!(instances().of_study("1.2.1").uids(&databases), ["1.2.1.1.1", "1.2.1.2.1"]);
    assert_eq!(instances().of_study("1.2.1").of_series("1.2.1.2").uids(&databases), ["1.2.1.2.1"]);
    assert_eq!(instances().of_study("1.2.2").of_series("1.2.1.2").uids(&databases), NOTHING);
    assert_eq!(instances().of_study("1.2.2").by("PatientID", "P1").uids(&databases), NOTHING);
    assert_eq!(studies().of_study("1.2.1").by("PatientID", "P*").uids(&databases), ["1.2.1"]);
}

#[test]
fn names_the_attribute_that_it_does_not_understand() {
    let unknown = studies().by("PatientNam", "x").parse().expect_err("a refusal");
    assert_eq!(unknown, QueryError::UnknownAttribute("PatientNam".into()));
    assert!(refused(studies().including("Nonsense")).contains("Nonsense"));
    assert!(refused(studies().by("StudyDate", "yesterday")).starts_with("StudyDate: a date is"));
    assert!(refused(studies().by("StudyInstanceUID", "1.2.*")).starts_with("StudyInstanceUID:"));
    assert!(refused(studies().by("PatientName.PatientID", "1")).starts_with("PatientName.PatientID:"));
    assert!(refused(studies().by("RequestAttributesSequence", "1")).starts_with("RequestAttributesSequence:"));
    assert!(refused(studies().by(&["00400275"; 40].join("."), "1")).contains("too deep"));
}

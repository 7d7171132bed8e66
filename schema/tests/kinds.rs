//! Kinds of matching that a request has to ask for, and places in the order of matches.

mod support;

use schema::search::QueryError;
use serde_json::{Value, json};
use support::asking::{Ask, instances, series, studies};
use support::{Databases, instance};

const NOTHING: [&str; 0] = [];

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

#[test]
fn matches_what_has_no_value() {
    let everything = [
        ("00100010", "PN", json!({"Alphabetic": "Doe"})),
        ("00080050", "SH", json!("A")),
        ("00080020", "DA", json!("20240101")),
        ("00081030", "LO", json!("Thorax")),
        ("00081070", "PN", json!({"Alphabetic": "Operator"})),
        ("00080070", "LO", json!("Maker")),
        ("00181210", "SH", json!("B30f")),
        ("00091001", "LO", json!("private")),
        ("00400275", "SQ", json!({"00400009": {"vr": "SH", "Value": ["S"]}})),
        ("00280010", "US", json!(16)),
    ];
    let odd = [("00080020", "DA", json!("soon")), ("00181210", "SH", json!(" ")), ("00100010", "PN", json!({}))];
    let databases = stored(&[&everything, &odd, &[]]);
    for name in ["PatientName", "AccessionNumber", "StudyDescription", "OperatorsName", "Manufacturer", "00091001"] {
        assert_eq!(sorted(studies().by(name, "\"\"").empty(), &databases), ["1.2.2", "1.2.3"], "{name}");
    }
    for name in ["ConvolutionKernel", "RequestAttributesSequence", "Rows", "0009{A}01"] {
        let expected: &[&str] = if name == "0009{A}01" { &["1.2.1", "1.2.2", "1.2.3"] } else { &["1.2.2", "1.2.3"] };
        assert_eq!(sorted(studies().by(name, "\"\"").empty(), &databases), expected, "{name}");
    }
    assert_eq!(studies().by("StudyDate", "\"\"").empty().uids(&databases), ["1.2.3"]);
    assert_eq!(studies().by("PatientID", "\"\"").empty().uids(&databases), NOTHING);
    assert_eq!(studies().by("ModalitiesInStudy", "\"\"").empty().uids(&databases), NOTHING);
    assert_eq!(studies().by("TimezoneOffsetFromUTC", "\"\"").empty().uids(&databases).len(), 3);
    assert_eq!(studies().by("AccessionNumber", "\"\"").uids(&databases), NOTHING);
}

#[test]
fn matches_items_in_which_something_is_missing() {
    let item = |text: Value| json!({"00080100": {"vr": "SH", "Value": [text]}});
    let without = json!({"00080104": {"vr": "LO", "Value": ["Head"]}});
    let databases = stored(&[&[("00081032", "SQ", item(json!("T")))], &[("00081032", "SQ", without)], &[]]);
    let by = studies().by("ProcedureCodeSequence.CodeValue", "\"\"").empty();
    assert_eq!(by.uids(&databases), ["1.2.2"]);
}

#[test]
fn wants_each_of_several_values_when_asked() {
    let databases = Databases::new();
    let mut several = instance(1, 1, 1, &[]);
    several
        .documents
        .instance
        .insert("00080008".into(), json!({"vr": "CS", "Value": ["ORIGINAL", "PRIMARY", "AXIAL"]}));
    let modality = |name: &str| vec![("00080060", "CS", json!(name))];
    databases.store(&[
        several,
        instance(1, 2, 1, &modality("PT")),
        instance(2, 1, 1, &[("00080008", "CS", json!("AXIAL"))]),
        instance(3, 1, 1, &modality("PT")),
    ]);
    let by = |name, value| studies().by(name, value);
    assert_eq!(by("ModalitiesInStudy", "CT\\PT").multiple().uids(&databases), ["1.2.1"]);
    assert_eq!(by("ModalitiesInStudy", "CT\\PT").uids(&databases).len(), 3);
    assert_eq!(by("ImageType", "AXIAL\\ORIGINAL").multiple().uids(&databases), ["1.2.1"]);
    assert_eq!(by("ImageType", "AXIAL\\DERIVED").multiple().uids(&databases), NOTHING);
    assert_eq!(by("StudyInstanceUID", "1.2.1\\1.2.2").multiple().uids(&databases).len(), 2);
}

#[test]
fn asks_all_keys_of_a_sequence_of_one_item() {
    let item = |value: &str, scheme: &str| json!({"00080100": {"vr": "SH", "Value": [value]}, "00080102": {"vr": "SH", "Value": [scheme]}});
    let databases = Databases::new();
    let mut two = instance(1, 1, 1, &[]);
    let above = two.documents.above_mut();
    for document in [&mut above.study, &mut above.series_identity] {
        let tag = if document.contains_key("0020000D") { "00081032" } else { "00400275" };
        document.insert(tag.into(), json!({"vr": "SQ", "Value": [item("A", "S1"), item("B", "S2")]}));
    }
    databases.store(&[two]);
    for sequence in ["ProcedureCodeSequence", "RequestAttributesSequence"] {
        let by = |value, scheme| {
            let name = |leaf| format!("{sequence}.{leaf}");
            studies().by(&name("CodeValue"), value).by(&name("CodingSchemeDesignator"), scheme).uids(&databases)
        };
        assert_eq!(by("A", "S1"), ["1.2.1"], "{sequence}");
        assert_eq!(by("A", "S2"), NOTHING, "{sequence}");
    }
}

#[test]
fn takes_dates_and_times_in_the_zone_of_the_request() {
    let at = |date: &'static str, time: &'static str, zone: &'static str| {
        let mut line = Vec::new();
        for (day, hour) in [("00080020", "00080030"), ("00080021", "00080031")] {
            line.extend([(day, "DA", json!(date)), (hour, "TM", json!(time))]);
        }
        line.extend([("0008002A", "DT", json!(format!("{date}{time}"))), ("00080201", "SH", json!(zone))]);
        line
    };
    // The same moment in three zones; a later one; one that says no zone; one without a time.
    let (a, b, c) = (at("20240102", "0030", "+0100"), at("20240101", "2330", "+0000"), at("20240101", "1830", "-0500"));
    let (d, e, f) = (at("20240102", "0030", "+0000"), at("20240101", "2330", ""), at("20240101", "", "-0500"));
    let databases = stored(&[&a, &b, &c, &d, &e, &f]);
    for (date, time, level) in [("StudyDate", "StudyTime", "study"), ("SeriesDate", "SeriesTime", "series")] {
        let by = |zone, keys: &[(&str, &str)]| {
            let ask = keys.iter().fold(studies().by("00080201", zone), |ask, (name, value)| ask.by(name, value));
            sorted(ask, &databases)
        };
        assert_eq!(by("+0000", &[(date, "20240101")]), ["1.2.1", "1.2.2", "1.2.3", "1.2.5", "1.2.6"], "{level}");
        assert_eq!(by("+0100", &[(date, "20240102")]), ["1.2.1", "1.2.2", "1.2.3", "1.2.4"], "{level}");
        assert_eq!(by(" 0100", &[(date, "20240102"), (time, "00-0059")]), ["1.2.1", "1.2.2", "1.2.3"], "{level}");
        assert_eq!(by("-0500", &[(time, "1830")]), ["1.2.1", "1.2.2", "1.2.3"], "{level}");
        assert_eq!(by("", &[(date, "20240102")]), ["1.2.1", "1.2.4"], "{level}");
    }
    let by = studies().by("00080201", "+0100").by("AcquisitionDateTime", "202401020030");
    assert_eq!(sorted(by, &databases), ["1.2.1", "1.2.2", "1.2.3"]);
    let found = &studies().by("00080201", "+0100").by("StudyDate", "20240102").matches(&databases)[0];
    assert!(found.contains_key("00080201"));
}

#[test]
fn finds_private_elements_by_their_creator() {
    let databases = stored(&[
        &[("00090010", "LO", json!("ACME 1.1")), ("00091001", "LO", json!("one")), ("00091002", "DS", json!("1.50"))],
        &[("00090011", "LO", json!("ACME 1.1")), ("00091101", "LO", json!("one")), ("00090010", "LO", json!("OTHER"))],
        &[("00090010", "LO", json!("OTHER")), ("00091001", "LO", json!("one"))],
    ]);
    assert_eq!(sorted(studies().by("0009{ACME 1.1}01", "o*"), &databases), ["1.2.1", "1.2.2"]);
    assert_eq!(studies().by("0009{ACME 1.1}02", "1.5").uids(&databases), ["1.2.1"]);
    assert_eq!(sorted(studies().by("00091001", "one"), &databases), ["1.2.1", "1.2.3"]);
    assert_eq!(studies().by("0009{ACME}01", "one").uids(&databases), NOTHING);
    let found = &instances().of_study("1.2.2").including("0009{ACME 1.1}01").matches(&databases)[0];
    assert_eq!((&found["00091101"]["Value"][0], &found["00090011"]["Value"][0]), (&json!("one"), &json!("ACME 1.1")));
    assert!(!found.contains_key("00090010"));
}

#[test]
fn combines_dates_and_times_in_documents() {
    let at =
        |date: &'static str, time: &'static str| vec![("00400244", "DA", json!(date)), ("00400245", "TM", json!(time))];
    let (a, b, c) = (at("20240101", "2300"), at("20240102", "0500"), at("20240102", "2300"));
    let databases = stored(&[&a, &b, &c]);
    let by = series().by("PerformedProcedureStepStartDate", "20240101-20240102");
    assert_eq!(sorted(by.by("PerformedProcedureStepStartTime", "22-06"), &databases), ["1.2.1.1", "1.2.2.1"]);
}

#[test]
fn goes_on_where_a_page_ended() {
    let databases = Databases::new();
    let dates = ["20240101", "", "20240103", "20240101", "", "20240102", "20240103"];
    for (number, date) in dates.iter().enumerate() {
        let line = [("00080020", "DA", json!(date)), ("00081030", "LO", json!(if number % 2 == 0 { "b" } else { "" }))];
        databases.store(&[instance(number as u32 + 1, 1, 1, &line), instance(number as u32 + 1, 2, 1, &[])]);
    }
    let asks = [
        studies(),
        studies().by("PatientID", "P*"),
        studies().ordered_by("-StudyDescription").ordered_by("StudyDate"),
        studies().ordered_by("StudyDescription").ordered_by("-StudyInstanceUID"),
        studies().ordered_by("StudyDate"),
        series(),
        instances(),
        series().ordered_by("-SeriesNumber"),
    ];
    for ask in asks {
        let all = ask.uids(&databases);
        for limit in 1..4 {
            let (mut paged, mut next) = (Vec::new(), None::<String>);
            loop {
                let page = next.iter().fold(ask.clone().page(0, limit), |ask, token| ask.after(token));
                paged.extend(page.uids(&databases));
                next = page.run(&databases).next;
                if next.is_none() {
                    break;
                }
            }
            assert_eq!(paged, all, "{limit} a page");
        }
    }
}

#[test]
fn counts_all_matches_when_asked() {
    let databases = stored(&[&[], &[], &[("00080060", "CS", json!("MR"))]]);
    let total = |ask: Ask| ask.counted().run(&databases).total;
    assert_eq!(total(studies().page(1, 1)), Some(3));
    assert_eq!(total(studies().by("ModalitiesInStudy", "CT").page(0, 0)), Some(2));
    assert_eq!(total(instances().by("PatientID", "P1")), Some(1));
    assert_eq!(total(studies().by("PatientID", "none")), Some(0));
    assert_eq!(studies().run(&databases).total, None);
}

#[test]
fn refuses_a_place_in_another_search() {
    let databases = stored(&[&[], &[]]);
    let token = studies().page(0, 1).run(&databases).next.expect("a second page");
    let refused = |ask: Ask| match ask.parse() {
        Err(QueryError::Attribute { attribute, .. }) => attribute,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(studies().after("5b5d")), "after");
    assert_eq!(refused(studies().by("PatientID", "P1").after(&token)), "after");
    assert_eq!(refused(series().after(&token)), "after");
    assert_eq!(refused(studies().page(1, 1).after(&token)), "after");
    assert!(studies().page(0, 7).after(&token).parse().is_ok());
}

#[test]
fn refuses_ranges_that_end_before_they_begin() {
    for (name, value) in [
        ("StudyDate", "20240102-20240101"),
        ("StudyTime", "2200-0600"),
        ("AcquisitionDateTime", "2024-2023"),
        ("PatientBirthDate", "20000101-19990101"),
    ] {
        let refused = studies().by(name, value).parse().expect_err(name).to_string();
        assert!(refused.starts_with(name), "{refused}");
    }
    assert!(studies().by("TimezoneOffsetFromUTC", "Berlin").parse().is_err());
    assert!(studies().by("00080201", "+0100").by("00080201", "+0200").parse().is_err());
    assert!(studies().by("SpecificCharacterSet", "ISO_IR 192").parse().is_ok());
}

//! What results hold (PS3.18 §10.6.3.3): the Attributes that are always returned, and their values.

use crate::requirement::{Requirement, Verdict, shall, should};
use crate::suite::{DICOM, Suite};

/// A match of the first Study has this element.
fn study(suite: &Suite, tag: &str, expected: &str) -> Verdict {
    suite.match_has(&suite.first(""), tag, expected)
}

/// The match of the CT Series has this element.
fn series(suite: &Suite, tag: &str, expected: &str) -> Verdict {
    suite.match_has(&format!("{}/series?Modality=CT", suite.subjects.ct[0].study()), tag, expected)
}

/// The match of the Instance of four frames has this element.
fn instance(suite: &Suite, tag: &str, expected: &str) -> Verdict {
    suite.match_has(&format!("{}/instances", suite.subjects.multi.series()), tag, expected)
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("WEB-10.6.3-001", "PS3.18 §10.6.3.3.1", "A Study has its Study Date.", |s| {
        study(s, "00080020", r#"{"vr":"DA","Value":["20250315"]}"#)
    }),
    shall("WEB-10.6.3-002", "PS3.18 §10.6.3.3.1", "A Study has its Study Time.", |s| {
        study(s, "00080030", r#"{"vr":"TM","Value":["101530.25"]}"#)
    }),
    shall("WEB-10.6.3-003", "PS3.18 §10.6.3.3.1", "A Study has its Accession Number.", |s| {
        study(s, "00080050", &format!(r#"{{"vr":"SH","Value":["AC{}"]}}"#, s.subjects.run))
    }),
    should("WEB-10.6.3-004", "PS3.18 §10.6.3.3.1", "A Study has its Instance Availability.", |s| {
        study(s, "00080056", r#"{"vr":"CS","Value":["ONLINE"]}"#)
    }),
    shall("WEB-10.6.3-005", "PS3.18 §10.6.3.3.1", "A Study has its Modalities in Study, all of them.", |s| {
        let (answer, matches) = s.search(&s.first(""))?;
        let found = matches.first().map(|found| found["00080061"]["Value"].clone()).unwrap_or_default();
        let mut modalities: Vec<&str> =
            found.as_array().into_iter().flatten().filter_map(|value| value.as_str()).collect();
        modalities.sort_unstable();
        answer.holds(modalities == ["CT", "OT"], format!("they are {modalities:?}")).map(drop)
    }),
    shall("WEB-10.6.3-006", "PS3.18 §10.6.3.3.1", "A Study has its Referring Physician's Name.", |s| {
        study(s, "00080090", r#"{"vr":"PN","Value":[{"Alphabetic":"Refer^Robert"}]}"#)
    }),
    should("WEB-10.6.3-007", "PS3.18 §10.6.3.3.1", "A Study has its Timezone Offset From UTC, if known.", |s| {
        study(s, "00080201", r#"{"vr":"SH","Value":["+0100"]}"#)
    }),
    shall("WEB-10.6.3-008", "PS3.18 §10.6.3.3.1", "A Study has its Retrieve URL, which resolves.", |s| {
        let (answer, matches) = s.search(&s.first(""))?;
        let url = matches.first().and_then(|found| found["00081190"]["Value"][0].as_str());
        let url = url.ok_or_else(|| answer.failed("there is no Retrieve URL"))?;
        s.status(&format!("{url}/metadata"), "application/dicom+json", 200)
    }),
    shall("WEB-10.6.3-009", "PS3.18 §10.6.3.3.1", "A Study has its Patient's Name.", |s| {
        study(s, "00100010", r#"{"vr":"PN","Value":[{"Alphabetic":"Conformance^Anna^Maria"}]}"#)
    }),
    shall("WEB-10.6.3-010", "PS3.18 §10.6.3.3.1", "A Study has its Patient's Name in all its groups.", |s| {
        let groups = r#"{"Alphabetic":"Yamada^Tarou","Ideographic":"山田^太郎","Phonetic":"やまだ^たろう"}"#;
        s.match_has(&s.second(""), "00100010", &format!(r#"{{"vr":"PN","Value":[{groups}]}}"#))
    }),
    shall("WEB-10.6.3-011", "PS3.18 §10.6.3.3.1", "A Study has its Patient ID.", |s| {
        study(s, "00100020", &format!(r#"{{"vr":"LO","Value":["{}"]}}"#, s.subjects.patient(0)))
    }),
    shall("WEB-10.6.3-012", "PS3.18 §10.6.3.3.1", "A Study has its Patient's Birth Date.", |s| {
        study(s, "00100030", r#"{"vr":"DA","Value":["19800229"]}"#)
    }),
    shall("WEB-10.6.3-013", "PS3.18 §10.6.3.3.1", "A Study has its Patient's Sex.", |s| {
        study(s, "00100040", r#"{"vr":"CS","Value":["F"]}"#)
    }),
    shall("WEB-10.6.3-014", "PS3.18 §10.6.3.3.1", "A Study has its Study Instance UID.", |s| {
        study(s, "0020000D", &format!(r#"{{"vr":"UI","Value":["{}"]}}"#, s.subjects.ct[0].study))
    }),
    shall("WEB-10.6.3-015", "PS3.18 §10.6.3.3.1", "A Study has its Study ID.", |s| {
        study(s, "00200010", r#"{"vr":"SH","Value":["SA_1"]}"#)
    }),
    shall("WEB-10.6.3-016", "PS3.18 §10.6.3.3.1", "A Study has its Number of Study Related Series.", |s| {
        study(s, "00201206", r#"{"vr":"IS","Value":[2]}"#)
    }),
    shall("WEB-10.6.3-017", "PS3.18 §10.6.3.3.1", "A Study has its Number of Study Related Instances.", |s| {
        study(s, "00201208", r#"{"vr":"IS","Value":[4]}"#)
    }),
    shall("WEB-10.6.3-018", "PS3.18 §10.6.3.3.2", "A Series has its Modality.", |s| {
        series(s, "00080060", r#"{"vr":"CS","Value":["CT"]}"#)
    }),
    shall("WEB-10.6.3-019", "PS3.18 §10.6.3.3.2", "A Series has its Series Description, if known.", |s| {
        series(s, "0008103E", r#"{"vr":"LO","Value":["Axial thin"]}"#)
    }),
    shall("WEB-10.6.3-020", "PS3.18 §10.6.3.3.2", "A Series has its Series Instance UID.", |s| {
        series(s, "0020000E", &format!(r#"{{"vr":"UI","Value":["{}"]}}"#, s.subjects.ct[0].series))
    }),
    shall("WEB-10.6.3-021", "PS3.18 §10.6.3.3.2", "A Series has its Series Number.", |s| {
        series(s, "00200011", r#"{"vr":"IS","Value":[1]}"#)
    }),
    shall("WEB-10.6.3-022", "PS3.18 §10.6.3.3.2", "A Series has its Number of Series Related Instances.", |s| {
        series(s, "00201209", r#"{"vr":"IS","Value":[3]}"#)
    }),
    shall(
        "WEB-10.6.3-023",
        "PS3.18 §10.6.3.3.2",
        "A Series has its Performed Procedure Step Start Date, if known.",
        |s| series(s, "00400244", r#"{"vr":"DA","Value":["20250315"]}"#),
    ),
    shall(
        "WEB-10.6.3-024",
        "PS3.18 §10.6.3.3.2",
        "A Series has its Performed Procedure Step Start Time, if known.",
        |s| series(s, "00400245", r#"{"vr":"TM","Value":["101500"]}"#),
    ),
    shall("WEB-10.6.3-025", "PS3.18 §10.6.3.3.2", "A Series has its Request Attributes Sequence, if known.", |s| {
        let (answer, matches) = s.search(&format!("{}/series?Modality=CT", s.subjects.ct[0].study()))?;
        let step = matches.first().map(|found| found["00400275"]["Value"][0]["00400009"]["Value"][0].to_string());
        answer.holds(step == Some(format!("\"SPS{}\"", s.subjects.run)), format!("the step is {step:?}")).map(drop)
    }),
    shall("WEB-10.6.3-026", "PS3.18 §10.6.3.3.2", "A Series has its Retrieve URL.", |s| {
        s.match_has_all(&format!("{}/series", s.subjects.ct[0].study()), &["00081190"])
    }),
    shall(
        "WEB-10.6.3-027",
        "PS3.18 §10.6.3.3.2",
        "A Series of a search of all Series has the Attributes of its Study.",
        |s| {
            s.match_has_all(
                &format!("/series?PatientID={}", s.subjects.patient(0)),
                &["0020000D", "00100020", "00080020", "00080050"],
            )
        },
    ),
    shall("WEB-10.6.3-028", "PS3.18 §10.6.3.3.3", "An Instance has its SOP Class UID.", |s| {
        instance(s, "00080016", r#"{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.7.2"]}"#)
    }),
    shall("WEB-10.6.3-029", "PS3.18 §10.6.3.3.3", "An Instance has its SOP Instance UID.", |s| {
        instance(s, "00080018", &format!(r#"{{"vr":"UI","Value":["{}"]}}"#, s.subjects.multi.instance))
    }),
    shall("WEB-10.6.3-030", "PS3.18 §10.6.3.3.3", "An Instance has its Instance Number.", |s| {
        instance(s, "00200013", r#"{"vr":"IS","Value":[1]}"#)
    }),
    shall("WEB-10.6.3-031", "PS3.18 §10.6.3.3.3", "An Instance has its Rows and Columns, if known.", |s| {
        instance(s, "00280010", r#"{"vr":"US","Value":[16]}"#)?;
        instance(s, "00280011", r#"{"vr":"US","Value":[16]}"#)
    }),
    shall("WEB-10.6.3-032", "PS3.18 §10.6.3.3.3", "An Instance has its Bits Allocated, if known.", |s| {
        instance(s, "00280100", r#"{"vr":"US","Value":[8]}"#)
    }),
    shall("WEB-10.6.3-033", "PS3.18 §10.6.3.3.3", "An Instance has its Number of Frames, if known.", |s| {
        instance(s, "00280008", r#"{"vr":"IS","Value":[4]}"#)
    }),
    shall("WEB-10.6.3-034", "PS3.18 §10.6.3.3.3", "An Instance has its Retrieve URL, which resolves.", |s| {
        let (answer, matches) = s.search(&format!("{}/instances", s.subjects.multi.series()))?;
        let url = matches.first().and_then(|found| found["00081190"]["Value"][0].as_str());
        let url = url.ok_or_else(|| answer.failed("there is no Retrieve URL"))?;
        s.status(url, DICOM, 200)
    }),
    shall(
        "WEB-10.6.3-035",
        "PS3.18 §10.6.3.3.3",
        "An Instance of a search of all Instances has the UIDs of Study and Series.",
        |s| {
            s.match_has_all(
                &format!("/instances?PatientID={}", s.subjects.patient(0)),
                &["0020000D", "0020000E", "00080060"],
            )
        },
    ),
    shall("WEB-10.6.3-036", "PS3.18 §10.6.3.3", "An Attribute that is a key is returned.", |s| {
        s.match_has_all(&s.first("&StudyDescription=Conformance*"), &["00081030"])
    }),
    shall("WEB-10.6.3-037", "PS3.18 §F.2.5", "An Attribute that is always returned and has no value is empty.", |s| {
        s.match_has(&s.second(""), "00080090", r#"{"vr":"PN"}"#)
    }),
];

//! Metadata resources (PS3.18 §10.4.1.1.2, §10.4.3.3.2), in JSON and XML.

use std::collections::BTreeSet;

use crate::requirement::{Requirement, Verdict, shall, should};
use crate::suite::{JSON, Suite, XML};

/// The metadata of a path are this many objects.
fn counts(suite: &Suite, path: &str, expected: usize) -> Verdict {
    let answer = suite.get(&format!("{path}/metadata"), JSON)?;
    let count = answer.array()?.len();
    answer.holds(count == expected, format!("expected {expected} objects, seen {count}")).map(drop)
}

/// The XML of the object that has all VRs holds this text.
fn xml_holds(suite: &Suite, expected: &str) -> Verdict {
    let answer = suite.get(&format!("{}/metadata", suite.subjects.rich.path()), XML)?;
    let text = String::from_utf8_lossy(&answer.part()?.body).into_owned();
    answer.holds(text.contains(expected), format!("the XML has no {expected}")).map(drop)
}

pub(super) const TABLE: &[Requirement] = &[
    shall("WEB-10.4.2-001", "PS3.18 §10.4.1.1.2", "/studies/{study}/metadata gives those of all Instances.", |s| {
        counts(s, &s.subjects.ct[0].study(), 4)
    }),
    shall("WEB-10.4.2-002", "PS3.18 §10.4.1.1.2", "…/series/{series}/metadata gives those of all Instances.", |s| {
        counts(s, &s.subjects.ct[0].series(), 3)
    }),
    shall(
        "WEB-10.4.2-003",
        "PS3.18 §10.4.1.1.2, §F.2.1",
        "…/instances/{instance}/metadata gives an array of one.",
        |s| counts(s, &s.subjects.ct[0].path(), 1),
    ),
    shall("WEB-10.4.2-004", "PS3.18 §10.4.1.1.2", "Metadata of a Series have each Instance once.", |s| {
        let answer = s.get(&format!("{}/metadata", s.subjects.ct[0].series()), JSON)?;
        let objects = answer.array()?;
        let uids: BTreeSet<_> = objects.iter().map(|object| object["00080018"]["Value"][0].to_string()).collect();
        answer.holds(uids.len() == 3, format!("there are {} SOP Instance UIDs", uids.len())).map(drop)
    }),
    shall("WEB-10.4.2-005", "PS3.18 §10.4.3.3.2", "Metadata hold every Attribute of the Instance.", |s| {
        let (answer, metadata) = s.metadata(&s.subjects.ct[0])?;
        let tags = ["00080008", "00080060", "00180015", "00200032", "00281052", "00400275", "7FE00010"];
        let lacking: Vec<_> = tags.iter().filter(|tag| metadata.get(**tag).is_none()).collect();
        answer.holds(lacking.is_empty(), format!("{lacking:?} are not there")).map(drop)
    }),
    shall("WEB-10.4.2-006", "PS3.18 §10.4.3.3.2", "Pixel Data are a BulkDataURI, not a value.", |s| {
        s.pixel_uri(&s.subjects.ct[0]).map(drop)
    }),
    shall("WEB-10.4.2-007", "PS3.18 §10.4.3.3.2", "Encapsulated Pixel Data are a BulkDataURI, not a value.", |s| {
        s.pixel_uri(&s.subjects.rle).map(drop)
    }),
    shall("WEB-10.4.2-008", "PS3.18 §F.2.2", "Metadata have no file meta information and no Group Length.", |s| {
        let (answer, metadata) = s.metadata(&s.subjects.ct[0])?;
        let bad: Vec<String> = metadata.as_object().into_iter().flat_map(|object| object.keys().cloned()).collect();
        let bad: Vec<_> = bad.iter().filter(|tag| tag.ends_with("0000") || tag.starts_with("0002")).collect();
        answer.holds(bad.is_empty(), format!("there is {bad:?}")).map(drop)
    }),
    should("WEB-10.4.2-009", "PS3.18 §10.4.3.3.2", "Metadata name the transfer syntaxes that there are.", |s| {
        let (answer, metadata) = s.metadata(&s.subjects.rle)?;
        let named = metadata["00083002"]["Value"].as_array().is_some_and(|uids| !uids.is_empty());
        answer.holds(named, "there is no Available Transfer Syntax UID (0008,3002)").map(drop)
    }),
    shall("WEB-10.4.2-010", "PS3.18 §8.5", "Metadata of a Study that is not there give 404.", |s| {
        s.status("/studies/2.25.1999/metadata", JSON, 404)
    }),
    shall("WEB-10.4.2-011", "PS3.18 §10.4.1.1.2", "Metadata of an object without Pixel Data are given.", |s| {
        let (answer, metadata) = s.metadata(&s.subjects.report)?;
        let words = &metadata["0040A730"]["Value"][0]["0040A160"]["Value"][0];
        answer.holds(words == "No finding at all", format!("the content is {words}")).map(drop)
    }),
    shall("WEB-10.4.2-012", "PS3.18 §10.4.4", "XML of a Series has a part for each Instance.", |s| {
        s.gives_parts(&format!("{}/metadata", s.subjects.ct[0].series()), XML, "application/dicom+xml", 3)
    }),
    shall("WEB-10.4.2-013", "PS3.19 §A.1", "The root of the XML is NativeDicomModel.", |s| {
        xml_holds(s, "<NativeDicomModel")
    }),
    shall("WEB-10.4.2-014", "PS3.19 §A.1", "An Attribute in XML has tag, vr and keyword.", |s| {
        xml_holds(s, "tag=\"00100020\"")?;
        xml_holds(s, "keyword=\"PatientID\"")
    }),
    shall("WEB-10.4.2-015", "PS3.19 §A.1", "A name in XML has its groups and components.", |s| {
        xml_holds(s, "<Ideographic")?;
        xml_holds(s, "<FamilyName>山田</FamilyName>")
    }),
    shall("WEB-10.4.2-016", "PS3.19 §A.1", "Values in XML are numbered.", |s| xml_holds(s, "number=\"2\"")),
    shall("WEB-10.4.2-017", "PS3.19 §A.1", "Items of a sequence in XML are numbered.", |s| {
        xml_holds(s, "<Item number=\"1\"")
    }),
    shall("WEB-10.4.2-018", "PS3.19 §A.1", "A private Attribute in XML names its creator.", |s| {
        xml_holds(s, "privateCreator=\"CONFORMANCE SUITE\"")
    }),
    shall("WEB-10.4.2-019", "PS3.19 §A.1", "Bulk data in XML have a URI.", |s| xml_holds(s, "<BulkData")),
];

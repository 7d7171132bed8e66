//! The DICOM JSON Model, rule by rule (PS3.18 Annex F).

use serde_json::Value;

use crate::requirement::{Requirement, shall};

/// Looks at every element of an object and of the items in it.
fn every(object: &Value, look: &mut dyn FnMut(&str, &Value)) {
    for (tag, element) in object.as_object().into_iter().flatten() {
        look(tag, element);
        for item in element["Value"].as_array().into_iter().flatten().filter(|_| element["vr"] == "SQ") {
            every(item, look);
        }
    }
}

pub(super) const TABLE: &[Requirement] = &[
    shall("WEB-F-001", "PS3.18 §F.2.2", "Names of Attributes are eight upper-case hexadecimal digits.", |s| {
        let (answer, metadata) = s.metadata(&s.subjects.rich)?;
        let mut bad = Vec::new();
        let is_tag = |tag: &str| tag.len() == 8 && tag.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
        every(&metadata, &mut |tag, _| {
            if !is_tag(tag) {
                bad.push(tag.to_owned())
            }
        });
        answer.holds(bad.is_empty(), format!("there is {bad:?}")).map(drop)
    }),
    shall("WEB-F-002", "PS3.18 §F.2.2", "Attributes are in ascending order of their names.", |s| {
        let (answer, _) = s.metadata(&s.subjects.rich)?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let places: Vec<_> =
            ["\"00080008\"", "\"00080016\"", "\"00100010\"", "\"00111001\"", "\"0020000D\"", "\"7FE00010\""]
                .iter()
                .map(|tag| text.find(tag))
                .collect();
        answer.holds(places.is_sorted() && !places.contains(&None), "they are not").map(drop)
    }),
    shall("WEB-F-003", "PS3.18 §F.2.2", "Every Attribute has a vr of two letters.", |s| {
        let (answer, metadata) = s.metadata(&s.subjects.rich)?;
        let mut bad = Vec::new();
        every(&metadata, &mut |tag, element| {
            if element["vr"].as_str().is_none_or(|vr| vr.len() != 2) {
                bad.push(tag.to_owned());
            }
        });
        answer.holds(bad.is_empty(), format!("{bad:?} have none")).map(drop)
    }),
    shall("WEB-F-004", "PS3.18 §F.2.2", "An Attribute has at most one of Value, BulkDataURI and InlineBinary.", |s| {
        let (answer, metadata) = s.metadata(&s.subjects.rich)?;
        let mut bad = Vec::new();
        every(&metadata, &mut |tag, element| {
            let forms = ["Value", "BulkDataURI", "InlineBinary"];
            if forms.iter().filter(|form| element.get(**form).is_some()).count() > 1 {
                bad.push(tag.to_owned());
            }
        });
        answer.holds(bad.is_empty(), format!("{bad:?} have more")).map(drop)
    }),
    shall("WEB-F-005", "PS3.18 §F.2.4", "Several values are an array of as many.", |s| {
        s.model("00080008", r#"{"vr":"CS","Value":["DERIVED","SECONDARY"]}"#)
    }),
    shall("WEB-F-006", "PS3.18 §F.2.4", "One value is an array of one.", |s| {
        s.model("00080060", r#"{"vr":"CS","Value":["OT"]}"#)
    }),
    shall("WEB-F-007", "PS3.18 §F.2.5", "An empty Attribute has a vr and nothing else.", |s| {
        s.model("00080070", r#"{"vr":"LO"}"#)
    }),
    shall("WEB-F-008", "PS3.18 §F.2.5", "An empty name has a vr and nothing else.", |s| {
        s.model("00080090", r#"{"vr":"PN"}"#)
    }),
    shall("WEB-F-009", "PS3.18 §F.2.5", "An empty sequence has a vr and nothing else.", |s| {
        s.model("00081111", r#"{"vr":"SQ"}"#)
    }),
    shall("WEB-F-010", "PS3.18 §F.2.5", "An empty value among others is null.", |s| {
        s.model("00180022", r#"{"vr":"CS","Value":["A",null,"C"]}"#)
    }),
    shall("WEB-F-011", "PS3.18 §F.2.5", "An empty name among others is null.", |s| {
        s.model("00081048", r#"{"vr":"PN","Value":[{"Alphabetic":"Alpha^A"},null,{"Alphabetic":"Gamma^C"}]}"#)
    }),
    shall("WEB-F-012", "PS3.18 §F.2.2", "A name is an object of its groups.", |s| {
        let groups = r#"{"Alphabetic":"Yamada^Tarou","Ideographic":"山田^太郎","Phonetic":"やまだ^たろう"}"#;
        s.model("00100010", &format!(r#"{{"vr":"PN","Value":[{groups}]}}"#))
    }),
    shall("WEB-F-013", "PS3.18 §F.2.2", "Items of a sequence are objects, an empty one an empty object.", |s| {
        let reference = r#"{"00081150":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.7"]},
            "00081155":{"vr":"UI","Value":["1.2.3.4"]}}"#;
        s.model("00081140", &format!(r#"{{"vr":"SQ","Value":[{reference},{{}}]}}"#))
    }),
    shall("WEB-F-014", "PS3.18 §F.2.2", "Sequences within items are kept.", |s| {
        let reference = r#"{"00081150":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.7"]},
            "00081155":{"vr":"UI","Value":["1.2.3.4"]}}"#;
        let series = r#""0020000E":{"vr":"UI","Value":["1.2.3"]}"#;
        let item = format!(r#"{{"00081199":{{"vr":"SQ","Value":[{reference}]}},{series}}}"#);
        s.model("00081115", &format!(r#"{{"vr":"SQ","Value":[{item}]}}"#))
    }),
    shall("WEB-F-015", "PS3.18 §F.2.3", "IS is a number.", |s| s.model("00200013", r#"{"vr":"IS","Value":[7]}"#))
        .noted("A string is allowed where the text could not be kept otherwise."),
    shall("WEB-F-016", "PS3.18 §F.2.3", "DS is a number.", |s| s.model("00101030", r#"{"vr":"DS","Value":[72.5]}"#)),
    shall("WEB-F-017", "PS3.18 §F.2.3", "US is a number.", |s| s.model("00280010", r#"{"vr":"US","Value":[16]}"#)),
    shall("WEB-F-018", "PS3.18 §F.2.3", "UL is a number, up to the greatest.", |s| {
        s.model("00081161", r#"{"vr":"UL","Value":[1,2,4294967295]}"#)
    }),
    shall("WEB-F-019", "PS3.18 §F.2.3", "SS is a number.", |s| s.model("00189219", r#"{"vr":"SS","Value":[-3]}"#)),
    shall("WEB-F-020", "PS3.18 §F.2.3", "SL is a number.", |s| s.model("00186020", r#"{"vr":"SL","Value":[-5]}"#)),
    shall("WEB-F-021", "PS3.18 §F.2.3", "FL is a number.", |s| s.model("00089459", r#"{"vr":"FL","Value":[12.5]}"#)),
    shall("WEB-F-022", "PS3.18 §F.2.3", "FD is a number.", |s| s.model("00189073", r#"{"vr":"FD","Value":[2.125]}"#)),
    shall("WEB-F-023", "PS3.18 §F.2.3", "AT is a string of eight upper-case hexadecimal digits.", |s| {
        s.model("00280009", r#"{"vr":"AT","Value":["00181063"]}"#)
    }),
    shall("WEB-F-024", "PS3.18 §F.2.3", "DA is a string.", |s| {
        s.model("00080020", r#"{"vr":"DA","Value":["20250401"]}"#)
    }),
    shall("WEB-F-025", "PS3.18 §F.2.3", "TM is a string.", |s| {
        s.model("00080030", r#"{"vr":"TM","Value":["081500"]}"#)
    }),
    shall("WEB-F-026", "PS3.18 §F.2.3", "DT is a string.", |s| {
        s.model("0008002A", r#"{"vr":"DT","Value":["20250401081500.123456+0100"]}"#)
    }),
    shall("WEB-F-027", "PS3.18 §F.2.3", "AS is a string.", |s| s.model("00101010", r#"{"vr":"AS","Value":["054Y"]}"#)),
    shall("WEB-F-028", "PS3.18 §F.2.3", "AE is a string.", |s| {
        s.model("00080054", r#"{"vr":"AE","Value":["STATION"]}"#)
    }),
    shall("WEB-F-029", "PS3.18 §F.2.3", "UI is a string without padding.", |s| {
        s.model("00080016", r#"{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.7"]}"#)
    }),
    shall("WEB-F-030", "PS3.18 §F.2.3", "UR is a string.", |s| {
        s.model("00080120", r#"{"vr":"UR","Value":["urn:oid:1.2.3"]}"#)
    }),
    shall("WEB-F-031", "PS3.18 §F.2.3", "UC is a string.", |s| {
        s.model("00080119", r#"{"vr":"UC","Value":["a code value that is longer than sixteen characters"]}"#)
    }),
    shall("WEB-F-032", "PS3.18 §F.2.3", "UT is a string.", |s| {
        s.model("0040A160", r#"{"vr":"UT","Value":["unlimited text"]}"#)
    }),
    shall("WEB-F-033", "PS3.18 §F.2.3", "LT is one string, with its line ends and backslashes.", |s| {
        s.model("00104000", r#"{"vr":"LT","Value":["line one\r\nline \"two\" \\ three"]}"#)
    }),
    shall("WEB-F-034", "PS3.18 §F.2.3", "ST is a string.", |s| {
        s.model("00400280", r#"{"vr":"ST","Value":["a comment"]}"#)
    }),
    shall("WEB-F-035", "PS3.18 §F.2.3", "Text of any language is kept.", |s| {
        s.model("00081030", r#"{"vr":"LO","Value":["Größe"]}"#)
    }),
    shall("WEB-F-036", "PS3.18 §F.2.2", "Private Attributes are kept with their creator.", |s| {
        s.model("00110010", r#"{"vr":"LO","Value":["CONFORMANCE SUITE"]}"#)?;
        s.model("00111001", r#"{"vr":"LO","Value":["private text"]}"#)
    }),
    shall("WEB-F-037", "PS3.18 §F.2.3", "A private Attribute keeps its VR.", |s| {
        s.model("00111002", r#"{"vr":"DS","Value":[3.25]}"#)
    }),
    shall("WEB-F-038", "PS3.18 §F.2.7", "OB is InlineBinary in base64, or a BulkDataURI.", |s| {
        s.binary("00111003", "OB", &[1, 2, 3, 4])
    }),
    shall("WEB-F-039", "PS3.18 §F.2.7", "UN is InlineBinary in base64, or a BulkDataURI.", |s| {
        s.binary("00111006", "UN", &[9, 8, 7, 6])
    }),
    shall("WEB-F-040", "PS3.18 §F.2.7", "OW is InlineBinary in base64, or a BulkDataURI.", |s| {
        s.binary("00111007", "OW", &[0, 1, 2, 3])
    }),
    shall("WEB-F-041", "PS3.18 §F.2.7", "OF is InlineBinary in base64, or a BulkDataURI.", |s| {
        s.binary("00111008", "OF", &1.5f32.to_le_bytes())
    }),
    shall("WEB-F-042", "PS3.18 §F.2.7", "OD is InlineBinary in base64, or a BulkDataURI.", |s| {
        s.binary("00111009", "OD", &1.5f64.to_le_bytes())
    }),
    shall("WEB-F-043", "PS3.18 §F.2.7", "OL is InlineBinary in base64, or a BulkDataURI.", |s| {
        s.binary("0011100A", "OL", &7u32.to_le_bytes())
    }),
    shall("WEB-F-044", "PS3.18 §F.2.7", "OV is InlineBinary in base64, or a BulkDataURI.", |s| {
        s.binary("0011100B", "OV", &7u64.to_le_bytes())
    }),
    shall("WEB-F-045", "PS3.18 §F.2.3", "SV is a number or a string.", |s| {
        s.model("00111004", r#"{"vr":"SV","Value":[-9]}"#)
            .or_else(|_| s.model("00111004", r#"{"vr":"SV","Value":["-9"]}"#))
    }),
    shall("WEB-F-046", "PS3.18 §F.2.3", "UV is a number or a string.", |s| {
        s.model("00111005", r#"{"vr":"UV","Value":[9]}"#)
            .or_else(|_| s.model("00111005", r#"{"vr":"UV","Value":["9"]}"#))
    }),
];

//! An object as JSON and XML, and both as bytes again: they must say the same.

#![allow(dead_code, reason = "each test uses a part of it")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_set::json::{self, BULK_DATA_MARK, Bulk, JsonOptions};
use data_set::model::{self, Attribute, ModelError, Piece};
use data_set::{DataSet, explicit};
use serde_json::Value;

/// The bytes of a data set, its bulk data left out.
pub fn to_bytes(attributes: Vec<Attribute>) -> Result<Vec<u8>, ModelError> {
    let encoded = model::encode(attributes)?;
    Ok(encoded
        .pieces
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Bytes(bytes) => Some(bytes),
            Piece::BulkData { .. } => None,
        })
        .collect::<Vec<_>>()
        .concat())
}

/// The JSON of a data set; its bulk data are left out.
fn to_json(set: &DataSet) -> String {
    let mut out = Vec::new();
    json::write(set.root(), &JsonOptions { inline_limit: 4096, bulk: Bulk::Omit, keep: &|_, _| true }, &mut out);
    let text = String::from_utf8(out).expect("JSON is UTF-8");
    assert!(!text.contains(BULK_DATA_MARK));
    text
}

/// Object → JSON → bytes → JSON, and object → XML → bytes → XML, say the same.
pub fn there_and_back(name: &str, set: &DataSet) {
    let json = to_json(set);
    let attributes = match model::from_json(json.as_bytes()) {
        Ok(attributes) => attributes,
        // serde_json goes some forty sequences deep, where a damaged object may go deeper.
        Err(error) if error.reason.contains("recursion limit") => return,
        Err(error) => panic!("{name}: {error}"),
    };
    if attributes.is_empty() {
        return;
    }
    let xml = model::to_xml(&attributes);
    let from_xml = model::from_xml(&xml).unwrap_or_else(|error| panic!("{name}: {error}"));
    let bytes = match to_bytes(attributes) {
        Ok(bytes) => bytes,
        // Only damaged objects, and Implicit VR, hold such values.
        Err(error) if ["not ASCII", "longer than an element"].iter().any(|words| error.reason.contains(words)) => {
            return;
        }
        Err(error) => panic!("{name}: {error}"),
    };
    let again = to_json(&read(&bytes));
    let [first, second] = [&json, &again].map(|text| without_character_sets(serde_json::from_str(text).expect("JSON")));
    assert_alike(name, &first, &second);

    let xml = model::to_xml(&from_xml);
    // What was padded or rounded once differs in XML too.
    let is_mended = first != second;
    let bytes = to_bytes(from_xml).unwrap_or_else(|error| panic!("{name}: {error}"));
    let again = model::from_json(to_json(&read(&bytes)).as_bytes()).expect("what was written is read");
    // Private elements may lie in other blocks, which XML does not tell.
    let [first, second] = [xml, model::to_xml(&again)].map(|xml| without_character_sets_in_xml(&xml));
    assert!(first == second || is_mended, "{name}: {first}\n{second}");
}

fn without_character_sets_in_xml(xml: &[u8]) -> String {
    let text = std::str::from_utf8(xml).expect("XML is UTF-8");
    let start = text.find("<DicomAttribute").unwrap_or_default();
    let text = text[start..].replace("/><DicomAttribute", "></DicomAttribute><DicomAttribute");
    let attributes = text.split_inclusive("</DicomAttribute>");
    attributes.filter(|attribute| !attribute.contains("SpecificCharacterSet")).collect()
}

fn read(bytes: &[u8]) -> DataSet {
    let file = [explicit::file_meta("1.2", "1.2.3", "1.2.840.10008.1.2.1", None), bytes.to_vec()].concat();
    data_set::read(&file).expect("what was written is read")
}

fn without_character_sets(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(name, _)| name != "00080005");
            Value::Object(kept.map(|(name, value)| (name, without_character_sets(value))).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(without_character_sets).collect()),
        other => other,
    }
}

/// Equal, but for the last digits of a Decimal String that was too long.
fn assert_alike(name: &str, first: &Value, second: &Value) {
    match (first, second) {
        (Value::Object(one), Value::Object(other)) => {
            assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "{name}");
            one.iter()
                .zip(other.values())
                .for_each(|((key, one), other)| assert_alike(&format!("{name}/{key}"), one, other));
        }
        (Value::Array(one), Value::Array(other)) => {
            assert_eq!(one.len(), other.len(), "{name}: {first} {second}");
            one.iter().zip(other).for_each(|(one, other)| assert_alike(name, one, other));
        }
        (Value::Number(one), Value::Number(other)) => {
            let [one, other] = [one, other].map(|number| number.as_f64().expect("a number"));
            assert!((one - other).abs() <= one.abs() * 1e-9, "{name}: {one} {other}");
        }
        // An odd value is padded.
        (Value::String(one), Value::String(other)) if name.ends_with("InlineBinary") => {
            let [one, other] = [one, other].map(|text| STANDARD.decode(text).expect("Base64"));
            assert!(one == other || [&one[..], &[0]].concat() == other, "{name}");
        }
        _ => assert_eq!(first, second, "{name}"),
    }
}

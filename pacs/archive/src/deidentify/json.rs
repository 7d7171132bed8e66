//! The same as `object` for a DICOM JSON object (PS3.18 Annex F): metadata, and what a search found.

use data_set::VR;
use data_set::json::BULK_DATA_MARK;
use schema::attribute::{parse_tag, tag_name};
use serde_json::{Map, Value, json};

use super::treatment::{self, Treatment};
use super::{Disguise, MARKED, METHOD_CODES, METHODS, values};

/// An element as it may be told; `None`: it may not.
pub(super) fn element(tag: (u16, u16), mut element: Value, disguise: &Disguise, at_root: bool) -> Option<Value> {
    let members = element.as_object_mut()?;
    let vr: VR = members.get("vr")?.as_str()?.parse().ok()?;
    // Pictures within sequences.
    if tag.0 == 0x7FE0 && !at_root {
        return None;
    }
    let known = treatment::vr(tag, vr);
    match treatment::of(tag, vr) {
        Treatment::Keep if vr == VR::SQ => {
            for item in members.get_mut("Value").and_then(Value::as_array_mut).into_iter().flatten() {
                disguise_item(item, disguise);
            }
        }
        Treatment::Keep if is_plain(known, members) => {}
        Treatment::Keep | Treatment::Empty => set(members, None),
        Treatment::Remove => return None,
        Treatment::Dummy => {
            members.insert("vr".to_owned(), json!(known.to_string()));
            set(members, dummy(known));
        }
        Treatment::OwnUid => each(members, |uid| Some(disguise.uid(uid))),
        Treatment::Uid => each(members, |uid| Some(disguise.other_uid(uid))),
        Treatment::Time => each(members, values::time),
        Treatment::Move => each(members, |date| disguise.moved(date)),
        Treatment::Patient if at_root => {
            let text = disguise.patient();
            set(members, Some(if vr == VR::PN { json!({ "Alphabetic": text }) } else { json!(text) }));
        }
        Treatment::Patient => set(members, None),
        Treatment::Accession => each(members, |number| Some(disguise.accession(number))),
    }
    Some(element)
}

/// The metadata of an object as they may be told, with what says so. `None` when they cannot be read.
pub(super) fn metadata(json: &[u8], disguise: &Disguise) -> Option<(Map<String, Value>, Vec<u8>)> {
    let stored: Map<String, Value> = stored(json)?;
    let mut told = Map::new();
    for (name, stored) in &stored {
        let treated = parse_tag(name).and_then(|tag| element(tag, stored.clone(), disguise, true));
        told.extend(treated.map(|treated| (name.clone(), treated)));
    }
    told.extend(marks());
    let text = text(&Value::Object(told));
    Some((stored, text.into_bytes()))
}

/// JSON with the mark in it.
pub(super) fn text(value: &Value) -> String {
    value.to_string().replace(&format!("{URI}{ESCAPED}"), &format!("{URI}{BULK_DATA_MARK}"))
}

/// Whether an element of VR SQ stays as a sequence, its Items treated one by one.
pub(super) fn is_kept_sequence(tag: (u16, u16), at_root: bool) -> bool {
    (at_root || tag.0 != 0x7FE0) && treatment::of(tag, VR::SQ) == Treatment::Keep
}

/// Metadata, or an element of them, as they are stored. `None` when they cannot be read.
pub(super) fn stored<T: serde::de::DeserializeOwned>(json: &[u8]) -> Option<T> {
    // The mark before the path of a bulk value is no JSON on purpose. Between these quotation marks nothing else begins so.
    let text = std::str::from_utf8(json).ok()?.replace(&format!("{URI}{BULK_DATA_MARK}"), &format!("{URI}{ESCAPED}"));
    serde_json::from_str(&text).ok()
}

/// What stands before a bulk value's place in the text.
const URI: &str = "\"BulkDataURI\":\"";
/// [`BULK_DATA_MARK`] as JSON writes it.
const ESCAPED: &str = "\\u0001bulk\\u0001";

fn disguise_item(item: &mut Value, disguise: &Disguise) {
    let Some(stored) = item.as_object_mut().map(std::mem::take) else {
        *item = Value::Null;
        return;
    };
    let treated = stored.into_iter().filter_map(|(name, stored)| {
        let treated = element(parse_tag(&name)?, stored, disguise, false)?;
        Some((name, treated))
    });
    *item = Value::Object(treated.collect());
}

/// Whether values are what their VR says. Those that are elsewhere are looked at where they are asked for; the ones in the
/// element itself are bytes that nobody knew the VR of.
fn is_plain(vr: VR, members: &Map<String, Value>) -> bool {
    let is_one = |value: &Value| value.as_str().is_none_or(|text| values::is_plain(vr, Some(text.as_bytes())));
    let is_bytes = members.contains_key("InlineBinary") && !values::is_plain(vr, None);
    !is_bytes && members.get("Value").and_then(Value::as_array).is_none_or(|values| values.iter().all(is_one))
}

/// Gives an element one value, or none.
fn set(members: &mut Map<String, Value>, value: Option<Value>) {
    members.retain(|name, _| name == "vr");
    if let Some(value) = value {
        members.insert("Value".to_owned(), json!([value]));
    }
}

/// Each of several texts; what is no text is left out.
fn each(members: &mut Map<String, Value>, with: impl Fn(&str) -> Option<String>) {
    let stored = members.remove("Value");
    members.retain(|name, _| name == "vr");
    let Some(Value::Array(stored)) = stored else { return };
    let with = |value: &Value| {
        let text = value.as_str().map(|text| text.trim_matches(['\0', ' '])).filter(|text| !text.is_empty());
        text.filter(|text| text.is_ascii()).and_then(&with).map_or(Value::Null, Value::String)
    };
    let values: Vec<Value> = stored.iter().map(with).collect();
    if values.iter().any(|value| !value.is_null()) {
        members.insert("Value".to_owned(), Value::Array(values));
    }
}

fn dummy(vr: VR) -> Option<Value> {
    match vr {
        VR::PN => Some(json!({ "Alphabetic": values::REMOVED })),
        VR::DS | VR::IS | VR::US | VR::SS | VR::UL | VR::SL | VR::FL | VR::FD | VR::UV | VR::SV => Some(json!(0)),
        _ => values::text_dummy(vr).map(Value::from),
    }
}

/// The elements that say what was done, in their order.
pub(super) fn marks() -> [(String, Value); 4] {
    let code = |(code, meaning): &(&str, &str)| {
        json!({
            "00080100": { "vr": "SH", "Value": [code] },
            "00080102": { "vr": "SH", "Value": ["DCM"] },
            "00080104": { "vr": "LO", "Value": [meaning] },
        })
    };
    let codes: Vec<Value> = METHOD_CODES.iter().map(code).collect();
    let elements = [
        json!({ "vr": "CS", "Value": ["YES"] }),
        json!({ "vr": "LO", "Value": METHODS }),
        json!({ "vr": "SQ", "Value": codes }),
        json!({ "vr": "CS", "Value": [MARKED] }),
    ];
    let mut names = treatment::MARKS.map(tag_name).into_iter();
    elements.map(|element| (names.next().unwrap_or_default(), element))
}

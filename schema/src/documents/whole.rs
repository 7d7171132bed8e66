//! Whole data sets as documents: worklist items and performed steps, of which every attribute comes back.

use serde_json::{Map, Value};

use super::{FOLDED, is_bulk};
use crate::attribute::parse_tag;
use crate::element::fold_groups;

/// Makes a data set fit for a `jsonb` column: no NUL characters, no values that come apart, names folded beside
/// themselves. Group lengths, file meta information and the character set, which is UTF-8 now, are left out. `None` when
/// it has more than `most` bytes, roughly.
pub fn whole(mut attributes: Map<String, Value>, most: usize) -> Option<Map<String, Value>> {
    let mut room = most;
    data_set(&mut attributes, &mut room)?;
    Some(attributes)
}

/// Takes our own members out again, before a document is an answer.
pub fn answer(document: &mut Map<String, Value>) {
    document.values_mut().for_each(crate::search::remove_folded);
}

fn data_set(attributes: &mut Map<String, Value>, room: &mut usize) -> Option<()> {
    attributes.retain(|name, element| {
        let belongs = parse_tag(name).is_some_and(|tag| tag.0 >= 0x0008 && tag.1 != 0 && tag != (0x0008, 0x0005));
        belongs && element.is_object() && (!is_bulk(element) || element.get("InlineBinary").is_some())
    });
    attributes.values_mut().try_for_each(|element| self::element(element, room))
}

fn element(element: &mut Value, room: &mut usize) -> Option<()> {
    let members = element.as_object_mut()?;
    members.retain(|name, _| matches!(name.as_str(), "vr" | "Value" | "InlineBinary"));
    spend(room, 24 + members.get("InlineBinary").and_then(Value::as_str).map_or(0, str::len))?;
    let is_name = members.get("vr").and_then(Value::as_str) == Some("PN");
    let Some(Value::Array(values)) = members.get_mut("Value") else { return Some(()) };
    values.iter_mut().try_for_each(|value| self::value(value, is_name, room))?;
    if is_name {
        let folded = values.iter().filter_map(fold_groups).map(Value::String).collect();
        members.insert(FOLDED.to_owned(), Value::Array(folded));
    }
    Some(())
}

fn value(value: &mut Value, is_name: bool, room: &mut usize) -> Option<()> {
    match value {
        Value::String(text) => {
            text.retain(|character| character != '\0');
            spend(room, text.len())
        }
        Value::Object(groups) if is_name => groups.values_mut().try_for_each(|group| self::value(group, false, room)),
        Value::Object(item) => data_set(item, room),
        _ => spend(room, 8),
    }
}

fn spend(room: &mut usize, bytes: usize) -> Option<()> {
    *room = room.checked_sub(bytes)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fit(value: Value, most: usize) -> Option<Value> {
        whole(value.as_object().cloned()?, most).map(Value::Object)
    }

    #[test]
    fn keeps_everything_that_has_a_place() {
        let given = json!({
            "00080005": { "vr": "CS", "Value": ["ISO_IR 100"] },
            "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Mü\u{0}ller" }], "other": 1 },
            "00400100": { "vr": "SQ", "Value": [{ "00400006": { "vr": "PN", "Value": [{ "Alphabetic": "Ray" }] } }] },
            "00091010": { "vr": "OB", "InlineBinary": "AA==" },
            "7FE00010": { "vr": "OW", "BulkDataURI": "x" },
        });
        let kept = json!({
            "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Müller" }], "folded": ["muller"] },
            "00400100": { "vr": "SQ", "Value": [
                { "00400006": { "vr": "PN", "Value": [{ "Alphabetic": "Ray" }], "folded": ["ray"] } },
            ] },
            "00091010": { "vr": "OB", "InlineBinary": "AA==" },
        });
        assert_eq!(fit(given, 1 << 20), Some(kept));
    }

    #[test]
    fn refuses_what_is_too_large() {
        let long = json!({ "00104000": { "vr": "LT", "Value": ["x".repeat(2_000)] } });
        assert!(fit(long.clone(), 1_000).is_none());
        assert!(fit(long, 3_000).is_some());
    }
}

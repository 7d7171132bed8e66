//! The Identifier of a worklist query as keys and return keys (PS3.4 §K.2.2.1, §K.4.1.1.3).

use archive::attribute::{self, Matching};
use archive::worklist::WorklistSearch;
use serde_json::{Map, Value};

/// Specific Character Set (0008,0005): says how the Identifier is encoded, and is no key.
const CHARACTER_SET: &str = "00080005";

/// Reads an Identifier; the second is whether every key can be matched.
pub(super) fn read(identifier: &Map<String, Value>) -> (WorklistSearch, bool) {
    let mut keys = Keys { search: WorklistSearch::default(), all_matched: true };
    keys.data_set("", identifier);
    (keys.search, keys.all_matched)
}

struct Keys {
    search: WorklistSearch,
    all_matched: bool,
}

impl Keys {
    fn data_set(&mut self, above: &str, attributes: &Map<String, Value>) {
        for (tag, element) in attributes.iter().filter(|(tag, _)| *tag != CHARACTER_SET) {
            let path = format!("{above}{tag}");
            let values = element.get("Value").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let Some(known) = attribute::parse_tag(tag).and_then(attribute::by_tag) else {
                self.all_matched &= values.is_empty();
                continue;
            };
            if element.get("vr").is_some_and(|vr| vr == "SQ") {
                self.sequence(&path, values);
                continue;
            }
            let value = values.iter().filter_map(text).collect::<Vec<_>>().join("\\");
            if known.matching() == Matching::Nothing && !value.is_empty() {
                self.all_matched = false;
                self.search.include.push(path);
            } else {
                self.search.matching.push((path, value));
            }
        }
    }

    /// A sequence without Items, or with an empty one, is wanted as a whole; one Item holds keys.
    fn sequence(&mut self, path: &str, items: &[Value]) {
        match items.iter().filter_map(Value::as_object).find(|item| !item.is_empty()) {
            Some(item) => self.data_set(&format!("{path}."), item),
            None => self.search.include.push(path.to_owned()),
        }
        // More than one Item is no query (PS3.4 §C.2.2.2.6): the first one is asked for.
        self.all_matched &= items.len() <= 1;
    }
}

/// A value as a query has it: component groups of names with `=` between them.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(groups) => {
            let group = |name| groups.get(name).and_then(Value::as_str).unwrap_or_default();
            let name = [group("Alphabetic"), group("Ideographic"), group("Phonetic")].join("=");
            Some(name.trim_end_matches('=').to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_json(identifier: Value) -> (WorklistSearch, bool) {
        read(identifier.as_object().expect("an object"))
    }

    #[test]
    fn reads_keys_inside_the_sequence_and_outside() {
        let (search, all_matched) = read_json(json!({
            "00080005": { "vr": "CS", "Value": ["ISO_IR 192"] },
            "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Doe*", "Phonetic": "x" }] },
            "00100020": { "vr": "LO" },
            "00400100": { "vr": "SQ", "Value": [{
                "00080060": { "vr": "CS", "Value": ["CT"] },
                "00400008": { "vr": "SQ" },
            }] },
        }));
        let keys: Vec<(&str, &str)> = search.matching.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(keys, [("00100010", "Doe*==x"), ("00100020", ""), ("00400100.00080060", "CT")]);
        assert_eq!(search.include, ["00400100.00400008"]);
        assert!(all_matched);
    }

    #[test]
    fn says_when_a_key_cannot_be_matched() {
        for identifier in [
            json!({ "0008FFF1": { "vr": "UN", "Value": ["x"] } }),
            json!({ "7FE00010": { "vr": "OW", "Value": ["x"] } }),
            json!({ "00400100": { "vr": "SQ", "Value": [{}, {}] } }),
        ] {
            assert!(!read_json(identifier).1);
        }
    }
}

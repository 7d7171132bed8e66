//! Which attributes of a document come back, those inside sequences too.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::answer::remove_folded;
use super::path::Path;
use crate::attribute;

/// What PS3.4 Table K.6-1 gives a return key type of 1 or 2 (1C and 2C are those of the Items), by path.
#[rustfmt::skip]
const REQUIRED: &[&str] = &[
    "00400100.00400001", "00400100.00400002", "00400100.00400003", "00400100.00080060", "00400100.00400006",
    "00400100.00400007", "00400100.00400008", "00400100.00400009", "00400100.00400010", "00400100.00400011",
    "00400100.00400012", "00400100.00400020", "00400100.00321070",
    // Requested Procedure.
    "00401001", "00321060", "00321064", "0020000D", "00081110", "00401003", "00401004",
    // Imaging Service Request.
    "00080050", "00321032", "00080090",
    // Visit.
    "00380010", "00380300", "00081120",
    // Patient.
    "00100010", "00100020", "00100021", "00100030", "00100040", "00101030", "00102000", "00102110", "001021C0",
    "00380050", "00380500", "00403001",
];

/// Attributes that are wanted, by tag.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    all: bool,
    inside: BTreeMap<String, Wanted>,
}

impl Wanted {
    /// Everything.
    pub(super) fn all() -> Self {
        Self { all: true, inside: BTreeMap::new() }
    }

    /// Adds an attribute. A sequence that is named as a whole comes back as a whole.
    pub(super) fn want(&mut self, path: &Path) {
        self.want_tags(path.steps().iter().map(|step| step.attribute.name()));
    }

    /// Adds what an answer to a query of the worklist always holds.
    pub(super) fn want_required(&mut self) {
        for path in REQUIRED {
            self.want_tags(path.split('.').map(str::to_owned));
        }
    }

    fn want_tags(&mut self, tags: impl Iterator<Item = String>) {
        let mut place = self;
        for tag in tags {
            place = place.inside.entry(tag).or_default();
        }
        place.all = true;
    }

    /// Whether an attribute of the document itself is wanted.
    pub(super) fn has(&self, tag: &str) -> bool {
        self.all || self.inside.contains_key(tag)
    }

    /// What is wanted of a document: what has no value comes back empty.
    pub(super) fn of(&self, document: Value) -> Map<String, Value> {
        let Value::Object(mut document) = document else { return Map::new() };
        let mut wanted = self.part(&mut document);
        wanted.values_mut().for_each(remove_folded);
        wanted
    }

    fn part(&self, document: &mut Map<String, Value>) -> Map<String, Value> {
        let mut found = if self.all { std::mem::take(document) } else { Map::new() };
        for (tag, inside) in &self.inside {
            let element = found.remove(tag).or_else(|| document.remove(tag));
            found.insert(tag.clone(), element.map_or_else(|| nothing(tag), |element| inside.of_element(element)));
        }
        found
    }

    fn of_element(&self, mut element: Value) -> Value {
        if !self.inside.is_empty()
            && let Some(Value::Array(items)) = element.get_mut("Value")
        {
            for item in items.iter_mut().filter_map(Value::as_object_mut) {
                *item = self.part(item);
            }
        }
        element
    }
}

fn nothing(tag: &str) -> Value {
    let vr = attribute::parse_tag(tag).and_then(attribute::by_tag).map_or("UN", |known| known.vr.to_string());
    json!({ "vr": vr })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(paths: &[&str]) -> Wanted {
        let mut wanted = Wanted::default();
        paths.iter().for_each(|path| wanted.want(&Path::parse(path).expect("a path")));
        wanted
    }

    fn document() -> Value {
        json!({
            "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Doe" }], "folded": ["doe"] },
            "00400100": { "vr": "SQ", "Value": [{
                "00400001": { "vr": "AE", "Value": ["CT1"] },
                "00400006": { "vr": "PN", "Value": [{ "Alphabetic": "Ray" }], "folded": ["ray"] },
            }] },
        })
    }

    #[test]
    fn gives_attributes_of_items_alone_or_with_the_whole_item() {
        let part = wanted(&["00400100.00400001", "00400100.00400009"]).of(document());
        let item = json!({ "00400001": { "vr": "AE", "Value": ["CT1"] }, "00400009": { "vr": "SH" } });
        assert_eq!(Value::Object(part), json!({ "00400100": { "vr": "SQ", "Value": [item] } }));
        let whole = wanted(&["00400100"]).of(document());
        assert_eq!(
            whole["00400100"]["Value"][0]["00400006"],
            json!({ "vr": "PN", "Value": [{ "Alphabetic": "Ray" }] })
        );
    }

    #[test]
    fn gives_what_is_not_there_without_a_value() {
        let part = wanted(&["PatientBirthDate", "00100010"]).of(document());
        assert_eq!(part["00100030"], json!({ "vr": "DA" }));
        assert_eq!(part["00100010"], json!({ "vr": "PN", "Value": [{ "Alphabetic": "Doe" }] }));
    }

    #[test]
    fn gives_everything_once() {
        let mut all = Wanted::all();
        all.want_required();
        let whole = all.of(document());
        assert_eq!(whole["00400100"]["Value"][0]["00400001"]["Value"][0], "CT1");
        assert_eq!(whole["00400100"]["Value"][0]["00400006"]["Value"][0]["Alphabetic"], "Ray");
        assert_eq!(whole["00380050"], json!({ "vr": "LO" }));
    }
}

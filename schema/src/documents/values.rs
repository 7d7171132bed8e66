//! The values of one attribute of an instance, wherever its documents have it.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Documents, FOLDED};
use crate::attribute::tag_name;
use crate::search::{Path, Step};

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held<'a> {
    /// A component group of a name, folded ([`crate::fold::fold_person_name`]).
    Name(&'a str),
    /// Anything else, as text.
    Text(Cow<'a, str>),
}

impl Documents {
    /// All values of an attribute, personal or not; of every Item, where it is in sequences. A value that is kept in both
    /// databases comes twice.
    pub fn values(&self, path: &Path) -> Vec<Held<'_>> {
        let above = self.above();
        let identity = [&above.patient, &above.study_identity, &above.series_identity, &self.instance_identity];
        let mut found = Vec::new();
        for document in identity.into_iter().chain([&above.study, &above.series, &self.instance]) {
            collect(document, path.steps(), &mut found);
        }
        found
    }
}

fn collect<'a>(document: &'a Map<String, Value>, steps: &[Step], found: &mut Vec<Held<'a>>) {
    let Some((step, deeper)) = steps.split_first() else { return };
    let Some(element) = element(document, step) else { return };
    let member = |name| element.get(name).and_then(Value::as_array).into_iter().flatten();
    if !deeper.is_empty() {
        return member("Value").filter_map(Value::as_object).for_each(|item| collect(item, deeper, found));
    }
    found.extend(member(FOLDED).filter_map(Value::as_str).map(Held::Name));
    found.extend(member("Value").filter_map(|value| match value {
        Value::String(text) => Some(Held::Text(text.trim().into())),
        Value::Number(number) => Some(Held::Text(number.to_string().into())),
        _ => None,
    }));
}

/// The element that a step names; a private one of a creator in the block that this has reserved (PS3.5 §7.8.1).
fn element<'a>(document: &'a Map<String, Value>, step: &Step) -> Option<&'a Value> {
    let (group, element) = step.attribute.tag;
    let Some(creator) = &step.creator else { return document.get(&step.attribute.name()) };
    (0x10..=0xFF).find_map(|block| {
        let reserved = document.get(&tag_name((group, block)))?;
        let is_theirs = reserved.get("Value")?.get(0)?.as_str()?.trim() == creator;
        is_theirs.then(|| document.get(&tag_name((group, (block << 8) | (element & 0xFF))))).flatten()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_values_in_both_homes_in_sequences_and_by_creator() {
        let Value::Object(attributes) = json!({
            "00080080": { "vr": "LO", "Value": ["St. Anna "] },
            "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Müller^Ada", "Ideographic": "山田" }] },
            "00180050": { "vr": "DS", "Value": [1.5] },
            "00400275": { "vr": "SQ", "Value": [
                { "00400009": { "vr": "SH", "Value": ["S1"] }, "00321060": { "vr": "LO", "Value": ["Head"] } },
                { "00400009": { "vr": "SH", "Value": ["S2"] } },
            ] },
            "00290010": { "vr": "LO", "Value": ["OTHER"] },
            "00290011": { "vr": "LO", "Value": ["ACME 1.0"] },
            "00291001": { "vr": "LO", "Value": ["no"] },
            "00291101": { "vr": "LO", "Value": ["yes"] },
        }) else {
            panic!("an object")
        };
        let documents = Documents::split(attributes);
        let values = |path: &str| -> Vec<String> {
            let found = documents.values(&Path::parse(path).expect("a path"));
            let mut found: Vec<String> = found
                .into_iter()
                .map(|held| match held {
                    Held::Name(name) => name.to_owned(),
                    Held::Text(text) => text.into_owned(),
                })
                .collect();
            found.dedup();
            found
        };
        assert_eq!(values("InstitutionName"), ["St. Anna"]);
        assert_eq!(values("PatientName"), ["muller^ada=山田"]);
        assert_eq!(values("SliceThickness"), ["1.5"]);
        assert!(values("RequestAttributesSequence.ScheduledProcedureStepID").contains(&"S2".to_owned()));
        assert!(values("00400275.RequestedProcedureDescription").contains(&"Head".to_owned()));
        assert_eq!(values("0029{ACME 1.0}01"), ["yes"]);
        assert_eq!(values("0029{NOBODY}01"), [""; 0]);
        assert_eq!(values("StationName"), [""; 0]);
    }
}

//! The Storage Commitment Request and Response Modules (PS3.18 Annex J): instances in one list, or by Study and Series.

use std::collections::BTreeMap;

use archive::Uid;
use archive::commitment::{CommitmentFailure, Decided, Reference};
use serde_json::{Map, Value, json};

const SOPS: &str = "00081199";
const FAILED_SOPS: &str = "00081198";
const STUDIES: &str = "00081110";
const FAILED_STUDIES: &str = "0008119B";
const SERIES: &str = "00081115";
const BY_CLASS: &str = "00081112";
const INSTANCES: &str = "0008114A";
const CLASS: &str = "00081150";
const INSTANCE: &str = "00081155";
const STUDY_UID: &str = "0020000D";
const SERIES_UID: &str = "0020000E";
const REASON: &str = "00081197";

/// What a request names, or what is wrong with it.
pub(super) fn references(module: &Map<String, Value>) -> Result<Vec<Reference>, String> {
    let mut references = Vec::new();
    for item in items(module, SOPS) {
        references.push(Reference { class: uid(item, CLASS)?, instance: uid(item, INSTANCE)?, place: None });
    }
    for study in items(module, STUDIES) {
        let study_uid = uid(study, STUDY_UID)?;
        for series in items(study, SERIES) {
            let place = (study_uid.clone(), uid(series, SERIES_UID)?);
            for of_class in items(series, BY_CLASS) {
                let class = uid(of_class, CLASS)?;
                for instance in items(of_class, INSTANCES) {
                    let instance = uid(instance, INSTANCE)?;
                    references.push(Reference { class: class.clone(), instance, place: Some(place.clone()) });
                }
            }
        }
    }
    Ok(references)
}

fn items<'a>(attributes: &'a Map<String, Value>, tag: &str) -> impl Iterator<Item = &'a Map<String, Value>> + use<'a> {
    let values = attributes.get(tag).and_then(|element| element.get("Value")).and_then(Value::as_array);
    values.into_iter().flatten().filter_map(Value::as_object)
}

fn uid(attributes: &Map<String, Value>, tag: &str) -> Result<String, String> {
    let text = attributes.get(tag).and_then(|element| element.get("Value")?.get(0)?.as_str()).unwrap_or_default();
    Uid::new(text).map(|uid| uid.to_string()).map_err(|why| format!("{tag}: {why}"))
}

/// The answer, in the form of the request.
pub(super) fn response(decision: &[Decided]) -> Map<String, Value> {
    let mut module = Map::new();
    for (failed, sops, studies) in [(true, FAILED_SOPS, FAILED_STUDIES), (false, SOPS, STUDIES)] {
        let mut list = Vec::new();
        let mut tree: Tree<'_> = BTreeMap::new();
        for decided in decision.iter().filter(|decided| decided.failure.is_some() == failed) {
            match &decided.reference.place {
                None => list.push(reference(decided, true)),
                Some((study, series)) => {
                    let of_series = tree.entry(study).or_default().entry(series).or_default();
                    of_series.entry(&decided.reference.class).or_default().push(reference(decided, false));
                }
            }
        }
        for (tag, items) in [(sops, list), (studies, tree.into_iter().map(study).collect())] {
            if !items.is_empty() {
                module.insert(tag.to_owned(), sequence(items));
            }
        }
    }
    module
}

/// References by Study, Series and SOP Class.
type Tree<'a> = BTreeMap<&'a String, BTreeMap<&'a String, BTreeMap<&'a String, Vec<Value>>>>;

fn study((study, series): (&String, BTreeMap<&String, BTreeMap<&String, Vec<Value>>>)) -> Value {
    let series = series.into_iter().map(|(series, classes)| {
        let classes =
            classes.into_iter().map(|(class, instances)| json!({ CLASS: ui(class), INSTANCES: sequence(instances) }));
        json!({ SERIES_UID: ui(series), BY_CLASS: sequence(classes.collect()) })
    });
    json!({ STUDY_UID: ui(study), SERIES: sequence(series.collect()) })
}

fn reference(decided: &Decided, with_class: bool) -> Value {
    let mut item = Map::new();
    if with_class {
        item.insert(CLASS.to_owned(), ui(&decided.reference.class));
    }
    item.insert(INSTANCE.to_owned(), ui(&decided.reference.instance));
    if let Some(failure) = decided.failure {
        item.insert(REASON.to_owned(), json!({ "vr": "US", "Value": [reason(failure)] }));
    }
    Value::Object(item)
}

/// Failure Reason (0008,1197, PS3.3 §C.14.1.1).
fn reason(failure: CommitmentFailure) -> u16 {
    match failure {
        CommitmentFailure::NoSuchInstance => 0x0112,
        CommitmentFailure::ClassConflict => 0x0119,
        CommitmentFailure::Damaged => 0x0110,
    }
}

fn sequence(items: Vec<Value>) -> Value {
    json!({ "vr": "SQ", "Value": items })
}

fn ui(uid: &str) -> Value {
    json!({ "vr": "UI", "Value": [uid] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(instance: &str) -> Value {
        json!({ CLASS: ui("1.9"), INSTANCE: ui(instance) })
    }

    #[test]
    fn answers_in_the_form_of_the_request() {
        let of_class = json!({ CLASS: ui("1.9"), INSTANCES: sequence(vec![json!({ INSTANCE: ui("1.4.3") })]) });
        let series = json!({ SERIES_UID: ui("1.3"), BY_CLASS: sequence(vec![of_class]) });
        let study = json!({ STUDY_UID: ui("1.2"), SERIES: sequence(vec![series]) });
        let request = json!({ SOPS: sequence(vec![flat("1.4.1"), flat("1.4.2")]), STUDIES: sequence(vec![study]) });
        let request = request.as_object().expect("an object");
        let references = references(request).expect("references");
        assert_eq!(references.len(), 3);
        let all =
            |failure| references.iter().map(|reference| Decided { reference: reference.clone(), failure }).collect();
        let committed: Vec<Decided> = all(None);
        assert_eq!(&response(&committed), request);
        let failed: Vec<Decided> = all(Some(CommitmentFailure::NoSuchInstance));
        let failed = response(&failed);
        assert_eq!(failed.keys().collect::<Vec<_>>(), [FAILED_SOPS, FAILED_STUDIES]);
        assert_eq!(failed[FAILED_SOPS]["Value"][1][REASON]["Value"][0], 0x0112);
    }

    #[test]
    fn names_the_uid_that_is_none() {
        let request = json!({ SOPS: sequence(vec![json!({ CLASS: ui("1.9"), INSTANCE: ui("x") })]) });
        assert!(references(request.as_object().expect("an object")).is_err_and(|why| why.contains(INSTANCE)));
    }
}

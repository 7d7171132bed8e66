//! What a performed step must hold when, and what of it can be changed (PS3.4 Table F.7.2-1).
//!
//! Attributes of type 1 are insisted on; those of type 2 may be left out, because modalities do, and count as empty.

use schema::attribute::parse_tag;
use schema::element;
use serde_json::{Map, Value};

use super::{PerformedError, STATUS, Tag};
use crate::Uid;

const SCHEDULED: &str = "00400270";
const STUDY: &str = "0020000D";
const SERIES: &str = "00400340";
const SERIES_UID: &str = "0020000E";
const PROTOCOL: &str = "00181030";
const IN_PROGRESS: &str = "IN PROGRESS";
const COMPLETED: &str = "COMPLETED";
const DISCONTINUED: &str = "DISCONTINUED";

/// Type 1 at N-CREATE: Scheduled Step Attributes Sequence, Performed Procedure Step ID, Performed Station AE Title,
/// Start Date and Time, Status, Modality.
const AT_START: [&str; 7] = [SCHEDULED, "00400253", "00400241", "00400244", "00400245", STATUS, "00080060"];
/// Type 1 in the final state: End Date and Time; of a completed step also the Performed Series Sequence.
const AT_END: [&str; 2] = ["00400250", "00400251"];
/// Not allowed at N-SET.
const FIXED: [&str; 16] = [
    SCHEDULED, "00100010", "00100020", "00100021", "00100024", "00101002", "00100030", "00100040", "00081120",
    "00400253", "00400241", "00400242", "00400243", "00400244", "00400245", "00080060",
];
/// Also not allowed at N-SET: Study ID.
const STUDY_ID: &str = "00200010";
/// Dates and times, which must be readable as such.
const DATES: [&str; 2] = ["00400244", "00400250"];
const TIMES: [&str; 2] = ["00400245", "00400251"];

/// Whether a step can be created so.
pub(super) fn created(document: &Map<String, Value>) -> Result<(), PerformedError> {
    require(document, &AT_START)?;
    let items = || element::values(document, SCHEDULED).filter_map(Value::as_object);
    items().try_for_each(|item| require(item, &[STUDY]))?;
    let is_uid = |item: &Map<String, Value>| element::text(item, STUDY).is_some_and(|uid| Uid::new(&uid).is_ok());
    let mut wrong = invalid(document);
    if !items().all(is_uid) {
        wrong.push(tag(STUDY));
    }
    if element::text(document, STATUS).as_deref() != Some(IN_PROGRESS) {
        wrong.push(tag(STATUS));
    }
    if wrong.is_empty() { series(document) } else { Err(PerformedError::Invalid(wrong)) }
}

/// The step after the change.
pub(super) fn changed(
    status: &str,
    mut document: Map<String, Value>,
    changes: Map<String, Value>,
) -> Result<Map<String, Value>, PerformedError> {
    if status != IN_PROGRESS {
        return Err(PerformedError::Final);
    }
    let is_fixed = |name: &str| FIXED.contains(&name) || name == STUDY_ID;
    // Some modalities send everything each time: what stays as it is, is no change.
    let moved =
        |name: &&String| is_fixed(name) && has_value(&changes, name) && document.get(*name) != changes.get(*name);
    let moved: Vec<Tag> = changes.keys().filter(moved).map(|name| tag(name)).collect();
    if !moved.is_empty() {
        return Err(PerformedError::Fixed(moved));
    }
    document.extend(changes.into_iter().filter(|(name, _)| !is_fixed(name)));
    require(&document, &[STATUS])?;
    let status = element::text(&document, STATUS).unwrap_or_default();
    let mut wrong = invalid(&document);
    if ![IN_PROGRESS, COMPLETED, DISCONTINUED].contains(&status.as_str()) {
        wrong.push(tag(STATUS));
    }
    if !wrong.is_empty() {
        return Err(PerformedError::Invalid(wrong));
    }
    if status != IN_PROGRESS {
        require(&document, &AT_END)?;
    }
    if status == COMPLETED {
        require(&document, &[SERIES])?;
    }
    series(&document)?;
    Ok(document)
}

/// Each Item of the Performed Series Sequence has a UID and a protocol name.
fn series(document: &Map<String, Value>) -> Result<(), PerformedError> {
    let mut items = element::values(document, SERIES).filter_map(Value::as_object);
    items.try_for_each(|item| require(item, &[SERIES_UID, PROTOCOL]))
}

fn require(attributes: &Map<String, Value>, required: &[&str]) -> Result<(), PerformedError> {
    let missing: Vec<Tag> =
        required.iter().filter(|name| !attributes.contains_key(**name)).map(|name| tag(name)).collect();
    if !missing.is_empty() {
        return Err(PerformedError::Missing(missing));
    }
    let empty: Vec<Tag> = required.iter().filter(|name| !has_value(attributes, name)).map(|name| tag(name)).collect();
    if empty.is_empty() { Ok(()) } else { Err(PerformedError::Empty(empty)) }
}

fn has_value(attributes: &Map<String, Value>, name: &str) -> bool {
    element::values(attributes, name)
        .next()
        .is_some_and(|value| value.as_str().is_none_or(|text| !text.trim().is_empty()))
}

/// Dates and times that are none.
fn invalid(document: &Map<String, Value>) -> Vec<Tag> {
    let dates = DATES.iter().filter(|name| has_value(document, name) && element::date(document, name).is_none());
    let times = TIMES.iter().filter(|name| has_value(document, name) && element::time(document, name).is_none());
    dates.chain(times).map(|name| tag(name)).collect()
}

fn tag(name: &str) -> Tag {
    parse_tag(name).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn step() -> Map<String, Value> {
        let step = json!({
            "00400270": { "vr": "SQ", "Value": [{ "0020000D": { "vr": "UI", "Value": ["1.2.3"] } }] },
            "00400253": { "vr": "SH", "Value": ["P1"] },
            "00400241": { "vr": "AE", "Value": ["CT1"] },
            "00400244": { "vr": "DA", "Value": ["20261126"] },
            "00400245": { "vr": "TM", "Value": ["0930"] },
            "00400252": { "vr": "CS", "Value": ["IN PROGRESS"] },
            "00080060": { "vr": "CS", "Value": ["CT"] },
        });
        step.as_object().cloned().expect("an object")
    }

    fn end(status: &str) -> Map<String, Value> {
        let series = json!({
            "0020000E": { "vr": "UI", "Value": ["1.2.3.4"] }, "00181030": { "vr": "LO", "Value": ["Head"] },
        });
        let end = json!({
            "00400252": { "vr": "CS", "Value": [status] },
            "00400250": { "vr": "DA", "Value": ["20261126"] },
            "00400251": { "vr": "TM", "Value": ["0945"] },
            "00400340": { "vr": "SQ", "Value": [series] },
        });
        end.as_object().cloned().expect("an object")
    }

    fn without(mut attributes: Map<String, Value>, name: &str) -> Map<String, Value> {
        attributes.remove(name);
        attributes
    }

    #[test]
    fn a_new_step_has_everything_of_type_1_and_is_in_progress() {
        assert!(created(&step()).is_ok());
        for name in AT_START {
            let result = created(&without(step(), name));
            assert!(matches!(result, Err(PerformedError::Missing(tags)) if tags == [tag(name)]), "{name}");
            let mut empty = step();
            empty[name].as_object_mut().expect("an element").remove("Value");
            assert!(matches!(created(&empty), Err(PerformedError::Empty(tags)) if tags == [tag(name)]), "{name}");
        }
        let mut done = step();
        done[STATUS]["Value"][0] = json!("COMPLETED");
        assert!(matches!(created(&done), Err(PerformedError::Invalid(tags)) if tags == [tag(STATUS)]));
    }

    #[test]
    fn a_step_ends_with_an_end_and_its_series() {
        let set = |changes| changed("IN PROGRESS", step(), changes);
        assert!(set(end("COMPLETED")).is_ok() && set(end("DISCONTINUED")).is_ok());
        for name in ["00400250", "00400251", "00400340"] {
            assert!(matches!(set(without(end("COMPLETED"), name)), Err(PerformedError::Missing(_))), "{name}");
        }
        assert!(set(without(end("DISCONTINUED"), "00400340")).is_ok());
        assert!(matches!(set(end("DONE")), Err(PerformedError::Invalid(tags)) if tags == [tag(STATUS)]));
    }

    #[test]
    fn a_final_step_stays_as_it_is() {
        for status in ["COMPLETED", "DISCONTINUED"] {
            assert!(matches!(changed(status, step(), end("COMPLETED")), Err(PerformedError::Final)));
        }
    }

    #[test]
    fn what_identifies_a_step_can_be_repeated_but_not_changed() {
        let mut same = end("COMPLETED");
        same.insert("00080060".into(), step()["00080060"].clone());
        assert!(changed("IN PROGRESS", step(), same.clone()).is_ok());
        same["00080060"]["Value"][0] = json!("MR");
        assert!(
            matches!(changed("IN PROGRESS", step(), same), Err(PerformedError::Fixed(tags)) if tags == [(8, 0x60)])
        );
    }

    #[test]
    fn a_series_has_a_uid_and_a_protocol() {
        let mut bad = end("COMPLETED");
        bad[SERIES]["Value"][0].as_object_mut().expect("an Item").remove(PROTOCOL);
        assert!(
            matches!(changed("IN PROGRESS", step(), bad), Err(PerformedError::Missing(tags)) if tags == [tag(PROTOCOL)])
        );
    }
}

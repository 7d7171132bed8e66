//! A worklist item on its way in: what it must hold (PS3.4 Table K.6-1, return keys of type 1), and its steps one by one.

use schema::documents;
use schema::element;
use schema::worklist::NewScheduledStep;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{AeTitle, Error, Uid};

/// Largest item, in bytes of JSON or so.
const LARGEST: usize = 1 << 20;
/// Largest item times its steps, each of which is written with all of the item.
const LARGEST_IN_ALL: usize = 8 << 20;
/// Most Items in the Scheduled Procedure Step Sequence of one request.
const MOST_STEPS: usize = 100;

const STUDY: &str = "0020000D";
const SEQUENCE: &str = "00400100";
const STEP_ID: &str = "00400009";
const START_DATE: &str = "00400002";
const START_TIME: &str = "00400003";
const AE_TITLE: &str = "00400001";
const STATUS: &str = "00400020";

/// What the item itself must hold.
const OF_ITEM: [(&str, &str); 3] =
    [("00100010", "Patient's Name"), ("00100020", "Patient ID"), ("00401001", "Requested Procedure ID")];
/// What each Item of the sequence must hold.
const OF_STEP: [(&str, &str); 5] = [
    (AE_TITLE, "Scheduled Station AE Title"),
    (START_DATE, "Scheduled Procedure Step Start Date"),
    (START_TIME, "Scheduled Procedure Step Start Time"),
    ("00080060", "Modality"),
    (STEP_ID, "Scheduled Procedure Step ID"),
];

/// Scheduled Procedure Step Status (0040,0020): the terms of PS3.3 §C.4.10, and two that the gateway adds for steps
/// whose performed step says so.
pub const STATUSES: [&str; 7] = ["SCHEDULED", "ARRIVED", "READY", "STARTED", "DEPARTED", "COMPLETED", "DISCONTINUED"];

/// One step, ready to be written.
pub(super) struct Step {
    pub(super) study: Uid,
    pub(super) new: NewScheduledStep,
}

/// The steps of an item, or what is wrong with it.
pub(super) fn steps(mut item: Map<String, Value>) -> Result<Vec<Step>, Error> {
    let study = study(&mut item)?;
    let mut item = documents::whole(item, LARGEST)
        .ok_or_else(|| Error::BadRequest(format!("a worklist item has at most {LARGEST} bytes")))?;
    require(&item, &OF_ITEM)?;
    let sequence = item.remove(SEQUENCE).and_then(|mut sequence| sequence.get_mut("Value").map(Value::take));
    let Some(Value::Array(items)) = sequence else {
        return Err(missing("Scheduled Procedure Step Sequence", SEQUENCE));
    };
    if items.is_empty() || items.len() > MOST_STEPS {
        return Err(Error::BadRequest(format!(
            "the Scheduled Procedure Step Sequence ({SEQUENCE}) has one Item, or up to {MOST_STEPS}"
        )));
    }
    let size = serde_json::to_string(&item).map_or(usize::MAX, |text| text.len());
    if size.saturating_mul(items.len()) > LARGEST_IN_ALL {
        return Err(Error::BadRequest(format!(
            "the item is too large for {} steps: send fewer of them at once",
            items.len()
        )));
    }
    let mut ids: Vec<String> =
        items.iter().filter_map(Value::as_object).filter_map(|step| element::text(step, STEP_ID)).collect();
    ids.sort_unstable();
    if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Error::BadRequest(format!(
            "two Items have the Scheduled Procedure Step ID ({STEP_ID}) {}",
            pair[0]
        )));
    }
    items.into_iter().map(|step| self::step(&study, &item, step)).collect()
}

/// The Study Instance UID, which is made when there is none.
fn study(item: &mut Map<String, Value>) -> Result<Uid, Error> {
    let uid = element::text(item, STUDY).unwrap_or_else(|| format!("2.25.{}", Uuid::new_v4().as_u128()));
    let uid = Uid::new(&uid).map_err(|why| Error::BadRequest(format!("Study Instance UID ({STUDY}): {why}")))?;
    item.insert(STUDY.to_owned(), json!({ "vr": "UI", "Value": [uid.as_str()] }));
    Ok(uid)
}

fn step(study: &Uid, item: &Map<String, Value>, step: Value) -> Result<Step, Error> {
    let Value::Object(step) = step else { return Err(missing("Scheduled Procedure Step Sequence", SEQUENCE)) };
    require(&step, &OF_STEP)?;
    let wrong = |name: &str, tag: &str| Error::BadRequest(format!("{name} ({tag}) has a value that is none"));
    for title in element::values(&step, AE_TITLE) {
        AeTitle::new(title.as_str().unwrap_or_default()).map_err(|_| wrong("Scheduled Station AE Title", AE_TITLE))?;
    }
    let date = element::date(&step, START_DATE).ok_or_else(|| wrong("the Start Date", START_DATE))?;
    let time = element::time(&step, START_TIME).ok_or_else(|| wrong("the Start Time", START_TIME))?;
    let status = element::text(&step, STATUS);
    if status.as_deref().is_some_and(|status| !STATUSES.contains(&status)) {
        let known = STATUSES.join(", ");
        return Err(Error::BadRequest(format!("Scheduled Procedure Step Status ({STATUS}) is one of {known}")));
    }
    let scheduled_procedure_step_id = element::text(&step, STEP_ID).unwrap_or_default();
    let mut document = item.clone();
    document.insert(SEQUENCE.to_owned(), json!({ "vr": "SQ", "Value": [step] }));
    let new = NewScheduledStep {
        study_instance_uid: study.as_str().to_owned(),
        scheduled_procedure_step_id,
        starts: date.and_time(time),
        status,
        document: Value::Object(document),
    };
    Ok(Step { study: study.clone(), new })
}

fn require(attributes: &Map<String, Value>, required: &[(&str, &str)]) -> Result<(), Error> {
    let is_there = |tag: &str| match attributes.get(tag).and_then(|element| element.get("vr")) {
        Some(vr) if vr == "PN" => element::person_name(attributes, tag).is_some(),
        _ => element::text(attributes, tag).is_some(),
    };
    match required.iter().find(|(tag, _)| !is_there(tag)) {
        None => Ok(()),
        Some((tag, name)) => Err(missing(name, tag)),
    }
}

fn missing(name: &str, tag: &str) -> Error {
    Error::BadRequest(format!("a worklist item needs a value for {name} ({tag})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> Map<String, Value> {
        let step = json!({
            "00400001": { "vr": "AE", "Value": ["CT1"] },
            "00400002": { "vr": "DA", "Value": ["20261126"] },
            "00400003": { "vr": "TM", "Value": ["0930"] },
            "00080060": { "vr": "CS", "Value": ["CT"] },
            "00400009": { "vr": "SH", "Value": ["S1"] },
        });
        let item = json!({
            "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Doe^Jane" }] },
            "00100020": { "vr": "LO", "Value": ["P1"] },
            "00401001": { "vr": "SH", "Value": ["R1"] },
            "00400100": { "vr": "SQ", "Value": [step] },
        });
        item.as_object().cloned().expect("an object")
    }

    #[test]
    fn makes_a_step_of_each_item_of_the_sequence() {
        let mut two = item();
        let mut second = two[SEQUENCE]["Value"][0].clone();
        second[STEP_ID]["Value"][0] = json!("S2");
        two[SEQUENCE]["Value"].as_array_mut().expect("an array").push(second);
        let steps = steps(two).expect("two steps");
        let ids: Vec<&str> = steps.iter().map(|step| step.new.scheduled_procedure_step_id.as_str()).collect();
        assert_eq!(ids, ["S1", "S2"]);
        assert!(steps.iter().all(|step| step.new.document[SEQUENCE]["Value"].as_array().map(Vec::len) == Some(1)));
        assert_eq!(steps[0].study, steps[1].study);
        assert!(steps[0].study.as_str().starts_with("2.25."));
        assert_eq!(steps[0].new.starts.to_string(), "2026-11-26 09:30:00");
    }

    #[test]
    fn names_what_is_missing() {
        for (tag, name) in OF_ITEM {
            let mut item = item();
            item.remove(tag);
            assert!(steps(item).err().expect("an error").to_string().contains(name), "{name}");
        }
        for (tag, name) in OF_STEP {
            let mut item = item();
            item[SEQUENCE]["Value"][0].as_object_mut().expect("an Item").remove(tag);
            assert!(steps(item).err().expect("an error").to_string().contains(name), "{name}");
        }
    }

    #[test]
    fn refuses_steps_of_one_id_and_more_than_can_be_kept() {
        let with_steps = |count: usize, one_id: bool, size: usize| {
            let mut item = item();
            let step = item[SEQUENCE]["Value"][0].clone();
            let numbered = |number: usize| {
                let mut step = step.clone();
                step[STEP_ID]["Value"][0] = json!(format!("S{}", if one_id { 0 } else { number }));
                step
            };
            item[SEQUENCE]["Value"] = (0..count).map(numbered).collect();
            item.insert("00104000".into(), json!({ "vr": "LT", "Value": ["x".repeat(size)] }));
            steps(item).map(|steps| steps.len()).map_err(|error| error.to_string())
        };
        assert_eq!(with_steps(100, false, 1_000), Ok(100));
        assert!(with_steps(2, true, 1).unwrap_err().contains("two Items"));
        assert!(with_steps(100, false, 500_000).unwrap_err().contains("too large for 100 steps"));
    }

    #[test]
    fn refuses_what_is_no_status_date_or_uid() {
        let with = |tag: &str, value: &str| {
            let mut item = item();
            item[SEQUENCE]["Value"][0][tag] = json!({ "vr": "CS", "Value": [value] });
            steps(item).is_err()
        };
        assert!(with(STATUS, "DONE") && with(START_DATE, "20261345") && with(START_TIME, "9h"));
        assert!(with(AE_TITLE, "A\\B"));
        assert!(!with(STATUS, "ARRIVED"));
        let mut item = item();
        item.insert(STUDY.into(), json!({ "vr": "UI", "Value": ["1.2.x"] }));
        assert!(steps(item).is_err());
    }
}

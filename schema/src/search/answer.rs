//! Matches as DICOM JSON objects: documents of both databases, computed attributes, and what is required.

use std::collections::HashMap;

use diesel::prelude::*;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use super::Query;
use super::find::Row;
use super::found::{Document, Match};
use crate::attribute::{self, Home, Level};
use crate::documents::{FOLDED, LEFT_OUT};
use crate::identity::{instance_headers, patients, series_identities, study_identities};

/// What is personal about the matches, by UID.
#[derive(Default)]
pub(super) struct Personal {
    /// Documents of patient and study.
    studies: HashMap<String, (Document, Document)>,
    series: HashMap<(String, String), Document>,
    instances: HashMap<String, Document>,
}

impl Personal {
    /// Loads the documents of which something is wanted.
    pub(super) fn load(connection: &mut PgConnection, query: &Query, rows: &[Row]) -> QueryResult<Self> {
        let mut personal = Self::default();
        let wants = |level| wants_personal(query, level);
        if rows.is_empty() {
            return Ok(personal);
        }
        let mut studies: Vec<&str> = rows.iter().map(|row| row.study_instance_uid.as_str()).collect();
        studies.sort_unstable();
        studies.dedup();
        if wants(Level::Patient) || wants(Level::Study) {
            personal.load_studies(connection, &studies)?;
        }
        if query.level >= Level::Series && wants(Level::Series) {
            personal.load_series(connection, &studies, rows)?;
        }
        if query.level >= Level::Instance && wants(Level::Instance) {
            personal.load_instances(connection, rows)?;
        }
        Ok(personal)
    }

    /// Documents of the patient and the study of a row. Those of one match only are not needed again.
    fn study(&mut self, level: Level, row: &Row) -> Option<(Document, Document)> {
        match level {
            Level::Study => self.studies.remove(&row.study_instance_uid),
            _ => self.studies.get(&row.study_instance_uid).cloned(),
        }
    }

    /// The document of the series of a row.
    fn series(&mut self, level: Level, row: &Row) -> Option<Document> {
        let name = (row.study_instance_uid.clone(), row.series_instance_uid.clone()?);
        match level {
            Level::Series => self.series.remove(&name),
            _ => self.series.get(&name).cloned(),
        }
    }

    fn load_studies(&mut self, connection: &mut PgConnection, studies: &[&str]) -> QueryResult<()> {
        let rows = study_identities::table
            .inner_join(patients::table)
            .filter(study_identities::study_instance_uid.eq_any(studies))
            .select((study_identities::study_instance_uid, (patients::attributes, study_identities::attributes)));
        self.studies = rows.load::<(String, (Document, Document))>(connection)?.into_iter().collect();
        Ok(())
    }

    fn load_series(&mut self, connection: &mut PgConnection, studies: &[&str], rows: &[Row]) -> QueryResult<()> {
        let mut series: Vec<&str> = rows.iter().filter_map(|row| row.series_instance_uid.as_deref()).collect();
        series.sort_unstable();
        series.dedup();
        let rows = series_identities::table
            .filter(series_identities::series_instance_uid.eq_any(series))
            .filter(series_identities::study_instance_uid.eq_any(studies))
            .select((
                (series_identities::study_instance_uid, series_identities::series_instance_uid),
                series_identities::attributes,
            ));
        self.series = rows.load::<((String, String), Document)>(connection)?.into_iter().collect();
        Ok(())
    }

    fn load_instances(&mut self, connection: &mut PgConnection, rows: &[Row]) -> QueryResult<()> {
        let instances: Vec<&str> = rows.iter().filter_map(|row| row.sop_instance_uid.as_deref()).collect();
        let rows = instance_headers::table
            .filter(instance_headers::sop_instance_uid.eq_any(instances))
            .filter(instance_headers::personal.is_not_null())
            .select((instance_headers::sop_instance_uid, instance_headers::personal.assume_not_null()));
        self.instances = rows.load::<(String, Document)>(connection)?.into_iter().collect();
        Ok(())
    }
}

/// Whether something that may be in the level's identity document is wanted: also sequences, whose personal parts are
/// there.
pub(super) fn wants_personal(query: &Query, level: Level) -> bool {
    let may_be_there = |tag| {
        attribute::by_tag(tag)
            .is_some_and(|known| known.home == Home::Identity || known.matching() == attribute::Matching::Sequence)
    };
    (query.include_all() && level >= query.from_level)
        || (level == Level::Instance && !query.private.is_empty())
        || query.wanted.iter().any(|(of, tag)| *of == level && may_be_there(*tag))
}

/// One match.
pub(super) fn represent(query: &Query, mut row: Row, personal: &mut Personal) -> Match {
    let mut answer = Match::default();
    let mut add = |level, document: Option<Document>| add_document(&mut answer, query, level, document);
    add(Level::Study, row.study.take());
    add(Level::Series, row.series.take());
    add(Level::Instance, row.instance.take());
    // After the index, because a sequence with something personal in it is whole only here.
    if let Some((patient, study)) = personal.study(query.level, &row) {
        add(Level::Patient, Some(patient));
        add(Level::Study, Some(study));
    }
    add(Level::Series, personal.series(query.level, &row));
    let instance = row.sop_instance_uid.as_ref().and_then(|instance| personal.instances.remove(instance));
    if let Some(instance) = instance.as_ref().filter(|_| !query.private.is_empty()) {
        add_private(&mut answer, query, &instance.value());
    }
    add_document(&mut answer, query, Level::Instance, instance);
    add_columns(&mut answer, query, row);
    add_required(&mut answer, query);
    answer
}

/// Adds what is required and has no value.
pub(super) fn add_required(answer: &mut Match, query: &Query) {
    for attribute in query.required.iter().filter(|attribute| !answer.has(attribute.tag)).collect::<Vec<_>>() {
        answer.insert(attribute.tag, &json!({"vr": attribute.vr.to_string()}));
    }
}

/// Adds what is wanted of a document.
pub(super) fn add_document(answer: &mut Match, query: &Query, level: Level, document: Option<Document>) {
    let Some(document) = document else { return };
    for (name, element) in document.elements() {
        if let Some(tag) = attribute::parse_tag(name).filter(|tag| query.wants(level, *tag)) {
            match is_left_out(element) {
                true => answer.leave_out(tag),
                false => answer.insert_text(tag, without_folded(element)),
            }
        }
    }
}

/// Whether it stands for an element that is left out. Only a member's name has both quotes and a colon: a quote within a
/// string has a backslash before it.
fn is_left_out(element: &RawValue) -> bool {
    element.get().len() < 64 && element.get().contains(&format!("\"{LEFT_OUT}\":"))
}

/// An element as it was received. Most have nothing of ours in them and are as they are.
fn without_folded(element: &RawValue) -> Box<RawValue> {
    if element.get().contains(FOLDED)
        && let Ok(mut value) = serde_json::from_str(element.get())
    {
        remove_folded(&mut value);
        return to_raw_value(&value).unwrap_or_else(|_| element.to_owned());
    }
    element.to_owned()
}

/// Private elements that were named by their creator, each with the element that reserves its block (PS3.5 §7.8.1).
fn add_private(answer: &mut Match, query: &Query, document: &Value) {
    let Some(document) = document.as_object() else { return };
    for (group, creator, element) in &query.private {
        let reserves = |name: &str, reserved: &Value| {
            name.len() == 8
                && name.starts_with(&format!("{group:04X}00"))
                && reserved["Value"][0].as_str().is_some_and(|text| text.trim() == creator)
        };
        for (name, reserved) in document.iter().filter(|(name, reserved)| reserves(name, reserved)) {
            let found = format!("{group:04X}{}{element:02X}", &name[6..]);
            if document.get(&found).is_some_and(|value| value.get(LEFT_OUT).is_some()) {
                attribute::parse_tag(&found).into_iter().for_each(|tag| answer.leave_out(tag));
            } else if let Some(mut value) = document.get(&found).cloned() {
                remove_folded(&mut value);
                let add = |answer: &mut Match, name: &str, value: &Value| {
                    if let Some(tag) = attribute::parse_tag(name) {
                        answer.insert(tag, value);
                    }
                };
                add(answer, &found, &value);
                add(answer, name, reserved);
            }
        }
    }
}

/// Takes our own members out again, in Items too.
pub(crate) fn remove_folded(element: &mut Value) {
    let Some(members) = element.as_object_mut() else { return };
    if members.remove(FOLDED).is_some() {
        return;
    }
    if let Some(Value::Array(items)) = members.get_mut("Value") {
        items.iter_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut).for_each(remove_folded);
    }
}

/// The attributes that come from columns, so that no document is read for them: UIDs, counts, and what is required of
/// instances. In the order of the values in [`add_columns`].
pub(super) const COLUMNS: [(u16, u16); 15] = [
    (0x0020, 0x000D), // Study Instance UID
    (0x0020, 0x000E), // Series Instance UID
    (0x0008, 0x0018), // SOP Instance UID
    (0x0008, 0x0016), // SOP Class UID
    (0x0008, 0x0056), // Instance Availability
    (0x0008, 0x0061), // Modalities in Study
    (0x0008, 0x0062), // SOP Classes in Study
    (0x0020, 0x1206), // Number of Study Related Series
    (0x0020, 0x1208), // Number of Study Related Instances
    (0x0020, 0x1209), // Number of Series Related Instances
    (0x0020, 0x0013), // Instance Number
    (0x0028, 0x0010), // Rows
    (0x0028, 0x0011), // Columns
    (0x0028, 0x0100), // Bits Allocated
    (0x0028, 0x0008), // Number of Frames
];

/// Adds what the columns say.
fn add_columns(answer: &mut Match, query: &Query, row: Row) {
    answer.study = Some(row.study_instance_uid.clone());
    answer.series.clone_from(&row.series_instance_uid);
    answer.instance.clone_from(&row.sop_instance_uid);
    let text = |text: Option<String>| text.map(|text| json!([text]));
    let number = |number: Option<i32>| number.map(|number| json!([number]));
    let list = |texts: Option<Vec<String>>| texts.filter(|texts| !texts.is_empty()).map(|texts| json!(texts));
    let values = [
        Some(json!([row.study_instance_uid])),
        text(row.series_instance_uid),
        text(row.sop_instance_uid),
        text(row.sop_class_uid),
        Some(json!(["ONLINE"])),
        list(row.modalities_in_study),
        list(row.sop_classes_in_study),
        number(row.number_of_study_related_series),
        number(row.number_of_study_related_instances),
        number(row.number_of_series_related_instances),
        number(row.instance_number),
        number(row.rows),
        number(row.columns),
        number(row.bits_allocated),
        number(row.number_of_frames),
    ];
    for (tag, value) in COLUMNS.into_iter().zip(values) {
        let Some(known) = attribute::by_tag(tag) else { continue };
        if let Some(value) = value.filter(|_| query.wants(known.level, tag)) {
            answer.insert(tag, &json!({"vr": known.vr.to_string(), "Value": value}));
        }
    }
    if let Some(timezone) = row.timezone.filter(|_| query.wants(Level::Study, attribute::TIMEZONE_OFFSET)) {
        answer.insert_text(attribute::TIMEZONE_OFFSET, timezone.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_left_out_is_taken_for_it() {
        let is = |text: &str| is_left_out(&RawValue::from_string(text.to_owned()).expect("JSON"));
        assert!(is(r#"{"vr": "UT", "leftOut": true}"#) && is(r#"{"leftOut":true,"vr":"SQ"}"#));
        assert!(!is(r#"{"vr": "LO", "Value": ["leftOut"]}"#));
        assert!(!is(r#"{"vr": "LO", "Value": ["leftOut\": true"]}"#));
    }
}

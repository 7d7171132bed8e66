//! Studies and series: found, or made by whoever comes first.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::instances::{Home, count, outcomes, write_instances};
use super::{NewInstance, Written, insert_missing};
use crate::element;
use crate::index::{series, studies};

/// Writes studies, series and instances and brings the counts of their rows up to date, in the caller's transaction.
///
/// Gives what became of each, in order. An instance that is there twice in `instances` is new once.
pub fn write_index(
    connection: &mut PgConnection,
    instances: &[NewInstance],
    patients: &[Uuid],
) -> QueryResult<Vec<Written>> {
    let studies = write_studies(connection, instances, patients)?;
    let series = write_series(connection, instances, &studies)?;
    let homes =
        instances.iter().map(|instance| home(instance, &studies, &series)).collect::<QueryResult<Vec<Home>>>()?;
    let new = write_instances(connection, instances, &homes)?;
    count(connection, instances, &homes, &new)?;
    outcomes(connection, instances, &new)
}

fn home(instance: &NewInstance, studies: &Rows<&str>, series: &Rows<SeriesName<'_>>) -> QueryResult<Home> {
    let study_key = study_key(studies, instance)?;
    let name = (instance.series_instance_uid.as_str(), study_key);
    let series_key = *series.keys.get(&name).ok_or(diesel::result::Error::NotFound)?;
    Ok(Home { study_key, series_key, series_made: series.made.contains(&series_key) })
}

/// Keys of rows by name, and which of them this transaction has made.
struct Rows<K> {
    keys: HashMap<K, i64>,
    made: HashSet<i64>,
}

#[derive(Insertable)]
#[diesel(table_name = studies)]
struct NewStudy<'a> {
    study_instance_uid: &'a str,
    patient_key: Uuid,
    study_date: Option<NaiveDate>,
    study_time: Option<NaiveTime>,
    study_description: Option<String>,
    attributes: Value,
}

fn write_studies<'a>(
    connection: &mut PgConnection,
    instances: &'a [NewInstance],
    patients: &[Uuid],
) -> QueryResult<Rows<&'a str>> {
    let mut first: BTreeMap<&'a str, (&'a NewInstance, Uuid)> = BTreeMap::new();
    for (instance, patient) in instances.iter().zip(patients) {
        first.entry(&instance.study_instance_uid).or_insert((instance, *patient));
    }
    let mut keys = find_studies(connection, &first)?;
    let missing: Vec<NewStudy> = first
        .values()
        .filter(|(instance, _)| !keys.contains_key(instance.study_instance_uid.as_str()))
        .map(|(instance, patient)| NewStudy::new(instance, *patient))
        .collect();
    let columns = (studies::study_instance_uid, studies::study_key);
    let inserted = insert_missing!(connection, studies::table, missing, returning columns => (String, i64));
    let made: HashSet<i64> = inserted.iter().map(|(_, key)| *key).collect();
    if inserted.len() == missing.len() {
        let known = |(uid, key): (String, i64)| first.get_key_value(uid.as_str()).map(|(uid, _)| (*uid, key));
        keys.extend(inserted.into_iter().filter_map(known));
    } else {
        keys = find_studies(connection, &first)?;
    }
    Ok(Rows { keys, made })
}

/// Finds studies and keeps them from being removed until the transaction ends.
fn find_studies<'a>(
    connection: &mut PgConnection,
    wanted: &BTreeMap<&'a str, (&'a NewInstance, Uuid)>,
) -> QueryResult<HashMap<&'a str, i64>> {
    let uids: Vec<&str> = wanted.keys().copied().collect();
    let rows: Vec<(String, i64)> = studies::table
        .filter(studies::study_instance_uid.eq_any(uids))
        .order(studies::study_instance_uid)
        .select((studies::study_instance_uid, studies::study_key))
        .for_key_share()
        .load(connection)?;
    let known = |(uid, key): (String, i64)| wanted.get_key_value(uid.as_str()).map(|(uid, _)| (*uid, key));
    Ok(rows.into_iter().filter_map(known).collect())
}

impl<'a> NewStudy<'a> {
    fn new(instance: &'a NewInstance, patient_key: Uuid) -> Self {
        let document = &instance.documents.study;
        Self {
            study_instance_uid: &instance.study_instance_uid,
            patient_key,
            study_date: element::date(document, "00080020"),
            study_time: element::time(document, "00080030"),
            study_description: element::text(document, "00081030"),
            attributes: Value::Object(document.clone()),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = series)]
struct NewSeries<'a> {
    study_key: i64,
    series_instance_uid: &'a str,
    modality: Option<String>,
    series_number: Option<i32>,
    series_description: Option<String>,
    body_part_examined: Option<String>,
    attributes: Value,
}

/// A series is known by its study's key and its UID.
type SeriesName<'a> = (&'a str, i64);

fn write_series<'a>(
    connection: &mut PgConnection,
    instances: &'a [NewInstance],
    studies: &Rows<&'a str>,
) -> QueryResult<Rows<SeriesName<'a>>> {
    let mut first: BTreeMap<SeriesName<'a>, &'a NewInstance> = BTreeMap::new();
    for instance in instances {
        let study = study_key(studies, instance)?;
        first.entry((&instance.series_instance_uid, study)).or_insert(instance);
    }
    let mut keys = find_series(connection, &first)?;
    let missing: Vec<NewSeries> = first
        .iter()
        .filter(|(name, _)| !keys.contains_key(*name))
        .map(|((_, study), instance)| NewSeries::new(instance, *study))
        .collect();
    let inserted = insert_missing!(connection, series::table, missing, returning series::series_key => i64);
    if !missing.is_empty() {
        keys = find_series(connection, &first)?;
    }
    let made = inserted.into_iter().collect();
    Ok(Rows { keys, made })
}

/// A study that is not there after it was written was removed meanwhile: the caller may try again.
fn study_key(studies: &Rows<&str>, instance: &NewInstance) -> QueryResult<i64> {
    studies.keys.get(instance.study_instance_uid.as_str()).copied().ok_or(diesel::result::Error::NotFound)
}

/// Finds series and keeps them from being removed until the transaction ends.
fn find_series<'a>(
    connection: &mut PgConnection,
    wanted: &BTreeMap<SeriesName<'a>, &'a NewInstance>,
) -> QueryResult<HashMap<SeriesName<'a>, i64>> {
    let uids: Vec<&str> = wanted.keys().map(|(uid, _)| *uid).collect();
    let rows: Vec<(String, i64, i64)> = series::table
        .filter(series::series_instance_uid.eq_any(uids))
        .order((series::series_instance_uid, series::study_key))
        .select((series::series_instance_uid, series::study_key, series::series_key))
        .for_key_share()
        .load(connection)?;
    let keys: HashMap<(String, i64), i64> = rows.into_iter().map(|(uid, study, key)| ((uid, study), key)).collect();
    let known = |name: &SeriesName<'a>| Some((*name, *keys.get(&(name.0.to_owned(), name.1))?));
    Ok(wanted.keys().filter_map(known).collect())
}

impl<'a> NewSeries<'a> {
    fn new(instance: &'a NewInstance, study_key: i64) -> Self {
        let document = &instance.documents.series;
        Self {
            study_key,
            series_instance_uid: &instance.series_instance_uid,
            modality: element::text(document, "00080060"),
            series_number: element::integer(document, "00200011"),
            series_description: element::text(document, "0008103E"),
            body_part_examined: element::text(document, "00180015"),
            attributes: Value::Object(document.clone()),
        }
    }
}

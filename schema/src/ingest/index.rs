//! Instances and what is above them in the index: found, or made by whoever comes first.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;
use uuid::Uuid;

use super::first::{InsertFirstInstance, Series, Studies, unless_refused};
use super::instances::{Rows, Wanted, existing, insert};
use super::{Identified, NewInstance, Written, insert_missing};
use crate::audit::AuditRow;
use crate::columns::Document;
use crate::element;
use crate::index::{series, studies};

/// Writes instances, the studies and series that are not there yet, and the counts of those that are; of each instance
/// that is new also its line of the audit trail. Gives what became of each, in order.
///
/// An instance that is there twice in `instances` is new once. One whose row names its own file is new: an earlier
/// attempt, whose answer was lost, has written it. So after a lost connection the same may be written again.
///
/// What belongs to known series is one statement and commits by itself when the caller has begun no transaction. Whoever
/// knows that there are others ([`Identified::homes_are_new`]) spares the server the attempt.
pub fn write_index(
    connection: &mut PgConnection,
    instances: &[NewInstance],
    identified: &Identified,
    trail: &[AuditRow],
) -> QueryResult<Vec<Written>> {
    let mut written = vec![None; instances.len()];
    let mut others = numbers_by_uid(instances);
    let mut there = HashMap::new();
    if !identified.homes_are_new {
        let new = insert(connection, &pick(instances, &others), &pick(trail, &others))?;
        settle(&mut written, &mut others, new);
        there = find(connection, instances, &written)?;
        others.retain(|number| !there.contains_key(&instances[*number].sop_instance_uid));
    }
    if !others.is_empty() {
        let patients: Vec<Uuid> = others.iter().map(|number| identified.patients[*number]).collect();
        let (homeless, trail) = (pick(instances, &others), pick(trail, &others));
        let new = match first(connection, &homeless, &patients, &trail)? {
            true => vec![true],
            false => connection.transaction(|connection| write_with_homes(connection, &homeless, &patients, &trail))?,
        };
        settle(&mut written, &mut others, new);
    }
    outcomes(connection, instances, written, there)
}

/// Those of `others` that are new are settled.
fn settle(written: &mut [Option<Written>], others: &mut Vec<usize>, new: Vec<bool>) {
    let mut new = new.into_iter();
    others.retain(|number| {
        let new = new.next().unwrap_or_default();
        if new {
            written[*number] = Some(Written::New);
        }
        !new
    });
}

/// What stands in the way of those that are not new, by UID.
fn find(
    connection: &mut PgConnection,
    instances: &[NewInstance],
    written: &[Option<Written>],
) -> QueryResult<HashMap<String, Written>> {
    let old = instances.iter().zip(written).filter(|(_, written)| written.is_none());
    let old: Vec<&str> = old.map(|(instance, _)| instance.sop_instance_uid.as_str()).collect();
    if old.is_empty() { Ok(HashMap::new()) } else { existing(connection, &old) }
}

/// The number of the first instance of each UID, in order of UID.
fn numbers_by_uid(instances: &[NewInstance]) -> Vec<usize> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, instance) in instances.iter().enumerate() {
        numbers.entry(&instance.sop_instance_uid).or_insert(number);
    }
    numbers.into_values().collect()
}

fn pick<'a, T>(all: &'a [T], numbers: &[usize]) -> Vec<&'a T> {
    numbers.iter().map(|number| &all[*number]).collect()
}

/// Inserts a lone instance with all that is above it; not when there are several, or the database refuses.
fn first(
    connection: &mut PgConnection,
    instances: &[&NewInstance],
    patients: &[Uuid],
    trail: &[&AuditRow],
) -> QueryResult<bool> {
    let ([instance], [patient], [line]) = (instances, patients, trail) else { return Ok(false) };
    let (study, series) = (NewStudy::new(instance, *patient), NewSeries::new(instance, 0));
    let wanted = Wanted::alone(instance, line);
    let statement = InsertFirstInstance {
        study: Studies::new([&study]),
        series: Series::new([&series]),
        row: Rows::new([&wanted]),
    };
    let made: Option<Vec<String>> = unless_refused(connection, |connection| statement.load(connection))?;
    Ok(made.is_some_and(|made| !made.is_empty()))
}

/// Makes studies and series, inserts the instances, and takes back what was made for nothing.
fn write_with_homes(
    connection: &mut PgConnection,
    instances: &[&NewInstance],
    patients: &[Uuid],
    trail: &[&AuditRow],
) -> QueryResult<Vec<bool>> {
    let studies = write_studies(connection, instances, patients)?;
    write_series(connection, instances, &studies)?;
    let new = insert(connection, instances, trail)?;
    if new.contains(&false) {
        remove_empty(connection, studies.values().copied().collect())?;
    }
    Ok(new)
}

fn remove_empty(connection: &mut PgConnection, of_studies: Vec<i64>) -> QueryResult<()> {
    let empty = series::study_key.eq_any(&of_studies).and(series::number_of_series_related_instances.eq(0));
    diesel::delete(series::table.filter(empty)).execute(connection)?;
    let empty = studies::study_key.eq_any(&of_studies).and(studies::number_of_study_related_instances.eq(0));
    diesel::delete(studies::table.filter(empty)).execute(connection)?;
    Ok(())
}

/// What became of each instance, in order.
fn outcomes(
    connection: &mut PgConnection,
    instances: &[NewInstance],
    written: Vec<Option<Written>>,
    mut there: HashMap<String, Written>,
) -> QueryResult<Vec<Written>> {
    // What was there before, and what came meanwhile.
    there.extend(find(connection, instances, &written)?);
    let outcome = |(instance, written): (&NewInstance, Option<Written>)| {
        let found = || match there.get(&instance.sop_instance_uid) {
            Some(Written::Exists { file_path, .. }) if *file_path == instance.file_path => Some(Written::New),
            other => other.cloned(),
        };
        // A row that stood in the way and is gone now was removed meanwhile: the caller may try again.
        written.or_else(found).ok_or(diesel::result::Error::NotFound)
    };
    instances.iter().zip(written).map(outcome).collect()
}

#[derive(Insertable)]
#[diesel(table_name = studies)]
pub(super) struct NewStudy<'a> {
    pub(super) study_instance_uid: &'a str,
    pub(super) patient_key: Uuid,
    pub(super) study_date: Option<NaiveDate>,
    pub(super) study_time: Option<NaiveTime>,
    pub(super) study_description: Option<String>,
    pub(super) attributes: Document<'a>,
    pub(super) left_out: Option<String>,
}

/// Makes studies that are not there; gives the keys of all.
fn write_studies<'a>(
    connection: &mut PgConnection,
    instances: &[&'a NewInstance],
    patients: &[Uuid],
) -> QueryResult<HashMap<&'a str, i64>> {
    let mut first: BTreeMap<&'a str, (&'a NewInstance, Uuid)> = BTreeMap::new();
    for (instance, patient) in instances.iter().zip(patients) {
        first.entry(&instance.study_instance_uid).or_insert((instance, *patient));
    }
    let rows: Vec<NewStudy> = first.values().map(|(instance, patient)| NewStudy::new(instance, *patient)).collect();
    let columns = (studies::study_instance_uid, studies::study_key);
    let mut there = insert_missing!(connection, studies::table, rows, returning columns => (String, i64));
    if there.len() < first.len() {
        // Those that are there are kept from being removed until the transaction ends.
        there = studies::table
            .filter(studies::study_instance_uid.eq_any(first.keys()))
            .order(studies::study_instance_uid)
            .select(columns)
            .for_key_share()
            .load(connection)?;
    }
    let known = |(uid, key): (String, i64)| Some((*first.get_key_value(uid.as_str())?.0, key));
    Ok(there.into_iter().filter_map(known).collect())
}

impl<'a> NewStudy<'a> {
    fn new(instance: &'a NewInstance, patient_key: Uuid) -> Self {
        let above = instance.documents.above();
        let document = &above.study;
        Self {
            study_instance_uid: &instance.study_instance_uid,
            patient_key,
            study_date: element::date(document, "00080020"),
            study_time: element::time(document, "00080030"),
            study_description: element::text(document, "00081030"),
            attributes: Document(document),
            left_out: above.left_out_of_study(),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = series)]
pub(super) struct NewSeries<'a> {
    pub(super) study_key: i64,
    pub(super) series_instance_uid: &'a str,
    pub(super) modality: Option<String>,
    pub(super) series_number: Option<i32>,
    pub(super) series_description: Option<String>,
    pub(super) body_part_examined: Option<String>,
    pub(super) attributes: Document<'a>,
    pub(super) left_out: Option<String>,
}

/// Makes series that are not there.
fn write_series(
    connection: &mut PgConnection,
    instances: &[&NewInstance],
    studies: &HashMap<&str, i64>,
) -> QueryResult<()> {
    let mut first: BTreeMap<(&str, i64), &NewInstance> = BTreeMap::new();
    for instance in instances {
        // A study that is not there after it was written was removed meanwhile: the caller may try again.
        let study = studies.get(instance.study_instance_uid.as_str()).ok_or(diesel::result::Error::NotFound)?;
        first.entry((&instance.series_instance_uid, *study)).or_insert(instance);
    }
    let rows: Vec<NewSeries> = first.iter().map(|((_, study), instance)| NewSeries::new(instance, *study)).collect();
    insert_missing!(connection, series::table, rows);
    Ok(())
}

impl<'a> NewSeries<'a> {
    fn new(instance: &'a NewInstance, study_key: i64) -> Self {
        let above = instance.documents.above();
        let document = &above.series;
        Self {
            study_key,
            series_instance_uid: &instance.series_instance_uid,
            modality: element::text(document, "00080060"),
            series_number: element::integer(document, "00200011"),
            series_description: element::text(document, "0008103E"),
            body_part_examined: element::text(document, "00180015"),
            attributes: Document(document),
            left_out: above.left_out_of_series(),
        }
    }
}

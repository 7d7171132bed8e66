//! Patients, and what is personal about studies.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::first::{InsertFirstHeader, Patients, SeriesIdentities, StudyIdentities, unless_refused};
use super::headers::{Filed, Headers, NewSeries, write_headers, write_series};
use super::{NewInstance, insert_missing};
use crate::columns::Document;
use crate::element;
use crate::identity::{patients, study_identities};

/// Longest Patient ID that tells patients apart, in bytes. Whoever sends a longer one has not understood (LO holds 64
/// characters); such objects are treated as objects without Patient ID, and the value stays in the document.
const LONGEST_ID: usize = 256;

/// What writing identities came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Each instance's patient_key.
    pub patients: Vec<Uuid>,
    /// Whether there was a series to be made: the index is likely to lack it too.
    pub homes_are_new: bool,
    /// Whether every header is new; if not, some may be of other objects: see [`super::differing_headers`].
    pub headers_are_new: bool,
}

/// Writes headers, and the patients, studies and series that are not there yet.
///
/// A study belongs to the patient of its first instance. When an instance's header is there already, of an object with
/// another digest, it stays: see [`super::differing_headers`]. What belongs to known series is one statement and commits
/// by itself when the caller has begun no transaction; the same may be written again.
pub fn write_identity(connection: &mut PgConnection, instances: &[NewInstance]) -> QueryResult<Identified> {
    let all: Vec<&NewInstance> = instances.iter().collect();
    let mut filed = write_headers(connection, &all)?;
    let homeless: Vec<usize> = (0..filed.len()).filter(|number| filed[*number].patient.is_none()).collect();
    let homes_are_new = !homeless.is_empty();
    if homes_are_new {
        let instances: Vec<&NewInstance> = homeless.iter().map(|number| &instances[*number]).collect();
        let later = match first(connection, &instances)? {
            Some(first) => vec![first],
            None => connection.transaction(|connection| {
                write_studies(connection, &instances)?;
                write_series(connection, &instances)?;
                write_headers(connection, &instances)
            })?,
        };
        for (number, later) in homeless.into_iter().zip(later) {
            filed[number] = later;
        }
    }
    let headers_are_new = filed.iter().all(|filed| filed.new);
    // A series that is not there after it was written was removed meanwhile: the caller may try again.
    let patients: Option<Vec<Uuid>> = filed.into_iter().map(|filed| filed.patient).collect();
    Ok(Identified { patients: patients.ok_or(diesel::result::Error::NotFound)?, homes_are_new, headers_are_new })
}

/// The header of a lone instance with all that is above it; `None` when there are several, or the database refuses.
fn first(connection: &mut PgConnection, instances: &[&NewInstance]) -> QueryResult<Option<Filed>> {
    let [instance] = instances else { return Ok(None) };
    let patient = NewPatient::new(person(instance), instance);
    let (study, series) = (NewStudy::new(instance, patient.patient_key), NewSeries::new(instance));
    let statement = InsertFirstHeader {
        patient: Patients::new([&patient]),
        study: StudyIdentities::new([&study]),
        series: SeriesIdentities::new([&series]),
        header: Headers::new([*instance]),
    };
    let filed: Option<Vec<(Uuid, bool)>> = unless_refused(connection, |connection| statement.load(connection))?;
    let filed = filed.and_then(|mut rows| rows.pop());
    Ok(filed.map(|(patient, new)| Filed { patient: Some(patient), new }))
}

#[derive(Insertable)]
#[diesel(table_name = patients)]
pub(super) struct NewPatient<'a> {
    pub(super) patient_key: Uuid,
    pub(super) patient_id: String,
    pub(super) issuer_of_patient_id: String,
    pub(super) study_instance_uid: String,
    pub(super) patient_name: Option<String>,
    pub(super) patient_name_folded: Option<String>,
    pub(super) patient_birth_date: Option<NaiveDate>,
    pub(super) patient_sex: Option<String>,
    pub(super) attributes: Document<'a>,
}

/// What tells a patient from another: Patient ID, its issuer, and the study when there is no Patient ID.
type Person = (String, String, String);

fn person(instance: &NewInstance) -> Person {
    let whole = |tag| {
        let value = element::values(&instance.documents.above().patient, tag).next().and_then(Value::as_str);
        value.map(str::trim).unwrap_or_default()
    };
    let (id, issuer) = (whole("00100020"), whole("00100021"));
    if id.is_empty() || id.len() > LONGEST_ID || issuer.len() > LONGEST_ID {
        let shown = id.chars().take(LONGEST_ID / 4).collect();
        return (shown, String::new(), instance.study_instance_uid.clone());
    }
    (id.to_owned(), issuer.to_owned(), String::new())
}

impl<'a> NewPatient<'a> {
    fn new(person: Person, instance: &'a NewInstance) -> Self {
        let document = &instance.documents.above().patient;
        let (patient_id, issuer_of_patient_id, study_instance_uid) = person;
        Self {
            patient_key: Uuid::now_v7(),
            patient_id,
            issuer_of_patient_id,
            study_instance_uid,
            patient_name: element::person_name(document, "00100010"),
            patient_name_folded: element::folded_person_name(document, "00100010"),
            patient_birth_date: element::date(document, "00100030"),
            patient_sex: element::text(document, "00100040"),
            attributes: Document(document),
        }
    }
}

/// Makes patients that are not there; gives their keys. `wanted` is in order, so that no two processes wait for each other.
fn write_patients(
    connection: &mut PgConnection,
    wanted: BTreeMap<Person, &NewInstance>,
) -> QueryResult<HashMap<Person, Uuid>> {
    let rows: Vec<NewPatient> =
        wanted.iter().map(|(person, instance)| NewPatient::new(person.clone(), instance)).collect();
    let name = (patients::patient_id, patients::issuer_of_patient_id, patients::study_instance_uid);
    let columns = (patients::patient_key, name);
    let made = insert_missing!(connection, patients::table, rows, returning columns => (Uuid, Person));
    if made.len() < wanted.len() {
        return find_patients(connection, wanted.keys());
    }
    Ok(made.into_iter().map(|(key, person)| (person, key)).collect())
}

fn find_patients<'a>(
    connection: &mut PgConnection,
    wanted: impl Iterator<Item = &'a Person>,
) -> QueryResult<HashMap<Person, Uuid>> {
    let wanted: Vec<&Person> = wanted.collect();
    let mut known = HashMap::with_capacity(wanted.len());
    for some in wanted.chunks(100) {
        let mut rows = patients::table
            .select((
                patients::patient_key,
                (patients::patient_id, patients::issuer_of_patient_id, patients::study_instance_uid),
            ))
            .into_boxed();
        for (id, issuer, study) in some {
            let same = patients::patient_id.eq(id).and(patients::issuer_of_patient_id.eq(issuer));
            rows = rows.or_filter(same.and(patients::study_instance_uid.eq(study)));
        }
        let rows: Vec<(Uuid, Person)> = rows.load(connection)?;
        known.extend(rows.into_iter().map(|(key, person)| (person, key)));
    }
    // Those that are there stay until the transaction ends. A statement of its own, because Diesel locks no rows of a
    // query that is put together at run time.
    let keys: Vec<Uuid> = known.values().copied().collect();
    let there: Vec<Uuid> = patients::table
        .filter(patients::patient_key.eq_any(keys))
        .order(patients::patient_key)
        .select(patients::patient_key)
        .for_key_share()
        .load(connection)?;
    known.retain(|_, key| there.contains(key));
    Ok(known)
}

#[derive(Insertable)]
#[diesel(table_name = study_identities)]
pub(super) struct NewStudy<'a> {
    pub(super) study_instance_uid: &'a str,
    pub(super) patient_key: Uuid,
    pub(super) accession_number: Option<String>,
    pub(super) study_id: Option<String>,
    pub(super) referring_physician_name: Option<String>,
    pub(super) referring_physician_name_folded: Option<String>,
    pub(super) attributes: Document<'a>,
}

impl<'a> NewStudy<'a> {
    fn new(instance: &'a NewInstance, patient_key: Uuid) -> Self {
        let document = &instance.documents.above().study_identity;
        Self {
            study_instance_uid: &instance.study_instance_uid,
            patient_key,
            accession_number: element::text(document, "00080050"),
            study_id: element::text(document, "00200010"),
            referring_physician_name: element::person_name(document, "00080090"),
            referring_physician_name_folded: element::folded_person_name(document, "00080090"),
            attributes: Document(document),
        }
    }
}

/// Makes studies, and their patients, that are not there.
fn write_studies(connection: &mut PgConnection, instances: &[&NewInstance]) -> QueryResult<()> {
    let mut first: BTreeMap<&str, &NewInstance> = BTreeMap::new();
    for instance in instances {
        first.entry(&instance.study_instance_uid).or_insert(instance);
    }
    let there = find_studies(connection, first.keys())?;
    first.retain(|study, _| !there.contains(*study));
    if first.is_empty() {
        return Ok(());
    }
    let mut people = BTreeMap::new();
    for instance in first.values() {
        people.entry(person(instance)).or_insert(*instance);
    }
    let people = write_patients(connection, people)?;
    let mut rows = Vec::with_capacity(first.len());
    for instance in first.into_values() {
        let patient = people.get(&person(instance)).ok_or(diesel::result::Error::NotFound)?;
        rows.push(NewStudy::new(instance, *patient));
    }
    insert_missing!(connection, study_identities::table, rows);
    Ok(())
}

/// Finds studies and keeps them from being removed until the transaction ends.
fn find_studies<'a>(
    connection: &mut PgConnection,
    wanted: impl Iterator<Item = &'a &'a str>,
) -> QueryResult<HashSet<String>> {
    let rows = study_identities::table
        .filter(study_identities::study_instance_uid.eq_any(wanted.collect::<Vec<_>>()))
        .order(study_identities::study_instance_uid)
        .select(study_identities::study_instance_uid)
        .for_key_share();
    Ok(rows.load::<String>(connection)?.into_iter().collect())
}

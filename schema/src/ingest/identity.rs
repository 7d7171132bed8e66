//! Patients, and what is personal about studies.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::headers::{write_headers, write_series};
use super::{NewInstance, insert_missing};
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
    /// Whether every header is new; if not, some may be of other objects: see [`super::differing_headers`].
    pub headers_are_new: bool,
}

/// Writes patients, study, series and instance identities: what is there stays, what is missing is added.
///
/// In a transaction of its own. A study belongs to the patient of its first instance. When an instance's header is
/// there already, of an object with another digest, it stays: see [`super::differing_headers`].
pub fn write_identity(connection: &mut PgConnection, instances: &[NewInstance]) -> QueryResult<Identified> {
    connection.transaction(|connection| {
        let studies = write_studies(connection, instances)?;
        write_series(connection, instances)?;
        let headers_are_new = write_headers(connection, instances)? == instances.len();
        let patient = |instance: &NewInstance| {
            studies.get(instance.study_instance_uid.as_str()).copied().ok_or(diesel::result::Error::NotFound)
        };
        let patients = instances.iter().map(patient).collect::<QueryResult<_>>()?;
        Ok(Identified { patients, headers_are_new })
    })
}

#[derive(Insertable)]
#[diesel(table_name = patients)]
struct NewPatient {
    patient_key: Uuid,
    patient_id: String,
    issuer_of_patient_id: String,
    study_instance_uid: String,
    patient_name: Option<String>,
    patient_name_folded: Option<String>,
    patient_birth_date: Option<NaiveDate>,
    patient_sex: Option<String>,
    attributes: Value,
}

/// What tells a patient from another: Patient ID, its issuer, and the study when there is no Patient ID.
type Person = (String, String, String);

fn person(instance: &NewInstance) -> Person {
    let whole = |tag| {
        let value = element::values(&instance.documents.patient, tag).next().and_then(Value::as_str);
        value.map(str::trim).unwrap_or_default()
    };
    let (id, issuer) = (whole("00100020"), whole("00100021"));
    if id.is_empty() || id.len() > LONGEST_ID || issuer.len() > LONGEST_ID {
        let shown = id.chars().take(LONGEST_ID / 4).collect();
        return (shown, String::new(), instance.study_instance_uid.clone());
    }
    (id.to_owned(), issuer.to_owned(), String::new())
}

impl NewPatient {
    fn new(person: Person, instance: &NewInstance) -> Self {
        let document = &instance.documents.patient;
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
            attributes: Value::Object(document.clone()),
        }
    }
}

/// Makes patients that are not there; gives their keys. `wanted` is in order, so that no two processes wait for each other.
fn write_patients(
    connection: &mut PgConnection,
    wanted: BTreeMap<Person, &NewInstance>,
) -> QueryResult<HashMap<Person, Uuid>> {
    let mut known = find_patients(connection, wanted.keys())?;
    let missing: Vec<NewPatient> = wanted
        .iter()
        .filter(|(person, _)| !known.contains_key(*person))
        .map(|(person, instance)| NewPatient::new(person.clone(), instance))
        .collect();
    if missing.is_empty() {
        return Ok(known);
    }
    let name = (patients::patient_id, patients::issuer_of_patient_id, patients::study_instance_uid);
    let columns = (patients::patient_key, name);
    let made = insert_missing!(connection, patients::table, missing, returning columns => (Uuid, Person));
    let all = made.len() == missing.len();
    known.extend(made.into_iter().map(|(key, person)| (person, key)));
    if !all {
        known.extend(find_patients(connection, wanted.keys())?);
    }
    Ok(known)
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
struct NewStudy<'a> {
    study_instance_uid: &'a str,
    patient_key: Uuid,
    accession_number: Option<String>,
    study_id: Option<String>,
    referring_physician_name: Option<String>,
    referring_physician_name_folded: Option<String>,
    attributes: Value,
}

impl<'a> NewStudy<'a> {
    fn new(instance: &'a NewInstance, patient_key: Uuid) -> Self {
        let document = &instance.documents.study_identity;
        Self {
            study_instance_uid: &instance.study_instance_uid,
            patient_key,
            accession_number: element::text(document, "00080050"),
            study_id: element::text(document, "00200010"),
            referring_physician_name: element::person_name(document, "00080090"),
            referring_physician_name_folded: element::folded_person_name(document, "00080090"),
            attributes: Value::Object(document.clone()),
        }
    }
}

/// Makes studies (and their patients) that are not there; gives the patient of each.
fn write_studies<'a>(
    connection: &mut PgConnection,
    instances: &'a [NewInstance],
) -> QueryResult<HashMap<String, Uuid>> {
    let mut first: BTreeMap<&'a str, &'a NewInstance> = BTreeMap::new();
    for instance in instances {
        first.entry(&instance.study_instance_uid).or_insert(instance);
    }
    let mut known = find_studies(connection, first.keys().copied())?;
    first.retain(|study, _| !known.contains_key(*study));
    if first.is_empty() {
        return Ok(known);
    }
    let mut people = BTreeMap::new();
    for instance in first.values() {
        people.entry(person(instance)).or_insert(*instance);
    }
    let people = write_patients(connection, people)?;
    let new = |instance: &&'a NewInstance| {
        let patient = people.get(&person(instance)).ok_or(diesel::result::Error::NotFound)?;
        Ok(NewStudy::new(instance, *patient))
    };
    let missing = first.values().map(new).collect::<QueryResult<Vec<NewStudy>>>()?;
    let columns = (study_identities::study_instance_uid, study_identities::patient_key);
    let made = insert_missing!(connection, study_identities::table, missing, returning columns => (String, Uuid));
    let all = made.len() == missing.len();
    known.extend(made);
    if !all {
        known.extend(find_studies(connection, first.keys().copied())?);
    }
    Ok(known)
}

/// Finds studies and keeps them from being removed until the transaction ends.
fn find_studies<'a>(
    connection: &mut PgConnection,
    wanted: impl Iterator<Item = &'a str>,
) -> QueryResult<HashMap<String, Uuid>> {
    let rows = study_identities::table
        .filter(study_identities::study_instance_uid.eq_any(wanted.collect::<Vec<_>>()))
        .order(study_identities::study_instance_uid)
        .select((study_identities::study_instance_uid, study_identities::patient_key))
        .for_key_share();
    Ok(rows.load::<(String, Uuid)>(connection)?.into_iter().collect())
}

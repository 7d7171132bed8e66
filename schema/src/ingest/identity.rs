//! Patients, and what is personal about studies, series and instances.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::{NewInstance, insert_missing};
use crate::element;
use crate::identity::{instance_headers, patients, series_identities, study_identities};

/// Longest Patient ID that tells patients apart, in bytes. Whoever sends a longer one has not understood (LO holds 64
/// characters); such objects are treated as objects without Patient ID, and the value stays in the document.
const LONGEST_ID: usize = 256;

/// What writing identities came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Each instance's patient_key.
    pub patients: Vec<Uuid>,
    /// Whether every header is new; if not, some may be of other objects: see [`differing_headers`].
    pub headers_are_new: bool,
}

/// Writes patients, study, series and instance identities: what is there stays, what is missing is added.
///
/// In a transaction of its own. A study belongs to the patient of its first instance. When an instance's header is
/// there already, of an object with another digest, it stays: see [`differing_headers`].
pub fn write_identity(connection: &mut PgConnection, instances: &[NewInstance]) -> QueryResult<Identified> {
    connection.transaction(|connection| {
        let studies = write_studies(connection, instances)?;
        write_series(connection, instances)?;
        let headers_are_new = write_headers(connection, instances)? == instances.len();
        let patient = |instance: &NewInstance| studies[instance.study_instance_uid.as_str()];
        Ok(Identified { patients: instances.iter().map(patient).collect(), headers_are_new })
    })
}

/// Which of these instances have a header that is of another object: one that was refused in the index, or whose store
/// was interrupted before it got there. Those that are [`super::Written::New`] in the index want
/// [`super::replace_identity`].
pub fn differing_headers(connection: &mut PgConnection, instances: &[NewInstance]) -> QueryResult<Vec<usize>> {
    let uids: Vec<&str> = instances.iter().map(|instance| instance.sop_instance_uid.as_str()).collect();
    let digests: HashMap<String, Vec<u8>> = instance_headers::table
        .filter(instance_headers::sop_instance_uid.eq_any(uids))
        .select((instance_headers::sop_instance_uid, instance_headers::digest))
        .load::<(String, Vec<u8>)>(connection)?
        .into_iter()
        .collect();
    let differs = |instance: &NewInstance| digests.get(&instance.sop_instance_uid) != Some(&instance.digest);
    Ok((0..instances.len()).filter(|number| differs(&instances[*number])).collect())
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
    let missing: Vec<NewStudy> =
        first.values().map(|instance| NewStudy::new(instance, people[&person(instance)])).collect();
    let columns = (study_identities::study_instance_uid, study_identities::patient_key);
    let made = insert_missing!(connection, study_identities::table, missing, returning columns => (String, Uuid));
    let all = made.len() == missing.len();
    known.extend(made);
    if !all {
        known.extend(find_studies(connection, first.keys().copied())?);
    }
    Ok(known)
}

fn find_studies<'a>(
    connection: &mut PgConnection,
    wanted: impl Iterator<Item = &'a str>,
) -> QueryResult<HashMap<String, Uuid>> {
    let rows = study_identities::table
        .filter(study_identities::study_instance_uid.eq_any(wanted.collect::<Vec<_>>()))
        .select((study_identities::study_instance_uid, study_identities::patient_key));
    Ok(rows.load::<(String, Uuid)>(connection)?.into_iter().collect())
}

#[derive(Insertable)]
#[diesel(table_name = series_identities)]
struct NewSeries<'a> {
    series_instance_uid: &'a str,
    study_instance_uid: &'a str,
    attributes: Value,
}

fn write_series(connection: &mut PgConnection, instances: &[NewInstance]) -> QueryResult<()> {
    let mut first: BTreeMap<(&str, &str), &NewInstance> = BTreeMap::new();
    for instance in instances {
        first.entry((&instance.series_instance_uid, &instance.study_instance_uid)).or_insert(instance);
    }
    let rows: Vec<NewSeries> = first
        .into_iter()
        .map(|((series_instance_uid, study_instance_uid), instance)| {
            let attributes = Value::Object(instance.documents.series_identity.clone());
            NewSeries { series_instance_uid, study_instance_uid, attributes }
        })
        .collect();
    insert_missing!(connection, series_identities::table, rows);
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = instance_headers)]
struct NewHeader<'a> {
    sop_instance_uid: &'a str,
    study_instance_uid: &'a str,
    series_instance_uid: &'a str,
    digest: &'a [u8],
    metadata: &'a [u8],
    personal: Option<Value>,
}

/// Gives the number of headers that are new.
fn write_headers(connection: &mut PgConnection, instances: &[NewInstance]) -> QueryResult<usize> {
    let mut rows: Vec<NewHeader> = instances.iter().map(NewHeader::new).collect();
    rows.sort_by_key(|row| row.sop_instance_uid);
    Ok(insert_missing!(connection, instance_headers::table, rows))
}

impl<'a> NewHeader<'a> {
    fn new(instance: &'a NewInstance) -> Self {
        let personal = &instance.documents.instance_identity;
        Self {
            sop_instance_uid: &instance.sop_instance_uid,
            study_instance_uid: &instance.study_instance_uid,
            series_instance_uid: &instance.series_instance_uid,
            digest: &instance.digest,
            metadata: &instance.metadata,
            personal: (!personal.is_empty()).then(|| Value::Object(personal.clone())),
        }
    }
}

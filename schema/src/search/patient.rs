//! Searches for patients (PS3.4 §C.6.1.1.2). Who a patient is stands in the identity database, what a patient has in the
//! index.
//!
//! A patient matches when the personal keys say so, and when the index has a Study of the patient that the other keys
//! match: patients whose first object is still on its way are not there yet. Candidates come in the order of their keys,
//! a batch at a time, from the database that can say most.

use std::collections::HashMap;

use diesel::sql_types::{BigInt, Jsonb, Nullable};
use diesel::{PgConnection, QueryResult, QueryableByName};
use serde_json::json;
use uuid::Uuid;

use super::bounded::{Clock, SearchError};
use super::find::conditions;
use super::found::{Document, Match};
use super::resolve::{self, Resolved};
use super::statement::{Bind, Statement};
use super::{Found, Query, answer};
use crate::attribute::Level;

/// Candidates asked about at once, at least.
const BATCH: usize = 500;

/// Numbers of Patient Related Studies, Series and Instances.
const COUNTS: [(u16, u16); 3] = [(0x0020, 0x1200), (0x0020, 0x1202), (0x0020, 0x1204)];

#[derive(QueryableByName)]
struct Keyed {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    patient_key: Uuid,
}

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    patient_key: Uuid,
    #[diesel(sql_type = Jsonb)]
    attributes: Document,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    patient_key: Uuid,
    #[diesel(sql_type = BigInt)]
    studies: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    series: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    instances: Option<i64>,
}

/// A page of patients.
pub(super) fn find(index: &mut PgConnection, identity: &mut PgConnection, query: &Query) -> Result<Found, SearchError> {
    let mut keys = match query.lowest_personal() {
        Some(lowest) => from_identity(index, identity, query, lowest)?,
        None => from_index(index, query)?,
    };
    let more = keys.len() > query.limit();
    keys.truncate(query.limit());
    let next = keys.last().filter(|_| more).map(|key| query.token(&vec![Some(key.to_string())]));
    let known = known(identity, &keys)?;
    let counts =
        if COUNTS.iter().any(|tag| query.wants(Level::Patient, *tag)) { counts(index, &keys)? } else { HashMap::new() };
    let represent = |key: &Uuid| represent(query, known.get(key).cloned(), counts.get(key));
    Ok(Found { matches: keys.iter().map(represent).collect(), truncated: more, next, total: None })
}

/// Nothing is asked about the patients themselves: the index has all that have something.
fn from_index(index: &mut PgConnection, query: &Query) -> QueryResult<Vec<Uuid>> {
    let mut statement = Statement::new("SELECT pa.patient_key FROM (SELECT st.patient_key FROM studies st");
    conditions(&mut statement, query, &Resolved::Everything, Level::Study);
    statement.push(") AS pa WHERE TRUE");
    query.after(&mut statement);
    statement.push(" GROUP BY pa.patient_key").push(&query.order.sql());
    statement.push(" LIMIT ").bind(Bind::Whole(query.limit() as i64 + 1));
    Ok(statement.load::<Keyed>(index)?.into_iter().map(|row| row.patient_key).collect())
}

/// The identity database gives candidates, the index says who of them has something that matches.
fn from_identity(
    index: &mut PgConnection,
    identity: &mut PgConnection,
    query: &Query,
    lowest: Level,
) -> Result<Vec<Uuid>, SearchError> {
    let clock = Clock::start();
    let size = BATCH.max(query.limit() + 1);
    let (mut page, mut last) = (Vec::new(), None);
    while page.len() <= query.limit() {
        clock.check()?;
        let mut statement = Statement::new("SELECT pa.patient_key FROM patients pa WHERE TRUE");
        resolve::patients(&mut statement, query);
        match last {
            None => query.after(&mut statement),
            Some(last) => drop(statement.push(" AND pa.patient_key > ").bind(Bind::Uuid(last))),
        }
        statement.push(&query.order.sql()).push(" LIMIT ").bind(Bind::Whole(size as i64));
        let batch: Vec<Uuid> = statement.load::<Keyed>(identity)?.into_iter().map(|row| row.patient_key).collect();
        let ended = batch.len() < size;
        last = batch.last().copied();
        let resolved = match lowest {
            Level::Patient => Resolved::Patients(batch),
            // What is personal and what is not is asked of the same Study, Series or Instance.
            lowest => resolve::of_patients(identity, query, lowest, batch)?,
        };
        if resolved.names() > 0 {
            let mut statement = Statement::new("SELECT DISTINCT st.patient_key FROM studies st");
            conditions(&mut statement, query, &resolved, Level::Study);
            statement.push(" ORDER BY st.patient_key");
            page.extend(statement.load::<Keyed>(index)?.into_iter().map(|row| row.patient_key));
        }
        if ended {
            break;
        }
    }
    page.truncate(query.limit() + 1);
    Ok(page)
}

/// What the identity database says of patients.
fn known(identity: &mut PgConnection, keys: &[Uuid]) -> QueryResult<HashMap<Uuid, Document>> {
    let mut statement = Statement::new("SELECT patient_key, attributes FROM patients WHERE patient_key = ANY(");
    statement.bind(Bind::Uuids(keys.to_vec())).push(")");
    Ok(statement.load::<Known>(identity)?.into_iter().map(|row| (row.patient_key, row.attributes)).collect())
}

/// How much patients have, whatever was asked of it.
fn counts(index: &mut PgConnection, keys: &[Uuid]) -> QueryResult<HashMap<Uuid, [i64; 3]>> {
    let mut statement = Statement::new(
        "SELECT patient_key, count(*) AS studies, sum(number_of_study_related_series)::bigint AS series,
            sum(number_of_study_related_instances)::bigint AS instances
         FROM studies WHERE patient_key = ANY(",
    );
    statement.bind(Bind::Uuids(keys.to_vec())).push(") GROUP BY patient_key");
    let counted = |row: Counted| {
        (row.patient_key, [row.studies, row.series.unwrap_or_default(), row.instances.unwrap_or_default()])
    };
    Ok(statement.load(index)?.into_iter().map(counted).collect())
}

fn represent(query: &Query, known: Option<Document>, counts: Option<&[i64; 3]>) -> Match {
    let mut answer = Match::default();
    answer::add_document(&mut answer, query, Level::Patient, known);
    for (tag, count) in COUNTS.iter().zip(counts.into_iter().flatten()) {
        if query.wants(Level::Patient, *tag) {
            answer.insert(*tag, &json!({"vr": "IS", "Value": [count]}));
        }
    }
    answer::add_required(&mut answer, query);
    answer
}

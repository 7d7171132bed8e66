//! Forwarding (index database): the rules, and the jobs that come of them.

pub mod personal;
pub mod web;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Text, Timestamptz};
use serde_json::Value;
use uuid::Uuid;

use crate::jobs::Job;
use crate::jobs::table::jobs;

/// The kind of jobs that forward instances. Their work is an object with a member `to`, an AE title or the URL of
/// a web service.
pub const KIND: &str = "forward";

diesel::table! {
    /// What is forwarded where.
    forwarding_rules (name) {
        /// Name for people.
        name -> Text,
        /// Calling AE title of what is forwarded; NULL: any.
        source -> Nullable<Text>,
        /// (0008,0060); NULL: any.
        modality -> Nullable<Text>,
        /// (0008,0016); NULL: any.
        sop_class_uid -> Nullable<Text>,
        /// Pairs of an attribute and a value; all must match. None of them is personal.
        attributes -> Jsonb,
        /// AE title, or URL.
        destination -> Text,
        /// Transfer Syntax UID to send in, where that is possible; NULL: as stored.
        transfer_syntax_uid -> Nullable<Text>,
        /// When it was added.
        created_at -> Timestamptz,
        /// What it wants sent goes de-identified or not at all.
        deidentified -> Bool,
        /// Key of further pairs, which are personal, in the identity database; NULL: there are none.
        personal_conditions -> Nullable<Uuid>,
    }
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = forwarding_rules, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "fields named as their columns")]
pub struct RuleRow {
    pub name: String,
    pub source: Option<String>,
    pub modality: Option<String>,
    pub sop_class_uid: Option<String>,
    pub attributes: Value,
    pub destination: String,
    pub transfer_syntax_uid: Option<String>,
    pub created_at: DateTime<Utc>,
    pub deidentified: bool,
    pub personal_conditions: Option<Uuid>,
}

/// Adds a rule; `false` when there is one of this name.
pub fn add(connection: &mut PgConnection, rule: &RuleRow) -> QueryResult<bool> {
    let added = diesel::insert_into(forwarding_rules::table).values(rule).on_conflict_do_nothing();
    added.execute(connection).map(|rows| rows == 1)
}

/// All rules, by name.
pub fn list(connection: &mut PgConnection) -> QueryResult<Vec<RuleRow>> {
    forwarding_rules::table.order(forwarding_rules::name).select(RuleRow::as_select()).load(connection)
}

/// Removes a rule; `false` when there is none of this name.
pub fn remove(connection: &mut PgConnection, name: &str) -> QueryResult<bool> {
    diesel::delete(forwarding_rules::table.find(name)).execute(connection).map(|rows| rows == 1)
}

/// Takes up to `most` jobs for one destination of those reached by `reach` that none of the `busy` ones is, for so long: those
/// of the destination that waits for longest. If they are not finished by then, somebody takes them again.
pub fn lease(
    connection: &mut PgConnection,
    storage_node_id: i64,
    reach: Reach,
    busy: &[String],
    most: i64,
    lease: Duration,
) -> QueryResult<Vec<Job>> {
    connection.transaction(|connection| {
        let Some(destination) = waiting(connection, storage_node_id, reach, busy)? else { return Ok(Vec::new()) };
        let taken: Vec<Job> = jobs::table
            .filter(jobs::kind.eq(KIND))
            .filter(jobs::failed_at.is_null())
            .filter(jobs::storage_node_id.eq(storage_node_id))
            .filter(jobs::due_at.le(diesel::dsl::now))
            .filter(sql::<Text>(TO).eq(destination))
            .order((jobs::due_at, jobs::job_id))
            .limit(most)
            .select(Job::as_select())
            .for_update()
            .skip_locked()
            .load(connection)?;
        let keys: Vec<i64> = taken.iter().map(|job| job.job_id).collect();
        diesel::update(jobs::table.filter(jobs::job_id.eq_any(&keys))).set(jobs::taken.eq(true)).execute(connection)?;
        extend(connection, &keys, lease)?;
        Ok(taken)
    })
}

/// How destinations are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// By DIMSE: their jobs name AE titles.
    Dimse,
    /// By the web: their jobs name URLs.
    Web,
}

/// The destination of a job, as the index has it.
const TO: &str = "(work->>'to')";

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = Text)]
    title: String,
}

/// The destination that waits for longest. The index is asked once for each destination, however many jobs each has.
fn waiting(
    connection: &mut PgConnection,
    storage_node_id: i64,
    reach: Reach,
    busy: &[String],
) -> QueryResult<Option<String>> {
    let jobs = format!("FROM jobs WHERE kind = '{KIND}' AND storage_node_id = $1 AND failed_at IS NULL");
    let statement = format!(
        "WITH RECURSIVE destinations (title) AS (
            (SELECT {TO} {jobs} ORDER BY {TO} LIMIT 1)
            UNION ALL
            SELECT (SELECT {TO} {jobs} AND {TO} > destinations.title ORDER BY {TO} LIMIT 1)
            FROM destinations WHERE destinations.title IS NOT NULL
        )
        SELECT title FROM destinations, LATERAL (
            SELECT due_at, job_id {jobs} AND {TO} = title AND due_at <= now() ORDER BY due_at, job_id LIMIT 1
        ) AS first
        WHERE title <> ALL($2) AND (title ~ '^https?://') = $3 ORDER BY due_at, job_id LIMIT 1"
    );
    let first = sql_query(statement).bind::<BigInt, _>(storage_node_id).bind::<Array<Text>, _>(busy);
    let first = first.bind::<Bool, _>(reach == Reach::Web);
    first.get_result(connection).optional().map(|first: Option<Waiting>| first.map(|first| first.title))
}

/// Jobs that were taken stay so for longer; those that have ended meanwhile do not.
pub fn extend(connection: &mut PgConnection, job_ids: &[i64], lease: Duration) -> QueryResult<()> {
    let until = Utc::now() + TimeDelta::from_std(lease).unwrap_or(TimeDelta::MAX);
    let taken = jobs::table.filter(jobs::job_id.eq_any(job_ids)).filter(jobs::taken).filter(jobs::failed_at.is_null());
    diesel::update(taken).set(jobs::due_at.eq(until)).execute(connection).map(drop)
}

/// A destination that cannot be reached.
#[derive(Debug, Clone, Copy)]
pub struct Unreachable<'a> {
    /// AE title, or URL.
    pub destination: &'a str,
    /// Jobs for it that were taken.
    pub taken: &'a [i64],
    /// When it is tried again.
    pub pause: Duration,
    /// Jobs fail for good when it cannot be reached for so long.
    pub patience: Duration,
    /// Why.
    pub error: &'a str,
}

/// A job that failed for good: its number, and the name of its rule.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
#[expect(missing_docs, reason = "fields named as their columns")]
pub struct Failed {
    #[diesel(sql_type = BigInt)]
    pub job_id: i64,
    #[diesel(sql_type = Text)]
    pub rule: String,
}

/// Postpones the jobs for a destination that cannot be reached, those that were taken and all others that are due; gives
/// those that failed for good by that.
pub fn unreachable(
    connection: &mut PgConnection,
    storage_node_id: i64,
    what: &Unreachable<'_>,
) -> QueryResult<Vec<Failed>> {
    let span = |time: Duration| TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX);
    let statement = format!(
        "WITH moved AS (
            UPDATE jobs SET due_at = $1, taken = false, last_error = $2,
                unreachable_since = coalesce(unreachable_since, now()),
                failed_at = CASE WHEN unreachable_since < $3 THEN now() END
            WHERE job_id IN (
                SELECT job_id FROM jobs WHERE kind = '{KIND}' AND storage_node_id = $4 AND {TO} = $5
                    AND failed_at IS NULL AND (due_at <= now() OR job_id = ANY($6))
                FOR UPDATE SKIP LOCKED)
            RETURNING job_id, work, failed_at
        )
        SELECT job_id, coalesce(work->>'rule', '') AS rule FROM moved WHERE failed_at IS NOT NULL"
    );
    sql_query(statement)
        .bind::<Timestamptz, _>(Utc::now() + span(what.pause))
        .bind::<Text, _>(what.error)
        .bind::<Timestamptz, _>(Utc::now() - span(what.patience))
        .bind::<BigInt, _>(storage_node_id)
        .bind::<Text, _>(what.destination)
        .bind::<Array<BigInt>, _>(what.taken)
        .load(connection)
}

/// A destination is reached: from here on it was never out of reach, and what waited for it is due.
pub fn reached(connection: &mut PgConnection, storage_node_id: i64, destination: &str) -> QueryResult<usize> {
    let waited = jobs::table
        .filter(jobs::kind.eq(KIND))
        .filter(jobs::failed_at.is_null())
        .filter(jobs::storage_node_id.eq(storage_node_id))
        .filter(sql::<Text>(TO).eq(destination.to_owned()))
        .filter(jobs::unreachable_since.is_not_null());
    // The time of those that somebody is at is not theirs to wait.
    let due = sql::<Timestamptz>("CASE WHEN taken THEN due_at ELSE least(due_at, now()) END");
    let anew = (jobs::unreachable_since.eq(None::<DateTime<Utc>>), jobs::due_at.eq(due));
    diesel::update(waited).set(anew).execute(connection)
}

/// What is left to do of a job.
pub fn shorten(connection: &mut PgConnection, job_id: i64, work: &Value) -> QueryResult<()> {
    diesel::update(jobs::table.find(job_id)).set(jobs::work.eq(work)).execute(connection).map(drop)
}

/// A job failed for good: it is not tried again unless somebody asks for it.
pub fn fail(connection: &mut PgConnection, job_id: i64, error: &str) -> QueryResult<()> {
    diesel::update(jobs::table.find(job_id))
        .set((
            jobs::failed_at.eq(Utc::now()),
            jobs::taken.eq(false),
            jobs::failures.eq(jobs::failures + 1),
            jobs::last_error.eq(error),
        ))
        .execute(connection)
        .map(drop)
}

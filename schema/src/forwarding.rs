//! Forwarding (index database): the rules, and the jobs that come of them.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use serde_json::Value;

use crate::jobs::Job;
use crate::jobs::table::jobs;

/// The kind of jobs that forward instances. Their work is an object with a member `to`, the AE title.
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
        /// Pairs of an attribute and a value; all must match.
        attributes -> Jsonb,
        /// AE title.
        destination -> Text,
        /// Transfer Syntax UID to send in, where that is possible; NULL: as stored.
        transfer_syntax_uid -> Nullable<Text>,
        /// When it was added.
        created_at -> Timestamptz,
    }
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = forwarding_rules, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct RuleRow {
    pub name: String,
    pub source: Option<String>,
    pub modality: Option<String>,
    pub sop_class_uid: Option<String>,
    pub attributes: Value,
    pub destination: String,
    pub transfer_syntax_uid: Option<String>,
    pub created_at: DateTime<Utc>,
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

/// Takes up to `most` jobs for one destination that none of the `busy` ones is, for so long: those of the destination that
/// waits for longest. If they are not finished by then, somebody takes them again.
pub fn lease(
    connection: &mut PgConnection,
    storage_node_id: i64,
    busy: &[String],
    most: i64,
    lease: Duration,
) -> QueryResult<Vec<Job>> {
    connection.transaction(|connection| {
        let due = || {
            jobs::table
                .filter(jobs::kind.eq(KIND))
                .filter(jobs::failed_at.is_null())
                .filter(jobs::storage_node_id.eq(storage_node_id))
                .filter(jobs::due_at.le(diesel::dsl::now))
        };
        let to = || jobs::work.retrieve_as_text("to");
        let first = due().filter(to().ne_all(busy)).order((jobs::due_at, jobs::job_id)).select(to());
        let Some(destination) = first.first::<String>(connection).optional()? else {
            return Ok(Vec::new());
        };
        let taken: Vec<Job> = due()
            .filter(to().eq(destination))
            .order((jobs::due_at, jobs::job_id))
            .limit(most)
            .select(Job::as_select())
            .for_update()
            .skip_locked()
            .load(connection)?;
        let keys: Vec<i64> = taken.iter().map(|job| job.job_id).collect();
        extend(connection, &keys, lease)?;
        Ok(taken)
    })
}

/// Jobs that were taken stay so for longer.
pub fn extend(connection: &mut PgConnection, job_ids: &[i64], lease: Duration) -> QueryResult<()> {
    let until = Utc::now() + TimeDelta::from_std(lease).unwrap_or(TimeDelta::MAX);
    diesel::update(jobs::table.filter(jobs::job_id.eq_any(job_ids)))
        .set(jobs::due_at.eq(until))
        .execute(connection)
        .map(drop)
}

/// What is left to do of a job.
pub fn shorten(connection: &mut PgConnection, job_id: i64, work: &Value) -> QueryResult<()> {
    diesel::update(jobs::table.find(job_id)).set(jobs::work.eq(work)).execute(connection).map(drop)
}

/// A job failed for good: it is not tried again unless somebody asks for it.
pub fn fail(connection: &mut PgConnection, job_id: i64, error: &str) -> QueryResult<()> {
    diesel::update(jobs::table.find(job_id))
        .set((jobs::failed_at.eq(Utc::now()), jobs::failures.eq(jobs::failures + 1), jobs::last_error.eq(error)))
        .execute(connection)
        .map(drop)
}

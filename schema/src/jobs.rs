//! Jobs (index database): work that is done after the answer. A row that is there is work to be done.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use serde_json::Value;

use table::jobs;

pub(crate) mod table {
    diesel::table! {
        jobs (job_id) {
            job_id -> BigInt,
            kind -> Text,
            work -> Jsonb,
            storage_node_id -> Nullable<BigInt>,
            created_at -> Timestamptz,
            due_at -> Timestamptz,
            failures -> Integer,
            last_error -> Nullable<Text>,
            failed_at -> Nullable<Timestamptz>,
            taken -> Bool,
            unreachable_since -> Nullable<Timestamptz>,
        }
    }
}

/// A job to be done.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = jobs, check_for_backend(diesel::pg::Pg))]
pub struct Job {
    /// Key.
    pub job_id: i64,
    /// What kind of work it is. The words are the archive's.
    pub kind: String,
    /// What the work is about; its shape follows from the kind.
    pub work: Value,
    /// How often it failed.
    pub failures: i32,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// Since when its destination cannot be reached.
    pub unreachable_since: Option<DateTime<Utc>>,
}

/// A job to be queued.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = jobs, check_for_backend(diesel::pg::Pg))]
pub struct NewJob {
    /// What kind of work it is.
    pub kind: &'static str,
    /// What the work is about.
    pub work: Value,
    /// Only a gateway with this storage node can do it.
    pub storage_node_id: Option<i64>,
    /// Not before.
    pub due_at: DateTime<Utc>,
}

/// Queues jobs, in the caller's transaction if there is one.
pub fn queue(connection: &mut PgConnection, new: &[NewJob]) -> QueryResult<()> {
    if new.is_empty() {
        return Ok(());
    }
    diesel::insert_into(jobs::table).values(new).execute(connection).map(drop)
}

/// Takes a job of the first of these kinds that has one that is due and that nobody works on, the one that waits for
/// longest. It stays locked until the caller's transaction ends.
pub fn take(connection: &mut PgConnection, kinds: &[&str], storage_node_id: i64) -> QueryResult<Option<Job>> {
    let here = jobs::storage_node_id.is_null().or(jobs::storage_node_id.eq(storage_node_id));
    // One kind after the other: for each, the index has the order.
    for kind in kinds {
        let due = jobs::table
            .filter(jobs::kind.eq(kind))
            .filter(jobs::failed_at.is_null())
            .filter(jobs::due_at.le(diesel::dsl::now))
            .filter(here)
            .order((jobs::due_at, jobs::job_id))
            .select(Job::as_select())
            .for_update()
            .skip_locked();
        if let Some(job) = due.first(connection).optional()? {
            return Ok(Some(job));
        }
    }
    Ok(None)
}

/// Takes a job of this kind for so long: nobody else takes it before, and if it is neither finished nor postponed by then,
/// somebody does. For work that takes longer than a transaction should.
pub fn lease(connection: &mut PgConnection, kind: &str, lease: Duration) -> QueryResult<Option<Job>> {
    connection.transaction(|connection| {
        let due = jobs::table
            .filter(jobs::kind.eq(kind))
            .filter(jobs::failed_at.is_null())
            .filter(jobs::due_at.le(diesel::dsl::now))
            .order((jobs::due_at, jobs::job_id))
            .select(Job::as_select())
            .for_update()
            .skip_locked();
        let Some(job) = due.first(connection).optional()? else { return Ok(None) };
        let until = Utc::now() + TimeDelta::from_std(lease).unwrap_or(TimeDelta::MAX);
        diesel::update(jobs::table.find(job.job_id))
            .set((jobs::due_at.eq(until), jobs::taken.eq(true)))
            .execute(connection)?;
        Ok(Some(job))
    })
}

/// Makes jobs due now that wait for their time.
pub fn hurry(connection: &mut PgConnection, kind: &str, work: &Value) -> QueryResult<usize> {
    let waiting = jobs::table
        .filter(jobs::kind.eq(kind))
        .filter(jobs::failed_at.is_null())
        .filter(jobs::due_at.gt(Utc::now()))
        .filter(jobs::work.eq(work));
    diesel::update(waiting).set(jobs::due_at.eq(Utc::now())).execute(connection)
}

/// Takes jobs back that nobody works on.
pub fn withdraw(connection: &mut PgConnection, kind: &str, work: &Value) -> QueryResult<usize> {
    let idle = jobs::table
        .filter(jobs::kind.eq(kind))
        .filter(jobs::failed_at.is_null())
        .filter(jobs::work.eq(work))
        .select(jobs::job_id)
        .for_update()
        .skip_locked()
        .load::<i64>(connection)?;
    diesel::delete(jobs::table.filter(jobs::job_id.eq_any(idle))).execute(connection)
}

/// A job is done.
pub fn finish(connection: &mut PgConnection, job_id: i64) -> QueryResult<()> {
    diesel::delete(jobs::table.find(job_id)).execute(connection).map(drop)
}

/// A job failed: it is tried again after `pause`.
pub fn postpone(connection: &mut PgConnection, job_id: i64, pause: Duration, error: &str) -> QueryResult<()> {
    let due = Utc::now() + TimeDelta::from_std(pause).unwrap_or(TimeDelta::MAX);
    diesel::update(jobs::table.find(job_id))
        .set((
            jobs::due_at.eq(due),
            jobs::taken.eq(false),
            jobs::failures.eq(jobs::failures + 1),
            jobs::last_error.eq(error),
            jobs::unreachable_since.eq(None::<DateTime<Utc>>),
        ))
        .execute(connection)
        .map(drop)
}

/// A job as it is.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = jobs, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "fields named as their columns")]
pub struct JobRow {
    pub job_id: i64,
    pub kind: String,
    pub work: Value,
    pub created_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub failures: i32,
    pub last_error: Option<String>,
    pub failed_at: Option<DateTime<Utc>>,
    pub unreachable_since: Option<DateTime<Utc>>,
}

/// The oldest jobs, or the oldest of those that failed for good.
pub fn list(connection: &mut PgConnection, only_failed: bool, most: i64) -> QueryResult<Vec<JobRow>> {
    let all = jobs::table.order(jobs::job_id).limit(most).select(JobRow::as_select());
    match only_failed {
        true => all.filter(jobs::failed_at.is_not_null()).load(connection),
        false => all.load(connection),
    }
}

/// One job.
pub fn find(connection: &mut PgConnection, job_id: i64) -> QueryResult<Option<JobRow>> {
    jobs::table.find(job_id).select(JobRow::as_select()).first(connection).optional()
}

/// A job that failed is due, and has never failed; `false` when there is none that nobody is at.
pub fn retry(connection: &mut PgConnection, job_id: i64) -> QueryResult<bool> {
    connection.transaction(|connection| {
        let idle = jobs::table
            .find(job_id)
            .filter(jobs::failed_at.is_not_null().or(jobs::failures.gt(0)).or(jobs::unreachable_since.is_not_null()))
            .filter(diesel::dsl::not(jobs::taken.and(jobs::due_at.gt(diesel::dsl::now))))
            .select(jobs::job_id)
            .for_update()
            .skip_locked();
        let Some(job) = idle.first::<i64>(connection).optional()? else { return Ok(false) };
        diesel::update(jobs::table.find(job)).set(anew()).execute(connection).map(|rows| rows == 1)
    })
}

/// All jobs that failed for good are due, and have never failed; gives their number. Nobody is at any of them.
pub fn retry_failed(connection: &mut PgConnection) -> QueryResult<usize> {
    diesel::update(jobs::table.filter(jobs::failed_at.is_not_null())).set(anew()).execute(connection)
}

/// What a job is that has its patience before it.
#[derive(AsChangeset)]
#[diesel(table_name = jobs, treat_none_as_null = true)]
struct Anew {
    due_at: DateTime<Utc>,
    taken: bool,
    failures: i32,
    failed_at: Option<DateTime<Utc>>,
    unreachable_since: Option<DateTime<Utc>>,
}

fn anew() -> Anew {
    Anew { due_at: Utc::now(), taken: false, failures: 0, failed_at: None, unreachable_since: None }
}

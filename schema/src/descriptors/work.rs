//! Series that wait to be described: jobs, made by the statement that stores.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Integer, Interval};

/// A series whose turn it is.
#[derive(Debug, Clone, QueryableByName)]
pub struct ClaimedSeries {
    /// The job.
    #[diesel(sql_type = BigInt)]
    pub job_id: i64,
    /// The series, which may be gone.
    #[diesel(sql_type = BigInt)]
    pub series_key: i64,
    /// How often it failed.
    #[diesel(sql_type = Integer)]
    pub failures: i32,
}

/// How long things take at most and at least.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// A series is left alone until nothing was stored into it for so long; but not longer than ten times that.
    pub quiet: Duration,
    /// Nobody else takes a series that was taken before.
    pub lease: Duration,
}

/// Takes the series that waits for longest, for a gateway with this storage node. Images that are stored from then on have it
/// wait again; those that were stored before are there to be seen when this returns.
pub fn claim(connection: &mut PgConnection, storage_node_id: i64, pace: Pace) -> QueryResult<Option<ClaimedSeries>> {
    let interval = |duration: Duration| diesel::data_types::PgInterval::from_microseconds(duration.as_micros() as i64);
    let claimed = sql_query(
        "UPDATE jobs SET kind = 'describing', taken = true, due_at = now() + $3
         WHERE job_id = (
           SELECT job_id FROM jobs LEFT JOIN series ON series_key = work::bigint
           WHERE kind IN ('describe', 'describing') AND failed_at IS NULL AND due_at <= now() AND storage_node_id = $1
             AND (kind = 'describing' OR series_key IS NULL OR updated_at <= now() - $2 OR jobs.created_at <= now() - 10 * $2)
           ORDER BY due_at, job_id LIMIT 1 FOR UPDATE OF jobs SKIP LOCKED)
         RETURNING job_id, work::bigint AS series_key, failures",
    )
    .bind::<BigInt, _>(storage_node_id)
    .bind::<Interval, _>(interval(pace.quiet))
    .bind::<Interval, _>(interval(pace.lease))
    .get_result::<ClaimedSeries>(connection)
    .optional()?;
    if let Some(claimed) = &claimed {
        // A store that found this job waiting holds the series until it has committed.
        sql_query("SELECT series_key FROM series WHERE series_key = $1 FOR SHARE")
            .bind::<BigInt, _>(claimed.series_key)
            .execute(connection)?;
    }
    Ok(claimed)
}

/// Somebody is still at it.
pub fn renew(connection: &mut PgConnection, job_id: i64, lease: Duration) -> QueryResult<()> {
    let lease = diesel::data_types::PgInterval::from_microseconds(lease.as_micros() as i64);
    sql_query("UPDATE jobs SET due_at = now() + $2 WHERE job_id = $1")
        .bind::<BigInt, _>(job_id)
        .bind::<Interval, _>(lease)
        .execute(connection)
        .map(drop)
}

/// All of a series is described.
pub fn finish(connection: &mut PgConnection, job_id: i64) -> QueryResult<()> {
    crate::jobs::finish(connection, job_id)
}

/// Has everything described anew, also what is described; gives how many series wait then. Pictures are found as they were
/// until their turn has come.
pub fn queue_all(connection: &mut PgConnection) -> QueryResult<u64> {
    connection.transaction(|connection| {
        sql_query("UPDATE descriptions SET version = 0, failure = NULL WHERE version <> 0").execute(connection)?;
        sql_query(
            "INSERT INTO jobs (kind, work, storage_node_id)
             SELECT DISTINCT 'describe', to_jsonb(series_key), storage_node_id FROM instances WHERE frame_count > 0
             ON CONFLICT DO NOTHING",
        )
        .execute(connection)?;
        let waiting = crate::jobs::table::jobs::table
            .filter(crate::jobs::table::jobs::kind.eq_any(["describe", "describing"]))
            .count();
        waiting.get_result::<i64>(connection).map(|count| count.max(0) as u64)
    })
}

/// Has described what another recipe described; gives how many series.
pub fn queue_outdated(connection: &mut PgConnection, version: i32) -> QueryResult<usize> {
    sql_query(
        "INSERT INTO jobs (kind, work, storage_node_id)
         SELECT DISTINCT 'describe', to_jsonb(series_key), storage_node_id FROM instances JOIN descriptions USING (instance_key)
         WHERE version NOT IN (0, $1) ON CONFLICT DO NOTHING",
    )
    .bind::<Integer, _>(version)
    .execute(connection)
}

/// Some instances of these series are gone, and others are left: a tomogram among them has another middle slice now. In the
/// transaction that removed them.
pub fn lost_slices(connection: &mut PgConnection, series_keys: &[i64]) -> QueryResult<()> {
    sql_query(
        "WITH left_over AS (
           SELECT DISTINCT ON (series_key) series_key, instance_key, storage_node_id FROM instances
           WHERE series_key = ANY($1) AND kind = 'tomogram' ORDER BY series_key, instance_key
         ), again AS (
           UPDATE descriptions SET version = 0 FROM left_over WHERE descriptions.instance_key = left_over.instance_key
         )
         INSERT INTO jobs (kind, work, storage_node_id)
         SELECT 'describe', to_jsonb(series_key), storage_node_id FROM left_over ON CONFLICT DO NOTHING",
    )
    .bind::<diesel::sql_types::Array<BigInt>, _>(series_keys)
    .execute(connection)
    .map(drop)
}

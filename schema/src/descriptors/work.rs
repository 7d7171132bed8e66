//! Series that wait to be described: the store says so in the row of the series, which it changes anyway.

use std::time::Duration;

use diesel::data_types::PgInterval;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Integer, Interval, Text};

/// A series whose turn it is.
#[derive(Debug, Clone, QueryableByName)]
pub struct ClaimedSeries {
    /// The series.
    #[diesel(sql_type = BigInt)]
    pub series_key: i64,
    /// How often it failed.
    #[diesel(sql_type = Integer)]
    pub failures: i32,
    /// How often it was begun since it ended in whatever way, this time included: more than 1 says that processes ended at it.
    #[diesel(sql_type = Integer)]
    pub begun: i32,
}

/// How long things take at most and at least.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// A series is left alone until nothing was stored into it for so long.
    pub quiet: Duration,
    /// Nobody else takes a series that was taken before.
    pub lease: Duration,
}

fn interval(duration: Duration) -> PgInterval {
    PgInterval::from_microseconds(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
}

/// Takes a series that waits, for a gateway with this storage node. One that has nothing left to describe is taken by anybody.
pub fn claim(
    connection: &mut PgConnection,
    storage_node_id: i64,
    version: i32,
    pace: Pace,
) -> QueryResult<Option<ClaimedSeries>> {
    sql_query(
        "INSERT INTO describing AS mine (series_key, due_at, begun)
         SELECT series_key, now() + $4, 1 FROM series LEFT JOIN describing USING (series_key)
         WHERE undescribed AND (due_at IS NULL OR due_at <= now()) AND updated_at <= now() - $3 AND coalesce((
           SELECT bool_or(storage_node_id = $1) FROM instances LEFT JOIN descriptions USING (instance_key)
           WHERE instances.series_key = series.series_key AND frame_count > 0 AND version IS DISTINCT FROM $2), true)
         ORDER BY series_key LIMIT 1 FOR NO KEY UPDATE OF series SKIP LOCKED
         ON CONFLICT (series_key) DO UPDATE SET due_at = excluded.due_at, begun = mine.begun + 1 WHERE mine.due_at <= now()
         RETURNING series_key, failures, begun",
    )
    .bind::<BigInt, _>(storage_node_id)
    .bind::<Integer, _>(version)
    .bind::<Interval, _>(interval(pace.quiet))
    .bind::<Interval, _>(interval(pace.lease))
    .get_result(connection)
    .optional()
}

/// Somebody is still at it.
pub fn renew(connection: &mut PgConnection, series_key: i64, lease: Duration) -> QueryResult<()> {
    sql_query("UPDATE describing SET due_at = now() + $2 WHERE series_key = $1")
        .bind::<BigInt, _>(series_key)
        .bind::<Interval, _>(interval(lease))
        .execute(connection)
        .map(drop)
}

/// A series was not gone on with: whoever comes next takes it.
pub fn give_back(connection: &mut PgConnection, series_key: i64) -> QueryResult<()> {
    sql_query("UPDATE describing SET due_at = now(), begun = 0 WHERE series_key = $1")
        .bind::<BigInt, _>(series_key)
        .execute(connection)
        .map(drop)
}

/// A series could not be described: it is tried again after `pause`.
pub fn postpone(connection: &mut PgConnection, series_key: i64, pause: Duration, error: &str) -> QueryResult<()> {
    sql_query(
        "UPDATE describing SET due_at = now() + $2, failures = failures + 1, last_error = $3, begun = 0
         WHERE series_key = $1",
    )
    .bind::<BigInt, _>(series_key)
    .bind::<Interval, _>(interval(pause))
    .bind::<Text, _>(error)
    .execute(connection)
    .map(drop)
}

/// A series was described. It waits on when images are left, those of other storage nodes or those that came meanwhile.
pub fn finish(connection: &mut PgConnection, series_key: i64, version: i32) -> QueryResult<()> {
    connection.transaction(|connection| {
        // A store holds the series until it has committed. What follows is a statement of its own, which sees what it stored.
        sql_query("SELECT series_key FROM series WHERE series_key = $1 FOR NO KEY UPDATE")
            .bind::<BigInt, _>(series_key)
            .execute(connection)?;
        sql_query(
            "UPDATE series SET undescribed = false WHERE series_key = $1 AND undescribed AND NOT EXISTS (
               SELECT FROM instances LEFT JOIN descriptions USING (instance_key)
               WHERE instances.series_key = $1 AND frame_count > 0 AND version IS DISTINCT FROM $2)",
        )
        .bind::<BigInt, _>(series_key)
        .bind::<Integer, _>(version)
        .execute(connection)?;
        sql_query("DELETE FROM describing WHERE series_key = $1").bind::<BigInt, _>(series_key).execute(connection)?;
        Ok(())
    })
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Has everything described anew, also what is described; gives how many series that is. Pictures are found as they were until
/// their turn has come.
pub fn queue_all(connection: &mut PgConnection) -> QueryResult<u64> {
    connection.transaction(|connection| {
        sql_query("UPDATE descriptions SET version = 0, failure = NULL WHERE version <> 0").execute(connection)?;
        sql_query("UPDATE series SET undescribed = true WHERE NOT undescribed").execute(connection)?;
        let count = sql_query("SELECT count(DISTINCT series_key) AS count FROM instances WHERE frame_count > 0");
        count.get_result::<Count>(connection).map(|count| count.count.unsigned_abs())
    })
}

/// Has described what another recipe described; gives how many series.
pub fn queue_outdated(connection: &mut PgConnection, version: i32) -> QueryResult<usize> {
    sql_query(
        "UPDATE series SET undescribed = true WHERE NOT undescribed AND series_key IN (
           SELECT series_key FROM instances JOIN descriptions USING (instance_key) WHERE version NOT IN (0, $1))",
    )
    .bind::<Integer, _>(version)
    .execute(connection)
}

/// Some instances of these series are gone, and others are left: a tomogram among them has another middle slice now. In the
/// transaction that removed them.
pub fn lost_slices(connection: &mut PgConnection, series_keys: &[i64]) -> QueryResult<()> {
    sql_query(
        "WITH left_over AS (
           SELECT DISTINCT ON (series_key) series_key, instance_key FROM instances
           WHERE series_key = ANY($1) AND kind = 'tomogram' ORDER BY series_key, instance_key
         ), again AS (
           UPDATE descriptions SET version = 0 FROM left_over WHERE descriptions.instance_key = left_over.instance_key
         )
         UPDATE series SET undescribed = true FROM left_over WHERE series.series_key = left_over.series_key",
    )
    .bind::<Array<BigInt>, _>(series_keys)
    .execute(connection)
    .map(drop)
}

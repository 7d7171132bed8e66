//! Series that wait to be described: the store says so in the row of the series, which it changes anyway.

use std::time::Duration;

use diesel::data_types::PgInterval;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Integer, Interval, Text};

use super::{forget_all, unhurried};
use crate::index::series;

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
///
/// Descriptions are looked up one by one, because a server that takes series for longer than they are would join all there are.
pub fn claim(
    connection: &mut PgConnection,
    storage_node_id: i64,
    version: i32,
    pace: Pace,
) -> QueryResult<Option<ClaimedSeries>> {
    let mine = sql_query(
        "INSERT INTO describing AS mine (series_key, due_at, begun)
         SELECT series_key, now() + $4, 1 FROM series LEFT JOIN describing USING (series_key)
         WHERE undescribed AND (due_at IS NULL OR due_at <= now()) AND updated_at <= now() - $3 AND coalesce((
           SELECT bool_or(storage_node_id = $1) FROM instances
           WHERE instances.series_key = series.series_key AND frame_count > 0 AND coalesce((
             SELECT version FROM descriptions WHERE descriptions.instance_key = instances.instance_key), 0) < $2), true)
         ORDER BY series_key LIMIT 1 FOR NO KEY UPDATE OF series SKIP LOCKED
         ON CONFLICT (series_key) DO UPDATE SET due_at = excluded.due_at, begun = mine.begun + 1 WHERE mine.due_at <= now()
         RETURNING series_key, failures, begun",
    );
    let mine = mine
        .bind::<BigInt, _>(storage_node_id)
        .bind::<Integer, _>(version)
        .bind::<Interval, _>(interval(pace.quiet))
        .bind::<Interval, _>(interval(pace.lease));
    unhurried(connection, |connection| mine.get_result(connection).optional())
}

/// Who has the series of an image whose pictures are to be made anew.
#[derive(Debug, Clone)]
pub enum Again {
    /// Whoever asked, for as long as a lease: the image is not described any more, though its pictures stay until it is.
    Mine(ClaimedSeries),
    /// Somebody else, who is at it.
    Held,
    /// Nobody: the image is gone.
    Gone,
}

/// Takes the series of an image whose pictures are lost, unless somebody is at it. That it failed before is no reason to wait.
pub fn claim_again(connection: &mut PgConnection, instance_key: i64, lease: Duration) -> QueryResult<Again> {
    connection.transaction(|connection| {
        // The series first, as everybody who changes several of its rows.
        let series_key: Option<Key> = sql_query(
            "SELECT series_key FROM series WHERE series_key = (SELECT series_key FROM instances WHERE instance_key = $1)
             FOR NO KEY UPDATE",
        )
        .bind::<BigInt, _>(instance_key)
        .get_result(connection)
        .optional()?;
        let Some(Key { series_key }) = series_key else { return Ok(Again::Gone) };
        let mine = sql_query(
            "INSERT INTO describing AS mine (series_key, due_at, begun) VALUES ($1, now() + $2, 1)
             ON CONFLICT (series_key) DO UPDATE SET due_at = excluded.due_at, begun = mine.begun + 1
             WHERE mine.due_at <= now() OR mine.begun = 0
             RETURNING series_key, failures, begun",
        );
        let mine: Option<ClaimedSeries> = mine
            .bind::<BigInt, _>(series_key)
            .bind::<Interval, _>(interval(lease))
            .get_result(connection)
            .optional()?;
        let Some(mine) = mine else { return Ok(Again::Held) };
        forget_all(connection, &[instance_key])?;
        Ok(Again::Mine(mine))
    })
}

/// Whether somebody is at the series of an image.
pub fn is_held(connection: &mut PgConnection, instance_key: i64) -> QueryResult<bool> {
    let held = sql_query(
        "SELECT series_key FROM describing JOIN instances USING (series_key)
         WHERE instance_key = $1 AND due_at > now() AND begun > 0",
    );
    let held: Option<Key> = held.bind::<BigInt, _>(instance_key).get_result(connection).optional()?;
    Ok(held.is_some())
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
    unhurried(connection, |connection| {
        // A store holds the series until it has committed. What follows is a statement of its own, which sees what it stored.
        sql_query("SELECT series_key FROM series WHERE series_key = $1 FOR NO KEY UPDATE")
            .bind::<BigInt, _>(series_key)
            .execute(connection)?;
        sql_query(
            "UPDATE series SET undescribed = false WHERE series_key = $1 AND undescribed AND NOT EXISTS (
               SELECT FROM instances WHERE instances.series_key = $1 AND frame_count > 0 AND coalesce((
                 SELECT version FROM descriptions WHERE descriptions.instance_key = instances.instance_key), 0) < $2)",
        )
        .bind::<BigInt, _>(series_key)
        .bind::<Integer, _>(version)
        .execute(connection)?;
        sql_query("DELETE FROM describing WHERE series_key = $1").bind::<BigInt, _>(series_key).execute(connection)?;
        Ok(())
    })
}

/// Series that are changed in one transaction.
const BATCH: usize = 500;

/// Has everything described anew, also what is described; gives how many series that is. Pictures are found as they were until
/// their turn has come.
///
/// Transactions of its own: when it fails, some series are queued and others are not.
pub fn queue_all(connection: &mut PgConnection) -> QueryResult<u64> {
    let with_images = "SELECT DISTINCT series_key FROM instances WHERE frame_count > 0 ORDER BY series_key";
    let keys = sql_query(with_images).load::<Key>(connection)?;
    in_batches(connection, &keys, |connection, keys| {
        sql_query(
            "UPDATE descriptions SET version = 0, failure = NULL FROM instances
             WHERE instances.instance_key = descriptions.instance_key AND series_key = ANY($1) AND version <> 0",
        )
        .bind::<Array<BigInt>, _>(keys)
        .execute(connection)?;
        queue(connection, keys)
    })
}

/// Has described what an older recipe described; gives how many series. In transactions of its own, as [`queue_all`].
pub fn queue_outdated(connection: &mut PgConnection, version: i32) -> QueryResult<u64> {
    let outdated = sql_query(
        "SELECT DISTINCT series_key FROM descriptions JOIN instances USING (instance_key) JOIN series USING (series_key)
         WHERE version > 0 AND version < $1 AND NOT undescribed ORDER BY series_key",
    );
    let keys = outdated.bind::<Integer, _>(version).load::<Key>(connection)?;
    in_batches(connection, &keys, queue)
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = BigInt)]
    series_key: i64,
}

fn queue(connection: &mut PgConnection, series_keys: &[i64]) -> QueryResult<()> {
    sql_query("UPDATE series SET undescribed = true WHERE series_key = ANY($1) AND NOT undescribed")
        .bind::<Array<BigInt>, _>(series_keys)
        .execute(connection)
        .map(drop)
}

/// Changes series and what is theirs, some at once; gives how many there were. They are held first, as by those who store
/// and delete. Nobody is waited for while several are held: those that others have are changed by themselves.
fn in_batches(
    connection: &mut PgConnection,
    keys: &[Key],
    change: impl Fn(&mut PgConnection, &[i64]) -> QueryResult<()>,
) -> QueryResult<u64> {
    let mut changed = 0;
    for batch in keys.chunks(BATCH) {
        let wanted: Vec<i64> = batch.iter().map(|key| key.series_key).collect();
        let held: Vec<i64> = connection.transaction(|connection| {
            let rows = series::table.filter(series::series_key.eq_any(&wanted)).select(series::series_key);
            let mut held: Vec<i64> = rows.for_no_key_update().skip_locked().load(connection)?;
            held.sort_unstable();
            change(connection, &held).map(|()| held)
        })?;
        changed += held.len() as u64;
        for key in wanted.into_iter().filter(|key| held.binary_search(key).is_err()) {
            let is_there = connection.transaction(|connection| {
                let row = series::table.find(key).select(series::series_key).for_no_key_update();
                let is_there = row.first::<i64>(connection).optional()?.is_some();
                change(connection, &[key]).map(|()| is_there)
            })?;
            changed += u64::from(is_there);
        }
    }
    Ok(changed)
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

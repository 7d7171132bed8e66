//! How far descriptions are.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Integer, Text};

use super::{descriptions, descriptors};

/// How many images are described, and why others are not.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// By this recipe or a newer one.
    pub described: i64,
    /// Not yet.
    pub waiting: i64,
    /// Not possible.
    pub failed: i64,
    /// Reasons, those with most images first.
    pub reasons: Vec<(String, i64)>,
    /// Pictures of this recipe.
    pub pictures: i64,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How far a recipe is.
pub fn state(connection: &mut PgConnection, version: i32, reasons: i64) -> QueryResult<State> {
    let images = sql_query("SELECT count(*) FROM instances WHERE frame_count > 0").get_result::<Count>(connection)?;
    let of_recipe = descriptions::table.filter(descriptions::version.ge(version));
    let tried: i64 = of_recipe.count().get_result(connection)?;
    let failed = of_recipe.filter(descriptions::failure.is_not_null());
    let failures: i64 = failed.count().get_result(connection)?;
    let why = sql_query(
        "SELECT failure, count(*) AS count FROM descriptions WHERE failure IS NOT NULL AND version >= $1
         GROUP BY failure ORDER BY count DESC, failure LIMIT $2",
    );
    let why: Vec<Reason> = why.bind::<Integer, _>(version).bind::<BigInt, _>(reasons).load(connection)?;
    let pictures = descriptors::table.filter(descriptors::version.eq(version)).count().get_result(connection)?;
    Ok(State {
        described: tried - failures,
        waiting: (images.count - tried).max(0),
        failed: failures,
        reasons: why.into_iter().map(|reason| (reason.failure, reason.count)).collect(),
        pictures,
    })
}

#[derive(QueryableByName)]
struct Reason {
    #[diesel(sql_type = Text)]
    failure: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many images wait to be described, counted up to `most`. Only series are looked at that wait for their turn, one after
/// the other, whatever the planner thinks of their number: nothing is counted when all are described.
pub fn count_waiting(connection: &mut PgConnection, version: i32, most: i64) -> QueryResult<i64> {
    sql_query(
        "SELECT count(*) FROM (
           SELECT FROM series CROSS JOIN LATERAL (
             SELECT FROM instances WHERE instances.series_key = series.series_key AND frame_count > 0 AND coalesce((
               SELECT d.version FROM descriptions d WHERE d.instance_key = instances.instance_key), 0) < $1
             OFFSET 0) AS own
           WHERE undescribed LIMIT $2) AS waiting",
    )
    .bind::<Integer, _>(version)
    .bind::<BigInt, _>(most)
    .get_result::<Count>(connection)
    .map(|count| count.count)
}

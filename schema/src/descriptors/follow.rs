//! What changed: for stores of descriptors that follow the database.
//!
//! Transactions commit in another order than they began in. So changes are asked for from a horizon on: the oldest transaction
//! that had not ended when changes were asked for last. What is given twice is told by its [`Mark`]. Transactions that are
//! still to come are those of another cluster, which a dump brought along: they are no news.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text, Timestamptz};

use super::{descriptions, descriptors};
use crate::index::instances;

/// A description, and which state of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName, Queryable)]
pub struct Mark {
    /// The image.
    #[diesel(sql_type = BigInt)]
    pub instance_key: i64,
    /// When it became what it is.
    #[diesel(sql_type = Timestamptz)]
    pub changed_at: DateTime<Utc>,
}

/// What changed.
#[derive(Debug, Clone)]
pub struct Changes {
    /// From where to ask the next time, and of which run of the server that is.
    pub horizon: String,
    /// Descriptions that are new or changed, or were given before.
    pub marks: Vec<Mark>,
    /// Images that are gone, or were given before.
    pub gone: Vec<i64>,
    /// There are more changes than were wanted, or the server started anew, which may have taken changes back and then
    /// gives their numbers to others: everything is to be compared.
    pub too_many: bool,
}

#[derive(QueryableByName)]
struct Horizon {
    #[diesel(sql_type = Text)]
    first: String,
    #[diesel(sql_type = Text)]
    server: String,
}

#[derive(QueryableByName)]
struct Gone {
    #[diesel(sql_type = BigInt)]
    instance_key: i64,
}

/// What changed from `horizon` on; without one nothing but the horizon of now. All of it is of one moment.
pub fn changes(connection: &mut PgConnection, horizon: Option<&str>, most: i64) -> QueryResult<Changes> {
    connection.build_transaction().repeatable_read().read_only().run(|connection| {
        let now: Horizon = sql_query(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS first,
               extract(epoch FROM pg_postmaster_start_time())::text AS server",
        )
        .get_result(connection)?;
        let of_now = format!("{}@{}", now.first, now.server);
        let mut changes = Changes { horizon: of_now, marks: Vec::new(), gone: Vec::new(), too_many: false };
        let Some((horizon, server)) = horizon.and_then(|known| known.split_once('@')) else { return Ok(changes) };
        if server != now.server {
            changes.too_many = true;
            return Ok(changes);
        }
        changes.marks = sql_query(
            "SELECT instance_key, changed_at FROM descriptions
             WHERE changed_by >= $1::xid8 AND changed_by < pg_snapshot_xmax(pg_current_snapshot())
             ORDER BY changed_by LIMIT $2",
        )
        .bind::<Text, _>(horizon)
        .bind::<BigInt, _>(most + 1)
        .load(connection)?;
        let gone: Vec<Gone> = sql_query(
            "SELECT instance_key FROM descriptions_gone
             WHERE changed_by >= $1::xid8 AND changed_by < pg_snapshot_xmax(pg_current_snapshot())
             ORDER BY changed_by LIMIT $2",
        )
        .bind::<Text, _>(horizon)
        .bind::<BigInt, _>(most + 1)
        .load(connection)?;
        changes.gone = gone.into_iter().map(|gone| gone.instance_key).collect();
        changes.too_many = changes.marks.len().max(changes.gone.len()) as i64 > most;
        Ok(changes)
    })
}

/// Descriptions in order of their keys, after `after`.
pub fn page(connection: &mut PgConnection, after: i64, most: i64) -> QueryResult<Vec<Mark>> {
    descriptions::table
        .filter(descriptions::instance_key.gt(after))
        .order(descriptions::instance_key)
        .limit(most)
        .select((descriptions::instance_key, descriptions::changed_at))
        .load(connection)
}

/// A description with its pictures.
#[derive(Debug, Clone)]
pub struct Detail {
    /// The image, and which state of it.
    pub mark: Mark,
    /// Cells of the figure.
    pub cells: Vec<u8>,
    /// Where its bytes are.
    pub storage_node_id: i64,
    /// Path on the storage node.
    pub file_path: String,
    /// Its pictures of the recipe.
    pub pictures: Vec<Picture>,
}

/// A picture of an image.
#[derive(Debug, Clone, Queryable)]
#[expect(missing_docs, reason = "fields named as their columns")]
pub struct Picture {
    pub instance_key: i64,
    pub seen_as: i16,
    pub frame: i32,
    pub small: Vec<u8>,
    pub gradient: Vec<u8>,
}

/// The descriptions of these images, in order of their keys; those that are gone are left out. Of one moment.
pub fn details(connection: &mut PgConnection, keys: &[i64], version: i32) -> QueryResult<Vec<Detail>> {
    connection.build_transaction().repeatable_read().read_only().run(|connection| {
        let rows: Vec<(Mark, Vec<u8>, i64, String)> = descriptions::table
            .inner_join(instances::table)
            .filter(descriptions::instance_key.eq_any(keys))
            .order(descriptions::instance_key)
            .select((
                (descriptions::instance_key, descriptions::changed_at),
                descriptions::cells,
                instances::storage_node_id,
                instances::file_path,
            ))
            .load(connection)?;
        let of_recipe = descriptors::table
            .filter(descriptors::instance_key.eq_any(keys))
            .filter(descriptors::version.eq(version))
            .order((descriptors::instance_key, descriptors::seen_as));
        let pictures: Vec<Picture> = of_recipe
            .select((
                descriptors::instance_key,
                descriptors::seen_as,
                descriptors::frame,
                descriptors::small,
                descriptors::gradient,
            ))
            .load(connection)?;
        let mut pictures = pictures.into_iter().peekable();
        let detail = |(mark, cells, storage_node_id, file_path): (Mark, Vec<u8>, i64, String)| {
            let own = std::iter::from_fn(|| pictures.next_if(|picture| picture.instance_key <= mark.instance_key));
            let pictures = own.filter(|picture| picture.instance_key == mark.instance_key).collect();
            Detail { mark, cells, storage_node_id, file_path, pictures }
        };
        Ok(rows.into_iter().map(detail).collect())
    })
}

/// Forgets what is gone for more than a day.
pub fn tidy(connection: &mut PgConnection) -> QueryResult<usize> {
    sql_query("DELETE FROM descriptions_gone WHERE gone_at < now() - interval '1 day'").execute(connection)
}

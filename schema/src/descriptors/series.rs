//! The images of a series that are not described, and what is written down of them.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Nullable, Text};
use serde_json::Value;

use super::{descriptions, descriptors, unhurried};
use crate::index::{instances, series};
use crate::lookup::{self, InstanceRow};

/// An image that is not described by this recipe yet, nor by a newer one.
#[derive(Debug, Clone)]
pub struct Undescribed {
    /// The image.
    pub row: InstanceRow,
    /// `instances.kind`.
    pub kind: String,
    /// Its attributes and those of its series, as DICOM JSON.
    pub attributes: Value,
}

/// What was worked out about an image.
#[derive(Debug, Clone)]
pub struct Described {
    /// The image.
    pub instance_key: i64,
    /// By which recipe.
    pub version: i32,
    /// Why it has no descriptors.
    pub failure: Option<String>,
    /// What its attributes say of its place in the body: 64 bytes.
    pub cells: Vec<u8>,
}

/// A picture.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = descriptors)]
#[expect(missing_docs, reason = "fields named as their columns")]
pub struct NewDescriptor {
    pub instance_key: i64,
    pub seen_as: i16,
    pub frame: i32,
    pub version: i32,
    pub small: Vec<u8>,
    pub gradient: Vec<u8>,
}

/// Images of a series on a storage node that neither this recipe has described nor a newer one, after `after`, in order of
/// their keys.
pub fn undescribed(
    connection: &mut PgConnection,
    (series_key, storage_node_id): (i64, i64),
    version: i32,
    (after, most): (i64, i64),
) -> QueryResult<Vec<Undescribed>> {
    let done = descriptions::table
        .filter(descriptions::instance_key.eq(instances::instance_key))
        .filter(descriptions::version.ge(version));
    let rows: Vec<(i64, String, Value, Value)> = instances::table
        .inner_join(series::table)
        .filter(instances::series_key.eq(series_key))
        .filter(instances::storage_node_id.eq(storage_node_id))
        .filter(instances::frame_count.gt(0))
        .filter(instances::instance_key.gt(after))
        .filter(diesel::dsl::not(diesel::dsl::exists(done)))
        .order(instances::instance_key)
        .limit(most)
        .select((instances::instance_key, instances::kind, series::attributes, instances::attributes))
        .load(connection)?;
    let keys: Vec<i64> = rows.iter().map(|(key, ..)| *key).collect();
    let mut found = lookup::by_keys(connection, &keys)?;
    found.sort_unstable_by_key(|row| row.instance_key);
    let of = |(key, kind, of_series, own): (i64, String, Value, Value)| {
        let place = found.binary_search_by_key(&key, |row| row.instance_key).ok()?;
        Some(Undescribed { row: found[place].clone(), kind, attributes: merged(of_series, own) })
    };
    Ok(rows.into_iter().filter_map(of).collect())
}

fn merged(mut of_series: Value, own: Value) -> Value {
    match (&mut of_series, own) {
        (Value::Object(all), Value::Object(own)) => {
            all.extend(own);
            of_series
        }
        (_, own) => own,
    }
}

/// The slices of a series on a storage node, in order of their numbers.
pub fn tomogram(connection: &mut PgConnection, series_key: i64, storage_node_id: i64) -> QueryResult<Vec<InstanceRow>> {
    let keys: Vec<i64> = instances::table
        .filter(instances::series_key.eq(series_key))
        .filter(instances::storage_node_id.eq(storage_node_id))
        .filter(instances::kind.eq("tomogram"))
        .filter(instances::frame_count.gt(0))
        .order((instances::instance_number, instances::instance_key))
        .select(instances::instance_key)
        .load(connection)?;
    crate::selection::rows(connection, &keys)
}

/// Writes down images and their pictures, in the place of those they had. Gives the keys of images that are gone, of which
/// nothing is written.
pub fn write(
    connection: &mut PgConnection,
    described: &[Described],
    pictures: &[NewDescriptor],
) -> QueryResult<Vec<i64>> {
    unhurried(connection, |connection| {
        let keys: Vec<i64> = described.iter().map(|one| one.instance_key).collect();
        let there = keep(connection, &keys)?;
        let left: Vec<Described> = described.iter().filter(|one| there.contains(&one.instance_key)).cloned().collect();
        // First what both write who describe an image at the same time: the second waits here.
        describe(connection, &left)?;
        let written = left.iter().map(|one| one.instance_key);
        diesel::delete(descriptors::table.filter(descriptors::instance_key.eq_any(written))).execute(connection)?;
        let pictures: Vec<_> = pictures.iter().filter(|picture| there.contains(&picture.instance_key)).collect();
        diesel::insert_into(descriptors::table).values(pictures).execute(connection)?;
        Ok(keys.into_iter().filter(|key| !there.contains(key)).collect())
    })
}

/// Writes down slices, and the pictures of their series in the place of those it had. `used` are the slices that the
/// pictures, or the failure to make them, are of. Gives the storage nodes and files of images that have no picture any more;
/// `None`, and nothing is written, when one of `used` is gone: the pictures are others now.
pub fn write_tomogram(
    connection: &mut PgConnection,
    series_key: i64,
    described: &[Described],
    (used, pictures): (&[i64], &[NewDescriptor]),
) -> QueryResult<Option<Vec<(i64, String)>>> {
    unhurried(connection, |connection| {
        // The series first, as everybody who changes several of its rows.
        series::table.find(series_key).select(series::series_key).for_no_key_update().execute(connection)?;
        let wanted: Vec<i64> = described.iter().map(|described| described.instance_key).collect();
        let pictured: Vec<i64> = pictures.iter().map(|picture| picture.instance_key).collect();
        let there = keep(connection, &[&wanted[..], used].concat())?;
        if used.iter().any(|key| !there.contains(key)) {
            return Ok(None);
        }
        let old = sql_query(
            "WITH old AS (
               DELETE FROM descriptors USING instances WHERE descriptors.instance_key = instances.instance_key
                 AND series_key = $1 AND kind = 'tomogram' RETURNING descriptors.instance_key
             )
             UPDATE descriptions SET changed_at = clock_timestamp(), changed_by = pg_current_xact_id()
             FROM (SELECT DISTINCT instance_key FROM old) AS old WHERE descriptions.instance_key = old.instance_key
             RETURNING descriptions.instance_key",
        );
        let old: Vec<Key> = old.bind::<BigInt, _>(series_key).load(connection)?;
        let old = old.into_iter().map(|old| old.instance_key).filter(|key| !pictured.contains(key));
        let bare = instances::table
            .filter(instances::instance_key.eq_any(old))
            .select((instances::storage_node_id, instances::file_path))
            .load(connection)?;
        diesel::insert_into(descriptors::table).values(pictures).execute(connection)?;
        let left: Vec<Described> =
            described.iter().filter(|described| there.contains(&described.instance_key)).cloned().collect();
        describe(connection, &left)?;
        touch(connection, &pictured)?;
        Ok(Some(bare))
    })
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = BigInt)]
    instance_key: i64,
}

/// The attributes of an image and those of its series; `None` when it is gone.
pub fn attributes(connection: &mut PgConnection, instance_key: i64) -> QueryResult<Option<Value>> {
    let found: Option<(Value, Value)> = instances::table
        .inner_join(series::table)
        .filter(instances::instance_key.eq(instance_key))
        .select((series::attributes, instances::attributes))
        .first(connection)
        .optional()?;
    Ok(found.map(|(of_series, own)| merged(of_series, own)))
}

/// Images are not described any more, though their pictures stay until they are; their series wait again.
pub fn forget_all(connection: &mut PgConnection, instance_keys: &[i64]) -> QueryResult<()> {
    connection.transaction(|connection| {
        // Series before descriptions, as whoever stores and describes.
        sql_query(
            "UPDATE series SET undescribed = true FROM (
               SELECT series_key FROM series
               WHERE series_key IN (SELECT series_key FROM instances WHERE instance_key = ANY($1))
               ORDER BY series_key FOR NO KEY UPDATE
             ) AS own WHERE series.series_key = own.series_key",
        )
        .bind::<Array<BigInt>, _>(instance_keys)
        .execute(connection)?;
        sql_query(
            "UPDATE descriptions SET version = 0 FROM (
               SELECT instance_key FROM descriptions WHERE instance_key = ANY($1) AND version <> 0
               ORDER BY instance_key FOR NO KEY UPDATE
             ) AS known WHERE descriptions.instance_key = known.instance_key",
        )
        .bind::<Array<BigInt>, _>(instance_keys)
        .execute(connection)
        .map(drop)
    })
}

/// Keeps instances from being removed until the transaction ends; gives those that are there.
fn keep(connection: &mut PgConnection, keys: &[i64]) -> QueryResult<std::collections::HashSet<i64>> {
    let rows = instances::table.filter(instances::instance_key.eq_any(keys)).order(instances::instance_key);
    let there: Vec<i64> = rows.select(instances::instance_key).for_key_share().load(connection)?;
    Ok(there.into_iter().collect())
}

/// What was worked out, but for cells that a person chose.
fn describe(connection: &mut PgConnection, described: &[Described]) -> QueryResult<()> {
    sql_query(
        "INSERT INTO descriptions (instance_key, version, failure, cells)
         SELECT * FROM unnest($1, $2, $3, $4) ORDER BY 1
         ON CONFLICT (instance_key) DO UPDATE SET version = excluded.version, failure = excluded.failure,
           cells = CASE WHEN descriptions.set_by IS NULL THEN excluded.cells ELSE descriptions.cells END,
           changed_at = clock_timestamp(), changed_by = pg_current_xact_id()",
    )
    .bind::<Array<BigInt>, _>(described.iter().map(|one| one.instance_key).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(described.iter().map(|one| one.version).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(described.iter().map(|one| one.failure.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(described.iter().map(|one| &one.cells[..]).collect::<Vec<_>>())
    .execute(connection)
    .map(drop)
}

fn touch(connection: &mut PgConnection, keys: &[i64]) -> QueryResult<()> {
    sql_query(
        "UPDATE descriptions SET changed_at = clock_timestamp(), changed_by = pg_current_xact_id()
         WHERE instance_key = ANY($1)",
    )
    .bind::<Array<BigInt>, _>(keys)
    .execute(connection)
    .map(drop)
}

//! Instances under series that are there, the counts above them, and their lines of the audit trail: one statement.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{BigInt, Binary, Integer, Jsonb, Nullable, Text, Timestamptz};

use super::alone::InsertInstance;
use super::homes::Homes;
use super::{NewInstance, Written};
use crate::audit::AuditRow;
use crate::columns::{Document, columns, statement};
use crate::element;
use crate::index::{instances, series, studies};

/// An instance, its line of the audit trail, and the place of its series in a list.
pub(super) struct Wanted<'a> {
    home: i32,
    instance: &'a NewInstance,
    line: &'a AuditRow,
}

impl<'a> Wanted<'a> {
    /// The only one.
    pub(super) fn alone(instance: &'a NewInstance, line: &'a AuditRow) -> Self {
        Self { home: 1, instance, line }
    }
}

columns! {
    /// The rows of `instances`, but for the key of their series, whose place in a list is `home`, and their lines of the
    /// audit trail.
    Rows of &'a Wanted<'a> {
        home: Integer = i32 = |row| row.home;
        sop_instance_uid: Text = &'a str = |row| &row.instance.sop_instance_uid;
        sop_class_uid: Text = &'a str = |row| &row.instance.sop_class_uid;
        instance_number: Nullable<Integer> = Option<i32> = |row| integer(row.instance, "00200013");
        rows: Nullable<Integer> = Option<i32> = |row| integer(row.instance, "00280010");
        columns: Nullable<Integer> = Option<i32> = |row| integer(row.instance, "00280011");
        bits_allocated: Nullable<Integer> = Option<i32> = |row| integer(row.instance, "00280100");
        number_of_frames: Nullable<Integer> = Option<i32> = |row| integer(row.instance, "00280008");
        transfer_syntax_uid: Text = &'a str = |row| &row.instance.transfer_syntax_uid;
        storage_node_id: BigInt = i64 = |row| row.instance.storage_node_id;
        file_path: Text = &'a str = |row| &row.instance.file_path;
        file_size: BigInt = i64 = |row| row.instance.file_size;
        data_set_start: BigInt = i64 = |row| row.instance.data_set_start;
        digest: Binary = &'a [u8] = |row| &row.instance.digest;
        frame_index: Binary = &'a [u8] = |row| &row.instance.frame_index;
        frame_count: Integer = i32 = |row| row.instance.frame_count;
        kind: Text = &'a str = |row| row.instance.kind;
        attributes: Jsonb = Document<'a> = |row| Document(&row.instance.documents.instance);
        left_out: Nullable<Text> = Option<String> = |row| row.instance.documents.left_out();
        at: Timestamptz = DateTime<Utc> = |row| row.line.at;
        action: Text = &'a str = |row| &row.line.action;
        actor: Text = &'a str = |row| &row.line.actor;
        address: Nullable<Text> = Option<&'a str> = |row| row.line.address.as_deref();
        via: Text = &'a str = |row| &row.line.via;
        study_instance_uid: Nullable<Text> = Option<&'a str> = |row| row.line.study_instance_uid.as_deref();
        series_instance_uid: Nullable<Text> = Option<&'a str> = |row| row.line.series_instance_uid.as_deref();
        outcome: Text = &'a str = |row| &row.line.outcome;
        detail: Nullable<Text> = Option<&'a str> = |row| row.line.detail.as_deref();
    }
}

fn integer(instance: &NewInstance, tag: &str) -> Option<i32> {
    element::integer(&instance.documents.instance, tag)
}

/// Inserts instances into the series that are there and brings the counts of series and studies up to date. Gives the UIDs
/// of those that are new.
///
/// A series with new images is to be described ([`crate::descriptors`]), which its row says.
///
/// Rows are locked in this order: instances in order of UID, the study, its series. When there are several series, their
/// studies must be locked before: see [`lock`].
struct InsertInstances<'a> {
    homes: Homes<'a>,
    rows: Rows<'a>,
}

statement!(InsertInstances => Text);

impl QueryFragment<Pg> for InsertInstances<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH pair AS (");
        self.homes.push(out.reborrow())?;
        out.push_sql("), wanted AS (");
        self.rows.push(out.reborrow())?;
        out.push_sql(
            "), home AS (
              SELECT pair.number, study_key, series_key, modality, number_of_series_related_instances = 0 AS first
              FROM pair JOIN studies ON study_instance_uid = pair.study
              JOIN series USING (study_key) WHERE series_instance_uid = pair.series
            ), made AS (
              INSERT INTO instances (series_key, sop_instance_uid, sop_class_uid, instance_number, rows, columns,
                bits_allocated, number_of_frames, transfer_syntax_uid, storage_node_id, file_path, file_size,
                data_set_start, digest, frame_index, frame_count, kind, attributes, left_out)
              SELECT series_key, sop_instance_uid, sop_class_uid, instance_number, rows, columns,
                bits_allocated, number_of_frames, transfer_syntax_uid, storage_node_id, file_path, file_size,
                data_set_start, digest, frame_index, frame_count, kind, attributes, left_out
              FROM wanted JOIN home ON home.number = wanted.home ORDER BY sop_instance_uid
              ON CONFLICT DO NOTHING
              RETURNING series_key, sop_instance_uid, sop_class_uid, frame_count
            ), audited AS (
              INSERT INTO audit (at, action, actor, address, via, study_instance_uid, series_instance_uid,
                sop_instance_uid, outcome, detail)
              SELECT at, action, actor, address, via, study_instance_uid, series_instance_uid,
                sop_instance_uid, outcome, detail FROM made JOIN wanted USING (sop_instance_uid)
            ), grown AS (
              UPDATE studies SET updated_at = now(),
                number_of_study_related_series = number_of_study_related_series + gain.series,
                number_of_study_related_instances = number_of_study_related_instances + gain.instances,
                modalities_in_study = CASE WHEN modalities_in_study @> gain.modalities
                  THEN modalities_in_study ELSE united(modalities_in_study, gain.modalities) END,
                sop_classes_in_study = CASE WHEN sop_classes_in_study @> gain.classes
                  THEN sop_classes_in_study ELSE united(sop_classes_in_study, gain.classes) END
              FROM (
                SELECT study_key, count(*)::int AS instances,
                  (count(DISTINCT series_key) FILTER (WHERE first))::int AS series,
                  coalesce(array_agg(DISTINCT modality) FILTER (WHERE modality IS NOT NULL), '{}') AS modalities,
                  array_agg(DISTINCT sop_class_uid) AS classes
                FROM made JOIN home USING (series_key) GROUP BY study_key
              ) AS gain WHERE studies.study_key = gain.study_key RETURNING studies.study_key
            ), grown_series AS (
              UPDATE series SET updated_at = now(), undescribed = undescribed OR gain.images,
                number_of_series_related_instances = number_of_series_related_instances + gain.instances
              FROM (
                SELECT series_key, study_key, count(*)::int AS instances, bool_or(frame_count > 0) AS images
                FROM made JOIN home USING (series_key) GROUP BY series_key, study_key
              ) AS gain JOIN grown USING (study_key) WHERE series.series_key = gain.series_key
            )
            SELECT sop_instance_uid FROM made",
        );
        Ok(())
    }
}

/// Inserts instances, each with its line of the audit trail, where their series are there; gives which are new. No two
/// have one UID.
///
/// Instances of one series are one statement, which commits by itself when the caller has begun no transaction.
pub(super) fn insert(
    connection: &mut PgConnection,
    instances: &[&NewInstance],
    trail: &[&AuditRow],
) -> QueryResult<Vec<bool>> {
    let mut places: HashMap<(&str, &str), i32> = HashMap::new();
    let mut homes = Vec::new();
    let mut wanted = Vec::with_capacity(instances.len());
    for (instance, line) in instances.iter().copied().zip(trail.iter().copied()) {
        let pair = (instance.study_instance_uid.as_str(), instance.series_instance_uid.as_str());
        let home = *places.entry(pair).or_insert_with(|| {
            homes.push(pair);
            homes.len() as i32
        });
        wanted.push(Wanted { home, instance, line });
    }
    if let [home] = homes[..]
        && wanted.len() == 1
    {
        let statement = InsertInstance { home: Homes::new([home]), row: Rows::new(&wanted) };
        let made: Vec<String> = statement.load(connection).map_err(removed_meanwhile)?;
        return Ok(vec![!made.is_empty()]);
    }
    let studies: BTreeSet<&str> = homes.iter().map(|(study, _)| *study).collect();
    let several = homes.len() > 1;
    let statement = InsertInstances { homes: Homes::new(homes), rows: Rows::new(&wanted) };
    let made: Vec<String> = match several {
        true => connection.transaction(|connection| {
            lock(connection, studies)?;
            statement.load(connection)
        }),
        false => statement.load(connection),
    }
    .map_err(removed_meanwhile)?;
    let made: HashSet<String> = made.into_iter().collect();
    Ok(instances.iter().map(|instance| made.contains(&instance.sop_instance_uid)).collect())
}

/// Locks studies in order of UID, so that no two stores wait for each other. In a statement of its own: the next one sees
/// the rows as they are then.
fn lock(connection: &mut PgConnection, uids: BTreeSet<&str>) -> QueryResult<()> {
    let rows = studies::table.filter(studies::study_instance_uid.eq_any(uids)).order(studies::study_instance_uid);
    rows.select(studies::study_key).for_no_key_update().execute(connection)?;
    Ok(())
}

/// A series that was there is gone: the caller may try again.
fn removed_meanwhile(error: Error) -> Error {
    match error {
        Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => Error::NotFound,
        other => other,
    }
}

/// Finds what stands in the way of instances, by UID.
pub(super) fn existing(connection: &mut PgConnection, uids: &[&str]) -> QueryResult<HashMap<String, Written>> {
    let rows: Vec<(String, Vec<u8>, String, String, String)> = instances::table
        .inner_join(series::table.inner_join(studies::table))
        .filter(instances::sop_instance_uid.eq_any(uids))
        .select((
            instances::sop_instance_uid,
            instances::digest,
            studies::study_instance_uid,
            instances::transfer_syntax_uid,
            instances::file_path,
        ))
        .load(connection)?;
    let written = |(uid, digest, study_instance_uid, transfer_syntax_uid, file_path)| {
        (uid, Written::Exists { digest, study_instance_uid, transfer_syntax_uid, file_path })
    };
    Ok(rows.into_iter().map(written).collect())
}

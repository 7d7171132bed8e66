//! Instances under series that are there, the counts above them, and their lines of the audit trail: one statement.

use std::collections::HashMap;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Jsonb, Nullable, Text};

use super::{NewInstance, Written};
use crate::audit::{AuditRow, Lines};
use crate::columns::{Document, columns, statement};
use crate::element;
use crate::index::{instances, series, studies};

columns! {
    /// The rows of `instances`, but for the key of their series: `home` is its place in a list.
    Rows as "wanted" of (i64, &'a NewInstance) {
        home: BigInt = i64 = |row| row.0;
        sop_instance_uid: Text = &'a str = |row| &row.1.sop_instance_uid;
        sop_class_uid: Text = &'a str = |row| &row.1.sop_class_uid;
        instance_number: Nullable<Integer> = Option<i32> = |row| integer(row.1, "00200013");
        rows: Nullable<Integer> = Option<i32> = |row| integer(row.1, "00280010");
        columns: Nullable<Integer> = Option<i32> = |row| integer(row.1, "00280011");
        bits_allocated: Nullable<Integer> = Option<i32> = |row| integer(row.1, "00280100");
        number_of_frames: Nullable<Integer> = Option<i32> = |row| integer(row.1, "00280008");
        transfer_syntax_uid: Text = &'a str = |row| &row.1.transfer_syntax_uid;
        storage_node_id: BigInt = i64 = |row| row.1.storage_node_id;
        file_path: Text = &'a str = |row| &row.1.file_path;
        file_size: BigInt = i64 = |row| row.1.file_size;
        data_set_start: BigInt = i64 = |row| row.1.data_set_start;
        digest: Binary = &'a [u8] = |row| &row.1.digest;
        frame_index: Binary = &'a [u8] = |row| &row.1.frame_index;
        frame_count: Integer = i32 = |row| row.1.frame_count;
        kind: Text = &'a str = |row| row.1.kind;
        attributes: Jsonb = Document<'a> = |row| Document(&row.1.documents.instance);
    }
}

fn integer(instance: &NewInstance, tag: &str) -> Option<i32> {
    element::integer(&instance.documents.instance, tag)
}

columns! {
    /// The series that instances belong to, by the UIDs of study and series.
    Homes as "pair" of (&'a str, &'a str) {
        study: Text = &'a str = |pair| pair.0;
        series: Text = &'a str = |pair| pair.1;
    }
}

/// Inserts instances into the series that are there and brings the counts of series and studies up to date. Gives the
/// number of each instance (from 1), whether its series is there, and whether it is new.
///
/// The rows of studies and series are locked first, in order of UID, then the instances are inserted, in order of UID.
struct InsertInstances<'a> {
    homes: Homes<'a>,
    rows: Rows<'a>,
    trail: Lines<'a>,
}

statement!(InsertInstances => (BigInt, Bool, Bool));

impl QueryFragment<Pg> for InsertInstances<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH home AS (SELECT pair.number, study_key, series_key FROM ");
        self.homes.push(out.reborrow())?;
        out.push_sql(
            " JOIN studies ON study_instance_uid = pair.study
              JOIN series USING (study_key) WHERE series_instance_uid = pair.series
              ORDER BY pair.study, pair.series FOR NO KEY UPDATE OF studies, series
            ), wanted AS (SELECT * FROM ",
        );
        self.rows.push(out.reborrow())?;
        out.push_sql("), line AS (SELECT * FROM ");
        self.trail.push(out.reborrow())?;
        out.push_sql("), made AS (INSERT INTO instances (series_key");
        push_names(&mut out, &Rows::NAMES[1..])?;
        out.push_sql(") SELECT series_key");
        push_names(&mut out, &Rows::NAMES[1..])?;
        out.push_sql(
            " FROM wanted JOIN home ON home.number = wanted.home ORDER BY sop_instance_uid
              ON CONFLICT DO NOTHING RETURNING series_key, sop_instance_uid, sop_class_uid
            ), grown AS (
              UPDATE series SET updated_at = now(),
                number_of_series_related_instances = number_of_series_related_instances + gain.instances
              FROM (SELECT series_key, count(*)::int AS instances FROM made GROUP BY series_key) AS gain
              WHERE series.series_key = gain.series_key
              RETURNING study_key, modality, gain.instances,
                number_of_series_related_instances = gain.instances AS first
            ), grown_study AS (
              UPDATE studies SET updated_at = now(),
                number_of_study_related_series = number_of_study_related_series + gain.series,
                number_of_study_related_instances = number_of_study_related_instances + gain.instances,
                modalities_in_study = CASE WHEN modalities_in_study @> gain.modalities THEN modalities_in_study
                  ELSE ARRAY(SELECT DISTINCT name COLLATE \"C\" FROM
                    unnest(modalities_in_study || gain.modalities) AS name ORDER BY 1) END,
                sop_classes_in_study = CASE WHEN sop_classes_in_study @> gain.sop_classes THEN sop_classes_in_study
                  ELSE ARRAY(SELECT DISTINCT name COLLATE \"C\" FROM
                    unnest(sop_classes_in_study || gain.sop_classes) AS name ORDER BY 1) END
              FROM (
                SELECT study_key, sum(instances)::int AS instances, (count(*) FILTER (WHERE first))::int AS series,
                  coalesce(array_agg(DISTINCT modality) FILTER (WHERE modality IS NOT NULL), '{}') AS modalities,
                  ARRAY(SELECT DISTINCT sop_class_uid FROM made JOIN home USING (series_key)
                    WHERE home.study_key = grown.study_key) AS sop_classes
                FROM grown GROUP BY study_key
              ) AS gain WHERE studies.study_key = gain.study_key
            ), audited AS (INSERT INTO audit (",
        );
        push_list(&mut out, Lines::NAMES)?;
        out.push_sql(") SELECT ");
        push_list(&mut out, Lines::NAMES)?;
        out.push_sql(
            " FROM line WHERE sop_instance_uid IN (SELECT sop_instance_uid FROM made) ORDER BY number)
            SELECT wanted.number, home.number IS NOT NULL, made.series_key IS NOT NULL FROM wanted
            LEFT JOIN home ON home.number = wanted.home LEFT JOIN made USING (sop_instance_uid)",
        );
        Ok(())
    }
}

fn push_names(out: &mut AstPass<'_, '_, Pg>, names: &[&str]) -> QueryResult<()> {
    out.push_sql(", ");
    push_list(out, names)
}

fn push_list(out: &mut AstPass<'_, '_, Pg>, names: &[&str]) -> QueryResult<()> {
    for (number, name) in names.iter().enumerate() {
        if number > 0 {
            out.push_sql(", ");
        }
        out.push_identifier(name)?;
    }
    Ok(())
}

/// What became of an instance that was to be inserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inserted {
    /// It has a row now, and its line of the trail is written.
    New,
    /// There is a row of its UID.
    Exists,
    /// Its series is not there.
    Homeless,
}

/// Inserts instances, each with its line of the audit trail, where their series are there. No two have one UID.
pub(super) fn insert(
    connection: &mut PgConnection,
    wanted: &[&NewInstance],
    trail: &[&AuditRow],
) -> QueryResult<Vec<Inserted>> {
    let mut places: HashMap<(&str, &str), i64> = HashMap::new();
    let mut homes = Vec::new();
    let rows: Vec<(i64, &NewInstance)> = wanted
        .iter()
        .map(|instance| {
            let pair = (instance.study_instance_uid.as_str(), instance.series_instance_uid.as_str());
            let place = places.entry(pair).or_insert_with(|| {
                homes.push(pair);
                homes.len() as i64
            });
            (*place, *instance)
        })
        .collect();
    let (homes, rows) = (Homes::new(homes), Rows::new(rows));
    let trail = Lines::new(trail.iter().copied());
    let mut inserted = vec![Inserted::Homeless; wanted.len()];
    let statement = InsertInstances { homes, rows, trail };
    for (number, housed, new) in statement.load::<(i64, bool, bool)>(connection)? {
        inserted[number as usize - 1] = match (housed, new) {
            (_, true) => Inserted::New,
            (true, false) => Inserted::Exists,
            (false, false) => Inserted::Homeless,
        };
    }
    Ok(inserted)
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

//! An object that comes alone into a series that is there: what [`super::headers`] and [`super::instances`] do for many,
//! in statements that are a quarter less work for the server. Most objects of a modality come like this.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Bool, Text, Uuid};

use super::headers::Headers;
use super::homes::Homes;
use super::instances::Rows;
use crate::columns::statement;

/// Inserts a header. Gives the patient if the series is there, and whether the header is new.
pub(super) struct InsertHeader<'a> {
    pub(super) home: Homes<'a>,
    pub(super) row: Headers<'a>,
}

statement!(InsertHeader => (Uuid, Bool));

impl QueryFragment<Pg> for InsertHeader<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH pair AS (");
        self.home.push_first(out.reborrow())?;
        out.push_sql("), wanted AS (");
        self.row.push_first(out.reborrow())?;
        out.push_sql(
            "), home AS (
              SELECT patient_key FROM pair
              JOIN study_identities ON study_instance_uid = pair.study
              JOIN series_identities USING (study_instance_uid) WHERE series_instance_uid = pair.series
              FOR KEY SHARE OF series_identities
            ), made AS (
              INSERT INTO instance_headers
                (sop_instance_uid, study_instance_uid, series_instance_uid, digest, metadata, personal)
              SELECT sop_instance_uid, study_instance_uid, series_instance_uid, digest, metadata, personal
              FROM wanted, home ON CONFLICT DO NOTHING RETURNING sop_instance_uid
            )
            SELECT patient_key, EXISTS (SELECT FROM made) FROM home",
        );
        Ok(())
    }
}

/// Inserts an instance and its line of the audit trail, and brings the counts of its series and study up to date. Gives
/// its UID if it is new. Rows are locked in the order of [`super::instances`].
pub(super) struct InsertInstance<'a> {
    pub(super) home: Homes<'a>,
    pub(super) row: Rows<'a>,
}

statement!(InsertInstance => Text);

impl QueryFragment<Pg> for InsertInstance<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH pair AS (");
        self.home.push_first(out.reborrow())?;
        out.push_sql("), wanted AS (");
        self.row.push_first(out.reborrow())?;
        out.push_sql(
            "), home AS (
              SELECT study_key, series_key, modality, number_of_series_related_instances = 0 AS first
              FROM pair JOIN studies ON study_instance_uid = pair.study
              JOIN series USING (study_key) WHERE series_instance_uid = pair.series
            ), made AS (
              INSERT INTO instances (series_key, sop_instance_uid, sop_class_uid, instance_number, rows, columns,
                bits_allocated, number_of_frames, transfer_syntax_uid, storage_node_id, file_path, file_size,
                data_set_start, digest, frame_index, frame_count, kind, attributes, left_out)
              SELECT series_key, sop_instance_uid, sop_class_uid, instance_number, rows, columns,
                bits_allocated, number_of_frames, transfer_syntax_uid, storage_node_id, file_path, file_size,
                data_set_start, digest, frame_index, frame_count, kind, attributes, left_out
              FROM wanted, home ON CONFLICT DO NOTHING
              RETURNING sop_instance_uid, sop_class_uid, frame_count
            ), audited AS (
              INSERT INTO audit (at, action, actor, address, via, study_instance_uid, series_instance_uid,
                sop_instance_uid, outcome, detail)
              SELECT at, action, actor, address, via, study_instance_uid, series_instance_uid,
                made.sop_instance_uid, outcome, detail FROM made, wanted
            ), grown AS (
              UPDATE studies SET updated_at = now(),
                number_of_study_related_series = number_of_study_related_series + first::int,
                number_of_study_related_instances = number_of_study_related_instances + 1,
                modalities_in_study = CASE WHEN modality IS NULL OR modalities_in_study @> ARRAY[modality]
                  THEN modalities_in_study ELSE united(modalities_in_study, ARRAY[modality]) END,
                sop_classes_in_study = CASE WHEN sop_classes_in_study @> ARRAY[sop_class_uid]
                  THEN sop_classes_in_study ELSE united(sop_classes_in_study, ARRAY[sop_class_uid]) END
              FROM home, made WHERE studies.study_key = home.study_key RETURNING studies.study_key
            ), grown_series AS (
              UPDATE series SET updated_at = now(), undescribed = undescribed OR frame_count > 0,
                number_of_series_related_instances = number_of_series_related_instances + 1
              FROM home, made, grown WHERE series.series_key = home.series_key
            )
            SELECT sop_instance_uid FROM made",
        );
        Ok(())
    }
}

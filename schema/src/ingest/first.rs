//! An object that comes alone and is the first of its series: what is above it and its own rows are one statement a
//! database. Most radiographs come like this.
//!
//! Such a statement is done whole or not at all: when another process makes one of the rows meanwhile, the database refuses
//! it, and the object is written as many are.

use chrono::{NaiveDate, NaiveTime};
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{Bool, Date, Integer, Jsonb, Nullable, Text, Time, Uuid};

use super::headers::{Headers, NewSeries as SeriesIdentity};
use super::identity::{NewPatient, NewStudy as StudyIdentity};
use super::index::{NewSeries, NewStudy};
use super::instances::Rows;
use crate::columns::{Document, columns, statement};

columns! {
    /// Rows of `patients`.
    Patients of &'a NewPatient<'a> {
        patient_key: Uuid = uuid::Uuid = |row| row.patient_key;
        patient_id: Text = &'a str = |row| &row.patient_id;
        issuer_of_patient_id: Text = &'a str = |row| &row.issuer_of_patient_id;
        study_instance_uid: Text = &'a str = |row| &row.study_instance_uid;
        patient_name: Nullable<Text> = Option<&'a str> = |row| row.patient_name.as_deref();
        patient_name_folded: Nullable<Text> = Option<&'a str> = |row| row.patient_name_folded.as_deref();
        patient_birth_date: Nullable<Date> = Option<NaiveDate> = |row| row.patient_birth_date;
        patient_sex: Nullable<Text> = Option<&'a str> = |row| row.patient_sex.as_deref();
        attributes: Jsonb = Document<'a> = |row| row.attributes;
    }
}

columns! {
    /// Rows of `study_identities`, but for the patient.
    StudyIdentities of &'a StudyIdentity<'a> {
        study_instance_uid: Text = &'a str = |row| row.study_instance_uid;
        accession_number: Nullable<Text> = Option<&'a str> = |row| row.accession_number.as_deref();
        study_id: Nullable<Text> = Option<&'a str> = |row| row.study_id.as_deref();
        referring_physician_name: Nullable<Text> = Option<&'a str> = |row| row.referring_physician_name.as_deref();
        referring_physician_name_folded: Nullable<Text> = Option<&'a str> =
            |row| row.referring_physician_name_folded.as_deref();
        attributes: Jsonb = Document<'a> = |row| row.attributes;
    }
}

columns! {
    /// What rows of `series_identities` have beside their UIDs.
    SeriesIdentities of &'a SeriesIdentity<'a> {
        attributes: Jsonb = Document<'a> = |row| row.attributes;
    }
}

columns! {
    /// Rows of `studies`, but for what is counted.
    Studies of &'a NewStudy<'a> {
        study_instance_uid: Text = &'a str = |row| row.study_instance_uid;
        patient_key: Uuid = uuid::Uuid = |row| row.patient_key;
        study_date: Nullable<Date> = Option<NaiveDate> = |row| row.study_date;
        study_time: Nullable<Time> = Option<NaiveTime> = |row| row.study_time;
        study_description: Nullable<Text> = Option<&'a str> = |row| row.study_description.as_deref();
        attributes: Jsonb = Document<'a> = |row| row.attributes;
        left_out: Nullable<Text> = Option<&'a str> = |row| row.left_out.as_deref();
    }
}

columns! {
    /// Rows of `series`, but for the study and what is counted.
    Series of &'a NewSeries<'a> {
        series_instance_uid: Text = &'a str = |row| row.series_instance_uid;
        modality: Nullable<Text> = Option<&'a str> = |row| row.modality.as_deref();
        series_number: Nullable<Integer> = Option<i32> = |row| row.series_number;
        series_description: Nullable<Text> = Option<&'a str> = |row| row.series_description.as_deref();
        body_part_examined: Nullable<Text> = Option<&'a str> = |row| row.body_part_examined.as_deref();
        attributes: Jsonb = Document<'a> = |row| row.attributes;
        left_out: Nullable<Text> = Option<&'a str> = |row| row.left_out.as_deref();
    }
}

/// Inserts a header, its series, and the study and patient if they are not there. Gives the patient, and whether the header
/// is new.
pub(super) struct InsertFirstHeader<'a> {
    pub(super) patient: Patients<'a>,
    pub(super) study: StudyIdentities<'a>,
    pub(super) series: SeriesIdentities<'a>,
    pub(super) header: Headers<'a>,
}

statement!(InsertFirstHeader => (Uuid, Bool));

impl QueryFragment<Pg> for InsertFirstHeader<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH person AS (");
        self.patient.push_first(out.reborrow())?;
        out.push_sql("), study AS (");
        self.study.push_first(out.reborrow())?;
        out.push_sql("), of_series AS (");
        self.series.push_first(out.reborrow())?;
        out.push_sql("), wanted AS (");
        self.header.push_first(out.reborrow())?;
        // What is found here and removed meanwhile the foreign keys miss at the end. A patient that somebody makes meanwhile is
        // no error, in which the server's log would say who it is: nothing at all is made then. Each row waits for the one
        // above it, because the database makes rows in the order in which they need each other and in no other; whoever
        // writes many makes them from above, too, and no two wait for each other.
        out.push_sql(
            "), known AS (
              SELECT patient_key FROM study JOIN study_identities USING (study_instance_uid)
            ), known_person AS (
              SELECT patients.patient_key FROM person
              JOIN patients USING (patient_id, issuer_of_patient_id, study_instance_uid)
              WHERE NOT EXISTS (SELECT FROM known)
            ), made_person AS (
              INSERT INTO patients (patient_key, patient_id, issuer_of_patient_id, study_instance_uid, patient_name,
                patient_name_folded, patient_birth_date, patient_sex, attributes)
              SELECT patient_key, patient_id, issuer_of_patient_id, study_instance_uid, patient_name,
                patient_name_folded, patient_birth_date, patient_sex, attributes
              FROM person WHERE NOT EXISTS (SELECT FROM known) AND NOT EXISTS (SELECT FROM known_person)
              ON CONFLICT DO NOTHING RETURNING patient_key
            ), patient AS (
              SELECT patient_key FROM known_person UNION ALL SELECT patient_key FROM made_person
            ), made_study AS (
              INSERT INTO study_identities (study_instance_uid, patient_key, accession_number, study_id,
                referring_physician_name, referring_physician_name_folded, attributes)
              SELECT study_instance_uid, patient_key, accession_number, study_id,
                referring_physician_name, referring_physician_name_folded, attributes
              FROM study, patient WHERE NOT EXISTS (SELECT FROM known) RETURNING patient_key
            ), home AS (
              SELECT patient_key FROM known UNION ALL SELECT patient_key FROM made_study
            ), made_series AS (
              INSERT INTO series_identities (series_instance_uid, study_instance_uid, attributes)
              SELECT series_instance_uid, study_instance_uid, attributes FROM wanted, of_series, home
              RETURNING series_instance_uid
            ), made AS (
              INSERT INTO instance_headers
                (sop_instance_uid, study_instance_uid, series_instance_uid, digest, metadata, personal)
              SELECT sop_instance_uid, study_instance_uid, series_instance_uid, digest, metadata, personal
              FROM wanted JOIN made_series USING (series_instance_uid) ON CONFLICT DO NOTHING
              RETURNING sop_instance_uid
            )
            SELECT patient_key, EXISTS (SELECT FROM made) FROM home",
        );
        Ok(())
    }
}

/// Inserts an instance, its line of the audit trail, its series, and the study if it is not there, whose counts are
/// brought up to date if it is. Gives the UID of the instance. Rows are locked in the order of [`super::instances`].
pub(super) struct InsertFirstInstance<'a> {
    pub(super) study: Studies<'a>,
    pub(super) series: Series<'a>,
    pub(super) row: Rows<'a>,
}

statement!(InsertFirstInstance => Text);

impl QueryFragment<Pg> for InsertFirstInstance<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH study AS (");
        self.study.push_first(out.reborrow())?;
        out.push_sql("), of_series AS (");
        self.series.push_first(out.reborrow())?;
        out.push_sql("), wanted AS (");
        self.row.push_first(out.reborrow())?;
        out.push_sql(
            "), known AS (
              SELECT study_key FROM study JOIN studies USING (study_instance_uid)
            ), made_study AS (
              INSERT INTO studies (study_instance_uid, patient_key, study_date, study_time, study_description,
                attributes, left_out, modalities_in_study, sop_classes_in_study, number_of_study_related_series,
                number_of_study_related_instances)
              SELECT study.study_instance_uid, patient_key, study_date, study_time, study_description,
                study.attributes, study.left_out, array_remove(ARRAY[modality], NULL), ARRAY[sop_class_uid], 1, 1
              FROM study, of_series, wanted WHERE NOT EXISTS (SELECT FROM known)
              RETURNING study_key
            ), home AS (
              SELECT study_key FROM known UNION ALL SELECT study_key FROM made_study
            ), made_series AS (
              INSERT INTO series (study_key, series_instance_uid, modality, series_number, series_description,
                body_part_examined, attributes, left_out, number_of_series_related_instances)
              SELECT study_key, of_series.series_instance_uid, modality, series_number, series_description,
                body_part_examined, of_series.attributes, of_series.left_out, 1
              FROM home, of_series RETURNING series_key
            ), made AS (
              INSERT INTO instances (series_key, sop_instance_uid, sop_class_uid, instance_number, rows, columns,
                bits_allocated, number_of_frames, transfer_syntax_uid, storage_node_id, file_path, file_size,
                data_set_start, digest, frame_index, frame_count, kind, attributes, left_out)
              SELECT series_key, sop_instance_uid, sop_class_uid, instance_number, rows, columns,
                bits_allocated, number_of_frames, transfer_syntax_uid, storage_node_id, file_path, file_size,
                data_set_start, digest, frame_index, frame_count, kind, attributes, left_out
              FROM wanted, made_series RETURNING sop_instance_uid
            ), audited AS (
              INSERT INTO audit (at, action, actor, address, via, study_instance_uid, series_instance_uid,
                sop_instance_uid, outcome, detail)
              SELECT at, action, actor, address, via, study_instance_uid, series_instance_uid,
                made.sop_instance_uid, outcome, detail FROM made, wanted
            ), grown AS (
              UPDATE studies SET updated_at = now(),
                number_of_study_related_series = number_of_study_related_series + 1,
                number_of_study_related_instances = number_of_study_related_instances + 1,
                modalities_in_study = CASE WHEN modality IS NULL OR modalities_in_study @> ARRAY[modality]
                  THEN modalities_in_study ELSE united(modalities_in_study, ARRAY[modality]) END,
                sop_classes_in_study = CASE WHEN sop_classes_in_study @> ARRAY[sop_class_uid]
                  THEN sop_classes_in_study ELSE united(sop_classes_in_study, ARRAY[sop_class_uid]) END
              FROM known, of_series, wanted WHERE studies.study_key = known.study_key
            )
            SELECT sop_instance_uid FROM made",
        );
        Ok(())
    }
}

/// Runs such a statement: `None` when the database refused it, because another process was there first. A transaction that
/// the caller has begun goes on.
pub(super) fn unless_refused<T>(
    connection: &mut PgConnection,
    run: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
) -> QueryResult<Option<T>> {
    let depth = AnsiTransactionManager::transaction_manager_status_mut(connection).transaction_depth()?;
    let result = match depth {
        None => run(connection),
        Some(_) => connection.transaction(run),
    };
    match result {
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ForeignKeyViolation, _)) => {
            Ok(None)
        }
        result => result.map(Some),
    }
}

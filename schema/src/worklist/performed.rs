//! Modality Performed Procedure Steps, and what they make of the scheduled ones.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

use super::advance;
use super::tables::{performed_references, performed_steps};

/// A scheduled step, as a performed one refers to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StepReference {
    /// (0020,000D)
    pub study_instance_uid: String,
    /// (0040,0009); empty when the modality does not know it.
    pub scheduled_procedure_step_id: String,
}

/// A performed step to write.
#[derive(Debug, Clone)]
pub struct NewPerformedStep {
    /// (0008,0018)
    pub sop_instance_uid: String,
    /// (0040,0252)
    pub status: String,
    /// All attributes as DICOM JSON.
    pub document: Value,
    /// AE title or user name.
    pub created_by: String,
    /// What it refers to.
    pub references: Vec<StepReference>,
}

/// A performed step.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = performed_steps, check_for_backend(diesel::pg::Pg))]
pub struct PerformedRow {
    /// (0008,0018)
    pub sop_instance_uid: String,
    /// (0040,0252)
    pub status: String,
    /// All attributes as DICOM JSON.
    pub document: Value,
    /// AE title or user name.
    pub created_by: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// Writes a new performed step; `false` when there is one of this UID.
pub fn create(connection: &mut PgConnection, new: &NewPerformedStep) -> QueryResult<bool> {
    connection.transaction(|connection| {
        let row = (
            performed_steps::sop_instance_uid.eq(&new.sop_instance_uid),
            performed_steps::status.eq(&new.status),
            performed_steps::document.eq(&new.document),
            performed_steps::created_by.eq(&new.created_by),
        );
        let written = diesel::insert_into(performed_steps::table).values(row).on_conflict_do_nothing();
        if written.execute(connection)? == 0 {
            return Ok(false);
        }
        let references: Vec<_> = new
            .references
            .iter()
            .map(|reference| {
                (
                    performed_references::sop_instance_uid.eq(&new.sop_instance_uid),
                    performed_references::study_instance_uid.eq(&reference.study_instance_uid),
                    performed_references::scheduled_procedure_step_id.eq(&reference.scheduled_procedure_step_id),
                )
            })
            .collect();
        diesel::insert_into(performed_references::table)
            .values(references)
            .on_conflict_do_nothing()
            .execute(connection)?;
        advance::of_performed(connection, &new.sop_instance_uid)?;
        Ok(true)
    })
}

/// Changes a performed step as `change` says, while nobody else changes it: it gets the row and gives status and
/// document, or a refusal. `None` when there is no such step.
pub fn change<E>(
    connection: &mut PgConnection,
    sop_instance_uid: &str,
    change: impl FnOnce(PerformedRow) -> Result<(String, Value), E>,
) -> QueryResult<Option<Result<(), E>>> {
    connection.transaction(|connection| {
        let row = performed_steps::table
            .find(sop_instance_uid)
            .select(PerformedRow::as_select())
            .for_update()
            .first(connection)
            .optional()?;
        let Some(row) = row else { return Ok(None) };
        let (status, document) = match change(row) {
            Ok(changed) => changed,
            Err(refusal) => return Ok(Some(Err(refusal))),
        };
        let changes = (
            performed_steps::status.eq(status),
            performed_steps::document.eq(document),
            performed_steps::updated_at.eq(Utc::now()),
        );
        diesel::update(performed_steps::table.find(sop_instance_uid)).set(changes).execute(connection)?;
        advance::of_performed(connection, sop_instance_uid)?;
        Ok(Some(Ok(())))
    })
}

/// The performed step of a UID.
pub fn performed(connection: &mut PgConnection, sop_instance_uid: &str) -> QueryResult<Option<PerformedRow>> {
    performed_steps::table.find(sop_instance_uid).select(PerformedRow::as_select()).first(connection).optional()
}

/// The performed steps of studies, each with what it refers to: UID, status, reference; oldest first.
pub fn of_steps(connection: &mut PgConnection, studies: &[&str]) -> QueryResult<Vec<(String, String, StepReference)>> {
    let rows: Vec<(String, String, String, String)> = performed_references::table
        .inner_join(performed_steps::table)
        .filter(performed_references::study_instance_uid.eq_any(studies))
        .order((performed_steps::created_at, performed_steps::sop_instance_uid))
        .select((
            performed_steps::sop_instance_uid,
            performed_steps::status,
            performed_references::study_instance_uid,
            performed_references::scheduled_procedure_step_id,
        ))
        .load(connection)?;
    let row = |(uid, status, study_instance_uid, scheduled_procedure_step_id)| {
        (uid, status, StepReference { study_instance_uid, scheduled_procedure_step_id })
    };
    Ok(rows.into_iter().map(row).collect())
}

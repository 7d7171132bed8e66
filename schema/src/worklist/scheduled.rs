//! Scheduled Procedure Steps: written, and taken away.

use chrono::{NaiveDateTime, Utc};
use diesel::prelude::*;
use serde_json::{Value, json};

use super::tables::scheduled_steps::{self, dsl};
use super::{FINISHED, STATUS, STEPS, advance};

/// A Scheduled Procedure Step to write.
#[derive(Debug, Clone)]
pub struct NewScheduledStep {
    /// (0020,000D)
    pub study_instance_uid: String,
    /// (0040,0009)
    pub scheduled_procedure_step_id: String,
    /// When it is to begin.
    pub starts: NaiveDateTime,
    /// (0040,0020); `None`: as it was, or `SCHEDULED`.
    pub status: Option<String>,
    /// All attributes as DICOM JSON, fit for a `jsonb` column; one Item in (0040,0100).
    pub document: Value,
}

/// How a step was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// There was none of its name.
    New,
    /// It took the place of another.
    Replaced,
}

/// Writes a step, in the place of the one with its name if there is one. Performed steps that refer to it have the last
/// word on its status, unless it is said to be finished.
pub fn put(connection: &mut PgConnection, step: &NewScheduledStep) -> QueryResult<Put> {
    connection.transaction(|connection| {
        advance::lock_study(connection, &step.study_instance_uid)?;
        let known: Option<String> = dsl::scheduled_steps
            .filter(dsl::study_instance_uid.eq(&step.study_instance_uid))
            .filter(dsl::scheduled_procedure_step_id.eq(&step.scheduled_procedure_step_id))
            .select(dsl::status)
            .for_update()
            .first(connection)
            .optional()?;
        let put = if known.is_some() { Put::Replaced } else { Put::New };
        let status = step.status.clone().or(known).unwrap_or_else(|| "SCHEDULED".to_owned());
        let document = with_status(step.document.clone(), &status);
        let values = (
            dsl::study_instance_uid.eq(&step.study_instance_uid),
            dsl::scheduled_procedure_step_id.eq(&step.scheduled_procedure_step_id),
            dsl::starts.eq(step.starts),
            dsl::status.eq(&status),
            dsl::document.eq(&document),
            dsl::updated_at.eq(Utc::now()),
        );
        let key: i64 = diesel::insert_into(scheduled_steps::table)
            .values(values)
            .on_conflict((dsl::study_instance_uid, dsl::scheduled_procedure_step_id))
            .do_update()
            .set(values)
            .returning(dsl::scheduled_step_key)
            .get_result(connection)?;
        if !step.status.as_deref().is_some_and(|status| FINISHED.contains(&status)) {
            advance::of_scheduled(connection, &[key])?;
        }
        Ok(put)
    })
}

/// Takes a step off the worklist; `false` when there is none of this name.
pub fn remove(connection: &mut PgConnection, study: &str, step: &str) -> QueryResult<bool> {
    let named = dsl::scheduled_steps
        .filter(dsl::study_instance_uid.eq(study))
        .filter(dsl::scheduled_procedure_step_id.eq(step));
    diesel::delete(named).execute(connection).map(|rows| rows == 1)
}

fn with_status(mut document: Value, status: &str) -> Value {
    if let Some(item) = document.pointer_mut(&format!("/{STEPS}/Value/0")).and_then(Value::as_object_mut) {
        item.insert(STATUS.to_owned(), json!({ "vr": "CS", "Value": [status] }));
    }
    document
}

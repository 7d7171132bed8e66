//! Which studies are what a Scheduled Procedure Step asked for, and the steps whose objects come without performed steps.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamp, Timestamptz};

use super::advance;

/// A step that may move on by what arrives.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct OpenStep {
    /// Key.
    #[diesel(sql_type = BigInt)]
    pub scheduled_step_key: i64,
    /// (0020,000D)
    #[diesel(sql_type = Text)]
    pub study_instance_uid: String,
    /// (0040,0009)
    #[diesel(sql_type = Text)]
    pub scheduled_procedure_step_id: String,
    /// (0040,0020)
    #[diesel(sql_type = Text)]
    pub status: String,
    /// (0008,0060) of the step.
    #[diesel(sql_type = Nullable<Text>)]
    pub modality: Option<String>,
    /// When it was first put on the worklist.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// A study that is what a step asked for.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Link {
    /// The step.
    #[diesel(sql_type = BigInt)]
    pub scheduled_step_key: i64,
    /// The study.
    #[diesel(sql_type = Text)]
    pub study_instance_uid: String,
    /// No other step asked for the same.
    #[diesel(sql_type = Bool)]
    pub is_only: bool,
}

/// Names of the step that a series says it was made for: Request Attributes Sequence (0040,0275).
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Request {
    /// (0020,000E)
    #[diesel(sql_type = Text)]
    pub series_instance_uid: String,
    /// (0040,0009)
    #[diesel(sql_type = Text)]
    pub scheduled_procedure_step_id: String,
}

/// Steps that are to begin from `since` on, are not finished, and that no performed step refers to.
pub fn open(connection: &mut PgConnection, since: NaiveDateTime) -> QueryResult<Vec<OpenStep>> {
    let statement = format!(
        "SELECT scheduled_step_key, study_instance_uid, scheduled_procedure_step_id, status, created_at,
            document #>> '{{00400100,Value,0,00080060,Value,0}}' AS modality
        FROM scheduled_steps AS target
        WHERE starts >= $1 AND status NOT IN ('COMPLETED', 'DISCONTINUED') AND status <> 'DEPARTED'
            AND NOT EXISTS (SELECT FROM performed_references AS reference WHERE {})
        ORDER BY scheduled_step_key",
        advance::MEANS
    );
    sql_query(statement).bind::<Timestamp, _>(since).load(connection)
}

/// The studies of steps: the one with their Study Instance UID; and those with their Accession Number and Patient ID, and
/// with no other Issuer of Patient ID, that no other step has the Study Instance UID of.
///
/// Also studies are among them of which only the identity database knows, because their store was interrupted.
pub fn links(connection: &mut PgConnection, steps: &[i64]) -> QueryResult<Vec<Link>> {
    let statement = "
        SELECT step.scheduled_step_key, study.study_instance_uid, NOT EXISTS (
                SELECT FROM scheduled_steps AS sibling WHERE sibling.study_instance_uid = step.study_instance_uid
                    AND sibling.scheduled_step_key <> step.scheduled_step_key) AS is_only
        FROM scheduled_steps AS step JOIN study_identities AS study USING (study_instance_uid)
        WHERE step.scheduled_step_key = ANY($1)
        UNION ALL
        SELECT step.scheduled_step_key, study.study_instance_uid, NOT EXISTS (
                SELECT FROM scheduled_steps AS sibling
                WHERE sibling.document @> jsonb_build_object('00080050', jsonb_build_object('Value', accession))
                    AND sibling.scheduled_step_key <> step.scheduled_step_key) AS is_only
        FROM scheduled_steps AS step
        CROSS JOIN LATERAL (SELECT document #> '{00080050,Value}' AS accession,
            btrim(document #>> '{00080050,Value,0}') AS number, btrim(document #>> '{00100020,Value,0}') AS patient,
            coalesce(btrim(document #>> '{00100021,Value,0}'), '') AS issuer) AS asked
        JOIN study_identities AS study ON study.accession_number = asked.number
        JOIN patients ON patients.patient_key = study.patient_key
        WHERE step.scheduled_step_key = ANY($1) AND asked.number <> ''
            AND patients.patient_id = asked.patient AND asked.patient <> ''
            AND (asked.issuer = '' OR patients.issuer_of_patient_id IN ('', asked.issuer))
            AND NOT EXISTS (SELECT FROM scheduled_steps AS other
                WHERE other.study_instance_uid = study.study_instance_uid)";
    sql_query(statement).bind::<Array<BigInt>, _>(steps).load(connection)
}

/// What the series of studies say that they were made for.
pub fn requests(connection: &mut PgConnection, studies: &[&str]) -> QueryResult<Vec<Request>> {
    let statement = "
        SELECT series_instance_uid, btrim(named #>> '{}') AS scheduled_procedure_step_id FROM series_identities,
            jsonb_path_query(attributes, '$.\"00400275\".\"Value\"[*].\"00400009\".\"Value\"[0]') AS named
        WHERE study_instance_uid = ANY($1) AND btrim(named #>> '{}') <> ''";
    sql_query(statement).bind::<Array<Text>, _>(studies).load(connection)
}

/// Gives a step another status, unless it has got one meanwhile, or a performed step, which then has the last word.
pub fn move_on(connection: &mut PgConnection, step: &OpenStep, status: &str) -> QueryResult<bool> {
    connection.transaction(|connection| {
        advance::lock_study(connection, &step.study_instance_uid)?;
        let statement = format!(
            "UPDATE scheduled_steps AS target SET status = $3, updated_at = now(),
                document = jsonb_set(document, '{{00400100,Value,0,00400020}}',
                    jsonb_build_object('vr', 'CS', 'Value', jsonb_build_array($3)))
            WHERE scheduled_step_key = $1 AND status = $2
                AND NOT EXISTS (SELECT FROM performed_references AS reference WHERE {})",
            advance::MEANS
        );
        let moved = sql_query(statement)
            .bind::<BigInt, _>(step.scheduled_step_key)
            .bind::<Text, _>(&step.status)
            .bind::<Text, _>(status)
            .execute(connection)?;
        Ok(moved == 1)
    })
}

//! What performed steps make of the scheduled ones that they refer to: started while any is in progress, completed when one
//! is, else discontinued. A reference without step ID means the only step of its study.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Text};

/// When a row of `performed_references` called `reference` means a row of `scheduled_steps` called `target`.
pub(super) const MEANS: &str = "reference.study_instance_uid = target.study_instance_uid
    AND (reference.scheduled_procedure_step_id = target.scheduled_procedure_step_id
        OR (reference.scheduled_procedure_step_id = '' AND NOT EXISTS (
            SELECT FROM scheduled_steps AS sibling WHERE sibling.study_instance_uid = target.study_instance_uid
                AND sibling.scheduled_step_key <> target.scheduled_step_key)))";

/// The advisory lock of a study: a class of locks, and one of 64 of them, so that no performed step needs too many.
const CLASS: &str = "x'00400100'::int";
const LOCK: &str = "hashtext(study_instance_uid) & 63";

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = BigInt)]
    scheduled_step_key: i64,
}

/// Waits until nobody else moves steps of a study on, or writes them, and keeps others waiting until the transaction ends.
///
/// Each statement after this one sees what those others wrote. Locked rows would not do: a scheduled step and a performed
/// one of it may be written at the same time, and neither sees the other.
pub(super) fn lock_study(connection: &mut PgConnection, study_instance_uid: &str) -> QueryResult<()> {
    let lock = format!("SELECT pg_advisory_xact_lock({CLASS}, {LOCK}) FROM (SELECT $1 AS study_instance_uid) AS study");
    sql_query(lock).bind::<Text, _>(study_instance_uid).execute(connection).map(drop)
}

/// Moves the scheduled steps on that a performed one refers to.
pub(super) fn of_performed(connection: &mut PgConnection, sop_instance_uid: &str) -> QueryResult<()> {
    // Always in the same order, so that nobody waits in a circle.
    let lock = format!(
        "SELECT pg_advisory_xact_lock({CLASS}, lock) FROM (SELECT DISTINCT {LOCK} AS lock FROM performed_references
            WHERE sop_instance_uid = $1 ORDER BY lock) AS locks"
    );
    sql_query(lock).bind::<Text, _>(sop_instance_uid).execute(connection)?;
    let targets = format!(
        "SELECT DISTINCT target.scheduled_step_key FROM scheduled_steps AS target
        JOIN performed_references AS reference ON {MEANS} WHERE reference.sop_instance_uid = $1"
    );
    let targets: Vec<Key> = sql_query(targets).bind::<Text, _>(sop_instance_uid).load(connection)?;
    of_scheduled(connection, &targets.iter().map(|key| key.scheduled_step_key).collect::<Vec<_>>())
}

/// Moves scheduled steps on, if performed ones refer to them. Their studies are locked.
pub(super) fn of_scheduled(connection: &mut PgConnection, keys: &[i64]) -> QueryResult<()> {
    let advance = format!(
        "UPDATE scheduled_steps AS step SET status = next.status, updated_at = now(),
            document = jsonb_set(document, '{{00400100,Value,0,00400020}}',
                jsonb_build_object('vr', 'CS', 'Value', jsonb_build_array(next.status)))
        FROM (
            SELECT target.scheduled_step_key,
                CASE WHEN bool_or(performed.status = 'IN PROGRESS') THEN 'STARTED'
                    WHEN bool_or(performed.status = 'COMPLETED') THEN 'COMPLETED' ELSE 'DISCONTINUED' END AS status
            FROM scheduled_steps AS target
            JOIN performed_references AS reference ON {MEANS}
            JOIN performed_steps AS performed USING (sop_instance_uid)
            WHERE target.scheduled_step_key = ANY($1)
            GROUP BY target.scheduled_step_key
        ) AS next
        WHERE step.scheduled_step_key = next.scheduled_step_key"
    );
    sql_query(advance).bind::<Array<BigInt>, _>(keys).execute(connection).map(drop)
}

//! The audit trail (index database): rows are added and read, never changed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Nullable, Text, Timestamptz};

use table::audit;

mod table {
    diesel::table! {
        audit (audit_id) {
            audit_id -> BigInt,
            at -> Timestamptz,
            action -> Text,
            actor -> Text,
            address -> Nullable<Text>,
            via -> Text,
            study_instance_uid -> Nullable<Text>,
            series_instance_uid -> Nullable<Text>,
            sop_instance_uid -> Nullable<Text>,
            outcome -> Text,
            detail -> Nullable<Text>,
        }
    }
}

/// One line of the trail. The words of `action` and `outcome` are the archive's.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit, check_for_backend(diesel::pg::Pg))]
pub struct AuditRow {
    /// When it was done.
    pub at: DateTime<Utc>,
    /// What was done.
    pub action: String,
    /// User name or AE title.
    pub actor: String,
    /// IP address the actor came from.
    pub address: Option<String>,
    /// How the actor came.
    pub via: String,
    /// Study Instance UID.
    pub study_instance_uid: Option<String>,
    /// Series Instance UID.
    pub series_instance_uid: Option<String>,
    /// SOP Instance UID.
    pub sop_instance_uid: Option<String>,
    /// How it ended.
    pub outcome: String,
    /// Keywords, resource or reason.
    pub detail: Option<String>,
}

/// Which lines of the trail are wanted: all that are given must match.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// From this moment on.
    pub since: Option<DateTime<Utc>>,
    /// Before this moment.
    pub until: Option<DateTime<Utc>>,
    /// User name or AE title.
    pub actor: Option<String>,
    /// What was done, in the archive's word.
    pub action: Option<String>,
    /// How it ended, in the archive's word.
    pub outcome: Option<String>,
    /// Study Instance UID.
    pub study: Option<String>,
    /// SOP Instance UID.
    pub instance: Option<String>,
}

/// Adds lines, in order.
pub fn write(connection: &mut PgConnection, rows: &[AuditRow]) -> QueryResult<()> {
    if let [row] = rows {
        // Prepared once a connection, where the statement below is planned anew each time.
        return diesel::insert_into(audit::table).values(row).execute(connection).map(drop);
    }
    fn all<'a, T>(rows: &'a [AuditRow], of: impl Fn(&'a AuditRow) -> T) -> Vec<T> {
        rows.iter().map(of).collect()
    }
    // Arrays, so that the statement is short however many there are.
    sql_query(
        "INSERT INTO audit (at, action, actor, address, via, study_instance_uid, series_instance_uid, sop_instance_uid,
           outcome, detail)
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind::<Array<Timestamptz>, _>(all(rows, |row| row.at))
    .bind::<Array<Text>, _>(all(rows, |row| &row.action))
    .bind::<Array<Text>, _>(all(rows, |row| &row.actor))
    .bind::<Array<Nullable<Text>>, _>(all(rows, |row| &row.address))
    .bind::<Array<Text>, _>(all(rows, |row| &row.via))
    .bind::<Array<Nullable<Text>>, _>(all(rows, |row| &row.study_instance_uid))
    .bind::<Array<Nullable<Text>>, _>(all(rows, |row| &row.series_instance_uid))
    .bind::<Array<Nullable<Text>>, _>(all(rows, |row| &row.sop_instance_uid))
    .bind::<Array<Text>, _>(all(rows, |row| &row.outcome))
    .bind::<Array<Nullable<Text>>, _>(all(rows, |row| &row.detail))
    .execute(connection)
    .map(drop)
}

/// The newest lines that match, newest first.
pub fn read(connection: &mut PgConnection, filter: &AuditFilter, limit: i64) -> QueryResult<Vec<AuditRow>> {
    let mut rows = audit::table.into_boxed();
    if let Some(since) = filter.since {
        rows = rows.filter(audit::at.ge(since));
    }
    if let Some(until) = filter.until {
        rows = rows.filter(audit::at.lt(until));
    }
    if let Some(actor) = &filter.actor {
        rows = rows.filter(audit::actor.eq(actor));
    }
    if let Some(action) = &filter.action {
        rows = rows.filter(audit::action.eq(action));
    }
    if let Some(outcome) = &filter.outcome {
        rows = rows.filter(audit::outcome.eq(outcome));
    }
    if let Some(study) = &filter.study {
        rows = rows.filter(audit::study_instance_uid.eq(study));
    }
    if let Some(instance) = &filter.instance {
        rows = rows.filter(audit::sop_instance_uid.eq(instance));
    }
    rows.order(audit::audit_id.desc()).limit(limit).select(AuditRow::as_select()).load(connection)
}

//! Storage commitment (index database): what was asked to be kept, and what was answered.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

use table::commitments::{self, dsl};

mod table {
    diesel::table! {
        commitments (transaction_uid) {
            transaction_uid -> Text,
            requested_by -> Text,
            report_to -> Nullable<Text>,
            request -> Jsonb,
            found -> Nullable<Jsonb>,
            result -> Nullable<Jsonb>,
            requested_at -> Timestamptz,
            decided_at -> Nullable<Timestamptz>,
            reported_at -> Nullable<Timestamptz>,
            given_up_at -> Nullable<Timestamptz>,
        }
    }
}

/// A transaction.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = commitments, check_for_backend(diesel::pg::Pg))]
pub struct CommitmentRow {
    /// (0008,1195)
    pub transaction_uid: String,
    /// AE title or user name.
    pub requested_by: String,
    /// The AE that waits for a report.
    pub report_to: Option<String>,
    /// What is to be kept; its shape is the archive's.
    pub request: Value,
    /// What storage nodes found as yet; its shape is the archive's.
    pub found: Option<Value>,
    /// What was decided; its shape is the archive's.
    pub result: Option<Value>,
    /// When it was asked.
    pub requested_at: DateTime<Utc>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// When the AE took the report.
    pub reported_at: Option<DateTime<Utc>>,
    /// When the report was given up.
    pub given_up_at: Option<DateTime<Utc>>,
}

/// A transaction to begin.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = commitments, check_for_backend(diesel::pg::Pg))]
pub struct NewCommitment<'a> {
    /// (0008,1195)
    pub transaction_uid: &'a str,
    /// AE title or user name.
    pub requested_by: &'a str,
    /// The AE that waits for a report.
    pub report_to: Option<&'a str>,
    /// What is to be kept.
    pub request: &'a Value,
}

/// Begins a transaction; `false` when there is one of this UID.
pub fn begin(connection: &mut PgConnection, new: &NewCommitment<'_>) -> QueryResult<bool> {
    let begun = diesel::insert_into(commitments::table).values(new).on_conflict_do_nothing();
    begun.execute(connection).map(|rows| rows == 1)
}

/// The transaction of a UID.
pub fn find(connection: &mut PgConnection, transaction_uid: &str) -> QueryResult<Option<CommitmentRow>> {
    dsl::commitments.find(transaction_uid).select(CommitmentRow::as_select()).first(connection).optional()
}

/// Begins a transaction anew: nothing was decided or told.
pub fn begin_anew(connection: &mut PgConnection, transaction_uid: &str) -> QueryResult<()> {
    let never = None::<DateTime<Utc>>;
    diesel::update(dsl::commitments.find(transaction_uid))
        .set((
            dsl::found.eq(None::<Value>),
            dsl::result.eq(None::<Value>),
            dsl::requested_at.eq(Utc::now()),
            dsl::decided_at.eq(never),
            dsl::reported_at.eq(never),
            dsl::given_up_at.eq(never),
        ))
        .execute(connection)
        .map(drop)
}

/// Writes down what was found as yet of a transaction that is not decided, nor begun anew since it was read.
pub fn note(connection: &mut PgConnection, row: &CommitmentRow, found: &Value) -> QueryResult<()> {
    let undecided = dsl::commitments
        .find(&row.transaction_uid)
        .filter(dsl::requested_at.eq(row.requested_at))
        .filter(dsl::result.is_null());
    diesel::update(undecided).set(dsl::found.eq(found)).execute(connection).map(drop)
}

/// Writes down what was decided, once, unless the transaction was begun anew since it was read.
pub fn decide(connection: &mut PgConnection, row: &CommitmentRow, result: &Value) -> QueryResult<()> {
    let undecided = dsl::commitments
        .find(&row.transaction_uid)
        .filter(dsl::requested_at.eq(row.requested_at))
        .filter(dsl::result.is_null());
    diesel::update(undecided)
        .set((dsl::found.eq(None::<Value>), dsl::result.eq(result), dsl::decided_at.eq(Utc::now())))
        .execute(connection)
        .map(drop)
}

/// The AE took a report that was begun at this time; that of an earlier request for the same says nothing.
pub fn reported(connection: &mut PgConnection, transaction_uid: &str, begun: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(dsl::commitments.find(transaction_uid).filter(dsl::requested_at.le(begun)))
        .set(dsl::reported_at.eq(Utc::now()))
        .execute(connection)
        .map(drop)
}

/// The AE did not take a report that was begun at this time, and is not told any more.
pub fn given_up(connection: &mut PgConnection, transaction_uid: &str, begun: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(dsl::commitments.find(transaction_uid).filter(dsl::requested_at.le(begun)))
        .set(dsl::given_up_at.eq(Utc::now()))
        .execute(connection)
        .map(drop)
}

/// Forgets transactions that were asked before `before` and of which nobody is to be told any more.
pub fn forget(connection: &mut PgConnection, before: DateTime<Utc>) -> QueryResult<usize> {
    let old = dsl::commitments
        .filter(dsl::requested_at.lt(before))
        .filter(dsl::result.is_not_null().or(dsl::given_up_at.is_not_null()))
        .filter(dsl::report_to.is_null().or(dsl::reported_at.is_not_null()).or(dsl::given_up_at.is_not_null()));
    diesel::delete(old).execute(connection)
}

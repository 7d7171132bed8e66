//! Rows of `sessions`: somebody logged in with a browser.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::tables::{sessions, users};
use super::users::UserRow;

/// A session as it was begun and last used.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
pub struct SessionRow {
    /// BLAKE3 of the secret.
    pub secret_hash: Vec<u8>,
    /// Whose it is.
    pub user_id: i64,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used, give or take a minute.
    pub used_at: DateTime<Utc>,
    /// When it ends, used or not.
    pub expires_at: DateTime<Utc>,
}

/// Begins a session, and forgets those whose time is over.
pub fn begin(connection: &mut PgConnection, session: &SessionRow) -> QueryResult<()> {
    diesel::delete(sessions::table.filter(sessions::expires_at.lt(session.created_at))).execute(connection)?;
    diesel::insert_into(sessions::table).values(session).execute(connection).map(drop)
}

/// The session of a secret, and its user.
pub fn find(connection: &mut PgConnection, secret_hash: &[u8]) -> QueryResult<Option<(SessionRow, UserRow)>> {
    sessions::table
        .inner_join(users::table)
        .filter(sessions::secret_hash.eq(secret_hash))
        .select((SessionRow::as_select(), UserRow::as_select()))
        .first(connection)
        .optional()
}

/// Notes that a session is in use.
pub fn touch(connection: &mut PgConnection, secret_hash: &[u8], at: DateTime<Utc>) -> QueryResult<()> {
    let session = sessions::table.filter(sessions::secret_hash.eq(secret_hash));
    diesel::update(session).set(sessions::used_at.eq(at)).execute(connection).map(drop)
}

/// Ends a session; the name of its user, or `None` when there is no such session.
pub fn end(connection: &mut PgConnection, secret_hash: &[u8]) -> QueryResult<Option<String>> {
    let user: Option<i64> = diesel::delete(sessions::table.filter(sessions::secret_hash.eq(secret_hash)))
        .returning(sessions::user_id)
        .get_result(connection)
        .optional()?;
    let Some(user) = user else { return Ok(None) };
    users::table.find(user).select(users::name).first(connection).optional()
}

/// Ends all sessions of a user.
pub fn end_all(connection: &mut PgConnection, user: i64) -> QueryResult<()> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(connection).map(drop)
}

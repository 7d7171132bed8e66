//! Rows of `api_tokens`: a program acts for a user.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::tables::{api_tokens, users};
use super::users::UserRow;

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = api_tokens, check_for_backend(diesel::pg::Pg))]
pub struct TokenRow {
    /// Key.
    pub token_id: i64,
    /// Whose it is.
    pub user_id: i64,
    /// What it is for.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, give or take a minute.
    pub used_at: Option<DateTime<Utc>>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A token to add.
#[derive(Insertable)]
#[diesel(table_name = api_tokens)]
pub struct NewToken<'a> {
    /// Whose it is.
    pub user_id: i64,
    /// What it is for; no two valid tokens of a user have the same name.
    pub name: &'a str,
    /// BLAKE3 of the secret.
    pub secret_hash: &'a [u8],
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Adds a token; `false` when the user has a valid one of this name.
pub fn add(connection: &mut PgConnection, token: &NewToken<'_>) -> QueryResult<bool> {
    let added = diesel::insert_into(api_tokens::table).values(token).on_conflict_do_nothing();
    added.execute(connection).map(|rows| rows == 1)
}

/// The token of a secret, and its user.
pub fn find(connection: &mut PgConnection, secret_hash: &[u8]) -> QueryResult<Option<(TokenRow, UserRow)>> {
    api_tokens::table
        .inner_join(users::table)
        .filter(api_tokens::secret_hash.eq(secret_hash))
        .select((TokenRow::as_select(), UserRow::as_select()))
        .first(connection)
        .optional()
}

/// All tokens (of one user, by name without case), with their users' names, oldest first.
pub fn list(connection: &mut PgConnection, name_key: Option<&str>) -> QueryResult<Vec<(TokenRow, String)>> {
    let mut tokens = api_tokens::table.inner_join(users::table).into_boxed();
    if let Some(name_key) = name_key {
        tokens = tokens.filter(users::name_key.eq(name_key));
    }
    tokens.order(api_tokens::token_id).select((TokenRow::as_select(), users::name)).load(connection)
}

/// Notes that a token is in use.
pub fn touch(connection: &mut PgConnection, token: i64, at: DateTime<Utc>) -> QueryResult<()> {
    let token = api_tokens::table.find(token);
    diesel::update(token).set(api_tokens::used_at.eq(at)).execute(connection).map(drop)
}

/// Takes the valid token of a name back from a user; the user's key, or `None` when there is no such token.
pub fn revoke(
    connection: &mut PgConnection,
    name_key: &str,
    token: &str,
    at: DateTime<Utc>,
) -> QueryResult<Option<i64>> {
    let user = users::table.filter(users::name_key.eq(name_key)).select(users::user_id);
    let valid = api_tokens::table
        .filter(api_tokens::user_id.eq_any(user))
        .filter(api_tokens::name.eq(token))
        .filter(api_tokens::revoked_at.is_null());
    diesel::update(valid)
        .set(api_tokens::revoked_at.eq(at))
        .returning(api_tokens::user_id)
        .get_result(connection)
        .optional()
}

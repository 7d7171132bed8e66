//! Rows of `users`.

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, select};
use diesel::prelude::*;

use super::tables::users;

/// Somebody with a name and a password.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct UserRow {
    /// Key.
    pub user_id: i64,
    /// Name as it was given.
    pub name: String,
    /// `administrator`, `clinician`, `researcher`, `device`.
    pub roles: Vec<String>,
    /// PHC string of Argon2id.
    pub password_hash: String,
    /// May not get in, by any means.
    pub disabled: bool,
    /// When the user was added.
    pub created_at: DateTime<Utc>,
}

/// A user to add.
#[derive(Insertable)]
#[diesel(table_name = users)]
pub struct NewUser<'a> {
    /// Name as it was given.
    pub name: &'a str,
    /// Name without case.
    pub name_key: &'a str,
    /// Roles.
    pub roles: &'a [String],
    /// PHC string of Argon2id.
    pub password_hash: &'a str,
}

/// Adds a user; `false` when there is one of this name.
pub fn add(connection: &mut PgConnection, user: &NewUser<'_>) -> QueryResult<bool> {
    let added = diesel::insert_into(users::table).values(user).on_conflict(users::name_key).do_nothing();
    added.execute(connection).map(|rows| rows == 1)
}

/// Adds a user if there is no user at all; `false` when there is one. Safe when several processes do it at once.
pub fn add_first(connection: &mut PgConnection, user: &NewUser<'_>) -> QueryResult<bool> {
    connection.transaction(|connection| {
        diesel::sql_query("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE").execute(connection)?;
        let somebody: bool = select(exists(users::table.select(users::user_id))).get_result(connection)?;
        if somebody { Ok(false) } else { add(connection, user) }
    })
}

/// The user of a name without case.
pub fn find(connection: &mut PgConnection, name_key: &str) -> QueryResult<Option<UserRow>> {
    users::table.filter(users::name_key.eq(name_key)).select(UserRow::as_select()).first(connection).optional()
}

/// All users, by name.
pub fn list(connection: &mut PgConnection) -> QueryResult<Vec<UserRow>> {
    users::table.order(users::name_key).select(UserRow::as_select()).load(connection)
}

/// Gives a user another password and ends the user's sessions; the key, or `None` when there is no such user.
pub fn set_password(connection: &mut PgConnection, name_key: &str, password_hash: &str) -> QueryResult<Option<i64>> {
    connection.transaction(|connection| {
        let user = diesel::update(users::table.filter(users::name_key.eq(name_key)))
            .set(users::password_hash.eq(password_hash))
            .returning(users::user_id)
            .get_result(connection)
            .optional()?;
        if let Some(user) = user {
            super::sessions::end_all(connection, user)?;
        }
        Ok(user)
    })
}

/// Shuts a user out (and ends the user's sessions), or lets the user in again; the key, or `None` when there is no such
/// user.
pub fn set_disabled(connection: &mut PgConnection, name_key: &str, disabled: bool) -> QueryResult<Option<i64>> {
    connection.transaction(|connection| {
        let user = diesel::update(users::table.filter(users::name_key.eq(name_key)))
            .set(users::disabled.eq(disabled))
            .returning(users::user_id)
            .get_result(connection)
            .optional()?;
        if let Some(user) = user.filter(|_| disabled) {
            super::sessions::end_all(connection, user)?;
        }
        Ok(user)
    })
}

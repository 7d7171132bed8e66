//! What an administrator does with users.

use chrono::{DateTime, Utc};
use schema::access::users::{self, NewUser, UserRow};

use super::{Role, password};
use crate::audit::{Action, AuditEvent, Outcome};
use crate::{Archive, Error};

/// Longest name of a user, of a token, in characters.
const LONGEST_NAME: usize = 64;
/// The name that the first administrator gets.
const FIRST: &str = "admin";

/// Somebody with a name and a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Name. No two users' names differ only in case.
    pub name: String,
    /// What the user is.
    pub roles: Vec<Role>,
    /// May not get in, by any means.
    pub disabled: bool,
    /// When the user was added.
    pub created_at: DateTime<Utc>,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        let roles = row.roles.iter().filter_map(|word| word.parse().ok()).collect();
        Self { name: row.name, roles, disabled: row.disabled, created_at: row.created_at }
    }
}

impl Archive {
    /// Adds a user. `by` is who does it, for the audit trail; so in all functions of administration.
    ///
    /// [`Error::BadRequest`] when the name is taken or unfit, the password too weak, or there is no role.
    pub async fn add_user(&self, by: &str, name: &str, password: &str, roles: &[Role]) -> Result<(), Error> {
        check_name("user name", name)?;
        password::check(password, name)?;
        if roles.is_empty() {
            return Err(Error::BadRequest("a user needs at least one role".into()));
        }
        let added = self.insert_user(name, password, roles, users::add).await?;
        if !added {
            return Err(Error::BadRequest(format!("there is a user '{name}' already")));
        }
        let words: Vec<_> = roles.iter().map(|role| role.word()).collect();
        self.administered(by, format!("add user {name} ({})", words.join(", ")));
        Ok(())
    }

    /// All users, by name.
    pub async fn list_users(&self) -> Result<Vec<User>, Error> {
        Ok(self.with_index(users::list).await?.into_iter().map(User::from).collect())
    }

    /// Gives a user another password, and ends the user's sessions.
    pub async fn set_password(&self, by: &str, name: &str, password: &str) -> Result<(), Error> {
        password::check(password, name)?;
        let hash = self.0.access.hash(password.to_owned()).await?;
        let key = name_key(name);
        let user = self.with_index(move |connection| users::set_password(connection, &key, &hash)).await?;
        self.changed(by, name, user, format!("set password of user {name}"))
    }

    /// Shuts a user out: password, sessions and tokens are no longer valid.
    pub async fn disable_user(&self, by: &str, name: &str) -> Result<(), Error> {
        let key = name_key(name);
        let user = self.with_index(move |connection| users::set_disabled(connection, &key, true)).await?;
        self.changed(by, name, user, format!("disable user {name}"))
    }

    /// Lets a disabled user in again. Tokens are valid again, sessions are not.
    pub async fn enable_user(&self, by: &str, name: &str) -> Result<(), Error> {
        let key = name_key(name);
        let user = self.with_index(move |connection| users::set_disabled(connection, &key, false)).await?;
        self.changed(by, name, user, format!("enable user {name}"))
    }

    /// Makes the user `admin` when there is no user at all, and gives name and password, which nobody can read again.
    pub async fn ensure_first_administrator(&self) -> Result<Option<(String, String)>, Error> {
        if !self.with_index(users::list).await?.is_empty() {
            return Ok(None);
        }
        let password = password::random();
        if !self.insert_user(FIRST, &password, &[Role::Administrator], users::add_first).await? {
            return Ok(None);
        }
        self.administered("pacs", format!("add user {FIRST} (administrator), the first"));
        Ok(Some((FIRST.to_owned(), password)))
    }

    async fn insert_user(
        &self,
        name: &str,
        password: &str,
        roles: &[Role],
        insert: fn(&mut diesel::PgConnection, &NewUser<'_>) -> diesel::QueryResult<bool>,
    ) -> Result<bool, Error> {
        let password_hash = self.0.access.hash(password.to_owned()).await?;
        let (name, name_key) = (name.to_owned(), name_key(name));
        let mut roles: Vec<String> = roles.iter().map(|role| role.word().to_owned()).collect();
        roles.sort();
        roles.dedup();
        self.with_index(move |connection| {
            let user = NewUser { name: &name, name_key: &name_key, roles: &roles, password_hash: &password_hash };
            insert(connection, &user)
        })
        .await
    }

    fn changed(&self, by: &str, name: &str, user: Option<i64>, what: String) -> Result<(), Error> {
        let user = user.ok_or_else(|| Error::NotFound(format!("user '{name}'")))?;
        self.0.access.forget(user);
        self.administered(by, what);
        Ok(())
    }

    /// Writes an act of administration down.
    pub(crate) fn administered(&self, by: &str, what: String) {
        self.audit(AuditEvent {
            action: Action::Administer,
            actor: by.to_owned(),
            address: None,
            via: "command",
            study: None,
            series: None,
            instance: None,
            outcome: Outcome::Success,
            detail: Some(what),
        });
    }
}

/// A name without case and outer blanks: the same for names that are the same user's.
pub(super) fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Says what is wrong with a name. A colon would end the name in Basic credentials (RFC 7617 §2).
pub(super) fn check_name(what: &str, name: &str) -> Result<(), Error> {
    let problem = if name.is_empty() {
        "is empty"
    } else if name.chars().count() > LONGEST_NAME {
        "is longer than 64 characters"
    } else if name.trim() != name {
        "begins or ends with a blank"
    } else if name.contains(|c: char| c.is_control() || c == ':') {
        "has a colon or a control character in it"
    } else {
        return Ok(());
    };
    Err(Error::BadRequest(format!("the {what} {problem}")))
}

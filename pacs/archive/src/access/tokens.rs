//! API tokens: a program acts for a user without the user's password.

use chrono::{DateTime, Utc};
use schema::access::{tokens, users};

use super::password;
use super::users::{check_name, name_key};
use crate::{Archive, Error};

/// An API token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Whose it is.
    pub user: String,
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

impl Archive {
    /// Makes a token for a user and gives its secret, which nobody can read again. It may do what the user may.
    pub async fn add_token(
        &self,
        by: &str,
        user: &str,
        name: &str,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<String, Error> {
        check_name("name of the token", name)?;
        if expires_at.is_some_and(|end| end <= Utc::now()) {
            return Err(Error::BadRequest("the token would end before it begins".into()));
        }
        let secret = format!("pacs_{}", password::random_secret());
        let secret_hash = password::secret_hash(&secret);
        let (key, token) = (name_key(user), name.to_owned());
        let added = self
            .with_index(move |connection| {
                let Some(user) = users::find(connection, &key)? else { return Ok(None) };
                let token =
                    tokens::NewToken { user_id: user.user_id, name: &token, secret_hash: &secret_hash, expires_at };
                tokens::add(connection, &token).map(Some)
            })
            .await?;
        match added {
            None => Err(Error::NotFound(format!("user '{user}'"))),
            Some(false) => Err(Error::BadRequest(format!("'{user}' has a token '{name}' already"))),
            Some(true) => {
                self.administered(by, format!("add token {name} of user {user}"));
                Ok(secret)
            }
        }
    }

    /// All tokens, of one user when a name is given; oldest first.
    pub async fn list_tokens(&self, user: Option<&str>) -> Result<Vec<Token>, Error> {
        let key = user.map(name_key);
        let rows = self.with_index(move |connection| tokens::list(connection, key.as_deref())).await?;
        let token = |(row, user): (tokens::TokenRow, String)| Token {
            user,
            name: row.name,
            created_at: row.created_at,
            used_at: row.used_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        };
        Ok(rows.into_iter().map(token).collect())
    }

    /// Takes a user's token back.
    pub async fn revoke_token(&self, by: &str, user: &str, name: &str) -> Result<(), Error> {
        let (key, token) = (name_key(user), name.to_owned());
        let revoked = self.with_index(move |connection| tokens::revoke(connection, &key, &token, Utc::now())).await?;
        let key = revoked.ok_or_else(|| Error::NotFound(format!("a valid token '{name}' of '{user}'")))?;
        self.0.access.forget(key);
        self.administered(by, format!("revoke token {name} of user {user}"));
        Ok(())
    }
}

//! The way in: by password, by session, by token.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use schema::access::sessions::{self, SessionRow};
use schema::access::tokens;
use schema::access::users::UserRow;

use super::by_password::Visit;
use super::cache::Key;
use super::gate::Grant;
use super::{Actor, Credentials, Right, Stranger, password};
use crate::audit::{Action, AuditEvent, Outcome};
use crate::{Archive, Error};

/// How long a session lives, used or not.
const SESSION: TimeDelta = TimeDelta::hours(12);
/// How long a session lives unused.
const IDLE: TimeDelta = TimeDelta::hours(2);
/// How exactly it is noted when a session or a token was last used.
const NOTED: TimeDelta = TimeDelta::minutes(1);

impl Archive {
    /// Who shows these credentials: [`Error::NotAuthenticated`] when they are not valid, [`Error::Throttled`] after too
    /// many failures of the name or the address.
    ///
    /// An answer is good for ten seconds without asking the database again. A change made through this process counts at
    /// once.
    pub async fn authenticate(
        &self,
        credentials: Credentials,
        from: Option<IpAddr>,
        via: &'static str,
    ) -> Result<Actor, Error> {
        let grant = match credentials {
            Credentials::Password { name, password } => self.by_password(name, password, from, via).await?,
            Credentials::Session(secret) => self.by_session(secret, from, via).await?,
            Credentials::Token(secret) => self.by_token(secret, from, via).await?,
        };
        grant.map(|grant| grant.actor(from, via)).ok_or(Error::NotAuthenticated)
    }

    /// Begins a session for a browser and gives its secret, for a cookie. It ends after twelve hours, or two unused.
    pub async fn log_in(&self, name: &str, password: &str, from: Option<IpAddr>) -> Result<String, Error> {
        let visit = Visit::new(&self.0.access, name, password, from, "https");
        let (grant, _) = self.prove(&visit).await?.ok_or(Error::NotAuthenticated)?;
        let secret = password::random_secret();
        let now = Utc::now();
        let session = SessionRow {
            secret_hash: password::secret_hash(&secret),
            user_id: grant.user,
            created_at: now,
            used_at: now,
            expires_at: now + SESSION,
        };
        self.with_index(move |connection| sessions::begin(connection, &session)).await?;
        self.audit(visit.event(Action::LogIn, Outcome::Success, Some("session")));
        Ok(secret)
    }

    /// Ends a session. Nothing happens when there is none of this secret.
    pub async fn log_out(&self, secret: &str) -> Result<(), Error> {
        let hash = password::secret_hash(secret);
        self.with_index(move |connection| sessions::end(connection, &hash)).await?;
        self.0.access.forget_key(&self.0.access.key(&["session", secret]));
        Ok(())
    }

    /// [`Actor::require`], and a line in the audit trail when the actor has not the right.
    pub fn permit(&self, actor: &Actor, right: Right) -> Result<(), Error> {
        actor.require(right).inspect_err(|_| {
            self.audit(refused(actor, format!("may not {}", right.word())));
        })
    }

    /// [`Archive::permit`], and the permission to see data that tell who somebody is.
    pub fn permit_identified(&self, actor: &Actor, right: Right) -> Result<(), Error> {
        self.permit(actor, right)?;
        if actor.identified {
            return Ok(());
        }
        self.audit(refused(actor, "identified data refused".to_owned()));
        Err(Error::NotAuthorized("this user may see de-identified data only, and these are not".to_owned()))
    }

    async fn by_session(
        &self,
        secret: String,
        from: Option<IpAddr>,
        via: &'static str,
    ) -> Result<Option<Grant>, Error> {
        let gate = &self.0.access;
        let key = gate.key(&["session", &secret]);
        if let Some(grant) = gate.granted(&key) {
            return Ok(Some(grant));
        }
        let changes = gate.changes();
        let hash = password::secret_hash(&secret);
        let user = self
            .with_index(move |connection| {
                let now = Utc::now();
                let found = sessions::find(connection, &hash)?;
                let Some((session, user)) = found.filter(|(session, _)| lives(session, now)) else { return Ok(None) };
                if now - session.used_at > NOTED {
                    sessions::touch(connection, &hash, now)?;
                }
                Ok(Some(user))
            })
            .await?;
        let grant = self.remember(key, user, changes);
        if grant.is_none() {
            self.turned_away(from, via, Stranger::NoSession);
        }
        Ok(grant)
    }

    async fn by_token(&self, secret: String, from: Option<IpAddr>, via: &'static str) -> Result<Option<Grant>, Error> {
        let gate = &self.0.access;
        let key = gate.key(&["token", &secret]);
        if let Some(grant) = gate.granted(&key) {
            return Ok(Some(grant));
        }
        let changes = gate.changes();
        let hash = password::secret_hash(&secret);
        let user = self
            .with_index(move |connection| {
                let now = Utc::now();
                let found = tokens::find(connection, &hash)?;
                let Some((token, user)) = found.filter(|(token, _)| valid(token, now)) else { return Ok(None) };
                if token.used_at.is_none_or(|used| now - used > NOTED) {
                    tokens::touch(connection, token.token_id, now)?;
                }
                Ok(Some(user))
            })
            .await?;
        let grant = self.remember(key, user, changes);
        if grant.is_none() {
            self.turned_away(from, via, Stranger::BadToken);
        }
        Ok(grant)
    }

    fn remember(&self, key: Key, user: Option<UserRow>, changes: u64) -> Option<Grant> {
        let grant = user.as_ref().and_then(Grant::of)?;
        self.0.access.grant(key, &grant, changes);
        Some(grant)
    }
}

fn lives(session: &SessionRow, now: DateTime<Utc>) -> bool {
    now < session.expires_at && now - session.used_at < IDLE
}

fn valid(token: &tokens::TokenRow, now: DateTime<Utc>) -> bool {
    token.revoked_at.is_none() && token.expires_at.is_none_or(|end| now < end)
}

fn refused(actor: &Actor, detail: String) -> AuditEvent {
    AuditEvent { detail: Some(detail), ..AuditEvent::by(actor, Action::Refuse, Outcome::Failure) }
}

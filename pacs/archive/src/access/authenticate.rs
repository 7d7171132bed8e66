//! The way in: by password, by session, by token.

use std::net::IpAddr;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use schema::access::sessions::{self, SessionRow};
use schema::access::tokens;
use schema::access::users::{self, UserRow};

use super::cache::Key;
use super::gate::{Gate, Grant};
use super::throttle::TooEarly;
use super::users::name_key;
use super::{Actor, Credentials, Right, password};
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
            Credentials::Session(secret) => self.by_session(secret).await?,
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
            self.audit(AuditEvent {
                action: Action::Refuse,
                actor: actor.name.clone(),
                address: actor.address,
                via: actor.via,
                study: None,
                series: None,
                instance: None,
                outcome: Outcome::Failure,
                detail: Some(format!("may not {}", right.word())),
            });
        })
    }

    /// Basic credentials come with every request: the same ones are proven once for all who ask at the same time.
    async fn by_password(
        &self,
        name: String,
        password: String,
        from: Option<IpAddr>,
        via: &'static str,
    ) -> Result<Option<Grant>, Error> {
        let gate = &self.0.access;
        let visit = Visit::new(gate, &name, &password, from, via);
        // Before the memory is asked: else it would tell who guesses at full speed when a guess is right.
        let early = gate.throttle.lock().check_address(from, Instant::now());
        early.map_err(|early| self.refused(&visit, &early))?;
        if let Some(grant) = gate.granted(&visit.key) {
            return Ok(Some(grant));
        }
        let key = visit.key;
        let archive = self.clone();
        gate.once(key, || async move {
            // A task of its own: whoever hangs up early is counted and written down all the same.
            let proving = tokio::spawn(async move {
                let proven = archive.prove(&visit).await?;
                if let Some((_, true)) = proven {
                    archive.audit(visit.event(Action::LogIn, Outcome::Success, Some("password")));
                }
                Ok(proven.map(|(grant, _)| grant))
            });
            proving.await.map_err(|error| Error::Internal("a log-in ended early".into(), Some(Box::new(error))))?
        })
        .await
    }

    /// Checks a password: who it is, and whether it was hashed for that. Failures are written down here.
    async fn prove(&self, visit: &Visit) -> Result<Option<(Grant, bool)>, Error> {
        let gate = &self.0.access;
        let changes = gate.changes();
        if let Some(proof) = gate.proof(&visit.key) {
            let user = self.user(visit).await?.filter(|user| user.password_hash == proof);
            if let Some(grant) = user.as_ref().and_then(Grant::of) {
                gate.grant(visit.key, &grant, changes);
                return Ok(Some((grant, false)));
            }
        }
        let early = gate.throttle.lock().begin(&visit.name_key, visit.from, Instant::now());
        early.map_err(|early| self.refused(visit, &early))?;
        let checked = self.check(visit).await.inspect_err(|_| {
            gate.throttle.lock().abandoned(&visit.name_key, visit.from);
        })?;
        let Some(user) = checked else {
            self.audit(visit.event(Action::LogIn, Outcome::Failure, Some("wrong name or password")));
            return Ok(None);
        };
        let Some(grant) = Grant::of(&user) else {
            self.audit(visit.event(Action::LogIn, Outcome::Failure, Some("the user is disabled")));
            return Ok(None);
        };
        gate.throttle.lock().succeeded(&visit.name_key, visit.from);
        gate.proven(visit.key, &user.password_hash);
        gate.grant(visit.key, &grant, changes);
        Ok(Some((grant, true)))
    }

    /// The user, if the password is right. Takes as long for a name that nobody has.
    async fn check(&self, visit: &Visit) -> Result<Option<UserRow>, Error> {
        let user = self.user(visit).await?;
        let hash = user.as_ref().map(|user| user.password_hash.as_str());
        let right = self.0.access.verify(&visit.password, hash).await?;
        Ok(user.filter(|_| right))
    }

    async fn user(&self, visit: &Visit) -> Result<Option<UserRow>, Error> {
        // Postgres takes no NUL, and no user's name has one.
        let name_key = visit.name_key.replace('\0', "\u{fffd}");
        self.with_index(move |connection| users::find(connection, &name_key)).await
    }

    fn refused(&self, visit: &Visit, early: &TooEarly) -> Error {
        if early.first {
            self.audit(visit.event(Action::Refuse, Outcome::Failure, Some("too many failed log-ins")));
        }
        Error::Throttled(early.seconds)
    }

    async fn by_session(&self, secret: String) -> Result<Option<Grant>, Error> {
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
        Ok(self.remember(key, user, changes))
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
        if grant.is_none() && gate.report(from) {
            let visit = Visit::new(gate, "", "", from, via);
            self.audit(visit.event(Action::Refuse, Outcome::Failure, Some("not a valid token")));
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

/// One try to get in with a password.
struct Visit {
    name: String,
    name_key: String,
    password: String,
    from: Option<IpAddr>,
    via: &'static str,
    /// With the address: what was right from one place says nothing to who guesses from another.
    key: Key,
}

impl Visit {
    fn new(gate: &Gate, name: &str, password: &str, from: Option<IpAddr>, via: &'static str) -> Self {
        let name_key = name_key(name);
        let address = from.map(|from| from.to_string()).unwrap_or_default();
        let key = gate.key(&["password", &name_key, password, &address]);
        Self { name: name.trim().to_owned(), name_key, password: password.to_owned(), from, via, key }
    }

    fn event(&self, action: Action, outcome: Outcome, detail: Option<&str>) -> AuditEvent {
        AuditEvent {
            action,
            actor: self.name.clone(),
            address: self.from,
            via: self.via,
            study: None,
            series: None,
            instance: None,
            outcome,
            detail: detail.map(str::to_owned),
        }
    }
}

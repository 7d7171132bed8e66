//! The way in by password: checked once for all who ask at the same time, throttled, remembered, written down.

use std::net::IpAddr;
use std::time::Instant;

use schema::access::users::{self, UserRow};

use super::cache::Key;
use super::gate::{Gate, Grant};
use super::throttle::TooEarly;
use super::users::name_key;
use crate::audit::{Action, AuditEvent, Outcome};
use crate::{Archive, Error};

impl Archive {
    /// Basic credentials come with every request: the same ones are proven once for all who ask at the same time.
    pub(super) async fn by_password(
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
    pub(super) async fn prove(&self, visit: &Visit) -> Result<Option<(Grant, bool)>, Error> {
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
}

/// One try to get in with a password.
pub(super) struct Visit {
    name: String,
    name_key: String,
    password: String,
    from: Option<IpAddr>,
    via: &'static str,
    /// With the address: what was right from one place says nothing to who guesses from another.
    key: Key,
}

impl Visit {
    /// A try, not yet made.
    pub(super) fn new(gate: &Gate, name: &str, password: &str, from: Option<IpAddr>, via: &'static str) -> Self {
        let name_key = name_key(name);
        let address = from.map(|from| from.to_string()).unwrap_or_default();
        let key = gate.key(&["password", &name_key, password, &address]);
        Self { name: name.trim().to_owned(), name_key, password: password.to_owned(), from, via, key }
    }

    /// The line of the audit trail.
    pub(super) fn event(&self, action: Action, outcome: Outcome, detail: Option<&str>) -> AuditEvent {
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

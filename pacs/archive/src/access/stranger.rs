//! Clients that are turned away before anybody knows who they are.

use std::net::IpAddr;

use super::Gate;
use crate::Archive;
use crate::audit::{Action, AuditEvent, Outcome};

/// Why a client was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranger {
    /// It shows no credentials.
    NoCredentials,
    /// What it shows cannot be read as credentials.
    MalformedCredentials,
    /// Its token is none, or no longer.
    BadToken,
    /// Its session is none, or over.
    NoSession,
    /// A page of another site made a browser send its request.
    OtherSite,
}

impl Stranger {
    /// The words in the audit trail.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoCredentials => "no credentials",
            Self::MalformedCredentials => "malformed credentials",
            Self::BadToken => "not a valid token",
            Self::NoSession => "not a valid session",
            Self::OtherSite => "a request of another site",
        }
    }
}

impl Archive {
    /// Writes down that a client was turned away: once within a minute for each address and reason, so that nobody can
    /// fill the trail.
    pub fn turned_away(&self, from: Option<IpAddr>, via: &'static str, why: Stranger) {
        if !self.0.access.is_first(from, why) {
            return;
        }
        self.audit(AuditEvent {
            action: Action::Refuse,
            actor: String::new(),
            address: from,
            via,
            study: None,
            series: None,
            instance: None,
            outcome: Outcome::Failure,
            detail: Some(why.words().to_owned()),
        });
    }
}

impl Gate {
    /// Whether an address was not turned away for this reason within a minute.
    fn is_first(&self, address: Option<IpAddr>, why: Stranger) -> bool {
        let address = address.map(|address| address.to_string()).unwrap_or_default();
        let key = self.key(&["turned away", why.words(), &address]);
        let first = self.reported.get(&key).is_none();
        if first {
            self.reported.insert(key, ());
        }
        first
    }
}

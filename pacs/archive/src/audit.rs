//! The audit trail: who did what to which UIDs, when, from where, and how it ended. No personal data.
//!
//! What must not be lost with a crash (a store) is written with the act itself. The rest
//! is queued by [`Archive::audit`] and written in batches by the `Trail`.

mod trail;

use std::net::IpAddr;

use chrono::{DateTime, Utc};
pub use schema::audit::{AuditFilter, AuditRow};
pub(crate) use trail::Trail;

use crate::{Actor, Archive, Error};

/// One line of the trail.
#[derive(Debug, Clone)]
pub struct AuditEvent {
    /// What was done.
    pub action: Action,
    /// User name or AE title; the name that was tried when a log-in fails.
    pub actor: String,
    /// Where from.
    pub address: Option<IpAddr>,
    /// How: `https`, `dimse`, `import`.
    pub via: &'static str,
    /// Study Instance UID, when there is one.
    pub study: Option<String>,
    /// Series Instance UID.
    pub series: Option<String>,
    /// SOP Instance UID.
    pub instance: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Keywords of the keys of a search, resource of a retrieval, reason of a refusal; never values.
    pub detail: Option<String>,
}

impl AuditEvent {
    /// What an actor did, about no object in particular.
    pub(crate) fn by(actor: &Actor, action: Action, outcome: impl Into<Outcome>) -> Self {
        Self {
            action,
            actor: actor.name.clone(),
            address: actor.address,
            via: actor.via,
            study: None,
            series: None,
            instance: None,
            outcome: outcome.into(),
            detail: None,
        }
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Action {
    Store,
    Search,
    Retrieve,
    Delete,
    Schedule,
    Annotate,
    Perform,
    Commit,
    LogIn,
    Refuse,
    Administer,
}

impl Action {
    /// The word in the trail.
    pub fn word(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Search => "search",
            Self::Retrieve => "retrieve",
            Self::Delete => "delete",
            Self::Schedule => "schedule",
            Self::Annotate => "annotate",
            Self::Perform => "perform",
            Self::Commit => "commit",
            Self::LogIn => "log-in",
            Self::Refuse => "refuse",
            Self::Administer => "administer",
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Outcome {
    Success,
    Failure,
}

impl From<bool> for Outcome {
    fn from(is_success: bool) -> Self {
        if is_success { Self::Success } else { Self::Failure }
    }
}

impl Outcome {
    /// What became of an operation.
    pub(crate) fn of<T, E>(result: &Result<T, E>) -> Self {
        result.is_ok().into()
    }

    /// The word in the trail.
    pub fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

impl Archive {
    /// Queues a line of the trail; it is written within half a second, in order, and [`Archive::close`] waits for it.
    ///
    /// Waits for a moment when the queue is full, which happens only while the index database is away.
    pub fn audit(&self, event: AuditEvent) {
        self.0.trail.push(row(event, Utc::now()));
    }

    /// The newest lines of the trail that match, newest first; those that are queued are written first.
    pub async fn audit_trail(&self, filter: AuditFilter, limit: u32) -> Result<Vec<AuditRow>, Error> {
        self.0.trail.flush().await;
        self.with_index(move |connection| schema::audit::read(connection, &filter, limit.into())).await
    }
}

/// The lines of events that happened now, for a statement that writes them with what they tell of.
pub(crate) fn lines(events: impl IntoIterator<Item = AuditEvent>) -> Vec<AuditRow> {
    let now = Utc::now();
    events.into_iter().map(|event| row(event, now)).collect()
}

fn row(event: AuditEvent, at: DateTime<Utc>) -> AuditRow {
    let printable = |text: Option<String>| text.map(printable);
    AuditRow {
        at,
        action: event.action.word().to_owned(),
        actor: self::printable(event.actor),
        address: event.address.map(|address| address.to_canonical().to_string()),
        via: event.via.to_owned(),
        study_instance_uid: printable(event.study),
        series_instance_uid: printable(event.series),
        sop_instance_uid: printable(event.instance),
        outcome: event.outcome.word().to_owned(),
        detail: printable(event.detail),
    }
}

/// Longest text in the trail, in characters.
const LONGEST: usize = 256;

/// What a stranger sent may hold anything, a NUL that the database would refuse too: a line must never fail for that.
fn printable(text: String) -> String {
    if text.len() <= LONGEST && !text.contains(char::is_control) {
        return text;
    }
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_any_text_fit_for_the_database() {
        assert_eq!(printable("Jörg".into()), "Jörg");
        assert_eq!(printable("a\0b\n".into()), "a\u{fffd}b\u{fffd}");
        assert_eq!(printable("ä".repeat(1000)).chars().count(), LONGEST);
    }
}

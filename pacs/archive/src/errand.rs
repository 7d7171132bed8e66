//! Errands: jobs that a shell does, because they need the network that only it knows.
//!
//! An errand is a row of `jobs`, so that no restart loses it. A shell takes one for a time ([`LEASE`]); if neither its end
//! nor its failure is told by then (the process was killed), the next shell takes it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use schema::jobs::{self, Job, NewJob};

use crate::jobs::pause;
use crate::{AeTitle, Archive, Error, Uid};

/// How long a shell has an errand for itself.
pub const LEASE: Duration = Duration::from_secs(180);
/// How often errands are looked for that other processes queued, or that have become due.
const LOOK: Duration = Duration::from_secs(5);

/// The only kind of errands, as the rows name it.
const REPORT: &str = "report-commitment";

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// Tell an AE what became of its storage commitment request (N-EVENT-REPORT, PS3.4 §J.3.3).
    ReportCommitment {
        /// Transaction UID.
        transaction: Uid,
        /// Whom to tell.
        to: AeTitle,
    },
}

/// An errand that this process has for [`LEASE`].
#[derive(Debug, Clone)]
pub struct Taken {
    /// What is to be done.
    pub errand: Errand,
    /// How often it failed before.
    pub failures: i32,
    /// When it was queued.
    pub since: DateTime<Utc>,
    job: i64,
}

/// Whether a failed errand is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// After this time.
    Again(Duration),
    /// No more.
    GivenUp,
}

impl Errand {
    /// As a job, due after a pause.
    pub(crate) fn job(&self, pause: TimeDelta) -> NewJob {
        let (kind, work) = match self {
            Self::ReportCommitment { transaction, to } => {
                (REPORT, serde_json::json!({ "transaction": transaction.as_str(), "to": to.as_str() }))
            }
        };
        NewJob { kind, work, storage_node_id: None, due_at: Utc::now() + pause }
    }

    fn of(job: &Job) -> Option<Self> {
        let text = |member: &str| job.work.get(member).and_then(serde_json::Value::as_str).unwrap_or_default();
        match job.kind.as_str() {
            REPORT => Some(Self::ReportCommitment {
                transaction: Uid::new(text("transaction")).ok()?,
                to: AeTitle::new(text("to")).ok()?,
            }),
            _ => None,
        }
    }
}

impl Archive {
    /// The errand that is due for longest; `None` when there is none.
    pub async fn take_errand(&self) -> Result<Option<Taken>, Error> {
        loop {
            let Some(job) = self.with_index(|connection| jobs::lease(connection, REPORT, LEASE)).await? else {
                return Ok(None);
            };
            if let Some(errand) = Errand::of(&job) {
                return Ok(Some(Taken { errand, failures: job.failures, since: job.created_at, job: job.job_id }));
            }
            tracing::error!(job = job.job_id, kind = job.kind, "a job that makes no sense is dropped");
            self.with_index(move |connection| jobs::finish(connection, job.job_id)).await?;
        }
    }

    /// Ready when there may be an errand.
    pub async fn errand_due(&self) {
        // Every few seconds in any case: other processes queue errands too, and failed ones become due.
        let _ = tokio::time::timeout(LOOK, self.0.errands.notified()).await;
    }

    /// An errand is done.
    pub async fn errand_done(&self, taken: Taken) -> Result<(), Error> {
        self.with_index(move |connection| jobs::finish(connection, taken.job)).await
    }

    /// An errand failed. It is tried again with growing pauses until it is older than `patience`.
    pub async fn errand_failed(&self, taken: Taken, reason: &str, patience: Duration) -> Result<Next, Error> {
        let age = (Utc::now() - taken.since).to_std().unwrap_or_default();
        if age >= patience {
            tracing::error!(errand = ?taken.errand, failures = taken.failures + 1, reason, "an errand is given up");
            let Errand::ReportCommitment { transaction, .. } = taken.errand;
            self.with_index(move |connection| {
                diesel::Connection::transaction(connection, |connection| {
                    schema::commitments::given_up(connection, transaction.as_str(), taken.since)?;
                    jobs::finish(connection, taken.job)
                })
            })
            .await?;
            return Ok(Next::GivenUp);
        }
        let (pause, reason) = (pause(taken.failures), reason.to_owned());
        self.with_index(move |connection| jobs::postpone(connection, taken.job, pause, &reason)).await?;
        Ok(Next::Again(pause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        let errand = Errand::ReportCommitment {
            transaction: Uid::new("1.2").expect("a UID"),
            to: AeTitle::new("CT 1").expect("a title"),
        };
        let NewJob { kind, work, .. } = errand.job(TimeDelta::zero());
        assert_eq!(kind, REPORT);
        let created_at = Utc::now();
        let mut job = Job { job_id: 1, kind: kind.into(), work, failures: 0, created_at, unreachable_since: None };
        assert_eq!(Errand::of(&job), Some(errand));
        job.work = serde_json::json!({ "transaction": "x" });
        assert_eq!(Errand::of(&job), None);
    }
}

//! The jobs of forwarding, as a shell does them: taken for a time, and told how they ended.

use std::time::Duration;

use schema::forwarding;
use schema::jobs::{self, Job};

use super::Work;
use crate::audit::{Action, AuditEvent, Outcome};
use crate::jobs::pause;
use crate::retrieve::Selected;
use crate::{AeTitle, Archive, Error};

/// How long a shell has jobs for itself, if it does not ask for more time: so long they wait after a process was killed.
const LEASE: Duration = Duration::from_secs(60);
/// How often a shell asks for more time ([`Archive::keep_sending`]).
pub const RENEWAL: Duration = Duration::from_secs(20);
/// Most jobs that are taken at once.
const MOST_JOBS: i64 = 20;
/// How often a job is tried: with the pauses between, about seven hours.
const MOST_TRIES: i32 = 50;
/// How often jobs are looked for that other processes queued, or that have become due.
const LOOK: Duration = Duration::from_secs(5);

/// Jobs for one destination that this process has for a time.
#[derive(Debug)]
pub struct Sending {
    /// Where to.
    pub destination: AeTitle,
    /// What, longest waiting first.
    pub jobs: Vec<SendJob>,
}

/// One job: some instances.
#[derive(Debug)]
pub struct SendJob {
    /// Key of its row.
    pub id: i64,
    work: Work,
    failures: i32,
}

impl SendJob {
    fn of(job: Job) -> Option<Self> {
        Some(Self { id: job.job_id, work: serde_json::from_value(job.work).ok()?, failures: job.failures })
    }

    /// The rule that wanted it.
    pub fn rule(&self) -> &str {
        &self.work.rule
    }

    /// Transfer Syntax UID to send in, where that is possible.
    pub fn transfer_syntax(&self) -> Option<&str> {
        self.work.transfer_syntax.as_deref()
    }
}

/// What becomes of a job that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It is tried again after this time.
    After(Duration),
    /// Only when somebody asks for it.
    Failed,
}

impl Archive {
    /// Jobs for the destination that waits for longest and that is none of the `busy` ones; `None` when there are none.
    pub async fn take_sending(&self, busy: &[AeTitle]) -> Result<Option<Sending>, Error> {
        let busy: Vec<String> = busy.iter().map(|title| title.as_str().to_owned()).collect();
        let node = self.0.node.id;
        let taken =
            self.with_index(move |connection| forwarding::lease(connection, node, &busy, MOST_JOBS, LEASE)).await?;
        let mut jobs = Vec::with_capacity(taken.len());
        for job in taken {
            let id = job.job_id;
            match SendJob::of(job) {
                Some(job) => jobs.push(job),
                None => self.fail(id, "the job makes no sense".to_owned()).await?,
            }
        }
        let Some(first) = jobs.first() else { return Ok(None) };
        let destination = AeTitle::new(&first.work.to);
        match destination {
            Ok(destination) => Ok(Some(Sending { destination, jobs })),
            Err(what) => {
                for job in jobs {
                    self.fail(job.id, what.clone()).await?;
                }
                Ok(None)
            }
        }
    }

    /// Ready when there may be jobs.
    pub async fn sending_due(&self) {
        // Every few seconds in any case: other processes queue jobs too, and failed ones become due.
        let _ = tokio::time::timeout(LOOK, self.0.sending.notified()).await;
    }

    /// Jobs that were taken and are not done stay this process's for longer.
    pub async fn keep_sending(&self, ids: Vec<i64>) -> Result<(), Error> {
        self.with_index(move |connection| forwarding::extend(connection, &ids, LEASE)).await
    }

    /// The instances of a job that are there still.
    pub async fn select_to_send(&self, job: &SendJob) -> Result<Selected, Error> {
        self.select_named(job.work.instances.clone()).await
    }

    /// All instances of a job were sent, or are gone.
    pub async fn sent(&self, job: SendJob, destination: &AeTitle, studies: &[String]) -> Result<(), Error> {
        for study in studies {
            self.audit(AuditEvent {
                action: Action::Retrieve,
                actor: format!("rule:{}", job.work.rule),
                address: None,
                via: "dimse",
                study: Some(study.clone()),
                series: None,
                instance: None,
                outcome: Outcome::Success,
                detail: Some(format!("forwarded to {destination}")),
            });
        }
        self.with_index(move |connection| jobs::finish(connection, job.id)).await
    }

    /// Some instances of a job, or all of them, were not sent: those are tried again after a pause, unless that was done
    /// often enough.
    pub async fn not_sent(&self, mut job: SendJob, failed: Vec<String>, reason: String) -> Result<Retry, Error> {
        if job.failures + 1 >= MOST_TRIES {
            self.fail(job.id, reason).await?;
            return Ok(Retry::Failed);
        }
        if !failed.is_empty() {
            job.work.instances = failed;
        }
        let pause = pause(job.failures);
        let work = serde_json::json!(job.work);
        self.with_index(move |connection| {
            diesel::Connection::transaction(connection, |connection| {
                forwarding::shorten(connection, job.id, &work)?;
                jobs::postpone(connection, job.id, pause, &reason)
            })
        })
        .await?;
        Ok(Retry::After(pause))
    }

    async fn fail(&self, id: i64, reason: String) -> Result<(), Error> {
        tracing::error!(job = id, reason, "a job failed for good; `pacs jobs retry` tries it again");
        self.with_index(move |connection| forwarding::fail(connection, id, &reason)).await
    }
}

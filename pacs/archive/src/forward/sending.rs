//! The jobs of forwarding, as a shell does them: taken for a time, and told how they ended.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use schema::forwarding::{self, Unreachable};
use schema::jobs::{self, Job};
use tokio::sync::Notify;

use super::{Destination, Reach, Work};
use crate::audit::{Action, AuditEvent, Outcome};
use crate::jobs::pause;
use crate::retrieve::Selected;
use crate::{Archive, Error};

/// How long a shell has jobs for itself, if it does not ask for more time: so long they wait after a process was killed.
const LEASE: Duration = Duration::from_secs(60);
/// How often more time is asked for ([`Archive::keep_sending`]).
pub(super) const RENEWAL: Duration = Duration::from_secs(20);
/// Most jobs that are taken at once.
const MOST_JOBS: i64 = 20;
/// How often a job is tried that the destination refuses: with the pauses between, about seven hours.
const MOST_TRIES: i32 = 50;
/// How long a destination may be out of reach before its jobs fail.
const PATIENCE: Duration = Duration::from_secs(7 * 86_400);
/// Shortest and longest pause until a destination is tried again that cannot be reached.
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(600));
/// How often jobs are looked for that other processes queued, or that have become due.
const LOOK: Duration = Duration::from_secs(5);

/// Told when there may be jobs: each shell waits for its own.
#[derive(Debug, Default)]
pub(crate) struct Due {
    dimse: Notify,
    web: Notify,
}

impl Due {
    /// There may be jobs.
    pub(crate) fn tell(&self) {
        self.dimse.notify_one();
        self.web.notify_one();
    }

    fn of(&self, reach: Reach) -> &Notify {
        match reach {
            Reach::Dimse => &self.dimse,
            Reach::Web => &self.web,
        }
    }
}

/// Jobs for one destination that this process has for a time.
#[derive(Debug)]
pub struct Sending {
    /// Where to.
    pub destination: Destination,
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
    unreachable_since: Option<DateTime<Utc>>,
    /// Whether the destination was reached since this job and others were taken together.
    is_reached: Arc<AtomicBool>,
}

impl SendJob {
    fn of(job: Job, is_reached: &Arc<AtomicBool>) -> Option<Self> {
        let work = serde_json::from_value(job.work).ok()?;
        let (failures, unreachable_since) = (job.failures, job.unreachable_since);
        Some(Self { id: job.job_id, work, failures, unreachable_since, is_reached: Arc::clone(is_reached) })
    }

    /// The rule that wanted it.
    pub fn rule(&self) -> &str {
        &self.work.rule
    }

    /// Transfer Syntax UID to send in, where that is possible.
    pub fn transfer_syntax(&self) -> Option<&str> {
        self.work.transfer_syntax.as_deref()
    }

    /// Whether it goes de-identified: what its UIDs are there, is not what they are here.
    pub fn is_deidentified(&self) -> bool {
        self.work.deidentify
    }

    /// Whether some of it was tried before, and did not arrive.
    pub fn has_failed(&self) -> bool {
        self.failures > 0
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
    /// Jobs for the destination of those so reached that waits for longest and that is none of the `busy` ones; `None` when
    /// there are none.
    pub async fn take_sending(&self, reach: Reach, busy: &[Destination]) -> Result<Option<Sending>, Error> {
        let busy: Vec<String> = busy.iter().map(Destination::to_string).collect();
        let node = self.0.node.id;
        let taken = self
            .with_index(move |connection| forwarding::lease(connection, node, reach, &busy, MOST_JOBS, LEASE))
            .await?;
        let (mut jobs, is_reached) = (Vec::with_capacity(taken.len()), Arc::default());
        for job in taken {
            let id = job.job_id;
            match SendJob::of(job, &is_reached) {
                Some(job) => jobs.push(job),
                None => self.fail(id, "", "the job makes no sense".to_owned()).await?,
            }
        }
        let Some(first) = jobs.first() else { return Ok(None) };
        let destination: Result<Destination, String> = first.work.to.parse();
        match destination {
            Ok(destination) => Ok(Some(Sending { destination, jobs })),
            Err(what) => {
                for job in jobs {
                    self.fail(job.id, &job.work.rule, what.clone()).await?;
                }
                Ok(None)
            }
        }
    }

    /// Ready when there may be jobs.
    pub async fn sending_due(&self, reach: Reach) {
        // Every few seconds in any case: other processes queue jobs too, and failed ones become due.
        let _ = tokio::time::timeout(LOOK, self.0.sending.of(reach).notified()).await;
    }

    /// Jobs that were taken and are not done stay this process's for longer.
    pub async fn keep_sending(&self, ids: Vec<i64>) -> Result<(), Error> {
        self.with_index(move |connection| forwarding::extend(connection, &ids, LEASE)).await
    }

    /// The instances of a job that are there still.
    pub async fn select_to_send(&self, job: &SendJob) -> Result<Selected, Error> {
        let selected = self.select_named(job.work.instances.clone()).await?;
        Ok(if job.work.deidentify { selected.deidentified() } else { selected })
    }

    /// The destination of a job is reached: the time for which it was out of reach is over, for its other jobs too, also when
    /// this job is younger than that.
    pub async fn reached(&self, job: &SendJob) -> Result<(), Error> {
        // Once for the jobs that were taken together: each time all that wait are looked through.
        if job.is_reached.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let (node, destination) = (self.0.node.id, job.work.to.clone());
        self.with_index(move |connection| forwarding::reached(connection, node, &destination).map(drop)).await
    }

    /// All instances of a job were sent, or are gone. `studies`: of those that were sent.
    pub async fn sent(&self, job: SendJob, destination: &Destination, studies: &[String]) -> Result<(), Error> {
        self.audit_sent(&job, destination, studies).await?;
        self.with_index(move |connection| jobs::finish(connection, job.id)).await
    }

    /// Some instances of a job were not sent: those are tried again after a pause, unless that was done often enough.
    /// `studies`: of those that were sent. `failed`: which; none of them is all of them.
    pub async fn not_sent(
        &self,
        mut job: SendJob,
        destination: &Destination,
        studies: &[String],
        failed: Vec<String>,
        reason: String,
    ) -> Result<Retry, Error> {
        self.audit_sent(&job, destination, studies).await?;
        let failed = self.as_stored(&job, failed).await?;
        let last = job.failures + 1 >= MOST_TRIES || self.is_hopeless(&job, &failed).await?;
        if !failed.is_empty() {
            job.work.instances = failed;
        }
        let pause = pause(job.failures);
        let (id, work, words) = (job.id, serde_json::json!(job.work), reason.clone());
        self.with_index(move |connection| {
            diesel::Connection::transaction(connection, |connection| {
                forwarding::shorten(connection, id, &work)?;
                if last { Ok(()) } else { jobs::postpone(connection, id, pause, &words) }
            })
        })
        .await?;
        if last {
            self.fail(id, &job.work.rule, reason).await?;
            return Ok(Retry::Failed);
        }
        Ok(Retry::After(pause))
    }

    /// A destination cannot be reached: these jobs for it wait, and so do all others for it. None of that counts as a try;
    /// when it lasts for seven days, jobs fail. Gives the pause.
    pub async fn unreachable(
        &self,
        jobs: Vec<SendJob>,
        destination: &Destination,
        reason: String,
    ) -> Result<Duration, Error> {
        let since = jobs.iter().filter_map(|job| job.unreachable_since).min();
        let lasts = since.and_then(|since| (Utc::now() - since).to_std().ok()).unwrap_or_default();
        // The longer it lasts, the longer are the pauses.
        let pause = (lasts / 4).clamp(PAUSES.0, PAUSES.1);
        let taken: Vec<i64> = jobs.iter().map(|job| job.id).collect();
        let (node, to, words) = (self.0.node.id, destination.to_string(), reason.clone());
        let failed = self
            .with_index(move |connection| {
                let (destination, error) = (to.as_str(), words.as_str());
                let what = Unreachable { destination, taken: &taken, pause, patience: PATIENCE, error };
                forwarding::unreachable(connection, node, &what)
            })
            .await?;
        for job in failed {
            self.tell_failed(job.job_id, &job.rule, &reason);
        }
        Ok(pause)
    }

    async fn fail(&self, id: i64, rule: &str, reason: String) -> Result<(), Error> {
        self.tell_failed(id, rule, &reason);
        self.with_index(move |connection| forwarding::fail(connection, id, &reason)).await
    }

    /// The SOP Instance UIDs here of those instances of a job that were sent with these.
    async fn as_stored(&self, job: &SendJob, sent: Vec<String>) -> Result<Vec<String>, Error> {
        if !job.work.deidentify {
            return Ok(sent);
        }
        let (secret, sent) = (self.secret().await?, HashSet::<String>::from_iter(sent));
        Ok(job.work.instances.iter().filter(|uid| sent.contains(&secret.uid(uid))).cloned().collect())
    }

    /// Whether none of some instances can be de-identified as the job wants it: that does not change by waiting.
    async fn is_hopeless(&self, job: &SendJob, failed: &[String]) -> Result<bool, Error> {
        if !job.work.deidentify || failed.is_empty() {
            return Ok(false);
        }
        Ok(self.withheld_among(failed.to_vec()).await?.len() == failed.len())
    }

    /// The audit trail of this archive names studies as they are here.
    async fn audit_sent(&self, job: &SendJob, destination: &Destination, studies: &[String]) -> Result<(), Error> {
        let mut here = studies.to_vec();
        let mut how = "forwarded";
        if job.work.deidentify && !studies.is_empty() {
            let (secret, uids) = (self.secret().await?, job.work.instances.clone());
            let rows = self.with_index(move |connection| schema::lookup::by_uids(connection, &uids)).await?;
            let all: BTreeSet<String> = rows.into_iter().map(|row| row.study_instance_uid).collect();
            here = all.into_iter().filter(|study| studies.contains(&secret.uid(study))).collect();
            how = "forwarded de-identified";
        }
        for study in &here {
            let detail = format!("{how} to {destination}");
            let event = event(&job.work.rule, Some(study.clone()), Outcome::Success, detail);
            self.audit(AuditEvent { via: via(destination.reach()), ..event });
        }
        Ok(())
    }

    fn tell_failed(&self, id: i64, rule: &str, reason: &str) {
        tracing::error!(job = id, rule, reason, "a job failed for good; `pacs jobs retry` tries it again");
        self.audit(event(rule, None, Outcome::Failure, format!("job {id} failed: {reason}")));
    }
}

/// How something gets there.
fn via(reach: Reach) -> &'static str {
    match reach {
        Reach::Dimse => "dimse",
        Reach::Web => "https",
    }
}

fn event(rule: &str, study: Option<String>, outcome: Outcome, detail: String) -> AuditEvent {
    AuditEvent {
        action: Action::Retrieve,
        actor: format!("rule:{rule}"),
        address: None,
        via: "dimse",
        study,
        series: None,
        instance: None,
        outcome,
        detail: Some(detail),
    }
}

//! Jobs as an administrator sees them: what waits, what failed and why; again, or not at all.

use chrono::{DateTime, Utc};
use schema::jobs::{self, JobRow};

use crate::{Archive, Error};

/// Most jobs in one list.
const MOST: i64 = 1000;

/// How a job is at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It waits for its turn, or somebody is at it.
    Queued,
    /// It failed, and is tried again.
    Retrying,
    /// It failed, and is not tried again unless somebody asks for it.
    Failed,
}

impl JobState {
    /// The state's name, as commands have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Retrying => "retrying",
            Self::Failed => "failed",
        }
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobStatus {
    /// Its number.
    pub id: i64,
    /// What kind of work: `forward`, `remove` …
    pub kind: String,
    /// What it is about: UIDs, paths and AE titles.
    pub work: serde_json::Value,
    /// How it is.
    pub state: JobState,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When it is tried next.
    pub due_at: DateTime<Utc>,
    /// How often it failed.
    pub failures: i32,
    /// Why, the last time.
    pub last_error: Option<String>,
}

impl From<JobRow> for JobStatus {
    fn from(row: JobRow) -> Self {
        let state = match (row.failed_at, row.unreachable_since, row.failures) {
            (Some(_), ..) => JobState::Failed,
            (None, None, 0) => JobState::Queued,
            (None, ..) => JobState::Retrying,
        };
        Self {
            id: row.job_id,
            kind: row.kind,
            work: row.work,
            state,
            created_at: row.created_at,
            due_at: row.due_at,
            failures: row.failures,
            last_error: row.last_error,
        }
    }
}

impl Archive {
    /// The oldest jobs, a thousand at most.
    pub async fn jobs(&self) -> Result<Vec<JobStatus>, Error> {
        let rows = self.with_index(|connection| jobs::list(connection, false, MOST)).await?;
        Ok(rows.into_iter().map(JobStatus::from).collect())
    }

    /// The oldest jobs of those that are not tried again by themselves, a thousand at most.
    pub async fn failed_jobs(&self) -> Result<Vec<JobStatus>, Error> {
        let rows = self.with_index(|connection| jobs::list(connection, true, MOST)).await?;
        Ok(rows.into_iter().map(JobStatus::from).collect())
    }

    /// One job.
    pub async fn job(&self, id: i64) -> Result<JobStatus, Error> {
        let row = self.with_index(move |connection| jobs::find(connection, id)).await?;
        row.map(JobStatus::from).ok_or_else(|| missing(id))
    }

    /// Has a job that failed tried again at once, from the beginning of its patience.
    ///
    /// # Errors
    /// `NotFound`; `BadRequest` for a job that has not failed, or that somebody is at.
    pub async fn retry_job(&self, by: &str, id: i64) -> Result<(), Error> {
        if !self.with_index(move |connection| jobs::retry(connection, id)).await? {
            self.job(id).await?;
            return Err(Error::BadRequest(format!("job {id} is under way, or waits for its first turn")));
        }
        self.administered(by, format!("retry job {id}"));
        self.look_for_all();
        Ok(())
    }

    /// Has all jobs tried again at once that are not by themselves; gives their number.
    pub async fn retry_failed_jobs(&self, by: &str) -> Result<usize, Error> {
        let count = self.with_index(jobs::retry_failed).await?;
        self.administered(by, format!("retry {count} failed jobs"));
        self.look_for_all();
        Ok(count)
    }

    fn look_for_all(&self) {
        self.0.worker.wake();
        self.0.errands.notify_one();
        self.0.sending.tell();
    }

    /// Forgets a job that forwards. Others must be done: what they are about is half done already.
    ///
    /// # Errors
    /// `NotFound`; `BadRequest` for a job of another kind.
    pub async fn cancel_job(&self, by: &str, id: i64) -> Result<(), Error> {
        let job = self.job(id).await?;
        if job.kind != schema::forwarding::KIND {
            let kind = job.kind;
            return Err(Error::BadRequest(format!(
                "a job of kind '{kind}' cannot be cancelled; one that forwards can"
            )));
        }
        self.with_index(move |connection| jobs::finish(connection, id)).await?;
        self.administered(by, format!("cancel job {id}"));
        match job.work.get("to").and_then(|to| to.as_str()?.parse().ok()) {
            Some(destination) => self.tidy_credential(&destination).await,
            None => Ok(()),
        }
    }
}

fn missing(id: i64) -> Error {
    Error::NotFound(format!("job {id}"))
}

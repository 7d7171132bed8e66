//! Work that is done after the answer: rows of the index, so that no restart loses any, and that any gateway takes which
//! shares it. One thread a gateway does them, one after the other.

mod overview;
mod remove;
mod worker;

pub use overview::{JobState, JobStatus};
pub(crate) use remove::Removal;
pub(crate) use worker::{Worker, pause};

use chrono::{TimeDelta, Utc};
use schema::jobs::{Job, NewJob};
use serde::{Deserialize, Serialize};

use crate::Error;

/// What there is to do. In the database: the name of the variant, and what it holds as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "work", rename_all = "kebab-case")]
pub(crate) enum Work {
    /// Remove the files and headers of deleted instances.
    Remove(Vec<Removal>),
    /// Make the headers anew of instances that were stored again just while they were being removed.
    MendHeaders(Vec<String>),
    /// Decide a storage commitment: a Transaction UID.
    Commit(String),
}

/// Kinds of [`Work`], which the archive does itself. Others are errands of a shell, or of a later version.
/// Somebody waits for those that come first.
pub(crate) const KINDS: [&str; 3] = ["commit", "mend-headers", "remove"];

impl Work {
    /// As a job that only a gateway with this storage node can do.
    pub(crate) fn on_node(&self, storage_node_id: i64) -> NewJob {
        self.after(storage_node_id, TimeDelta::zero())
    }

    /// The same, but not at once.
    pub(crate) fn after(&self, storage_node_id: i64, pause: TimeDelta) -> NewJob {
        NewJob { storage_node_id: Some(storage_node_id), ..self.anywhere(pause) }
    }

    /// As a job that any gateway can do.
    pub(crate) fn anywhere(&self, pause: TimeDelta) -> NewJob {
        let (kind, work) = match self {
            Self::Remove(removals) => ("remove", serde_json::json!(removals)),
            Self::MendHeaders(instances) => ("mend-headers", serde_json::json!(instances)),
            Self::Commit(transaction) => ("commit", serde_json::json!(transaction)),
        };
        NewJob { kind, work, storage_node_id: None, due_at: Utc::now() + pause }
    }

    /// What a row says. A kind of a later version is an error that says so: the job waits.
    fn of(job: &Job) -> Result<Self, Error> {
        let whole = serde_json::json!({ "kind": job.kind, "work": job.work });
        serde_json::from_value(whole).map_err(|error| {
            Error::Internal(format!("a job of kind '{}' is not understood", job.kind), Some(Box::new(error)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        let removal = Removal { instance: "1.2".into(), path: "objects/00/0/x.dcm".into() };
        let all = [Work::Remove(vec![removal]), Work::MendHeaders(vec!["1.2".into()]), Work::Commit("1.2".into())];
        for work in all {
            let new = work.on_node(1);
            assert!(KINDS.contains(&new.kind));
            assert_eq!(Work::of(&job(new.kind, new.work)).expect("a job"), work);
        }
        assert!(Work::of(&job("fold", serde_json::json!([]))).is_err());
    }

    fn job(kind: &str, work: serde_json::Value) -> Job {
        let created_at = Utc::now();
        Job { job_id: 1, kind: kind.into(), work, failures: 0, created_at, unreachable_since: None }
    }
}

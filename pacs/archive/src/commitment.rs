//! Storage commitment (PS3.4 Annex J, PS3.18 §13): whether instances are kept here, asked and answered for good.
//!
//! A request is a row and a job of one transaction, so that no restart loses it. The decision is made by looking: an
//! instance is committed when it has a row and a file of the size that was stored, on a disk that was told to keep it.
//! Only a gateway that has the instance's storage node can look: a request goes from node to node until all is seen.

mod decision;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use schema::commitments::{self, CommitmentRow, NewCommitment};
use serde::{Deserialize, Serialize};

use crate::audit::{Action, AuditEvent};
use crate::errand::Errand;
use crate::jobs::Work;
use crate::{Actor, AeTitle, Archive, Error, Right, Uid};

pub(crate) use decision::decide_and_report;

/// Most instances of one request.
pub const MOST_INSTANCES: usize = 50_000;
/// How long decisions are kept after they were asked for.
const KEPT: TimeDelta = TimeDelta::days(30);

/// An instance that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Referenced SOP Class UID (0008,1150).
    pub class: String,
    /// Referenced SOP Instance UID (0008,1155).
    pub instance: String,
    /// Study and Series Instance UID, when the request named them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<(String, String)>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitmentRequest {
    /// Transaction UID (0008,1195).
    pub transaction: Uid,
    /// What is to be kept.
    pub references: Vec<Reference>,
}

/// Why an instance is not committed (PS3.3 §C.14.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommitmentFailure {
    /// There is no such instance, or not in this Study and Series.
    NoSuchInstance,
    /// It is of another SOP Class.
    ClassConflict,
    /// It is known, but its bytes are not as they were stored.
    Damaged,
}

/// What was decided of one instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The instance.
    pub reference: Reference,
    /// Why it is not committed; `None`: it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<CommitmentFailure>,
}

/// What was decided of a request: every instance of it, in its order.
pub type Decision = Vec<Decided>;

/// Why a request is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CommitmentError {
    /// The archive refused or failed.
    #[error(transparent)]
    Archive(#[from] Error),
    /// Another request has this Transaction UID.
    #[error("the Transaction UID is in use by another request")]
    TransactionInUse,
    /// It names more instances than are taken at once.
    #[error("a request names at most {MOST_INSTANCES} instances")]
    TooMany,
    /// It names none.
    #[error("the request names no instance")]
    Nothing,
}

impl Archive {
    /// Takes a request. With `report_to`, that AE is told of the decision ([`Errand::ReportCommitment`]) after `patience`,
    /// if [`Archive::commitment_reported`] does not say before that it knows. Whoever waits for a report and sends the same
    /// request again, is in doubt: it is decided and told anew.
    pub async fn request_commitment(
        &self,
        actor: &Actor,
        request: CommitmentRequest,
        report_to: Option<AeTitle>,
        patience: Duration,
    ) -> Result<(), CommitmentError> {
        self.permit_identified(actor, Right::Store)?;
        match request.references.len() {
            0 => return Err(CommitmentError::Nothing),
            1..=MOST_INSTANCES => {}
            _ => return Err(CommitmentError::TooMany),
        }
        let begun = self.begin(actor, &request, report_to, patience).await?;
        self.audit(AuditEvent {
            detail: Some(format!("{} instances in transaction {}", request.references.len(), request.transaction)),
            ..AuditEvent::by(actor, Action::Commit, begun)
        });
        if begun { Ok(()) } else { Err(CommitmentError::TransactionInUse) }
    }

    /// Whether the transaction is begun now, or is this very request, which then is begun anew.
    async fn begin(
        &self,
        actor: &Actor,
        request: &CommitmentRequest,
        report_to: Option<AeTitle>,
        patience: Duration,
    ) -> Result<bool, Error> {
        let (transaction, by) = (request.transaction.clone(), actor.name.clone());
        let references = serde_json::json!(request.references);
        let patience = TimeDelta::from_std(patience).unwrap_or_default();
        self.with_index(move |connection| {
            diesel::Connection::transaction(connection, |connection| {
                commitments::forget(connection, Utc::now() - KEPT)?;
                let report_to = report_to.as_ref().map(AeTitle::as_str);
                let new = NewCommitment {
                    transaction_uid: transaction.as_str(),
                    requested_by: &by,
                    report_to,
                    request: &references,
                };
                if !commitments::begin(connection, &new)? {
                    let known = commitments::find(connection, transaction.as_str())?;
                    let is_same = |known: &CommitmentRow| {
                        known.requested_by == by
                            && known.report_to.as_deref() == report_to
                            && report_to.is_some()
                            && known.request == references
                    };
                    if !known.as_ref().is_some_and(is_same) {
                        return Ok(false);
                    }
                    commitments::begin_anew(connection, transaction.as_str())?;
                    if let Some(errand) = known.as_ref().and_then(report) {
                        schema::jobs::withdraw(connection, errand.kind, &errand.work)?;
                    }
                }
                // Later than whoever asks will decide it himself; this is for the case that he cannot.
                let job = Work::Commit(transaction.as_str().to_owned()).anywhere(patience);
                schema::jobs::withdraw(connection, job.kind, &job.work)?;
                schema::jobs::queue(connection, &[job])?;
                Ok(true)
            })
        })
        .await
    }

    /// Whoever was to take the report where the request came from is gone: it goes the other way now.
    pub async fn hurry_commitment(&self, transaction: &Uid) -> Result<(), Error> {
        let job = Work::Commit(transaction.as_str().to_owned()).anywhere(TimeDelta::zero());
        self.with_index(move |connection| schema::jobs::hurry(connection, job.kind, &job.work)).await?;
        self.look_for_jobs();
        Ok(())
    }

    /// Lets jobs that are due begin now.
    pub fn look_for_jobs(&self) {
        self.0.worker.wake();
    }

    /// Decides a request now, if it is not decided yet. [`Error::Unavailable`] while instances of it are on storage nodes
    /// that this gateway has not, or that cannot be looked at: the request's job has others look.
    pub async fn decide_commitment(&self, transaction: &Uid) -> Result<Decision, Error> {
        let (archive, transaction) = (self.clone(), transaction.clone());
        crate::archive::blocking(move || decision::decide(&archive, transaction.as_str())).await
    }

    /// What was decided of a request; `None` while it is not. [`Error::NotFound`] when there is no such request, or when
    /// it is another's and the actor no administrator.
    pub async fn commitment(&self, actor: &Actor, transaction: &Uid) -> Result<Option<Decision>, Error> {
        self.permit_identified(actor, Right::Store)?;
        let unknown = || Error::NotFound(format!("the commitment request {transaction}"));
        let row = self.commitment_row(transaction).await?.ok_or_else(unknown)?;
        if row.requested_by != actor.name && !actor.rights.contains(&Right::Administer) {
            return Err(unknown());
        }
        row.result.map(decision::read).transpose()
    }

    /// The AE that asked has taken a report that was begun at this time.
    pub async fn commitment_reported(&self, transaction: &Uid, begun: DateTime<Utc>) -> Result<(), Error> {
        let transaction = transaction.as_str().to_owned();
        self.with_index(move |connection| commitments::reported(connection, &transaction, begun)).await
    }

    /// Whether the AE that asked has taken the report already.
    pub async fn is_commitment_reported(&self, transaction: &Uid) -> Result<bool, Error> {
        Ok(self.commitment_row(transaction).await?.is_none_or(|row| row.reported_at.is_some()))
    }

    async fn commitment_row(&self, transaction: &Uid) -> Result<Option<CommitmentRow>, Error> {
        let transaction = transaction.as_str().to_owned();
        self.with_index(move |connection| commitments::find(connection, &transaction)).await
    }
}

/// The errand to tell an AE, when one waits for it.
fn report(row: &CommitmentRow) -> Option<schema::jobs::NewJob> {
    let to = AeTitle::new(row.report_to.as_deref()?).ok()?;
    let transaction = Uid::new(&row.transaction_uid).ok()?;
    Some(Errand::ReportCommitment { transaction, to }.job(TimeDelta::zero()))
}

//! Storage Commitment Push Model (PS3.4 §J.3): N-ACTION taken and kept, N-EVENT-REPORT on the same association when the
//! requestor stays, else on a new one (see [`crate::errands`]).

mod report;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use archive::commitment::{CommitmentError, CommitmentRequest, MOST_INSTANCES, Reference};
use archive::{Archive, Error, Right, Uid};
use data_set::{Item, Tag, tags, uids};

use super::{Performed, attributes};
use crate::association::{Association, Unreadable};
use crate::message::{ActionRequest, Message, Missing, Response};
use crate::upper_layer::{AbortReason, End};

pub(crate) use report::report;

/// The only action: request storage commitment.
const REQUEST: u16 = 1;
/// Largest data set of a request, and most elements: [`MOST_INSTANCES`] Items of two UIDs fit into it, and then some.
const LARGEST: usize = 16 << 20;
const MOST_ELEMENTS: u32 = 3 * MOST_INSTANCES as u32 + 4_096;
/// How long the requestor is given to release the association, as many do, before the report is sent on it.
const BEFORE_REPORT: Duration = Duration::from_millis(150);
/// When the report is not taken on this association by then, it goes another way.
const PATIENCE: Duration = Duration::from_secs(10);

/// Statuses of N-ACTION (PS3.4 §J.3.2.1.4, PS3.7 §10.1.4.1.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Status {
    Success = 0x0000,
    ProcessingFailure = 0x0110,
    NoSuchSopInstance = 0x0112,
    NoSuchArgument = 0x0114,
    InvalidArgumentValue = 0x0115,
    NoSuchSopClass = 0x0118,
    NoSuchAction = 0x0123,
    NotAuthorized = 0x0124,
    ResourceLimitation = 0x0213,
}

impl Status {
    /// All of them, with what each says.
    pub(super) const ALL: [(Self, &str); 9] = [
        (Self::Success, "the request is taken and kept"),
        (Self::ProcessingFailure, "the Transaction UID is in use by another request; a defect of the gateway"),
        (Self::NoSuchSopInstance, "another SOP Instance than the well-known one"),
        (Self::NoSuchArgument, "no instance is named, or the data set is missing or not readable"),
        (Self::InvalidArgumentValue, "the Transaction UID is missing, or a UID is none"),
        (Self::NoSuchSopClass, "another SOP Class"),
        (Self::NoSuchAction, "another action than 1"),
        (Self::NotAuthorized, "the AE, or its user, may not store"),
        (Self::ResourceLimitation, "too many instances, or a database does not answer"),
    ];
}

/// Why a request is not taken: its status, and words.
type Refused = (Status, String);

/// Takes a request for commitment.
pub(super) async fn n_action(
    archive: &Archive,
    association: &mut Association,
    message: &Message,
) -> Result<Performed, End> {
    let taken = match read(archive, association, message).await? {
        Ok(request) => take(archive, association, request).await,
        Err(refused) => Err(refused),
    };
    let status = taken.as_ref().map_or_else(|(status, _)| *status, |_| Status::Success) as u16;
    let mut response = Response::to(message, status);
    if let Err((_, words)) = &taken {
        tracing::info!(status = %format_args!("{status:04X}"), %words, "N-ACTION refused");
        response = response.comment(words);
    }
    association.respond(message, &response).await?;
    if let Ok(transaction) = taken {
        report_here(archive, association, message, transaction).await?;
    }
    Ok(Performed { operation: "N-ACTION", status, bytes: 0 })
}

/// Reads what is to be kept.
async fn read(
    archive: &Archive,
    association: &mut Association,
    message: &Message,
) -> Result<Result<CommitmentRequest, Refused>, End> {
    let refused = |status, words: &str| Ok(Err((status, words.to_owned())));
    let request = match ActionRequest::try_from(message) {
        Ok(request) => request,
        Err(missing @ Missing(_)) => {
            return refused(Status::NoSuchArgument, &format!("{} is missing", missing.name()));
        }
    };
    if request.sop_class_uid != uids::STORAGE_COMMITMENT_PUSH_MODEL {
        return refused(Status::NoSuchSopClass, "this is not the Storage Commitment Push Model SOP Class");
    }
    if request.sop_instance_uid != uids::STORAGE_COMMITMENT_PUSH_MODEL_INSTANCE {
        return refused(Status::NoSuchSopInstance, "this is not the Storage Commitment Push Model SOP Instance");
    }
    if request.action_type != REQUEST {
        return refused(Status::NoSuchAction, "the only action is 1: request storage commitment");
    }
    if let Err(error) = archive.permit(association.actor(), Right::Store) {
        return refused(Status::NotAuthorized, &error.to_string());
    }
    Ok(match association.data_set_up_to(message, LARGEST, MOST_ELEMENTS).await? {
        Err(unreadable @ Unreadable::TooLong) => Err((Status::ResourceLimitation, unreadable.to_string())),
        Err(unreadable) => Err((Status::NoSuchArgument, unreadable.to_string())),
        Ok(set) if attributes::is_damaged(&set) => {
            Err((Status::InvalidArgumentValue, "the data set is damaged".to_owned()))
        }
        // Elsewhere, so that a long list keeps no other association waiting.
        Ok(set) => tokio::task::spawn_blocking(move || request_of(set.root()))
            .await
            .unwrap_or_else(|_| Err((Status::ProcessingFailure, "the data set cannot be read".to_owned()))),
    })
}

/// Transaction UID and Referenced SOP Sequence (PS3.4 Table J.3-1).
fn request_of(action: Item<'_>) -> Result<CommitmentRequest, Refused> {
    let invalid = |words: &str| (Status::InvalidArgumentValue, words.to_owned());
    let transaction =
        uid(action, tags::TRANSACTION_UID).ok_or_else(|| invalid("Transaction UID is missing or no UID"))?;
    let sequence = action.get(tags::REFERENCED_SOP_SEQUENCE);
    let references = sequence.into_iter().flat_map(|sequence| action.items(sequence)).map(|item| {
        let class = uid(item, tags::REFERENCED_SOP_CLASS_UID)?;
        let instance = uid(item, tags::REFERENCED_SOP_INSTANCE_UID)?;
        Some(Reference { class: class.to_string(), instance: instance.to_string(), place: None })
    });
    let references: Option<Vec<Reference>> = references.take(MOST_INSTANCES + 1).collect();
    let references = references.ok_or_else(|| invalid("an Item of the Referenced SOP Sequence lacks a UID"))?;
    Ok(CommitmentRequest { transaction, references })
}

fn uid(item: Item<'_>, tag: Tag) -> Option<Uid> {
    Uid::new(item.strings(tag).first()?).ok()
}

async fn take(archive: &Archive, association: &Association, request: CommitmentRequest) -> Result<Uid, Refused> {
    let transaction = request.transaction.clone();
    let report_to = Some(association.calling().clone());
    let taken = archive.request_commitment(association.actor(), request, report_to, PATIENCE).await;
    taken.map(|()| transaction).map_err(|error| {
        let status = match &error {
            CommitmentError::TransactionInUse => Status::ProcessingFailure,
            CommitmentError::Nothing => Status::NoSuchArgument,
            CommitmentError::TooMany => Status::ResourceLimitation,
            CommitmentError::Archive(Error::NotAuthenticated | Error::Throttled(_) | Error::NotAuthorized(_)) => {
                Status::NotAuthorized
            }
            CommitmentError::Archive(Error::Unavailable(..) | Error::OutOfResources) => Status::ResourceLimitation,
            CommitmentError::Archive(_) => Status::ProcessingFailure,
        };
        (status, error.to_string())
    })
}

/// Reports on this association, unless the requestor releases it first. Its answer comes when it comes: see [`answered`].
async fn report_here(
    archive: &Archive,
    association: &mut Association,
    message: &Message,
    transaction: Uid,
) -> Result<(), End> {
    let decision = match archive.decide_commitment(&transaction).await {
        Ok(decision) => decision,
        Err(error) => {
            // The job tries again.
            tracing::warn!(%transaction, %error, "a commitment cannot be decided yet");
            return Ok(());
        }
    };
    // From here on the end of the association means that the report goes another way.
    association.owe_report(transaction.clone());
    tokio::select! {
        biased;
        ended = association.cancelled(message) => ended?,
        () = tokio::time::sleep(BEFORE_REPORT) => {}
    }
    let context = Arc::clone(&message.context);
    let id = report(association, &context, &transaction, &decision).await?;
    association.await_report(id, transaction);
    Ok(())
}

/// What was not answered before the association ended goes another way, at once.
pub(crate) async fn hurry(archive: &Archive, unanswered: Vec<Uid>) {
    for transaction in unanswered {
        if let Err(error) = archive.hurry_commitment(&transaction).await {
            tracing::warn!(%transaction, %error, "a report goes another way later");
        }
    }
}

/// The requestor's response to a report of ours.
pub(super) async fn answered(
    archive: &Archive,
    association: &mut Association,
    message: &Message,
) -> Result<Performed, End> {
    let status = message.status().unwrap_or(u16::MAX);
    match association.report_of(message.id) {
        None => {
            return Err(End::Protocol(AbortReason::UnexpectedPduParameter, "a response to nothing"));
        }
        Some(transaction) if status == 0 => {
            if let Err(error) = archive.commitment_reported(&transaction, SystemTime::now().into()).await {
                tracing::warn!(%transaction, %error, "a report was taken, which cannot be written down: it goes again");
            }
        }
        Some(transaction) => {
            tracing::warn!(%transaction, status = %format_args!("{status:04X}"), "a report was not taken");
        }
    }
    Ok(Performed { operation: "N-EVENT-REPORT", status, bytes: 0 })
}

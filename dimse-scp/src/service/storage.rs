//! Storage (PS3.4 §B): C-STORE, for every storage SOP Class, standard or private, in any transfer syntax.

use archive::{Archive, Arrival, Error, Incoming, StoreFailure, StoreOutcome, StoreWarning};
use data_set::uids;
use dicom_core::dictionary::UidDictionary;
use dicom_dictionary_std::StandardSopClassDictionary;

use super::Performed;
use crate::association::{Association, Piece};
use crate::message::command_set::element;
use crate::message::{Message, Missing, Response, StoreRequest};
use crate::upper_layer::End;

/// Root of the UIDs that the Standard assigns (PS3.5 §9, PS3.6 §A).
const STANDARD: &str = "1.2.840.10008.";
/// Under this root the Standard assigns storage SOP Classes, with exceptions that the dictionary knows.
const STANDARD_STORAGE: &str = "1.2.840.10008.5.1.4.1.1.";

/// Whether objects of this class are stored. A UID that is not the Standard's is taken for a private SOP Class, and one
/// that is newer than our dictionary for storage where the Standard puts its storage classes.
pub(super) fn is_storage(uid: &str) -> bool {
    match StandardSopClassDictionary.by_uid(uid) {
        Some(entry) => {
            uid != uids::MEDIA_STORAGE_DIRECTORY_STORAGE
                && entry.name.contains("Storage")
                && !entry.name.contains("Storage Commitment")
        }
        None => !uid.starts_with(STANDARD) || uid.starts_with(STANDARD_STORAGE),
    }
}

/// Statuses of C-STORE (PS3.4 §B.2.3, PS3.7 §9.1.1.1.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Status {
    Success = 0x0000,
    ProcessingFailure = 0x0110,
    DuplicateSopInstance = 0x0111,
    SopClassNotSupported = 0x0122,
    NotAuthorized = 0x0124,
    OutOfResources = 0xA700,
    DataSetDoesNotMatchSopClass = 0xA900,
    AnotherWasKept = 0xB000,
    KeptThoughItDoesNotMatch = 0xB007,
    CannotUnderstand = 0xC000,
}

impl Status {
    /// All of them, with what each says.
    pub(super) const ALL: [(Self, &str); 10] = [
        (Self::Success, "the object is stored, or was there"),
        (Self::ProcessingFailure, "a defect of the gateway"),
        (Self::DuplicateSopInstance, "a different object is stored under this SOP Instance UID"),
        (Self::SopClassNotSupported, "the Affected SOP Class UID is not one of storage"),
        (Self::NotAuthorized, "the AE, or its user, may not store"),
        (Self::OutOfResources, "too large, no room, or a database or node does not answer"),
        (Self::DataSetDoesNotMatchSopClass, "a UID is missing, malformed or another than announced"),
        (Self::AnotherWasKept, "a different object was stored under this SOP Instance UID, and is kept"),
        (Self::KeptThoughItDoesNotMatch, "stored, though damaged or of another SOP Class than announced or negotiated"),
        (Self::CannotUnderstand, "not readable as a data set"),
    ];
}

/// A status with its words, and the elements that offend.
struct Answer {
    status: Status,
    words: Option<String>,
    offending: Vec<(u16, u16)>,
}

impl Answer {
    fn new(status: Status, words: impl Into<String>) -> Self {
        Self { status, words: Some(words.into()), offending: Vec::new() }
    }

    /// What was announced is no object that is stored.
    fn other_class() -> Self {
        let answer = Self::new(Status::SopClassNotSupported, "the Affected SOP Class UID is not one of storage");
        Self { offending: vec![(0x0000, element::AFFECTED_SOP_CLASS_UID)], ..answer }
    }

    /// The same of an object whose SOP Class is not the one of the presentation context.
    fn doubted(self) -> Self {
        match self.status {
            Status::Success => {
                Self::new(Status::KeptThoughItDoesNotMatch, "stored; its SOP Class was not negotiated in this context")
            }
            _ => self,
        }
    }
}

/// Stores the data set that follows.
pub(super) async fn c_store(
    archive: &Archive,
    association: &mut Association,
    message: &Message,
) -> Result<Performed, End> {
    let mut bytes = 0;
    let is_negotiated = is_negotiated(message);
    let answer = match StoreRequest::try_from(message) {
        Err(missing) => Answer::from(missing),
        Ok(request) if !is_storage(&request.sop_class_uid) => Answer::other_class(),
        Ok(_) if !message.has_data_set => Answer::new(Status::CannotUnderstand, "a C-STORE-RQ without a data set"),
        Ok(request) => match archive.store(association.actor(), arrival(association, message, request)).await {
            Ok(incoming) => receive(association, incoming, &mut bytes).await?,
            Err(error) => Answer::from(&error),
        },
    };
    let answer = if is_negotiated { answer } else { answer.doubted() };
    let status = answer.status as u16;
    log(association, message, &answer, bytes);
    association.respond(message, &answer.response(message)).await?;
    Ok(Performed { operation: "C-STORE", status, bytes })
}

/// Whether the Affected SOP Class UID is the abstract syntax of the presentation context. Another storage SOP Class may be
/// a related one (PS3.4 §B.3.1.4): nothing is lost by taking it, and much by not taking it.
fn is_negotiated(message: &Message) -> bool {
    let class = message.command.text(element::AFFECTED_SOP_CLASS_UID);
    class.is_none_or(|class| class == message.context.abstract_syntax)
}

/// The transfer syntax is the presentation context's (PS3.5 §10): the command set does not name it.
fn arrival(association: &Association, message: &Message, request: StoreRequest) -> Arrival {
    Arrival::DataSet {
        sop_class_uid: request.sop_class_uid,
        sop_instance_uid: request.sop_instance_uid,
        transfer_syntax: message.context.transfer_syntax.clone(),
        source: Some(association.calling().to_string()),
    }
}

/// Hands the data set on as it arrives. After a failure the rest is read and dropped when the response is sent.
async fn receive(association: &mut Association, mut incoming: Incoming, bytes: &mut u64) -> Result<Answer, End> {
    while let Ok(room) = incoming.room().await {
        match association.data_into(room).await? {
            Piece::Bytes(count) => {
                *bytes += count as u64;
                if incoming.filled(count).await.is_err() {
                    break;
                }
            }
            Piece::End if *bytes == 0 => return Ok(Answer::new(Status::CannotUnderstand, "the data set is empty")),
            Piece::End => break,
            Piece::Missing => {
                return Ok(Answer::new(Status::CannotUnderstand, "the data set is missing or not complete"));
            }
        }
    }
    Ok(Answer::from(incoming.finish().await))
}

impl From<Missing> for Answer {
    fn from(missing: Missing) -> Self {
        let answer = Self::new(Status::CannotUnderstand, format!("{} is missing", missing.name()));
        Self { offending: vec![(0x0000, missing.0)], ..answer }
    }
}

impl From<StoreOutcome> for Answer {
    fn from(outcome: StoreOutcome) -> Self {
        let failure = match outcome.result {
            Ok(_) => {
                let warning = outcome.warnings.first();
                let status = match warning {
                    None => Status::Success,
                    Some(StoreWarning::AnotherWasKept) => Status::AnotherWasKept,
                    Some(StoreWarning::DataSetDoesNotMatchSopClass | StoreWarning::Damaged) => {
                        Status::KeptThoughItDoesNotMatch
                    }
                };
                return Self { status, words: warning.map(ToString::to_string), offending: Vec::new() };
            }
            Err(failure) => failure,
        };
        let status = match &failure {
            StoreFailure::CannotUnderstand(_) => Status::CannotUnderstand,
            StoreFailure::InvalidUid(_) | StoreFailure::DoesNotMatch(_) | StoreFailure::OtherStudy => {
                Status::DataSetDoesNotMatchSopClass
            }
            StoreFailure::Duplicate => Status::DuplicateSopInstance,
            StoreFailure::OutOfResources(_) | StoreFailure::NodeFull | StoreFailure::Unavailable(_) => {
                Status::OutOfResources
            }
            StoreFailure::NotAuthorized => Status::NotAuthorized,
            StoreFailure::Processing => Status::ProcessingFailure,
        };
        Self::new(status, failure.to_string())
    }
}

impl From<&Error> for Answer {
    fn from(error: &Error) -> Self {
        let status = match error {
            Error::NotAuthenticated | Error::Throttled(_) | Error::NotAuthorized(_) => Status::NotAuthorized,
            Error::Unavailable(..) | Error::OutOfResources => Status::OutOfResources,
            Error::BadRequest(_) => Status::CannotUnderstand,
            Error::NotFound(_)
            | Error::NotAcceptable(_)
            | Error::Unprocessable(_)
            | Error::Damaged(_)
            | Error::Internal(..) => Status::ProcessingFailure,
        };
        Self::new(status, error.to_string())
    }
}

impl Answer {
    fn response(&self, message: &Message) -> Response {
        let mut response = Response::to(message, self.status as u16);
        if let Some(words) = &self.words {
            response = response.comment(words);
        }
        if !self.offending.is_empty() {
            response = response.offending(&self.offending);
        }
        response
    }
}

/// One line a store: how it ended, by UIDs only.
fn log(association: &Association, message: &Message, answer: &Answer, bytes: u64) {
    let instance = message.command.text(element::AFFECTED_SOP_INSTANCE_UID).unwrap_or_default();
    let status = format_args!("{:04X}", answer.status as u16);
    match &answer.words {
        None => tracing::debug!(%instance, %status, bytes, "C-STORE"),
        Some(words) => {
            tracing::info!(%instance, %status, bytes, %words, calling = %association.calling(), "C-STORE");
        }
    }
}

#[cfg(test)]
mod tests;

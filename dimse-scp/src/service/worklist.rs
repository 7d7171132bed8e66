//! Modality Worklist (PS3.4 §K): C-FIND, a page of the worklist at a time, until there is no more or it is cancelled.

mod keys;

use archive::worklist::{WorklistAnswer, WorklistSearch};
use archive::{Archive, Error, Right};

use super::{MOST_KEYS, Performed, attributes};
use crate::association::{Association, Unreadable};
use crate::message::{Message, Response};
use crate::upper_layer::End;

/// Items that are asked of the archive at once.
const PAGE: u32 = 100;

/// Statuses of C-FIND (PS3.4 Table K.4-1, PS3.7 §C).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Status {
    Success = 0x0000,
    NotAuthorized = 0x0124,
    OutOfResources = 0xA700,
    DoesNotMatchSopClass = 0xA900,
    UnableToProcess = 0xC000,
    Cancelled = 0xFE00,
    Pending = 0xFF00,
    /// Some keys were not matched, because they cannot be.
    PendingWithoutSomeKeys = 0xFF01,
}

impl Status {
    /// All of them, with what each says.
    pub(super) const ALL: [(Self, &str); 8] = [
        (Self::Success, "all matches were sent"),
        (Self::Pending, "a match"),
        (Self::PendingWithoutSomeKeys, "a match; some key cannot be matched and was taken for universal"),
        (Self::NotAuthorized, "the AE, or its user, may not use the worklist"),
        (Self::OutOfResources, "a database does not answer, or the Identifier is too long"),
        (Self::DoesNotMatchSopClass, "a key has a value that is none of its VR"),
        (Self::UnableToProcess, "the Identifier is missing or cannot be read; a defect of the gateway"),
        (Self::Cancelled, "C-CANCEL"),
    ];
}

/// How a query ends: its status, and words where it failed.
type Ending = (Status, Option<String>);

/// Answers a query of the worklist.
pub(super) async fn c_find(
    archive: &Archive,
    association: &mut Association,
    message: &Message,
) -> Result<Performed, End> {
    let (status, words) = match read(archive, association, message).await? {
        Err(ending) => ending,
        Ok((search, pending)) => answer(archive, association, message, search, pending).await?,
    };
    let mut response = Response::to(message, status as u16);
    if let Some(words) = &words {
        tracing::info!(status = %format_args!("{:04X}", status as u16), %words, "C-FIND of the worklist");
        response = response.comment(words);
    }
    association.respond(message, &response).await?;
    Ok(Performed { operation: "C-FIND", status: status as u16, bytes: 0 })
}

/// What is looked for, and the status of what is found.
async fn read(
    archive: &Archive,
    association: &mut Association,
    message: &Message,
) -> Result<Result<(WorklistSearch, Status), Ending>, End> {
    if let Err(error) = archive.permit(association.actor(), Right::Worklist) {
        return Ok(Err(failed(&error)));
    }
    let identifier = match association.data_set(message).await? {
        Ok(identifier) => attributes::object(&identifier),
        Err(unreadable @ Unreadable::TooLong) => {
            return Ok(Err((Status::OutOfResources, Some(unreadable.to_string()))));
        }
        Err(unreadable) => return Ok(Err((Status::UnableToProcess, Some(unreadable.to_string())))),
    };
    Ok(match identifier {
        Err(words) => Err((Status::UnableToProcess, Some(words.to_owned()))),
        Ok(identifier) => {
            let (search, all_matched) = keys::read(&identifier);
            let pending = if all_matched { Status::Pending } else { Status::PendingWithoutSomeKeys };
            if search.matching.len() + search.include.len() > MOST_KEYS {
                Err((Status::OutOfResources, Some(format!("the Identifier has more than {MOST_KEYS} keys"))))
            } else {
                Ok((WorklistSearch { limit: Some(PAGE), ..search }, pending))
            }
        }
    })
}

/// Sends the matches; says how it ended.
async fn answer(
    archive: &Archive,
    association: &mut Association,
    message: &Message,
    mut search: WorklistSearch,
    pending: Status,
) -> Result<Ending, End> {
    let actor = association.actor().clone();
    loop {
        let page = tokio::select! {
            biased;
            cancelled = association.cancelled(message) => return cancelled.map(|()| (Status::Cancelled, None)),
            page = archive.worklist(&actor, &search) => page,
        };
        let WorklistAnswer { items, next, .. } = match page {
            Ok(page) => page,
            Err(error) => return Ok(failed(&error)),
        };
        for item in items {
            if association.is_cancelled(message).await? {
                return Ok((Status::Cancelled, None));
            }
            match attributes::encode(&item.attributes, &message.context.transfer_syntax) {
                Ok(identifier) => {
                    association.respond_with(message, &Response::to(message, pending as u16), &identifier).await?;
                }
                Err(error) => tracing::error!(study = item.study, %error, "a worklist item cannot be encoded"),
            }
        }
        match next {
            Some(next) => {
                association.flush().await?;
                search.after = Some(next);
            }
            None => return Ok((Status::Success, None)),
        }
    }
}

fn failed(error: &Error) -> Ending {
    let status = match error {
        Error::BadRequest(_) => Status::DoesNotMatchSopClass,
        Error::NotAuthenticated | Error::Throttled(_) | Error::NotAuthorized(_) => Status::NotAuthorized,
        Error::Unavailable(..) | Error::OutOfResources => Status::OutOfResources,
        Error::NotFound(_)
        | Error::NotAcceptable(_)
        | Error::Unprocessable(_)
        | Error::Damaged(_)
        | Error::Internal(..) => Status::UnableToProcess,
    };
    (status, Some(error.to_string()))
}

//! Statuses of C-FIND (PS3.4 Table C.4-1, PS3.7 §9.1.2.1.5), and the answer that each ends an operation with.

use archive::Error;
use archive::search::Unclear;
use data_set::Tag;

use crate::association::Unreadable;
use crate::message::{Message, Response};

/// The table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(in crate::service) enum Status {
    /// All matches were sent.
    Success = 0x0000,
    /// A match is given, and all keys were matched.
    Pending = 0xFF00,
    /// A match is given; some optional keys were not matched.
    PendingWithWarning = 0xFF01,
    /// A defect of ours.
    ProcessingFailure = 0x0110,
    /// The AE or its user may not search.
    NotAuthorized = 0x0124,
    /// A database does not answer, or the search takes too long.
    OutOfResources = 0xA700,
    /// No level, one that the model does not have, or a Unique Key that is missing.
    IdentifierDoesNotMatch = 0xA900,
    /// The Identifier cannot be read, or a key makes no sense.
    UnableToProcess = 0xC000,
    /// The requestor cancelled.
    Cancelled = 0xFE00,
}

/// All of them, with what each says.
pub(in crate::service) const STATUSES: [(Status, &str); 9] = [
    (Status::Success, "all matches were sent"),
    (Status::Pending, "a match"),
    (Status::PendingWithWarning, "a match; some key is not supported for matching and was taken for universal"),
    (Status::ProcessingFailure, "a defect of the gateway"),
    (Status::NotAuthorized, "the AE, or its user, may not search, or may not see who patients are"),
    (Status::OutOfResources, "a database does not answer, the search takes too long, or the Identifier is too long"),
    (
        Status::IdentifierDoesNotMatch,
        "no Query/Retrieve Level, one that the model does not have, or a missing Unique Key of a level above",
    ),
    (Status::UnableToProcess, "the Identifier is missing or cannot be read, or a key makes no sense"),
    (Status::Cancelled, "C-CANCEL"),
];

/// How an operation ends: a status with its words, and the elements that offend.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: Status,
    pub(super) words: Option<String>,
    pub(super) offending: Vec<Tag>,
}

impl Answer {
    /// An end that needs no words.
    pub(super) fn plain(status: Status) -> Self {
        Self { status, words: None, offending: Vec::new() }
    }

    /// A failure, in words.
    pub(super) fn new(status: Status, words: impl Into<String>) -> Self {
        Self { status, words: Some(words.into()), offending: Vec::new() }
    }

    /// The same because of this element.
    #[must_use]
    pub(super) fn about(mut self, tag: Tag) -> Self {
        self.offending.push(tag);
        self
    }

    /// The response that says so.
    pub(super) fn response(&self, message: &Message) -> Response {
        let mut response = Response::to(message, self.status as u16);
        if let Some(words) = &self.words {
            response = response.comment(words);
        }
        if !self.offending.is_empty() {
            let tags: Vec<_> = self.offending.iter().map(|tag| (tag.group(), tag.element())).collect();
            response = response.offending(&tags);
        }
        response
    }
}

impl From<Unreadable> for Answer {
    fn from(why: Unreadable) -> Self {
        let status = match why {
            Unreadable::TooLong => Status::OutOfResources,
            Unreadable::Missing | Unreadable::Malformed(_) => Status::UnableToProcess,
        };
        Self::new(status, why.to_string())
    }
}

impl From<Unclear> for Answer {
    fn from(why: Unclear) -> Self {
        let answer = Self::new(Status::UnableToProcess, why.words);
        match why.attribute.as_deref().and_then(tag) {
            Some(tag) => answer.about(tag),
            None => answer,
        }
    }
}

/// The attribute of the data set itself that a path begins with.
fn tag(path: &str) -> Option<Tag> {
    archive::attribute::by_name(path.split('.').next()?).map(|known| Tag(known.tag.0, known.tag.1))
}

impl From<Error> for Answer {
    fn from(error: Error) -> Self {
        let status = match error {
            Error::NotAuthenticated | Error::Throttled(_) | Error::NotAuthorized(_) => Status::NotAuthorized,
            // Keys that make no sense were refused before: what is left is a search that takes too long.
            Error::Unavailable(..) | Error::OutOfResources | Error::BadRequest(_) => Status::OutOfResources,
            Error::NotFound(_)
            | Error::NotAcceptable(_)
            | Error::Unprocessable(_)
            | Error::Damaged(_)
            | Error::Internal(..) => Status::ProcessingFailure,
        };
        Self::new(status, error.to_string())
    }
}

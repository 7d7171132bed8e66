//! Retrieval (PS3.4 §C.4.2, §C.4.3): C-MOVE and C-GET, which differ only in the association that the C-STOREs go over.
//!
//! `identifier` reads what is asked for, `sub_operations` has what both do with it, `c_move` and `c_get` the associations.

mod c_get;
mod c_move;
mod identifier;
mod sub_operations;

pub(super) use c_get::c_get;
pub(super) use c_move::c_move;
pub(super) use identifier::extended;

use archive::Error;

use crate::association::Unreadable;
use crate::message::{Message, Missing, Response};

/// Statuses of C-MOVE and C-GET (PS3.4 §C.4.2.1.5, §C.4.3.1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Status {
    /// All sub-operations succeeded.
    Success = 0x0000,
    /// Refused: not authorized.
    NotAuthorized = 0x0124,
    /// Refused: out of resources, the matches cannot be counted.
    CannotCount = 0xA701,
    /// Refused: out of resources, the sub-operations cannot be performed; all of them failed.
    CannotPerform = 0xA702,
    /// Refused: the Move Destination is not known.
    UnknownDestination = 0xA801,
    /// The Identifier does not match the SOP Class.
    IdentifierDoesNotMatch = 0xA900,
    /// Some sub-operations failed, or came with a warning.
    SomeFailed = 0xB000,
    /// Failed: cannot be processed.
    CannotProcess = 0xC000,
    /// Cancelled.
    Cancelled = 0xFE00,
    /// Sub-operations are going on.
    Pending = 0xFF00,
}

impl Status {
    /// All of them, and when each is answered.
    pub(super) const ALL: [(Self, &str); 10] = [
        (Self::Success, "all sub-operations succeeded, or nothing matches"),
        (Self::NotAuthorized, "the caller may not retrieve (C-GET), or may not move (C-MOVE)"),
        (Self::CannotCount, "a database does not answer"),
        (Self::CannotPerform, "all sub-operations failed"),
        (Self::UnknownDestination, "the Move Destination is not a registered AE, or is missing"),
        (
            Self::IdentifierDoesNotMatch,
            "Query/Retrieve Level or a unique key is missing, malformed, or of the wrong level",
        ),
        (Self::SomeFailed, "some sub-operations failed, or ended with a warning"),
        (Self::CannotProcess, "the Identifier cannot be read; a defect"),
        (Self::Cancelled, "the operation was cancelled"),
        (Self::Pending, "sub-operations are going on"),
    ];
}

/// Why there are no sub-operations at all: a status with its words, and the elements that offend.
#[derive(Debug)]
struct Refusal {
    status: Status,
    words: String,
    offending: Vec<(u16, u16)>,
}

impl Refusal {
    fn new(status: Status, words: impl Into<String>) -> Self {
        Self { status, words: words.into(), offending: Vec::new() }
    }

    fn response(&self, message: &Message) -> Response {
        let response = Response::to(message, self.status as u16).comment(&self.words);
        if self.offending.is_empty() { response } else { response.offending(&self.offending) }
    }
}

impl From<Missing> for Refusal {
    fn from(missing: Missing) -> Self {
        let refusal = Self::new(Status::UnknownDestination, format!("{} is missing", missing.name()));
        Self { offending: vec![(0x0000, missing.0)], ..refusal }
    }
}

impl From<Unreadable> for Refusal {
    fn from(unreadable: Unreadable) -> Self {
        let status = match unreadable {
            Unreadable::Missing | Unreadable::TooLong => Status::IdentifierDoesNotMatch,
            Unreadable::Malformed(_) => Status::CannotProcess,
        };
        Self::new(status, format!("Identifier: {unreadable}"))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::NotAuthenticated | Error::Throttled(_) | Error::NotAuthorized(_) => Status::NotAuthorized,
            Error::Unavailable(..) | Error::OutOfResources => Status::CannotCount,
            Error::BadRequest(_) => Status::IdentifierDoesNotMatch,
            Error::NotFound(_) => Status::UnknownDestination,
            Error::NotAcceptable(_) | Error::Unprocessable(_) | Error::Damaged(_) | Error::Internal(..) => {
                Status::CannotProcess
            }
        };
        tracing::info!(%error, ?status, "retrieval refused");
        Self::new(status, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_refusals_of_the_archive_with_the_standards_status() {
        for (error, code) in [
            (Error::NotAuthorized("no right to move".into()), 0x0124),
            (Error::Unavailable("the index", None), 0xA701),
            (Error::BadRequest("nothing named".into()), 0xA900),
            (Error::NotFound("application entity X".into()), 0xA801),
            (Error::Internal("x".into(), None), 0xC000),
        ] {
            assert_eq!(Refusal::from(error).status as u16, code);
        }
    }
}

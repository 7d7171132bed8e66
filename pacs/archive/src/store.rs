//! Store: bytes arrive in pieces, are read in one pass, made durable, then named in identity and index.

use bytes::Bytes;

use crate::{Actor, Error, Uid};

/// How an object arrives.
#[derive(Debug, Clone)]
pub enum Arrival {
    /// As a PS3.10 file (STOW-RS, import).
    File {
        /// Only instances of this Study are accepted (`POST /studies/{study}`).
        study: Option<Uid>,
    },
    /// As a bare data set (C-STORE): the archive writes preamble and file meta information before it.
    DataSet {
        /// Affected SOP Class UID (0000,0002).
        sop_class_uid: String,
        /// Affected SOP Instance UID (0000,1000).
        sop_instance_uid: String,
        /// Transfer syntax of the presentation context.
        transfer_syntax: String,
        /// Calling AE title.
        source: Option<String>,
    },
}

/// An object on its way in. Dropping it leaves nothing behind.
pub struct Incoming {
    _private: (),
}

impl Incoming {
    /// Takes the next piece, of any size. After an error the rest may be dropped; `finish` still tells the outcome.
    pub async fn write(&mut self, piece: Bytes) -> Result<(), StoreFailure> {
        let _ = piece;
        todo!()
    }
    /// Ends the object: durable and visible when this says `Stored`.
    pub async fn finish(self) -> StoreOutcome {
        todo!()
    }
}

/// What became of one object.
#[derive(Debug, Clone)]
pub struct StoreOutcome {
    /// SOP Class UID as far as it is known.
    pub sop_class_uid: Option<String>,
    /// SOP Instance UID as far as it is known.
    pub sop_instance_uid: Option<String>,
    /// Study Instance UID as far as it is known.
    pub study_instance_uid: Option<String>,
    /// Series Instance UID as far as it is known.
    pub series_instance_uid: Option<String>,
    /// Stored, or why not.
    pub result: Result<Stored, StoreFailure>,
    /// What was odd though the object was stored.
    pub warnings: Vec<StoreWarning>,
}

/// How an object was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is new.
    New,
    /// The same bytes were here already.
    Identical,
    /// It took the place of another.
    Replaced,
    /// Another under the same UID was kept (policy `keep`).
    Kept,
}

/// What was odd about a stored object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreWarning {
    /// The data set's SOP Class differs from the one announced (B007).
    DataSetDoesNotMatchSopClass,
    /// The object was damaged and kept as far as it goes (B007).
    Damaged,
}

/// Why an object was not stored. The texts are for the client and hold no personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreFailure {
    /// Not readable as a data set (C000).
    #[error("the object cannot be understood: {0}")]
    CannotUnderstand(String),
    /// SOP Class, SOP Instance, Study or Series Instance UID is missing or not a UID (A900 by DIMSE; C000 by STOW).
    #[error("{0}")]
    InvalidUid(String),
    /// The data set names another SOP Instance or SOP Class than announced (A900).
    #[error("the data set does not match what was announced: {0}")]
    DoesNotMatch(String),
    /// `POST /studies/{study}` with an instance of another Study.
    #[error("the instance belongs to another study")]
    OtherStudy,
    /// A different object is stored under this SOP Instance UID (0111).
    #[error("a different object is stored under this SOP Instance UID")]
    Duplicate,
    /// Larger than allowed, or the node is full (A700).
    #[error("{0}")]
    OutOfResources(String),
    /// A database or node does not answer (A700; the request may be repeated).
    #[error("{0} is not available at the moment")]
    Unavailable(&'static str),
    /// The actor may not store (0124).
    #[error("storing is not allowed here")]
    NotAuthorized,
    /// A defect of ours (0110).
    #[error("the object could not be processed")]
    Processing,
}

impl crate::Archive {
    /// Begins to take an object in.
    pub async fn store(&self, actor: &Actor, arrival: Arrival) -> Result<Incoming, Error> {
        let _ = (actor, arrival);
        todo!()
    }
}

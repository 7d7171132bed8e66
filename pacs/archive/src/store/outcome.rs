//! What became of an object: values, not errors, because one object's fate is not another's.

use std::time::Instant;

use data_set::{DataSet, tags};

use super::Arrival;
use crate::audit::{Action, AuditEvent, Outcome};
use crate::{Actor, Error};

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
    /// What was odd though the store succeeded, the gravest first.
    pub warnings: Vec<StoreWarning>,
}

impl StoreOutcome {
    /// What is known before the object has been read. The result is a failure until something better is known.
    pub(super) fn announced(arrival: &Arrival) -> Self {
        let (sop_class_uid, sop_instance_uid) = match arrival {
            Arrival::File { .. } => (None, None),
            Arrival::DataSet { sop_class_uid, sop_instance_uid, .. } => {
                (Some(sop_class_uid.clone()), Some(sop_instance_uid.clone()))
            }
        };
        Self {
            sop_class_uid,
            sop_instance_uid,
            study_instance_uid: None,
            series_instance_uid: None,
            result: Err(StoreFailure::Processing),
            warnings: Vec::new(),
        }
    }

    /// Ends it. When another object was kept nothing else needs to be said: what was sent is gone.
    pub(super) fn end(&mut self, result: Result<Stored, StoreFailure>) {
        if result == Ok(Stored::Kept) {
            self.warnings = vec![StoreWarning::AnotherWasKept];
        }
        self.result = result;
    }

    /// Adds what the object says of itself.
    pub(super) fn learn(&mut self, set: &DataSet) {
        let known = |tag| set.uid(tag).map(str::to_owned);
        self.sop_class_uid = known(tags::SOP_CLASS_UID).or(self.sop_class_uid.take());
        self.sop_instance_uid = known(tags::SOP_INSTANCE_UID).or(self.sop_instance_uid.take());
        self.study_instance_uid = known(tags::STUDY_INSTANCE_UID);
        self.series_instance_uid = known(tags::SERIES_INSTANCE_UID);
    }

    /// The line in the audit trail.
    pub(super) fn event(&self, actor: &Actor) -> AuditEvent {
        let (outcome, word) = self.words();
        AuditEvent {
            study: self.study_instance_uid.clone(),
            series: self.series_instance_uid.clone(),
            instance: self.sop_instance_uid.clone(),
            detail: Some(word.to_owned()),
            ..AuditEvent::by(actor, Action::Store, outcome)
        }
    }

    /// Counts the store and how long it took.
    pub(super) fn measure(&self, began: Instant, length: u64) {
        let (_, word) = self.words();
        metrics::counter!("pacs_stores_total", "outcome" => word).increment(1);
        metrics::histogram!("pacs_store_seconds").record(began.elapsed());
        metrics::histogram!("pacs_store_bytes").record(length as f64);
    }

    fn words(&self) -> (Outcome, &'static str) {
        match &self.result {
            Ok(stored) => (Outcome::Success, stored.word()),
            Err(failure) => (Outcome::Failure, failure.word()),
        }
    }
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
    /// It was not: another under the same UID was kept (policy `keep`).
    Kept,
}

impl Stored {
    /// The word in the audit trail and the metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Identical => "identical",
            Self::Replaced => "replaced",
            Self::Kept => "kept",
        }
    }
}

/// What was odd about a store that succeeded. The texts are for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreWarning {
    /// A different object was stored under this SOP Instance UID and stays (B000).
    #[error("not stored: another object with this UID was, and is kept")]
    AnotherWasKept,
    /// The data set's SOP Class differs from the one announced (B007).
    #[error("stored, though the data set is of another SOP Class than was announced")]
    DataSetDoesNotMatchSopClass,
    /// The object was damaged and kept as far as it goes (B007).
    #[error("stored as far as it goes: the data set is damaged, its end is missing")]
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
    /// Larger than allowed (A700).
    #[error("{0}")]
    OutOfResources(String),
    /// The node is full (A700; the request may be repeated when there is room).
    #[error("the storage node is full")]
    NodeFull,
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

impl StoreFailure {
    /// The word in the audit trail and the metrics.
    pub fn word(&self) -> &'static str {
        match self {
            Self::CannotUnderstand(_) => "cannot understand",
            Self::InvalidUid(_) => "invalid uid",
            Self::DoesNotMatch(_) => "does not match",
            Self::OtherStudy => "other study",
            Self::Duplicate => "duplicate",
            Self::OutOfResources(_) | Self::NodeFull => "out of resources",
            Self::Unavailable(_) => "unavailable",
            Self::NotAuthorized => "not authorized",
            Self::Processing => "processing failure",
        }
    }
}

/// The cause is logged here, where it becomes a value without one.
impl From<Error> for StoreFailure {
    fn from(error: Error) -> Self {
        match error {
            Error::OutOfResources => Self::NodeFull,
            Error::Unavailable(what, ref cause) => {
                tracing::warn!(what, ?cause, "an object cannot be stored at the moment");
                Self::Unavailable(what)
            }
            error => {
                tracing::error!(error = &error as &dyn std::error::Error, "an object could not be stored");
                Self::Processing
            }
        }
    }
}

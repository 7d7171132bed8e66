//! The rows of the identity database, on their way.

use std::cell::{Cell, OnceCell};
use std::thread::{Scope, ScopedJoinHandle};

use diesel::QueryResult;
use schema::ingest::Identified;
use uuid::Uuid;

use crate::Error;

type Outcome = Result<Identified, Error>;

/// Rows that are being written, or are written already.
pub(super) struct Identification<'scope> {
    writing: Cell<Option<ScopedJoinHandle<'scope, Outcome>>>,
    outcome: OnceCell<Outcome>,
}

impl<'scope> Identification<'scope> {
    /// Writes them on a thread of its own.
    pub(super) fn begin(scope: &'scope Scope<'scope, '_>, write: impl FnOnce() -> Outcome + Send + 'scope) -> Self {
        Self { writing: Cell::new(Some(scope.spawn(write))), outcome: OnceCell::new() }
    }

    /// What was written before.
    pub(super) fn done(outcome: Outcome) -> Self {
        Self { writing: Cell::new(None), outcome: OnceCell::from(outcome) }
    }

    /// Each instance's patient_key, when the rows are written. Blocks. An error that says no more than that they were not:
    /// `end` tells why.
    pub(super) fn patients(&self) -> QueryResult<&[Uuid]> {
        match self.outcome() {
            Ok(identified) => Ok(&identified.patients),
            Err(_) => Err(diesel::result::Error::RollbackTransaction),
        }
    }

    /// What became of them. Blocks.
    pub(super) fn end(self) -> Outcome {
        self.outcome();
        self.outcome.into_inner().unwrap_or_else(lost)
    }

    fn outcome(&self) -> &Outcome {
        self.outcome.get_or_init(|| match self.writing.take().map(ScopedJoinHandle::join) {
            Some(Ok(outcome)) => outcome,
            // The thread has ended by a panic.
            Some(Err(_)) | None => lost(),
        })
    }
}

fn lost() -> Outcome {
    Err(Error::Internal("the identity database was not asked".to_owned(), None))
}

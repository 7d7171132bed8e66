//! Store: bytes arrive in pieces, are read in one pass, made durable, then named in identity and index.
//!
//! ```text
//! Incoming   takes pieces: reader, digest, blocks for the disk          the shell's task
//! Intake     temporary file; checks; description                        a blocking thread
//! Placed     fsync                                                      another, at the same time
//! Committer  identity rows, then index and audit rows, for many at once one thread
//! ```
//! What has left `Incoming` runs to its end even when the shell's task is dropped: an object is stored whole, or its
//! file is removed.

mod checks;
mod commit;
mod committer;
mod describe;
mod digest;
mod incoming;
mod intake;
mod kind;
mod link;
mod outcome;
mod spool;

pub use incoming::Incoming;
pub use outcome::{StoreFailure, StoreOutcome, StoreWarning, Stored};
pub use spool::Spool;

pub(crate) use checks::Names;
pub(crate) use committer::Committer;
pub(crate) use describe::{compressed_metadata, describe};
pub(crate) use kind::OF_TOMOGRAMS;

use crate::{Actor, Archive, DuplicatePolicy, Error, Right, Uid};

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

impl Archive {
    /// Begins to take an object in. Fails only when the actor may not store; everything else is the outcome of
    /// [`Incoming::finish`].
    pub async fn store(&self, actor: &Actor, arrival: Arrival) -> Result<Incoming, Error> {
        self.permit(actor, Right::Store)?;
        Ok(Incoming::new(self.clone(), actor, arrival, self.0.settings.duplicates))
    }

    /// The same, but whatever the settings say of duplicates, the object takes the place of another one with its UID. That
    /// one is gone then, so the right to delete is needed too.
    pub async fn upsert(&self, actor: &Actor, arrival: Arrival) -> Result<Incoming, Error> {
        self.permit(actor, Right::Store)?;
        self.permit(actor, Right::Delete)?;
        Ok(Incoming::new(self.clone(), actor, arrival, DuplicatePolicy::Replace))
    }
}

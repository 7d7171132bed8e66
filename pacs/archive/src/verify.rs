//! Verification: rows compared with files, and the two databases with each other.
//!
//! May run at any time, also while gateways store. What is younger than a grace time is left alone: its rows may be on
//! their way. No complete object is ever removed: the row of a file that is missing stays, and a file that no row names
//! is moved elsewhere.

mod files;
mod headers;
mod rows;

pub(crate) use headers::rebuild;

use std::time::Duration;

use crate::{Archive, Error, archive};

/// What to verify.
#[derive(Debug, Clone)]
pub struct Options {
    /// Read every object and compare its digest.
    pub digests: bool,
    /// Set files aside and remove headers that no instance has, and make missing headers anew from the stored objects.
    pub mend: bool,
    /// Files younger than this are not taken for orphans.
    pub grace: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { digests: false, mend: false, grace: Duration::from_secs(3600) }
    }
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// An instance's file is not there.
    #[error("instance {instance}: its file {path} is missing")]
    MissingFile {
        /// SOP Instance UID.
        instance: String,
        /// Path on the node.
        path: String,
    },
    /// An instance's file is shorter or longer than it was.
    #[error("instance {instance}: its file {path} has {found} bytes instead of {expected}")]
    WrongSize {
        /// SOP Instance UID.
        instance: String,
        /// Path on the node.
        path: String,
        /// Bytes when it was stored.
        expected: u64,
        /// Bytes now.
        found: u64,
    },
    /// An instance's bytes are not those that were stored.
    #[error("instance {instance}: the bytes of its file {path} have changed")]
    WrongDigest {
        /// SOP Instance UID.
        instance: String,
        /// Path on the node.
        path: String,
    },
    /// An instance's file cannot be read.
    #[error("instance {instance}: its file {path} cannot be read: {reason}")]
    Unreadable {
        /// SOP Instance UID.
        instance: String,
        /// Path on the node.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// A file that no instance has. Mended by moving it to `orphans/`: should its row have been lost, it can be imported.
    #[error("no instance has the file {path}")]
    OrphanedFile {
        /// Path on the node.
        path: String,
    },
    /// A small copy of an image that is not there any more. Mended by removing it.
    #[error("no image is beside its copy {path}")]
    OrphanedCopy {
        /// Path on the node.
        path: String,
    },
    /// An instance without a header in the identity database, or with another object's. Mended from the stored object.
    #[error("instance {instance}: the identity database has no header of it")]
    MissingHeader {
        /// SOP Instance UID.
        instance: String,
    },
    /// A header in the identity database that no instance has. Mended by removing it.
    #[error("the identity database has a header of {instance}, which is not stored")]
    OrphanedHeader {
        /// SOP Instance UID.
        instance: String,
    },
}

/// What a verification tells while it runs.
#[derive(Debug, Clone)]
pub enum Progress {
    /// So many of so many instances are verified.
    Verified {
        /// Done.
        done: u64,
        /// In all, when the verification began.
        total: u64,
    },
    /// Something is wrong.
    Found(Finding),
    /// What was found last is mended.
    Mended,
}

/// How a verification ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Instances verified.
    pub instances: u64,
    /// Files on the node.
    pub files: u64,
    /// What was wrong.
    pub findings: u64,
    /// How much of it was mended.
    pub mended: u64,
    /// Files that may be on their way in, and were left alone.
    pub young: u64,
}

impl Report {
    /// Whether everything is as it should be, now.
    pub fn is_clean(&self) -> bool {
        self.findings == self.mended
    }
}

impl Archive {
    /// Verifies the local storage node and both databases. `progress` is told what is done and found as it happens.
    ///
    /// Costs memory in proportion to the number of files, some 40 bytes each.
    pub async fn verify(
        &self,
        options: Options,
        progress: impl FnMut(Progress) + Send + 'static,
    ) -> Result<Report, Error> {
        let archive = self.clone();
        archive::blocking(move || {
            let mut verification =
                Verification { archive, options, progress: Box::new(progress), report: Report::default() };
            verification.run()?;
            Ok(verification.report)
        })
        .await
    }
}

struct Verification {
    archive: Archive,
    options: Options,
    progress: Box<dyn FnMut(Progress) + Send>,
    report: Report,
}

impl Verification {
    /// Files are listed before rows are read: a file whose row is made meanwhile is young, not orphaned.
    fn run(&mut self) -> Result<(), Error> {
        self.headers_without_instance()?;
        let mut files = self.list_files()?;
        self.instances(&mut files)?;
        self.orphaned_files(files)
    }

    fn found(&mut self, finding: Finding) {
        self.report.findings += 1;
        (self.progress)(Progress::Found(finding));
    }

    /// Mends what was found last, if that is wanted.
    fn mend(&mut self, mend: impl FnOnce(&Archive) -> Result<(), Error>) {
        if !self.options.mend {
            return;
        }
        match mend(&self.archive) {
            Ok(()) => {
                self.report.mended += 1;
                (self.progress)(Progress::Mended);
            }
            Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "could not be mended"),
        }
    }
}

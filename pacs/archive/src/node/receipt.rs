//! One object on its way in: a file that nobody sees until it is complete and on the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use super::LocalNode;
use super::local::sync_folder;

/// A temporary file. Dropping it removes it.
pub(crate) struct Receipt {
    node: Arc<LocalNode>,
    path: PathBuf,
    file: File,
}

impl Receipt {
    /// Makes an empty temporary file on `node`.
    pub(crate) fn new(node: Arc<LocalNode>) -> io::Result<Self> {
        let path = node.incoming_path();
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        Ok(Self { node, path, file })
    }

    /// Appends bytes.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Reads back what was written.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }

    /// Makes the bytes durable under their name among the objects of a series: fsync, rename, fsync of the folder.
    pub(crate) fn place(self, series: &str) -> io::Result<Placed> {
        let path = self.node.new_path(series)?;
        let absolute = self.node.absolute(&path)?;
        self.file.sync_all()?;
        fs::rename(&self.path, &absolute)?;
        let placed = Placed { node: self.node.clone(), path, keep: false };
        sync_folder(absolute.parent().unwrap_or(self.node.root()))?;
        Ok(placed)
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        // After `place` there is nothing under this name any more.
        let _ = fs::remove_file(&self.path);
    }
}

/// A complete object that no row names yet. Dropping it removes it, unless it was kept.
pub(crate) struct Placed {
    node: Arc<LocalNode>,
    path: String,
    keep: bool,
}

impl Placed {
    /// Its path on the node.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// A row names it now, or may do so: it stays.
    pub(crate) fn keep(mut self) {
        self.keep = true;
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        // A thread that panics does not know what it has committed: `pacs verify` finds out.
        if self.keep || std::thread::panicking() {
            return;
        }
        if let Err(error) = self.node.remove(&self.path) {
            tracing::warn!(path = %self.path, %error, "a file that no row names stays behind until `pacs verify`");
        }
    }
}

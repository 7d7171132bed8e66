//! A complete object under its name, on its way to the disk.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};
use tokio::task::spawn_blocking;

use super::LocalNode;
use super::local::sync_folder;

/// A complete object that no row names yet. Dropping it removes it, unless it was kept.
pub(crate) struct Placed {
    node: Arc<LocalNode>,
    path: String,
    keep: bool,
    durable: Arc<Durable>,
}

impl Placed {
    /// Makes the object at `path` durable on another thread, while its rows are prepared: fsync of the file and of its
    /// folder. Called on a thread of the runtime.
    pub(super) fn new(node: Arc<LocalNode>, path: String, file: File) -> io::Result<Self> {
        let durable = Arc::<Durable>::default();
        let folder = node.absolute(&path)?.parent().unwrap_or(node.root()).to_owned();
        spawn_blocking({
            let durable = Durability(durable.clone());
            move || durable.tell(sync(&file, &folder))
        });
        Ok(Self { node, path, keep: false, durable })
    }

    /// Its path on the node.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Waits until the object is on the disk, or cannot get there. May be asked again. Blocks.
    pub(crate) fn durable(&self) -> io::Result<()> {
        let mut outcome = self.durable.outcome.lock();
        loop {
            match &*outcome {
                Some(Ok(())) => return Ok(()),
                Some(Err(error)) => {
                    return Err(error.raw_os_error().map_or_else(
                        || io::Error::new(error.kind(), error.to_string()),
                        io::Error::from_raw_os_error,
                    ));
                }
                None => {}
            }
            self.durable.told.wait(&mut outcome);
        }
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

fn sync(file: &File, folder: &Path) -> io::Result<()> {
    file.sync_all()?;
    sync_folder(folder)
}

/// Whether an object is on the disk, once that is known.
#[derive(Default)]
struct Durable {
    outcome: Mutex<Option<io::Result<()>>>,
    told: Condvar,
}

/// The duty to tell; a thread that ends without doing so leaves nobody waiting.
struct Durability(Arc<Durable>);

impl Durability {
    fn tell(self, outcome: io::Result<()>) {
        *self.0.outcome.lock() = Some(outcome);
    }
}

impl Drop for Durability {
    fn drop(&mut self) {
        self.0.outcome.lock().get_or_insert_with(|| Err(io::Error::other("the object was not flushed")));
        self.0.told.notify_all();
    }
}

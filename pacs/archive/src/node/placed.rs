//! A complete object on its way to its place on the disk.

use std::io;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use super::draft::Draft;
use super::{LocalNode, again};

/// A complete object that no row names yet. Dropping it removes it (and waits for it), unless it was kept.
pub(crate) struct Placed {
    node: Arc<LocalNode>,
    path: String,
    keep: bool,
    draft: Draft,
    durable: Arc<Durable>,
}

impl Placed {
    /// An object that is put at `path` as a step of `draft`, while its rows are prepared, and the duty of that step.
    pub(super) fn new(node: Arc<LocalNode>, path: String, draft: Draft) -> (Self, Durability) {
        let durable = Arc::<Durable>::default();
        let duty = Durability(durable.clone());
        (Self { node, path, keep: false, draft, durable }, duty)
    }

    /// Its path on the node.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Waits until the object is on the disk, or cannot get there. May be asked again. Blocks.
    pub(crate) fn durable(&self) -> io::Result<()> {
        self.draft.help();
        let mut outcome = self.durable.outcome.lock();
        self.durable.told.wait_while(&mut outcome, |outcome| outcome.is_none());
        match &*outcome {
            Some(Err(error)) => Err(again(error)),
            _ => Ok(()),
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
        // Else it would be made after it was removed.
        let _ = self.durable();
        if let Err(error) = self.node.remove(&self.path) {
            tracing::warn!(path = %self.path, %error, "a file that no row names stays behind until `pacs verify`");
        }
    }
}

/// Whether an object is on the disk, once that is known.
#[derive(Default)]
struct Durable {
    outcome: Mutex<Option<io::Result<()>>>,
    told: Condvar,
}

/// The duty to tell; a thread that ends without doing so leaves nobody waiting.
pub(super) struct Durability(Arc<Durable>);

impl Durability {
    /// Tells how it went.
    pub(super) fn tell(self, outcome: io::Result<()>) {
        *self.0.outcome.lock() = Some(outcome);
    }
}

impl Drop for Durability {
    fn drop(&mut self) {
        self.0.outcome.lock().get_or_insert_with(|| Err(io::Error::other("the object was not flushed")));
        self.0.told.notify_all();
    }
}

//! An object on its way to the disk: what is to be done to its file is done in order, by one thread at a time, and no
//! thread is kept while there is nothing to do.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::spawn_blocking;

use super::block::Block;
use super::written::Written;
use super::{LocalNode, again};

/// What is done to the file.
type Step = Box<dyn FnOnce(&mut Progress) + Send>;

/// A file that is being written elsewhere. Dropping it leaves nothing behind once the steps are done, unless the file got
/// its name.
#[derive(Clone)]
pub(super) struct Draft(Arc<Work>);

struct Work {
    queue: Mutex<Queue>,
    /// Told when no step waits any more.
    begun: Notify,
}

struct Queue {
    steps: VecDeque<Step>,
    /// `None` while a thread is at work.
    progress: Option<Progress>,
    /// Whether a thread will come.
    awaited: bool,
}

/// How far a file is.
pub(super) struct Progress {
    node: Arc<LocalNode>,
    written: Option<Written>,
    /// What went wrong first: nothing is done to the file any more.
    failure: Option<io::Error>,
}

impl Draft {
    /// No file yet.
    pub(super) fn new(node: Arc<LocalNode>) -> Self {
        let progress = Some(Progress { node, written: None, failure: None });
        let queue = Mutex::new(Queue { steps: VecDeque::new(), progress, awaited: false });
        Self(Arc::new(Work { queue, begun: Notify::new() }))
    }

    /// Has a step done after those before it. On a thread of the runtime.
    pub(super) fn then(&self, step: impl FnOnce(&mut Progress) + Send + 'static) {
        let mut queue = self.0.queue.lock();
        queue.steps.push_back(Box::new(step));
        if queue.progress.is_some() && !queue.awaited {
            queue.awaited = true;
            let work = self.0.clone();
            spawn_blocking(move || work.run());
        }
    }

    /// Does what nobody has begun to do: whoever waits for a step must not wait for a thread, which may never come. Blocks.
    pub(super) fn help(&self) {
        self.0.run();
    }

    /// Waits until no step waits, though one may be at work; the failure that was met, as far as it is known.
    pub(super) async fn room(&self) -> io::Result<()> {
        loop {
            let begun = self.0.begun.notified();
            if let Queue { steps, progress, .. } = &*self.0.queue.lock()
                && steps.is_empty()
            {
                return progress.as_ref().map_or(Ok(()), Progress::outcome);
            }
            begun.await;
        }
    }
}

impl Work {
    /// Does all there is to do, unless another thread is at it.
    fn run(&self) {
        let Some(mut progress) = self.queue.lock().progress.take() else { return };
        loop {
            let mut queue = self.queue.lock();
            let Some(step) = queue.steps.pop_front() else {
                queue.progress = Some(progress);
                queue.awaited = false;
                return;
            };
            drop(queue);
            self.begun.notify_waiters();
            // A defect must leave nobody waiting.
            if catch_unwind(AssertUnwindSafe(|| step(&mut progress))).is_err() {
                progress.failure = Some(io::Error::other("the object was lost"));
            }
        }
    }
}

impl Progress {
    /// Writes a block; only the last one may be of any length.
    pub(super) fn append(&mut self, block: Block) {
        let path = self.node.incoming_path();
        self.append_at(path, block);
    }

    /// Writes a block. If it is the first one, to a file of this path: what is complete needs no other name before its own.
    pub(super) fn append_at(&mut self, path: PathBuf, block: Block) {
        if self.failure.is_none() && self.written.is_none() {
            match Written::new(path, block.len()) {
                Ok(written) => self.written = Some(written),
                Err(error) => self.failure = Some(error),
            }
        }
        self.attempt(|written| written.append(&block));
        self.node.blocks.give(block);
    }

    /// Gives the object its name and makes it durable.
    pub(super) fn name(&mut self, path: &Path) -> io::Result<()> {
        let node = self.node.clone();
        self.attempt(|written| written.name(&node, path));
        self.outcome()
    }

    /// Reads everything back, piece by piece, from byte `start` on.
    pub(super) fn read_back(&mut self, start: u64, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        self.attempt(|written| written.read_back(start, each));
        self.outcome()
    }

    /// Does something to the file, unless something went wrong before.
    fn attempt(&mut self, act: impl FnOnce(&mut Written) -> io::Result<()>) {
        if self.failure.is_none() {
            let written = self.written.as_mut().ok_or_else(|| io::Error::other("an object without a byte"));
            self.failure = written.and_then(act).err();
        }
    }

    fn outcome(&self) -> io::Result<()> {
        self.failure.as_ref().map_or(Ok(()), |failure| Err(again(failure)))
    }
}

//! Threads that associations live on.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// How long what blocks may still take at the end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Threads with a Tokio runtime each; an association is on one of them for its whole life.
///
/// A runtime that shares its tasks among several threads wakes a second one for each message, to see whether there is more
/// to do: for small objects that is a twentieth of all work. What takes time is on other threads anyway.
///
/// They end when this is dropped, and with them what lives there.
pub struct Threads(Vec<Thread>);

struct Thread {
    spot: Spot,
    /// Taken to end it.
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A place on one of the [`Threads`].
#[derive(Clone)]
pub(crate) struct Spot {
    /// Where to begin tasks.
    pub(crate) runtime: Handle,
    /// As many as there are places taken, and one.
    taken: Arc<()>,
}

impl Threads {
    /// Starts so many threads, one at least.
    ///
    /// # Errors
    /// The operating system gives no thread, or no file descriptor for its events.
    pub fn start(count: usize) -> io::Result<Self> {
        (0..count.max(1)).map(|_| Thread::start()).collect::<io::Result<_>>().map(Self)
    }

    /// A place where there are fewest. It is free again when it is dropped.
    pub(crate) fn take(&self) -> Option<Spot> {
        self.0.iter().map(|thread| &thread.spot).min_by_key(|spot| Arc::strong_count(&spot.taken)).cloned()
    }
}

impl Thread {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().thread_name("pacs").build()?;
        let spot = Spot { runtime: runtime.handle().clone(), taken: Arc::default() };
        let (end, ended) = oneshot::channel();
        let live = move || {
            // Nobody sends anything: the other end is dropped.
            let _ = runtime.block_on(ended);
            runtime.shutdown_timeout(PATIENCE);
        };
        let thread = std::thread::Builder::new().name("dimse".to_owned()).spawn(live)?;
        Ok(Self { spot, end: Some(end), thread: Some(thread) })
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        drop(self.end.take());
        // One that panicked has ended, too.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

#[cfg(test)]
mod tests {
    use super::Threads;

    #[test]
    fn shares_places_out_evenly_and_takes_them_back() {
        let threads = Threads::start(2).unwrap();
        let first = threads.take().unwrap();
        let second = threads.take().unwrap();
        assert_ne!(first.runtime.id(), second.runtime.id());
        drop(second.clone());
        drop(first);
        assert_ne!(threads.take().unwrap().runtime.id(), second.runtime.id());
    }

    #[test]
    fn works_apart_until_it_is_dropped() {
        let threads = Threads::start(1).unwrap();
        let spot = threads.take().unwrap();
        let (done, told) = std::sync::mpsc::channel();
        spot.runtime.spawn(async move {
            tokio::task::yield_now().await;
            done.send(std::thread::current().name().map(str::to_owned)).unwrap();
        });
        assert_eq!(told.recv().unwrap().as_deref(), Some("dimse"));
        let task = spot.runtime.spawn(std::future::pending::<()>());
        drop(threads);
        assert!(task.is_finished());
    }
}

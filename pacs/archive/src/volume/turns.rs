//! Turns to work: so many at once, so many that wait, and a plain no to the rest, but for those who were let in before.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Error;

tokio::task_local! {
    /// Set while something is done of what was let in before.
    static LET_IN: ();
}

/// Does something of what was let in before: no turn is refused that it waits for itself, however many wait.
pub(super) async fn let_in<T>(work: impl Future<Output = T>) -> T {
    LET_IN.scope((), work).await
}

/// A bounded queue. Who goes away while waiting leaves it.
pub(super) struct Turns {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
}

impl Turns {
    pub(super) fn new(at_once: usize, most_waiting: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(at_once)), waiting: AtomicUsize::new(0), most_waiting }
    }

    /// A turn, which lasts until it is dropped. `Error::Unavailable` when too many wait already, unless it is [`let_in`].
    pub(super) async fn take(&self) -> Result<OwnedSemaphorePermit, Error> {
        match LET_IN.try_with(|()| ()) {
            Ok(()) => self.take_next().await,
            Err(_) => self.take_many(1).await,
        }
    }

    /// As many turns together.
    pub(super) async fn take_many(&self, turns: u32) -> Result<OwnedSemaphorePermit, Error> {
        if let Ok(turn) = self.free.clone().try_acquire_many_owned(turns) {
            return Ok(turn);
        }
        let waiting = Waiting(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.most_waiting {
            metrics::counter!("pacs_volume_refused_total").increment(1);
            return Err(full(()));
        }
        let turn = self.free.clone().acquire_many_owned(turns).await;
        drop(waiting);
        turn.map_err(full)
    }

    /// A turn for who was let in to something larger before, and is not sent away in the middle of it.
    pub(super) async fn take_next(&self) -> Result<OwnedSemaphorePermit, Error> {
        self.free.clone().acquire_owned().await.map_err(full)
    }
}

fn full<E>(_: E) -> Error {
    Error::Unavailable("a turn to work on volumes", None)
}

/// A place in the queue.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_finds_the_queue_full_is_refused_and_who_leaves_makes_room() {
        let turns = Turns::new(1, 1);
        let first = turns.take().await.expect("a turn");
        let mut second = Box::pin(turns.take());
        assert!(futures_util::poll!(&mut second).is_pending());
        assert!(matches!(turns.take().await, Err(Error::Unavailable(..))));
        drop(second);
        let mut third = Box::pin(turns.take());
        assert!(futures_util::poll!(&mut third).is_pending());
        drop(first);
        assert!(third.await.is_ok());
    }

    #[tokio::test]
    async fn who_was_let_in_waits_however_many_do() {
        let turns = Turns::new(1, 0);
        let first = turns.take().await.expect("a turn");
        assert!(matches!(turns.take().await, Err(Error::Unavailable(..))));
        let mut next = Box::pin(let_in(turns.take()));
        assert!(futures_util::poll!(&mut next).is_pending());
        drop(first);
        assert!(next.await.is_ok());
    }
}

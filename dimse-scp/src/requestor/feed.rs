//! Instances that are made ready while others are on their way.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use archive::retrieve::Selected;
use archive::{Archive, Error, StoredInstance};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use tokio_util::task::AbortOnDropHandle;

use super::{Ready, Ways};

/// So many are made ready at once: while the disk is waited for, it is better asked for two.
const AT_ONCE: usize = 2;
/// So many that are ready wait for their turn. Their first bytes are in memory.
const AHEAD: usize = 1;

/// An instance whose turn has come: ready, or why it cannot be sent, with its SOP Instance UID.
pub(crate) type Turn = Result<Ready, (String, Error)>;

/// Selected instances, made ready ahead of their turn, by the task that sends them: an instance that lies in memory is
/// read at once, and what the disk has to bring wakes nobody but who waits for it.
pub(crate) struct Feed {
    turns: BoxStream<'static, Result<Turn, Error>>,
    ready: VecDeque<Result<Turn, Error>>,
    given_up: Arc<AtomicBool>,
}

impl Feed {
    /// Instances to be made ready for what the receiver accepts.
    pub(crate) fn new(archive: Archive, selected: Selected, ways: Ways) -> Self {
        let given_up = Arc::<AtomicBool>::default();
        let each = {
            let given_up = Arc::clone(&given_up);
            move |instance| turn(archive.clone(), instance, ways.clone(), Arc::clone(&given_up))
        };
        let rows = |mut selected: Selected| async move { Ok(selected.next().await?.map(|row| (row, selected))) };
        let turns = stream::try_unfold(selected, rows).map_ok(each).try_buffered(AT_ONCE).boxed();
        Self { turns, ready: VecDeque::new(), given_up }
    }

    /// The next one; none when all had their turn. Cancel-safe.
    ///
    /// # Errors
    /// The selected instances cannot be read further: nobody knows which are left.
    pub(crate) async fn next(&mut self) -> Result<Option<Turn>, Error> {
        match self.ready.pop_front() {
            Some(turn) => turn.map(Some),
            None => self.turns.try_next().await,
        }
    }

    /// Does `work`, and makes the next instances ready whenever it has to wait.
    pub(crate) async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            let done = work.as_mut().poll(cx);
            if done.is_pending() {
                self.make_ready(cx);
            }
            done
        })
        .await
    }

    fn make_ready(&mut self, cx: &mut Context<'_>) {
        while self.ready.len() < AHEAD {
            match self.turns.poll_next_unpin(cx) {
                Poll::Ready(Some(turn)) => self.ready.push_back(turn),
                Poll::Ready(None) | Poll::Pending => return,
            }
        }
    }

    /// Nothing more can be sent: the others are named only.
    pub(crate) fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }
}

/// What becomes of an instance. No error of its own ends the feed.
async fn turn(
    archive: Archive,
    instance: StoredInstance,
    ways: Ways,
    given_up: Arc<AtomicBool>,
) -> Result<Turn, Error> {
    let uid = instance.instance.clone();
    let turn = match given_up.load(Ordering::Relaxed) {
        true => Err(Error::Unavailable("the receiver", None)),
        false if ways.take_as_stored(&instance) => Ready::new(&archive, instance, &ways).await,
        // What is made holds room that others wait for: it must go on while nobody asks for it.
        false => {
            let making = tokio::spawn(async move { Ready::new(&archive, instance, &ways).await });
            let ended = |error| Err(Error::Internal("a task ended early".to_owned(), Some(Box::new(error))));
            AbortOnDropHandle::new(making).await.unwrap_or_else(ended)
        }
    };
    Ok(turn.map_err(|error| (uid, error)))
}

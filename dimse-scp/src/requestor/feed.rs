//! Instances that are made ready while others are on their way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use archive::retrieve::Selected;
use archive::{Archive, Error};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tracing::Instrument;

use super::{Ready, Ways};

/// An instance whose turn has come: ready, or why it cannot be sent, with its SOP Instance UID.
pub(crate) type Turn = Result<Ready, (String, Error)>;

/// What a feed says next: an instance, that there are no more, or that it cannot go on.
type Said = Result<Option<Turn>, Error>;

/// Selected instances, made ready ahead of their turn: one waits while the next is opened.
pub(crate) struct Feed {
    turns: mpsc::Receiver<Said>,
    given_up: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Feed {
    /// Begins to make instances ready for what the receiver accepts.
    pub(crate) fn start(archive: Archive, selected: Selected, ways: Ways) -> Self {
        let (sender, turns) = mpsc::channel(1);
        let given_up = Arc::<AtomicBool>::default();
        let task = tokio::spawn(feed(archive, selected, ways, sender, Arc::clone(&given_up)).in_current_span());
        Self { turns, given_up, task }
    }

    /// The next one; none when all had their turn, and not to be asked again then. Cancel-safe.
    ///
    /// # Errors
    /// The selected instances cannot be read further: nobody knows which are left.
    pub(crate) async fn next(&mut self) -> Said {
        let broken = || Err(Error::Internal("instances are no longer made ready".into(), None));
        self.turns.recv().await.unwrap_or_else(broken)
    }

    /// Nothing more can be sent: the others are named only.
    pub(crate) fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The end is said too: a task that ends without a word, by a defect, has not fed all.
async fn feed(
    archive: Archive,
    mut selected: Selected,
    ways: Ways,
    sender: mpsc::Sender<Said>,
    given_up: Arc<AtomicBool>,
) {
    loop {
        let said = match selected.next().await {
            Ok(None) => Ok(None),
            Err(error) => Err(error),
            Ok(Some(instance)) => {
                let uid = instance.instance.clone();
                let turn = match given_up.load(Ordering::Relaxed) {
                    true => Err(Error::Unavailable("the receiver", None)),
                    false => Ready::new(&archive, instance, &ways).await,
                };
                Ok(Some(turn.map_err(|error| (uid, error))))
            }
        };
        let is_last = !matches!(said, Ok(Some(_)));
        if sender.send(said).await.is_err() || is_last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(task: impl Future<Output = ()> + Send + 'static, turns: mpsc::Receiver<Said>) -> Feed {
        Feed { turns, given_up: Arc::default(), task: tokio::spawn(task) }
    }

    #[tokio::test]
    async fn tells_the_end_from_a_task_that_ended_early() {
        let (sender, turns) = mpsc::channel(1);
        let mut whole = fed(async move { sender.send(Ok(None)).await.unwrap() }, turns);
        assert!(matches!(whole.next().await, Ok(None)));
        let (sender, turns) = mpsc::channel::<Said>(1);
        let mut broken = fed(async move { drop(sender) }, turns);
        assert!(broken.next().await.is_err());
    }
}

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

/// Selected instances, made ready ahead of their turn: one waits while the next is opened.
pub(crate) struct Feed {
    turns: mpsc::Receiver<Turn>,
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

    /// The next one; none when there are no more. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Option<Turn> {
        self.turns.recv().await
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

async fn feed(
    archive: Archive,
    mut selected: Selected,
    ways: Ways,
    sender: mpsc::Sender<Turn>,
    given_up: Arc<AtomicBool>,
) {
    loop {
        let instance = match selected.next().await {
            Ok(Some(instance)) => instance,
            Ok(None) => return,
            // Those that cannot be read are the ones that remain, and counted as failed.
            Err(error) => return tracing::warn!(%error, "the selected instances cannot be read further"),
        };
        let uid = instance.instance.clone();
        let turn = match given_up.load(Ordering::Relaxed) {
            true => Err(Error::Unavailable("the receiver", None)),
            false => Ready::new(&archive, instance, &ways).await,
        };
        if sender.send(turn.map_err(|error| (uid, error))).await.is_err() {
            return;
        }
    }
}

//! The turns in which jobs are done: one destination at a time each, several at once, for as long as the process runs.
//!
//! How an instance reaches its destination is a shell's to know ([`Forwarder`]); whose turn it is, how long a job stays
//! ours, and what follows when a destination is out of reach is the same for all.

use std::future::Future;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::sending::RENEWAL;
use super::{Destination, Reach, SendJob, Sending};
use crate::{Archive, Error};

/// Most destinations at once, of each shell.
const MOST: usize = 8;

/// How a job ended.
#[derive(Debug)]
pub enum Ended {
    /// The archive knows.
    Told,
    /// So too, but the destination was lost on the way.
    Lost(String),
    /// Nothing was tried.
    Unreachable(SendJob, String),
}

/// A shell that sends.
pub trait Forwarder: Clone + Send + Sync + 'static {
    /// The destinations that it reaches.
    const REACH: Reach;

    /// Does a job, and tells the archive unless nothing was tried.
    ///
    /// # Errors
    /// The job stays ours until its time is over, and is taken again then.
    fn send(
        &self,
        archive: &Archive,
        destination: &Destination,
        job: SendJob,
    ) -> impl Future<Output = Result<Ended, Error>> + Send;
}

/// The destinations that are being sent to.
#[derive(Clone, Default)]
struct Busy(Arc<Mutex<Vec<Destination>>>);

impl Busy {
    fn all(&self) -> Vec<Destination> {
        self.0.lock().clone()
    }

    fn enter(&self, destination: &Destination) -> Place {
        self.0.lock().push(destination.clone());
        Place(self.clone(), destination.clone())
    }
}

/// A destination that is being sent to; no longer when dropped.
struct Place(Busy, Destination);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.0.lock().retain(|destination| *destination != self.1);
    }
}

/// Forwards until `shutdown` is cancelled. What is on its way then is tried again by whoever runs next: jobs are rows, and
/// an instance that arrives twice changes nothing.
pub async fn forward<F: Forwarder>(archive: Archive, forwarder: F, shutdown: CancellationToken) {
    let busy = Busy::default();
    let mut tasks = JoinSet::new();
    loop {
        while let Some(sending) = next::<F>(&archive, &busy, tasks.len()).await {
            let place = busy.enter(&sending.destination);
            let (archive, forwarder) = (archive.clone(), forwarder.clone());
            tasks.spawn(async move {
                if let Err(error) = send(&archive, &forwarder, sending).await {
                    tracing::warn!(%error, "forwarding was interrupted; its jobs are taken up again later");
                }
                drop(place);
            });
        }
        tokio::select! {
            () = shutdown.cancelled() => return tasks.shutdown().await,
            Some(ended) = tasks.join_next(), if !tasks.is_empty() => note(ended),
            () = archive.sending_due(F::REACH) => {}
        }
    }
}

/// A panic ends its own jobs only, and not in silence.
fn note(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!("a defect ended a task that forwards: {error}");
    }
}

/// Jobs for a destination that nothing is sent to at the moment.
async fn next<F: Forwarder>(archive: &Archive, busy: &Busy, running: usize) -> Option<Sending> {
    if running >= MOST {
        return None;
    }
    archive.take_sending(F::REACH, &busy.all()).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "jobs that forward cannot be looked for");
        None
    })
}

/// Does jobs of one destination, and asks for more time while it does.
async fn send<F: Forwarder>(archive: &Archive, forwarder: &F, sending: Sending) -> Result<(), Error> {
    let undone = Mutex::new(sending.jobs.iter().map(|job| job.id).collect::<Vec<_>>());
    let keep = async {
        loop {
            tokio::time::sleep(RENEWAL).await;
            let ids: Vec<i64> = undone.lock().clone();
            if let Err(error) = archive.keep_sending(ids).await {
                tracing::warn!(%error, "jobs under way cannot be kept");
            }
        }
    };
    tokio::select! {
        done = send_in_turn(archive, forwarder, sending, &undone) => done,
        () = keep => Ok(()),
    }
}

/// Does jobs of one destination, one after the other.
async fn send_in_turn<F: Forwarder>(
    archive: &Archive,
    forwarder: &F,
    sending: Sending,
    undone: &Mutex<Vec<i64>>,
) -> Result<(), Error> {
    let Sending { destination, jobs } = sending;
    let mut jobs = jobs.into_iter();
    while let Some(job) = jobs.next() {
        let id = job.id;
        let (unsent, reason) = match forwarder.send(archive, &destination, job).await? {
            Ended::Told => {
                undone.lock().retain(|other| *other != id);
                continue;
            }
            Ended::Lost(reason) => (None, reason),
            Ended::Unreachable(job, reason) => (Some(job), reason),
        };
        // The others would fare no better.
        undone.lock().clear();
        let rest: Vec<SendJob> = unsent.into_iter().chain(jobs.by_ref()).collect();
        archive.unreachable(rest, &destination, reason).await?;
    }
    archive.tidy_credential(&destination).await
}

//! Forwarding: the jobs that the archive has for other application entities are done, one destination at a time each.

use std::collections::BTreeSet;
use std::sync::Arc;

use archive::forward::{RENEWAL, SendJob, Sending};
use archive::{AeTitle, Archive, Error};
use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::defect::note;
use crate::requestor::{Destination, Done, Feed, RequestFailure, Requestor};

/// Most destinations at once.
const MOST: usize = 8;

/// The destinations that are being sent to.
#[derive(Clone, Default)]
struct Busy(Arc<Mutex<Vec<AeTitle>>>);

impl Busy {
    fn all(&self) -> Vec<AeTitle> {
        self.0.lock().clone()
    }

    fn enter(&self, title: &AeTitle) -> Place {
        self.0.lock().push(title.clone());
        Place(self.clone(), title.clone())
    }
}

/// A destination that is being sent to; no longer when dropped.
struct Place(Busy, AeTitle);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.0.lock().retain(|title| *title != self.1);
    }
}

/// Forwards until `shutdown` is cancelled. What is on its way then is tried again by whoever runs next: jobs are rows, and
/// an instance that arrives twice changes nothing.
pub async fn forward(archive: Archive, requestor: Requestor, shutdown: CancellationToken) {
    let busy = Busy::default();
    let mut tasks = JoinSet::new();
    loop {
        while let Some(sending) = next(&archive, &busy, tasks.len()).await {
            let place = busy.enter(&sending.destination);
            let (archive, requestor) = (archive.clone(), requestor.clone());
            tasks.spawn(async move {
                if let Err(error) = send(&archive, &requestor, sending).await {
                    tracing::warn!(%error, "forwarding was interrupted; its jobs are taken up again later");
                }
                drop(place);
            });
        }
        tokio::select! {
            () = shutdown.cancelled() => return tasks.shutdown().await,
            Some(ended) = tasks.join_next(), if !tasks.is_empty() => note(ended),
            () = archive.sending_due() => {}
        }
    }
}

/// Jobs for a destination that nothing is sent to at the moment.
async fn next(archive: &Archive, busy: &Busy, running: usize) -> Option<Sending> {
    if running >= MOST {
        return None;
    }
    archive.take_sending(&busy.all()).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "jobs that forward cannot be looked for");
        None
    })
}

/// Does jobs of one destination, and asks for more time while it does.
async fn send(archive: &Archive, requestor: &Requestor, sending: Sending) -> Result<(), Error> {
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
        done = send_in_turn(archive, requestor, sending, &undone) => done,
        () = keep => Ok(()),
    }
}

/// Does jobs of one destination, one after the other.
async fn send_in_turn(
    archive: &Archive,
    requestor: &Requestor,
    sending: Sending,
    undone: &Mutex<Vec<i64>>,
) -> Result<(), Error> {
    let Sending { destination, jobs } = sending;
    let mut jobs = jobs.into_iter();
    while let Some(job) = jobs.next() {
        let id = job.id;
        let (unsent, reason) = match send_one(archive, requestor, &destination, job).await? {
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
    Ok(())
}

/// How a job ended.
enum Ended {
    /// The archive knows.
    Told,
    /// So too, but the destination was lost on the way.
    Lost(String),
    /// Nothing was tried.
    Unreachable(SendJob, String),
}

/// Does a job.
async fn send_one(archive: &Archive, requestor: &Requestor, title: &AeTitle, job: SendJob) -> Result<Ended, Error> {
    let Some(entity) = archive.application_entity(title).await? else {
        let reason = format!("the application entity {title} is not registered any more");
        return Ok(Ended::Unreachable(job, reason));
    };
    let selected = archive.select_to_send(&job).await?;
    let (count, kinds) = (selected.count(), selected.kinds().to_vec());
    let destination = Destination::new(archive, requestor, entity, &kinds, None);
    let mut destination = destination.preferring(job.transfer_syntax(), &kinds);
    if count > 0 {
        match destination.connect().await {
            Ok(()) => archive.reached(&job).await?,
            Err(failure) => return not_connected(archive, title, job, &failure).await,
        }
    }
    let mut feed = Feed::start(archive.clone(), selected, destination.ways());
    let Sent { studies, failed, lost, broken } = send_all(&mut feed, &mut destination).await;
    let studies: Vec<String> = studies.into_iter().collect();
    destination.leave();
    tracing::info!(destination = %title, rule = job.rule(), instances = count, failed = failed.len(), "forwarded");
    let lost = lost.map(|failure| failure.to_string());
    match broken {
        // Nobody knows which are left: all of them go again, and those that were sent are known there already.
        Some(error) => {
            archive.not_sent(job, title, &studies, Vec::new(), error.to_string()).await?;
        }
        None if failed.is_empty() => archive.sent(job, title, &studies).await?,
        None => {
            let reason = lost.clone().unwrap_or_else(|| format!("{} of {count} instances were refused", failed.len()));
            archive.not_sent(job, title, &studies, failed, reason).await?;
        }
    }
    Ok(lost.map_or(Ended::Told, Ended::Lost))
}

/// What follows when there is no association for a job.
async fn not_connected(
    archive: &Archive,
    title: &AeTitle,
    job: SendJob,
    failure: &RequestFailure,
) -> Result<Ended, Error> {
    let reason = failure.to_string();
    tracing::info!(destination = %title, reason, "nothing can be forwarded at the moment");
    if matches!(failure, RequestFailure::Busy(_)) {
        // It is well, and we are at it with others: the jobs are taken again when the time for which they are ours is over.
        return Err(Error::Unavailable("an association with the destination", None));
    }
    if failure.is_of_proposal() {
        // Other jobs propose something else.
        archive.not_sent(job, title, &[], Vec::new(), reason).await?;
        return Ok(Ended::Told);
    }
    Ok(Ended::Unreachable(job, reason))
}

/// What became of a job's instances.
#[derive(Default)]
struct Sent {
    /// Study Instance UIDs of those that the destination took.
    studies: BTreeSet<String>,
    /// SOP Instance UIDs of those that it did not take.
    failed: Vec<String>,
    /// Why the destination was lost, if it was.
    lost: Option<RequestFailure>,
    /// Why not all instances could be read.
    broken: Option<Error>,
}

/// Sends what the feed gives.
async fn send_all(feed: &mut Feed, destination: &mut Destination) -> Sent {
    let mut sent = Sent::default();
    loop {
        let turn = match feed.next().await {
            Ok(Some(turn)) => turn,
            Ok(None) => return sent,
            Err(error) => {
                tracing::warn!(%error, "the instances of a job cannot be read further");
                sent.broken = Some(error);
                return sent;
            }
        };
        match turn {
            Ok(ready) if sent.lost.is_some() => sent.failed.push(ready.instance.instance.clone()),
            Ok(ready) => {
                let (study, uid) = (ready.instance.study.clone(), ready.instance.instance.clone());
                match destination.store(ready).await {
                    Ok(Done::Completed | Done::Warning) => {
                        sent.studies.insert(study);
                    }
                    Ok(Done::Failed) => sent.failed.push(uid),
                    Err(failure) => {
                        sent.failed.push(uid);
                        sent.lost = Some(failure);
                        feed.give_up();
                    }
                }
            }
            Err((uid, error)) => {
                tracing::info!(instance = %uid, %error, "an instance cannot be forwarded");
                sent.failed.push(uid);
            }
        }
    }
}

//! Forwarding to application entities: the jobs that the archive has for them are done over associations of ours.

use std::collections::BTreeSet;

use archive::forward::{Destination as To, Ended, Forwarder, Reach, SendJob};
use archive::{AeTitle, Archive, Error};
use tokio_util::sync::CancellationToken;

use crate::requestor::{Destination, Done, Feed, RequestFailure, Requestor};

/// Forwards until `shutdown` is cancelled.
pub async fn forward(archive: Archive, requestor: Requestor, shutdown: CancellationToken) {
    archive::forward::forward(archive, ByStore(requestor), shutdown).await;
}

/// Forwards by C-STORE.
#[derive(Clone)]
struct ByStore(Requestor);

impl Forwarder for ByStore {
    const REACH: Reach = Reach::Dimse;

    async fn send(&self, archive: &Archive, to: &To, job: SendJob) -> Result<Ended, Error> {
        match to {
            To::Ae(title) => send(archive, &self.0, title, job).await,
            To::Web(_) => Ok(Ended::Unreachable(job, "it is no application entity".to_owned())),
        }
    }
}

/// Does a job.
async fn send(archive: &Archive, requestor: &Requestor, title: &AeTitle, job: SendJob) -> Result<Ended, Error> {
    let Some(entity) = archive.application_entity(title).await? else {
        let reason = format!("the application entity {title} is not registered any more");
        return Ok(Ended::Unreachable(job, reason));
    };
    let to = To::Ae(title.clone());
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
    let mut feed = Feed::new(archive.clone(), selected, destination.ways());
    let Sent { studies, failed, reason, lost, broken } = send_all(&mut feed, &mut destination).await;
    let studies: Vec<String> = studies.into_iter().collect();
    destination.leave();
    tracing::info!(destination = %title, rule = job.rule(), instances = count, failed = failed.len(), "forwarded");
    let lost = lost.map(|failure| failure.to_string());
    match broken {
        // Nobody knows which are left: all of them go again, and those that were sent are known there already.
        Some(error) => {
            archive.not_sent(job, &to, &studies, Vec::new(), error.to_string()).await?;
        }
        None if failed.is_empty() => archive.sent(job, &to, &studies).await?,
        None => {
            let words = || match &reason {
                Some(reason) => format!("{} of {count} instances were not sent: {reason}", failed.len()),
                None => format!("{} of {count} instances were refused", failed.len()),
            };
            let reason = lost.clone().unwrap_or_else(words);
            archive.not_sent(job, &to, &studies, failed, reason).await?;
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
        archive.not_sent(job, &To::Ae(title.clone()), &[], Vec::new(), reason).await?;
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
    /// Why the last one could not be made ready.
    reason: Option<String>,
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
                match feed.during(destination.store(ready)).await {
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
                if sent.lost.is_none() {
                    sent.reason = Some(error.to_string());
                }
            }
        }
    }
}

//! Forwarding to other web servers: the jobs that the archive has for them are done by the Store transaction (PS3.18 §10.5).

mod answer;
mod client;
mod request;

use std::collections::BTreeSet;

use archive::forward::{Destination, Ended, Forwarder, Reach, SendJob, WebAddress};
use archive::retrieve::Selected;
use archive::{Archive, Error};
use tokio_util::sync::CancellationToken;

use self::answer::Verdict;
use self::client::{Client, Trouble};
pub use self::client::{Outgoing, OutgoingError};
use self::request::Batch;

/// Forwards until `shutdown` is cancelled.
///
/// # Errors
/// TLS cannot be set up as `outgoing` says.
pub fn forward(
    archive: Archive,
    outgoing: Outgoing,
    shutdown: CancellationToken,
) -> Result<impl Future<Output = ()> + Send + use<>, OutgoingError> {
    let client = Client::new(outgoing)?;
    Ok(archive::forward::forward(archive, ByWeb(client), shutdown))
}

/// Forwards by STOW-RS.
#[derive(Clone)]
struct ByWeb(Client);

impl Forwarder for ByWeb {
    const REACH: Reach = Reach::Web;

    async fn send(&self, archive: &Archive, to: &Destination, job: SendJob) -> Result<Ended, Error> {
        match to {
            Destination::Web(address) => send(archive, &self.0, address, job).await,
            Destination::Ae(_) => Ok(Ended::Unreachable(job, "it is no web server".to_owned())),
        }
    }
}

/// What became of a job's instances.
#[derive(Default)]
struct Sent {
    /// Study Instance UIDs of those that the server took.
    studies: BTreeSet<String>,
    /// SOP Instance UIDs of those that it did not take, or that could not be sent.
    failed: Vec<String>,
    /// Why, in words; of the last that failed.
    reason: Option<String>,
    /// Why the server was lost, if it was.
    lost: Option<String>,
}

/// Does a job: one request after the other.
async fn send(archive: &Archive, client: &Client, address: &WebAddress, job: SendJob) -> Result<Ended, Error> {
    let credential = archive.web_credential(address).await?;
    let mut selected = archive.select_to_send(&job).await?;
    let count = selected.count();
    let mut sent = Sent::default();
    let mut is_reached = false;
    loop {
        let batch = Batch::gather(archive, &mut selected, job.transfer_syntax(), &mut sent.failed).await?;
        if batch.is_empty() {
            break;
        }
        let (instances, studies) = (batch.instances(), batch.studies());
        let reason = match client.store(address, credential.as_ref(), batch).await {
            Ok(Verdict::Answered { failed, reason }) => {
                let taken = instances.iter().zip(studies).filter(|(instance, _)| !failed.contains(*instance));
                sent.studies.extend(taken.map(|(_, study)| study));
                sent.failed.extend(failed);
                sent.reason = reason.or(sent.reason);
                None
            }
            Err(Trouble::Ours(reason)) => {
                sent.failed.extend(instances);
                sent.reason = Some(reason);
                continue;
            }
            Ok(Verdict::Away(reason)) | Err(Trouble::Away(reason)) if !is_reached => {
                tracing::info!(destination = %address, reason, "nothing can be forwarded at the moment");
                return Ok(Ended::Unreachable(job, reason));
            }
            Ok(Verdict::Away(reason)) | Err(Trouble::Away(reason)) => {
                sent.failed.extend(instances);
                Some(reason)
            }
        };
        if !is_reached {
            archive.reached(&job).await?;
            is_reached = true;
        }
        if reason.is_some() {
            sent.lost = reason;
            sent.failed.extend(rest(&mut selected).await?);
            break;
        }
    }
    tell(archive, address, job, count, sent).await
}

/// The instances whose turn has not come.
async fn rest(selected: &mut Selected) -> Result<Vec<String>, Error> {
    let mut rest = Vec::new();
    while let Some(instance) = selected.next().await? {
        rest.push(instance.instance);
    }
    Ok(rest)
}

/// Tells the archive how a job ended.
async fn tell(archive: &Archive, address: &WebAddress, job: SendJob, count: usize, sent: Sent) -> Result<Ended, Error> {
    let Sent { studies, failed, reason, lost } = sent;
    tracing::info!(destination = %address, rule = job.rule(), instances = count, failed = failed.len(), "forwarded");
    client::counted("failed", failed.len());
    client::counted("completed", count.saturating_sub(failed.len()));
    let to = Destination::Web(address.clone());
    let studies: Vec<String> = studies.into_iter().collect();
    if failed.is_empty() {
        archive.sent(job, &to, &studies).await?;
    } else {
        let why = lost.clone().or(reason).unwrap_or_else(|| "they cannot be read".to_owned());
        let words = format!("{} of {count} instances were not stored: {why}", failed.len());
        archive.not_sent(job, &to, &studies, failed, words).await?;
    }
    Ok(lost.map_or(Ended::Told, Ended::Lost))
}

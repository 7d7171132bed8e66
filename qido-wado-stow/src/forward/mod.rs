//! Forwarding to other web servers: the jobs that the archive has for them are done by the Store transaction (PS3.18 §10.5).

mod answer;
mod client;
mod request;

use std::collections::BTreeSet;

use archive::forward::{Destination, Ended, Forwarder, Reach, SendJob, WebAddress};
use archive::{Archive, Error, StoredInstance};
use tokio_util::sync::CancellationToken;

use self::answer::Verdict;
use self::client::Trouble;
pub use self::client::{Outgoing, OutgoingError, WebClient};
use self::request::Queue;

/// Forwards until `shutdown` is cancelled.
pub fn forward(
    archive: Archive,
    client: WebClient,
    shutdown: CancellationToken,
) -> impl Future<Output = ()> + Send + use<> {
    archive::forward::forward(archive, ByWeb(client), shutdown)
}

/// Forwards by STOW-RS.
#[derive(Clone)]
struct ByWeb(WebClient);

impl Forwarder for ByWeb {
    const REACH: Reach = Reach::Web;

    async fn send(&self, archive: &Archive, to: &Destination, job: SendJob) -> Result<Ended, Error> {
        match to {
            Destination::Web(address) => send(archive, &self.0, address, job).await,
            Destination::Ae(_) => Ok(Ended::Unreachable(job, "it is no web server".to_owned())),
        }
    }
}

/// Most requests one after the other that the server breaks off or leaves without an answer, until a job waits: each may take
/// minutes, and other jobs wait for their turn.
const MOST_BROKEN: usize = 3;

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

impl Sent {
    fn fail(&mut self, instances: impl IntoIterator<Item = StoredInstance>, reason: String) {
        self.failed.extend(instances.into_iter().map(|instance| instance.instance));
        self.reason = Some(reason);
    }

    /// By what the server says of each of some instances.
    fn answered(&mut self, instances: Vec<StoredInstance>, failed: BTreeSet<String>, reason: Option<String>) {
        let taken = instances.into_iter().filter(|instance| !failed.contains(&instance.instance));
        self.studies.extend(taken.map(|instance| instance.study));
        self.failed.extend(failed);
        self.reason = reason.or(self.reason.take());
    }
}

/// Does a job: one request after the other.
async fn send(archive: &Archive, client: &WebClient, address: &WebAddress, job: SendJob) -> Result<Ended, Error> {
    let credential = archive.web_credential(address).await?;
    let selected = archive.select_to_send(&job).await?;
    let count = selected.count();
    let mut queue = Queue::new(selected, job.has_failed());
    let mut sent = Sent::default();
    let (mut is_tried, mut broken) = (false, 0);
    while broken < MOST_BROKEN {
        let batch = queue.gather(archive, job.transfer_syntax(), &mut sent).await?;
        if batch.is_empty() {
            break;
        }
        let members = batch.members();
        let outcome = client.store(address, credential.as_ref(), batch).await;
        if let Ok(Verdict::Answered { .. } | Verdict::Refused(_)) = outcome {
            archive.reached(&job).await?;
            (is_tried, broken) = (true, 0);
        }
        match outcome {
            Ok(Verdict::Answered { failed, reason }) => sent.answered(members, failed, reason),
            Ok(Verdict::Refused(_)) | Err(Trouble::Ours(_)) if members.len() > 1 => queue.split(members),
            Ok(Verdict::Refused(reason)) | Err(Trouble::Ours(reason)) => sent.fail(members, reason),
            Err(Trouble::Broken(reason)) => {
                // What of it arrived is unknown, and to ask again at once may take as many minutes again: next time.
                sent.fail(members, reason);
                queue.go_one_by_one();
                (is_tried, broken) = (true, broken + 1);
            }
            Ok(Verdict::Away(reason)) | Err(Trouble::Away(reason)) if is_tried => {
                sent.fail(members, reason.clone());
                sent.lost = Some(reason);
                break;
            }
            Ok(Verdict::Away(reason)) | Err(Trouble::Away(reason)) => {
                tracing::info!(destination = %address, reason, "nothing can be forwarded at the moment");
                return Ok(Ended::Unreachable(job, reason));
            }
        }
    }
    sent.failed.extend(queue.rest().await?);
    tell(archive, address, job, count, sent).await
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

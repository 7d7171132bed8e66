//! What the archive asks of this shell: errands that need an association of our own (see [`archive::errand`]).

use std::time::Duration;

use archive::commitment::Decision;
use archive::errand::{Errand, LEASE, Next, Taken};
use archive::{AeTitle, Archive, Error, Uid};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::defect::note;
use crate::requestor::Requestor;

/// Most errands at once: an application entity that does not answer keeps nobody else waiting.
const AT_ONCE: usize = 8;
/// How long errands may take to end when the server stops. What is not done by then is done after a restart.
const LAST: Duration = Duration::from_secs(3);
/// How long one errand may take: it has ended, and that is written down, before another process may take it.
const LONGEST: Duration = LEASE.saturating_sub(Duration::from_secs(30));

/// Does errands.
#[derive(Clone)]
pub(crate) struct Errands {
    pub(crate) archive: Archive,
    pub(crate) requestor: Requestor,
    /// How old an errand becomes before it is given up.
    pub(crate) patience: Duration,
}

impl Errands {
    /// Takes one errand after the other until `shutdown` is cancelled.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let mut tasks = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                Some(ended) = tasks.join_next(), if !tasks.is_empty() => note(ended),
                () = self.archive.errand_due(), if tasks.len() < AT_ONCE => {}
            }
            while tasks.len() < AT_ONCE {
                match self.archive.take_errand().await {
                    Ok(Some(taken)) => drop(tasks.spawn(self.clone().run_one(taken))),
                    Ok(None) => break,
                    Err(error) => {
                        tracing::warn!(%error, "errands cannot be looked for");
                        break;
                    }
                }
            }
        }
        let all = async {
            while let Some(ended) = tasks.join_next().await {
                note(ended);
            }
        };
        if timeout(LAST, all).await.is_err() {
            tasks.shutdown().await;
        }
    }

    async fn run_one(self, taken: Taken) {
        let work = async {
            match &taken.errand {
                Errand::ReportCommitment { transaction, to } => self.report(&taken, transaction, to).await,
            }
        };
        let ended = timeout(LONGEST, work).await.unwrap_or_else(|_| Err(format!("it took more than {LONGEST:?}")));
        let noted = match ended {
            Ok(()) => self.archive.errand_done(taken).await,
            Err(reason) => {
                tracing::warn!(errand = ?taken.errand, reason, "an errand failed");
                let next = self.archive.errand_failed(taken, &reason, self.patience).await;
                next.map(|next: Next| tracing::debug!(?next, "errand"))
            }
        };
        if let Err(error) = noted {
            // It is taken again when its time is over.
            tracing::warn!(%error, "how an errand ended cannot be written down");
        }
    }

    /// Reports a commitment, unless somebody has meanwhile.
    async fn report(&self, taken: &Taken, transaction: &Uid, to: &AeTitle) -> Result<(), String> {
        let words = |error: Error| error.to_string();
        if self.archive.is_commitment_reported(transaction).await.map_err(words)? {
            return Ok(());
        }
        let entity = self.archive.application_entity(to).await.map_err(words)?;
        let entity = entity.ok_or_else(|| format!("{to} is not registered: nobody knows where it listens"))?;
        let decision: Decision = self.archive.decide_commitment(transaction).await.map_err(words)?;
        let told = self.requestor.report_commitment(&entity, transaction, &decision).await;
        told.map_err(|failure| failure.to_string())?;
        tracing::info!(%transaction, %to, "a storage commitment was reported");
        self.archive.commitment_reported(transaction, taken.since).await.map_err(words)
    }
}

//! Associations that we ask other application entities for: the C-STOREs of a C-MOVE, what is forwarded, reports of storage
//! commitment, the demo, and C-ECHO.
//!
//! One that is no longer needed is kept for a moment, because who asked for one series mostly asks for the next; no longer,
//! because some application entities have room for one association only.

mod answer;
mod destination;
mod dial;
mod failure;
mod feed;
mod in_memory;
mod lanes;
mod pool;
mod proposal;
mod report;
mod store;

use std::sync::Arc;
use std::time::Duration;

use archive::AeTitle;
use archive::access::ApplicationEntity;
use data_set::uids;
use futures_util::future::join_all;
use openssl::ssl::SslConnector;
use parking_lot::RwLock;
use tokio::sync::OwnedSemaphorePermit;

pub(crate) use destination::Destination;
pub use failure::RequestFailure;
pub(crate) use feed::{Feed, Turn};
pub use in_memory::ObjectInMemory;
pub(crate) use lanes::{Lanes, Sent};
pub(crate) use pool::Lease;
pub(crate) use proposal::Proposal;
pub(crate) use store::{Done, Ready, Ways, store};

use self::pool::Pool;
use crate::association::Association;
use crate::message::Request;
use crate::upper_layer::End;

/// How we ask for associations.
#[derive(Clone)]
pub struct Outgoing {
    /// TLS, for the application entities that listen with it.
    pub tls: Option<SslConnector>,
    /// Most associations at once with one application entity; who needs one more waits: a C-MOVE as long as its requestor
    /// stays, else as long as for an association (`establishment`). Default 4.
    pub associations: usize,
    /// Most associations that one C-MOVE sends over at once, as far as its destination takes them and one is left for
    /// others. Default 1.
    pub associations_per_move: usize,
    /// How long an association is kept that nobody needs. Default 1 s.
    pub idle: Duration,
    /// Time to connect, for the TLS handshake and the negotiation together. Default 10 s.
    pub establishment: Duration,
    /// Longest wait for a response: the peer may be slow to store. Default 120 s.
    pub response: Duration,
    /// Longest silence within a message, and longest wait for the peer to take what we send. Default 60 s.
    pub silence: Duration,
    /// Pauses before another try when the application entity cannot be reached. Default 0.5, 1 and 2 s.
    pub pauses: Vec<Duration>,
    /// Longest time without a pending response for whoever asked for a C-MOVE. Default 5 s.
    pub sign_of_life: Duration,
}

impl Default for Outgoing {
    fn default() -> Self {
        Self {
            tls: None,
            associations: 4,
            associations_per_move: 1,
            idle: Duration::from_secs(1),
            establishment: Duration::from_secs(10),
            response: Duration::from_secs(120),
            silence: Duration::from_secs(60),
            pauses: [500, 1000, 2000].map(Duration::from_millis).to_vec(),
            sign_of_life: Duration::from_secs(5),
        }
    }
}

/// Asks for associations. Cheap to clone; all clones share those that are kept.
#[derive(Clone)]
pub struct Requestor(Arc<Inner>);

struct Inner {
    title: AeTitle,
    outgoing: Outgoing,
    /// TLS as it is now.
    tls: RwLock<Option<SslConnector>>,
    pool: Pool,
}

impl Requestor {
    /// A requestor that calls itself `title`.
    pub fn new(title: AeTitle, outgoing: Outgoing) -> Self {
        let (pool, tls) = (Pool::new(outgoing.associations), RwLock::new(outgoing.tls.clone()));
        Self(Arc::new(Inner { title, outgoing, tls, pool }))
    }

    /// Takes another TLS for all associations that are asked for from now on, by all clones. Those that are there stay.
    pub fn renew_tls(&self, tls: Option<SslConnector>) {
        *self.0.tls.write() = tls;
    }

    /// Verifies that an application entity is there and knows us (C-ECHO, PS3.4 §A).
    ///
    /// # Errors
    /// Why it is not, in words for an administrator.
    pub async fn echo(&self, entity: &ApplicationEntity) -> Result<(), RequestFailure> {
        let proposal = Proposal::verification();
        let mut association = self.dial(entity, &proposal).await?;
        let Some(context) = association.contexts().iter().next().cloned() else {
            association.release().await;
            return Err(RequestFailure::NoContext);
        };
        let answered = async {
            let id = association.request(&context, &Request::c_echo(uids::VERIFICATION)).await?;
            Ok::<_, End>(association.response(id).await?.status())
        };
        match answered.await {
            Ok(Some(0)) => {
                association.release().await;
                Ok(())
            }
            Ok(status) => {
                association.release().await;
                Err(RequestFailure::Status(status.unwrap_or(u16::MAX)))
            }
            Err(end) => {
                let failure = RequestFailure::from(&end);
                association.close(&end).await;
                Err(failure)
            }
        }
    }

    /// Releases the associations that are kept.
    pub async fn close(&self) {
        join_all(self.0.pool.clear().into_iter().map(Association::release)).await;
    }

    /// How we ask for associations.
    pub(crate) fn outgoing(&self) -> &Outgoing {
        &self.0.outgoing
    }

    /// An association in which all of `proposal` was proposed: one that was kept, or a new one. Waits so long for its turn.
    async fn associate(
        &self,
        entity: &ApplicationEntity,
        proposal: &Arc<Proposal>,
        turn: Duration,
    ) -> Result<Lease, RequestFailure> {
        let place = self.0.pool.place(&entity.title, turn).await?;
        self.associate_in(place, entity, proposal).await
    }

    /// One more for whoever has one: in a place that others can spare, or not at all.
    pub(crate) async fn associate_besides(
        &self,
        entity: &ApplicationEntity,
        proposal: &Arc<Proposal>,
    ) -> Result<Lease, RequestFailure> {
        let place = self.0.pool.spare_place(&entity.title).ok_or(RequestFailure::Busy(Duration::ZERO))?;
        self.associate_in(place, entity, proposal).await
    }

    async fn associate_in(
        &self,
        place: OwnedSemaphorePermit,
        entity: &ApplicationEntity,
        proposal: &Arc<Proposal>,
    ) -> Result<Lease, RequestFailure> {
        while let Some(mut association) = self.0.pool.take(entity, proposal) {
            if let Some(end) = association.ended().await {
                tracing::debug!(destination = %entity.title, %end, "association ended while it was kept");
                tokio::spawn(async move { association.close(&end).await });
                continue;
            }
            // It may have begun on another thread, which each response would wake.
            match association.here() {
                Ok(association) => {
                    tracing::debug!(destination = %entity.title, "association used again");
                    return Ok(Lease::new(self.clone(), entity, proposal, association, place));
                }
                Err(error) => {
                    tracing::debug!(destination = %entity.title, %error, "association lost while it was kept")
                }
            }
        }
        // They would be in the way of a peer that has room for one.
        join_all(self.0.pool.clear_of(&entity.title).into_iter().map(Association::release)).await;
        let association = self.dial(entity, proposal).await?;
        Ok(Lease::new(self.clone(), entity, proposal, association, place))
    }

    /// The same, trying again after a pause when another try may help.
    pub(crate) async fn associate_patiently(
        &self,
        entity: &ApplicationEntity,
        proposal: &Arc<Proposal>,
        turn: Duration,
    ) -> Result<Lease, RequestFailure> {
        let mut pauses = self.0.outgoing.pauses.iter();
        loop {
            let failure = match self.associate(entity, proposal, turn).await {
                Ok(lease) => return Ok(lease),
                Err(failure) => failure,
            };
            match pauses.next() {
                Some(pause) if failure.may_pass() => {
                    tracing::info!(destination = %entity.title, %failure, ?pause, "no association; trying again");
                    tokio::time::sleep(*pause).await;
                }
                _ => return Err(failure),
            }
        }
    }
}

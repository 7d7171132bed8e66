//! An application entity that instances are sent to, over whatever association there is with it at the time.

use std::sync::Arc;
use std::time::Duration;

use archive::access::ApplicationEntity;
use archive::retrieve::Kind;
use archive::{Archive, StoredInstance};

use super::{Done, Lease, Proposal, Ready, RequestFailure, Requestor, Ways, store};
use crate::upper_layer::End;

/// How often an instance is sent whose association broke.
const TRIES: usize = 2;
/// So many instances in a row whose associations break are enough.
const MOST_BROKEN: usize = 2;

/// Where instances go.
pub(crate) struct Destination {
    archive: Archive,
    requestor: Requestor,
    entity: ApplicationEntity,
    proposal: Arc<Proposal>,
    /// Transfer Syntax UID that is preferred to the stored one.
    preferred: Option<String>,
    /// AE title and Message ID of the C-MOVE, if it is one.
    originator: Option<(String, u16)>,
    lease: Option<Lease>,
    /// An instance is on its way over the association. One whose sending was cut off leaves this so.
    busy: bool,
    ways: Ways,
    /// Instances in a row whose associations broke.
    broken: usize,
    /// How long a turn is waited for when there are as many associations as there may be.
    turn: Duration,
    /// It has an association beside another's, for as long as that lasts.
    is_companion: bool,
}

impl Destination {
    /// Where instances of these kinds go.
    pub(crate) fn new(
        archive: &Archive,
        requestor: &Requestor,
        entity: ApplicationEntity,
        kinds: &[Kind],
        originator: Option<(String, u16)>,
    ) -> Self {
        Self {
            archive: archive.clone(),
            requestor: requestor.clone(),
            entity,
            proposal: Proposal::to_store(kinds),
            preferred: None,
            originator,
            lease: None,
            busy: false,
            ways: Ways::default(),
            broken: 0,
            turn: requestor.outgoing().establishment,
            is_companion: false,
        }
    }

    /// The same, but waiting for its turn however long it takes: whoever asked is there, and may cancel.
    pub(crate) fn in_turn(mut self) -> Self {
        self.turn = Duration::MAX;
        self
    }

    /// The same, but in this transfer syntax where that is possible.
    pub(crate) fn preferring(mut self, transfer_syntax: Option<&str>, kinds: &[Kind]) -> Self {
        if let Some(uid) = transfer_syntax {
            self.proposal = Proposal::to_store_in(uid, kinds);
            self.preferred = Some(uid.to_owned());
        }
        self
    }

    /// The same destination, to be sent to over one more association.
    pub(crate) fn companion(&self) -> Self {
        Self {
            archive: self.archive.clone(),
            requestor: self.requestor.clone(),
            entity: self.entity.clone(),
            proposal: Arc::clone(&self.proposal),
            preferred: self.preferred.clone(),
            originator: self.originator.clone(),
            lease: None,
            busy: false,
            ways: Ways::default(),
            broken: 0,
            turn: Duration::ZERO,
            is_companion: true,
        }
    }

    /// Whether it is there beside another.
    pub(crate) fn is_companion(&self) -> bool {
        self.is_companion
    }

    /// Whether there is an association.
    pub(crate) fn is_connected(&self) -> bool {
        self.lease.is_some()
    }

    /// The presentation contexts of the association.
    pub(crate) fn ways(&self) -> Ways {
        self.ways.clone()
    }

    /// Makes an association, if there is none. Tries several times.
    pub(crate) async fn connect(&mut self) -> Result<(), RequestFailure> {
        if self.lease.is_none() {
            let lease = self.requestor.associate_patiently(&self.entity, &self.proposal, self.turn).await?;
            self.hold(lease);
        }
        Ok(())
    }

    /// Makes a companion's association, if the destination takes one more and nobody waits for it. Tries once.
    pub(crate) async fn join(&mut self) {
        match self.requestor.associate_besides(&self.entity, &self.proposal).await {
            Ok(lease) => self.hold(lease),
            Err(failure) => {
                tracing::debug!(destination = %self.entity.title, %failure, "no further association for this C-MOVE");
            }
        }
    }

    fn hold(&mut self, mut lease: Lease) {
        self.ways = Ways::of_ours(lease.association(), self.preferred.clone());
        self.lease = Some(lease);
    }

    /// Sends an instance; once more over a new association when the association breaks meanwhile. A companion's that
    /// breaks is not made anew.
    ///
    /// # Errors
    /// The destination cannot be reached any more, says nothing any more, or breaks one association after the other. Of
    /// a companion: the association ended.
    pub(crate) async fn store(&mut self, ready: Ready) -> Result<Done, RequestFailure> {
        let instance = ready.instance.clone();
        self.store_whole(&instance, Some(ready)).await
    }

    /// Sends an instance that a companion's association took along.
    ///
    /// # Errors
    /// As with [`store`](Self::store).
    pub(crate) async fn store_again(&mut self, instance: &StoredInstance) -> Result<Done, RequestFailure> {
        self.store_whole(instance, None).await
    }

    async fn store_whole(
        &mut self,
        instance: &StoredInstance,
        mut ready: Option<Ready>,
    ) -> Result<Done, RequestFailure> {
        let mut failure = RequestFailure::NoContext;
        let tries = if self.is_companion { 1 } else { TRIES };
        for _ in 0..tries {
            if !self.is_companion {
                self.connect().await?;
            }
            // What was made ready for another association may not fit this one.
            let now = match ready.take().filter(|ready| ready.fits(&self.ways)) {
                Some(ready) => ready,
                None => match Ready::new(&self.archive, instance.clone(), &self.ways).await {
                    Ok(ready) => ready,
                    Err(_) => return Ok(Done::Failed),
                },
            };
            match self.send(now).await {
                Ok(done) => {
                    self.broken = 0;
                    return Ok(done);
                }
                // Ours: what is stored cannot be read to its end.
                Err(End::Failed(_)) => return Ok(Done::Failed),
                Err(end @ (End::Silent(_) | End::Slow(_))) => return Err(RequestFailure::from(&end)),
                Err(end) => failure = RequestFailure::from(&end),
            }
        }
        self.broken += 1;
        if self.broken < MOST_BROKEN && !self.is_companion { Ok(Done::Failed) } else { Err(failure) }
    }

    /// Sends over the association that there is. It is kept when it is good for more.
    async fn send(&mut self, ready: Ready) -> Result<Done, End> {
        let Some(lease) = &mut self.lease else { return Err(End::Closed) };
        let instance = ready.instance.instance.clone();
        let request = match &self.originator {
            Some((title, id)) => ready.request().on_behalf_of(title, *id),
            None => ready.request(),
        };
        self.busy = true;
        let result = store(lease.association(), ready, &request).await;
        self.busy = false;
        if let Err(end) = &result {
            tracing::warn!(%instance, %end, destination = %self.entity.title, "the association with it ended");
            if let Some(lease) = self.lease.take() {
                lease.abort(end).await;
            }
        }
        result
    }

    /// Nothing more is sent: the association is given back; aborted when an instance is half sent, or not answered. Waits
    /// for nothing.
    pub(crate) fn leave(mut self) {
        match self.lease.take() {
            Some(lease) if self.busy => drop(tokio::spawn(async move { lease.abort(&End::Stopping).await })),
            Some(lease) => lease.give_back(),
            None => {}
        }
    }
}

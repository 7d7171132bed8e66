//! An application entity that instances are sent to, over whatever association there is with it at the time.

use std::sync::Arc;
use std::time::Duration;

use archive::Archive;
use archive::access::ApplicationEntity;
use archive::retrieve::Kind;

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

    /// The presentation contexts of the association.
    pub(crate) fn ways(&self) -> Ways {
        self.ways.clone()
    }

    /// Makes an association, if there is none. Tries several times.
    pub(crate) async fn connect(&mut self) -> Result<(), RequestFailure> {
        if self.lease.is_none() {
            let mut lease = self.requestor.associate_patiently(&self.entity, &self.proposal, self.turn).await?;
            self.ways = Ways::of_ours(lease.association().contexts(), self.preferred.clone());
            self.lease = Some(lease);
        }
        Ok(())
    }

    /// Sends an instance; once more over a new association when the association breaks meanwhile.
    ///
    /// # Errors
    /// The destination cannot be reached any more, says nothing any more, or breaks one association after the other.
    pub(crate) async fn store(&mut self, ready: Ready) -> Result<Done, RequestFailure> {
        let (instance, mut ready) = (ready.instance.clone(), Some(ready));
        let mut failure = RequestFailure::NoContext;
        for _ in 0..TRIES {
            self.connect().await?;
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
                Err(end @ End::Silent(_)) => return Err(RequestFailure::from(&end)),
                Err(end) => failure = RequestFailure::from(&end),
            }
        }
        self.broken += 1;
        if self.broken < MOST_BROKEN { Ok(Done::Failed) } else { Err(failure) }
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

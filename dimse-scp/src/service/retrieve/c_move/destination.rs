//! The Move Destination, over whatever association there is with it at the time.

use std::sync::Arc;

use archive::Archive;
use archive::access::ApplicationEntity;
use archive::retrieve::Kind;

use crate::requestor::{Done, Lease, Proposal, Ready, RequestFailure, Requestor, Ways, store};
use crate::upper_layer::End;

/// How often an instance is sent whose association broke.
const TRIES: usize = 2;

/// The Move Destination.
pub(super) struct Destination {
    archive: Archive,
    requestor: Requestor,
    entity: ApplicationEntity,
    proposal: Arc<Proposal>,
    /// AE title and Message ID of the C-MOVE.
    originator: (String, u16),
    lease: Option<Lease>,
    ways: Ways,
}

impl Destination {
    /// Where instances of these kinds go.
    pub(super) fn new(
        archive: &Archive,
        requestor: &Requestor,
        entity: ApplicationEntity,
        kinds: &[Kind],
        originator: (String, u16),
    ) -> Self {
        let (archive, requestor, proposal) = (archive.clone(), requestor.clone(), Proposal::to_store(kinds));
        Self { archive, requestor, entity, proposal, originator, lease: None, ways: Ways::default() }
    }

    /// The presentation contexts of the association.
    pub(super) fn ways(&self) -> Ways {
        self.ways.clone()
    }

    /// Makes an association, if there is none. Tries several times.
    pub(super) async fn connect(&mut self) -> Result<(), RequestFailure> {
        if self.lease.is_none() {
            let mut lease = self.requestor.associate_patiently(&self.entity, &self.proposal).await?;
            self.ways = Ways::of_ours(lease.association().contexts());
            self.lease = Some(lease);
        }
        Ok(())
    }

    /// Sends an instance; once more over a new association when the association breaks meanwhile.
    ///
    /// # Errors
    /// The destination cannot be reached any more.
    pub(super) async fn store(&mut self, ready: Ready) -> Result<Done, RequestFailure> {
        let (instance, mut ready) = (ready.instance.clone(), Some(ready));
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
            let Some(mut lease) = self.lease.take() else { break };
            let request = now.request().on_behalf_of(&self.originator.0, self.originator.1);
            match store(lease.association(), now, &request).await {
                Ok(done) => {
                    self.lease = Some(lease);
                    return Ok(done);
                }
                Err(end) => {
                    let instance = &instance.instance;
                    tracing::warn!(%instance, %end, destination = %self.entity.title, "the association with it ended");
                    let is_ours = matches!(end, End::Failed(_));
                    lease.abort(&end).await;
                    if is_ours {
                        break;
                    }
                }
            }
        }
        Ok(Done::Failed)
    }

    /// Nothing more is sent. An association in the middle of something has been dropped, and with it closed.
    pub(super) async fn leave(&mut self, orderly: bool) {
        match self.lease.take() {
            Some(lease) if orderly => lease.give_back(),
            Some(lease) => lease.abort(&End::Stopping).await,
            None => {}
        }
    }
}

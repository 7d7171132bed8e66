//! An application entity that instances are sent to, over whatever association there is with it at the time.

use std::sync::Arc;

use archive::Archive;
use archive::access::ApplicationEntity;
use archive::retrieve::Kind;

use super::{Done, Lease, Proposal, Ready, RequestFailure, Requestor, Ways, store};
use crate::upper_layer::End;

/// How often an instance is sent whose association broke.
const TRIES: usize = 2;

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
    ways: Ways,
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
        let (archive, requestor, proposal) = (archive.clone(), requestor.clone(), Proposal::to_store(kinds));
        let (lease, ways) = (None, Ways::default());
        Self { archive, requestor, entity, proposal, preferred: None, originator, lease, ways }
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
            let mut lease = self.requestor.associate_patiently(&self.entity, &self.proposal).await?;
            self.ways = Ways::of_ours(lease.association().contexts(), self.preferred.clone());
            self.lease = Some(lease);
        }
        Ok(())
    }

    /// Sends an instance; once more over a new association when the association breaks meanwhile.
    ///
    /// # Errors
    /// The destination cannot be reached any more.
    pub(crate) async fn store(&mut self, ready: Ready) -> Result<Done, RequestFailure> {
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
            let request = match &self.originator {
                Some((title, id)) => now.request().on_behalf_of(title, *id),
                None => now.request(),
            };
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
    pub(crate) async fn leave(&mut self, orderly: bool) {
        match self.lease.take() {
            Some(lease) if orderly => lease.give_back(),
            Some(lease) => lease.abort(&End::Stopping).await,
            None => {}
        }
    }
}

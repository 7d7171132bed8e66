//! The associations with each application entity: so many at once, and those that nobody needs for the moment.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use archive::AeTitle;
use archive::access::ApplicationEntity;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::{Proposal, RequestFailure, Requestor};
use crate::association::Association;
use crate::upper_layer::End;

/// All of them, by AE title.
pub(super) struct Pool {
    most: usize,
    shelves: Mutex<HashMap<AeTitle, Shelf>>,
    numbers: AtomicU64,
}

struct Shelf {
    room: Arc<Semaphore>,
    idle: Vec<Idle>,
}

/// An association that nobody needs for the moment.
struct Idle {
    number: u64,
    /// Whom it is with; one that was registered anew elsewhere is another.
    entity: ApplicationEntity,
    proposal: Arc<Proposal>,
    association: Association,
}

impl Pool {
    /// Room for `most` associations with each application entity (one at least).
    pub(super) fn new(most: usize) -> Self {
        Self { most: most.clamp(1, Semaphore::MAX_PERMITS), shelves: Mutex::default(), numbers: AtomicU64::new(0) }
    }

    /// Leave to have an association with an application entity; waits so long for it.
    pub(super) async fn place(&self, title: &AeTitle, limit: Duration) -> Result<OwnedSemaphorePermit, RequestFailure> {
        let room = self.shelf(title, |shelf| Arc::clone(&shelf.room));
        match timeout(limit, room.acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            // Nobody closes the semaphore.
            Ok(Err(_)) | Err(_) => Err(RequestFailure::Busy(limit)),
        }
    }

    /// Leave to have one more at once, if one is left for others all the same.
    pub(super) fn spare_place(&self, title: &AeTitle) -> Option<OwnedSemaphorePermit> {
        let room = self.shelf(title, |shelf| Arc::clone(&shelf.room));
        let mut both = room.try_acquire_many_owned(2).ok()?;
        both.split(1)
    }

    /// One that is kept and good for `proposal`.
    pub(super) fn take(&self, entity: &ApplicationEntity, proposal: &Proposal) -> Option<Association> {
        self.shelf(&entity.title, |shelf| {
            let is_good = |idle: &Idle| idle.entity == *entity && idle.proposal.covers(proposal);
            let at = shelf.idle.iter().rposition(is_good)?;
            Some(shelf.idle.remove(at).association)
        })
    }

    /// Keeps one; gives its number, and the one that has to go for it.
    fn keep(
        &self,
        entity: &ApplicationEntity,
        proposal: Arc<Proposal>,
        association: Association,
    ) -> (u64, Option<Association>) {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let displaced = self.shelf(&entity.title, |shelf| {
            shelf.idle.push(Idle { number, entity: entity.clone(), proposal, association });
            (shelf.idle.len() > self.most).then(|| shelf.idle.remove(0).association)
        });
        (number, displaced)
    }

    /// The kept one of a number, if it is still there.
    fn expired(&self, title: &AeTitle, number: u64) -> Option<Association> {
        self.shelf(title, |shelf| {
            let at = shelf.idle.iter().position(|idle| idle.number == number)?;
            Some(shelf.idle.remove(at).association)
        })
    }

    /// All that are kept with one application entity.
    pub(super) fn clear_of(&self, title: &AeTitle) -> Vec<Association> {
        self.shelf(title, |shelf| shelf.idle.drain(..).map(|idle| idle.association).collect())
    }

    /// All that are kept.
    pub(super) fn clear(&self) -> Vec<Association> {
        let mut shelves = self.shelves.lock();
        shelves.values_mut().flat_map(|shelf| shelf.idle.drain(..)).map(|idle| idle.association).collect()
    }

    fn shelf<T>(&self, title: &AeTitle, work: impl FnOnce(&mut Shelf) -> T) -> T {
        let mut shelves = self.shelves.lock();
        let empty = || Shelf { room: Arc::new(Semaphore::new(self.most)), idle: Vec::new() };
        work(shelves.entry(title.clone()).or_insert_with(empty))
    }
}

/// An association that is being used. Dropped without a word, it is closed.
pub(crate) struct Lease {
    requestor: Requestor,
    entity: ApplicationEntity,
    proposal: Arc<Proposal>,
    association: Association,
    _place: OwnedSemaphorePermit,
}

impl Lease {
    pub(super) fn new(
        requestor: Requestor,
        entity: &ApplicationEntity,
        proposal: &Arc<Proposal>,
        association: Association,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self { requestor, entity: entity.clone(), proposal: Arc::clone(proposal), association, _place: place }
    }

    /// The association.
    pub(crate) fn association(&mut self) -> &mut Association {
        &mut self.association
    }

    /// It is no longer needed, and between two messages: it is kept for a while.
    pub(crate) fn give_back(self) {
        let Self { requestor, entity, proposal, association, _place } = self;
        let (number, displaced) = requestor.0.pool.keep(&entity, proposal, association);
        if let Some(displaced) = displaced {
            tokio::spawn(displaced.release());
        }
        tokio::spawn(async move {
            tokio::time::sleep(requestor.0.outgoing.idle).await;
            if let Some(association) = requestor.0.pool.expired(&entity.title, number) {
                association.release().await;
            }
        });
    }

    /// It cannot be used any more.
    pub(crate) async fn abort(self, end: &End) {
        self.association.close(end).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waits_for_a_place_no_longer_than_it_may() {
        let (pool, limit) = (Pool::new(1), Duration::from_millis(20));
        let title = AeTitle::new("VIEWER").unwrap();
        let place = pool.place(&title, limit).await.unwrap();
        let failure = pool.place(&title, limit).await.unwrap_err();
        assert!(matches!(failure, RequestFailure::Busy(_)) && failure.may_pass());
        assert!(pool.place(&AeTitle::new("OTHER").unwrap(), limit).await.is_ok());
        drop(place);
        assert!(pool.place(&title, limit).await.is_ok());
    }

    #[tokio::test]
    async fn spares_no_place_that_others_may_need() {
        let (pool, limit) = (Pool::new(3), Duration::from_millis(20));
        let title = AeTitle::new("VIEWER").unwrap();
        let _first = pool.place(&title, limit).await.unwrap();
        let _second = pool.spare_place(&title).unwrap();
        assert!(pool.spare_place(&title).is_none());
        assert!(pool.place(&title, limit).await.is_ok());
    }
}

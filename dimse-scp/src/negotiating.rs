//! The connections that have not negotiated yet, and their limit.
//!
//! Silent and half-open connections cost nobody else a place: when there are too many, the oldest goes.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// All connections before their A-ASSOCIATE-AC, oldest first.
pub(crate) struct Negotiating {
    most: usize,
    waiting: Mutex<VecDeque<(u64, CancellationToken)>>,
}

/// The place of one connection; given back when dropped.
pub(crate) struct Place {
    id: u64,
    displaced: CancellationToken,
    all: Arc<Negotiating>,
}

impl Negotiating {
    /// Room for `most` connections (one at least).
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most: most.max(1), waiting: Mutex::default() })
    }

    /// Takes a place for connection `id`; the oldest connection is displaced when there is none.
    pub(crate) fn enter(self: &Arc<Self>, id: u64) -> Place {
        let displaced = CancellationToken::new();
        let mut waiting = self.waiting.lock();
        if waiting.len() >= self.most
            && let Some((_, oldest)) = waiting.pop_front()
        {
            oldest.cancel();
        }
        waiting.push_back((id, displaced.clone()));
        Place { id, displaced, all: Arc::clone(self) }
    }
}

impl Place {
    /// The number of the connection that it belongs to.
    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    /// Ready when this connection has to make room for a newer one.
    pub(crate) async fn displaced(&self) {
        self.displaced.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.all.waiting.lock().retain(|(id, _)| *id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displaces_the_oldest_when_full() {
        let all = Negotiating::new(2);
        let first = all.enter(1);
        let second = all.enter(2);
        let third = all.enter(3);
        assert!(first.displaced.is_cancelled());
        assert!(!second.displaced.is_cancelled() && !third.displaced.is_cancelled());
    }

    #[test]
    fn gives_a_place_back_when_dropped() {
        let all = Negotiating::new(2);
        let first = all.enter(1);
        drop(all.enter(2));
        let third = all.enter(3);
        assert!(!first.displaced.is_cancelled() && !third.displaced.is_cancelled());
    }
}

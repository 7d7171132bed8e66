//! Things that are made once, whoever asks, and kept until others need their room.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::Error;

/// What a thing is known by.
pub(super) type Key = [u8; 32];

type Cell<T> = Arc<OnceCell<Arc<T>>>;

/// Things by their keys. Who asks for what is being made waits for it; when its maker fails or goes away, the next one
/// makes it.
pub(super) struct Shared<T> {
    entries: Mutex<Entries<T>>,
}

struct Entries<T> {
    by_key: HashMap<Key, (Cell<T>, u64)>,
    clock: u64,
}

/// How a thing was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Kept,
    Shared,
    Made,
}

impl<T> Shared<T> {
    pub(super) fn new() -> Self {
        Self { entries: Mutex::new(Entries { by_key: HashMap::new(), clock: 0 }) }
    }

    /// The thing of a key, made by `make` unless it is there or in the making.
    pub(super) async fn get(
        &self,
        key: Key,
        make: impl Future<Output = Result<T, Error>>,
    ) -> Result<(Arc<T>, Outcome), Error> {
        let cell = self.cell(key);
        let mut outcome = if cell.initialized() { Outcome::Kept } else { Outcome::Shared };
        // An entry whose making ended without a thing is of no use to anybody.
        let cleared = Cleared { shared: self, key, cell };
        let made = cleared.cell.get_or_try_init(|| {
            outcome = Outcome::Made;
            async { make.await.map(Arc::new) }
        });
        let thing = made.await?.clone();
        Ok((thing, outcome))
    }

    /// Whether the thing of a key is there.
    pub(super) fn is_there(&self, key: &Key) -> bool {
        self.entries.lock().by_key.get(key).is_some_and(|(cell, _)| cell.initialized())
    }

    /// How many things are there.
    pub(super) fn len(&self) -> usize {
        self.entries.lock().by_key.values().filter(|(cell, _)| cell.initialized()).count()
    }

    /// What all things that are there weigh together.
    pub(super) fn weight(&self, of: impl Fn(&T) -> usize) -> usize {
        self.entries.lock().by_key.values().filter_map(|(cell, _)| cell.get()).map(|thing| of(thing)).sum()
    }

    /// Forgets the thing that was not used for longest, and gives it; `None` when there is none.
    pub(super) fn forget_oldest(&self) -> Option<Arc<T>> {
        let entries = &mut *self.entries.lock();
        let there = entries.by_key.iter().filter(|(_, (cell, _))| cell.initialized());
        let key = *there.min_by_key(|(_, (_, used))| *used)?.0;
        let (cell, _) = entries.by_key.remove(&key)?;
        cell.get().cloned()
    }

    fn cell(&self, key: Key) -> Cell<T> {
        let entries = &mut *self.entries.lock();
        entries.clock += 1;
        let used = entries.clock;
        let entry = entries.by_key.entry(key).or_insert_with(|| (Cell::default(), used));
        entry.1 = used;
        entry.0.clone()
    }
}

/// Takes an entry out again that has no thing and that nobody else waits for.
struct Cleared<'a, T> {
    shared: &'a Shared<T>,
    key: Key,
    /// Given up with the entries locked, so that the last one to do so knows.
    cell: Cell<T>,
}

impl<T> Drop for Cleared<'_, T> {
    fn drop(&mut self) {
        let entries = &mut *self.shared.entries.lock();
        let ours = std::mem::take(&mut self.cell);
        let is_ours = entries.by_key.get(&self.key).is_some_and(|(cell, _)| Arc::ptr_eq(cell, &ours));
        // The entry's and ours.
        if is_ours && !ours.initialized() && Arc::strong_count(&ours) <= 2 {
            entries.by_key.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(shared: &Shared<u8>, key: u8, value: Result<u8, Error>) -> Option<(u8, Outcome)> {
        shared.get([key; 32], async { value }).await.ok().map(|(thing, outcome)| (*thing, outcome))
    }

    #[tokio::test]
    async fn what_was_not_used_for_longest_goes_first() {
        let shared = Shared::new();
        for key in [1, 2] {
            assert_eq!(get(&shared, key, Ok(key)).await, Some((key, Outcome::Made)));
        }
        assert_eq!(get(&shared, 1, Ok(9)).await, Some((1, Outcome::Kept)));
        assert_eq!(shared.weight(|thing| usize::from(*thing)), 3);
        assert_eq!(shared.forget_oldest().as_deref(), Some(&2));
        assert_eq!(shared.len(), 1);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept_and_a_dropped_making_is_made_by_the_next() {
        let shared = Shared::new();
        assert_eq!(get(&shared, 1, Err(Error::OutOfResources)).await, None);
        assert_eq!(shared.len(), 0);
        let mut dropped = Box::pin(shared.get([1; 32], std::future::pending()));
        let mut second = Box::pin(get(&shared, 1, Ok(3)));
        assert!(futures_util::poll!(&mut dropped).is_pending());
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(dropped);
        assert_eq!(second.await, Some((3, Outcome::Made)));
        assert!(shared.forget_oldest().is_some());
    }
}

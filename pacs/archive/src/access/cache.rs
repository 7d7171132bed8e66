//! A bounded memory of what was found to be so a short while ago.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// A keyed hash of what a client showed; the secret itself is not kept.
pub(super) type Key = [u8; 32];

/// Values that are good for a fixed time.
pub(super) struct Cache<V> {
    entries: Mutex<HashMap<Key, (Instant, V)>>,
    lifetime: Duration,
    room: usize,
}

impl<V: Clone> Cache<V> {
    /// A cache of at most `room` values.
    pub(super) fn new(lifetime: Duration, room: usize) -> Self {
        Self { entries: Mutex::default(), lifetime, room }
    }

    /// The value, unless it is too old.
    pub(super) fn get(&self, key: &Key) -> Option<V> {
        let entries = self.entries.lock();
        entries.get(key).filter(|(since, _)| since.elapsed() < self.lifetime).map(|(_, value)| value.clone())
    }

    /// Keeps a value; when there is no room, the oldest goes.
    pub(super) fn insert(&self, key: Key, value: V) {
        let mut entries = self.entries.lock();
        if entries.len() >= self.room {
            entries.retain(|_, (since, _)| since.elapsed() < self.lifetime);
        }
        if entries.len() >= self.room {
            let oldest = entries.iter().min_by_key(|(_, (since, _))| *since).map(|(key, _)| *key);
            oldest.and_then(|key| entries.remove(&key));
        }
        entries.insert(key, (Instant::now(), value));
    }

    /// Forgets one value.
    pub(super) fn remove(&self, key: &Key) {
        self.entries.lock().remove(key);
    }

    /// Forgets all values that `which` says.
    pub(super) fn remove_if(&self, which: impl Fn(&V) -> bool) {
        self.entries.lock().retain(|_, (_, value)| !which(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_what_is_too_old() {
        let cache = Cache::new(Duration::ZERO, 10);
        cache.insert([1; 32], "value");
        assert_eq!(cache.get(&[1; 32]), None);
    }

    #[test]
    fn drops_the_oldest_when_it_is_full() {
        let cache = Cache::new(Duration::from_secs(60), 2);
        for key in 1..=3 {
            cache.insert([key; 32], key);
        }
        assert_eq!([1, 2, 3].map(|key| cache.get(&[key; 32])), [None, Some(2), Some(3)]);
    }
}

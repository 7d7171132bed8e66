//! Frame indexes of the objects that are being looked at: a viewer asks for many frames of few objects.

use std::collections::HashMap;
use std::sync::Arc;

use data_set::FrameIndex;
use parking_lot::Mutex;

/// Most frames whose places are remembered, over all objects. A frame costs some 40 bytes.
const FRAMES: usize = 1_000_000;

/// A bounded cache, by path of the stored file: a replaced instance has another path.
#[derive(Default)]
pub(crate) struct FrameCache(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    by_path: HashMap<String, Entry>,
    frames: usize,
    clock: u64,
}

struct Entry {
    index: Arc<FrameIndex>,
    used: u64,
}

impl FrameCache {
    /// The index of the object at `path`, if it is remembered.
    pub(crate) fn get(&self, path: &str) -> Option<Arc<FrameIndex>> {
        let entries = &mut *self.0.lock();
        entries.clock += 1;
        let entry = entries.by_path.get_mut(path)?;
        entry.used = entries.clock;
        Some(entry.index.clone())
    }

    /// Remembers an index, forgetting those that were not used for longest.
    pub(crate) fn put(&self, path: &str, index: Arc<FrameIndex>) {
        let entries = &mut *self.0.lock();
        let cost = cost(&index);
        if cost > FRAMES / 4 {
            return;
        }
        entries.clock += 1;
        let entry = Entry { index, used: entries.clock };
        if let Some(before) = entries.by_path.insert(path.to_owned(), entry) {
            entries.frames -= self::cost(&before.index);
        }
        entries.frames += cost;
        if entries.frames > FRAMES {
            entries.forget_older_half();
        }
    }
}

impl Entries {
    fn forget_older_half(&mut self) {
        let mut used: Vec<u64> = self.by_path.values().map(|entry| entry.used).collect();
        let middle = used.len() / 2;
        let (_, &mut median, _) = used.select_nth_unstable(middle);
        self.by_path.retain(|_, entry| entry.used >= median);
        self.frames = self.by_path.values().map(|entry| cost(&entry.index)).sum();
    }
}

/// What an index costs, in frames: an entry costs about as much as a handful of them, whatever is in it.
fn cost(index: &FrameIndex) -> usize {
    match index {
        FrameIndex::Encapsulated(frames) => frames.len() + 8,
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_what_was_not_used_for_longest() {
        let cache = FrameCache::default();
        let most = FRAMES / 8;
        for number in 0..most {
            cache.put(&number.to_string(), Arc::default());
        }
        assert!(cache.get("0").is_some());
        cache.put("one more", Arc::default());
        assert!(cache.get("0").is_some());
        assert!(cache.get("one more").is_some());
        assert!(cache.get("1").is_none());
    }
}

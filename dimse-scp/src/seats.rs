//! How many associations each application entity has, and the limit of that.

use std::collections::HashMap;
use std::sync::Arc;

use archive::AeTitle;
use parking_lot::Mutex;

/// The associations of this process by calling AE title.
#[derive(Default)]
pub(crate) struct Seats(Mutex<HashMap<AeTitle, u32>>);

/// The seat of one association; free again when dropped.
pub(crate) struct Seat {
    title: AeTitle,
    all: Arc<Seats>,
}

impl Seats {
    /// Takes a seat for an association of `title`; none when it has `most` already.
    pub(crate) fn take(self: &Arc<Self>, title: &AeTitle, most: Option<u32>) -> Option<Seat> {
        let mut taken = self.0.lock();
        let count = taken.get(title).copied().unwrap_or(0);
        if most.is_some_and(|most| count >= most) {
            return None;
        }
        taken.insert(title.clone(), count + 1);
        Some(Seat { title: title.clone(), all: Arc::clone(self) })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.all.0.lock();
        match taken.get_mut(&self.title) {
            Some(count) if *count > 1 => *count -= 1,
            // Strangers' titles must not stay for ever.
            _ => drop(taken.remove(&self.title)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_each_title_as_many_seats_as_it_may_have() {
        let seats = Arc::new(Seats::default());
        let [ct, mr] = ["CT", "MR"].map(|title| AeTitle::new(title).unwrap());
        let first = seats.take(&ct, Some(2)).unwrap();
        let _second = seats.take(&ct, Some(2)).unwrap();
        assert!(seats.take(&ct, Some(2)).is_none());
        assert!(seats.take(&mr, Some(2)).is_some());
        drop(first);
        assert!(seats.take(&ct, Some(2)).is_some());
    }

    #[test]
    fn remembers_nobody_who_is_gone() {
        let seats = Arc::new(Seats::default());
        let title = AeTitle::new("CT").unwrap();
        drop([seats.take(&title, None), seats.take(&title, None)]);
        assert!(seats.0.lock().is_empty());
    }
}

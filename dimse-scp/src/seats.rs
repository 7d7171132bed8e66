//! How many associations each application entity has, and the limit of that.

use std::collections::HashMap;
use std::sync::Arc;

use archive::AeTitle;
use parking_lot::Mutex;

/// Of so many places in all, one is kept for AE titles that have no association yet.
const KEPT: usize = 4;

/// The associations of this process by calling AE title.
#[derive(Default)]
pub(crate) struct Seats {
    taken: Mutex<HashMap<AeTitle, u32>>,
    /// Places that are kept for AE titles that have none.
    kept: usize,
}

/// The seat of one association; free again when dropped.
pub(crate) struct Seat {
    title: AeTitle,
    all: Arc<Seats>,
}

/// Why there is no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// The title has as many as it may have.
    Limit,
    /// What is free is kept for others.
    Kept,
}

impl Seats {
    /// Of `places` in all a quarter is kept for AE titles that have none: nobody can take them all.
    pub(crate) fn of(places: usize) -> Self {
        Self { taken: Mutex::default(), kept: places / KEPT }
    }

    /// Takes a seat for an association of `title`, which may have `most`. `free`: places that are left in all, its own not
    /// among them.
    pub(crate) fn take(self: &Arc<Self>, title: &AeTitle, most: Option<u32>, free: usize) -> Result<Seat, Full> {
        let mut taken = self.taken.lock();
        let count = taken.get(title).copied().unwrap_or(0);
        if most.is_some_and(|most| count >= most) {
            return Err(Full::Limit);
        }
        if count > 0 && free < self.kept {
            return Err(Full::Kept);
        }
        taken.insert(title.clone(), count + 1);
        Ok(Seat { title: title.clone(), all: Arc::clone(self) })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.all.taken.lock();
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
        let take = |title| seats.take(title, Some(2), 10);
        let first = take(&ct).ok().unwrap();
        let _second = take(&ct);
        assert_eq!(take(&ct).err(), Some(Full::Limit));
        assert!(take(&mr).is_ok());
        drop(first);
        assert!(take(&ct).is_ok());
    }

    #[test]
    fn keeps_a_quarter_for_those_that_have_none() {
        let seats = Arc::new(Seats::of(8));
        let [ct, mr] = ["CT", "MR"].map(|title| AeTitle::new(title).unwrap());
        let greedy: Vec<Seat> = (0..8).rev().map_while(|free| seats.take(&ct, None, free).ok()).collect();
        assert_eq!(greedy.len(), 6);
        assert_eq!(seats.take(&ct, None, 1).err(), Some(Full::Kept));
        let other = seats.take(&mr, None, 1);
        assert!(other.is_ok());
        assert_eq!(seats.take(&mr, None, 0).err(), Some(Full::Kept));
        drop(greedy);
        assert!(seats.take(&ct, None, 0).is_ok(), "it has none now");
    }

    #[test]
    fn remembers_nobody_who_is_gone() {
        let seats = Arc::new(Seats::default());
        let title = AeTitle::new("CT").unwrap();
        drop([seats.take(&title, None, 1), seats.take(&title, None, 0)]);
        assert!(seats.taken.lock().is_empty());
    }
}

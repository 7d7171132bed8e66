//! How many associations each application entity has, and the limit of that.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use archive::AeTitle;
use parking_lot::Mutex;

/// How long it is believed that a title has all its seats, which the database says: who floods us is refused without it.
const BELIEVED: Duration = Duration::from_secs(1);

/// The associations of this process by calling AE title.
#[derive(Default)]
pub(crate) struct Seats(Mutex<HashMap<AeTitle, Taken>>);

/// The seats that a title has.
#[derive(Default)]
struct Taken {
    count: u32,
    /// When it was found that there are no more, if none became free since.
    full: Option<Instant>,
}

/// The seat of one association; free again when dropped.
pub(crate) struct Seat {
    title: AeTitle,
    all: Arc<Seats>,
}

impl Seats {
    /// Takes a seat for an association of `title`; none when it has `most` already.
    pub(crate) fn take(self: &Arc<Self>, title: &AeTitle, most: Option<u32>) -> Option<Seat> {
        let mut all = self.0.lock();
        let count = all.get(title).map_or(0, |taken| taken.count);
        if most.is_some_and(|most| count >= most) {
            // Strangers' titles must not stay for ever.
            if let Some(taken) = all.get_mut(title) {
                taken.full = Some(Instant::now());
            }
            return None;
        }
        all.entry(title.clone()).or_default().count += 1;
        Some(Seat { title: title.clone(), all: Arc::clone(self) })
    }

    /// Whether it was found a moment ago that `title` has all its seats.
    pub(crate) fn is_full(&self, title: &AeTitle) -> bool {
        let full = self.0.lock().get(title).and_then(|taken| taken.full);
        full.is_some_and(|since| since.elapsed() < BELIEVED)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut all = self.all.0.lock();
        match all.get_mut(&self.title) {
            Some(taken) if taken.count > 1 => {
                taken.count -= 1;
                taken.full = None;
            }
            _ => drop(all.remove(&self.title)),
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
        assert!(!seats.is_full(&ct), "nobody was refused");
        assert!(seats.take(&ct, Some(2)).is_none());
        assert!(seats.is_full(&ct) && !seats.is_full(&mr));
        assert!(seats.take(&mr, Some(2)).is_some());
        drop(first);
        assert!(!seats.is_full(&ct));
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

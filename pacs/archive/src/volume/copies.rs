//! Copies of volumes in the memory of a device, counted by bytes: what was not used for longest goes when there is no room.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;

/// Copies on a device, of so many bytes together.
pub(super) struct Copies<T> {
    kept: Arc<Mutex<Kept<T>>>,
    most: u64,
}

/// Those that are there, the one used last at the end; and what is being made.
struct Kept<T> {
    all: Vec<(Arc<T>, u64)>,
    making: u64,
}

/// The copy of one thing, as the thing holds it: it goes when the thing does.
pub(super) struct Own<T>(Mutex<State<T>>);

enum State<T> {
    /// It is made when it is wanted.
    Absent,
    /// It was made, and may have gone since.
    Made(Weak<T>, Weak<Mutex<Kept<T>>>),
    /// It cannot be made.
    Unfit,
}

/// Why there is no copy.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused<E> {
    /// It is larger than the room for all.
    TooLarge,
    /// It cannot be made, for this reason.
    Unfit(E),
    /// That was said before.
    Known,
    /// It could not be made now, whatever went for it.
    Failed(E),
}

impl<T> Copies<T> {
    pub(super) fn new(most: u64) -> Self {
        Self { kept: Arc::new(Mutex::new(Kept { all: Vec::new(), making: 0 })), most }
    }

    /// The copy of a thing, made by `make` unless it is there. Where that fails for want of memory, as `is_of_memory` says,
    /// others go until it does not; `may_pass` are failures that say nothing of the next time.
    pub(super) fn get<E>(
        &self,
        own: &Own<T>,
        bytes: u64,
        mut make: impl FnMut() -> Result<T, E>,
        (is_of_memory, may_pass): (impl Fn(&E) -> bool, impl Fn(&E) -> bool),
    ) -> Result<Arc<T>, Refused<E>> {
        // Held while it is made: who wants the same one waits for it.
        let mut state = own.0.lock();
        match &*state {
            State::Unfit => return Err(Refused::Known),
            State::Made(copy, _) => {
                if let Some(copy) = copy.upgrade().filter(|copy| self.kept.lock().use_again(copy)) {
                    return Ok(copy);
                }
            }
            State::Absent => {}
        }
        if bytes > self.most {
            *state = State::Unfit;
            return Err(Refused::TooLarge);
        }
        self.kept.lock().making += bytes;
        while self.kept.lock().bytes() > self.most && self.free_oldest(None) {}
        let made = loop {
            match make() {
                Err(error) if is_of_memory(&error) && self.free_oldest(None) => {}
                made => break made,
            }
        };
        let mut kept = self.kept.lock();
        kept.making -= bytes;
        match made {
            Ok(copy) => {
                let copy = Arc::new(copy);
                kept.all.push((copy.clone(), bytes));
                kept.tell();
                *state = State::Made(Arc::downgrade(&copy), Arc::downgrade(&self.kept));
                Ok(copy)
            }
            Err(error) if may_pass(&error) => Err(Refused::Failed(error)),
            Err(error) => {
                *state = State::Unfit;
                Err(Refused::Unfit(error))
            }
        }
    }

    /// Gives up the copy that was not used for longest, but not this one; `false` when there is none. Its memory is free when
    /// nobody works on it any more.
    pub(super) fn free_oldest(&self, but: Option<&Arc<T>>) -> bool {
        let mut kept = self.kept.lock();
        let Some(place) = kept.all.iter().position(|(copy, _)| but.is_none_or(|but| !Arc::ptr_eq(copy, but))) else {
            return false;
        };
        let freed = kept.all.remove(place);
        kept.tell();
        drop(kept);
        drop(freed);
        true
    }

    /// Gives up all: the device forgot them, or may have.
    pub(super) fn clear(&self) {
        while self.free_oldest(None) {}
    }
}

impl<T> Kept<T> {
    fn bytes(&self) -> u64 {
        self.making + self.all.iter().map(|(_, bytes)| bytes).sum::<u64>()
    }

    /// Notes that a copy is used; `false` when it was given up.
    fn use_again(&mut self, copy: &Arc<T>) -> bool {
        let Some(place) = self.all.iter().position(|(kept, _)| Arc::ptr_eq(kept, copy)) else { return false };
        let used = self.all.remove(place);
        self.all.push(used);
        true
    }

    fn tell(&self) {
        let there: u64 = self.all.iter().map(|(_, bytes)| bytes).sum();
        metrics::gauge!("pacs_volumes_device_bytes").set(there as f64);
    }
}

impl<T> Default for Own<T> {
    fn default() -> Self {
        Self(Mutex::new(State::Absent))
    }
}

impl<T> Drop for Own<T> {
    fn drop(&mut self) {
        let State::Made(copy, home) = self.0.get_mut() else { return };
        let (Some(copy), Some(home)) = (copy.upgrade(), home.upgrade()) else { return };
        let mut kept = home.lock();
        kept.all.retain(|(kept, _)| !Arc::ptr_eq(kept, &copy));
        kept.tell();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_full(error: &&'static str) -> bool {
        *error == "full"
    }

    fn get(copies: &Copies<u8>, own: &Own<u8>, bytes: u64) -> Result<u8, Refused<&'static str>> {
        failing(copies, own, bytes, 0)
    }

    /// The same after so many failures for want of memory.
    fn failing(copies: &Copies<u8>, own: &Own<u8>, bytes: u64, mut times: u8) -> Result<u8, Refused<&'static str>> {
        let make = || {
            times = times.wrapping_sub(1);
            if times < u8::MAX { Err("full") } else { Ok(bytes as u8) }
        };
        copies.get(own, bytes, make, (is_full, is_full)).map(|copy| *copy)
    }

    fn there(copies: &Copies<u8>) -> Vec<u64> {
        copies.kept.lock().all.iter().map(|(_, bytes)| *bytes).collect()
    }

    #[test]
    fn what_was_not_used_for_longest_goes_when_there_is_no_room() {
        let copies = Copies::new(10);
        let [one, two, three] = [(); 3].map(|()| Own::default());
        assert_eq!((get(&copies, &one, 3), get(&copies, &two, 4)), (Ok(3), Ok(4)));
        assert_eq!(get(&copies, &one, 3), Ok(3), "it is used again");
        assert_eq!(get(&copies, &three, 5), Ok(5));
        assert_eq!(there(&copies), [3, 5]);
        assert_eq!(get(&copies, &two, 4), Ok(4), "it is made again");
        assert_eq!(there(&copies), [5, 4]);
        let large = Own::default();
        assert_eq!((get(&copies, &large, 11), get(&copies, &large, 11)), (Err(Refused::TooLarge), Err(Refused::Known)));
        drop(three);
        assert_eq!(there(&copies), [4], "a copy goes with what it is of");
        copies.clear();
        assert_eq!((there(&copies), get(&copies, &two, 4)), (vec![], Ok(4)));
    }

    #[test]
    fn where_memory_is_short_others_go_one_by_one() {
        let copies = Copies::new(100);
        let owns = [(); 5].map(|()| Own::default());
        for (own, bytes) in owns.iter().zip(1..4) {
            assert_eq!(get(&copies, own, bytes), Ok(bytes as u8));
        }
        assert_eq!(failing(&copies, &owns[3], 9, 2), Ok(9));
        assert_eq!(there(&copies), [3, 9]);
        assert_eq!(failing(&copies, &owns[4], 7, 100), Err(Refused::Failed("full")));
        assert_eq!((there(&copies), copies.kept.lock().bytes()), (vec![], 0));
        assert_eq!(get(&copies, &owns[4], 7), Ok(7), "it may be otherwise later");
    }

    #[test]
    fn what_cannot_be_made_is_not_tried_again() {
        let (copies, own) = (Copies::<u8>::new(10), Own::default());
        let made = || copies.get(&own, 1, || Err("no kernel"), (is_full, is_full)).map(|copy| *copy);
        assert_eq!((made(), made()), (Err(Refused::Unfit("no kernel")), Err(Refused::Known)));
        assert_eq!(get(&copies, &own, 1), Err(Refused::Known));
    }
}

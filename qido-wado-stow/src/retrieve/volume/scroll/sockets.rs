//! How many sockets there are.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::Failure;

/// Most sockets of one user.
const MOST: usize = 8;

/// Open sockets by user, over all workers: clones count together.
#[derive(Debug, Clone, Default)]
pub struct Sockets(Arc<Mutex<HashMap<String, usize>>>);

/// The place of a socket, which is given up when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    sockets: Sockets,
    user: String,
}

impl Sockets {
    /// A place for one more socket of a user; 429 when there are as many as there can be.
    pub(super) fn place(&self, user: &str) -> Result<Place, Failure> {
        let mut open = self.0.lock();
        let count = open.entry(user.to_owned()).or_default();
        if *count >= MOST {
            return Err(Failure::Archive(archive::Error::Throttled(1)));
        }
        *count += 1;
        Ok(Place { sockets: self.clone(), user: user.to_owned() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.sockets.0.lock();
        let left = open.get_mut(&self.user).map_or(0, |count| {
            *count -= 1;
            *count
        });
        if left == 0 {
            open.remove(&self.user);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_so_many_sockets_and_others_theirs() {
        let sockets = Sockets::default();
        let mut places: Vec<_> = (0..MOST).map(|_| sockets.place("ada").expect("a place")).collect();
        assert!(sockets.clone().place("ada").is_err());
        assert!(sockets.place("bob").is_ok());
        places.pop();
        assert!(sockets.place("ada").is_ok());
        places.clear();
        assert!(sockets.0.lock().is_empty());
    }
}

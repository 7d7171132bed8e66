//! What one process remembers about who got in, so that not every request pays for Argon2 and the database.
//!
//! Nothing here decides by itself: a password that was right is remembered with the hash it was right for, and the user's
//! row is read again after [`FRESH`], so a change made by another process counts here within that time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use schema::access::users::UserRow;
use tokio::sync::{OnceCell, Semaphore};

use super::cache::{Cache, Key};
use super::lookup::Lookups;
use super::throttle::Throttle;
use super::{Actor, Right, Role, password};
use crate::Error;
use crate::archive::blocking;

/// How long an answer is good without asking the database again.
const FRESH: Duration = Duration::from_secs(10);
/// How long a password need not be hashed again while the stored hash stays the same.
const PROVEN: Duration = Duration::from_secs(300);
/// Most clients that are remembered.
const ROOM: usize = 4096;
/// Most passwords that are hashed at the same time, 19 MiB each.
const HASHING: usize = 4;
/// Most passwords that wait to be hashed.
const WAITING: usize = 64;

/// The memory of the way in.
pub(crate) struct Gate {
    /// Makes the keys of the caches worthless to whoever sees them.
    secret: [u8; 32],
    pub(super) throttle: Mutex<Throttle>,
    /// Who was let in lately.
    grants: Cache<Grant>,
    /// Passwords that were right, and the stored hash they were right for.
    proofs: Cache<String>,
    /// Addresses that have a line in the audit trail already for what they were turned away for.
    pub(super) reported: Cache<()>,
    /// Passwords that are being checked: the same one is checked once.
    pending: Mutex<HashMap<Key, Pending>>,
    /// Counts changes of users and application entities: a check that began before one must not be remembered after it.
    changes: AtomicU64,
    hashing: Arc<Semaphore>,
    waiting: Semaphore,
    decoy: OnceLock<String>,
    /// Application entities that call.
    pub(super) lookups: Lookups,
}

type Pending = Arc<OnceCell<Option<Grant>>>;

/// Somebody who may come in.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) user: i64,
    name: String,
    rights: Vec<Right>,
    identified: bool,
}

impl Grant {
    /// What a user may do; `None` when the user is disabled.
    pub(super) fn of(user: &UserRow) -> Option<Self> {
        if user.disabled {
            return None;
        }
        let roles: Vec<Role> = user.roles.iter().filter_map(|word| word.parse().ok()).collect();
        let mut rights: Vec<Right> = Vec::new();
        for right in roles.iter().flat_map(|role| role.rights()) {
            if !rights.contains(right) {
                rights.push(*right);
            }
        }
        let identified = roles.iter().any(|role| *role != Role::Researcher);
        Some(Self { user: user.user_id, name: user.name.clone(), rights, identified })
    }

    /// The actor of one request.
    pub(super) fn actor(self, address: Option<IpAddr>, via: &'static str) -> Actor {
        Actor { name: self.name, rights: self.rights, identified: self.identified, address, via }
    }
}

impl Gate {
    /// A gate that has seen nobody yet.
    pub(crate) fn new() -> Self {
        Self {
            secret: rand::random(),
            throttle: Mutex::default(),
            grants: Cache::new(FRESH, ROOM),
            proofs: Cache::new(PROVEN, ROOM),
            reported: Cache::new(Duration::from_secs(60), ROOM),
            pending: Mutex::default(),
            changes: AtomicU64::new(0),
            hashing: Arc::new(Semaphore::new(HASHING)),
            waiting: Semaphore::new(WAITING),
            decoy: OnceLock::new(),
            lookups: Lookups::default(),
        }
    }

    /// The key of what a client showed. Parts cannot run into each other.
    pub(super) fn key(&self, parts: &[&str]) -> Key {
        let mut hasher = blake3::Hasher::new_keyed(&self.secret);
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        *hasher.finalize().as_bytes()
    }

    /// Who showed this a moment ago.
    pub(super) fn granted(&self, key: &Key) -> Option<Grant> {
        self.grants.get(key)
    }

    /// Remembers who showed this, unless a user was changed since `changes` was read.
    pub(super) fn grant(&self, key: Key, grant: &Grant, changes: u64) {
        self.grants.insert(key, grant.clone());
        if self.changes() != changes {
            self.grants.remove(&key);
        }
    }

    /// The number of changes of users and application entities so far.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// Something was changed that says who may do what.
    pub(super) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    /// Forgets a user whose password, tokens or state changed.
    pub(super) fn forget(&self, user: i64) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.grants.remove_if(|grant| grant.user == user);
    }

    /// Forgets what a client showed.
    pub(super) fn forget_key(&self, key: &Key) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.grants.remove(key);
    }

    /// The stored hash for which this password was right a few minutes ago.
    pub(super) fn proof(&self, key: &Key) -> Option<String> {
        self.proofs.get(key)
    }

    /// Remembers that a password was right for a stored hash.
    pub(super) fn proven(&self, key: Key, hash: &str) {
        self.proofs.insert(key, hash.to_owned());
    }

    /// Runs `check` for a key, once for all that ask at the same time.
    pub(super) async fn once<F>(&self, key: Key, check: impl FnOnce() -> F) -> Result<Option<Grant>, Error>
    where
        F: Future<Output = Result<Option<Grant>, Error>>,
    {
        let cell = self.pending.lock().entry(key).or_default().clone();
        let _turn = Turn { gate: self, key };
        cell.get_or_try_init(check).await.cloned()
    }

    /// Whether a password is right for a stored hash; takes as long when there is none, and is never right then.
    pub(super) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, Error> {
        let _place = self.waiting.try_acquire().map_err(|_| Error::Throttled(1))?;
        // The permit goes with the work, which runs to its end even when the client goes away.
        let permit = self.hashing.clone().acquire_owned().await.expect("the semaphore is never closed");
        let known = hash.is_some();
        let hash = hash.map(str::to_owned).or_else(|| self.decoy.get().cloned());
        let password = password.to_owned();
        let (right, hash) = blocking(move || {
            let _permit = permit;
            let hash = hash.map_or_else(|| password::hash(&password::random()), Ok)?;
            Ok((password::verify(&password, &hash), hash))
        })
        .await?;
        if !known {
            // Another may have been first; either will do.
            self.decoy.set(hash).ok();
        }
        Ok(known && right)
    }

    /// Hashes a new password in its turn.
    pub(super) async fn hash(&self, password: String) -> Result<String, Error> {
        let permit = self.hashing.clone().acquire_owned().await.expect("the semaphore is never closed");
        blocking(move || {
            let _permit = permit;
            password::hash(&password)
        })
        .await
    }
}

/// Takes a check that nobody waits for any more off the list, also when the last one who waited went away.
struct Turn<'a> {
    gate: &'a Gate,
    key: Key,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut pending = self.gate.pending.lock();
        // Those who come after the answer ask anew, and find it remembered.
        if pending.get(&self.key).is_some_and(|cell| cell.initialized() || Arc::strong_count(cell) <= 2) {
            pending.remove(&self.key);
        }
    }
}

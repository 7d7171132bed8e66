//! How the store of descriptors keeps up with the database.
//!
//! A search first takes in what was committed before it. Beside that a thread does the same when the database says that
//! something changed, so that little is left to do for a search.

use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use diesel::{PgConnection, RunQueryDsl};
use parking_lot::{Condvar, Mutex, RwLock, RwLockReadGuard};
use schema::descriptors::{self, Mark};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::on_device::OnDevice;
use super::picture::RECIPE;
use super::store::Store;
use crate::archive::Inner;
use crate::deidentify::Secret;
use crate::{Archive, Error, database, node};

/// Changes that are looked at one by one; with more, everything is compared.
const MOST: i64 = 20_000;
/// Descriptions compared at once, and read at once.
const PAGE: i64 = 20_000;
const BATCH: usize = 500;
/// Whoever looked longer ago than this compares everything: what is gone is forgotten after a day.
const FORGOTTEN: Duration = Duration::from_secs(12 * 3600);
/// How long a search waits while the store is being filled.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often the thread asks whether there was news, and looks without.
const ASK: Duration = Duration::from_millis(250);
const LOOK: Duration = Duration::from_secs(10);

/// The store, and how far it is.
pub(crate) struct Kept {
    folder: PathBuf,
    store: RwLock<Option<Store>>,
    place: Mutex<Place>,
    follower: Follower,
    /// Searches at once: each has all cores in turn, and its own lists.
    turns: Semaphore,
    pub(super) on_device: OnDevice,
}

/// Where to go on.
#[derive(Default)]
struct Place {
    horizon: Option<String>,
    looked: Option<Instant>,
}

#[derive(Default)]
struct Follower {
    shared: Arc<(Mutex<bool>, Condvar)>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Kept {
    /// Nothing is opened yet.
    pub(crate) fn new(folder: PathBuf) -> Self {
        let turns = Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from));
        let (store, place, follower, on_device) = Default::default();
        Self { folder, store, place, follower, turns, on_device }
    }

    /// Waits for a turn to search.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // Never closed: there is always a turn in the end.
        self.turns.acquire().await.ok()
    }

    /// Takes in what was committed before, opening and filling the store when that has not been done. Blocks.
    pub(super) fn catch_up(&self, archive: &Archive) -> Result<(), Error> {
        let filling = || Error::Unavailable("the store of descriptors, which is being filled,", None);
        let mut place = self.place.try_lock_for(PATIENCE).ok_or_else(filling)?;
        self.open()?;
        let mut connection = archive.0.index.connection()?;
        let failed = |error| database::failure("the index database", error);
        if place.looked.is_some_and(|looked| looked.elapsed() > FORGOTTEN) {
            place.horizon = None;
        }
        let known = place.horizon.take();
        let mut changes = descriptors::changes(&mut connection, known.as_deref(), MOST).map_err(failed)?;
        let looked = Instant::now();
        if known.is_none() || changes.too_many {
            self.compare(archive, &mut connection)?;
            // What was changed or removed while everything was compared.
            changes =
                descriptors::changes(&mut connection, Some(&changes.horizon), i64::from(i32::MAX)).map_err(failed)?;
        }
        self.take_in(archive, &mut connection, &changes.marks)?;
        // What was given before is off it already.
        let is_on_it = |key: &i64| self.store.read().as_ref().is_some_and(|store| store.cells_of_image(*key).is_some());
        if changes.gone.iter().any(is_on_it) {
            let mut store = self.store.write();
            changes.gone.iter().for_each(|key| store.iter_mut().for_each(|store| store.remove(*key)));
        }
        *place = Place { horizon: (!changes.too_many).then_some(changes.horizon), looked: Some(looked) };
        Ok(())
    }

    fn open(&self) -> Result<(), Error> {
        // Other searches read it, and nobody waits for them.
        if self.store.read().is_some() {
            return Ok(());
        }
        let mut store = self.store.write();
        if store.is_none() {
            *store = Some(Store::open(&self.folder).map_err(node::write_failure)?);
        }
        Ok(())
    }

    /// Compares everything.
    fn compare(&self, archive: &Archive, connection: &mut PgConnection) -> Result<(), Error> {
        let mut unseen: std::collections::HashSet<i64> =
            self.store.read().as_ref().map(|store| store.keys().collect()).unwrap_or_default();
        let mut after = 0;
        loop {
            let page = descriptors::page(connection, after, PAGE)
                .map_err(|error| database::failure("the index database", error))?;
            let Some(last) = page.last() else { break };
            after = last.instance_key;
            for mark in &page {
                unseen.remove(&mark.instance_key);
            }
            self.take_in(archive, connection, &page)?;
        }
        if let Some(store) = &mut *self.store.write() {
            unseen.into_iter().for_each(|key| store.remove(key));
        }
        Ok(())
    }

    /// Takes in what it has not in this state.
    fn take_in(&self, archive: &Archive, connection: &mut PgConnection, marks: &[Mark]) -> Result<(), Error> {
        let news: Vec<i64> = {
            let store = self.store.read();
            let is_new = |mark: &&Mark| store.as_ref().is_some_and(|store| !store.has(mark));
            marks.iter().filter(is_new).map(|mark| mark.instance_key).collect()
        };
        for keys in news.chunks(BATCH) {
            let details = descriptors::details(connection, keys, RECIPE)
                .map_err(|error| database::failure("the index database", error))?;
            let mut store = self.store.write();
            let Some(store) = &mut *store else { break };
            for detail in &details {
                store.put(detail, archive.0.node.id).map_err(node::write_failure)?;
            }
        }
        Ok(())
    }

    /// Puts images in an order that says nothing of when they were stored, where that has not been done.
    pub(super) fn veil(&self, secret: &Arc<Secret>) {
        let is_done = self.store.read().as_ref().is_none_or(|store| store.veiled().is_some());
        if is_done {
            return;
        }
        let secret = secret.clone();
        if let Some(store) = &mut *self.store.write() {
            store.veil(Box::new(move |key| secret.place(key)));
        }
    }

    /// The next time everything is compared.
    fn forget_place(&self) {
        *self.place.lock() = Place::default();
    }

    /// The store as far as it is; none before the first catching up.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Option<Store>> {
        self.store.read()
    }

    /// Ends the thread, and waits for it. Blocks.
    pub(crate) fn close(&self) {
        *self.follower.shared.0.lock() = true;
        self.follower.shared.1.notify_all();
        let thread = self.follower.thread.lock().take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that follows descriptors ended by a panic");
        }
    }
}

impl Archive {
    /// From now on the store of descriptors is kept at hand, so that no search waits until it is filled.
    pub fn keep_descriptors_at_hand(&self) -> Result<(), Error> {
        let follower = &self.0.descriptors.follower;
        let mut thread = follower.thread.lock();
        if thread.is_none() {
            let (archive, shared, url) =
                (Arc::downgrade(&self.0), follower.shared.clone(), self.0.settings.index_url.clone());
            let started = std::thread::Builder::new().name("descriptors".to_owned());
            let started = started.spawn(move || follow(&archive, &shared, &url));
            *thread = Some(
                started.map_err(|error| Error::Internal("a thread cannot be started".into(), Some(Box::new(error))))?,
            );
        }
        Ok(())
    }
}

fn follow(archive: &Weak<Inner>, (closed, changed): &(Mutex<bool>, Condvar), url: &str) {
    let mut line: Option<PgConnection> = None;
    let mut looked: Option<Instant> = None;
    loop {
        let Some(inner) = archive.upgrade() else { return };
        if line.is_none() {
            line = listening(url);
            if line.is_some() {
                // Another server may answer now, with an older state.
                inner.descriptors.forget_place();
            }
        }
        let news = heard(&mut line);
        if news || looked.is_none_or(|looked| looked.elapsed() >= LOOK) {
            looked = Some(Instant::now());
            if let Err(error) = inner.descriptors.catch_up(&Archive(inner.clone())) {
                tracing::warn!(error = &error as &dyn std::error::Error, "the store of descriptors cannot keep up");
            }
        }
        drop(inner);
        let mut closed = closed.lock();
        if !*closed {
            changed.wait_for(&mut closed, ASK);
        }
        if *closed {
            return;
        }
    }
}

fn listening(url: &str) -> Option<PgConnection> {
    let mut connection = database::connect(url).ok()?;
    diesel::sql_query("LISTEN descriptions").execute(&mut connection).ok()?;
    Some(connection)
}

/// Whether the database said that something changed. A line that breaks is made anew.
fn heard(line: &mut Option<PgConnection>) -> bool {
    let Some(connection) = line else { return false };
    let told: Vec<bool> = connection.notifications_iter().map(|told| told.is_ok()).take(1000).collect();
    if told.contains(&false) {
        *line = None;
    }
    !told.is_empty()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_search_does_not_wait_for_another_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = Kept::new(folder.path().to_owned());
        kept.open().expect("a store");
        let (tell, told) = mpsc::channel();
        std::thread::scope(|scope| {
            let one = kept.read();
            scope.spawn(|| kept.open().map(|()| tell.send(())));
            let other = told.recv_timeout(Duration::from_secs(30));
            drop(one);
            other.expect("it opens while the first one reads");
        });
    }
}

//! Group commit: one thread at a time writes the rows of everything that has arrived meanwhile.
//!
//! A commit costs a flush of the database's log, however many rows it has. While one batch is committed the next one
//! gathers; an object that comes alone waits for nobody, not even for another thread.

use std::cell::Cell;
use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use schema::ingest::NewInstance;
use tokio::sync::oneshot;

use super::commit::{Databases, Trouble, Verdict};
use super::link::Link;
use super::{StoreFailure, StoreOutcome, Stored};
use crate::audit::AuditEvent;
use crate::forward::{Due, Rules};
use crate::node::{LocalNode, Placed, write_failure};
use crate::retrieve::RecentInstances;
use crate::similar::copies;
use crate::{Actor, DuplicatePolicy, Settings};

/// Most objects in one transaction.
const BATCH: usize = 128;
/// How long after an object more are expected.
const STORING: Duration = Duration::from_secs(1);

/// An object that is on the disk and waits for its rows.
pub(super) struct Pending {
    pub(super) instance: NewInstance,
    pub(super) waiting: Waiting,
}

/// Who waits for an object, and its file.
pub(super) struct Waiting {
    pub(super) placed: Placed,
    pub(super) actor: Actor,
    /// Calling AE title, when it came by C-STORE.
    pub(super) source: Option<String>,
    /// What to do with another object under its UID.
    pub(super) duplicates: DuplicatePolicy,
    pub(super) outcome: StoreOutcome,
    pub(super) answer: oneshot::Sender<StoreOutcome>,
    /// Whether its rows were ever sent to the index: then they may be there, whatever was answered.
    pub(super) sent: Cell<bool>,
}

impl Waiting {
    /// The audit row if the object ends like this.
    pub(super) fn event(&self, result: Result<Stored, StoreFailure>) -> AuditEvent {
        StoreOutcome { result, ..self.outcome.clone() }.event(&self.actor)
    }

    /// Nothing is done with it: the file goes.
    pub(super) fn give_back(self) -> (Actor, StoreOutcome, oneshot::Sender<StoreOutcome>) {
        (self.actor, self.outcome, self.answer)
    }

    /// Ends it. The file stays when a row names it.
    fn answer(mut self, result: Result<Stored, StoreFailure>) {
        if let Ok(Stored::New | Stored::Replaced) = result {
            self.placed.keep();
        } else {
            drop(self.placed);
        }
        self.outcome.end(result);
        // The shell may be gone; the object is stored, or not, all the same.
        let _ = self.answer.send(self.outcome);
    }

    /// Ends it as a failure, but leaves the file: a row may name it.
    fn answer_in_doubt(mut self, failure: StoreFailure) {
        self.placed.keep();
        self.outcome.result = Err(failure);
        let _ = self.answer.send(self.outcome);
    }
}

/// Everything that waits for its rows, and what writes them.
pub(crate) struct Committer {
    queue: Mutex<Queue>,
    writer: Mutex<Writer>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Pending>,
    closed: bool,
    /// When an object came last.
    last: Option<Instant>,
}

impl Committer {
    /// `sending` is told when something that was stored is to be forwarded, `recent` when something was replaced.
    pub(crate) fn new(
        settings: &Settings,
        node: Arc<LocalNode>,
        sending: Arc<Due>,
        recent: Arc<RecentInstances>,
    ) -> Self {
        let databases = Databases {
            index: Link::new("the index database", &settings.index_url),
            identity: Link::new("the identity database", &settings.identity_url),
            headers_are_new: false,
            rules: Rules::default(),
            sending,
        };
        Self { queue: Mutex::default(), writer: Mutex::new(Writer { databases, node, recent }) }
    }

    /// Hands an object over, which is answered here or by the thread that is writing. Gives it back when the archive is
    /// closed. Blocks.
    pub(super) fn submit(&self, pending: Pending) -> Result<(), Box<Pending>> {
        let mut queue = self.queue.lock();
        if queue.closed {
            return Err(Box::new(pending));
        }
        queue.waiting.push_back(pending);
        queue.last = Some(Instant::now());
        drop(queue);
        // Whoever is writing takes it along: they look again after they have let go.
        while let Some(mut writer) = self.writer.try_lock() {
            self.write(&mut writer);
            drop(writer);
            if self.queue.lock().waiting.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Whether objects are coming in: what can wait leaves the machine to them.
    pub(crate) fn is_storing(&self) -> bool {
        self.queue.lock().last.is_some_and(|last| last.elapsed() < STORING)
    }

    fn write(&self, writer: &mut Writer) {
        loop {
            let (instances, waiting) = batch(&mut self.queue.lock().waiting);
            if instances.is_empty() {
                return;
            }
            metrics::histogram!("pacs_store_batch_instances").record(instances.len() as f64);
            // A defect met by one batch must not end all stores: who waits is told that it failed.
            let settled = catch_unwind(AssertUnwindSafe(|| writer.settle(&instances, waiting)));
            if settled.is_err() {
                writer.databases.forget_connections();
            }
        }
    }

    /// Takes nothing more, and ends what there is. Blocks.
    pub(crate) fn close(&self) {
        self.queue.lock().closed = true;
        self.write(&mut self.writer.lock());
    }
}

struct Writer {
    databases: Databases,
    node: Arc<LocalNode>,
    recent: Arc<RecentInstances>,
}

impl Writer {
    /// Commits a batch. One object must not fail another: a batch that the database refuses is halved.
    fn settle(&mut self, instances: &[NewInstance], mut waiting: Vec<Waiting>) {
        match self.attempt(instances, &waiting) {
            Ok(verdicts) => {
                if let Err(error) = self.databases.mend_headers(instances, &verdicts) {
                    // The objects are stored; the next receipt of the same object tries again.
                    tracing::error!(%error, "the headers of stored objects could not be compared");
                }
                for ((instance, waiting), verdict) in instances.iter().zip(waiting).zip(verdicts) {
                    match verdict {
                        Verdict::Settled(result) => waiting.answer(result),
                        Verdict::Replace => self.replace(instance, waiting),
                    }
                }
            }
            Err(Trouble::Refused(_)) if instances.len() > 1 => {
                let half = instances.len() / 2;
                let rest = waiting.split_off(half);
                self.settle(&instances[..half], waiting);
                self.settle(&instances[half..], rest);
            }
            Err(Trouble::NotDurable) => self.leave_out_what_is_lost(instances, waiting),
            Err(trouble) => {
                let failure = failure(trouble);
                for (instance, waiting) in instances.iter().zip(waiting) {
                    self.give_up(instance, waiting, Stored::New, &failure);
                }
            }
        }
    }

    /// Goes on with those that are on the disk.
    fn leave_out_what_is_lost(&mut self, instances: &[NewInstance], waiting: Vec<Waiting>) {
        let (mut whole, mut still) = (Vec::new(), Vec::new());
        let (mut lost, mut uids, mut events) = (Vec::new(), Vec::new(), Vec::new());
        for (instance, waiting) in instances.iter().zip(waiting) {
            match waiting.placed.durable() {
                Ok(()) => {
                    whole.push(instance.clone());
                    still.push(waiting);
                }
                Err(error) => {
                    let failure = StoreFailure::from(write_failure(error));
                    uids.push(instance.sop_instance_uid.clone());
                    events.push(waiting.event(Err(failure.clone())));
                    lost.push((waiting, failure));
                }
            }
        }
        if let Err(error) = self.databases.take_back(&uids, events) {
            tracing::warn!(%error, "headers of objects that were not stored stay behind until `pacs verify`");
        }
        for (waiting, failure) in lost {
            waiting.answer(Err(failure));
        }
        if !whole.is_empty() {
            self.settle(&whole, still);
        }
    }

    /// A connection that broke since it was last used is no reason to fail, nor is a row that somebody removed meanwhile.
    fn attempt(&mut self, instances: &[NewInstance], waiting: &[Waiting]) -> Result<Vec<Verdict>, Trouble> {
        match self.databases.commit(instances, waiting) {
            Err(Trouble::Away(_)) => {
                // When one connection broke the other is likely to have broken too.
                self.databases.forget_connections();
                self.databases.commit(instances, waiting)
            }
            Err(Trouble::Refused(_)) if instances.len() == 1 => self.databases.commit(instances, waiting),
            other => other,
        }
    }

    fn replace(&mut self, instance: &NewInstance, waiting: Waiting) {
        let event = waiting.event(Ok(Stored::Replaced));
        let replaced = self.databases.replace(instance, waiting.source.as_deref(), event);
        // Also after an error: it may be replaced all the same.
        self.recent.forget(&instance.sop_instance_uid);
        match replaced {
            Ok(path) => {
                waiting.answer(Ok(Stored::Replaced));
                if let Err(error) = self.node.remove(&path).and_then(|()| copies::remove(&self.node, &path)) {
                    tracing::warn!(%path, %error, "a replaced file stays behind until `pacs verify`");
                }
            }
            Err(trouble) => {
                self.give_up(instance, waiting, Stored::Replaced, &failure(trouble));
            }
        }
    }

    /// Answers with a failure. When rows were sent the database is asked whether they are there; when that cannot be done
    /// the file stays, because a row may name it: `pacs verify` removes it if none does.
    fn give_up(&mut self, instance: &NewInstance, waiting: Waiting, success: Stored, failure: &StoreFailure) {
        if !waiting.sent.get() {
            return waiting.answer(Err(failure.clone()));
        }
        match self.databases.is_committed(instance) {
            Ok(true) => waiting.answer(Ok(success)),
            Ok(false) => waiting.answer(Err(failure.clone())),
            Err(_) => waiting.answer_in_doubt(failure.clone()),
        }
    }
}

/// The failure that clients see.
fn failure(trouble: Trouble) -> StoreFailure {
    match trouble {
        Trouble::Away(error) | Trouble::Refused(error) => error.into(),
        Trouble::NotDurable => StoreFailure::Unavailable("the storage node"),
    }
}

/// The next batch, without two objects of one SOP Instance UID; what does not fit into it stays, in order.
fn batch(queue: &mut VecDeque<Pending>) -> (Vec<NewInstance>, Vec<Waiting>) {
    let mut taken = HashSet::new();
    let (mut instances, mut waiting) = (Vec::new(), Vec::new());
    for pending in std::mem::take(queue) {
        if instances.len() < BATCH && taken.insert(pending.instance.sop_instance_uid.clone()) {
            instances.push(pending.instance);
            waiting.push(pending.waiting);
        } else {
            queue.push_back(pending);
        }
    }
    (instances, waiting)
}

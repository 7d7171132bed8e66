//! The thread that does jobs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use diesel::Connection;
use parking_lot::{Condvar, Mutex};
use schema::jobs::{self, Job, NewJob};

use super::{KINDS, Work, remove};
use crate::archive::Inner;
use crate::{Archive, Error, commitment};

/// How often jobs are looked for that other gateways queued, or that have become due.
const LOOK: Duration = Duration::from_secs(5);
/// Pause after the first failure of a job; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// The thread, as the archive holds it. It ends when the archive is closed or dropped.
#[derive(Default)]
pub(crate) struct Worker {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    woken: bool,
    closed: bool,
}

impl Worker {
    /// Starts the thread. It holds no archive while it waits, so that one that is dropped unclosed goes.
    pub(crate) fn start(&self, archive: Weak<Inner>) -> std::io::Result<()> {
        let shared = self.shared.clone();
        let thread = std::thread::Builder::new().name("jobs".to_owned()).spawn(move || run(&archive, &shared))?;
        *self.thread.lock() = Some(thread);
        Ok(())
    }

    /// There is a job.
    pub(crate) fn wake(&self) {
        self.shared.state.lock().woken = true;
        self.shared.changed.notify_one();
    }

    /// Lets the thread finish the job that it is at, and waits for it. Blocks.
    pub(crate) fn close(&self) {
        self.shared.state.lock().closed = true;
        self.shared.changed.notify_one();
        let thread = self.thread.lock().take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the jobs' thread ended by a panic");
        }
    }
}

impl Shared {
    /// Waits until there may be a job; `false` when the archive is closed.
    fn wait(&self) -> bool {
        let mut state = self.state.lock();
        if !state.woken && !state.closed {
            self.changed.wait_for(&mut state, LOOK);
        }
        state.woken = false;
        !state.closed
    }

    fn is_closed(&self) -> bool {
        self.state.lock().closed
    }
}

fn run(archive: &Weak<Inner>, shared: &Shared) {
    while shared.wait() {
        loop {
            let Some(inner) = archive.upgrade() else { return };
            match take_one(&Archive(inner)) {
                Ok(true) if !shared.is_closed() => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "jobs cannot be looked for");
                    break;
                }
            }
        }
    }
}

/// Does the job that is due for longest; `false` when there is none.
fn take_one(archive: &Archive) -> Result<bool, Error> {
    let took = archive.0.index.run(|connection| {
        connection.transaction(|connection| {
            let Some(job) = jobs::take(connection, &KINDS, archive.0.node.id)? else { return Ok(false) };
            match attempt(archive, &job) {
                Ok(follows) => {
                    jobs::finish(connection, job.job_id)?;
                    jobs::queue(connection, &follows)?;
                }
                Err(error) => {
                    tracing::warn!(job = job.job_id, kind = job.kind, %error, "a job failed and is tried again");
                    jobs::postpone(connection, job.job_id, pause(job.failures), &error.to_string())?;
                }
            }
            Ok(true)
        })
    })?;
    if took {
        // What follows from a job may be an errand.
        archive.0.errands.notify_one();
    }
    Ok(took)
}

/// Does a job; gives those that follow from it. A defect met by one job must not end the others.
fn attempt(archive: &Archive, job: &Job) -> Result<Vec<NewJob>, Error> {
    let done = catch_unwind(AssertUnwindSafe(|| match Work::of(job)? {
        Work::Remove(removals) => remove::remove(archive, &removals),
        Work::MendHeaders(uids) => remove::mend_headers(archive, &uids),
        Work::Commit(transaction) => commitment::decide_and_report(archive, &transaction),
    }));
    done.unwrap_or_else(|_| Err(Error::Internal("a job ended by a panic".to_owned(), None))).map(Vec::from_iter)
}

pub(crate) fn pause(failures: i32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << failures.clamp(0, 16)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit() {
        assert_eq!([0, 1, 2].map(pause), [2, 4, 8].map(Duration::from_secs));
        assert_eq!(pause(i32::MAX), LONGEST_PAUSE);
    }
}

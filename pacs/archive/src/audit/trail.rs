//! The queue behind [`crate::Archive::audit`] and the thread that empties it.
//!
//! A thread of its own, not a task: whoever queues may wait for room on any kind of thread without holding up the writer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use schema::audit::AuditRow;

use crate::Error;
use crate::database::Database;

/// Most rows in one statement.
const BATCH: usize = 1000;
/// How long a row waits for company.
const LINGER: Duration = Duration::from_millis(200);
/// Most rows that wait; about 8 MiB.
const ROOM: usize = 16_384;
/// How long somebody who queues waits for room.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long rows are kept after [`Trail::close`] while the database is away.
const LAST_TRIES: Duration = Duration::from_secs(5);
/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Rows on their way into the trail, in order.
pub(crate) struct Trail {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Something happened that the writer waits for.
    work: Condvar,
    /// Rows were written (or given up): there is room, and perhaps nothing left.
    written: Condvar,
}

#[derive(Default)]
struct State {
    rows: VecDeque<AuditRow>,
    /// Rows that were ever queued, and how many of them are dealt with.
    queued: u64,
    dealt_with: u64,
    /// Somebody waits until all rows up to this one are dealt with.
    wanted: u64,
    /// When the trail was closed.
    closed: Option<Instant>,
}

impl Trail {
    /// Starts the writer.
    pub(crate) fn start(database: Database) -> Self {
        Self::start_with(move |rows| database.run(|connection| schema::audit::write(connection, rows)))
    }

    fn start_with(mut write: impl FnMut(&[AuditRow]) -> Result<(), Error> + Send + 'static) -> Self {
        let shared = Arc::new(Shared { state: Mutex::default(), work: Condvar::new(), written: Condvar::new() });
        let its = shared.clone();
        thread::Builder::new()
            .name("audit".into())
            .spawn(move || {
                while let Some(rows) = its.next() {
                    its.deal_with(&rows, &mut write);
                }
            })
            .expect("a thread can be started at the start of the process");
        Self { shared }
    }

    /// Queues a row. When there is no room for longer than a moment, the row goes to the log instead.
    pub(crate) fn push(&self, row: AuditRow) {
        let mut state = self.shared.state.lock();
        let deadline = Instant::now() + PATIENCE;
        while state.rows.len() >= ROOM || state.closed.is_some() {
            if state.closed.is_some() || self.shared.written.wait_until(&mut state, deadline).timed_out() {
                drop(state);
                return log(&row, "there is no room in the audit trail's queue");
            }
        }
        state.rows.push_back(row);
        state.queued += 1;
        if state.rows.len() == 1 || state.rows.len() == BATCH {
            self.shared.work.notify_one();
        }
    }

    /// Waits until everything that is queued now is written, or given up.
    pub(crate) async fn flush(&self) {
        let shared = self.shared.clone();
        let waiting = tokio::task::spawn_blocking(move || {
            let mut state = shared.state.lock();
            let wanted = state.queued;
            state.wanted = state.wanted.max(wanted);
            shared.work.notify_one();
            let deadline = Instant::now() + LAST_TRIES * 2;
            while state.dealt_with < wanted {
                if shared.written.wait_until(&mut state, deadline).timed_out() {
                    break;
                }
            }
        });
        // It cannot panic, and a runtime that is shutting down has no time to wait.
        waiting.await.ok();
    }

    /// Writes what is queued and takes no more. While the database is away it is tried for a few seconds more.
    pub(crate) async fn close(&self) {
        self.shared.close();
        self.flush().await;
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl Shared {
    fn close(&self) {
        self.state.lock().closed.get_or_insert_with(Instant::now);
        self.work.notify_one();
    }

    /// The next batch; `None` when the trail is closed and empty.
    fn next(&self) -> Option<Vec<AuditRow>> {
        let mut state = self.state.lock();
        while state.rows.is_empty() {
            if state.closed.is_some() {
                return None;
            }
            self.work.wait(&mut state);
        }
        let deadline = Instant::now() + LINGER;
        while state.rows.len() < BATCH && state.closed.is_none() && state.wanted <= state.dealt_with {
            if self.work.wait_until(&mut state, deadline).timed_out() {
                break;
            }
        }
        let count = state.rows.len().min(BATCH);
        Some(state.rows.drain(..count).collect())
    }

    /// Writes a batch, again and again while the database is away.
    fn deal_with(&self, rows: &[AuditRow], write: &mut impl FnMut(&[AuditRow]) -> Result<(), Error>) {
        let mut pause = Duration::from_millis(100);
        loop {
            match write(rows) {
                Ok(()) => break,
                Err(Error::Unavailable(..)) if !self.out_of_time() => {
                    self.pause(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) if rows.len() == 1 => {
                    log(&rows[0], &error.to_string());
                    break;
                }
                // One bad row must not take the others with it.
                Err(_) => {
                    for row in rows.chunks(1) {
                        self.deal_with(row, write);
                    }
                    return;
                }
            }
        }
        self.state.lock().dealt_with += rows.len() as u64;
        self.written.notify_all();
    }

    fn out_of_time(&self) -> bool {
        self.state.lock().closed.is_some_and(|closed| closed.elapsed() > LAST_TRIES)
    }

    /// Waits for the database to come back; no longer than a moment once the trail is closed.
    fn pause(&self, time: Duration) {
        let mut state = self.state.lock();
        let time = if state.closed.is_some() { time.min(Duration::from_millis(200)) } else { time };
        self.work.wait_for(&mut state, time);
    }
}

/// The last resort for a row that cannot be written.
fn log(row: &AuditRow, reason: &str) {
    tracing::error!(
        reason,
        at = %row.at,
        action = row.action,
        actor = row.actor,
        address = row.address,
        via = row.via,
        study = row.study_instance_uid,
        series = row.series_instance_uid,
        instance = row.sop_instance_uid,
        outcome = row.outcome,
        detail = row.detail,
        "audit"
    );
}

#[cfg(test)]
mod tests;

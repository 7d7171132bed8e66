//! The thread that describes images: one core at most, and only what others leave of it. It takes one series after the
//! other; what a restart interrupts is taken up again.

use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use schema::descriptors::{self, ClaimedSeries, Pace};
use tokio::runtime::Runtime;

use super::describe::{self, Hold, LEASE, RENEW, settle, told};
use super::picture::RECIPE;
use crate::archive::Inner;
use crate::{Archive, Error};

/// How often work is looked for, at most.
const LOOK: Duration = Duration::from_secs(1);
/// How long it rests after an image, at most, while objects are coming in; and how often it looks whether they are.
const STORES_FIRST: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How often what is gone is forgotten.
const TIDY: Duration = Duration::from_secs(3600);

/// The thread, as the archive holds it. It ends when the archive is closed or dropped.
#[derive(Default)]
pub(crate) struct Describer {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Shared {
    closed: Mutex<bool>,
    changed: Condvar,
}

impl Describer {
    /// Starts the thread, which holds no archive while it waits.
    pub(crate) fn start(&self, archive: Weak<Inner>, quiet: Duration) -> std::io::Result<()> {
        let runtime = runtime()?;
        let shared = self.shared.clone();
        let thread = std::thread::Builder::new().name("describe".to_owned());
        let thread = thread.spawn(move || {
            lower_priority();
            run(&archive, &shared, &runtime, Pace { quiet, lease: LEASE });
            runtime.shutdown_timeout(Duration::from_secs(5));
        })?;
        *self.thread.lock() = Some(thread);
        Ok(())
    }

    /// Lets the thread finish the image that it is at, and waits for it. Blocks.
    pub(crate) fn close(&self) {
        *self.shared.closed.lock() = true;
        self.shared.changed.notify_all();
        let thread = self.thread.lock().take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that describes images ended by a panic");
        }
    }
}

impl Shared {
    fn is_closed(&self) -> bool {
        *self.closed.lock()
    }

    /// Waits for so long; `false` when the archive is closed.
    fn wait(&self, pause: Duration) -> bool {
        let mut closed = self.closed.lock();
        if !*closed {
            self.changed.wait_for(&mut closed, pause);
        }
        !*closed
    }
}

/// What describing waits for runs on one thread of its own, so that it takes one core.
fn runtime() -> std::io::Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.max_blocking_threads(1).thread_keep_alive(Duration::MAX).on_thread_start(alone).enable_all().build()
}

/// Makes a thread go behind others, and do by itself what would be shared out to all cores.
fn alone() {
    lower_priority();
    match rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build() {
        // The pool is this thread, as long as that lives.
        Ok(pool) => std::mem::forget(pool),
        Err(error) => tracing::warn!(%error, "descriptions are made on all cores"),
    }
}

/// Others go first. Where the system does not allow that, it stays as it is.
fn lower_priority() {
    // SAFETY: takes no pointers; `0` is the calling thread.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 19) };
}

fn run(archive: &Weak<Inner>, shared: &Shared, runtime: &Runtime, pace: Pace) {
    let mut tidied: Option<Instant> = None;
    while shared.wait(LOOK.min(pace.quiet).max(Duration::from_millis(20))) {
        loop {
            let Some(inner) = archive.upgrade() else { return };
            let archive = Archive(inner);
            if tidied.is_none_or(|tidied| tidied.elapsed() >= TIDY) {
                tidied = Some(Instant::now());
                told(archive.0.index.run(|connection| {
                    descriptors::tidy(connection)?;
                    descriptors::queue_outdated(connection, RECIPE)
                }));
            }
            match one(&archive, shared, runtime, pace) {
                Ok(true) if !shared.is_closed() => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "images to describe cannot be looked for");
                    break;
                }
            }
        }
    }
}

/// Describes the series that waits for longest; `false` when there is none.
fn one(archive: &Archive, shared: &Shared, runtime: &Runtime, pace: Pace) -> Result<bool, Error> {
    let (index, node) = (&archive.0.index, archive.0.node.id);
    let Some(claimed) = index.run(|connection| descriptors::claim(connection, node, RECIPE, pace))? else {
        return Ok(false);
    };
    let goes_on = || {
        let begun = Instant::now();
        while archive.0.committer.is_storing() && begun.elapsed() < STORES_FIRST && shared.wait(LOOK_AGAIN) {}
        !shared.is_closed()
    };
    let renew = || told(index.run(|connection| descriptors::renew(connection, claimed.series_key, pace.lease)));
    let (renewed, ClaimedSeries { failures, begun, .. }) = (Mutex::new(Instant::now()), claimed.clone());
    let hold = Hold { goes_on: &goes_on, renew: &renew, every: RENEW, renewed, failures, begun };
    let begun = Instant::now();
    let described = runtime.block_on(describe::series(archive, claimed.series_key, &hold));
    metrics::histogram!("pacs_describe_seconds").record(begun.elapsed().as_secs_f64());
    settle(archive, &claimed, &described)?;
    Ok(true)
}

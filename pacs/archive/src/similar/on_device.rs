//! The first looks of searches on an OpenCL device: what they read of the store lies in its memory too, and is kept up
//! with it. What the device cannot do, the processor does, and finds the same.

use compute::device::{DeviceColumn, Engine, Error, Scanned};
use compute::similar::{Found, Keeps, Query, SIDES, Shelf, gradient};
use parking_lot::Mutex;

use super::store::Store;
use crate::volume::Accelerator;

/// From so many pictures on a device is used: fewer are looked at sooner than it is told to.
const LEAST: usize = 100_000;
/// By which part more there is room for than there are pictures, and for how many at least.
const ROOM: usize = 8;
const LEAST_ROOM: usize = 1024;

/// What of the store is in the memory of the device.
#[derive(Default)]
pub(super) struct OnDevice(Mutex<Copied>);

#[derive(Default)]
enum Copied {
    #[default]
    Nothing,
    There(There),
    /// It has no room for that, or no such kernels.
    Unfit,
}

/// The copies of 8 and the summaries of gradients, 320 bytes a picture.
struct There {
    copies: DeviceColumn,
    summaries: DeviceColumn,
}

impl OnDevice {
    /// The first look at pixels; `None` when the processor has to do it.
    pub(super) fn scan(&self, on: &Accelerator, store: &Store, shelf: &Shelf, query: &Query) -> Option<Scanned> {
        self.run(on, store, |engine, there| engine.scan(&there.copies, shelf, query))
    }

    /// The nearest by gradients of those that are kept, and how many were looked at whole; `None` when the processor
    /// has to find them.
    pub(super) fn nearest_where(
        &self,
        on: &Accelerator,
        store: &Store,
        query: &[u8; gradient::LENGTH],
        limit: usize,
        keeps: &Keeps<'_>,
    ) -> Option<(Vec<Found>, usize)> {
        self.run(on, store, |engine, there| {
            let both = (store.summaries(), store.gradients());
            engine.nearest_where(&there.summaries, query, both, limit, keeps)
        })
    }

    fn run<T>(
        &self,
        on: &Accelerator,
        store: &Store,
        work: impl FnOnce(&Engine, &There) -> Result<T, Error>,
    ) -> Option<T> {
        if !on.is_worth_it(store.len(), LEAST) {
            return None;
        }
        let engine = on.engine()?;
        let mut copied = self.0.lock();
        if matches!(*copied, Copied::Unfit) {
            return None;
        }
        match copied.kept_up(engine, store).and_then(|there| work(engine, there)) {
            Ok(made) => Some(made),
            Err(error @ Error::Failed { .. }) => {
                *copied = Copied::Nothing;
                on.pause(&error);
                None
            }
            Err(error) => {
                tracing::info!(%error, "the OpenCL device cannot search by likeness: that stays on the processor");
                *copied = Copied::Unfit;
                None
            }
        }
    }
}

impl Copied {
    /// The same rows as the store has.
    fn kept_up(&mut self, engine: &Engine, store: &Store) -> Result<&There, Error> {
        // From here on these rows do not count as changed: what fails below is copied anew.
        let there = match (std::mem::take(self), store.take_touched()) {
            (Self::There(there), Some(rows)) if there.copies.room() >= store.len() => {
                there.with(engine, store, &rows)?
            }
            _ => There::of(engine, store)?,
        };
        *self = Self::There(there);
        match self {
            Self::There(there) => Ok(there),
            _ => Err(Error::Failed { doing: "take copies", why: "they are not there".to_owned() }),
        }
    }
}

impl There {
    fn of(engine: &Engine, store: &Store) -> Result<Self, Error> {
        let more = store.len() / ROOM + LEAST_ROOM;
        let summaries = store.summaries().cells.as_flattened();
        Ok(Self {
            copies: engine.roomy_column(store.smallest(), SIDES[0] * SIDES[0], more)?,
            summaries: engine.roomy_column(summaries, gradient::SUMMARY, more)?,
        })
    }

    /// With these rows, in order, as the store has them now.
    fn with(mut self, engine: &Engine, store: &Store, rows: &[u32]) -> Result<Self, Error> {
        let (area, count) = (SIDES[0] * SIDES[0], store.len());
        let summaries = store.summaries().cells;
        for run in rows.chunk_by(|one, next| one + 1 == *next) {
            let first = run[0] as usize;
            let end = (first + run.len()).min(count);
            if first < end {
                engine.put(&mut self.copies, first, &store.smallest()[first * area..end * area])?;
                engine.put(&mut self.summaries, first, summaries[first..end].as_flattened())?;
            }
        }
        self.copies.truncate(count);
        self.summaries.truncate(count);
        Ok(self)
    }
}

//! The first looks of a search for similar pictures on a device: the distances of all small copies to several queries at once.
//!
//! Distances are whole numbers, the same as [`crate::similar::distance::squared_each`] finds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use opencl3::program::Program;
use rayon::prelude::*;

use super::call::{Call, Memory};
use super::{Engine, Error};
use crate::similar::search::{ALL, Keeps, lower, search_from};
use crate::similar::shelf::Copied;
use crate::similar::{Answer, Found, Query, SIDES, Shelf, Source, gradient};

/// How many queries a pass over the copies takes: the least of these that is enough, or the last one several times.
const PASSES: [usize; 3] = [1, 4, 16];

/// How many queries, of one view or two, are searched for together.
const TOGETHER: usize = 16;

/// Pictures whose bounds a thread works out at a time.
const CHUNK: usize = 1 << 14;

/// Items of a group, as the kernel has them; each takes two copies.
const LANES: usize = 128;

/// Copies, or other rows of as many bytes each, in the memory of a device. They can be used with the engine that made them only.
pub struct DeviceColumn {
    cells: Memory,
    count: usize,
    length: usize,
}

/// The bounds that the smallest copies of a shelf give for a query, worked out on a device.
pub struct Scanned(Option<Vec<f32>>);

/// Kernels by the length of a row and the number of queries.
pub(super) type Programs = Mutex<HashMap<(usize, usize), Arc<Program>>>;

impl DeviceColumn {
    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// What its rows take of the memory of the device, in bytes.
    pub fn bytes(&self) -> usize {
        self.count * self.length
    }

    /// How many rows there is room for.
    pub fn room(&self) -> usize {
        self.cells.bytes() / self.length
    }

    /// Leaves the first `count` rows.
    pub fn truncate(&mut self, count: usize) {
        self.count = self.count.min(count);
    }
}

impl Scanned {
    /// See [`crate::similar::search()`]: the same answer. The shelf is the one that was scanned, as it was.
    ///
    /// # Errors
    /// What `source` says of a copy that it could not read.
    pub fn search<S>(self, shelf: &Shelf, source: &S, query: &Query) -> Result<Answer, S::Error>
    where
        S: Source + ?Sized,
    {
        self.search_where(shelf, source, query, ALL)
    }

    /// See [`crate::similar::search_where`]: the same answer.
    ///
    /// # Errors
    /// What `source` says of a copy that it could not read.
    pub fn search_where<S>(self, shelf: &Shelf, source: &S, query: &Query, keeps: &Keeps) -> Result<Answer, S::Error>
    where
        S: Source + ?Sized,
    {
        let bounds = self.0.filter(|bounds| bounds.len() == shelf.len());
        search_from(bounds, shelf, source, query, (None, keeps))
    }
}

impl Engine {
    /// A copy of rows of `length` bytes each in the memory of the device. The length is a multiple of 64, at most 1024.
    pub fn column(&self, cells: &[u8], length: usize) -> Result<DeviceColumn, Error> {
        self.roomy_column(cells, length, 0)
    }

    /// The same with room for `more` rows.
    pub fn roomy_column(&self, cells: &[u8], length: usize, more: usize) -> Result<DeviceColumn, Error> {
        if length == 0 || length > LONGEST || !length.is_multiple_of(64) || !cells.len().is_multiple_of(length) {
            return Err(Error::Failed { doing: "take a column", why: format!("no rows of {length} bytes") });
        }
        let (bytes, most) = (cells.len().saturating_add(more.saturating_mul(length)), self.device().largest);
        if bytes as u64 > most {
            return Err(Error::TooLarge { needed: bytes as u64, most });
        }
        let mut memory = Memory::room::<u8>(&self.context, bytes)?;
        memory.write(&self.queue, cells)?;
        Ok(DeviceColumn { cells: memory, count: cells.len() / length, length })
    }

    /// Puts rows into a column from number `first` on, in the place of those that were there, or behind them. There is room for
    /// them, and no gap before them.
    pub fn put(&self, column: &mut DeviceColumn, first: usize, cells: &[u8]) -> Result<(), Error> {
        if first > column.count || !cells.len().is_multiple_of(column.length) {
            return Err(Error::Failed { doing: "take rows", why: format!("no rows behind {} rows", column.count) });
        }
        column.cells.write_at(&self.queue, first * column.length, cells)?;
        column.count = column.count.max(first + cells.len() / column.length);
        Ok(())
    }

    /// The squared distances of all rows to each query: first those to the first one. Queries are as long as rows.
    ///
    /// The bytes of the rows are read once for 16 queries.
    pub fn squared_each(&self, column: &DeviceColumn, queries: &[&[u8]]) -> Result<Vec<u32>, Error> {
        let mut distances = vec![0; queries.len() * column.count];
        if distances.is_empty() {
            return Ok(distances);
        }
        let pass = PASSES.into_iter().find(|pass| queries.len() <= *pass).unwrap_or(PASSES[PASSES.len() - 1]);
        let found = Memory::room::<u32>(&self.context, pass.min(queries.len()) * column.count)?;
        for (queries, distances) in queries.chunks(pass).zip(distances.chunks_mut(pass * column.count)) {
            self.pass(column, queries, pass, &found)?;
            found.read(&self.queue, distances)?;
        }
        Ok(distances)
    }

    /// The first look of [`crate::similar::search()`]. `there` are the copies of 8 of `shelf`. Where not all cells count, there is
    /// nothing to look at.
    pub fn scan(&self, there: &DeviceColumn, shelf: &Shelf, query: &Query) -> Result<Scanned, Error> {
        let scanned = self.scan_many(there, shelf, std::slice::from_ref(query))?;
        Ok(scanned.into_iter().next().unwrap_or(Scanned(None)))
    }

    /// See [`crate::similar::search_many`]: the same answers. `there` are the copies of 8 of `shelf`.
    ///
    /// # Errors
    /// Outside, what the device says: then the processor can search. Inside, what `source` says of a copy that it could not read.
    pub fn search_many<S>(
        &self,
        there: &DeviceColumn,
        shelf: &Shelf,
        source: &S,
        queries: &[Query],
    ) -> Result<Result<Vec<Answer>, S::Error>, Error>
    where
        S: Source + ?Sized,
    {
        let mut answers = Vec::with_capacity(queries.len());
        for queries in queries.chunks(TOGETHER) {
            let scanned = self.scan_many(there, shelf, queries)?;
            let found = queries.par_iter().zip(scanned);
            let found = found.map(|(query, scanned)| scanned.search(shelf, source, query));
            match found.collect::<Result<Vec<_>, S::Error>>() {
                Ok(found) => answers.extend(found),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(answers))
    }

    /// The bounds for several queries, in one pass for 16 views of them.
    fn scan_many(&self, there: &DeviceColumn, shelf: &Shelf, queries: &[Query]) -> Result<Vec<Scanned>, Error> {
        if there.count != shelf.len() || there.length != SIDES[0] * SIDES[0] {
            return Err(Error::Failed { doing: "search", why: "another shelf is on the device".to_owned() });
        }
        let views: Vec<Vec<Copied>> =
            queries.iter().map(|query| query.whole(0).into_iter().flatten().collect()).collect();
        let cells: Vec<&[u8]> = views.iter().flatten().map(|view| &*view.cells).collect();
        let distances = self.squared_each(there, &cells)?;
        let mut distances = distances.chunks(shelf.len().max(1));
        let margins = shelf.column(0).margins;
        let scanned = views.iter().map(|views| {
            let mut bounds = vec![f32::MAX; shelf.len()];
            for (view, squared) in views.iter().zip(&mut distances) {
                let chunks = bounds.par_chunks_mut(CHUNK).zip(squared.par_chunks(CHUNK));
                chunks.zip(margins.par_chunks(CHUNK)).for_each(|((bounds, squared), margins)| {
                    lower(bounds, squared, view.margin, margins);
                });
            }
            Scanned((!views.is_empty()).then_some(bounds))
        });
        Ok(scanned.collect())
    }

    /// See [`gradient::nearest_where`]: the same answer. `there` are the summaries.
    pub fn nearest_where(
        &self,
        there: &DeviceColumn,
        query: &[u8; gradient::LENGTH],
        (summaries, descriptors): (gradient::Summaries<'_>, &[u8]),
        limit: usize,
        keeps: &Keeps,
    ) -> Result<(Vec<Found>, usize), Error> {
        if there.count != summaries.cells.len() || there.length != gradient::SUMMARY {
            return Err(Error::Failed { doing: "search", why: "other summaries are on the device".to_owned() });
        }
        let distances = self.squared_each(there, &[&gradient::Summary::of(query).cells])?;
        Ok(gradient::nearest_given(query, &distances, (summaries, descriptors), limit, keeps))
    }

    /// The distances to no more queries than a pass takes.
    fn pass(&self, column: &DeviceColumn, queries: &[&[u8]], pass: usize, found: &Memory) -> Result<(), Error> {
        let mut cells = vec![0_u8; pass * column.length];
        let mut energies = vec![0_u32; pass];
        for ((query, cells), energy) in queries.iter().zip(cells.chunks_mut(column.length)).zip(&mut energies) {
            if query.len() != column.length {
                return Err(Error::Failed { doing: "take a query", why: format!("it has {} bytes", query.len()) });
            }
            cells.copy_from_slice(query);
            *energy = query.iter().map(|cell| u32::from(*cell).pow(2)).sum();
        }
        let cells = Memory::of(&self.context, &self.queue, &cells)?;
        let energies = Memory::of(&self.context, &self.queue, &energies)?;
        Call::new(&*self.kernels(column.length, pass)?, "squared_each")?
            .memory(&column.cells)?
            .number(column.count as u32)?
            .memory(&cells)?
            .memory(&energies)?
            .number(queries.len() as u32)?
            .memory(found)?
            .run_groups(&self.queue, column.count.div_ceil(2 * LANES), LANES)
    }

    /// The kernels for rows of a length and passes of so many queries.
    fn kernels(&self, length: usize, pass: usize) -> Result<Arc<Program>, Error> {
        let mut programs = self.scans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(program) = programs.get(&(length, pass)) {
            return Ok(program.clone());
        }
        let build = |packed: u8| {
            let options = format!("-D CELLS={length} -D QUERIES={pass} -D PACKED={packed} -cl-std=CL1.2");
            Program::create_and_build_from_source(&self.context, include_str!("kernels/scan.cl"), &options)
        };
        // An old device of the same maker may not know the instruction.
        let packed = if self.device().platform.contains("NVIDIA") { build(1).ok() } else { None };
        let program = Arc::new(packed.map_or_else(|| build(0), Ok).map_err(Error::Build)?);
        programs.insert((length, pass), program.clone());
        Ok(program)
    }
}

/// The longest rows: 16 queries of as many bytes fit the local memory of any device beside the copies.
const LONGEST: usize = 1024;

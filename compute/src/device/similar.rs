//! The first looks of a search for similar pictures on a device: the distances of all small copies to several queries at once.
//!
//! Distances are whole numbers, the same as [`crate::similar::distance::squared_each`] finds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use opencl3::program::Program;
use rayon::prelude::*;

use super::call::{Call, Memory};
use super::{Engine, Error};
use crate::similar::search::{lower, search_from};
use crate::similar::shelf::{Copied, HELD};
use crate::similar::{Answer, Query, SIDES, Shelf, Source};

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

/// The small copies of a [`Shelf`] in the memory of a device.
pub struct DeviceShelf {
    columns: [DeviceColumn; HELD],
}

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

    /// What it takes of the memory of the device, in bytes.
    pub fn bytes(&self) -> usize {
        self.count * self.length
    }
}

impl DeviceShelf {
    /// The copies of a level below [`HELD`].
    pub fn column(&self, level: usize) -> &DeviceColumn {
        &self.columns[level]
    }

    /// What it takes of the memory of the device, in bytes.
    pub fn bytes(&self) -> usize {
        self.columns.iter().map(DeviceColumn::bytes).sum()
    }
}

impl Engine {
    /// A copy of the small copies of a shelf in the memory of the device.
    pub fn shelve(&self, shelf: &Shelf) -> Result<DeviceShelf, Error> {
        let column = |level: usize| self.column(shelf.column(level).cells, SIDES[level] * SIDES[level]);
        Ok(DeviceShelf { columns: [column(0)?, column(1)?, column(2)?] })
    }

    /// A copy of rows of `length` bytes each in the memory of the device. The length is a multiple of 64, at most 1024.
    pub fn column(&self, cells: &[u8], length: usize) -> Result<DeviceColumn, Error> {
        let most = self.device().largest;
        if cells.len() as u64 > most {
            return Err(Error::TooLarge { needed: cells.len() as u64, most });
        }
        if length == 0 || length > LONGEST || !length.is_multiple_of(64) || !cells.len().is_multiple_of(length) {
            return Err(Error::Failed { doing: "take a column", why: format!("no rows of {length} bytes") });
        }
        let count = cells.len() / length;
        Ok(DeviceColumn { cells: Memory::of(&self.context, &self.queue, cells)?, count, length })
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

    /// See [`crate::similar::search_many`]: the same answers. `there` are the small copies of `shelf`.
    ///
    /// # Errors
    /// Outside, what the device says: then the processor can search. Inside, what `source` says of a copy that it could not read.
    pub fn search_many<S>(
        &self,
        there: &DeviceShelf,
        shelf: &Shelf,
        source: &S,
        queries: &[Query],
    ) -> Result<Result<Vec<Answer>, S::Error>, Error>
    where
        S: Source + ?Sized,
    {
        let column = there.column(0);
        if column.count != shelf.len() {
            return Err(Error::Failed { doing: "search", why: "another shelf is on the device".to_owned() });
        }
        let mut answers = Vec::with_capacity(queries.len());
        for queries in queries.chunks(TOGETHER) {
            let views: Vec<Vec<Copied>> =
                queries.iter().map(|query| query.whole(0).into_iter().flatten().collect()).collect();
            let cells: Vec<&[u8]> = views.iter().flatten().map(|view| &*view.cells).collect();
            let distances = self.squared_each(column, &cells)?;
            let mut distances = distances.chunks(shelf.len().max(1));
            let margins = shelf.column(0).margins;
            let bounds: Vec<Option<Vec<f32>>> = views
                .iter()
                .map(|views| {
                    let mut bounds = vec![f32::MAX; shelf.len()];
                    for (view, squared) in views.iter().zip(&mut distances) {
                        let chunks = bounds.par_chunks_mut(CHUNK).zip(squared.par_chunks(CHUNK));
                        chunks.zip(margins.par_chunks(CHUNK)).for_each(|((bounds, squared), margins)| {
                            lower(bounds, squared, view.margin, margins);
                        });
                    }
                    (!views.is_empty()).then_some(bounds)
                })
                .collect();
            let found = queries.par_iter().zip(bounds);
            let found = found.map(|(query, bounds)| search_from(bounds, shelf, source, query, None));
            match found.collect::<Result<Vec<_>, S::Error>>() {
                Ok(found) => answers.extend(found),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(answers))
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
        Call::new(&*self.scan(column.length, pass)?, "squared_each")?
            .memory(&column.cells)?
            .number(column.count as u32)?
            .memory(&cells)?
            .memory(&energies)?
            .number(queries.len() as u32)?
            .memory(found)?
            .run_groups(&self.queue, column.count.div_ceil(2 * LANES), LANES)
    }

    /// The kernels for rows of a length and passes of so many queries.
    fn scan(&self, length: usize, pass: usize) -> Result<Arc<Program>, Error> {
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

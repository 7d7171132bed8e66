//! Lines of places in the memory of a device.

use rayon::prelude::*;

use super::call::{Call, Memory};
use super::{Engine, Error};
use crate::volume::line::{Line, runs};
use crate::volume::{self, Stack, Stop};

/// Lines that one thread works out at a time.
const CHUNK: usize = 1024;

/// The runs of many lines: for each line where its runs start, then of each run its places and its piece, and its first
/// place and step.
pub(super) struct Lines {
    starts: Memory,
    spans: Memory,
    places: Memory,
}

/// The same for some of the lines, on the host.
#[derive(Default)]
struct Part {
    counts: Vec<u32>,
    spans: Vec<[u32; 4]>,
    places: Vec<[i64; 6]>,
}

impl Lines {
    pub(super) fn new(
        engine: &Engine,
        (stack, size): (&Stack, [usize; 3]),
        count: usize,
        line: impl Fn(usize) -> Line + Sync,
        stop: Stop<'_>,
    ) -> Result<Self, Error> {
        let part = |chunk: usize| {
            volume::go_on(stop)?;
            let mut part = Part::default();
            for number in chunk * CHUNK..count.min((chunk + 1) * CHUNK) {
                let before = part.spans.len();
                runs(stack, size, &line(number), |run| {
                    part.spans.push([run.from as u32, run.to as u32, run.piece as u32, 0]);
                    let ([x, y, z], [dx, dy, dz]) = (run.at, run.step);
                    part.places.push([x, y, z, dx, dy, dz]);
                });
                part.counts.push((part.spans.len() - before) as u32);
            }
            Ok(part)
        };
        let parts = (0..count.div_ceil(CHUNK)).into_par_iter().map(part);
        let parts = parts.collect::<Result<Vec<Part>, volume::Error>>()?;
        let mut starts = vec![0_u32];
        let mut all = 0;
        for count in parts.iter().flat_map(|part| &part.counts) {
            all += count;
            starts.push(all);
        }
        let spans: Vec<[u32; 4]> = parts.iter().flat_map(|part| &part.spans).copied().collect();
        let places: Vec<[i64; 6]> = parts.iter().flat_map(|part| &part.places).copied().collect();
        Ok(Self {
            starts: engine.memory_of(&starts)?,
            spans: engine.memory_of(&spans)?,
            places: engine.memory_of(&places)?,
        })
    }

    /// Room for one run on each of so many lines, for the device to fill.
    pub(super) fn room(engine: &Engine, count: usize) -> Result<Self, Error> {
        Ok(Self {
            starts: engine.room::<u32>(count + 1)?,
            spans: engine.room::<[u32; 4]>(count)?,
            places: engine.room::<[i64; 6]>(count)?,
        })
    }

    /// The arguments that every kernel takes for lines.
    pub(super) fn told(&self, call: Call) -> Result<Call, Error> {
        call.memory(&self.starts)?.memory(&self.spans)?.memory(&self.places)
    }
}

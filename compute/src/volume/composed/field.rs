//! A volume of any type of samples among others.

use crate::volume::between::{linear_anywhere, stretches};
use crate::volume::grid::{Grid, Sample, with_samples};
use crate::volume::line::{Line, ONE, runs};
use crate::volume::render::gradient;
use crate::volume::{Bricks, Error, Interpolation, Stack, Volume};

/// Places along a ray that are looked at together.
pub(super) const PLACES: usize = 32;

/// What a volume is at so many places; no number where it has nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    pub(super) values: [f32; PLACES],
    /// Column, row and slice of those that have a value.
    pub(super) at: [[i64; 3]; PLACES],
    /// The pieces of the stack that they are in.
    pub(super) piece: [usize; PLACES],
}

impl Default for Places {
    fn default() -> Self {
        Self { values: [f32::NAN; PLACES], at: [[0; 3]; PLACES], piece: [0; PLACES] }
    }
}

pub(super) trait Field: Sync {
    /// The first place of a line that is inside, and the one after the last.
    fn ends(&self, line: &Line) -> (usize, usize);

    /// Between what lies all that was measured on a line; the least is above the greatest where nothing was.
    fn range(&self, line: &Line) -> [f32; 2];

    /// What was measured on a line of [`PLACES`] places or fewer.
    fn fill(&self, line: &Line, places: &mut Places);

    /// The change of value over 1 mm at a place that has a value.
    fn gradient(&self, at: [i64; 3], piece: usize) -> [f32; 3];
}

pub(super) fn field<'a>(volume: &'a Volume, bricks: &'a Bricks) -> Result<Box<dyn Field + 'a>, Error> {
    let stack = volume.stack();
    let field: Box<dyn Field + 'a> = with_samples!(&volume.voxels, samples => {
        Box::new(Samples { grid: Grid::of(volume, samples)?, stack, bricks })
    });
    Ok(field)
}

struct Samples<'a, S> {
    grid: Grid<'a, S>,
    stack: &'a Stack,
    bricks: &'a Bricks,
}

impl<S: Sample> Field for Samples<'_, S> {
    fn ends(&self, line: &Line) -> (usize, usize) {
        let mut ends = (usize::MAX, 0);
        runs(self.stack, self.grid.size, line, |run| ends = (ends.0.min(run.from), ends.1.max(run.to)));
        ends
    }

    fn range(&self, line: &Line) -> [f32; 2] {
        let (mut least, mut most) = (f32::INFINITY, f32::NEG_INFINITY);
        runs(self.stack, self.grid.size, line, |run| {
            let mut first = 0;
            while first < run.len() {
                let at = run.part(first, run.len()).at;
                // Beyond the edge its samples go on.
                let held = std::array::from_fn(|axis| at[axis].clamp(0, (self.grid.size[axis] as i64 - 1) * ONE));
                let [low, high] = self.bricks.range(held);
                (least, most) = (least.min(low), most.max(high));
                first += Bricks::stride(run.step);
            }
        });
        let [one, other] = [least, most].map(|stored| self.grid.measured(stored));
        if least > most { [least, most] } else { [one.min(other), one.max(other)] }
    }

    fn fill(&self, line: &Line, places: &mut Places) {
        places.values = [f32::NAN; PLACES];
        runs(self.stack, self.grid.size, line, |run| {
            for stretch in stretches(run, self.grid.size, Interpolation::Linear) {
                stretch.fill(&self.grid, Interpolation::Linear, &mut places.values);
            }
            for number in 0..run.len() {
                places.at[run.from + number] = run.part(number, run.len()).at;
                places.piece[run.from + number] = run.piece;
            }
        });
    }

    fn gradient(&self, at: [i64; 3], piece: usize) -> [f32; 3] {
        let value = |at| linear_anywhere(&self.grid, at);
        let by_sample = gradient(at, value(at), value);
        let rows = self.stack.pieces()[piece].rows;
        std::array::from_fn(|axis| {
            let sum: f32 = (0..3).map(|row| by_sample[row] * rows[row][axis] as f32).sum();
            self.grid.slope * sum
        })
    }
}

//! Values between samples along a run of places, as stored: the inner loops of every reslice.

mod ahead;
mod cubic;
mod eight;
mod linear;
mod nearest;
mod padded;

pub(crate) use linear::{linear, linear_anywhere, linear_with_gradient};

use super::Interpolation;
use super::grid::{Grid, Sample};
use super::line::{ONE, Run};

/// Places of a run, all of which have the samples around them that an interpolation needs, or any.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) run: Run,
    inner: bool,
}

/// A run as stretches.
pub(crate) fn stretches(run: Run, size: [usize; 3], interpolation: Interpolation) -> [Stretch; 3] {
    let reach = match interpolation {
        Interpolation::Nearest => 0,
        Interpolation::Linear => 1,
        Interpolation::Cubic => 2,
    };
    let [before, inner, after] = run.split(size, reach);
    [(before, false), (inner, true), (after, false)].map(|(run, inner)| Stretch { run, inner })
}

impl Stretch {
    /// What was measured at the places of the stretch, where they belong in a line; no number where samples are none.
    pub(crate) fn fill<S: Sample>(&self, grid: &Grid<'_, S>, interpolation: Interpolation, line: &mut [f32]) {
        let run = self.run;
        let values = &mut line[run.from..run.to];
        match (interpolation, self.inner) {
            (Interpolation::Nearest, _) => nearest::nearest(grid, run, values),
            (Interpolation::Linear, true) => linear::inner(grid, run, values),
            (Interpolation::Linear, false) => linear::edge(grid, run, values),
            (Interpolation::Cubic, true) => cubic::inner(grid, run, values),
            (Interpolation::Cubic, false) => cubic::edge(grid, run, values),
        }
        if let (Interpolation::Cubic, Some(padding)) = (interpolation, grid.padding) {
            padded::mend_cubic(grid, padding, run, values);
        }
        values.iter_mut().for_each(|value| *value = grid.measured(*value));
    }
}

/// Column, row and slice at or before a place. Places before the first sample have none.
#[inline(always)]
fn whole(at: [i64; 3]) -> [usize; 3] {
    at.map(|at| (at >> 32) as usize)
}

/// How far a place is from the sample before it to the next: 24 of the 32 bits, all that a float holds.
#[inline(always)]
fn part(at: i64) -> f32 {
    ((at as u32) >> 8) as i32 as f32 * (1.0 / 16_777_216.0)
}

#[inline(always)]
pub(crate) fn advance(at: &mut [i64; 3], step: [i64; 3]) {
    at.iter_mut().zip(step).for_each(|(at, step)| *at = at.wrapping_add(step));
}

/// The sample before a place, moved to the edge where it is beyond it, and how far it is to the next one, from 0 to 1.
#[inline(always)]
fn held(at: i64, count: usize) -> (usize, f32) {
    let at = at.clamp(0, (count as i64 - 1) * ONE);
    let first = (at >> 32).min((count as i64 - 2).max(0));
    (first as usize, ((at - (first << 32)) >> 8) as f32 * (1.0 / 16_777_216.0))
}

//! Values between samples along a run of places, as stored: the inner loops of every reslice.

mod cubic;
mod linear;
mod nearest;

pub(crate) use linear::{linear, linear_anywhere};

use super::Interpolation;
use super::grid::{Grid, Sample};
use super::line::{ONE, Run};

/// The stored values of the places of a run, into as many values.
pub(crate) fn fill<S: Sample>(grid: &Grid<'_, S>, run: Run, interpolation: Interpolation, values: &mut [f32]) {
    let reach = match interpolation {
        Interpolation::Nearest => return nearest::nearest(grid, run, values),
        Interpolation::Linear => 1,
        Interpolation::Cubic => 2,
    };
    let [before, inner, after] = run.split(grid.size, reach);
    let (first, rest) = values.split_at_mut(before.len());
    let (middle, last) = rest.split_at_mut(inner.len());
    match interpolation {
        Interpolation::Cubic => {
            cubic::edge(grid, before, first);
            cubic::inner(grid, inner, middle);
            cubic::edge(grid, after, last);
        }
        _ => {
            linear::edge(grid, before, first);
            linear::inner(grid, inner, middle);
            linear::edge(grid, after, last);
        }
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

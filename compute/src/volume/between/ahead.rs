//! Samples asked for before their turn comes: a run that goes from row to row or from slice to slice meets other lines of
//! memory with every place, and no processor sees by itself where the next ones are.

use super::{Grid, Run, advance, whole};
use crate::volume::line::ONE;

/// How many places are asked about at once.
pub(super) const PLACES: usize = 8;

/// How many times as many places ahead samples are asked for: memory takes as long as some places.
const AHEAD: usize = 5;

/// A step that changes row or slice by less than this, of a sample, meets new lines of memory rarely.
const SELDOM: i64 = 1 << 27;

/// The places of a run that are asked about.
pub(super) struct Ahead {
    later: [i64; 3],
    step: [i64; 3],
    count: usize,
}

impl Ahead {
    /// Asks for the samples around the first places: rows and slices from `BEFORE` ones before a place on, `ROWS` of each.
    /// Places less than a sample from one another along all axes but the first have theirs in the same lines: of them
    /// one is asked about.
    #[inline(always)]
    pub fn of<S, const BEFORE: usize, const ROWS: usize>(grid: &Grid<'_, S>, run: Run) -> Self {
        let step = run.step[1].abs().max(run.step[2].abs());
        let apart = [8, 4, 2].into_iter().find(|places| step <= ONE / places).unwrap_or(1);
        let count = if step < SELDOM { 0 } else { PLACES / apart as usize };
        let mut ahead = Self { later: run.at, step: run.step.map(|step| step.wrapping_mul(apart)), count };
        (0..AHEAD.min(run.len().div_ceil(PLACES))).for_each(|_| ahead.ask::<S, BEFORE, ROWS>(grid));
        ahead
    }

    /// Asks for the samples around the next [`PLACES`] places.
    #[inline(always)]
    pub fn ask<S, const BEFORE: usize, const ROWS: usize>(&mut self, grid: &Grid<'_, S>) {
        for _ in 0..self.count {
            ask::<S, BEFORE, ROWS>(grid, self.later);
            advance(&mut self.later, self.step);
        }
    }
}

/// The places of a run in order, the samples around later ones asked for.
#[inline(always)]
pub(super) fn each<S, const BEFORE: usize, const ROWS: usize>(
    grid: &Grid<'_, S>,
    run: Run,
    values: &mut [f32],
    mut value: impl FnMut([i64; 3]) -> f32,
) {
    let mut ahead = Ahead::of::<S, BEFORE, ROWS>(grid, run);
    let mut at = run.at;
    for values in values.chunks_mut(PLACES) {
        ahead.ask::<S, BEFORE, ROWS>(grid);
        for of_place in values {
            *of_place = value(at);
            advance(&mut at, run.step);
        }
    }
}

#[inline(always)]
fn ask<S, const BEFORE: usize, const ROWS: usize>(grid: &Grid<'_, S>, at: [i64; 3]) {
    let [x, y, z] = whole(at);
    let first = y.wrapping_sub(BEFORE).wrapping_mul(grid.row);
    let mut slice = z.wrapping_sub(BEFORE).wrapping_mul(grid.plane).wrapping_add(first).wrapping_add(x);
    for _ in 0..ROWS {
        let mut row = slice;
        for _ in 0..ROWS {
            prefetch(grid.samples.as_ptr().wrapping_add(row));
            row = row.wrapping_add(grid.row);
        }
        slice = slice.wrapping_add(grid.plane);
    }
}

/// Asks for what is at an address, wherever that is.
#[inline(always)]
fn prefetch<S>(sample: *const S) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint. It reads nothing that anybody sees, and what is no memory is left alone.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(sample.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = sample;
}

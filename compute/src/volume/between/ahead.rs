//! Samples asked for before their turn comes: a run that goes from row to row or from slice to slice meets other lines of
//! memory with every place, and no processor sees by itself where the next ones are.

use super::{Grid, Run, advance, whole};

/// How many places ahead samples are asked for where nobody says what comes next: memory takes as long as some places.
const AHEAD: usize = 24;

/// Places, and those that come next: side by side with these, as a rule, and so near that both are in reach at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Runs {
    pub(super) run: Run,
    pub(super) next: Option<Run>,
}

/// The places of a run in order. Before each, the samples around a later one are asked for: rows and slices from `BEFORE`
/// ones before the place on, `ROWS` of each.
#[inline(always)]
pub(super) fn each<S, const BEFORE: usize, const ROWS: usize>(
    grid: &Grid<'_, S>,
    Runs { run, next }: Runs,
    values: &mut [f32],
    mut value: impl FnMut([i64; 3]) -> f32,
) {
    let mut at = run.at;
    if !run.is_across() && !next.is_some_and(|next| next.is_across()) {
        for of_place in values {
            *of_place = value(at);
            advance(&mut at, run.step);
        }
        return;
    }
    let (mut later, step, count) = match next {
        Some(next) => (next.at, next.step, next.len()),
        None => (at, run.step, usize::MAX),
    };
    let mut asked = 0;
    let mut ask_next = |most: usize| {
        for _ in 0..most.min(count - asked) {
            ask::<S, BEFORE, ROWS>(grid, later);
            advance(&mut later, step);
            asked += 1;
        }
    };
    if next.is_none() {
        ask_next(AHEAD.min(values.len()));
    }
    for of_place in values {
        ask_next(1);
        *of_place = value(at);
        advance(&mut at, run.step);
    }
    if next.is_some() {
        ask_next(count);
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

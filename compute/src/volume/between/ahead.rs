//! Samples asked for before their turn comes: a run that goes from row to row or from slice to slice meets other lines of
//! memory with every place, and no processor sees by itself where the next ones are.

use super::{Grid, Run, advance, whole};

/// How many places ahead samples are asked for: memory takes as long as some places.
const AHEAD: i64 = 24;

/// A step that changes row or slice by less than this, of a sample, meets new lines of memory rarely.
const SELDOM: i64 = 1 << 27;

/// The places of a run in order. Before each, the samples around a later one are asked for: rows and slices from `BEFORE`
/// ones before the place on, `ROWS` of each.
#[inline(always)]
pub(super) fn each<S, const BEFORE: usize, const ROWS: usize>(
    grid: &Grid<'_, S>,
    run: Run,
    values: &mut [f32],
    mut value: impl FnMut([i64; 3]) -> f32,
) {
    let mut at = run.at;
    if run.step[1].abs().max(run.step[2].abs()) < SELDOM {
        for of_place in values {
            *of_place = value(at);
            advance(&mut at, run.step);
        }
        return;
    }
    let mut later = at;
    for _ in 0..AHEAD.min(values.len() as i64) {
        ask::<S, BEFORE, ROWS>(grid, later);
        advance(&mut later, run.step);
    }
    for of_place in values {
        ask::<S, BEFORE, ROWS>(grid, later);
        *of_place = value(at);
        advance(&mut at, run.step);
        advance(&mut later, run.step);
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

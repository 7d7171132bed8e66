//! Linear interpolation along each axis.

use super::{Grid, Run, Sample, advance, held, part, whole};

/// The stored value at a place that has samples on both sides along each axis.
#[inline(always)]
pub(crate) fn linear<S: Sample>(grid: &Grid<'_, S>, at: [i64; 3]) -> f32 {
    let [x, y, z] = whole(at);
    let [across, down, up] = at.map(part);
    let first = x + y * grid.row + z * grid.plane;
    let near = plane(grid, first, across, down);
    near + (plane(grid, first + grid.plane, across, down) - near) * up
}

#[inline(always)]
fn plane<S: Sample>(grid: &Grid<'_, S>, first: usize, across: f32, down: f32) -> f32 {
    let near = row(&grid.samples[first..first + 2], across);
    let far = row(&grid.samples[first + grid.row..first + grid.row + 2], across);
    near + (far - near) * down
}

#[inline(always)]
fn row<S: Sample>(pair: &[S], across: f32) -> f32 {
    let (near, far): (f32, f32) = (pair[0].into(), pair[1].into());
    near + (far - near) * across
}

/// Places that have samples on both sides.
pub(super) fn inner<S: Sample>(grid: &Grid<'_, S>, run: Run, values: &mut [f32]) {
    let mut at = run.at;
    for value in values {
        *value = linear(grid, at);
        advance(&mut at, run.step);
    }
}

/// Places on the edge: there its samples go on.
pub(super) fn edge<S: Sample>(grid: &Grid<'_, S>, run: Run, values: &mut [f32]) {
    let mut at = run.at;
    for value in values {
        *value = linear_anywhere(grid, at);
        advance(&mut at, run.step);
    }
}

/// The stored value at any place inside the volume.
pub(crate) fn linear_anywhere<S: Sample>(grid: &Grid<'_, S>, at: [i64; 3]) -> f32 {
    let [(x, across), (y, down), (z, up)] = std::array::from_fn(|axis| held(at[axis], grid.size[axis]));
    let next: [usize; 3] = std::array::from_fn(|axis| usize::from(grid.size[axis] > 1));
    let first = x + y * grid.row + z * grid.plane;
    let row = |from: usize| {
        let (near, far): (f32, f32) = (grid.samples[from].into(), grid.samples[from + next[0]].into());
        near + (far - near) * across
    };
    let plane = |from: usize| {
        let near = row(from);
        near + (row(from + next[1] * grid.row) - near) * down
    };
    let near = plane(first);
    near + (plane(first + next[2] * grid.plane) - near) * up
}

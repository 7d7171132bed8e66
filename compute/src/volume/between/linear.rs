//! Linear interpolation along each axis.

use super::{Grid, Run, Sample, advance, ahead, eight, held, padded, part, whole};

/// The stored value at a place that has samples on both sides along each axis; no number where there is none.
#[inline(always)]
pub(crate) fn linear<S: Sample>(grid: &Grid<'_, S>, at: [i64; 3]) -> f32 {
    match grid.padding {
        None => of_all(grid, at),
        Some(padding) => of_measured(grid, padding, at),
    }
}

/// The same where some samples may be none: most places have no such beside them.
#[inline(always)]
fn of_measured<S: Sample>(grid: &Grid<'_, S>, padding: S, at: [i64; 3]) -> f32 {
    let [x, y, z] = whole(at);
    let first = x + y * grid.row + z * grid.plane;
    let rows = [first, first + grid.row, first + grid.plane, first + grid.plane + grid.row];
    let is_padded = rows
        .iter()
        .fold(false, |is_padded, row| is_padded | grid.samples[*row].is(padding) | grid.samples[row + 1].is(padding));
    if is_padded { padded::linear(grid, padding, at) } else { of_all(grid, at) }
}

/// The same where all samples were measured.
#[inline(always)]
fn of_all<S: Sample>(grid: &Grid<'_, S>, at: [i64; 3]) -> f32 {
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

/// The stored value at a place that has two samples on both sides along each axis, and half the difference of the values
/// one sample after and one before, along each axis: each sample is read once. All of them must have been measured.
#[inline(always)]
pub(crate) fn linear_with_gradient<S: Sample>(grid: &Grid<'_, S>, at: [i64; 3]) -> (f32, [f32; 3]) {
    let [x, y, z] = whole(at);
    let [across, down, up] = at.map(part);
    let first = x + y * grid.row + z * grid.plane;
    let between = |near: f32, far: f32, part: f32| near + (far - near) * part;
    // Of a row: the values one sample before, at, and one after the place.
    let long = |from: usize| {
        let samples: [f32; 4] = std::array::from_fn({
            let row = &grid.samples[from - 1..from + 3];
            move |at| row[at].into()
        });
        [0, 1, 2].map(|at| between(samples[at], samples[at + 1], across))
    };
    let short = |from: usize| row(&grid.samples[from..from + 2], across);
    let [row, plane] = [grid.row, grid.plane];
    let rows = [long(first), long(first + row), long(first + plane), long(first + plane + row)];
    let [before, here, after]: [f32; 3] = std::array::from_fn(|at| {
        between(between(rows[0][at], rows[1][at], down), between(rows[2][at], rows[3][at], down), up)
    });
    let near = [short(first - row), rows[0][1], rows[1][1], short(first + 2 * row)];
    let far = [short(first + plane - row), rows[2][1], rows[3][1], short(first + plane + 2 * row)];
    let beside = |at: usize| between(between(near[at], near[at + 1], down), between(far[at], far[at + 1], down), up);
    let under = |first: usize| between(short(first), short(first + row), down);
    let planes = [
        under(first - plane),
        between(rows[0][1], rows[1][1], down),
        between(rows[2][1], rows[3][1], down),
        under(first + 2 * plane),
    ];
    let above = |at: usize| between(planes[at], planes[at + 1], up);
    (here, [0.5 * (after - before), 0.5 * (beside(2) - beside(0)), 0.5 * (above(2) - above(0))])
}

/// Places that have samples on both sides.
pub(super) fn inner<S: Sample>(grid: &Grid<'_, S>, run: Run, values: &mut [f32]) {
    let done = eight::linear(grid, run, values, |at| linear(grid, at));
    let (run, values) = (run.part(done, run.len()), &mut values[done..]);
    match grid.padding {
        None => ahead::each::<S, 0, 2>(grid, run, values, |at| of_all(grid, at)),
        Some(padding) => ahead::each::<S, 0, 2>(grid, run, values, |at| of_measured(grid, padding, at)),
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

/// The stored value at any place inside the volume; no number where there is none.
pub(crate) fn linear_anywhere<S: Sample>(grid: &Grid<'_, S>, at: [i64; 3]) -> f32 {
    match grid.padding {
        None => of_edge(grid, at),
        Some(padding) => padded::linear(grid, padding, at),
    }
}

/// The same where all samples were measured.
fn of_edge<S: Sample>(grid: &Grid<'_, S>, at: [i64; 3]) -> f32 {
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

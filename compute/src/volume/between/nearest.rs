//! The nearest sample.

use super::{Grid, ONE, Run, Sample, advance};

/// Half-way, or within [`crate::volume::BORDER_SLACK`] of it, the sample with the higher index.
pub(super) fn nearest<S: Sample>(grid: &Grid<'_, S>, run: Run, values: &mut [f32]) {
    let last = grid.size.map(|count| count as i64 - 1);
    let mut at = run.at.map(|at| at + ONE / 2 + (ONE >> 20));
    for value in values {
        let [x, y, z]: [usize; 3] = std::array::from_fn(|axis| (at[axis] >> 32).clamp(0, last[axis]) as usize);
        *value = grid.samples[x + y * grid.row + z * grid.plane].into();
        advance(&mut at, run.step);
    }
}

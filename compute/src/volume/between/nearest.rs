//! The nearest sample.

use super::{Grid, Run, Sample, ahead, padded};

/// No number where it is none. Half-way, or within [`crate::volume::BORDER_SLACK`] of it, the sample with the higher index.
pub(super) fn nearest<S: Sample>(grid: &Grid<'_, S>, run: Run, values: &mut [f32]) {
    ahead::each::<S, 0, 1>(grid, run, values, |at| {
        let sample = grid.samples[padded::nearest(grid, at)];
        if grid.padding.is_some_and(|padding| sample.is(padding)) { f32::NAN } else { sample.into() }
    });
}

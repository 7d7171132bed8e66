//! The nearest sample.

use super::{Grid, Run, Sample, ahead, padded};

/// Half-way, or within [`crate::volume::BORDER_SLACK`] of it, the sample with the higher index.
pub(super) fn nearest<S: Sample>(grid: &Grid<'_, S>, run: Run, values: &mut [f32]) {
    ahead::each::<S, 0, 1>(grid, run, values, |at| grid.samples[padded::nearest(grid, at)].into());
}

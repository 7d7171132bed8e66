//! Cubic convolution along each axis.

use super::{Grid, Run, Sample, advance, ahead, held, part, whole};
use crate::volume::interpolation::cubic_weights_f32 as weights;

/// Places that have two samples on both sides along each axis.
pub(super) fn inner<S: Sample>(grid: &Grid<'_, S>, run: Run, values: &mut [f32]) {
    ahead::each::<S, 1, 4>(grid, run, values, |at| {
        let [x, y, z] = whole(at);
        let [across, down, up] = at.map(|at| weights(part(at)));
        let mut first = x - 1 + (y - 1) * grid.row + (z - 1) * grid.plane;
        let mut sums = [0.0_f32; 4];
        for of_slice in up {
            let mut row = first;
            for of_row in down {
                let weight = of_slice * of_row;
                for (sum, sample) in sums.iter_mut().zip(&grid.samples[row..row + 4]) {
                    *sum += weight * (*sample).into();
                }
                row += grid.row;
            }
            first += grid.plane;
        }
        (0..4).map(|column| sums[column] * across[column]).sum()
    });
}

/// Places near the edge: beyond it the samples go on linearly.
pub(super) fn edge<S: Sample>(grid: &Grid<'_, S>, run: Run, values: &mut [f32]) {
    let mut at = run.at;
    for value in values {
        let [across, down, up]: [[(usize, f32); 4]; 3] =
            std::array::from_fn(|axis| taps(held(at[axis], grid.size[axis]), grid.size[axis]));
        let mut sums = [0.0_f32; 4];
        for (z, of_slice) in up {
            for (y, of_row) in down {
                let row = &grid.samples[y * grid.row + z * grid.plane..][..grid.row];
                for (sum, (x, _)) in sums.iter_mut().zip(across) {
                    *sum += of_slice * of_row * row[x].into();
                }
            }
        }
        *value = (0..4).map(|column| sums[column] * across[column].1).sum();
        advance(&mut at, run.step);
    }
}

/// Samples along an axis and how much each counts; what is beyond the edge is put on the two samples at the edge.
pub(super) fn taps((first, part): (usize, f32), count: usize) -> [(usize, f32); 4] {
    let last = count - 1;
    if count == 1 {
        return [(0, 0.0), (0, 1.0), (0, 0.0), (0, 0.0)];
    }
    let [mut before, mut at, mut after, mut beyond] = weights(part);
    if first == 0 {
        (at, after, before) = (at + 2.0 * before, after - before, 0.0);
    }
    if first + 2 > last {
        (after, at, beyond) = (after + 2.0 * beyond, at - beyond, 0.0);
    }
    [(first.saturating_sub(1), before), (first, at), (first + 1, after), ((first + 2).min(last), beyond)]
}

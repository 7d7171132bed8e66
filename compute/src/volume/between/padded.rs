//! Places beside samples that are none (padding). The volume ends there as it does at its edge: half a voxel beyond the last
//! sample that was measured. The definition is [`crate::volume::plain::value`].

use super::cubic::taps;
use super::{Grid, ONE, Run, Sample, advance, held};
use crate::volume::BORDER_SLACK;

/// Puts right the cubic values of a run that padding has a part in: they are linear ones.
pub(super) fn mend_cubic<S: Sample>(grid: &Grid<'_, S>, padding: S, run: Run, values: &mut [f32]) {
    let mut at = run.at;
    for value in values {
        let taps: Taps = std::array::from_fn(|axis| taps(held(at[axis], grid.size[axis]), grid.size[axis]));
        if each(grid, &taps).any(|(sample, _)| sample.is(padding)) {
            // What rounding may give a weight takes no part.
            let has_part = each(grid, &taps).any(|(sample, weights)| {
                sample.is(padding) && weights.iter().all(|weight| weight.abs() > BORDER_SLACK as f32)
            });
            *value = if has_part { linear(grid, padding, at) } else { cubic(grid, padding, at, &taps) };
        }
        advance(&mut at, run.step);
    }
}

/// Samples along each axis with their weights.
type Taps = [[(usize, f32); 4]; 3];

/// The 64 samples around a place, with their weights along each axis.
fn each<'a, S: Sample>(grid: &'a Grid<'_, S>, taps: &'a Taps) -> impl Iterator<Item = (S, [f32; 3])> + 'a {
    (0..64).map(|tap: usize| {
        let [(x, across), (y, down), (z, up)] = [taps[0][tap & 3], taps[1][tap >> 2 & 3], taps[2][tap >> 4]];
        (grid.samples[x + y * grid.row + z * grid.plane], [across, down, up])
    })
}

/// The cubic value of the samples that were measured, where the others have no weight.
fn cubic<S: Sample>(grid: &Grid<'_, S>, padding: S, at: [i64; 3], taps: &Taps) -> f32 {
    let nearest: f32 = grid.samples[nearest(grid, at)].into();
    let measured = each(grid, taps).filter(|(sample, _)| !sample.is(padding));
    nearest + measured.map(|(sample, [across, down, up])| up * down * across * (sample.into() - nearest)).sum::<f32>()
}

/// The stored value at any place inside the volume: the linear one of the samples around it that were measured, no number
/// where the nearest sample is none.
#[cold]
#[inline(never)]
pub(super) fn linear<S: Sample>(grid: &Grid<'_, S>, padding: S, at: [i64; 3]) -> f32 {
    let nearest = grid.samples[nearest(grid, at)];
    if nearest.is(padding) {
        return f32::NAN;
    }
    let nearest: f32 = nearest.into();
    let (first, parts, next) = corners(grid, at);
    let (mut sum, mut weights) = (0.0, 0.0);
    for corner in 0..8 {
        let (mut index, mut weight) = (first, 1.0);
        for axis in 0..3 {
            if corner >> axis & 1 == 0 {
                weight *= 1.0 - parts[axis];
            } else {
                weight *= parts[axis];
                index += next[axis];
            }
        }
        let sample = grid.samples[index];
        if !sample.is(padding) {
            sum += weight * (sample.into() - nearest);
            weights += weight;
        }
    }
    nearest + sum / weights
}

/// The nearest sample: half-way, or within [`BORDER_SLACK`] of it, the one with the higher index.
#[inline(always)]
pub(super) fn nearest<S>(grid: &Grid<'_, S>, at: [i64; 3]) -> usize {
    let [x, y, z]: [usize; 3] = std::array::from_fn(|axis| {
        ((at[axis] + ONE / 2 + (ONE >> 20)) >> 32).clamp(0, grid.size[axis] as i64 - 1) as usize
    });
    x + y * grid.row + z * grid.plane
}

/// The first sample around a place, how far the place is from there to the next ones, and how far those are in memory.
#[inline(always)]
fn corners<S>(grid: &Grid<'_, S>, at: [i64; 3]) -> (usize, [f32; 3], [usize; 3]) {
    let [(x, across), (y, down), (z, up)] = std::array::from_fn(|axis| held(at[axis], grid.size[axis]));
    let steps = [1, grid.row, grid.plane];
    let next = std::array::from_fn(|axis| if grid.size[axis] > 1 { steps[axis] } else { 0 });
    (x + y * grid.row + z * grid.plane, [across, down, up], next)
}

#[cfg(test)]
mod tests {
    use crate::volume::samples_for_tests::{agree, cubes, geometries, holes, planes};
    use crate::volume::{Interpolation, Plane, Volume, Voxels, never, plain, slice};

    const ALL: [Interpolation; 3] = [Interpolation::Nearest, Interpolation::Linear, Interpolation::Cubic];

    fn values(volume: &Volume, places: [[f64; 3]; 2], interpolation: Interpolation) -> [f32; 2] {
        places.map(|corner| {
            let plane = Plane { corner, across: [1.0, 0.0, 0.0], down: [0.0, 1.0, 0.0], width: 1, height: 1 };
            slice(volume, &plane, interpolation, 7.0, &never).expect("a slice")[0]
        })
    }

    #[test]
    fn the_volume_ends_half_a_voxel_beyond_what_was_measured() {
        // A wall of 100 beside padding.
        let volume = cubes([6, 3, 3], |[x, ..]| if x < 3 { 100 } else { -2000 }).with_padding(-2000.0);
        for interpolation in ALL {
            let found = values(&volume, [[2.49, 1.0, 1.0], [2.51, 1.0, 1.0]], interpolation);
            assert_eq!(found, [100.0, 7.0], "{interpolation:?}");
        }
        let ramp = cubes([6, 3, 3], |[x, y, _]| if x < 3 { 10 * x as i16 } else { 50 * y as i16 - 2000 });
        let ramp = ramp.with_padding(-1950.0);
        // Padding is in the middle row only, and takes no part there.
        assert_eq!(values(&ramp, [[2.4, 1.0, 1.0], [1.5, 1.0, 1.0]], Interpolation::Linear), [20.0, 15.0]);
    }

    #[test]
    fn the_fast_path_agrees_with_the_definition() {
        for (name, geometry) in geometries(6) {
            let volume = Volume { geometry, ..cubes([9, 8, 6], holes) }.with_padding(-2000.0);
            let Voxels::I16(samples) = &volume.voxels else { panic!("16 bits") };
            let float = |sample: &i16| if *sample == -2000 { f32::NAN } else { f32::from(*sample) };
            let floats = Voxels::F32(samples.iter().map(float).collect());
            let floats = Volume { voxels: floats, padding: Some(f32::NAN), ..volume.clone() };
            for plane in planes(&volume) {
                for interpolation in ALL {
                    let plain = plain::slice(&volume, &plane, interpolation, 9e3);
                    assert!(plain.contains(&9e3) && plain.iter().any(|value| value.abs() < 3e3), "{name}");
                    for volume in [&volume, &floats] {
                        let fast = slice(volume, &plane, interpolation, 9e3, &never).expect("a slice");
                        assert!(agree(&fast, &plain, 2e-3), "{name} {interpolation:?}");
                    }
                }
            }
        }
    }
}

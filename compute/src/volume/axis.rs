//! A volume seen along one of its own axes: every sample is read once, in the order of memory.

use rayon::prelude::*;

use super::gather::as_stored;
use super::grid::{Grid, Sample, with_samples};
use super::stop::go_on;
use super::{Error, Intensity, Kept, Stop, Volume, Voxels};

/// Samples of a row that are gathered side by side. With fewer, the compiler unrolls the loop and finds no vectors in it.
const LANES: usize = 128;

/// Samples of a plane that are gathered through all slices before the next ones: they stay near the processor.
const BAND: usize = 8192;

/// A volume that is one sample deep along an axis (0 columns, 1 rows, 2 slices): all samples along it made one.
///
/// Its samples are what was measured. The definition is [`super::plain::flattened`].
pub fn flatten(volume: &Volume, axis: usize, intensity: Intensity, stop: Stop<'_>) -> Result<Volume, Error> {
    with_samples!(&volume.voxels, samples => {
        let grid = Grid::of(volume, samples)?;
        Ok(flat(volume, axis, flattened(&grid, axis, intensity, stop)?))
    })
}

fn flattened<S: Sample>(
    grid: &Grid<'_, S>,
    axis: usize,
    intensity: Intensity,
    stop: Stop<'_>,
) -> Result<Vec<f32>, Error> {
    if let Some(padding) = grid.padding {
        return measured(grid, padding, axis, intensity, stop);
    }
    let most = |most: S, sample: S| if sample > most { sample } else { most };
    let least = |least: S, sample: S| if sample < least { sample } else { least };
    let sum = |sum: S::Sum, sample: S| sample.added(sum);
    let mut values = match as_stored(intensity, grid.slope) {
        Intensity::Maximum => along(grid, axis, S::LEAST, most, most, |one, _| one.into(), stop),
        Intensity::Minimum => along(grid, axis, S::MOST, least, least, |one, _| one.into(), stop),
        Intensity::Average => along(grid, axis, S::Sum::default(), sum, S::joined, S::mean, stop),
    }?;
    // Of samples that are no numbers nothing is left but the start.
    values.iter_mut().for_each(|value| *value = if value.is_infinite() { f32::NAN } else { grid.measured(*value) });
    Ok(values)
}

/// The same of a volume with padding: no number where there is nothing else.
fn measured<S: Sample>(
    grid: &Grid<'_, S>,
    padding: S,
    axis: usize,
    intensity: Intensity,
    stop: Stop<'_>,
) -> Result<Vec<f32>, Error> {
    // What stands for nothing is the start, and gives way to all else.
    let most = |most: S, sample: S| {
        if !sample.is(padding) & ((sample > most) | most.is(padding)) { sample } else { most }
    };
    let least = |least: S, sample: S| {
        if !sample.is(padding) & ((sample < least) | least.is(padding)) { sample } else { least }
    };
    let value = |one: S, _| if one.is(padding) { f32::NAN } else { one.into() };
    let sum = |(sum, count): (S::Sum, u32), sample: S| {
        if sample.is(padding) { (sum, count) } else { (sample.added(sum), count + 1) }
    };
    let joined = |one: (S::Sum, u32), other: (S::Sum, u32)| (S::joined(one.0, other.0), one.1 + other.1);
    let mean = |(sum, count): (S::Sum, u32), _| if count > 0 { S::mean(sum, count as usize) } else { f32::NAN };
    let mut values = match as_stored(intensity, grid.slope) {
        Intensity::Maximum => along(grid, axis, padding, most, most, value, stop),
        Intensity::Minimum => along(grid, axis, padding, least, least, value, stop),
        Intensity::Average => along(grid, axis, Default::default(), sum, joined, mean, stop),
    }?;
    values.iter_mut().for_each(|value| *value = grid.measured(*value));
    Ok(values)
}

/// All samples along an axis, from a `start`: `add` one to what there is, `join` two of these, `end` with so many samples.
fn along<S: Sample, T: Copy + Send + Sync>(
    grid: &Grid<'_, S>,
    axis: usize,
    start: T,
    add: impl Fn(T, S) -> T + Sync,
    join: impl Fn(T, T) -> T + Sync,
    end: impl Fn(T, usize) -> f32 + Sync,
    stop: Stop<'_>,
) -> Result<Vec<f32>, Error> {
    let [columns, rows, slices] = grid.size;
    let count = grid.size[axis];
    let mut values = vec![0.0; grid.samples.len() / count];
    let add_all = |all: &mut [T], samples: &[S]| {
        all.iter_mut().zip(samples).for_each(|(one, sample)| *one = add(*one, *sample));
    };
    let end_all = |values: &mut [f32], all: &[T]| {
        values.iter_mut().zip(all).for_each(|(value, one)| *value = end(*one, count));
    };
    match axis {
        0 => values.par_chunks_mut(rows).zip(grid.samples.par_chunks(grid.plane)).try_for_each(|(values, plane)| {
            go_on(stop)?;
            for (value, row) in values.iter_mut().zip(plane.chunks_exact(columns)) {
                let (chunks, rest) = row.as_chunks::<LANES>();
                let mut lanes = [start; LANES];
                // Of arrays of equal length, so that lanes stay in registers.
                for chunk in chunks {
                    lanes.iter_mut().zip(chunk).for_each(|(one, sample)| *one = add(*one, *sample));
                }
                add_all(&mut lanes, rest);
                for width in [LANES / 2, LANES / 4, LANES / 8, LANES / 16] {
                    let (near, far) = lanes.split_at_mut(width);
                    near.iter_mut().zip(far).for_each(|(one, other)| *one = join(*one, *other));
                }
                *value = end(lanes[..LANES / 16].iter().copied().reduce(&join).unwrap_or(start), count);
            }
            Ok(())
        })?,
        1 => values.par_chunks_mut(columns).zip(grid.samples.par_chunks(grid.plane)).try_for_each(
            |(values, plane)| {
                go_on(stop)?;
                let mut all = vec![start; columns];
                plane.chunks_exact(columns).for_each(|row| add_all(&mut all, row));
                end_all(values, &all);
                Ok(())
            },
        )?,
        _ => values.par_chunks_mut(BAND).enumerate().try_for_each(|(band, values)| {
            go_on(stop)?;
            let mut all = vec![start; values.len()];
            for slice in 0..slices {
                add_all(&mut all, &grid.samples[slice * grid.plane + band * BAND..][..values.len()]);
            }
            end_all(values, &all);
            Ok(())
        })?,
    }
    Ok(values)
}

/// The volume of the samples that are left.
pub(crate) fn flat(volume: &Volume, axis: usize, samples: Vec<f32>) -> Volume {
    let (mut size, mut geometry) = (volume.size, volume.geometry.clone());
    size[axis] = 1;
    geometry.origins.truncate(size[2]);
    // Where all samples were padding there is none.
    let padding = volume.padding.map(|_| f32::NAN);
    Volume { size, voxels: Voxels::F32(samples), slope: 1.0, intercept: 0.0, padding, geometry, stack: Kept::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::samples_for_tests::{agree, cubes, noise};
    use crate::volume::{never, plain};

    #[test]
    fn every_axis_agrees_with_the_definition() {
        let volume = Volume { slope: -2.0, intercept: 5.0, ..cubes([37, 5, 4], noise) };
        let Voxels::I16(samples) = &volume.voxels else { panic!("16 bits") };
        let floats = Voxels::F32(samples.iter().map(|sample| f32::from(*sample)).collect());
        let floats = Volume { voxels: floats, ..volume.clone() };
        // The commonest value is padding, and so is the whole of a row, column and stack.
        let holes = |[x, y, z]: [usize; 3]| if x == 3 || y == 2 || z == 1 { 7 } else { noise([x, y, z]) / 700 };
        let mut holes = Volume { slope: -2.0, ..cubes([37, 5, 4], holes) }.with_padding(7.0);
        let Voxels::I16(samples) = &mut holes.voxels else { panic!("16 bits") };
        (0..37).for_each(|at| samples[at] = 7);
        for volume in [&volume, &floats, &holes] {
            for axis in 0..3 {
                for intensity in [Intensity::Maximum, Intensity::Minimum, Intensity::Average] {
                    let fast = flatten(volume, axis, intensity, &never).expect("a volume");
                    let plain = plain::flattened(volume, axis, intensity);
                    assert_eq!((fast.size, &fast.geometry), (plain.size, &plain.geometry));
                    let (Voxels::F32(fast), Voxels::F32(plain)) = (fast.voxels, plain.voxels) else { panic!("floats") };
                    assert!(agree(&fast, &plain, 1e-3), "{axis} {intensity:?}");
                }
            }
        }
    }
}

//! An oblique slice: the values on a plane.

use rayon::prelude::*;

use super::between;
use super::grid::{Grid, with_samples};
use super::line::{Line, runs};
use super::stop::go_on;
use super::{Error, Interpolation, Plane, Stop, Volume};

/// What was measured on a plane: `width * height` values row by row; `outside` where there is no volume, or padding.
///
/// The same as [`super::plain::slice`] to about 0.0005 of the unit of a 16-bit volume, by all threads of the pool that
/// this is called in. Errors: a plane without extent, a volume that is none, [`Error::Stopped`].
pub fn slice(
    volume: &Volume,
    plane: &Plane,
    interpolation: Interpolation,
    outside: f32,
    stop: Stop<'_>,
) -> Result<Vec<f32>, Error> {
    plane.check()?;
    let lines = |row: usize| Line { start: plane.point(0.0, row as f64), step: plane.across, count: plane.width };
    along_lines(volume, (plane.width, plane.height), lines, interpolation, outside, stop)
}

/// What was measured along lines of equal length, one row of values for each.
pub(super) fn along_lines(
    volume: &Volume,
    (width, height): (usize, usize),
    line: impl Fn(usize) -> Line + Sync,
    interpolation: Interpolation,
    outside: f32,
    stop: Stop<'_>,
) -> Result<Vec<f32>, Error> {
    let stack = volume.stack();
    let mut values = vec![outside; width * height];
    with_samples!(&volume.voxels, samples => {
        let grid = Grid::of(volume, samples)?;
        values.par_chunks_exact_mut(width).enumerate().try_for_each(|(row, values)| {
            go_on(stop)?;
            runs(stack, volume.size, &line(row), |run| {
                for stretch in between::stretches(run, volume.size, interpolation) {
                    stretch.fill(&grid, interpolation, values);
                }
            });
            if grid.padding.is_some() {
                values.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = outside);
            }
            Ok::<(), Error>(())
        })?;
    });
    Ok(values)
}

#[cfg(test)]
mod tests;

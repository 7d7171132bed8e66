//! An oblique slice: the values on a plane.

use rayon::prelude::*;

use super::between;
use super::grid::{Grid, with_samples};
use super::line::{Line, runs};
use super::stop::go_on;
use super::{Error, Interpolation, Plane, Stop, Volume};

/// What was measured on a plane: `width * height` values row by row; `outside` where there is no volume.
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
    let stack = volume.geometry.stack();
    let mut values = vec![outside; width * height];
    let rows = (height / (4 * rayon::current_num_threads())).clamp(1, TILE);
    with_samples!(&volume.voxels, samples => {
        let grid = Grid::of(volume, samples)?;
        values.par_chunks_mut(width * rows).enumerate().try_for_each(|(band, values)| {
            go_on(stop)?;
            let mut stretches = vec![Vec::new(); values.len() / width];
            for (row, found) in stretches.iter_mut().enumerate() {
                let add = |run| found.extend(between::stretches(run, volume.size, interpolation));
                runs(&stack, volume.size, &line(band * rows + row), add);
            }
            for first in (0..width).step_by(TILE) {
                for (values, stretches) in values.chunks_exact_mut(width).zip(&stretches) {
                    for stretch in stretches {
                        stretch.fill(&grid, interpolation, (first, first + TILE), values);
                    }
                }
            }
            Ok::<(), Error>(())
        })?;
    });
    Ok(values)
}

/// Values along the sides of what one thread works out at a time: lines near one another meet the same samples, which are
/// still near the processor then.
const TILE: usize = 32;

#[cfg(test)]
mod tests;

//! A projection: all that is on the ray through each pixel, made one value.

use rayon::prelude::*;

use super::between::{advance, linear, linear_anywhere};
use super::gather::{Gather, larger, smaller};
use super::grid::{Grid, Sample, with_samples};
use super::line::{Line, Run, runs};
use super::stop::go_on;
use super::{Bricks, Error, Intensity, Interpolation, Plane, Rays, Stack, Stop, Volume, axis, slice};

/// Pixels along the sides of what one thread draws at a time: rays near one another meet the same samples.
const TILE: usize = 16;

/// The projection of the whole volume onto a plane: `width * height` values; `outside` where no ray meets the volume.
///
/// Rays are parallel, along the normal of the plane. Linear values are taken at every [`Rays::step`], the finest spacing
/// of the volume. Along an axis of the grid the samples themselves are made one ([`super::flatten`]), and the picture is
/// interpolated between them. Given [`Bricks`] of this volume, greatest and least values come faster; they are the same.
/// The definition is [`super::plain::project`].
pub fn project(
    volume: &Volume,
    bricks: Option<&Bricks>,
    plane: &Plane,
    intensity: Intensity,
    outside: f32,
    stop: Stop<'_>,
) -> Result<Vec<f32>, Error> {
    plane.check()?;
    let rays = Rays::through(volume, plane);
    if let Some(axis) = rays.axis {
        let flat = axis::flatten(volume, axis, intensity, stop)?;
        return slice(&flat, &rays.onto(plane), Interpolation::Linear, outside, stop);
    }
    let (stack, normal) = (volume.stack(), plane.normal());
    let gather = Gather::stored(intensity, volume);
    let mut pixels = vec![outside; plane.pixels()];
    with_samples!(&volume.voxels, samples => {
        let grid = Grid::of(volume, samples)?;
        let bricks = bricks.filter(|_| intensity != Intensity::Average);
        pixels.par_chunks_mut(plane.width * TILE).enumerate().try_for_each(|(band, pixels)| {
            for first in (0..plane.width).step_by(TILE) {
                go_on(stop)?;
                for (row, pixels) in pixels.chunks_mut(plane.width).enumerate() {
                    for (column, pixel) in pixels.iter_mut().enumerate().skip(first).take(TILE) {
                        let ray = rays.ray(plane, normal, column, band * TILE + row);
                        if let Some(stored) = along_ray(&grid, stack, &ray, bricks, gather) {
                            *pixel = grid.measured(stored);
                        }
                    }
                }
            }
            Ok::<(), Error>(())
        })?;
    });
    Ok(pixels)
}

/// The stored values along a ray made one; nothing when it misses the volume.
fn along_ray<S: Sample>(
    grid: &Grid<'_, S>,
    stack: &Stack,
    ray: &Line,
    bricks: Option<&Bricks>,
    gather: Gather,
) -> Option<f32> {
    let (mut value, mut count) = gather.nothing();
    let mut sum = 0.0;
    runs(stack, grid.size, ray, |run| match gather.intensity() {
        Intensity::Maximum => {
            let dull = |[_, most]: [f32; 2], best: f32| most <= best;
            value = extreme(grid, run, bricks, value, larger, dull);
        }
        Intensity::Minimum => {
            let dull = |[least, _]: [f32; 2], best: f32| least >= best;
            value = extreme(grid, run, bricks, value, smaller, dull);
        }
        Intensity::Average => {
            let (more, values) = total(grid, run);
            sum += more;
            count += values as f32;
        }
    });
    match gather.intensity() {
        Intensity::Average => (count > 0.0).then(|| (sum / f64::from(count)) as f32),
        _ => gather.value((value, count)),
    }
}

/// The sum of the values of a run, and how many there are.
fn total<S: Sample>(grid: &Grid<'_, S>, run: Run) -> (f64, usize) {
    let (mut sum, mut count) = (0.0, 0);
    let has_padding = grid.padding.is_some();
    let mut add = |value: f32| {
        if !has_padding || !value.is_nan() {
            sum += f64::from(value);
            count += 1;
        }
    };
    let [before, inner, after] = run.split(grid.size, 1);
    for edge in [before, after] {
        (0..edge.len()).for_each(|number| add(linear_anywhere(grid, edge.part(number, edge.len()).at)));
    }
    let mut at = inner.at;
    for _ in 0..inner.len() {
        add(linear(grid, at));
        advance(&mut at, inner.step);
    }
    (sum, count)
}

/// The values of a run, each added to the `best` so far; strides of which the bricks know that they are `dull` are left out.
#[inline(always)]
fn extreme<S: Sample>(
    grid: &Grid<'_, S>,
    run: Run,
    bricks: Option<&Bricks>,
    mut best: f32,
    add: impl Fn(f32, f32) -> f32,
    dull: impl Fn([f32; 2], f32) -> bool,
) -> f32 {
    let [before, inner, after] = run.split(grid.size, 1);
    for edge in [before, after] {
        for number in 0..edge.len() {
            best = add(best, linear_anywhere(grid, edge.part(number, edge.len()).at));
        }
    }
    let stride = if bricks.is_some() { Bricks::stride(run.step) } else { inner.len().max(1) };
    if bricks.is_some() {
        // A first look at one place in each stride: the sooner the best is near, the more is dull.
        for number in (stride / 2..inner.len()).step_by(stride) {
            best = add(best, linear(grid, inner.part(number, inner.len()).at));
        }
    }
    let mut first = 0;
    while first < inner.len() {
        let part = inner.part(first, (first + stride).min(inner.len()));
        first += stride;
        if bricks.is_some_and(|bricks| dull(bricks.range(part.at), best)) {
            continue;
        }
        let mut at = part.at;
        for _ in 0..part.len() {
            best = add(best, linear(grid, at));
            advance(&mut at, part.step);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::samples_for_tests::{agree, cubes, geometries, holes, noise};
    use crate::volume::{Voxels, never, plain};

    const INTENSITIES: [Intensity; 3] = [Intensity::Maximum, Intensity::Minimum, Intensity::Average];

    #[test]
    fn the_fast_path_agrees_with_the_definition_with_and_without_bricks() {
        let samples: [fn([usize; 3]) -> i16; 2] = [noise, holes];
        for ((name, geometry), sample) in geometries(6).into_iter().zip(samples.into_iter().cycle()) {
            let volume = Volume { geometry, slope: -0.5, ..cubes([9, 8, 6], sample) }.with_padding(-2000.0);
            let bricks = Bricks::of(&volume).expect("bricks");
            for toward in [[0.3, -0.5, 0.8], [1.0, 0.2, 0.0]] {
                let plane = Plane::framing(&volume.geometry, volume.size, toward, [0.0, 0.1, 1.0]).expect("a plane");
                for intensity in INTENSITIES {
                    let plain = plain::project(&volume, &plane, intensity, 9e3);
                    for bricks in [None, Some(&bricks)] {
                        let fast = project(&volume, bricks, &plane, intensity, 9e3, &never).expect("values");
                        assert!(agree(&fast, &plain, 3e-3), "{name} {toward:?} {intensity:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn along_the_axes_of_the_grid_samples_are_made_one() {
        let volume = cubes([9, 8, 6], holes).with_padding(-2000.0);
        let views = [[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0]];
        for (axis, toward) in views.into_iter().enumerate() {
            let up = if axis == 2 { [0.0, -1.0, 0.0] } else { [0.0, 0.0, 1.0] };
            let plane = Plane::framing(&volume.geometry, volume.size, toward, up).expect("a plane");
            assert_eq!(Rays::through(&volume, &plane).axis, Some(axis));
            for intensity in INTENSITIES {
                let fast = project(&volume, None, &plane, intensity, 9e3, &never).expect("values");
                let flat = axis::flatten(&volume, axis, intensity, &never).expect("a volume");
                let Voxels::F32(mut samples) = flat.voxels else { panic!("floats") };
                samples.iter_mut().filter(|sample| sample.is_nan()).for_each(|sample| *sample = 9e3);
                let mut seen = fast.clone();
                samples.sort_by(f32::total_cmp);
                seen.sort_by(f32::total_cmp);
                assert!(agree(&seen, &samples, 1e-3), "{axis} {intensity:?}");
                assert!(agree(&fast, &plain::project(&volume, &plane, intensity, 9e3), 1e-3), "{axis} {intensity:?}");
            }
        }
    }

    #[test]
    fn the_front_of_a_patient_is_seen_with_the_head_up_and_the_left_on_the_right() {
        // One bright sample at the left (high x) and the head (high z).
        let volume = cubes([4, 4, 4], |index| i16::from(index == [3, 1, 3]));
        let plane = Plane::framing(&volume.geometry, volume.size, [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]).expect("a plane");
        let values = project(&volume, None, &plane, Intensity::Maximum, 0.0, &never).expect("values");
        assert_eq!(values.iter().position(|value| *value == 1.0), Some(3));
    }
}

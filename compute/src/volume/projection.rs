//! A projection: all that is on the ray through each pixel, made one value.

use rayon::prelude::*;

use super::between::{advance, linear, linear_anywhere};
use super::gather::{Gather, larger, smaller};
use super::grid::{Grid, Sample, with_samples};
use super::line::{Line, Run, runs};
use super::stop::go_on;
use super::{Bricks, Error, Intensity, Interpolation, Rays, Sight, Stack, Stop, Volume, axis, slice};

/// Pixels along the sides of what one thread draws at a time: rays near one another meet the same samples.
const TILE: usize = 16;

/// The projection of the whole volume onto a plane: `width * height` values; `outside` where no ray meets the volume.
///
/// Rays are parallel, along the normal of the plane, or come from where the viewer stands. Linear values are taken at
/// every [`Rays::step`], the finest spacing of the volume. Along an axis of the grid, where all is seen, the samples
/// themselves are made one ([`super::flatten`]), and the picture is interpolated between them. Given [`Bricks`] of this
/// volume, greatest and least values come faster; they are the same. The definition is [`super::plain::project`].
pub fn project(
    volume: &Volume,
    bricks: Option<&Bricks>,
    sight: &Sight,
    intensity: Intensity,
    outside: f32,
    stop: Stop<'_>,
) -> Result<Vec<f32>, Error> {
    sight.check()?;
    let (plane, rays) = (&sight.plane, Rays::through(volume, sight));
    if let Some(axis) = rays.axis {
        let flat = axis::flatten(volume, axis, intensity, stop)?;
        return slice(&flat, &rays.onto(), Interpolation::Linear, outside, stop);
    }
    let stack = volume.stack();
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
                        let ray = rays.ray(column, band * TILE + row);
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
    use crate::volume::samples_for_tests::{agree, cubes, geometries, holes, noise, sights};
    use crate::volume::{Plane, Voxels, never, plain, vector};

    const INTENSITIES: [Intensity; 3] = [Intensity::Maximum, Intensity::Minimum, Intensity::Average];

    #[test]
    fn the_fast_path_agrees_with_the_definition_with_and_without_bricks() {
        let samples: [fn([usize; 3]) -> i16; 2] = [noise, holes];
        for ((name, geometry), sample) in geometries(6).into_iter().zip(samples.into_iter().cycle()) {
            let volume = Volume { geometry, slope: -0.5, ..cubes([9, 8, 6], sample) }.with_padding(-2000.0);
            let bricks = Bricks::of(&volume).expect("bricks");
            for toward in [[0.3, -0.5, 0.8], [1.0, 0.2, 0.0]] {
                let plane = Plane::framing(&volume.geometry, volume.size, toward, [0.0, 0.1, 1.0]).expect("a plane");
                for sight in sights(&plane) {
                    for intensity in INTENSITIES {
                        let plain = plain::project(&volume, &sight, intensity, 9e3);
                        for bricks in [None, Some(&bricks)] {
                            let fast = project(&volume, bricks, &sight, intensity, 9e3, &never).expect("values");
                            assert!(agree(&fast, &plain, 3e-3), "{name} {sight:?} {intensity:?}");
                        }
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
            let plane = Plane::framing(&volume.geometry, volume.size, toward, up).expect("a plane").straight();
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
        let values = project(&volume, None, &plane.straight(), Intensity::Maximum, 0.0, &never).expect("values");
        assert_eq!(values.iter().position(|value| *value == 1.0), Some(3));
    }

    #[test]
    fn a_viewer_far_away_sees_what_parallel_rays_meet() {
        let volume = cubes([9, 8, 6], noise);
        let plane = Plane::framing(&volume.geometry, volume.size, [0.3, -0.5, 0.8], [0.0, 0.1, 1.0])
            .expect("a plane")
            .straight();
        // In whole steps of 1 mm, so that samples are at the same places.
        let viewer = vector::along(plane.plane.corner, plane.plane.normal(), -1e7);
        for intensity in INTENSITIES {
            let parallel = project(&volume, None, &plane, intensity, 9e3, &never).expect("values");
            let far = project(&volume, None, &plane.plane.seen_from(viewer), intensity, 9e3, &never).expect("values");
            // At the very edge a ray may meet one sample more or less.
            let strays = parallel.iter().zip(&far).filter(|(one, other)| (*one - *other).abs() > 0.5).count();
            assert!(strays <= parallel.len() / 50, "{intensity:?}: {strays} of {}", parallel.len());
        }
    }

    #[test]
    fn what_is_twice_as_near_is_seen_twice_as_large() {
        // A sheet of 21 × 21 mm that begins 20 mm behind the front of the volume.
        let sheet = |[x, y, z]: [usize; 3]| {
            i16::from((20..=40).contains(&x) && (20..=22).contains(&y) && (20..=40).contains(&z))
        };
        let volume = cubes([61, 61, 61], sheet);
        let seen = |distance: f64| {
            let viewer = [30.0, 20.0 - distance, 30.0];
            // Half millimetres, 100 mm before the viewer.
            let middle = [30.0, viewer[1] + 100.0, 30.0];
            let plane = Plane::around(middle, [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], 0.5, (181, 181)).expect("a plane");
            let sight = plane.seen_from(viewer);
            let values = project(&volume, None, &sight, Intensity::Maximum, 0.0, &never).expect("values");
            values[90 * 181..91 * 181].iter().filter(|value| **value > 0.5).count()
        };
        // 21 mm at 100 mm are 42 pixels.
        let (far, near) = (seen(100.0), seen(50.0));
        assert!((41..=44).contains(&far) && (82..=88).contains(&near), "{far} {near}");
        // From its other side nothing of it is before the viewer.
        assert_eq!(seen(-10.0), 0);
    }

    #[test]
    fn what_is_too_near_or_too_far_is_cut_off() {
        let volume = cubes([8, 8, 8], |[_, y, _]| y as i16);
        let plane = Plane::around([3.5, 0.0, 3.5], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], 1.0, (3, 3)).expect("a plane");
        let most = |sight: &Sight| project(&volume, None, sight, Intensity::Maximum, -1.0, &never).expect("values")[4];
        let cut = Sight { between: Some((2.0, 4.0)), ..plane.straight() };
        assert_eq!(most(&cut), 4.0);
        let least = project(&volume, None, &cut, Intensity::Minimum, -1.0, &never).expect("values")[4];
        assert_eq!(least, 2.0);
        // The same depths from a viewer 10 mm before the plane.
        let seen = Sight { between: Some((12.0, 14.0)), ..plane.seen_from([3.5, -10.0, 3.5]) };
        assert_eq!(most(&seen), 4.0);
        assert_eq!(most(&Sight { between: Some((20.0, 30.0)), ..seen }), -1.0);
    }
}

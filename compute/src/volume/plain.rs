//! The definition of what is right: every operation, value by value, in 64 bits. Slow.

mod classes;
mod render;

pub use classes::{histogram, label};
pub use render::{render, render_composed};

use super::interpolation::cubic_weights;
use super::{
    BORDER_SLACK, Curve, Error, Geometry, Intensity, Interpolation, Plane, Point, Rays, Sight, Slab, Volume, Voxels,
    vector,
};

/// See [`super::slice()`].
pub fn slice(volume: &Volume, plane: &Plane, interpolation: Interpolation, outside: f32) -> Vec<f32> {
    slab(volume, plane, &Slab::default(), interpolation, outside)
}

/// See [`super::slab()`].
pub fn slab(volume: &Volume, plane: &Plane, slab: &Slab, interpolation: Interpolation, outside: f32) -> Vec<f32> {
    let (stack, normal) = (volume.stack(), plane.normal());
    let depths: Vec<f64> = slab.depths(&volume.geometry).collect();
    pixels(plane, |place| {
        let values = depths
            .iter()
            .filter_map(|depth| value(volume, stack.index(vector::along(place, normal, *depth)), interpolation));
        together(values, slab.intensity).unwrap_or(outside)
    })
}

/// See [`super::reformat`].
pub fn reformat(volume: &Volume, curve: &Curve, interpolation: Interpolation, outside: f32) -> Result<Vec<f32>, Error> {
    let (stack, columns) = (volume.stack(), curve.columns()?);
    let step = vector::times(vector::unit(curve.direction), curve.spacing);
    let value = |row: usize, column: &Point| {
        let place = vector::along(*column, step, row as f64 - (curve.height as f64 - 1.0) / 2.0);
        value(volume, stack.index(place), interpolation).map_or(outside, |value| value as f32)
    };
    Ok((0..curve.height).flat_map(|row| columns.iter().map(move |column| value(row, column))).collect())
}

/// See [`super::project`].
pub fn project(volume: &Volume, sight: &Sight, intensity: Intensity, outside: f32) -> Vec<f32> {
    let rays = Rays::through(volume, sight);
    if let Some(axis) = rays.axis {
        let flat = flattened(volume, axis, intensity);
        return slice(&flat, &rays.onto(), Interpolation::Linear, outside);
    }
    let stack = volume.stack();
    pixels(&sight.plane, |place| {
        let ray = rays.line(place);
        let places = (0..ray.count).map(|number| vector::along(ray.start, ray.step, number as f64));
        let values = places.filter_map(|place| value(volume, stack.index(place), Interpolation::Linear));
        together(values, intensity).unwrap_or(outside)
    })
}

/// What was measured at a column, row and slice with fractions; nothing outside, nor where the nearest sample is none.
/// Where others around are none, it is the linear value of those that are.
pub fn value(volume: &Volume, index: Point, interpolation: Interpolation) -> Option<f64> {
    if !Geometry::inside(index, volume.size) {
        return None;
    }
    let of = |tap: Tap| tap.weight * sample(volume, tap.sample);
    if volume.padding.is_none() {
        return Some(taps(volume.size, index, interpolation).map(of).sum());
    }
    let is_measured = |tap: &Tap| !is_padding(volume, tap.sample);
    let nearest =
        taps(volume.size, index, Interpolation::Nearest).find(is_measured).map(|tap| sample(volume, tap.sample))?;
    let mut interpolation = interpolation;
    if taps(volume.size, index, interpolation).any(|tap| tap.counts && !is_measured(&tap)) {
        interpolation = Interpolation::Linear;
    }
    let measured = || taps(volume.size, index, interpolation).filter(is_measured);
    let sum: f64 = measured().map(|tap| tap.weight * (sample(volume, tap.sample) - nearest)).sum();
    Some(nearest + sum / measured().map(|tap| tap.weight).sum::<f64>())
}

/// A sample that has a part in a value.
struct Tap {
    sample: [usize; 3],
    weight: f64,
    /// Whether its weight along each axis is more than what rounding may do.
    counts: bool,
}

/// All samples that have a part in the value at a place.
fn taps(size: [usize; 3], index: Point, interpolation: Interpolation) -> impl Iterator<Item = Tap> {
    let axes: [_; 3] = std::array::from_fn(|axis| weights(index[axis], size[axis], interpolation));
    let all = (0..64).map(move |tap: usize| {
        let [(x, across), (y, down), (z, up)] = [axes[0][tap & 3], axes[1][tap >> 2 & 3], axes[2][tap >> 4]];
        let counts = [across, down, up].iter().all(|weight| weight.abs() > BORDER_SLACK);
        Tap { sample: [x, y, z], weight: up * down * across, counts }
    });
    all.filter(|tap| tap.weight != 0.0)
}

/// The samples along one axis that make the value at a place, and how much each counts.
fn weights(place: f64, count: usize, interpolation: Interpolation) -> [(usize, f64); 4] {
    let last = count - 1;
    let place = place.clamp(0.0, last as f64);
    if interpolation == Interpolation::Nearest || count == 1 {
        // As on the border, what rounding may do to a place half-way makes no difference.
        return [(((place + 0.5 + BORDER_SLACK).floor() as usize).min(last), 1.0), (0, 0.0), (0, 0.0), (0, 0.0)];
    }
    let first = (place.floor() as usize).min(last - 1);
    let part = place - first as f64;
    if interpolation == Interpolation::Linear {
        return [(first, 1.0 - part), (first + 1, part), (0, 0.0), (0, 0.0)];
    }
    let [mut before, mut at, mut after, mut beyond] = cubic_weights(part);
    if first == 0 {
        (at, after, before) = (at + 2.0 * before, after - before, 0.0);
    }
    if first + 2 > last {
        (after, at, beyond) = (after + 2.0 * beyond, at - beyond, 0.0);
    }
    [(first.saturating_sub(1), before), (first, at), (first + 1, after), ((first + 2).min(last), beyond)]
}

/// What was measured at a sample, or what stands there for nothing.
pub fn sample(volume: &Volume, place: [usize; 3]) -> f64 {
    f64::from(volume.slope) * stored(volume, place) + f64::from(volume.intercept)
}

/// Whether nothing was measured at a sample.
pub fn is_padding(volume: &Volume, place: [usize; 3]) -> bool {
    let stored = stored(volume, place);
    volume.padding.is_some_and(|padding| stored.is_nan() || stored == f64::from(padding))
}

fn stored(volume: &Volume, [column, row, slice]: [usize; 3]) -> f64 {
    let at = column + volume.size[0] * (row + volume.size[1] * slice);
    match &volume.voxels {
        Voxels::U8(samples) => f64::from(samples[at]),
        Voxels::I16(samples) => f64::from(samples[at]),
        Voxels::U16(samples) => f64::from(samples[at]),
        Voxels::F32(samples) => f64::from(samples[at]),
    }
}

/// Many values as one; nothing of none.
pub fn together(values: impl Iterator<Item = f64>, intensity: Intensity) -> Option<f32> {
    let one = match intensity {
        Intensity::Maximum => values.filter(|value| !value.is_nan()).reduce(f64::max),
        Intensity::Minimum => values.filter(|value| !value.is_nan()).reduce(f64::min),
        Intensity::Average => {
            let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
            (count > 0).then(|| sum / f64::from(count))
        }
    };
    one.map(|value| value as f32)
}

/// See [`super::flatten`].
pub fn flattened(volume: &Volume, axis: usize, intensity: Intensity) -> Volume {
    let mut size = volume.size;
    size[axis] = 1;
    let mut samples = Vec::with_capacity(size.iter().product());
    for slice in 0..size[2] {
        for row in 0..size[1] {
            for column in 0..size[0] {
                let places = (0..volume.size[axis]).map(|number| {
                    let mut index = [column, row, slice];
                    index[axis] = number;
                    index
                });
                let values = places.filter(|place| !is_padding(volume, *place)).map(|place| sample(volume, place));
                samples.push(together(values, intensity).unwrap_or(f32::NAN));
            }
        }
    }
    super::axis::flat(volume, axis, samples)
}

fn pixels(plane: &Plane, value: impl Fn(Point) -> f32) -> Vec<f32> {
    let places = (0..plane.height).flat_map(|row| (0..plane.width).map(move |column| (column, row)));
    places.map(|(column, row)| value(plane.point(column as f64, row as f64))).collect()
}

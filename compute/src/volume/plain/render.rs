//! The definition of a rendered volume.

use super::value;
use crate::Picture;
use crate::volume::render::{DARK, level, opacity_of, shade};
use crate::volume::{Composition, Interpolation, Layer, Point, Rays, Sight, Stack, Transfer, Volume, vector};

/// See [`crate::volume::render()`].
pub fn render(volume: &Volume, sight: &Sight, transfer: &Transfer) -> Picture {
    let (stack, rays, plane) = (volume.stack(), Rays::through(volume, sight), &sight.plane);
    let pixels = (0..plane.height).flat_map(|row| (0..plane.width).map(move |column| (column, row)));
    let samples = pixels.flat_map(|(column, row)| {
        let pixel = plane.point(column as f64, row as f64);
        along_ray(volume, stack, &rays, pixel, transfer).map(level)
    });
    Picture { width: plane.width as u32, height: plane.height as u32, channels: 3, samples: samples.collect() }
}

fn along_ray(volume: &Volume, stack: &Stack, rays: &Rays, pixel: Point, transfer: &Transfer) -> [f32; 3] {
    let (mut colour, mut left) = ([0.0; 3], 1.0);
    let (ray, toward) = (rays.line(pixel), rays.toward(pixel).map(|number| number as f32));
    for number in 0..ray.count {
        let place = vector::along(ray.start, ray.step, number as f64);
        let index = stack.index(place);
        let Some(here) = value(volume, index, Interpolation::Linear) else { continue };
        let [red, green, blue, opacity] = transfer.at(here as f32);
        if opacity <= 0.0 {
            continue;
        }
        let gradient = gradient(volume, stack, (index, here), place);
        let [shaded, shine] = shade(gradient, toward, transfer.light);
        let seen = left * opacity_of(opacity, rays.step);
        for (sum, part) in colour.iter_mut().zip([red, green, blue]) {
            *sum += seen * (part * shaded + shine);
        }
        left -= seen;
        if left < DARK {
            break;
        }
    }
    colour
}

/// See [`crate::volume::render_composed`].
pub fn render_composed(volumes: &[&Volume], composition: &Composition, sight: &Sight) -> Picture {
    let (rays, plane) = (Rays::among(volumes, sight), &sight.plane);
    let pixels = (0..plane.height).flat_map(|row| (0..plane.width).map(move |column| (column, row)));
    let samples = pixels.flat_map(|(column, row)| {
        let pixel = plane.point(column as f64, row as f64);
        let (ray, toward) = (rays.line(pixel), rays.toward(pixel).map(|number| number as f32));
        let (mut colour, mut left) = ([0.0; 3], 1.0);
        for number in 0..ray.count {
            let place = vector::along(ray.start, ray.step, number as f64);
            let layers = composition.layers().map(|layer| layer_at(volumes, layer, place, toward));
            let [red, green, blue, opacity] = composition.colour(layers);
            let seen = left * opacity_of(opacity, rays.step);
            for (sum, part) in colour.iter_mut().zip([red, green, blue]) {
                *sum += seen * part;
            }
            left -= seen;
            if left < DARK {
                break;
            }
        }
        colour.map(level)
    });
    Picture { width: plane.width as u32, height: plane.height as u32, channels: 3, samples: samples.collect() }
}

/// Shaded colour and opacity of one layer; nothing where its volume has no value.
fn layer_at(volumes: &[&Volume], layer: &Layer, place: Point, toward: [f32; 3]) -> [f32; 4] {
    let of = |volume: usize| value(volumes[volume], volumes[volume].stack().index(place), Interpolation::Linear);
    let (first, light) = match layer {
        Layer::One { volume, transfer } => (*volume, transfer.light),
        Layer::Two(pair) => (pair.volumes[0], pair.light),
    };
    let Some(here) = of(first) else { return [0.0; 4] };
    let [red, green, blue, opacity] = layer.at(|volume| of(volume).map_or(f32::NAN, |value| value as f32));
    let (volume, stack) = (volumes[first], volumes[first].stack());
    let [shaded, shine] = shade(gradient(volume, stack, (stack.index(place), here), place), toward, light);
    [red * shaded + shine, green * shaded + shine, blue * shaded + shine, opacity]
}

/// The change of value over 1 mm. Beyond the edge its samples go on, and beside padding the value of the place.
fn gradient(volume: &Volume, stack: &Stack, (index, here): (Point, f64), place: Point) -> [f32; 3] {
    let by_sample: [f64; 3] = std::array::from_fn(|axis| {
        let beside = |step: f64| {
            let mut index = index;
            index[axis] += step;
            let held = std::array::from_fn(|axis| index[axis].clamp(0.0, volume.size[axis] as f64 - 1.0));
            value(volume, held, Interpolation::Linear).filter(|value| !value.is_nan()).unwrap_or(here)
        };
        (beside(1.0) - beside(-1.0)) / 2.0
    });
    let rows = stack.pieces()[stack.piece_number(stack.height(place))].rows;
    std::array::from_fn(|axis| (0..3).map(|row| by_sample[row] * rows[row][axis]).sum::<f64>() as f32)
}

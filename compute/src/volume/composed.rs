//! Several volumes rendered together: at each place of a ray their colours are composed before they are gathered.

mod field;
mod layer;
mod tint;

use rayon::prelude::*;

use super::line::Line;
use super::render::{DARK, level, opacity_of, shade};
use super::stop::go_on;
use super::{Bricks, Composition, Error, Rays, Sight, Stop, Volume, vector};
use crate::Picture;
use field::{Field, PLACES, Places, field};
use layer::Met;

/// Volumes as they look together: RGB, on black.
///
/// As [`super::render()`], in steps of the finest spacing of all; volumes may have different grids. A layer is shaded by the
/// gradient of its own volume before it is composed; what is composed of opacities is the opacity of 1 mm. Layers of volumes
/// that are not there have nothing. The definition is [`super::plain::render_composed`]: colours differ by 1 of 255 where a
/// table rounds.
pub fn render_composed(
    volumes: &[(&Volume, &Bricks)],
    composition: &Composition,
    sight: &Sight,
    stop: Stop<'_>,
) -> Result<Picture, Error> {
    sight.check()?;
    let all: Vec<&Volume> = volumes.iter().map(|(volume, _)| *volume).collect();
    let (rays, plane) = (Rays::among(&all, sight), &sight.plane);
    let fields = volumes.iter().map(|(volume, bricks)| field(volume, bricks)).collect::<Result<Vec<_>, Error>>()?;
    let layers = composition.layers().map(Met::new).collect();
    let scene = Scene { fields, layers, composition, step: rays.step };
    let mut samples = vec![0; 3 * plane.pixels()];
    samples.par_chunks_mut(3 * plane.width).enumerate().try_for_each(|(row, pixels)| {
        go_on(stop)?;
        let mut places = vec![Places::default(); volumes.len()];
        for (column, pixel) in pixels.chunks_exact_mut(3).enumerate() {
            let colour = scene.along_ray(&rays.ray(column, row), &mut places);
            pixel.copy_from_slice(&colour.map(level));
        }
        Ok::<(), Error>(())
    })?;
    Ok(Picture { width: plane.width as u32, height: plane.height as u32, channels: 3, samples })
}

/// The range of the values of a volume that is not there.
const NOTHING: [f32; 2] = [f32::INFINITY, f32::NEG_INFINITY];

/// What rays go through.
struct Scene<'a> {
    fields: Vec<Box<dyn Field + 'a>>,
    /// In their order.
    layers: Vec<Met<'a>>,
    composition: &'a Composition,
    step: f64,
}

impl Scene<'_> {
    fn along_ray(&self, ray: &Line, places: &mut [Places]) -> [f32; 3] {
        let toward = vector::unit(ray.step).map(|number| number as f32);
        let ends: Vec<(usize, usize)> = self.fields.iter().map(|field| field.ends(ray)).collect();
        let (mut colour, mut left) = ([0.0; 3], 1.0);
        let mut layers = vec![[0.0; 4]; self.layers.len()];
        let mut next = 0;
        // From where any volume is to where the last one ends, some places at a time.
        while let Some(first) = ends.iter().filter(|(_, end)| *end > next).map(|(from, _)| next.max(*from)).min() {
            next = first + PLACES;
            let start = vector::along(ray.start, ray.step, first as f64);
            let line = Line { start, count: PLACES.min(ray.count - first), ..*ray };
            if !self.is_seen(&line) {
                continue;
            }
            self.fields.iter().zip(places.iter_mut()).for_each(|(field, places)| field.fill(&line, places));
            for number in 0..line.count {
                let [red, green, blue, opacity] = self.composed(number, places, toward, &mut layers);
                let seen = left * opacity;
                for (sum, part) in colour.iter_mut().zip([red, green, blue]) {
                    *sum += seen * part;
                }
                left -= seen;
                if left < DARK {
                    return colour;
                }
            }
        }
        colour
    }

    /// Whether anything on a line has an opacity.
    fn is_seen(&self, line: &Line) -> bool {
        let range = |volume: usize| self.fields.get(volume).map_or(NOTHING, |field| field.range(line));
        self.layers.iter().any(|layer| layer.is_seen(range))
    }

    /// Colour and opacity of one step at a place.
    fn composed(&self, number: usize, places: &[Places], toward: [f32; 3], layers: &mut [[f32; 4]]) -> [f32; 4] {
        layers.iter_mut().zip(&self.layers).for_each(|(layer, met)| *layer = met.at(places, number));
        let composed = self.composition.colour(layers.iter().copied());
        if composed[3] <= 0.0 {
            return [0.0; 4];
        }
        let opacity = opacity_of(composed[3], self.step);
        let mut is_shaded = false;
        for (layer, met) in layers.iter_mut().zip(&self.layers) {
            let (volume, light) = (met.volume(), met.light());
            let there = self.fields.get(volume).zip(places.get(volume));
            let there = there.filter(|(_, places)| !places.values[number].is_nan() && light.is_shading());
            let Some((field, places)) = there else { continue };
            is_shaded = true;
            let [shaded, shine] = shade(field.gradient(places.at[number], places.piece[number]), toward, light);
            layer[..3].iter_mut().for_each(|part| *part = *part * shaded + shine);
        }
        let [red, green, blue, _] = if is_shaded { self.composition.colour(layers.iter().copied()) } else { composed };
        [red, green, blue, opacity]
    }
}

#[cfg(test)]
mod tests;

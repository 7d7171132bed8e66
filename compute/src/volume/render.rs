//! Direct volume rendering: rays go through the volume from the viewer on and gather colour until nothing more is seen.

mod shader;

use rayon::prelude::*;

use super::between::{advance, linear, linear_anywhere, linear_with_gradient};
use super::grid::{Grid, Sample, with_samples};
use super::line::{Line, ONE, Run, runs};
use super::stop::go_on;
use super::{Bricks, Error, Rays, Sight, Stack, Stop, Transfer, Volume, vector};
use crate::Picture;
pub(crate) use shader::Shader;
pub(super) use shader::{opacity_of, shade};

/// Pixels along the sides of what one thread draws at a time.
const TILE: usize = 16;

/// A ray ends when less of the light than this is left.
pub(crate) const DARK: f32 = 1.0 / 500.0;

/// The volume as it looks through a transfer function: RGB, on black.
///
/// Front to back along rays that are parallel or come from where the viewer stands, linear values at the finest spacing
/// of the volume, shaded by their gradient (central differences, one sample wide) with the light at the viewer. [`Bricks`]
/// of this volume tell what need not be looked at.
/// The definition is [`super::plain::render`]: colours differ by 1 of 255 where a table rounds.
pub fn render(
    volume: &Volume,
    bricks: &Bricks,
    sight: &Sight,
    transfer: &Transfer,
    stop: Stop<'_>,
) -> Result<Picture, Error> {
    sight.check()?;
    let (stack, rays, plane) = (volume.stack(), Rays::through(volume, sight), &sight.plane);
    let shader = Shader::new(volume, stack, transfer, rays.step);
    let mut samples = vec![0; 3 * plane.pixels()];
    with_samples!(&volume.voxels, voxels => {
        let grid = Grid::of(volume, voxels)?;
        samples.par_chunks_mut(3 * plane.width * TILE).enumerate().try_for_each(|(band, samples)| {
            for first in (0..plane.width).step_by(TILE) {
                go_on(stop)?;
                for (row, pixels) in samples.chunks_mut(3 * plane.width).enumerate() {
                    for column in first..(first + TILE).min(plane.width) {
                        let ray = rays.ray(column, band * TILE + row);
                        let colour = along_ray(&grid, stack, &ray, bricks, &shader);
                        pixels[3 * column..3 * column + 3].copy_from_slice(&colour.map(level));
                    }
                }
            }
            Ok::<(), Error>(())
        })?;
    });
    Ok(Picture { width: plane.width as u32, height: plane.height as u32, channels: 3, samples })
}

/// A part of full light as a grey level.
pub(super) fn level(light: f32) -> u8 {
    (light.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// What a ray has gathered: where it goes, light of each colour, and how much more would be seen.
struct Gathered {
    toward: [f32; 3],
    colour: [f32; 3],
    left: f32,
}

fn along_ray<S: Sample>(grid: &Grid<'_, S>, stack: &Stack, ray: &Line, bricks: &Bricks, shader: &Shader) -> [f32; 3] {
    let toward = vector::unit(ray.step).map(|number| number as f32);
    let mut gathered = Gathered { toward, colour: [0.0; 3], left: 1.0 };
    runs(stack, grid.size, ray, |run| {
        let [before, inner, after] = run.split(grid.size, 2);
        edge(grid, before, shader, &mut gathered);
        through(grid, inner, bricks, shader, &mut gathered);
        edge(grid, after, shader, &mut gathered);
    });
    gathered.colour
}

/// Places whose neighbours one sample away have samples all around.
fn through<S: Sample>(grid: &Grid<'_, S>, run: Run, bricks: &Bricks, shader: &Shader, gathered: &mut Gathered) {
    let stride = Bricks::stride(run.step);
    let mut first = 0;
    while first < run.len() && gathered.left >= DARK {
        let part = run.part(first, (first + stride).min(run.len()));
        first += stride;
        if !shader.visible(bricks.range(part.at)) {
            continue;
        }
        let mut at = part.at;
        for _ in 0..part.len() {
            let here = linear(grid, at);
            if let Some(entry) = shader.entry(here) {
                let gradient = match grid.padding {
                    None => linear_with_gradient(grid, at).1,
                    Some(_) => gradient(at, here, |at| linear(grid, at)),
                };
                shader.add(gathered, entry, part.piece, gradient);
                if gathered.left < DARK {
                    break;
                }
            }
            advance(&mut at, part.step);
        }
    }
}

/// Places near the edge: beyond it its samples go on.
fn edge<S: Sample>(grid: &Grid<'_, S>, run: Run, shader: &Shader, gathered: &mut Gathered) {
    for number in 0..run.len() {
        if gathered.left < DARK {
            return;
        }
        let at = run.part(number, run.len()).at;
        let here = linear_anywhere(grid, at);
        if let Some(entry) = shader.entry(here) {
            let gradient = gradient(at, here, |at| linear_anywhere(grid, at));
            shader.add(gathered, entry, run.piece, gradient);
        }
    }
}

/// Half the difference of the values one sample after and one before, along each axis; where there is none, the one `here`.
#[inline(always)]
pub(super) fn gradient(at: [i64; 3], here: f32, value: impl Fn([i64; 3]) -> f32) -> [f32; 3] {
    let value = |at| Some(value(at)).filter(|value| !value.is_nan()).unwrap_or(here);
    std::array::from_fn(|axis| {
        let (mut after, mut before) = (at, at);
        after[axis] += ONE;
        before[axis] -= ONE;
        0.5 * (value(after) - value(before))
    })
}

#[cfg(test)]
mod tests;

//! Which samples an operation cannot do without: how many different ones it looks at.

use std::sync::atomic::{AtomicU64, Ordering};

use compute::volume::{Interpolation, Plane, Point, Rays, Transfer, Volume, Voxels};
use rayon::prelude::*;

/// A ray ends when less of the light than this is left.
const DARK: f32 = 1.0 / 500.0;

struct Touched {
    size: [usize; 3],
    bits: Vec<AtomicU64>,
}

impl Touched {
    fn new(volume: &Volume) -> Self {
        let words = volume.voxels.len().div_ceil(64);
        Self { size: volume.size, bits: (0..words).map(|_| AtomicU64::new(0)).collect() }
    }

    /// Marks `before` samples before a place along each axis, the one at it, and `after` samples.
    fn mark(&self, place: Point, before: usize, after: usize) {
        let range = |axis: usize| {
            let at = (place[axis].max(0.0) as usize).min(self.size[axis] - 1);
            at.saturating_sub(before)..(at + after + 1).min(self.size[axis])
        };
        for z in range(2) {
            for y in range(1) {
                for x in range(0) {
                    let sample = x + self.size[0] * (y + self.size[1] * z);
                    let (word, bit) = (&self.bits[sample / 64], 1 << (sample % 64));
                    // Looking costs less than setting what is set.
                    if word.load(Ordering::Relaxed) & bit == 0 {
                        word.fetch_or(bit, Ordering::Relaxed);
                    }
                }
            }
        }
    }

    fn count(&self) -> usize {
        self.bits.iter().map(|word| word.load(Ordering::Relaxed).count_ones() as usize).sum()
    }
}

/// Samples around a plane at some depths along its normal.
pub fn on_planes(volume: &Volume, plane: &Plane, depths: &[f64], interpolation: Interpolation) -> usize {
    let (touched, stack) = (Touched::new(volume), volume.geometry.stack());
    (0..plane.height).into_par_iter().for_each(|row| {
        for depth in depths {
            let moved = plane.moved(*depth);
            for column in 0..plane.width {
                let index = stack.index(moved.point(column as f64, row as f64));
                if !inside(index, volume.size) {
                    continue;
                }
                match interpolation {
                    Interpolation::Nearest => touched.mark(index.map(f64::round), 0, 0),
                    Interpolation::Linear => touched.mark(index, 0, 1),
                    Interpolation::Cubic => touched.mark(index, 1, 2),
                }
            }
        }
    });
    touched.count()
}

/// Samples around the rays through the pixels of a plane; with a transfer function, as far as light comes.
pub fn on_rays(volume: &Volume, plane: &Plane, transfer: Option<&Transfer>) -> usize {
    let rays = Rays::through(volume, &plane.straight());
    if rays.axis.is_some() && transfer.is_none() {
        return volume.voxels.len();
    }
    let (touched, stack) = (Touched::new(volume), volume.geometry.stack());
    let step = stack.pieces()[0].direction(plane.normal().map(|part| part * rays.step));
    let reach = 2 * rays.count as i64;
    (0..plane.pixels()).into_par_iter().with_min_len(256).for_each(|pixel| {
        let start = stack.index(plane.point((pixel % plane.width) as f64, (pixel / plane.width) as f64));
        let mut left = 1.0;
        for number in (-reach..reach).map(|number| number as f64) {
            let index = [0, 1, 2].map(|axis| start[axis] + number * step[axis]);
            if !inside(index, volume.size) {
                continue;
            }
            touched.mark(index, 0, 1);
            if let Some(transfer) = transfer {
                let opacity = transfer.at(linear(volume, index))[3];
                if opacity > 0.0 {
                    touched.mark(index, 1, 2);
                    left *= (1.0 - opacity).powf(rays.step as f32);
                }
                if left < DARK {
                    break;
                }
            }
        }
    });
    touched.count()
}

fn inside(index: Point, size: [usize; 3]) -> bool {
    index.iter().zip(size).all(|(place, count)| *place >= -0.5 && *place <= count as f64 - 0.5)
}

fn linear(volume: &Volume, index: Point) -> f32 {
    let Voxels::I16(samples) = &volume.voxels else { return 0.0 };
    let [x, y, z] = [0, 1, 2].map(|axis| index[axis].clamp(0.0, (volume.size[axis] - 1) as f64));
    let mut sum = 0.0;
    for corner in 0..8 {
        let (mut weight, mut place) = (1.0, [0; 3]);
        for (axis, at) in [x, y, z].into_iter().enumerate() {
            let up = corner >> axis & 1;
            weight *= if up == 1 { at.fract() } else { 1.0 - at.fract() };
            place[axis] = (at as usize + up).min(volume.size[axis] - 1);
        }
        sum += weight * f64::from(samples[place[0] + volume.size[0] * (place[1] + volume.size[1] * place[2])]);
    }
    sum as f32
}

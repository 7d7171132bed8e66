//! The least and the greatest sample of every part of a volume: what rays need not look at.

use rayon::prelude::*;

use super::gather::{larger, smaller};
use super::grid::{Grid, Sample, with_samples};
use super::{Error, Volume};

/// Samples along each side of a brick, as a power of two.
const SHIFT: u32 = 3;

/// Least and greatest stored sample around every brick of 8 × 8 × 8 samples, of those that were measured.
///
/// A brick knows its neighbours' samples too: whoever starts in a brick and goes at most 7 samples meets nothing beyond.
/// Made once for a volume, for all projections and renderings of it; 1/64 of the bytes of a 16-bit volume, twice at most.
#[derive(Debug, Clone, PartialEq)]
pub struct Bricks {
    size: [usize; 3],
    ranges: Vec<[f32; 2]>,
}

impl Bricks {
    /// The bricks of a volume.
    pub fn of(volume: &Volume) -> Result<Self, Error> {
        let size = volume.size.map(|side| side.div_ceil(1 << SHIFT));
        let mut ranges = vec![[f32::INFINITY, f32::NEG_INFINITY]; size.iter().product()];
        with_samples!(&volume.voxels, samples => {
            let grid = Grid::of(volume, samples)?;
            let layers = grid.samples.par_chunks(grid.plane << SHIFT);
            ranges.par_chunks_mut(size[0] * size[1]).zip(layers).for_each(|(ranges, layer)| {
                for (number, row) in layer.chunks_exact(grid.row).enumerate() {
                    let first = ((number % grid.size[1]) >> SHIFT) * size[0];
                    let bricks = ranges[first..first + size[0]].iter_mut();
                    bricks.zip(row.chunks(1 << SHIFT)).for_each(|(range, samples)| {
                        *range = joined(*range, extremes(samples, grid.padding));
                    });
                }
            });
        });
        for axis in 0..3 {
            ranges = widened(&ranges, size, axis);
        }
        Ok(Self { size, ranges })
    }

    /// Least and greatest stored sample within 8 samples of a place, as far as there are any; endless, and the least above
    /// the greatest, where there are none.
    #[inline(always)]
    pub(crate) fn range(&self, at: [i64; 3]) -> [f32; 2] {
        let [x, y, z] = at.map(|at| (at >> (32 + SHIFT)) as usize);
        self.ranges[x + self.size[0] * (y + self.size[1] * z)]
    }

    /// How many places, the first in a brick, are sure to be within what the brick knows.
    pub(crate) fn stride(step: [i64; 3]) -> usize {
        let longest = step.into_iter().map(i64::unsigned_abs).max().unwrap_or(0).max(1);
        ((7_u64 << 32) / longest).min(255) as usize + 1
    }

    /// What they take in memory, in bytes.
    pub fn bytes(&self) -> usize {
        size_of_val(self.ranges.as_slice())
    }
}

fn extremes<S: Sample>(samples: &[S], padding: Option<S>) -> [f32; 2] {
    if let Some(padding) = padding {
        let measured = samples.iter().filter(|sample| !sample.is(padding)).map(|sample| (*sample).into());
        return measured.fold([f32::INFINITY, f32::NEG_INFINITY], |range, value| joined(range, [value, value]));
    }
    let start = (S::MOST, S::LEAST);
    let (least, most) = samples.iter().fold(start, |(least, most), sample| {
        (if *sample < least { *sample } else { least }, if *sample > most { *sample } else { most })
    });
    [least.into(), most.into()]
}

#[inline(always)]
fn joined(one: [f32; 2], other: [f32; 2]) -> [f32; 2] {
    [smaller(one[0], other[0]), larger(one[1], other[1])]
}

/// Each range with those of its neighbours along an axis.
fn widened(ranges: &[[f32; 2]], size: [usize; 3], axis: usize) -> Vec<[f32; 2]> {
    let step: usize = size[..axis].iter().product();
    let wide = |at: usize| {
        let place = at / step % size[axis];
        let before = if place > 0 { ranges[at - step] } else { ranges[at] };
        let after = if place + 1 < size[axis] { ranges[at + step] } else { ranges[at] };
        joined(joined(before, ranges[at]), after)
    };
    (0..ranges.len()).into_par_iter().map(wide).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::line::ONE;
    use crate::volume::samples_for_tests::{cubes, noise};

    #[test]
    fn a_brick_knows_all_that_is_within_eight_samples() {
        let size = [21, 17, 10];
        let volume = cubes(size, noise);
        let bricks = Bricks::of(&volume).expect("bricks");
        for place in [[0, 0, 0], [20, 16, 9], [8, 7, 3], [15, 9, 8]] {
            let [least, most] = bricks.range(place.map(|place: i64| place * ONE));
            let near = |axis: usize| {
                let place = place[axis] as usize;
                place.saturating_sub(7)..(place + 9).min(size[axis])
            };
            for z in near(2) {
                for y in near(1) {
                    for x in near(0) {
                        let sample = f32::from(noise([x, y, z]));
                        assert!(least <= sample && sample <= most, "{place:?} {x} {y} {z}");
                    }
                }
            }
        }
    }

    #[test]
    fn strides_stay_within_reach() {
        assert_eq!([ONE, -ONE / 2, 7 * ONE, 8 * ONE, 0].map(|step| Bricks::stride([step, 0, 1])), [8, 15, 2, 1, 256]);
    }
}

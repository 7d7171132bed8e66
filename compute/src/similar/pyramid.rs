//! What is kept of a picture: square copies of 8, 16, 32, 64, 128 and 256 cells a side, and what each leaves out.

use super::blur::blurred;
use super::bound::Margin;
use super::distance::Rectangle;
use super::square::{Field, resample};
use super::{Grey, frame, tones};

/// Cells a side of each level, smallest first.
pub const SIDES: [usize; 6] = [8, 16, 32, 64, 128, 256];

/// The level that defines distances.
pub const TOP: usize = SIDES.len() - 1;

/// The standard deviation by which a copy of 256 is smoothed, in cells.
const SMOOTH: f32 = 6.0;

/// One copy of a pyramid.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// `side × side` tones, row by row.
    pub cells: Vec<u8>,
    /// What it leaves out of the copy of 256; nothing at the top.
    pub margin: Margin,
}

/// The copies of a picture, in the order of [`SIDES`].
#[derive(Debug, Clone, PartialEq)]
pub struct Pyramid {
    levels: [Level; SIDES.len()],
}

impl Pyramid {
    /// The copies of a picture: its field within the frame ([`frame`]), stretched to a square of 256 ([`resample`]), smoothed
    /// ([`blurred`]), its tones by rank ([`tones`]), and the means of blocks of these.
    ///
    /// Smoothed, because a picture that is taken again, a little aside or turned, is another one in its edges and noise and the same in
    /// what is wider than a few cells; measured, that finds more of the same origin. Small copies tell more of a smooth one, too.
    ///
    /// Stretched, not padded: a strip more or less at one side, which another collimation brings, changes a stretched copy less than
    /// one that keeps the aspect, and no cell is spent on padding.
    pub fn of(picture: &Grey) -> Self {
        Self::of_field(picture, frame::within(picture))
    }

    /// The same where the field is known.
    pub fn of_field(picture: &Grey, field: Field) -> Self {
        let side = SIDES[TOP];
        let cells = resample(picture, field, (side, side));
        Self::pooled(tones::by_rank(&blurred(&cells, side, SMOOTH)))
    }

    /// The pyramid above a copy of 256. `None` when there are not as many cells.
    pub fn from_top(cells: Vec<u8>) -> Option<Self> {
        (cells.len() == SIDES[TOP] * SIDES[TOP]).then(|| Self::pooled(cells))
    }

    fn pooled(cells: Vec<u8>) -> Self {
        let energy = cells.iter().map(|cell| u64::from(*cell).pow(2)).sum();
        let mut sums: Vec<u32> = cells.iter().map(|cell| u32::from(*cell)).collect();
        let mut levels = SIDES.map(|_| Level { cells: Vec::new(), margin: Margin::default() });
        levels[TOP].cells = cells;
        for level in (0..TOP).rev() {
            sums = quarter(&sums, SIDES[level]);
            levels[level] = rounded(&sums, SIDES[TOP] / SIDES[level], energy);
        }
        Self { levels }
    }

    /// A copy by its level.
    pub fn level(&self, level: usize) -> &Level {
        &self.levels[level]
    }

    /// The pyramid of the picture seen in a mirror: left and right change places.
    pub fn mirrored(&self) -> Self {
        self.turned(|row| row.chunks_exact(1).rev().flatten().copied().collect::<Vec<_>>(), false)
    }

    /// The pyramid of the picture upside down, left and right as they are.
    pub fn upside_down(&self) -> Self {
        self.turned(<[u8]>::to_vec, true)
    }

    fn turned(&self, line: impl Fn(&[u8]) -> Vec<u8>, upside_down: bool) -> Self {
        let mut turned = self.clone();
        for (level, side) in turned.levels.iter_mut().zip(SIDES) {
            let rows = level.cells.chunks_exact(side).map(&line);
            level.cells = if upside_down { rows.rev().flatten().collect() } else { rows.flatten().collect() };
        }
        turned
    }

    /// The rectangle of 256 that a share of a picture's field covers; `None` when it covers none, or lies outside.
    pub fn rectangle(columns: [f64; 2], rows: [f64; 2]) -> Option<Rectangle> {
        let side = SIDES[TOP] as f64;
        let range = |[start, end]: [f64; 2]| {
            let inside = (0.0..=1.0).contains(&start) && (0.0..=1.0).contains(&end);
            inside.then(|| (start * side).floor() as usize..(end * side).ceil() as usize)
        };
        let (columns, rows) = (range(columns)?, range(rows)?);
        (!columns.is_empty() && !rows.is_empty()).then_some(Rectangle { columns, rows })
    }
}

/// Sums of blocks of 2 × 2.
fn quarter(sums: &[u32], side: usize) -> Vec<u32> {
    let rows = sums.chunks_exact(4 * side).map(|pair| pair.split_at(2 * side));
    rows.flat_map(|(upper, lower)| {
        upper.chunks_exact(2).zip(lower.chunks_exact(2)).map(|(upper, lower)| upper[0] + upper[1] + lower[0] + lower[1])
    })
    .collect()
}

/// Means of blocks of `factor × factor` from their sums, and what they leave out of a copy whose squares add up to `energy`.
fn rounded(sums: &[u32], factor: usize, energy: u64) -> Level {
    let block = (factor * factor) as u32;
    let cells: Vec<u8> = sums.iter().map(|sum| ((sum + block / 2) / block) as u8).collect();
    let error = |(sum, cell): (&u32, &u8)| u64::from(sum.abs_diff(u32::from(*cell) * block)).pow(2);
    let errors: u64 = sums.iter().zip(&cells).map(error).sum();
    let coarse: u64 = sums.iter().map(|sum| u64::from(*sum).pow(2)).sum();
    let rounding = ((errors as f64).sqrt() / factor as f64) as f32;
    let detail = ((energy * u64::from(block) - coarse) as f64 / f64::from(block)).sqrt() as f32;
    Level { cells, margin: Margin { rounding: if errors == 0 { 0.0 } else { rounding.next_up() }, detail } }
}

#[cfg(test)]
mod tests {
    use super::super::grey::Samples;
    use super::*;
    use crate::similar::bound::least;
    use crate::similar::distance::squared;
    use rand::{Rng, SeedableRng, rngs::StdRng};

    fn noise(random: &mut StdRng, smooth: usize) -> Pyramid {
        let coarse: Vec<u8> = (0..(256 / smooth).pow(2)).map(|_| random.random()).collect();
        let cell = |place: usize| coarse[place / 256 / smooth * (256 / smooth) + place % 256 / smooth];
        Pyramid::from_top((0..65536).map(|place| cell(place).saturating_add(random.random_range(0..9))).collect())
            .unwrap()
    }

    #[test]
    fn a_copy_is_the_mean_of_what_it_covers() {
        let top: Vec<u8> = (0..65536).map(|place| if place % 2 == 0 { 10 } else { 21 }).collect();
        let pyramid = Pyramid::from_top(top).unwrap();
        for (level, side) in SIDES.iter().enumerate().take(TOP) {
            assert_eq!(pyramid.level(level).cells, vec![16; side * side]);
            let margin = pyramid.level(level).margin;
            // Half a step of rounding and 5.5 of detail in each of the cells of 256.
            assert!((margin.rounding - 0.5 * 256.0).abs() < 1e-3 && (margin.detail - 5.5 * 256.0).abs() < 1e-3);
        }
    }

    #[test]
    fn every_level_bounds_the_distance_from_below() {
        let mut random = StdRng::seed_from_u64(6);
        for round in 0..60 {
            let (a, b) = (noise(&mut random, 1 << (round % 7)), noise(&mut random, 1 << (round % 5)));
            let distance = squared(&a.level(TOP).cells, &b.level(TOP).cells);
            for (level, side) in SIDES.iter().enumerate() {
                let (a, b) = (a.level(level), b.level(level));
                let squared = squared(&a.cells, &b.cells) as u32;
                let bound = least(squared, (256 / side) as f32, a.margin, b.margin);
                assert!(f64::from(bound) <= distance as f64, "{side}: {bound} > {distance}");
            }
        }
    }

    #[test]
    fn a_picture_of_one_colour_is_the_middle_tone() {
        let pyramid = Pyramid::of(&Grey::new(30, 20, Samples::F32(&[f32::NAN; 600])).unwrap());
        for level in 0..=TOP {
            assert!(pyramid.level(level).cells.iter().all(|cell| *cell == tones::MIDDLE));
        }
    }

    #[test]
    fn a_mirror_of_the_picture_is_the_mirror_of_its_copies() {
        let pyramid = noise(&mut StdRng::seed_from_u64(1), 4);
        let mut top = pyramid.level(TOP).cells.clone();
        top.chunks_exact_mut(256).for_each(<[u8]>::reverse);
        assert_eq!(pyramid.mirrored(), Pyramid::from_top(top).unwrap());
        assert_eq!(pyramid.upside_down().upside_down(), pyramid);
    }

    #[test]
    fn a_region_outside_the_picture_is_none() {
        assert_eq!(Pyramid::rectangle([0.0, 0.5], [0.25, 1.0]), Some(Rectangle { columns: 0..128, rows: 64..256 }));
        assert_eq!(Pyramid::rectangle([0.5, 1.5], [0.0, 1.0]), None);
        assert_eq!(Pyramid::rectangle([0.5, 0.5], [0.0, 1.0]), None);
        assert_eq!(Pyramid::rectangle([f64::NAN, 0.5], [0.0, 1.0]), None);
    }
}

//! As many pictures as wanted, made of some.
//!
//! A picture is its copy of 64, and larger copies repeat its cells: copies of 256 are smooth enough to have little more in them. Number
//! `n` is one of the pictures to begin with, or most of it and the rest of another, moved by up to 3 cells of 64 along each axis, with
//! noise of up to ±4 in each cell, its tones spread evenly again: all by a generator that begins with `n`.

use std::convert::Infallible;
use std::path::Path;
use std::{fs, io};

use compute::similar::bound::Margin;
use compute::similar::grey::Samples;
use compute::similar::shelf::Copied;
use compute::similar::{Grey, Level, Pyramid, SIDES, Shelved, Source, TOP, gradient};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use rayon::prelude::*;

const SIDE: usize = 64;

pub struct Crowd {
    first: Vec<Vec<u8>>,
}

impl Crowd {
    /// Pictures of a folder, and up to `looked_for` of other origins; without a folder, waves.
    pub fn of(folder: Option<&Path>, looked_for: usize) -> (Self, Vec<Pyramid>) {
        let mut all = match folder {
            Some(folder) => read(folder, |picture| Pyramid::of(&picture)).expect("a folder of pictures"),
            None => (0..256).map(|number| Pyramid::of(&wave(number).grey())).collect(),
        };
        // Every so many, so that they are of many origins.
        let every = (all.len() / looked_for).max(2);
        let examples = (0..looked_for).rev().map(|number| all.remove((number * every).min(all.len() - 1))).collect();
        (Self { first: all.iter().map(|pyramid| pyramid.level(3).cells.clone()).collect() }, examples)
    }

    pub fn len(&self) -> usize {
        self.first.len()
    }

    /// Puts pictures on a shelf until it holds so many.
    pub fn fill(&self, shelved: &mut Shelved, count: usize) {
        let numbers: Vec<usize> = (shelved.shelf().len()..count).collect();
        for numbers in numbers.chunks(4096) {
            let made: Vec<[Level; 3]> = numbers.par_iter().map(|number| self.levels(*number)).collect();
            made.iter().for_each(|levels| assert!(shelved.push(levels.each_ref())));
        }
    }

    /// The copies of 8, 16 and 32 of a picture.
    pub fn levels(&self, number: usize) -> [Level; 3] {
        small(&self.cells(number))
    }

    /// The copy of 64 of a picture.
    fn cells(&self, number: usize) -> Vec<u8> {
        let mut random = SmallRng::seed_from_u64(number as u64);
        let [one, other] = [(); 2].map(|()| &self.first[random.random_range(0..self.first.len())]);
        let part = if random.random() { random.random_range(0..128_u32) } else { 0 };
        let [across, down] = [(); 2].map(|()| random.random_range(0..=6));
        let moved = |place: usize, by: usize| (place + by).saturating_sub(3).min(SIDE - 1);
        let mut cells = Vec::with_capacity(SIDE * SIDE);
        let mut noise = 0_u64;
        for place in 0..SIDE * SIDE {
            let from = moved(place / SIDE, down) * SIDE + moved(place % SIDE, across);
            let blend = (u32::from(one[from]) * (256 - part) + u32::from(other[from]) * part) / 256;
            noise = if place % 16 == 0 { random.random() } else { noise >> 4 };
            cells.push((blend as i32 + (noise & 7) as i32 - 4).clamp(0, 255) as u8);
        }
        even(&mut cells);
        cells
    }
}

/// Larger copies repeat the cells of 64.
impl Source for Crowd {
    type Error = Infallible;

    fn copy(&self, index: usize, level: usize) -> Result<Option<Copied<'_>>, Infallible> {
        assert!(level <= TOP);
        let cells = repeated(&self.cells(index), SIDES[level] / SIDE);
        Ok(Some(Level { cells, margin: Margin::default() }.into()))
    }
}

/// So many gradient descriptors, made of those of a folder's pictures: one of them, or most of it and the rest of another, with noise
/// of up to ±8 in each byte. And up to `looked_for` that none is made of.
pub fn gradients(folder: Option<&Path>, count: usize, looked_for: usize) -> (Vec<u8>, Vec<[u8; gradient::LENGTH]>) {
    let described = |picture: Grey| *gradient::descriptor(&picture).first_chunk().expect("a descriptor");
    let mut first: Vec<[u8; gradient::LENGTH]> = match folder {
        Some(folder) => read(folder, described).expect("a folder of pictures"),
        None => (0..256).map(|number| described(wave(number).grey())).collect(),
    };
    let every = (first.len() / looked_for).max(2);
    let examples = (0..looked_for).rev().map(|number| first.remove((number * every).min(first.len() - 1))).collect();
    let mut all = vec![0; count * gradient::LENGTH];
    all.par_chunks_exact_mut(gradient::LENGTH).enumerate().for_each(|(number, cells)| {
        let mut random = SmallRng::seed_from_u64(number as u64);
        let [one, other] = [(); 2].map(|()| &first[random.random_range(0..first.len())]);
        let part = if random.random() { random.random_range(0..128_u32) } else { 0 };
        let mut noise = 0_u64;
        for (place, cell) in cells.iter_mut().enumerate() {
            noise = if place % 16 == 0 { random.random() } else { noise >> 4 };
            let blend = (u32::from(one[place]) * (256 - part) + u32::from(other[place]) * part) / 256;
            *cell = (blend as i32 + (noise & 15) as i32 - 8).clamp(0, 255) as u8;
        }
    });
    (all, examples)
}

/// What is made of the pictures of a folder, by name.
fn read<T: Send>(folder: &Path, make: impl Fn(Grey) -> T + Sync) -> io::Result<Vec<T>> {
    let mut files: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "u16"));
    files.sort();
    let made = |file: &std::path::PathBuf| {
        let bytes = fs::read(file)?;
        let samples: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
        let side = samples.len().isqrt();
        let picture = Grey::new(side, side, Samples::U16(&samples));
        picture.map(&make).ok_or_else(|| io::Error::other("not a square"))
    };
    files.par_iter().map(made).collect()
}

struct Wave(Vec<f32>);

impl Wave {
    fn grey(&self) -> Grey<'_> {
        Grey::new(256, 256, Samples::F32(&self.0)).expect("a picture")
    }
}

fn wave(number: u64) -> Wave {
    let mut random = SmallRng::seed_from_u64(number);
    let [a, b, c] = [(); 3].map(|()| random.random_range(0.005..0.03_f32));
    let at = |place: usize| {
        let (x, y) = ((place % 256) as f32, (place / 256) as f32);
        128.0 + 80.0 * (a * x + 9.0 * c).sin() * (b * y).cos() + 40.0 * (c * (x + y)).sin()
    };
    Wave((0..65536).map(at).collect())
}

/// Tones by rank.
fn even(cells: &mut [u8]) {
    let mut counts = [0_usize; 256];
    cells.iter().for_each(|cell| counts[usize::from(*cell)] += 1);
    let mut darker = 0;
    let tones = counts.map(|count| {
        let rank = 2 * darker + count;
        darker += count;
        (rank * 255 / (2 * cells.len())) as u8
    });
    cells.iter_mut().for_each(|cell| *cell = tones[usize::from(*cell)]);
}

/// The copies of 8, 16 and 32 of the picture with this copy of 64.
fn small(cells: &[u8]) -> [Level; 3] {
    let energy: u64 = cells.iter().map(|cell| u64::from(*cell).pow(2)).sum();
    let mut sums: Vec<u32> = cells.iter().map(|cell| u32::from(*cell)).collect();
    let mut levels = [2, 1, 0].map(|level| {
        let side = SIDES[level];
        let at = |x: usize, y: usize| sums[y * side * 2 + x];
        let sum = |place: usize| {
            let (x, y) = (place % side * 2, place / side * 2);
            at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)
        };
        sums = (0..side * side).map(sum).collect();
        let block = (SIDE / side * (SIDE / side)) as u32;
        let cells: Vec<u8> = sums.iter().map(|sum| ((sum + block / 2) / block) as u8).collect();
        let error = |(sum, mean): (&u32, &u8)| u64::from(sum.abs_diff(u32::from(*mean) * block)).pow(2);
        let errors: u64 = sums.iter().zip(&cells).map(error).sum();
        let coarse: u64 = sums.iter().map(|sum| u64::from(*sum).pow(2)).sum();
        // A cell of 64 is 16 of 256.
        let length = |squares: u64| ((16 * squares) as f64 / f64::from(block)).sqrt() as f32;
        Level {
            cells,
            margin: Margin { rounding: length(errors).next_up(), detail: length(energy * u64::from(block) - coarse) },
        }
    });
    levels.reverse();
    levels
}

fn repeated(cells: &[u8], factor: usize) -> Vec<u8> {
    let mut all = Vec::with_capacity(cells.len() * factor * factor);
    for row in cells.chunks_exact(SIDE) {
        let wide: Vec<u8> = row.iter().flat_map(|cell| std::iter::repeat_n(*cell, factor)).collect();
        (0..factor).for_each(|_| all.extend_from_slice(&wide));
    }
    all
}

//! How long it takes to find the ten pictures nearest to one, among 10⁴ to 10⁶, and to make what is kept of a picture.
//!
//! `cargo bench -p compute --bench similar`. Pictures are blends of smooth ones with noise; their copies of 64, 128 and 256 are their
//! copies of 32, repeated, so that a million fit in memory.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use compute::similar::bound::Margin;
use compute::similar::grey::Samples;
use compute::similar::shelf::Copied;
use compute::similar::{Grey, Level, Pyramid, Query, SIDES, Shelved, Source, TOP, gradient, regions, search};
use rand::{Rng, SeedableRng, rngs::StdRng};

const PICTURES: usize = 1_000_000;

fn main() {
    making();
    let mut random = StdRng::seed_from_u64(6);
    let pictures = pictures(&mut random, PICTURES);
    let mut shelved = Shelved::default();
    let mut from = 0;
    for count in [10_000, 100_000, PICTURES] {
        pictures[from * 1024..count * 1024].chunks_exact(1024).for_each(|cells| {
            let (third, second, first) = small(cells);
            shelved.push([&first, &second, &third]);
        });
        from = count;
        let source = Repeated(&pictures);
        let example = enlarged(&pictures[7 * 1024..][..1024], 8, &mut random);
        let query = Query::new(Pyramid::from_top(example).expect("a copy of 256"), 10);
        let mut looks = [0; SIDES.len()];
        let time =
            median(|| looks = search(&shelved.shelf(), &source, &query, None).map_or([0; 6], |answer| answer.looks));
        println!("{count:>8} pictures: ten nearest {time:>9.2?}; looked at, by level {looks:?}");
        let query = pictures.first_chunk().expect("a descriptor");
        let time = median(|| drop(gradient::nearest(query, &pictures[..count * 1024], 10, None)));
        println!("{count:>8} descriptors of 1024 bytes, all compared: {time:>9.2?}");
    }
    let sets: Vec<_> = (0..PICTURES)
        .map(|_| regions::Cells([(); 8].map(|()| random.random::<u64>() & random.random::<u64>())))
        .collect();
    let keys: Vec<i64> = (0..PICTURES as i64).collect();
    let time = median(|| drop(regions::overlapping(&sets[3], &sets, &keys, 100)));
    println!("{PICTURES:>8} body regions: {time:>9.2?}");
}

fn making() {
    let samples: Vec<u16> =
        (0..2048 * 2048_u64).map(|place| ((place % 2048) * (place / 2048) / 1024 % 4096) as u16).collect();
    let picture = Grey::new(2048, 2048, Samples::U16(&samples)).expect("a picture");
    println!("the copies of a picture of 2048²: {:.2?}", median(|| drop(Pyramid::of(&picture))));
    println!("the gradients of a picture of 2048²: {:.2?}", median(|| drop(gradient::descriptor(&picture))));
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..9)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

/// Copies of 32: two of 256 smooth pictures, blended, with noise.
fn pictures(random: &mut StdRng, count: usize) -> Vec<u8> {
    let smooth: Vec<Vec<u8>> = (0..256)
        .map(|_| {
            let [a, b, c] = [(); 3].map(|()| random.random_range(0.02..0.25_f32));
            let wave = |place: usize| {
                let (x, y) = ((place % 32) as f32, (place / 32) as f32);
                (128.0 + 80.0 * (a * x + c).sin() * (b * y).cos() + 40.0 * (c * (x + y)).sin()) as u8
            };
            (0..1024).map(wave).collect()
        })
        .collect();
    let noise: Vec<u8> = (0..65536).map(|_| random.random_range(0..12)).collect();
    let mut cells = Vec::with_capacity(count * 1024);
    for _ in 0..count {
        let (a, b) = (&smooth[random.random_range(0..256)], &smooth[random.random_range(0..256)]);
        let (weight, start) = (random.random_range(0..256_u32), random.random_range(0..64000));
        let blend = |((a, b), noise): ((&u8, &u8), &u8)| {
            ((u32::from(*a) * weight + u32::from(*b) * (255 - weight)) / 256) as u8 + noise / 2
        };
        cells.extend(a.iter().zip(b).zip(&noise[start..]).map(blend));
    }
    cells
}

/// The copies of 32, 16 and 8.
fn small(cells: &[u8]) -> (Level, Level, Level) {
    let sums: Vec<u32> = cells.iter().map(|cell| u32::from(*cell)).collect();
    let (second, sums) = halved(&sums, 16, cells);
    let (first, _) = halved(&sums, 8, cells);
    (Level { cells: cells.to_vec(), margin: Margin::default() }, second, first)
}

fn halved(sums: &[u32], side: usize, cells: &[u8]) -> (Level, Vec<u32>) {
    let block = (32 / side * (32 / side)) as u32;
    let at = |x: usize, y: usize| sums[y * side * 2 + x];
    let sum = |place: usize| {
        let (x, y) = (place % side * 2, place / side * 2);
        at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)
    };
    let sums: Vec<u32> = (0..side * side).map(sum).collect();
    let means: Vec<u8> = sums.iter().map(|sum| ((sum + block / 2) / block) as u8).collect();
    let square = |value: u32| f64::from(value).powi(2);
    let errors: f64 = sums.iter().zip(&means).map(|(sum, mean)| square(sum.abs_diff(u32::from(*mean) * block))).sum();
    let energy: f64 = cells.iter().map(|cell| square(u32::from(*cell))).sum();
    let coarse: f64 = sums.iter().map(|sum| square(*sum)).sum::<f64>() / f64::from(block);
    let rounding = (64.0 * errors / f64::from(block)).sqrt() as f32;
    let margin = Margin { rounding: rounding.next_up(), detail: (64.0 * (energy - coarse)).max(0.0).sqrt() as f32 };
    (Level { cells: means, margin }, sums)
}

/// A copy of 32 with each cell repeated, and a little noise.
fn enlarged(cells: &[u8], factor: usize, random: &mut StdRng) -> Vec<u8> {
    repeated(cells, factor).into_iter().map(|cell| cell.saturating_add(random.random_range(0..4))).collect()
}

fn repeated(cells: &[u8], factor: usize) -> Vec<u8> {
    let mut all = Vec::with_capacity(cells.len() * factor * factor);
    for row in cells.chunks_exact(32) {
        let wide: Vec<u8> = row.iter().flat_map(|cell| std::iter::repeat_n(*cell, factor)).collect();
        (0..factor).for_each(|_| all.extend_from_slice(&wide));
    }
    all
}

struct Repeated<'a>(&'a [u8]);

impl Source for Repeated<'_> {
    type Error = Infallible;

    fn copy(&self, index: usize, level: usize) -> Result<Option<Copied<'_>>, Infallible> {
        debug_assert!(level <= TOP);
        let cells = repeated(&self.0[index * 1024..][..1024], SIDES[level] / 32);
        Ok(Some(Level { cells, margin: Margin::default() }.into()))
    }
}

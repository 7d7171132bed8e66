//! How long it takes to find the ten pictures nearest to one, among 10⁴ to 10⁶, and to make what is kept of a picture.
//!
//! `cargo bench -p compute --bench similar [-- FOLDER]`: pictures made of those in a folder (`ORIGIN_VARIANT.u16`, see `pictures.py`
//! beside this file), else of waves. Each picture is one of them or a blend of two, moved, with noise, its tones spread evenly again
//! ([`crowd`]). What is looked for are pictures of the folder that none is made of. With threads as `RAYON_NUM_THREADS` says.

mod crowd;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use compute::similar::grey::Samples;
use compute::similar::{Answer, Grey, Pyramid, Query, SIDES, Shelved, gradient, regions, search, search_many};
use crowd::Crowd;
use rand::{Rng, SeedableRng, rngs::StdRng};

const COUNTS: [usize; 3] = [10_000, 100_000, 1_000_000];

/// How many are looked for, one after another.
const QUERIES: usize = 16;

fn main() {
    let folder = std::env::args().skip(1).find(|word| !word.starts_with('-')).map(PathBuf::from);
    let (crowd, examples) = Crowd::of(folder.as_deref(), QUERIES);
    println!("{} pictures to begin with, {} looked for", crowd.len(), examples.len());
    making();
    let mut shelved = Shelved::default();
    for count in COUNTS {
        crowd.fill(&mut shelved, count);
        pixels(&crowd, &shelved, &examples);
        many(&crowd, &shelved, &examples);
    }
    drop(shelved);
    gradients();
    bodies();
}

/// One search after another.
fn pixels(crowd: &Crowd, shelved: &Shelved, examples: &[Pyramid]) {
    let shelf = shelved.shelf();
    let mut times = Vec::new();
    let mut looks = [0.0; SIDES.len()];
    for example in examples {
        let query = Query::new(example.clone(), 10);
        let (time, answer) = median(|| search(&shelf, crowd, &query, None));
        times.push(time);
        let Ok(Answer { looks: of, .. }) = answer;
        looks.iter_mut().zip(of).for_each(|(all, of)| *all += of as f64 / examples.len() as f64);
    }
    times.sort();
    println!(
        "{:>8} pictures: ten nearest {:>8.2?} (median of {}), {:>8.2?} (slowest); looked at, by level {:.0?}",
        shelf.len(),
        times[times.len() / 2],
        times.len(),
        times[times.len() - 1],
        looks
    );
}

/// All searches at once.
fn many(crowd: &Crowd, shelved: &Shelved, examples: &[Pyramid]) {
    let queries: Vec<Query> = examples.iter().map(|example| Query::new(example.clone(), 10)).collect();
    let (time, answers) = median(|| search_many(&shelved.shelf(), crowd, &queries, None));
    let count = answers.map_or(0, |answers| answers.len());
    println!("{:>8} pictures: {count} searches at once {time:>8.2?}", shelved.shelf().len());
}

fn gradients() {
    let mut random = StdRng::seed_from_u64(6);
    let mut descriptors = vec![0; COUNTS[2] * gradient::LENGTH];
    random.fill(&mut descriptors[..]);
    let query = *descriptors.first_chunk().expect("a descriptor");
    for count in COUNTS {
        let (time, _) = median(|| gradient::nearest(&query, &descriptors[..count * gradient::LENGTH], 10, None));
        println!("{count:>8} descriptors of 1024 bytes, all compared: {time:>9.2?}");
    }
}

fn bodies() {
    let mut random = StdRng::seed_from_u64(6);
    let mut cells = || regions::Cells([(); 8].map(|()| random.random::<u64>() & random.random::<u64>()));
    let sets: Vec<_> = (0..COUNTS[2]).map(|_| cells()).collect();
    let (time, _) = median(|| regions::overlapping(&sets[3], &sets, 100));
    println!("{:>8} body regions: {time:>9.2?}", sets.len());
}

fn making() {
    let samples: Vec<u16> =
        (0..2048 * 2048_u64).map(|place| ((place % 2048) * (place / 2048) / 1024 % 4096) as u16).collect();
    let picture = Grey::new(2048, 2048, Samples::U16(&samples)).expect("a picture");
    println!("the copies of a picture of 2048²: {:.2?}", median(|| Pyramid::of(&picture)).0);
    println!("the gradients of a picture of 2048²: {:.2?}", median(|| gradient::descriptor(&picture)).0);
}

/// The time of the fifth fastest of nine runs, and what was made.
fn median<T>(mut run: impl FnMut() -> T) -> (Duration, T) {
    let mut timed = || {
        let start = Instant::now();
        let made = run();
        (start.elapsed(), made)
    };
    let mut runs: Vec<(Duration, T)> = (0..9).map(|_| timed()).collect();
    runs.sort_by_key(|(time, _)| *time);
    runs.swap_remove(4)
}

//! How long it takes to find the ten pictures nearest to one, among 10⁴ to 10⁶, and to make what is kept of a picture.
//!
//! `cargo bench -p compute --bench similar [-- FOLDER]`: pictures made of those in a folder (`ORIGIN_VARIANT.u16`, see `pictures.py`
//! beside this file), else of waves. Each picture is one of them or a blend of two, moved, with noise, its tones spread evenly again
//! ([`crowd`]). What is looked for are pictures of the folder that none is made of. With threads as `RAYON_NUM_THREADS` says.
//! `-- FOLDER --table COUNT` prints rows of a table instead ([`table`]).

mod crowd;
mod table;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use compute::similar::grey::Samples;
use compute::similar::{Grey, Pyramid, Query, SIDES, Shelved, gradient, regions, search, search_many};
use crowd::Crowd;
use rand::{Rng, SeedableRng, rngs::StdRng};

const COUNTS: [usize; 3] = [10_000, 100_000, 1_000_000];

/// How many are looked for, one after another.
const QUERIES: usize = 16;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let folder = words.first().filter(|word| !word.starts_with('-')).map(PathBuf::from);
    if let [.., option, count] = &words[..]
        && option == "--table"
    {
        return table::table(folder.as_deref(), count.parse().expect("how many pictures"), QUERIES);
    }
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
    gradients(folder.as_deref());
    bodies();
}

/// One search after another.
fn pixels(crowd: &Crowd, shelved: &Shelved, examples: &[Pyramid]) {
    let shelf = shelved.shelf();
    let mut times = Vec::new();
    let mut looks = [0.0; SIDES.len()];
    for example in examples {
        let query = Query::new(example.clone(), 10);
        let time = timed(|| search(&shelf, crowd, &query, None));
        let of = time.made.as_ref().map_or([0; SIDES.len()], |answer| answer.looks);
        looks.iter_mut().zip(of).for_each(|(all, of)| *all += of as f64 / examples.len() as f64);
        times.push(time);
    }
    times.sort_by_key(|time| time.least);
    let (middle, slowest) = (&times[times.len() / 2], &times[times.len() - 1]);
    println!("{:>8} pictures: {middle}; the slowest: {slowest}; looked at, by level {looks:.0?}", shelf.len());
}

/// All searches at once.
fn many(crowd: &Crowd, shelved: &Shelved, examples: &[Pyramid]) {
    let queries: Vec<Query> = examples.iter().map(|example| Query::new(example.clone(), 10)).collect();
    let time = timed(|| search_many(&shelved.shelf(), crowd, &queries, None));
    println!("{:>8} pictures: {} searches at once: {time}", shelved.shelf().len(), queries.len());
}

fn gradients(folder: Option<&Path>) {
    let (descriptors, examples) = crowd::gradients(folder, COUNTS[2], QUERIES);
    let summaries = descriptors.as_chunks().0.iter().map(gradient::Summary::of);
    let (cells, margins): (Vec<_>, Vec<_>) = summaries.map(|summary| (summary.cells, summary.margin)).unzip();
    let summaries = gradient::Summaries { cells: &cells, margins: &margins };
    let query = &examples[0];
    for count in COUNTS {
        let descriptors = &descriptors[..count * gradient::LENGTH];
        let plain = timed(|| gradient::nearest(query, descriptors, 10, None));
        println!("{count:>8} gradient descriptors, all compared: {plain}");
        let (mut looks, mut times) = (0, Vec::new());
        for query in &examples {
            let time = timed(|| gradient::nearest_by(query, summaries, descriptors, 10));
            looks += time.made.1;
            times.push(time);
        }
        times.sort_by_key(|time| time.least);
        let looks = looks as f64 / examples.len() as f64;
        println!(
            "{count:>8} gradient descriptors, by summaries: {}; looked at whole {looks:.0}",
            times[times.len() / 2]
        );
    }
}

fn bodies() {
    let mut random = StdRng::seed_from_u64(6);
    let mut cells = || regions::Cells([(); 8].map(|()| random.random::<u64>() & random.random::<u64>()));
    let sets: Vec<_> = (0..COUNTS[2]).map(|_| cells()).collect();
    let keys: Vec<i64> = (0..sets.len() as i64).collect();
    println!("{:>8} body regions: {}", sets.len(), timed(|| regions::overlapping(&sets[3], &sets, &keys, 100)));
}

fn making() {
    let samples: Vec<u16> =
        (0..2048 * 2048_u64).map(|place| ((place % 2048) * (place / 2048) / 1024 % 4096) as u16).collect();
    let picture = Grey::new(2048, 2048, Samples::U16(&samples)).expect("a picture");
    println!("the copies of a picture of 2048²: {}", timed(|| Pyramid::of(&picture)));
    println!("the gradients of a picture of 2048²: {}", timed(|| gradient::descriptor(&picture)));
}

/// Nine runs: the median and the least time, and what was made.
struct Timed<T> {
    median: Duration,
    least: Duration,
    made: T,
}

impl<T> std::fmt::Display for Timed<T> {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{:.2?} (least {:.2?})", self.median, self.least)
    }
}

fn timed<T>(mut run: impl FnMut() -> T) -> Timed<T> {
    let mut runs: Vec<(Duration, T)> = Vec::new();
    for _ in 0..9 {
        let start = Instant::now();
        let made = run();
        runs.push((start.elapsed(), made));
    }
    runs.sort_by_key(|(time, _)| *time);
    let least = runs[0].0;
    let (median, made) = runs.swap_remove(4);
    Timed { median, least, made }
}

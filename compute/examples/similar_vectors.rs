//! Copies of 256 as a file of vectors, what is nearest to some of them by [`search`], and how long that took: for a comparison with
//! another search (`compute/benches/similar/faiss_flat.py`).
//!
//! `cargo run --release -p compute --example similar_vectors -- PICTURES COUNT OUT`: a folder of pictures (`ORIGIN_VARIANT.u16`, see
//! `compute/benches/similar/pictures.py`); how many vectors; the folder that takes `vectors.u8`, `queries.u8` (65 536 bytes each) and
//! `answers.txt` (for each query the places and squared distances of the ten nearest). A vector is one of the pictures, or most of it and
//! the rest of another, moved by up to 12 cells, with noise of up to ±4, its tones spread evenly again.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;
use std::{env, fs, io};

use compute::similar::grey::Samples;
use compute::similar::{Grey, Pyramid, Query, Shelved, TOP, search, tones};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use rayon::prelude::*;

const SIDE: usize = 256;
const QUERIES: usize = 16;
const ROUNDS: usize = 9;

fn main() -> io::Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [pictures, count, out] = words.as_slice() else { return Err(io::Error::other("PICTURES COUNT OUT")) };
    let (count, out) = (count.parse::<usize>().map_err(io::Error::other)?, Path::new(out));
    fs::create_dir_all(out)?;
    let mut first = read(Path::new(pictures))?;
    let every = (first.len() / QUERIES).max(2);
    let queries: Vec<Pyramid> = (0..QUERIES).rev().map(|number| first.remove(number * every)).collect();
    let all: Vec<Pyramid> = (0..count).into_par_iter().filter_map(|number| made(&first, number)).collect();
    let written = |name: &str, pyramids: &[Pyramid]| {
        let mut file = BufWriter::new(fs::File::create(out.join(name))?);
        pyramids.iter().try_for_each(|pyramid| file.write_all(&pyramid.level(TOP).cells))?;
        file.flush()
    };
    written("vectors.u8", &all)?;
    written("queries.u8", &queries)?;
    let mut shelved = Shelved::default();
    all.iter().for_each(|pyramid| assert!(shelved.push([0, 1, 2].map(|level| pyramid.level(level)))));
    let mut answers = String::new();
    let mut times = Vec::new();
    let mut looks = [0; TOP + 1];
    for example in queries {
        let query = Query::new(example, 10);
        let mut least = f64::INFINITY;
        let mut line = String::new();
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let Ok(answer) = search(&shelved.shelf(), all.as_slice(), &query, None);
            least = least.min(start.elapsed().as_secs_f64());
            line = answer.found.iter().map(|found| format!("{}:{} ", found.index, found.distance)).collect();
            looks = answer.looks;
        }
        times.push(least * 1e3);
        answers += &format!("{}\n", line.trim_end());
    }
    fs::write(out.join("answers.txt"), answers)?;
    times.sort_by(f64::total_cmp);
    let (count, median, slowest) = (all.len(), times[times.len() / 2], times[times.len() - 1]);
    println!(
        "{count} vectors: ten nearest in {median:.2} ms (median of {QUERIES} queries, the best of {ROUNDS} runs each), {slowest:.2} ms \
         the slowest; of the last one looked at, by level {looks:?}"
    );
    // The same as a row of the table of `tools/similar.sh`.
    println!(
        "inside, ten of {count} copies of 256\t10\t{median:.2}\t{slowest:.2}\t{:.2}\t{QUERIES}\t{looks:?}",
        times[0]
    );
    Ok(())
}

fn made(first: &[Pyramid], number: usize) -> Option<Pyramid> {
    let mut random = SmallRng::seed_from_u64(number as u64);
    let [one, other] = [(); 2].map(|()| &first[random.random_range(0..first.len())].level(TOP).cells);
    let part = if random.random() { random.random_range(0.0..0.5_f32) } else { 0.0 };
    let [across, down] = [(); 2].map(|()| random.random_range(0..=24));
    let moved = |place: usize, by: usize| (place + by).saturating_sub(12).min(SIDE - 1);
    let mut cell = |place: usize| {
        let from = moved(place / SIDE, down) * SIDE + moved(place % SIDE, across);
        let blend = f32::from(one[from]) * (1.0 - part) + f32::from(other[from]) * part;
        blend + random.random_range(-4.0..4.0)
    };
    let cells: Vec<f32> = (0..SIDE * SIDE).map(&mut cell).collect();
    Pyramid::from_top(tones::by_rank(&cells))
}

fn read(folder: &Path) -> io::Result<Vec<Pyramid>> {
    let mut files: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "u16"));
    files.sort();
    let pyramid = |file: &std::path::PathBuf| {
        let bytes = fs::read(file)?;
        let samples: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
        let side = samples.len().isqrt();
        let picture = Grey::new(side, side, Samples::U16(&samples));
        picture.map(|picture| Pyramid::of(&picture)).ok_or_else(|| io::Error::other("not a square"))
    };
    files.par_iter().map(pyramid).collect()
}

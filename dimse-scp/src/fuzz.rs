//! Mutated bytes from a peer: PDUs into messages, messages into commands and Identifiers. Nothing panics, nothing hangs, and
//! what was read can be written and read again.
//!
//! Half a second of it is a test as all others; `make fuzz` gives it `FUZZ_SECONDS`. The same run does the same on any
//! machine, but for where the clock stops it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::exercise;

/// Numbers that look random (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// One to four changes.
fn mutate(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        match random.below(8) {
            0 if !bytes.is_empty() => bytes[at] = random.next() as u8,
            1 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..(at + random.below(20)).min(bytes.len()))),
            4 => bytes.insert(at, [0, 1, 2, 3, 0x7F, 0x80, 0xFF][random.below(7)]),
            // A length that lies.
            5 if at + 4 <= bytes.len() => {
                let lie = [0, 1, 2, 6, 0xFFFF, 0x7FFF_FFFF, u32::MAX][random.below(7)];
                bytes[at..at + 4].copy_from_slice(&if at.is_multiple_of(2) {
                    lie.to_be_bytes()
                } else {
                    lie.to_le_bytes()
                });
            }
            6 => bytes.extend_from_slice(&seeds[random.below(seeds.len())]),
            _ => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len());
                bytes.splice(at..at, other[from..(from + 40).min(other.len())].iter().copied());
            }
        }
    }
    bytes
}

fn seconds() -> Duration {
    let told = std::env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    told.map_or(Duration::from_millis(500), Duration::from_secs)
}

/// Feeds mutated seeds until the time is over; gives how many.
fn run(seed: u64, seeds: &[Vec<u8>], exercise: impl Fn(&[u8])) {
    seeds.iter().for_each(|seed| exercise(seed));
    let mut random = Random(seed);
    let (started, mut executions) = (Instant::now(), 0u64);
    while started.elapsed() < seconds() {
        exercise(&mutate(&mut random, seeds));
        executions += 1;
    }
    println!("{executions} in {:.1} s", started.elapsed().as_secs_f64());
}

fn bytes_of(seeds: Vec<(&str, Vec<u8>)>) -> Vec<Vec<u8>> {
    seeds.into_iter().map(|(_, bytes)| bytes).collect()
}

#[test]
fn hears_mutated_messages_to_their_end() {
    run(7, &bytes_of(exercise::conversations()), exercise::conversation);
}

#[test]
fn reads_mutated_command_sets_and_identifiers() {
    let seeds: Vec<Vec<u8>> = exercise::conversations().into_iter().map(|(_, seed)| seed[12..].to_vec()).collect();
    run(9, &seeds, exercise::command_set);
}

#[test]
fn answers_mutated_association_requests() {
    run(11, &bytes_of(exercise::requests()), exercise::association_request);
}

/// `FUZZ_CORPUS=FOLDER` has them written there, for the fuzz targets.
#[test]
fn writes_the_seeds_of_the_fuzz_targets() {
    let own = tempfile::tempdir().unwrap();
    let corpus = std::env::var_os("FUZZ_CORPUS").map_or_else(|| own.path().to_owned(), PathBuf::from);
    let commands = exercise::conversations().into_iter().map(|(name, seed)| (name, seed[12..].to_vec()));
    for (target, seeds) in
        [("converse", exercise::conversations()), ("command", commands.collect()), ("associate", exercise::requests())]
    {
        let folder = corpus.join(target);
        std::fs::create_dir_all(&folder).unwrap();
        let count = seeds.len();
        seeds.iter().for_each(|(name, bytes)| std::fs::write(folder.join(name), bytes).unwrap());
        assert!(count > 0 && std::fs::read_dir(&folder).unwrap().count() >= count);
    }
}

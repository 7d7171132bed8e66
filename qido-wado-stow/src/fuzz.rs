//! Mutated requests: queries, media types, multipart bodies and metadata. Nothing panics, and nothing is refused by other
//! than a status that blames the client.
//!
//! Half a second of it is a test as all others; `make fuzz` gives it `FUZZ_SECONDS`. The same run does the same on any
//! machine, but for where the clock stops it.

#[path = "../tests/requests/seeds.rs"]
mod seeds;

use std::time::{Duration, Instant};

use crate::exercise::exercise;
use seeds::seeds;

/// Pieces that are likely to lead somewhere.
const TOKENS: [&str; 30] = [
    "%",
    "%00",
    "%ff",
    "%2C",
    "%5C",
    "&",
    "=",
    "+",
    "*",
    "?",
    ";",
    ",",
    "\"",
    "\\",
    "/",
    "\n",
    "\r\n",
    "--B",
    "--B--",
    "\r\n\r\n",
    "q=",
    "boundary=",
    "type=",
    "{}",
    "[",
    "\"vr\":\"SQ\"",
    "<Item>",
    "-",
    "NaN",
    "99999999999999999999",
];

/// Numbers that look random (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        number as usize % limit.max(1)
    }
}

/// A seed with one to five changes.
fn mutate(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(5) {
        let at = random.below(bytes.len() + 1);
        let end = (at + 1 + random.below(24)).min(bytes.len()).max(at);
        match random.below(7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, TOKENS[random.below(TOKENS.len())].bytes())),
            3 => drop(bytes.splice(at..end, TOKENS[random.below(TOKENS.len())].bytes())),
            4 => {
                let copy = bytes[at..end].repeat(1 + random.below(40));
                bytes.splice(at..at, copy);
            }
            5 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len());
                let part = other[from..(from + random.below(200)).min(other.len())].to_vec();
                bytes.splice(at..at, part);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = if random.below(2) == 0 { *byte ^ (1 << random.below(8)) } else { random.below(256) as u8 };
                }
            }
        }
    }
    bytes
}

fn seconds() -> Duration {
    let told = std::env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    told.map_or(Duration::from_millis(500), Duration::from_secs)
}

#[test]
fn reads_or_refuses_mutated_requests() {
    let seeds: Vec<Vec<u8>> = seeds().into_iter().map(|(_, bytes)| bytes).collect();
    seeds.iter().for_each(|seed| exercise(seed));
    let mut random = Random(11);
    let (started, mut executions) = (Instant::now(), 0_u64);
    while started.elapsed() < seconds() {
        let request = mutate(&mut random, &seeds);
        let read = std::panic::catch_unwind(|| exercise(&request));
        assert!(read.is_ok(), "{:?}", String::from_utf8_lossy(&request));
        executions += 1;
    }
    println!("{executions} requests in {:.1} s", started.elapsed().as_secs_f64());
}

#[test]
fn every_seed_is_committed_as_the_generator_makes_it() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/requests/corpus");
    for (name, bytes) in seeds() {
        let committed = std::fs::read(format!("{folder}/{name}.txt")).expect("a seed");
        assert!(committed == bytes, "{name}: run `cargo run -p qido-wado-stow --example make_requests`");
    }
    assert_eq!(std::fs::read_dir(folder).expect("the seeds").count(), seeds().len());
}

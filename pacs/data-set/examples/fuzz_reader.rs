//! A fuzz run that needs nothing but this repository: mutates the seed corpus and exercises the reader with the outcome.
//! It does the same for the same arguments on any machine, but for where the clock stops it.
//!
//! `fuzz_reader [--seconds N] [--executions N] [--seed N] [CORPUS]`; ten seconds when nothing is said. An input that
//! breaks a promise is written to `fuzz-failure.dcm` in the current folder, and the exit status is 1.

#[path = "../tests/exercise/mod.rs"]
mod exercise;
#[path = "../tests/exercise/mutation.rs"]
mod mutation;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use mutation::Mutator;

/// What was asked for.
struct Arguments {
    seconds: u64,
    executions: u64,
    seed: u64,
    corpus: String,
}

fn arguments() -> Result<Arguments, String> {
    let mut given = Arguments {
        seconds: 0,
        executions: 0,
        seed: 1,
        corpus: concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus").into(),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|word| word.parse().ok()).ok_or(format!("{word} needs a number"));
        match word.as_str() {
            "--seconds" => given.seconds = number()?,
            "--executions" => given.executions = number()?,
            "--seed" => given.seed = number()?,
            _ => given.corpus = word,
        }
    }
    if given.seconds == 0 && given.executions == 0 {
        given.seconds = 10;
    }
    Ok(given)
}

fn seeds(folder: &str) -> Result<Vec<Vec<u8>>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{folder}: {error}"))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let seeds: Vec<_> = paths.iter().filter_map(|path| std::fs::read(path).ok()).collect();
    if seeds.is_empty() { Err(format!("{folder}: there is no seed")) } else { Ok(seeds) }
}

fn run() -> Result<(), String> {
    let given = arguments()?;
    let seeds = seeds(&given.corpus)?;
    let started = Instant::now();
    let limit = if given.seconds == 0 { u64::MAX } else { given.seconds };
    let most = if given.executions == 0 { u64::MAX } else { given.executions };
    let mut mutator = Mutator::new(given.seed);
    let mut executions = 0u64;
    while executions < most && started.elapsed() < Duration::from_secs(limit) {
        let input = match seeds.get(executions as usize) {
            Some(seed) => seed.clone(),
            None => mutator.mutate(&seeds),
        };
        executions += 1;
        if catch_unwind(AssertUnwindSafe(|| exercise::exercise(&input))).is_err() {
            let written = std::fs::write("fuzz-failure.dcm", &input);
            return Err(format!("execution {executions} broke a promise; fuzz-failure.dcm: {written:?}"));
        }
    }
    println!("{executions} executions in {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

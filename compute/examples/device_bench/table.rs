//! The table: a line for each kernel, printed as soon as it is measured.

use std::io::Write;
use std::time::{Duration, Instant};

use compute::device::{Engine, Error};

/// After this time nothing more is begun.
const PATIENCE: Duration = Duration::from_secs(135);

/// How often a kernel runs, beside the run that compiles it; the best counts.
const RUNS: usize = 5;

pub struct Table {
    bandwidth: f64,
    chosen: Option<String>,
    began: Instant,
    left_out: usize,
}

/// What a device made, how long its kernels took, and how long all took with all copies.
pub struct Run<T> {
    pub made: T,
    kernel: Duration,
    whole: Duration,
}

impl Table {
    pub fn new(bandwidth: f64, chosen: Option<String>) -> Self {
        println!(
            "| what | kernel ms | with copies ms | bytes MB | least ms | kernel / least | CPU ms | largest difference |"
        );
        println!("|---|--:|--:|--:|--:|--:|--:|--:|");
        Self { bandwidth, chosen, began: Instant::now(), left_out: 0 }
    }

    /// Whether a line is wanted, and there is time for it.
    pub fn wants(&mut self, name: &str) -> bool {
        let wanted = self.chosen.as_ref().is_none_or(|word| name.contains(word.as_str()));
        let late = self.began.elapsed() > PATIENCE;
        self.left_out += usize::from(wanted && late);
        wanted && !late
    }

    /// Runs what a device does several times.
    pub fn run<T>(engine: &Engine, work: impl Fn() -> Result<T, Error>) -> Result<Run<T>, Error> {
        drop(work()?);
        let mut best: Option<Run<T>> = None;
        for _ in 0..RUNS {
            engine.kernel_time();
            let start = Instant::now();
            let made = work()?;
            let whole = start.elapsed();
            let kernel = engine.kernel_time().unwrap_or_default();
            best = Some(match best {
                None => Run { made, kernel, whole },
                Some(best) => Run { made, kernel: kernel.min(best.kernel), whole: whole.min(best.whole) },
            });
        }
        best.ok_or(Error::Unavailable("no run".to_owned()))
    }

    pub fn line<T>(&self, name: &str, run: &Run<T>, bytes: usize, processor: Duration, difference: f64) {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let least = bytes as f64 / self.bandwidth * 1e3;
        println!(
            "| {name} | {:.3} | {:.2} | {:.2} | {least:.4} | {:.1} | {:.1} | {difference} |",
            ms(run.kernel),
            ms(run.whole),
            bytes as f64 / 1e6,
            ms(run.kernel) / least,
            ms(processor),
        );
        // Whoever waits sees each line at once.
        std::io::stdout().flush().unwrap_or_default();
    }

    pub fn end(&self) {
        println!("\n{:.0} s; {} lines left out for want of time", self.began.elapsed().as_secs_f64(), self.left_out);
    }
}

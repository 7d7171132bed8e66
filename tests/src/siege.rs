//! Hostile peers of a DIMSE server: all of them at once, again and again, at a bounded rate.
//!
//! They are a process of their own (`besiege`), so that what they cost is not taken for what the server pays for them.

mod attacks;

use std::io::{BufRead, BufReader, Lines};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

pub use attacks::{PRETENDED, is_let_in};

/// Most attacks of a kind at once: most end when the server has had enough.
const AT_ONCE: usize = 64;
/// What the process says when each attack has been made.
const BEGUN: &str = "begun";

/// A process that besieges a server. Dropped, it is killed.
pub struct Siege {
    process: Child,
    said: Lines<BufReader<ChildStdout>>,
}

/// What a siege was.
#[derive(Debug)]
pub struct Report {
    /// How often each attack was made, by name.
    pub counts: Vec<(String, usize)>,
    /// Processor time of the attackers.
    pub processor: Duration,
}

impl Siege {
    /// Begins, with the program `besiege`; each attack has been made when this returns. `rate`: attacks of each kind in a
    /// second.
    pub fn begin(program: &Path, address: &str, rate: u32) -> Self {
        let mut command = Command::new(program);
        command.args([address, &rate.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the attackers start");
        let said = BufReader::new(process.stdout.take().expect("standard output")).lines();
        let mut siege = Self { process, said };
        assert_eq!(siege.line().as_deref(), Some(BEGUN));
        siege
    }

    /// Ends.
    pub fn end(mut self) -> Report {
        let processor = processor_time(self.process.id());
        drop(self.process.stdin.take());
        let mut counts = Vec::new();
        while let Some(line) = self.line() {
            let (count, name) = line.split_once(' ').expect("a number and a name");
            counts.push((name.to_owned(), count.parse().expect("a number")));
        }
        Report { counts, processor }
    }

    fn line(&mut self) -> Option<String> {
        self.said.next().map(|line| line.expect("text"))
    }
}

impl Drop for Siege {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Processor time of a process so far.
pub fn processor_time(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("a running process");
    let after_name = stat.rsplit_once(") ").expect("a name").1;
    let ticks: u64 = after_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
    // SAFETY: asks for a number.
    let a_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    Duration::from_millis(ticks * 1000 / u64::try_from(a_second).expect("some ticks a second"))
}

/// Besieges a server until standard input ends; says how often each attack was made. The work of the process.
pub async fn besiege(address: SocketAddr, rate: u32) {
    let mut kinds = JoinSet::new();
    let mut counts = Vec::new();
    for (name, attack) in attacks::ALL {
        let count = Arc::<AtomicUsize>::default();
        counts.push((name, Arc::clone(&count)));
        kinds.spawn(async move {
            let mut pace = interval(Duration::from_secs(1) / rate.max(1));
            // What a busy machine keeps from being done is not made up for all at once.
            pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut running = JoinSet::new();
            loop {
                pace.tick().await;
                while running.try_join_next().is_some() {}
                if running.len() < AT_ONCE {
                    running.spawn(attack(address));
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    while counts.iter().any(|(_, count)| count.load(Ordering::Relaxed) == 0) {
        tokio::task::yield_now().await;
    }
    println!("{BEGUN}");
    let ended = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    // Whether it ended or cannot be read: nobody wants more.
    let _ = ended.await;
    kinds.shutdown().await;
    for (name, count) in counts {
        println!("{} {name}", count.load(Ordering::Relaxed));
    }
}

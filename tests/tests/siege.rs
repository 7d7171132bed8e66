//! A well-behaved peer stores while hostile ones do what they can: it loses nothing, and next to nothing of its speed.

use std::path::Path;
use std::time::{Duration, Instant};

use e2e::siege::{PRETENDED, Siege, is_let_in, processor_time};
use e2e::{Fixture, Gateway, Scu, wait_until};

/// Time of one measurement.
const SPAN: Duration = Duration::from_millis(1500);
/// Attacks of each kind in a second.
const RATE: u32 = 20;
/// How much of its speed the peer keeps at least, in the middle one of the rounds.
const KEPT: f64 = 0.7;
/// Rounds: as many as it takes, because other processes of the machine have their moments.
const ROUNDS: std::ops::RangeInclusive<usize> = 3..=9;

struct Storing {
    scu: Scu,
    stored: u32,
}

impl Storing {
    /// Stores one object after the other for so long, all of which must be taken; gives objects a second.
    fn store_for(&mut self, span: Duration) -> f64 {
        let (started, before) = (Instant::now(), self.stored);
        while started.elapsed() < span {
            self.stored += 1;
            assert_eq!(self.scu.store(&Fixture::new(1, 1, self.stored, 0)).expect("an answer"), 0x0000);
        }
        f64::from(self.stored - before) / started.elapsed().as_secs_f64()
    }
}

impl Storing {
    /// Releases the association and asks for another, which it must get at once, and again.
    fn come_again(mut self, address: &str) -> Self {
        for _ in 0..5 {
            self.scu.release().expect("a release");
            self.scu = Scu::for_fixtures(address).expect("an association, whoever else wants one");
            self.stored += 1;
            assert_eq!(self.scu.store(&Fixture::new(1, 1, self.stored, 0)).expect("an answer"), 0x0000);
        }
        self
    }
}

fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

#[test]
fn a_peer_keeps_storing_at_its_speed_under_every_attack_at_once() {
    // Limits are what they are by default.
    let gateway = Gateway::start_with(&["dimse.accept_unknown=true", "dimse.artim_seconds=2"]);
    gateway.command(&["ae", "add", PRETENDED, "127.0.0.1", "104", "--certificate", "CN=another"]);
    let scu = Scu::for_fixtures(&gateway.dimse_address).expect("an association");
    let mut peer = Storing { scu, stored: 0 };
    peer.store_for(SPAN);
    let mut rounds: Vec<(f64, f64)> = Vec::new();
    let kept = |rounds: &[(f64, f64)]| median(rounds.iter().map(|(before, under)| under / before));
    while rounds.len() < *ROUNDS.end() && (rounds.len() < *ROUNDS.start() || kept(&rounds) < KEPT) {
        let before = peer.store_for(SPAN);
        let siege = Siege::begin(Path::new(env!("CARGO_BIN_EXE_besiege")), &gateway.dimse_address, RATE);
        let own = processor_time(gateway.pid());
        let under = peer.store_for(SPAN);
        let own = processor_time(gateway.pid()).saturating_sub(own);
        peer = peer.come_again(&gateway.dimse_address);
        let report = siege.end();
        eprintln!("{before:.0} objects a second before, {under:.0} under attack; gateway {own:?}, {report:?}");
        assert!(report.counts.iter().all(|(_, count)| *count > 0), "{report:?}");
        rounds.push((before, under));
    }
    let (alone, under) = (median(rounds.iter().map(|round| round.0)), median(rounds.iter().map(|round| round.1)));
    eprintln!(
        "of {} rounds: {alone:.0} objects a second alone, {under:.0} under siege; it keeps {:.2} of its speed",
        rounds.len(),
        kept(&rounds)
    );
    assert!(kept(&rounds) >= KEPT, "{rounds:.0?}");
    peer.scu.release().expect("a release");

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let address = gateway.dimse_address.parse().expect("an address");
    for title in ["LENGTHS", "SILENCE", "FLOOD", "HOARD"] {
        wait_until("every hostile peer is gone", || runtime.block_on(is_let_in(address, title)));
    }
    assert!(!runtime.block_on(is_let_in(address, PRETENDED)));
    let refused = gateway.command(&["audit", "--action", "refuse", "--limit", "1000"]);
    for words in ["the places left are kept for other AE titles", "the calling AE title needs TLS with its certificate"]
    {
        assert!(refused.contains(words), "nothing in the audit trail says: {words}");
    }
}

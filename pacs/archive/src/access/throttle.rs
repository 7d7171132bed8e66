//! Failed log-ins, by user name and by address: after some, each further try must wait twice as long as the one before.
//!
//! A try counts as failed from its beginning, and is forgiven when it succeeds: a thousand guesses at the same time are a
//! thousand failures, not none yet.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Failures of one name that have no consequence.
const NAME_FREE: u32 = 5;
/// The same for an address, which many may share.
const ADDRESS_FREE: u32 = 20;
/// Longest wait.
const LONGEST: Duration = Duration::from_secs(300);
/// Failures older than this are forgotten.
const MEMORY: Duration = Duration::from_secs(900);
/// Most names, and most addresses, that are remembered.
const ROOM: usize = 10_000;

/// A try that comes too early.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooEarly {
    /// Seconds to wait, at least one.
    pub(super) seconds: u64,
    /// It is the first of this waiting time: worth a line in the audit trail, the others are not.
    pub(super) first: bool,
}

/// Failures of names and addresses.
#[derive(Default)]
pub(super) struct Throttle {
    names: Failures<String>,
    addresses: Failures<IpAddr>,
}

impl Throttle {
    /// Whether anybody may try from this address now.
    pub(super) fn check_address(&mut self, address: Option<IpAddr>, now: Instant) -> Result<(), TooEarly> {
        address.map_or(Ok(()), |address| self.addresses.check(&network(address), ADDRESS_FREE, now))
    }

    /// Counts a try, unless it comes too early.
    pub(super) fn begin(&mut self, name: &str, address: Option<IpAddr>, now: Instant) -> Result<(), TooEarly> {
        self.check_address(address, now)?;
        self.names.check(&name.to_owned(), NAME_FREE, now)?;
        self.names.count(name.to_owned(), now);
        if let Some(address) = address {
            self.addresses.count(network(address), now);
        }
        Ok(())
    }

    /// Forgives a try that succeeded, and the failures of the name before it. The address keeps its other failures:
    /// whoever has an account must not get further guesses at others' by using it.
    pub(super) fn succeeded(&mut self, name: &str, address: Option<IpAddr>) {
        self.names.entries.remove(name);
        if let Some(address) = address {
            self.addresses.forgive(&network(address));
        }
    }

    /// Forgives a try that came to nothing through no fault of the client.
    pub(super) fn abandoned(&mut self, name: &str, address: Option<IpAddr>) {
        self.names.forgive(&name.to_owned());
        if let Some(address) = address {
            self.addresses.forgive(&network(address));
        }
    }
}

/// What one client has: an IPv4 address, or the 64 bits of IPv6 that a site gets.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address => address,
    }
}

struct Failures<K> {
    entries: HashMap<K, Entry>,
}

struct Entry {
    failures: u32,
    last: Instant,
    reported: bool,
}

impl<K> Default for Failures<K> {
    fn default() -> Self {
        Self { entries: HashMap::new() }
    }
}

impl<K: Hash + Eq + Clone> Failures<K> {
    fn check(&mut self, key: &K, free: u32, now: Instant) -> Result<(), TooEarly> {
        let Some(entry) = self.entries.get_mut(key) else { return Ok(()) };
        let since = now.saturating_duration_since(entry.last);
        if since >= MEMORY {
            self.entries.remove(key);
            return Ok(());
        }
        let Some(over) = entry.failures.checked_sub(free) else { return Ok(()) };
        let wait = Duration::from_secs(1 << over.min(20)).min(LONGEST);
        if since >= wait {
            return Ok(());
        }
        let first = !std::mem::replace(&mut entry.reported, true);
        Err(TooEarly { seconds: (wait - since).as_secs_f64().ceil().max(1.0) as u64, first })
    }

    fn count(&mut self, key: K, now: Instant) {
        if self.entries.len() >= ROOM && !self.entries.contains_key(&key) {
            self.make_room(now);
        }
        let entry = self.entries.entry(key).or_insert(Entry { failures: 0, last: now, reported: false });
        entry.failures = entry.failures.saturating_add(1);
        entry.last = now;
        entry.reported = false;
    }

    fn forgive(&mut self, key: &K) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.failures = entry.failures.saturating_sub(1);
            if entry.failures == 0 {
                self.entries.remove(key);
            }
        }
    }

    /// Forgets what is old; when nothing is, the key with the fewest failures.
    fn make_room(&mut self, now: Instant) {
        self.entries.retain(|_, entry| now.saturating_duration_since(entry.last) < MEMORY);
        if self.entries.len() >= ROOM {
            let least = self.entries.iter().min_by_key(|(_, entry)| (entry.failures, entry.last));
            if let Some(key) = least.map(|(key, _)| key.clone()) {
                self.entries.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn doubles_the_wait_after_five_failures_of_a_name() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..5 {
            throttle.begin("ada", None, now).unwrap();
        }
        assert_eq!(throttle.begin("ada", None, now), Err(TooEarly { seconds: 1, first: true }));
        assert_eq!(throttle.begin("ada", None, now), Err(TooEarly { seconds: 1, first: false }));
        throttle.begin("ada", None, after(now, 1)).unwrap();
        assert_eq!(throttle.begin("ada", None, after(now, 1)), Err(TooEarly { seconds: 2, first: true }));
        throttle.begin("bob", None, now).unwrap();
    }

    #[test]
    fn never_waits_longer_than_five_minutes() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        for _ in 0..100 {
            throttle.begin("ada", None, now).unwrap();
            now = after(now, 300);
        }
    }

    #[test]
    fn a_success_forgives_the_name_but_not_the_address() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        for number in 0..ADDRESS_FREE - 1 {
            throttle.begin(&format!("user {number}"), HERE, now).unwrap();
        }
        throttle.begin("ada", HERE, now).unwrap();
        throttle.succeeded("ada", HERE);
        throttle.begin("ada", HERE, now).unwrap();
        assert!(throttle.begin("ada", HERE, now).is_err());
        assert!(throttle.check_address(HERE, now).is_err());
        throttle.check_address(HERE, after(now, 1)).unwrap();
    }

    #[test]
    fn takes_the_64_bits_of_a_site_for_one_address() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        for number in 0..ADDRESS_FREE {
            let address = format!("2001:db8::{number:x}").parse().unwrap();
            throttle.begin(&number.to_string(), Some(address), now).unwrap();
        }
        assert!(throttle.check_address(Some("2001:db8::ffff".parse().unwrap()), now).is_err());
        assert!(throttle.check_address(Some("2001:db8:1::1".parse().unwrap()), now).is_ok());
    }

    #[test]
    fn forgets_after_a_quarter_of_an_hour() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..5 {
            throttle.begin("ada", None, now).unwrap();
        }
        throttle.check_address(None, now).unwrap();
        for _ in 0..5 {
            throttle.begin("ada", None, after(now, 900)).unwrap();
        }
    }

    #[test]
    fn remembers_a_bounded_number_of_names_and_drops_the_least_guessed() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..5 {
            throttle.begin("ada", None, now).unwrap();
        }
        for number in 0..ROOM + 100 {
            throttle.begin(&number.to_string(), None, now).unwrap();
        }
        assert_eq!(throttle.names.entries.len(), ROOM);
        assert!(throttle.begin("ada", None, now).is_err());
    }
}

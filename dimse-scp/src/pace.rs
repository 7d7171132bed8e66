//! The least rate at which the bytes of a message come. A peer that sends one now and then is never silent, and would
//! keep its place for ever.

use std::time::Duration;

use crate::upper_layer::End;

/// Fewer bytes a second than the slowest line in use carries: a satellite telephone has 300.
pub(crate) const LEAST_RATE: u32 = 256;

/// How fast a peer has been since its message, or the last span that was looked at, began. Time in which we did not
/// wait for it does not count.
pub(crate) struct Pace {
    /// Bytes a second; 0 for any rate.
    least: u32,
    /// What is waited in all before the rate is looked at.
    span: Duration,
    waited: Duration,
    bytes: u64,
}

impl Pace {
    /// Of `least` bytes a second, looked at over a span.
    pub(crate) fn new(least: u32, span: Duration) -> Self {
        Self { least, span, waited: Duration::ZERO, bytes: 0 }
    }

    /// The same for other bytes, of which there were none yet.
    pub(crate) fn anew(&self) -> Self {
        Self::new(self.least, self.span)
    }

    /// A message begins, or the next span.
    pub(crate) fn restart(&mut self) {
        (self.waited, self.bytes) = (Duration::ZERO, 0);
    }

    /// So many bytes were there, after so long a wait.
    ///
    /// # Errors
    /// `Slow`, when the span is over and they were too few.
    pub(crate) fn note(&mut self, bytes: usize, waited: Duration) -> Result<(), End> {
        self.bytes += bytes as u64;
        self.waited += waited;
        if self.waited < self.span {
            return Ok(());
        }
        if u128::from(self.bytes) * 1000 < u128::from(self.least) * self.waited.as_millis() {
            return Err(End::Slow(self.least));
        }
        self.restart();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn pace() -> Pace {
        Pace::new(100, 10 * SECOND)
    }

    #[test]
    fn a_byte_now_and_then_is_too_slow_when_the_span_is_over() {
        let mut pace = pace();
        assert!((0..9).all(|_| pace.note(1, SECOND).is_ok()));
        assert!(matches!(pace.note(1, SECOND), Err(End::Slow(100))));
    }

    #[test]
    fn the_least_rate_is_enough_in_pauses_and_bursts_too() {
        let mut pace = pace();
        assert!((0..100).all(|_| pace.note(100, SECOND).is_ok()));
        assert!(pace.note(2_000, Duration::ZERO).is_ok() && pace.note(0, 15 * SECOND).is_ok());
    }

    #[test]
    fn what_came_before_helps_nobody_in_the_next_span() {
        let mut pace = pace();
        assert!(pace.note(1_000_000, 10 * SECOND).is_ok());
        assert!(pace.note(10, 10 * SECOND).is_err());
    }

    #[test]
    fn a_new_message_begins_anew_and_no_rate_is_any_rate() {
        let mut pace = pace();
        assert!(pace.note(0, 9 * SECOND).is_ok());
        pace.restart();
        assert!(pace.note(0, 9 * SECOND).is_ok());
        assert!(Pace::new(0, SECOND).note(1, 100 * SECOND).is_ok());
    }
}

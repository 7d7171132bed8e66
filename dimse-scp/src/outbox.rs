//! Bytes that wait to be written to a peer together: headers and commands, and long pieces of data sets between them.

use std::io::IoSlice;

use bytes::Bytes;

/// Bytes from so many on are written from where they lie; fewer are copied.
const LONG: usize = 4 * 1024;
/// So many copied bytes do not wait for more.
const COPIED_TOGETHER: usize = 64 * 1024;
/// Nor do so many bytes in pieces: an object of usual size goes out in one write.
const HELD_TOGETHER: usize = 640 * 1024;

/// What waits, in its order.
#[derive(Default)]
pub(crate) struct Outbox {
    copied: Vec<u8>,
    /// Long pieces, each with how many of the copied bytes come before it.
    held: Vec<(usize, Bytes)>,
    held_bytes: usize,
}

impl Outbox {
    /// Adds a copy of bytes.
    pub(crate) fn copy(&mut self, bytes: &[u8]) {
        self.copied.extend_from_slice(bytes);
    }

    /// Adds a piece, which is held until it is written when it is long.
    pub(crate) fn hold(&mut self, piece: Bytes) {
        if piece.len() < LONG {
            return self.copy(&piece);
        }
        self.held_bytes += piece.len();
        self.held.push((self.copied.len(), piece));
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.copied.is_empty() && self.held.is_empty()
    }

    /// Whether it is time to write.
    pub(crate) fn is_full(&self) -> bool {
        self.copied.len() >= COPIED_TOGETHER || self.held_bytes >= HELD_TOGETHER
    }

    /// All that waits; none of the slices is empty.
    pub(crate) fn slices(&self) -> Vec<IoSlice<'_>> {
        let mut slices = Vec::with_capacity(2 * self.held.len() + 1);
        let mut from = 0;
        for (at, piece) in &self.held {
            slices.extend([&self.copied[from..*at], piece].map(IoSlice::new));
            from = *at;
        }
        slices.push(IoSlice::new(&self.copied[from..]));
        slices.retain(|slice| !slice.is_empty());
        slices
    }

    /// It was written, or never can be. Keeps the memory for what comes next.
    pub(crate) fn clear(&mut self) {
        self.copied.clear();
        self.held.clear();
        self.held_bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(outbox: &Outbox) -> Vec<u8> {
        let slices = outbox.slices();
        assert!(slices.iter().all(|slice| !slice.is_empty()));
        slices.iter().flat_map(|slice| slice.to_vec()).collect()
    }

    #[test]
    fn keeps_the_order_of_what_is_copied_and_what_is_held() {
        let mut outbox = Outbox::default();
        assert!(outbox.is_empty() && outbox.slices().is_empty());
        let long = |byte| Bytes::from(vec![byte; LONG]);
        outbox.hold(long(b'1'));
        outbox.hold(long(b'2'));
        outbox.copy(b"head");
        outbox.hold(long(b'3'));
        outbox.hold(Bytes::from_static(b"short"));
        outbox.copy(b"end");
        let expected = [&[b'1'; LONG][..], &[b'2'; LONG], b"head", &[b'3'; LONG], b"shortend"].concat();
        assert!(text(&outbox) == expected && !outbox.is_full());
        outbox.clear();
        assert!(outbox.is_empty() && outbox.slices().is_empty());
    }

    #[test]
    fn is_full_by_copies_and_by_pieces() {
        let mut outbox = Outbox::default();
        outbox.copy(&[0; COPIED_TOGETHER - 1]);
        assert!(!outbox.is_full());
        outbox.copy(b"0");
        assert!(outbox.is_full());
        outbox.clear();
        outbox.hold(Bytes::from(vec![0; HELD_TOGETHER]));
        assert!(outbox.is_full());
        outbox.clear();
        assert!(!outbox.is_full());
    }
}

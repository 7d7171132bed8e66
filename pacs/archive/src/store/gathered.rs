//! Pieces on their way to the blocking threads: handing over every piece by itself would cost more than its work.

use bytes::{Bytes, BytesMut};

/// How much is gathered before it is handed on.
const ENOUGH: usize = 1 << 20;
/// A piece below this is copied, not held: a small piece may keep a large buffer alive.
const SMALL: usize = 16 << 10;

/// Pieces in order.
#[derive(Default)]
pub(super) struct Gathered {
    pieces: Vec<Bytes>,
    small: BytesMut,
    length: usize,
}

impl Gathered {
    /// Takes a piece; true when there is enough to hand on.
    pub(super) fn push(&mut self, piece: Bytes) -> bool {
        self.length += piece.len();
        if piece.len() < SMALL {
            self.small.extend_from_slice(&piece);
        } else {
            self.settle();
            self.pieces.push(piece);
        }
        self.length >= ENOUGH
    }

    /// Gives everything up.
    pub(super) fn take(&mut self) -> Vec<Bytes> {
        self.settle();
        self.length = 0;
        std::mem::take(&mut self.pieces)
    }

    fn settle(&mut self) {
        if !self.small.is_empty() {
            self.pieces.push(self.small.split().freeze());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_of_small_and_large_pieces() {
        let mut gathered = Gathered::default();
        let mut expected = Vec::new();
        for (number, length) in [3, SMALL, 5, 7, SMALL + 1, 0, 1].into_iter().enumerate() {
            let piece = vec![number as u8; length];
            expected.extend_from_slice(&piece);
            assert!(!gathered.push(piece.into()));
        }
        assert_eq!(gathered.take().concat(), expected);
        assert!(gathered.take().is_empty());
    }

    #[test]
    fn says_when_there_is_enough() {
        let mut gathered = Gathered::default();
        assert!(!gathered.push(vec![0; ENOUGH - 1].into()));
        assert!(gathered.push(vec![0; 1].into()));
        gathered.take();
        assert!(!gathered.push(vec![0; 1].into()));
    }
}

//! Memory in which stored bytes are on their way out.

use bytes::Bytes;
use parking_lot::Mutex;

/// How much is read at once of what is passed on, in bytes: small enough to be still in a core's own cache when it is sent.
pub(super) const PIECE: usize = 128 << 10;
/// Most pieces kept for what is read next.
const KEPT: usize = 64;

/// Pieces that nobody uses: memory that was used a moment ago is in a core's cache, and needs not be cleared again.
static UNUSED: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// A buffer of [`PIECE`] bytes that goes back to the others when the last who holds it lets go.
pub(super) struct Piece {
    memory: Vec<u8>,
    length: usize,
}

impl Piece {
    /// Room for `length` bytes, [`PIECE`] at most. What is in it is of no account.
    pub(super) fn new(length: usize) -> Self {
        let kept = UNUSED.lock().pop();
        Self { memory: kept.unwrap_or_else(|| vec![0; PIECE]), length: length.min(PIECE) }
    }

    /// Where the bytes go.
    pub(super) fn room(&mut self) -> &mut [u8] {
        &mut self.memory[..self.length]
    }

    /// Its bytes, all of which were written.
    pub(super) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.memory[..self.length]
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        let mut unused = UNUSED.lock();
        if unused.len() < KEPT {
            unused.push(std::mem::take(&mut self.memory));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_written_until_the_last_holder_lets_go() {
        let mut piece = Piece::new(5);
        piece.room().copy_from_slice(b"bytes");
        let bytes = piece.into_bytes();
        let part = bytes.slice(1..3);
        drop(bytes);
        let mut other = Piece::new(3);
        other.room().copy_from_slice(b"xyz");
        assert_eq!(part, b"yt"[..]);
        assert_eq!(other.into_bytes(), b"xyz"[..]);
    }

    #[test]
    fn takes_no_more_than_it_has_room_for() {
        assert_eq!(Piece::new(PIECE + 1).room().len(), PIECE);
    }
}

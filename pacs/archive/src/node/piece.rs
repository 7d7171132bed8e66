//! Memory in which stored bytes are on their way out.

use bytes::Bytes;
use parking_lot::Mutex;

/// How much is read at once of what is passed on in parts of a message, in bytes.
pub(super) const PIECE: usize = 128 << 10;
/// How much is read at once of what is passed on as it is, in bytes: an object of usual size at once, which wakes its
/// receiver once, and little enough to be still in a core's own cache when it is sent.
pub(super) const LONG_PIECE: usize = 640 << 10;
/// Most bytes of each kind of pieces that are kept for what is read next.
const KEPT: usize = 8 << 20;

/// Pieces that nobody uses, by their size: memory that was used a moment ago is in a core's cache, and needs not be
/// cleared again.
static UNUSED: [Unused; 2] = [Unused::of(PIECE), Unused::of(LONG_PIECE)];

struct Unused {
    size: usize,
    memory: Mutex<Vec<Vec<u8>>>,
}

impl Unused {
    const fn of(size: usize) -> Self {
        Self { size, memory: Mutex::new(Vec::new()) }
    }
}

/// A buffer of [`PIECE`] or [`LONG_PIECE`] bytes that goes back to the others when the last who holds it lets go.
pub(super) struct Piece {
    memory: Vec<u8>,
    length: usize,
}

impl Piece {
    /// Room for `length` bytes, [`LONG_PIECE`] at most. What is in it is of no account.
    pub(super) fn new(length: usize) -> Self {
        let unused = &UNUSED[usize::from(length > PIECE)];
        let kept = unused.memory.lock().pop();
        Self { memory: kept.unwrap_or_else(|| vec![0; unused.size]), length: length.min(unused.size) }
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
        let unused = &UNUSED[usize::from(self.memory.len() > PIECE)];
        let mut memory = unused.memory.lock();
        if memory.len() < KEPT / unused.size {
            memory.push(std::mem::take(&mut self.memory));
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
        assert_eq!(Piece::new(PIECE + 1).room().len(), PIECE + 1);
        assert_eq!(Piece::new(LONG_PIECE + 1).room().len(), LONG_PIECE);
    }
}

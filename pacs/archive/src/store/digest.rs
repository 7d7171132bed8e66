//! The digest of the data set proper, made while it arrives.
//!
//! Preamble and file meta information stay outside: the same data set is the same instance, whether it came by C-STORE
//! or in a file that another implementation wrote. Of a deflated data set the stored, deflated bytes count.

use blake3::Hasher;

/// A digest whose beginning is not known until the reader has passed the file meta information.
#[derive(Default)]
pub(super) struct Digest {
    hasher: Hasher,
    /// First byte that is in the digest; `None` as long as none is.
    from: Option<u64>,
}

impl Digest {
    /// Takes the next piece, which begins at `position`. `start` is the first byte of the data set, once it is known.
    pub(super) fn update(&mut self, piece: &[u8], position: u64, start: Option<u64>) {
        if self.from.is_some() {
            self.hasher.update(piece);
            return;
        }
        let inside = start.and_then(|start| start.checked_sub(position)).and_then(|skip| usize::try_from(skip).ok());
        if let Some(rest) = inside.and_then(|skip| piece.get(skip..)) {
            self.from = start;
            self.hasher.update(rest);
        }
    }

    /// Whether the bytes from `start` on were taken as they came. If not, because it was not known in time where the data
    /// set begins, they must be read again: begin with a new digest, then.
    pub(super) fn is_of(&self, start: u64) -> bool {
        self.from == Some(start)
    }

    /// The digest.
    pub(super) fn finish(self) -> [u8; 32] {
        *self.hasher.finalize().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: &[u8] = b"preamble and meta|the data set proper";
    const START: u64 = 18;

    fn digest(pieces: &[usize], known_from_piece: usize) -> [u8; 32] {
        let mut digest = Digest::default();
        let mut position = 0;
        for (number, &length) in pieces.iter().enumerate() {
            let start = (number >= known_from_piece).then_some(START);
            digest.update(&BYTES[position..position + length], position as u64, start);
            position += length;
        }
        if !digest.is_of(START) {
            digest = Digest::default();
            digest.update(&BYTES[START as usize..], START, Some(START));
        }
        digest.finish()
    }

    #[test]
    fn is_of_the_data_set_only_however_it_comes() {
        let expected = *blake3::hash(&BYTES[START as usize..]).as_bytes();
        assert_eq!(digest(&[BYTES.len()], 0), expected);
        assert_eq!(digest(&[18, BYTES.len() - 18], 0), expected);
        assert_eq!(digest(&[18, BYTES.len() - 18], 1), expected);
        assert_eq!(digest(&[5, 20, BYTES.len() - 25], 1), expected);
    }

    #[test]
    fn is_read_again_when_the_beginning_was_known_too_late() {
        let expected = *blake3::hash(&BYTES[START as usize..]).as_bytes();
        assert_eq!(digest(&[25, BYTES.len() - 25], 1), expected);
        assert_eq!(digest(&[BYTES.len()], 9), expected);
    }
}

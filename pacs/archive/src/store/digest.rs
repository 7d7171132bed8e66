//! The digest of the data set proper, made while it arrives.
//!
//! Preamble and file meta information stay outside: the same data set is the same instance, whether it came by C-STORE
//! or in a file that another implementation wrote. Of a deflated data set the stored, deflated bytes count.

use std::io;

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

    /// The digest of the bytes from `start` to `end`. When they were not taken as they came, because it was not known
    /// in time where the data set begins, they are read again.
    pub(super) fn finish(
        mut self,
        start: u64,
        end: u64,
        read: impl Fn(&mut [u8], u64) -> io::Result<()>,
    ) -> io::Result<[u8; 32]> {
        if self.from != Some(start) {
            self.hasher.reset();
            let mut buffer = vec![0; 256 << 10];
            let mut position = start;
            while position < end {
                let length = (end - position).min(buffer.len() as u64) as usize;
                read(&mut buffer[..length], position)?;
                self.hasher.update(&buffer[..length]);
                position += length as u64;
            }
        }
        Ok(*self.hasher.finalize().as_bytes())
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
        let read = |buffer: &mut [u8], at: u64| {
            buffer.copy_from_slice(&BYTES[at as usize..at as usize + buffer.len()]);
            Ok(())
        };
        digest.finish(START, BYTES.len() as u64, read).expect("read from memory")
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

//! The digest of the data set proper, made while it arrives.
//!
//! Preamble and file meta information stay outside: the same data set is the same instance, whether it came by C-STORE
//! or in a file that another implementation wrote. Of a deflated data set the stored, deflated bytes count.

use blake3::Hasher;

/// So many bytes are taken at once, counted from the first: a digest is made of a tree, and whole branches are made fastest.
const BRANCH: u64 = 256 << 10;

/// A digest whose beginning is not known until the reader has passed the file meta information.
#[derive(Default)]
pub(super) struct Digest {
    hasher: Hasher,
    /// First byte that is in the digest; `None` as long as none is.
    from: Option<u64>,
    /// Next byte that is to be in it.
    next: u64,
}

impl Digest {
    /// Takes what it has not had of the bytes gathered so far, which end at `end`: all of it when it is the `last` that
    /// is seen of them, else whole branches. `start` is the first byte of the data set, once it is known.
    pub(super) fn update(&mut self, gathered: &[u8], end: u64, start: Option<u64>, last: bool) {
        let first = end - gathered.len() as u64;
        if self.from.is_none() {
            self.from = start.filter(|start| (first..=end).contains(start));
            self.next = self.from.unwrap_or_default();
        }
        let Some(from) = self.from else { return };
        let until = if last { end } else { end - (end - from) % BRANCH };
        if until > self.next {
            self.hasher.update(&gathered[(self.next - first) as usize..(until - first) as usize]);
            self.next = until;
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
            position += length;
            digest.update(&BYTES[position - length..position], position as u64, start, true);
        }
        if !digest.is_of(START) {
            digest = Digest::default();
            digest.update(&BYTES[START as usize..], BYTES.len() as u64, Some(START), true);
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

    #[test]
    fn is_the_same_however_much_is_gathered_before_it_is_taken() {
        let bytes: Vec<u8> = (0..3 * BRANCH + 777).map(|number| (number % 251) as u8).collect();
        let expected = *blake3::hash(&bytes[START as usize..]).as_bytes();
        for (block, step) in
            [(1 << 20, 100_000), (300_000, 7_000), (BRANCH as usize, BRANCH as usize), (1 << 20, 1 << 20)]
        {
            let mut digest = Digest::default();
            for (number, gathered) in bytes.chunks(block).enumerate() {
                let mut end = 0;
                while end < gathered.len() {
                    end = gathered.len().min(end + step);
                    let position = (number * block + end) as u64;
                    digest.update(&gathered[..end], position, Some(START), end == gathered.len());
                }
            }
            assert!(digest.is_of(START));
            assert_eq!(digest.finish(), expected, "{block} {step}");
        }
    }
}

//! Random changes of seeds, biased to what matters in a data set: lengths, headers, delimiters and letters of VRs.

/// Pieces that are likely to lead somewhere.
const TOKENS: [&[u8]; 22] = [
    b"\xfe\xff\x00\xe0\xff\xff\xff\xff",
    b"\xfe\xff\x00\xe0\x00\x00\x00\x00",
    b"\xfe\xff\x0d\xe0\x00\x00\x00\x00",
    b"\xfe\xff\xdd\xe0\x00\x00\x00\x00",
    b"\xff\xfe\xe0\x00\xff\xff\xff\xff",
    b"\x08\x00\x18\x22SQ\x00\x00\xff\xff\xff\xff",
    b"\x08\x00\x18\x22\xff\xff\xff\xff",
    b"\x09\x00\x02\x10UN\x00\x00\xff\xff\xff\xff",
    b"\xe0\x7f\x10\x00OB\x00\x00\xff\xff\xff\xff",
    b"\xe0\x7f\x10\x00OW\x00\x00\x04\x00\x00\x00",
    b"\xe0\x7f\x01\x00OV\x00\x00\x08\x00\x00\x00",
    b"\x28\x00\x08\x00IS\x04\x009999",
    b"\x28\x00\x10\x00US\x02\x00\xff\xff",
    b"\x02\x00\x10\x00UI\x00\x00",
    b"\x00\x00\x00\x00\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\xfe\xff\xff\xff",
    b"\x00\x00\x00\x80",
    b"SQ",
    b"UN",
    b"ZZ",
    b"\xff\xd8\xff\xe0",
];

/// A source of changes that depends on nothing but its seed.
pub struct Mutator {
    state: u64,
}

impl Mutator {
    /// A mutator that does the same for the same seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// A number below `end` (xorshift64*).
    fn below(&mut self, end: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let number = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        number as usize % end.max(1)
    }

    /// One of the seeds with a few changes.
    pub fn mutate(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(6) {
            self.change(&mut bytes, seeds);
        }
        bytes
    }

    /// A place in the bytes; mostly after the preamble, where something is to be changed.
    fn place(&mut self, length: usize) -> usize {
        if length > 132 && self.below(64) != 0 { 132 + self.below(length - 131) } else { self.below(length + 1) }
    }

    fn change(&mut self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.place(bytes.len());
        let end = (at + 1 + self.below(24)).min(bytes.len());
        match self.below(9) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end.max(at))),
            2 => drop(bytes.splice(at..at, TOKENS[self.below(TOKENS.len())].iter().copied())),
            3 => {
                let token = TOKENS[self.below(TOKENS.len())];
                let end = (at + token.len()).min(bytes.len());
                bytes.splice(at..end, token.iter().copied());
            }
            4 => {
                let copy = bytes[at..end.max(at)].to_vec();
                let to = self.place(bytes.len());
                bytes.splice(to..to, copy);
            }
            5 => {
                let other = &seeds[self.below(seeds.len())];
                let from = self.place(other.len());
                let part = other[from..(from + self.below(200)).min(other.len())].to_vec();
                bytes.splice(at..at, part);
            }
            6 => bytes[at..end.max(at)].iter_mut().for_each(|byte| *byte = byte.wrapping_add(1)),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = match self.below(4) {
                        0 => *byte ^ (1 << self.below(8)),
                        1 => [0, 1, 4, 8, 0x7f, 0x80, 0xfe, 0xff][self.below(8)],
                        _ => self.below(256) as u8,
                    };
                }
            }
        }
    }
}

//! One-bit frames that do not end on a byte, joined bit by bit: native frames leave no gap between them (PS3.5 §8.1.1).

/// Joins frames that each begin with a byte.
pub(super) struct BitPacker {
    frame_bits: usize,
    /// Bits of `carry` that are used, fewer than 8.
    held: usize,
    carry: u8,
}

impl BitPacker {
    /// A packer of frames of so many bits.
    pub(super) fn new(frame_bits: usize) -> Self {
        Self { frame_bits, held: 0, carry: 0 }
    }

    pub(super) fn frame_bits(&self) -> usize {
        self.frame_bits
    }

    /// Appends a frame; bits that fill no byte wait for the next frame, unless this is the last.
    pub(super) fn append(&mut self, frame: &[u8], last: bool, out: &mut Vec<u8>) {
        let mut left = self.frame_bits;
        for byte in frame {
            let bits = left.min(8);
            if bits == 0 {
                break;
            }
            left -= bits;
            let byte = if bits == 8 { *byte } else { byte & ((1 << bits) - 1) };
            let joined = u16::from(self.carry) | u16::from(byte) << self.held;
            self.held += bits;
            self.carry = joined as u8;
            if self.held >= 8 {
                out.push(joined as u8);
                self.carry = (joined >> 8) as u8;
                self.held -= 8;
            }
        }
        if last && self.held > 0 {
            out.push(self.carry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_follow_each_other_without_a_gap() {
        let mut packer = BitPacker::new(9);
        let mut out = Vec::new();
        packer.append(&[0b1010_1010, 0xff], false, &mut out);
        packer.append(&[0b0000_1111, 0x00], false, &mut out);
        packer.append(&[0b1111_1111, 0x01], true, &mut out);
        // 9 bits of 0 1010 1010 1 …: each frame from its lowest bit on.
        assert_eq!(out, [0b1010_1010, 0b0001_1111, 0b1111_1100, 0b0000_0111]);
    }

    #[test]
    fn what_is_packed_expands_to_what_was_given() {
        let frames: [[u8; 2]; 5] = [[0x35, 0x5], [0xff, 0x7], [0, 0], [0x81, 0x3], [0x7e, 0x4]];
        let mut packer = BitPacker::new(11);
        let mut out = Vec::new();
        for (number, frame) in frames.iter().enumerate() {
            packer.append(frame, number == 4, &mut out);
        }
        assert_eq!(out.len(), (5_usize * 11).div_ceil(8));
        let wanted: Vec<u8> = frames.iter().flat_map(|frame| compute::bits::expand(frame, 0, 11)).collect();
        assert_eq!(compute::bits::expand(&out, 0, 55), wanted);
    }
}

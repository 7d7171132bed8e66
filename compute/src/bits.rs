//! One-bit samples: the first pixel is the lowest bit of the first byte (PS3.5 §8.1.1).

/// Expands `count` bits to bytes of 0 and 1, after `skip` bits of the first byte. Bits that are missing are 0.
pub fn expand(packed: &[u8], skip: u8, count: usize) -> Vec<u8> {
    (usize::from(skip)..usize::from(skip) + count)
        .map(|bit| packed.get(bit / 8).map_or(0, |byte| byte >> (bit % 8) & 1))
        .collect()
}

/// Moves `count` bits that begin after `skip` bits to the start of a byte; unused bits of the last byte are 0.
pub fn align(packed: &[u8], skip: u8, count: usize) -> Vec<u8> {
    let skip = u32::from(skip % 8);
    let byte = |at: usize| u16::from(packed.get(at).copied().unwrap_or(0));
    let mut aligned: Vec<u8> =
        (0..count.div_ceil(8)).map(|at| ((byte(at) | byte(at + 1) << 8) >> skip) as u8).collect();
    if let Some(last) = aligned.last_mut()
        && !count.is_multiple_of(8)
    {
        *last &= (1 << (count % 8)) - 1;
    }
    aligned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_bit_is_the_first_pixel() {
        assert_eq!(expand(&[0b0000_0101, 1], 0, 9), [1, 0, 1, 0, 0, 0, 0, 0, 1]);
    }

    #[test]
    fn a_frame_may_begin_within_a_byte() {
        assert_eq!(expand(&[0b1000_0000, 0b0000_0011], 7, 4), [1, 1, 1, 0]);
        assert_eq!(align(&[0b1000_0000, 0b0000_0011], 7, 3), [0b111]);
        assert_eq!(align(&[0b1000_0000, 0b1111_1111, 0b1], 7, 9), [0b1111_1111, 1]);
    }

    #[test]
    fn alignment_and_expansion_agree() {
        let packed: Vec<u8> = (0..40).map(|i| (i * 89 + 7) as u8).collect();
        for skip in 0..8 {
            for count in [0, 1, 8, 9, 63, 64, 300] {
                let aligned = align(&packed, skip, count);
                assert_eq!(expand(&aligned, 0, count), expand(&packed, skip, count), "{skip} {count}");
            }
        }
    }
}

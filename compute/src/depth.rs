//! Colour samples of any depth to 8 bits.

use crate::SampleFormat;

/// Scales unsigned samples from Bits Stored to 8 bits; samples of 8 bits stay as they are.
pub fn to_8_bits(samples: &[u8], format: &SampleFormat) -> Vec<u8> {
    if format.bits_allocated == 8 && format.bits_stored == 8 {
        return samples.to_vec();
    }
    let (_, most) = SampleFormat { signed: false, ..*format }.limits();
    let unsigned = SampleFormat { signed: false, ..*format };
    format.cells(samples).map(|cell| ((unsigned.number(cell) * 255 + most / 2) / most) as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_scale_stay_the_ends() {
        let format = SampleFormat { bits_allocated: 16, bits_stored: 12, high_bit: 11, signed: false };
        assert_eq!(to_8_bits(&[0, 0, 0xff, 0x0f, 0, 8], &format), [0, 255, 128]);
        let format = SampleFormat { bits_allocated: 32, bits_stored: 32, high_bit: 31, signed: false };
        assert_eq!(to_8_bits(&[0xff; 4], &format), [255]);
    }
}

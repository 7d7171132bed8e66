//! Samples as numbers: which bits of a cell hold the value, and what kind of number it is.

use std::ops::RangeInclusive;

/// Where an integer lies in its cell (Bits Allocated, Bits Stored, High Bit, Pixel Representation of PS3.5 §8.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleFormat {
    /// Bits of a cell: 8, 16 or 32.
    pub bits_allocated: u16,
    /// Bits of the value.
    pub bits_stored: u16,
    /// Most significant bit of the value.
    pub high_bit: u16,
    /// The value is a two's complement number.
    pub signed: bool,
}

impl SampleFormat {
    /// Bytes of a cell.
    pub fn bytes(&self) -> usize {
        usize::from(self.bits_allocated / 8)
    }

    /// The number in a cell; bits beside the value are not looked at.
    pub fn number(&self, cell: u32) -> i64 {
        let stored = u32::from(self.bits_stored.clamp(1, 32));
        let shift = (u32::from(self.high_bit) + 1).saturating_sub(stored).min(31);
        let value = (i64::from(cell) >> shift) & ((1_i64 << stored) - 1);
        if self.signed { (value << (64 - stored)) >> (64 - stored) } else { value }
    }

    /// The same for cells of 8 or 16 bits, which a loop over many of them does several of at once.
    pub fn short_number(&self) -> impl Fn(u16) -> i32 + Copy + use<> {
        let stored = u32::from(self.bits_stored.clamp(1, 16));
        let shift = (u32::from(self.high_bit) + 1).saturating_sub(stored).min(16 - stored);
        let (left, right, signed) = (32 - shift - stored, 32 - stored, self.signed);
        move |cell| {
            let at_top = u32::from(cell) << left;
            if signed { at_top as i32 >> right } else { (at_top >> right) as i32 }
        }
    }

    /// Smallest and largest number that fits.
    pub fn limits(&self) -> (i64, i64) {
        let stored = u32::from(self.bits_stored.clamp(1, 32));
        if self.signed { (-(1 << (stored - 1)), (1 << (stored - 1)) - 1) } else { (0, (1 << stored) - 1) }
    }

    /// The cells of `samples`, in order. A cell that is cut off at the end is left out.
    pub fn cells<'a>(&self, samples: &'a [u8]) -> Box<dyn Iterator<Item = u32> + 'a> {
        match self.bits_allocated {
            8 => Box::new(samples.iter().map(|byte| u32::from(*byte))),
            16 => Box::new(samples.chunks_exact(2).map(|b| u32::from(u16::from_le_bytes([b[0], b[1]])))),
            _ => Box::new(samples.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))),
        }
    }
}

/// What kind of numbers samples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// Integers.
    Integer(SampleFormat),
    /// IEEE 754 single precision.
    Float32,
    /// IEEE 754 double precision.
    Float64,
}

impl Numbers {
    /// The numbers of `samples`, in order.
    pub fn values<'a>(&self, samples: &'a [u8]) -> Box<dyn Iterator<Item = f64> + 'a> {
        match *self {
            Self::Integer(format) => Box::new(format.cells(samples).map(move |cell| format.number(cell) as f64)),
            Self::Float32 => {
                Box::new(samples.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]))))
            }
            Self::Float64 => Box::new(
                samples.chunks_exact(8).map(|b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]])),
            ),
        }
    }

    /// Smallest and largest number of `samples`, those in `ignored` (padding) and what is not finite left out. `None` when
    /// nothing remains.
    pub fn range(&self, samples: &[u8], ignored: Option<&RangeInclusive<f64>>) -> Option<(f64, f64)> {
        self.values(samples)
            .filter(|value| value.is_finite() && !ignored.is_some_and(|ignored| ignored.contains(value)))
            .fold(None, |range, value| match range {
                None => Some((value, value)),
                Some((least, most)) => Some((f64::min(least, value), f64::max(most, value))),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CT: SampleFormat = SampleFormat { bits_allocated: 16, bits_stored: 12, high_bit: 11, signed: true };

    #[test]
    fn bits_beside_the_value_are_not_looked_at() {
        assert_eq!(CT.number(0xf001), 1);
        assert_eq!(CT.number(0x0fff), -1);
        assert_eq!(SampleFormat { high_bit: 15, ..CT }.number(0x7ff0), 0x7ff);
        assert_eq!(SampleFormat { signed: false, ..CT }.number(0xffff), 4095);
    }

    #[test]
    fn short_numbers_are_the_numbers() {
        for (bits_stored, high_bit) in [(16, 15), (12, 11), (12, 15), (10, 12), (8, 7), (1, 0), (1, 15)] {
            for signed in [false, true] {
                let format = SampleFormat { bits_allocated: 16, bits_stored, high_bit, signed };
                let short = format.short_number();
                assert!((0..=u16::MAX).all(|cell| i64::from(short(cell)) == format.number(cell.into())), "{format:?}");
            }
        }
    }

    #[test]
    fn thirty_two_bits_fit() {
        let dose = SampleFormat { bits_allocated: 32, bits_stored: 32, high_bit: 31, signed: false };
        assert_eq!(dose.number(u32::MAX), i64::from(u32::MAX));
        assert_eq!(SampleFormat { signed: true, ..dose }.number(u32::MAX), -1);
        assert_eq!(dose.limits(), (0, i64::from(u32::MAX)));
    }

    #[test]
    fn the_range_leaves_out_padding_and_what_is_no_number() {
        let samples: Vec<u8> = [-2000_i16, 5, 30].iter().flat_map(|v| v.to_le_bytes()).collect();
        let wide = SampleFormat { bits_stored: 16, high_bit: 15, ..CT };
        assert_eq!(Numbers::Integer(wide).range(&samples, Some(&(-2000.0..=-2000.0))), Some((5.0, 30.0)));
        let samples: Vec<u8> = [f32::NAN, 1.5, f32::INFINITY].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(Numbers::Float32.range(&samples, None), Some((1.5, 1.5)));
        assert_eq!(Numbers::Float64.range(&[], None), None);
    }
}

//! Numbers of waveforms: Waveform Bits Allocated and Waveform Sample Interpretation (PS3.3 §C.10.9.1.5, §C.10.9.1.6).

use crate::Error;

/// How a sample is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SampleFormat {
    kind: Kind,
    /// Whether the bytes of a sample come in reverse order.
    swapped: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Signed8,
    Unsigned8,
    /// µ-law and A-law (ITU-T G.711).
    MuLaw,
    ALaw,
    Signed16,
    Unsigned16,
    Signed32,
    Unsigned32,
    Signed64,
    Unsigned64,
}

impl SampleFormat {
    /// `Error::NotAcceptable` for what the Standard does not know.
    pub(super) fn new(bits: i64, interpretation: &str, swapped: bool) -> Result<Self, Error> {
        let kind = match (bits, interpretation) {
            (8, "SB") => Kind::Signed8,
            (8, "UB") => Kind::Unsigned8,
            (8, "MB") => Kind::MuLaw,
            (8, "AB") => Kind::ALaw,
            (16, "SS") => Kind::Signed16,
            (16, "US") => Kind::Unsigned16,
            (32, "SL") => Kind::Signed32,
            (32, "UL") => Kind::Unsigned32,
            (64, "SV") => Kind::Signed64,
            (64, "UV") => Kind::Unsigned64,
            _ => {
                let words = format!("waveform samples of {bits} bits as {interpretation:?} cannot be drawn");
                return Err(Error::NotAcceptable(words));
            }
        };
        let format = Self { kind, swapped };
        if swapped && format.bytes() == 1 {
            // Two samples in a word: which comes first is told differently by those who write them.
            return Err(Error::NotAcceptable("waveform samples of 8 bits in big-endian words cannot be drawn".into()));
        }
        Ok(format)
    }

    /// Bytes of a sample.
    pub(super) fn bytes(self) -> usize {
        match self.kind {
            Kind::Signed8 | Kind::Unsigned8 | Kind::MuLaw | Kind::ALaw => 1,
            Kind::Signed16 | Kind::Unsigned16 => 2,
            Kind::Signed32 | Kind::Unsigned32 => 4,
            Kind::Signed64 | Kind::Unsigned64 => 8,
        }
    }

    /// The numbers of `bytes`, in order; one that is cut off at the end is left out.
    pub(super) fn numbers(self, bytes: &[u8]) -> impl Iterator<Item = f64> {
        bytes.chunks_exact(self.bytes()).map(move |sample| self.number(sample))
    }

    fn number(self, sample: &[u8]) -> f64 {
        let mut bytes = [0; 8];
        bytes[..sample.len()].copy_from_slice(sample);
        if self.swapped {
            bytes[..sample.len()].reverse();
        }
        let number = u64::from_le_bytes(bytes);
        match self.kind {
            Kind::Signed8 => f64::from(number as i8),
            Kind::Signed16 => f64::from(number as i16),
            Kind::Signed32 => f64::from(number as i32),
            Kind::Signed64 => number as i64 as f64,
            Kind::MuLaw => f64::from(mu_law(number as u8)),
            Kind::ALaw => f64::from(a_law(number as u8)),
            Kind::Unsigned8 | Kind::Unsigned16 | Kind::Unsigned32 | Kind::Unsigned64 => number as f64,
        }
    }
}

/// The 14-bit number of a µ-law code, in steps of 16 bits (ITU-T G.711 Table 2).
fn mu_law(code: u8) -> i16 {
    let code = !code;
    let magnitude = (((i16::from(code & 0x0f) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84;
    if code & 0x80 == 0 { magnitude } else { -magnitude }
}

/// The 13-bit number of an A-law code, in steps of 16 bits (ITU-T G.711 Table 1).
fn a_law(code: u8) -> i16 {
    let code = code ^ 0x55;
    let (exponent, mantissa) = ((code >> 4) & 7, i16::from(code & 0x0f) << 4);
    let magnitude = match exponent {
        0 => mantissa + 8,
        exponent => (mantissa + 0x108) << (exponent - 1),
    };
    if code & 0x80 == 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(bits: i64, interpretation: &str, swapped: bool, bytes: &[u8]) -> Vec<f64> {
        SampleFormat::new(bits, interpretation, swapped).expect("a format").numbers(bytes).collect()
    }

    #[test]
    fn samples_are_numbers_of_their_width_and_sign() {
        assert_eq!(numbers(8, "SB", false, &[0xff, 0x7f]), [-1.0, 127.0]);
        assert_eq!(numbers(8, "UB", false, &[0xff]), [255.0]);
        assert_eq!(numbers(16, "SS", false, &[0xfe, 0xff, 1, 2, 3]), [-2.0, 513.0]);
        assert_eq!(numbers(16, "SS", true, &[0xff, 0xfe]), [-2.0]);
        assert_eq!(numbers(16, "US", false, &[0xff, 0xff]), [65_535.0]);
        assert_eq!(numbers(32, "SL", false, &[0xff; 4]), [-1.0]);
        assert_eq!(numbers(32, "UL", false, &[0xff; 4]), [4_294_967_295.0]);
        assert_eq!(numbers(64, "SV", false, &[0xff; 8]), [-1.0]);
    }

    #[test]
    fn companded_samples_are_expanded() {
        // Known values of ITU-T G.711.
        assert_eq!(numbers(8, "MB", false, &[0xff, 0x7f, 0x80, 0x00]), [0.0, 0.0, 32_124.0, -32_124.0]);
        assert_eq!(numbers(8, "AB", false, &[0xd5, 0x55, 0xaa, 0x2a]), [8.0, -8.0, 32_256.0, -32_256.0]);
    }

    #[test]
    fn what_the_standard_does_not_know_is_refused() {
        for (bits, interpretation) in [(0, "SS"), (12, "SS"), (16, "SB"), (16, ""), (-1, "UB")] {
            assert!(matches!(SampleFormat::new(bits, interpretation, false), Err(Error::NotAcceptable(_))));
        }
    }
}

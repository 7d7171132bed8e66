//! What was encoded without loss comes back as it was; what was encoded with loss comes back near.

use super::*;
use crate::decode;
use crate::format::tests::{colour, grey};

const LOSSLESS: [&str; 9] = [
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.8.1",
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.110",
    "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.4.202",
];
const LOSSY: [&str; 6] = [
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.4.112",
    "1.2.840.10008.1.2.4.203",
];
/// Made of JPEG, not of samples.
const OF_JPEG: &str = "1.2.840.10008.1.2.4.111";

/// Sizes with odd sides, sides of one pixel, and more than a code block and a JPEG XL group.
const SIZES: [(u32, u32); 8] = [(1, 1), (2, 2), (1, 9), (7, 1), (5, 7), (64, 64), (129, 67), (300, 270)];

/// A picture with slopes, edges and noise, by a generator that is the same everywhere.
fn values(format: &FrameFormat, noise: bool) -> Vec<u32> {
    let most = u64::from(u32::MAX >> (32 - u32::from(format.bits_stored)));
    let count = format.pixels() * usize::from(format.samples);
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..count)
        .map(|place| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let row = place / usize::from(format.samples) / format.columns as usize;
            let slope = (place as u64 * 3 + row as u64 * 40) % (most + 1);
            let value = if noise { state & most } else { slope.min(most / 2 + 1) + (state & 3) };
            value.min(most) as u32
        })
        .collect()
}

fn samples(format: &FrameFormat, noise: bool) -> Samples {
    let spare = if format.signed { 32 - u32::from(format.bits_stored) } else { 0 };
    let wide = values(format, noise).into_iter().map(|bits| ((bits << spare) as i32 >> spare).to_le_bytes());
    let bytes = wide.flat_map(|bytes| bytes.into_iter().take(format.sample_bytes())).collect();
    Samples { bytes, bits_allocated: format.bits_allocated, photometric: format.photometric.clone() }
}

/// The description of an object that holds the encoded frame.
fn described(format: &FrameFormat, encoded: &Encoded) -> FrameFormat {
    FrameFormat { photometric: encoded.photometric.to_string(), planar: 0, ..format.clone() }
}

fn formats() -> Vec<FrameFormat> {
    let mut formats = Vec::new();
    for (columns, rows) in SIZES {
        formats.push(grey(columns, rows, 8));
        formats.push(FrameFormat { signed: true, ..grey(columns, rows, 8) });
        formats.push(FrameFormat { photometric: "PALETTE COLOR".into(), bits_stored: 6, ..grey(columns, rows, 8) });
        formats.push(grey(columns, rows, 32));
        for bits_stored in [10, 12, 14, 16] {
            for signed in [false, true] {
                formats.push(FrameFormat { bits_stored, signed, ..grey(columns, rows, 16) });
            }
        }
        for photometric in ["RGB", "YBR_FULL"] {
            formats.push(colour(columns, rows, photometric));
            formats.push(FrameFormat { bits_allocated: 16, bits_stored: 16, ..colour(columns, rows, photometric) });
        }
    }
    formats
}

#[test]
fn lossless_frames_come_back_bit_for_bit() {
    let mut wrong = Vec::new();
    for syntax in LOSSLESS {
        let mut held = 0;
        for (format, noise) in formats().iter().flat_map(|format| [(format, false), (format, true)]) {
            if can_encode(syntax, format).is_err() {
                continue;
            }
            held += 1;
            let samples = samples(format, noise);
            let decoded = encode(syntax, &samples, format)
                .and_then(|encoded| decode(syntax, &encoded.bytes, &described(format, &encoded)));
            if decoded.as_ref() != Ok(&samples) {
                wrong.push(format!("{syntax} {format:?} {noise}: {:?}", decoded.err()));
            }
        }
        assert!(held > 60, "{syntax} held only {held}");
    }
    assert!(wrong.is_empty(), "{} are wrong: {:#?}", wrong.len(), &wrong[..wrong.len().min(200)]);
}

#[test]
fn lossy_frames_come_back_near() {
    for syntax in LOSSY {
        for format in formats().iter().filter(|format| can_encode(syntax, format).is_ok()) {
            let samples = samples(format, false);
            let encoded =
                encode(syntax, &samples, format).unwrap_or_else(|error| panic!("{syntax} {format:?}: {error}"));
            let decoded = decode(syntax, &encoded.bytes, &described(format, &encoded)).unwrap();
            if decoded.photometric != samples.photometric {
                continue;
            }
            let off = mean_difference(&decoded, &samples, format.signed);
            let range = f64::from(1_u32 << format.bits_stored);
            assert!(off < range / 10.0, "{syntax} {format:?}: {off} on average");
        }
    }
}

fn mean_difference(one: &Samples, other: &Samples, signed: bool) -> f64 {
    let numbers = |samples: &Samples| -> Vec<f64> {
        match (samples.bits_allocated, signed) {
            (8, false) => samples.bytes.iter().map(|byte| f64::from(*byte)).collect(),
            (8, true) => samples.bytes.iter().map(|byte| f64::from(*byte as i8)).collect(),
            (_, false) => samples.bytes.chunks(2).map(|b| u16::from_le_bytes([b[0], b[1]]).into()).collect(),
            _ => samples.bytes.chunks(2).map(|b| i16::from_le_bytes([b[0], b[1]]).into()).collect(),
        }
    };
    let (one, other) = (numbers(one), numbers(other));
    one.iter().zip(&other).map(|(a, b)| (a - b).abs()).sum::<f64>() / one.len() as f64
}

#[test]
fn near_lossless_keeps_its_promise_and_never_turns_a_sign_over() {
    let format = FrameFormat { bits_stored: 12, signed: true, ..grey(64, 64, 16) };
    let samples = samples(&format, true);
    let encoded = encode("1.2.840.10008.1.2.4.81", &samples, &format).unwrap();
    assert_eq!(decode("1.2.840.10008.1.2.4.81", &encoded.bytes, &format).unwrap(), samples);
    let unsigned = FrameFormat { signed: false, ..format };
    let encoded = encode("1.2.840.10008.1.2.4.81", &samples, &unsigned).unwrap();
    let decoded = decode("1.2.840.10008.1.2.4.81", &encoded.bytes, &unsigned).unwrap();
    for (one, other) in decoded.bytes.chunks(2).zip(samples.bytes.chunks(2)) {
        let of = |b: &[u8]| u16::from_le_bytes([b[0], b[1]]);
        assert!(of(one).abs_diff(of(other)) <= 2);
    }
}

#[test]
fn twelve_bits_in_extended_jpeg_come_back_near_and_more_are_refused() {
    let format = FrameFormat { bits_stored: 12, ..grey(129, 67, 16) };
    let samples = samples(&format, false);
    let encoded = encode("1.2.840.10008.1.2.4.51", &samples, &format).unwrap();
    // Process 4: the frame header of extended sequential DCT says 12 bits.
    let header = encoded.bytes.windows(5).find(|bytes| bytes[..2] == [0xff, 0xc1]);
    assert_eq!(header.map(|bytes| bytes[4]), Some(12));
    let decoded = decode("1.2.840.10008.1.2.4.51", &encoded.bytes, &format).unwrap();
    let off = mean_difference(&decoded, &samples, false);
    assert!(off < 8.0, "{off} of 4096 on average");
    let above = Samples { bytes: vec![0xff; samples.bytes.len()], ..samples };
    let answer = encode("1.2.840.10008.1.2.4.51", &above, &format);
    assert!(matches!(&answer, Err(CodecError::CannotHold(words)) if words.contains("12 bits")), "{answer:?}");
}

#[test]
fn no_sign_turns_over_in_lossy_jpeg_xl() {
    for bits_stored in [12, 16] {
        let format = FrameFormat { bits_stored, signed: true, ..grey(64, 64, 16) };
        // Around zero, as in computed tomography.
        let values = (0..64 * 64_i32).map(|place| (place % 64 - 32 + place / 64) as i16);
        let bytes = values.flat_map(i16::to_le_bytes).collect();
        let samples = Samples { bytes, bits_allocated: 16, photometric: "MONOCHROME2".into() };
        let encoded = encode("1.2.840.10008.1.2.4.112", &samples, &format).unwrap();
        let decoded = decode("1.2.840.10008.1.2.4.112", &encoded.bytes, &format).unwrap();
        let of =
            |samples: &Samples| samples.bytes.chunks(2).map(|b| i32::from(i16::from_le_bytes([b[0], b[1]]))).collect();
        let (before, after): (Vec<i32>, Vec<i32>) = (of(&samples), of(&decoded));
        let most = before.iter().zip(&after).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(most < Some(1 << (bits_stored - 6)), "{bits_stored}: {most:?}");
    }
}

#[test]
fn signed_samples_in_lossless_jpeg_xl_keep_their_bits() {
    let format = FrameFormat { signed: true, ..grey(2, 2, 16) };
    let bytes = vec![0xff, 0xff, 0x00, 0x80, 0xff, 0x7f, 0x00, 0x00];
    let samples = Samples { bytes: bytes.clone(), bits_allocated: 16, photometric: "MONOCHROME2".into() };
    let encoded = encode("1.2.840.10008.1.2.4.110", &samples, &format).unwrap();
    assert_eq!(decode("1.2.840.10008.1.2.4.110", &encoded.bytes, &format).unwrap(), samples);
    // A reader that knows nothing of the sign finds two's complement.
    let unsigned = FrameFormat { signed: false, ..format };
    assert_eq!(decode("1.2.840.10008.1.2.4.110", &encoded.bytes, &unsigned).unwrap().bytes, bytes);
}

#[test]
fn samples_above_bits_stored_are_kept() {
    let format = FrameFormat { bits_stored: 12, ..grey(2, 2, 16) };
    let samples = Samples {
        bytes: vec![0xff, 0xff, 0x00, 0x80, 0x01, 0x10, 0x00, 0x00],
        bits_allocated: 16,
        photometric: "MONOCHROME2".into(),
    };
    for syntax in LOSSLESS {
        let encoded = encode(syntax, &samples, &format).unwrap();
        assert_eq!(decode(syntax, &encoded.bytes, &format).unwrap().bytes, samples.bytes, "{syntax}");
    }
}

#[test]
fn names_the_photometric_interpretation_of_what_it_wrote() {
    let of = |suffix: &str, photometric: &str| {
        let format = colour(4, 4, photometric);
        encode(&format!("1.2.840.10008.1.2.{suffix}"), &samples(&format, false), &format).unwrap().photometric
    };
    assert_eq!(of("4.50", "RGB"), "YBR_FULL_422");
    assert_eq!(of("4.50", "YBR_FULL"), "YBR_FULL_422");
    assert_eq!(of("4.90", "RGB"), "YBR_RCT");
    assert_eq!(of("4.91", "RGB"), "YBR_ICT");
    assert_eq!(of("4.112", "RGB"), "XYB");
    assert_eq!(of("4.112", "YBR_FULL"), "XYB");
    assert_eq!(of("4.201", "RGB"), "YBR_RCT");
    assert_eq!(of("4.203", "RGB"), "YBR_ICT");
    for syntax in ["5", "4.70", "4.80", "4.110"] {
        assert_eq!(of(syntax, "RGB"), "RGB", "{syntax}");
        assert_eq!(of(syntax, "YBR_FULL"), "YBR_FULL", "{syntax}");
    }
    assert_eq!(of("4.90", "YBR_FULL"), "YBR_FULL");
}

#[test]
fn says_why_it_cannot() {
    let refused = |suffix: &str, format: FrameFormat| {
        let syntax = format!("1.2.840.10008.1.2.{suffix}");
        can_encode(&syntax, &format).expect_err("it cannot be").to_string()
    };
    let palette = FrameFormat { photometric: "PALETTE COLOR".into(), ..grey(4, 4, 8) };
    let inks = FrameFormat { samples: 4, photometric: "CMYK".into(), ..grey(4, 4, 8) };
    assert!(refused("4.50", grey(4, 4, 16)).contains("16 Bits Allocated"));
    assert!(refused("4.50", FrameFormat { bits_stored: 6, ..grey(4, 4, 8) }).contains("8 Bits Stored"));
    assert!(refused("4.91", palette).contains("palette"));
    assert!(refused("4.90", grey(4, 4, 32)).contains("32 Bits Allocated"));
    assert!(refused("4.80", grey(4, 4, 1)).contains("1 Bits Allocated"));
    assert!(refused("4.51", grey(4, 4, 8)).contains("8 Bits Allocated"));
    assert!(refused("4.51", FrameFormat { bits_stored: 10, ..grey(4, 4, 16) }).contains("12 Bits Stored"));
    assert!(refused("4.51", FrameFormat { bits_stored: 12, signed: true, ..grey(4, 4, 16) }).contains("unsigned"));
    assert!(refused("4.111", grey(4, 4, 8)).contains("stored in JPEG Baseline alone"));
    assert!(refused("4.112", grey(8192, 8192, 8)).contains("33554432 pixels"));
    assert!(refused("5", inks).contains("4 samples of CMYK"));
    assert!(refused("4.102", grey(4, 4, 8)).contains("1.2.840.10008.1.2.4.102"));
}

#[test]
fn lossy_methods_are_named_and_lossless_ones_have_none() {
    assert_eq!(lossy_method("1.2.840.10008.1.2.4.50"), Some("ISO_10918_1"));
    assert!(LOSSY.iter().all(|syntax| lossy_method(syntax).is_some()));
    assert!(LOSSLESS.iter().all(|syntax| lossy_method(syntax).is_none()));
    assert_eq!(lossy_method(OF_JPEG), None);
    assert_eq!(LOSSLESS.len() + LOSSY.len() + 1, TARGETS.len());
}

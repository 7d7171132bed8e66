//! How long the first frame of a file takes to be encoded and decoded in each transfer syntax, what size it comes to, and by
//! how much samples are off then: the most, and on average.
//!
//! `cargo run --release --example transcode_times -- FILE`

use std::time::Instant;

use codec::{FrameFormat, Samples};
use data_set::{DataSet, tags};

const ROUNDS: u32 = 20;
const JPEG: &str = "1.2.840.10008.1.2.4.50";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("which file?")?;
    let file = std::fs::read(path)?;
    let set = data_set::read(&file)?;
    let format = format(&set);
    let ranges = set.frames.frame(1).ok_or("there is no frame")?.ranges;
    let frame: Vec<u8> =
        ranges.iter().flat_map(|range| &file[range.start as usize..range.end as usize]).copied().collect();
    let samples = codec::decode(&set.transfer_syntax, &frame, &format)?;
    println!("{} × {} × {}, {} bytes", format.columns, format.rows, format.bits_stored, samples.bytes.len());
    println!(
        "{:<26} {:>9} {:>7} {:>10} {:>10} {:>6} {:>6}",
        "transfer syntax", "bytes", "ratio", "encode ms", "decode ms", "most", "mean"
    );
    for target in codec::TARGETS.into_iter().filter(|target| !codec::recodes(JPEG, target)) {
        let encoded = match codec::encode(target, &samples, &format) {
            Ok(encoded) => encoded,
            Err(error) => {
                println!("{target:<26} {error}");
                continue;
            }
        };
        let described = FrameFormat { photometric: encoded.photometric.to_string(), ..format.clone() };
        let encode = milliseconds(|| codec::encode(target, &samples, &format).is_ok());
        let decode = milliseconds(|| codec::decode(target, &encoded.bytes, &described).is_ok());
        let ratio = samples.bytes.len() as f64 / encoded.bytes.len() as f64;
        let decoded = codec::decode(target, &encoded.bytes, &described)?;
        let (most, mean) = if decoded.photometric == samples.photometric {
            differences(&decoded, &samples, format.signed)
        } else {
            (f64::NAN, f64::NAN)
        };
        println!(
            "{target:<26} {:>9} {ratio:>7.2} {encode:>10.2} {decode:>10.2} {most:>6} {mean:>6.2}",
            encoded.bytes.len()
        );
        if target == JPEG {
            recoded(&encoded.bytes, &described, samples.bytes.len())?;
        }
    }
    Ok(())
}

/// The same of what is made of the JPEG frame; `native` is what that was made of in bytes.
fn recoded(jpeg: &[u8], format: &FrameFormat, native: usize) -> Result<(), codec::CodecError> {
    for target in codec::TARGETS.into_iter().filter(|target| codec::recodes(JPEG, target)) {
        let made = codec::recode(JPEG, target, jpeg, format)?;
        let there = milliseconds(|| codec::recode(JPEG, target, jpeg, format).is_ok());
        let back = milliseconds(|| codec::recode(target, JPEG, &made.bytes, format).is_ok());
        let (bytes, ratio) = (made.bytes.len(), native as f64 / made.bytes.len() as f64);
        println!("{target:<26} {bytes:>9} {ratio:>7.2} {there:>10.2} {back:>10.2}  of JPEG, and back");
    }
    Ok(())
}

/// Largest and mean difference of samples of 8 or 16 bits.
fn differences(one: &Samples, other: &Samples, signed: bool) -> (f64, f64) {
    let numbers = |samples: &Samples| -> Vec<i32> {
        match (samples.bits_allocated, signed) {
            (8, false) => samples.bytes.iter().map(|byte| i32::from(*byte)).collect(),
            (8, true) => samples.bytes.iter().map(|byte| i32::from(*byte as i8)).collect(),
            (_, false) => samples.bytes.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]]).into()).collect(),
            _ => samples.bytes.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]]).into()).collect(),
        }
    };
    let differences = numbers(one).into_iter().zip(numbers(other)).map(|(one, other)| f64::from(one.abs_diff(other)));
    let (most, sum) = differences.clone().fold((0.0, 0.0), |(most, sum), off| (f64::max(most, off), sum + off));
    (most, sum / differences.count().max(1) as f64)
}

/// The shortest of some rounds.
fn milliseconds(work: impl Fn() -> bool) -> f64 {
    let times = (0..ROUNDS).map(|_| {
        let began = Instant::now();
        assert!(work());
        began.elapsed().as_secs_f64() * 1000.0
    });
    times.fold(f64::INFINITY, f64::min)
}

fn format(set: &DataSet) -> FrameFormat {
    let root = set.root();
    let number = |tag, usual: i64| root.int(tag).unwrap_or(usual);
    FrameFormat {
        rows: number(tags::ROWS, 0) as u32,
        columns: number(tags::COLUMNS, 0) as u32,
        samples: number(tags::SAMPLES_PER_PIXEL, 1) as u16,
        bits_allocated: number(tags::BITS_ALLOCATED, 8) as u16,
        bits_stored: number(tags::BITS_STORED, number(tags::BITS_ALLOCATED, 8)) as u16,
        signed: number(tags::PIXEL_REPRESENTATION, 0) == 1,
        photometric: root.raw_text(tags::PHOTOMETRIC_INTERPRETATION).unwrap_or("MONOCHROME2").to_owned(),
        planar: number(tags::PLANAR_CONFIGURATION, 0) as u16,
    }
}

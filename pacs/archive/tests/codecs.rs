//! The codecs over real files: what two encodings of one image hold must be the same, and what pydicom reads must be what
//! is read here. The files are in the folder that `PACS_TEST_DATA` names, or in `../shared/data`; without it nothing is
//! tested, and that is said.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use codec::{FrameFormat, Samples};
use data_set::{DataSet, Tag, tags, uids};

/// Path and digest of the first frame as pydicom decodes it, little endian and interleaved; after `~` the mean of each
/// channel instead, for lossy JPEG, where decoders may differ by rounding.
const FIRST_FRAMES: &str = include_str!("codecs/first_frames.tsv");

fn test_data() -> Option<PathBuf> {
    let named = std::env::var_os("PACS_TEST_DATA").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"));
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("not tested: there are no files at {} (PACS_TEST_DATA names the folder)", folder.display());
    None
}

/// The first frame of a file, decoded.
fn first_frame(path: &Path) -> Samples {
    let file = fs::read(path).expect("the file can be read");
    let set = data_set::read(&file).expect("the file is a DICOM object");
    let bytes = positions(&set, file);
    let frame = set.frames.frame(1).expect("there is a frame");
    let frame: Vec<u8> =
        frame.ranges.iter().flat_map(|range| &bytes[range.start as usize..range.end as usize]).copied().collect();
    codec::decode(&set.transfer_syntax, &frame, &format(&set))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the positions of a data set count in: the file, inflated if it is deflated.
fn positions(set: &DataSet, file: Vec<u8>) -> Vec<u8> {
    if !set.deflated {
        return file;
    }
    let start = set.data_set_start as usize;
    let mut whole = file[..start].to_vec();
    flate2::read::DeflateDecoder::new(&file[start..]).read_to_end(&mut whole).expect("the data set inflates");
    whole
}

fn format(set: &DataSet) -> FrameFormat {
    let root = set.root();
    let number = |tag: Tag, usual: i64| root.int(tag).unwrap_or(usual);
    let float = root.get(tags::FLOAT_PIXEL_DATA).is_some();
    let bits_allocated = number(tags::BITS_ALLOCATED, if float { 32 } else { 8 }) as u16;
    FrameFormat {
        rows: number(tags::ROWS, 0) as u32,
        columns: number(tags::COLUMNS, 0) as u32,
        samples: number(tags::SAMPLES_PER_PIXEL, 1) as u16,
        bits_allocated,
        bits_stored: number(tags::BITS_STORED, bits_allocated.into()) as u16,
        signed: number(tags::PIXEL_REPRESENTATION, 0) == 1,
        photometric: root.raw_text(tags::PHOTOMETRIC_INTERPRETATION).unwrap_or("MONOCHROME2").to_owned(),
        planar: number(tags::PLANAR_CONFIGURATION, 0) as u16,
    }
}

#[test]
fn lossless_encodings_of_one_image_decode_to_the_same_samples() {
    let Some(data) = test_data() else { return };
    for (image, encodings) in
        [("CT1", &["JLSL", "JPLL", "RLE"][..]), ("MR1", &["J2KR", "JLSL", "JPLL", "RLE"]), ("MR4", &["J2KR"])]
    {
        let file = |encoding| first_frame(&data.join(format!("wg04/{image}/{image}_{encoding}"))).bytes;
        let reference = file("UNC");
        for encoding in encodings {
            assert!(file(encoding) == reference, "{image}_{encoding}");
        }
    }
}

#[test]
fn lossy_encodings_of_one_image_decode_to_nearly_the_same_samples() {
    let Some(data) = test_data() else { return };
    for (image, encodings) in [
        ("CT1", &["JLSN", "J2KI"][..]),
        ("MR1", &["JLSN", "J2KI", "JPLY"]),
        ("MR4", &["JLSN", "J2KI", "JPLY"]),
        ("XA1", &["JLSN", "JPLY"]),
    ] {
        let file = |encoding| first_frame(&data.join(format!("wg04/{image}/{image}_{encoding}"))).bytes;
        let reference = words(&file("UNC"));
        let range = f64::from(*reference.iter().max().unwrap()) - f64::from(*reference.iter().min().unwrap());
        for encoding in encodings {
            let difference: f64 =
                words(&file(encoding)).iter().zip(&reference).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
            let share = difference / reference.len() as f64 / range;
            assert!(share < 0.01, "{image}_{encoding} is off by {share} of the range on average");
        }
    }
}

fn words(bytes: &[u8]) -> Vec<i16> {
    bytes.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect()
}

#[test]
fn first_frames_are_what_pydicom_reads() {
    let Some(data) = test_data() else { return };
    let mut wrong = Vec::new();
    for line in FIRST_FRAMES.lines() {
        let (name, expected) = line.split_once('\t').expect("a path and a digest");
        let samples = first_frame(&data.join(name));
        let right = match expected.strip_prefix('~') {
            Some(means) => near(&samples, means),
            None => blake3::hash(&samples.bytes).to_hex().as_str() == expected,
        };
        if !right {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether the mean of each channel is the expected one within a seventh of a level.
fn near(samples: &Samples, means: &str) -> bool {
    let means: Vec<f64> = means.split(',').map(|mean| mean.parse().expect("a number")).collect();
    let values: Vec<f64> = match samples.bits_allocated {
        8 => samples.bytes.iter().map(|value| f64::from(*value)).collect(),
        _ => words(&samples.bytes).iter().map(|value| f64::from(*value)).collect(),
    };
    means.iter().enumerate().all(|(channel, mean)| {
        let sum: f64 = values.iter().skip(channel).step_by(means.len()).sum();
        (sum * means.len() as f64 / values.len() as f64 - mean).abs() < 0.15
    })
}

#[test]
fn jpeg_with_jfif_marker_and_shared_chrominance_is_no_rgb_whatever_the_attributes_say() {
    let Some(data) = test_data() else { return };
    let samples = first_frame(&data.join("encoding-edge/GH195.dcm"));
    // A grey scan: read as RGB its chrominance would be a constant 128.
    let chrominance = samples.bytes.iter().skip(1).step_by(3).filter(|sample| sample.abs_diff(128) < 3).count();
    assert!(chrominance < samples.bytes.len() / 3 / 2);
}

#[test]
fn video_is_not_decoded() {
    for uid in [uids::MPEG2MPML, uids::MPEG4HP41, uids::HEVCMP51] {
        assert!(!codec::can_decode(uid));
    }
}

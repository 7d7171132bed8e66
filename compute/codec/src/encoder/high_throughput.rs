//! High-Throughput JPEG 2000 (ISO 15444-15), by OpenJPH.

use super::Source;
use super::target::Form;
use crate::CodecError;
use crate::openjph::{Request, compress};

/// Sides of the smallest resolution, at most: a thumbnail (PS3.5 §8.2.14).
const THUMBNAIL: u32 = 64;

/// Step of quantisation with the irreversible wavelet, as a part of the range that the frame really uses: half a level at
/// 8 bits, a few Hounsfield units in CT.
const STEP: f32 = 1.0 / 512.0;

/// Encodes a frame in one tile, resolution by resolution; RGB through the codec's colour transform.
pub(super) fn encode(source: &Source<'_>, form: Form) -> Result<Vec<u8>, CodecError> {
    let lossy = form == Form::Lossy;
    let request = Request {
        columns: source.columns,
        rows: source.rows,
        components: source.components as u32,
        precision: source.precision,
        levels: levels(source.columns, source.rows),
        signed: source.signed,
        transform: source.transformed(lossy).is_some(),
        step: if lossy { STEP * source.span() } else { 0.0 },
    };
    let frame = compress(&request, &source.planes())?;
    match form {
        Form::LosslessByResolution => with_tile_part_length(frame),
        _ => Ok(frame),
    }
}

/// Start of a tile part (ISO 15444-1 §A.4.2).
const SOT: [u8; 2] = [0xff, 0x90];

/// The codestream of one tile part with a TLM marker segment (ISO 15444-1 §A.7.1) at the end of its main header, by which
/// a client finds its way without reading: PS3.5 §8.2.14 demands it, and the library does not write it.
fn with_tile_part_length(frame: Vec<u8>) -> Result<Vec<u8>, CodecError> {
    let broken = || CodecError::broken("High-Throughput JPEG 2000: the codestream has no tile part");
    // After SOC, each marker segment says its length.
    let mut at = 2;
    while frame.get(at..at + 2).ok_or_else(broken)? != SOT {
        let length = frame.get(at + 2..at + 4).ok_or_else(broken)?;
        at += 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
    }
    // Psot is the length of the tile part; 0 means up to the end of the codestream.
    let length = frame.get(at + 6..at + 10).ok_or_else(broken)?;
    let length = match u32::from_be_bytes([length[0], length[1], length[2], length[3]]) {
        0 => (frame.len() - at - 2) as u32,
        length => length,
    };
    let segment = [&b"\xff\x55\0\x08\0\x40"[..], &length.to_be_bytes()].concat();
    Ok([&frame[..at], &segment, &frame[at..]].concat())
}

/// So many halvings that the smallest resolution is a thumbnail, and has pixels.
fn levels(columns: u32, rows: u32) -> u32 {
    let wanted = (0..32).find(|level| columns.max(rows) >> level <= THUMBNAIL).unwrap_or(0);
    wanted.min(columns.min(rows).ilog2())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_length_of_the_tile_part() {
        let frame = b"\xff\x4f\xff\x51\0\x04ab\xff\x90\0\x0a\0\0\0\0\0\x10\0\x01\xff\x93xx\xff\xd9".to_vec();
        let with = with_tile_part_length(frame.clone()).unwrap();
        assert_eq!(with[..8], frame[..8]);
        assert_eq!(with[8..18], *b"\xff\x55\0\x08\0\x40\0\0\0\x10");
        assert_eq!(with[18..], frame[8..]);
        assert!(with_tile_part_length(b"\xff\x4f\xff\x51\0\x04ab".to_vec()).is_err());
    }

    #[test]
    fn the_smallest_resolution_is_a_thumbnail() {
        assert_eq!(levels(512, 512), 3);
        assert_eq!(levels(4096, 100), 6);
        assert_eq!(levels(64, 64), 0);
        assert_eq!(levels(1000, 1), 0);
    }
}

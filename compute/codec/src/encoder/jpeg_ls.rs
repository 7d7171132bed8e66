//! JPEG-LS (ISO 14495-1), lossless and near-lossless, by CharLS.

use super::Source;
use super::charls::{Frame, compress};
use crate::CodecError;

/// Encodes a frame; no sample comes back further than `near` from what it was. Colours are interleaved by line, which all
/// decoders read.
pub(super) fn encode(source: &Source<'_>, near: u8) -> Result<Vec<u8>, CodecError> {
    let samples: Vec<u8> = if source.precision <= 8 {
        source.bits().map(|bits| bits as u8).collect()
    } else {
        source.bits().flat_map(|bits| (bits as u16).to_ne_bytes()).collect()
    };
    let frame = Frame {
        columns: source.columns,
        rows: source.rows,
        precision: source.precision,
        components: source.components,
        near: if wraps(source, near) { 0 } else { near },
    };
    compress(frame, &samples)
}

/// Whether a sample with a sign is so near to the end of its range that an error could turn its sign over: JPEG-LS takes all
/// samples for unsigned.
fn wraps(source: &Source<'_>, near: u8) -> bool {
    let (most, near) = (1_i32 << (source.precision - 1), i32::from(near));
    source.signed && near > 0 && source.values().any(|value| value >= most - near || value < -most + near)
}

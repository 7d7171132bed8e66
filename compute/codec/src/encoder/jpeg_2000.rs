//! JPEG 2000 (ISO 15444-1), by OpenJPEG.

use super::Source;
use crate::CodecError;
use crate::openjpeg::{Picture, compress};

/// Peak signal-to-noise ratio with the irreversible wavelet in dB, of the range that the frame really uses: an error of a
/// level at 8 bits, of less than ten Hounsfield units in CT, which is less than its noise.
const QUALITY: f32 = 50.0;

/// Encodes a frame in one tile and one layer; RGB through the codec's colour transform.
pub(super) fn encode(source: &Source<'_>, lossy: bool) -> Result<Vec<u8>, CodecError> {
    compress(&Picture {
        columns: source.columns,
        rows: source.rows,
        precision: source.precision,
        signed: source.signed,
        transform: source.transformed(lossy).is_some(),
        lossy,
        quality: (lossy && !is_small(source)).then(|| QUALITY - 20.0 * source.span().log10()),
        planes: source.planes(),
    })
}

/// Whether there are so few pixels that the codec's control of quality has nothing to go by.
fn is_small(source: &Source<'_>) -> bool {
    u64::from(source.columns) * u64::from(source.rows) < 64 * 64
}

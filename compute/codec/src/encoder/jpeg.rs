//! JPEG (ISO 10918-1): baseline and lossless, by libjpeg-turbo.

use std::borrow::Cow;

use super::Source;
use crate::CodecError;
use crate::turbojpeg::{Layout, Lossy, compress_lossless, compress8};

/// Quality of JPEG Baseline, 1 to 100: what viewers ask for when they can ask.
const QUALITY: u8 = 90;

/// Process 1; colours as YCbCr, two pixels in a row sharing their chrominance.
pub(super) fn baseline(source: &Source<'_>) -> Result<Vec<u8>, CodecError> {
    let samples = match source.photometric.as_str() {
        "YBR_FULL" => Cow::Owned(source.bytes.chunks_exact(3).flat_map(rgb).collect()),
        _ => Cow::Borrowed(&source.bytes[..]),
    };
    let lossy = Lossy { quality: QUALITY, shared_chrominance: true };
    compress8((source.columns, source.rows), layout(source), &samples, lossy)
}

/// Process 14 with Selection Value 1, as the transfer syntaxes of both demand or allow; samples as they are.
pub(super) fn lossless(source: &Source<'_>) -> Result<Vec<u8>, CodecError> {
    compress_lossless((source.columns, source.rows), layout(source), source.precision, source.bits())
}

fn layout(source: &Source<'_>) -> Layout {
    if source.is_colour() { Layout::Rgb } else { Layout::Grey }
}

/// YBR_FULL to RGB (PS3.3 §C.7.6.3.1.2).
fn rgb(pixel: &[u8]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(pixel[0]), f32::from(pixel[1]) - 128.0, f32::from(pixel[2]) - 128.0);
    let level = |value: f32| value.round().clamp(0.0, 255.0) as u8;
    [level(y + 1.402 * cr), level(y - 0.344_136 * cb - 0.714_136 * cr), level(y + 1.772 * cb)]
}

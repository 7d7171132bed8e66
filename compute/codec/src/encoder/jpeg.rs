//! JPEG (ISO 10918-1): baseline, extended and lossless, by libjpeg-turbo.

use std::borrow::Cow;

use super::Source;
use crate::CodecError;
use crate::turbojpeg::{Layout, Lossy, compress_lossless, compress8, compress12};

/// Quality of lossy processes, 1 to 100: what viewers ask for when they can ask.
const QUALITY: u8 = 90;

/// Process 1; colours as YCbCr, two pixels in a row sharing their chrominance.
pub(super) fn baseline(source: &Source<'_>) -> Result<Vec<u8>, CodecError> {
    let samples = match source.photometric.as_str() {
        "YBR_FULL" => Cow::Owned(source.rgb().iter().flatten().map(|level| *level as u8).collect()),
        _ => Cow::Borrowed(&source.bytes[..]),
    };
    let lossy = Lossy { quality: QUALITY, shared_chrominance: true };
    compress8((source.columns, source.rows), layout(source), &samples, lossy)
}

/// Process 4: grey samples of 12 bits.
pub(super) fn extended(source: &Source<'_>) -> Result<Vec<u8>, CodecError> {
    if source.precision > 12 {
        return Err(CodecError::CannotHold(
            "JPEG Extended holds samples of 12 bits, and the frame has values above".to_owned(),
        ));
    }
    compress12((source.columns, source.rows), source.bits(), QUALITY)
}

/// Process 14 with Selection Value 1, as the transfer syntaxes of both demand or allow; samples as they are.
pub(super) fn lossless(source: &Source<'_>) -> Result<Vec<u8>, CodecError> {
    compress_lossless((source.columns, source.rows), layout(source), source.precision, source.bits())
}

fn layout(source: &Source<'_>) -> Layout {
    if source.is_colour() { Layout::Rgb } else { Layout::Grey }
}

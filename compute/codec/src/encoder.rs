//! One frame of samples in, one compressed frame out: for retrieval in another transfer syntax than the stored one.
//!
//! Read in this order: `target` is what each transfer syntax can hold (PS3.5 §8.2), `source` is samples made ready, then one
//! file for each family.

mod charls;
mod high_throughput;
mod jpeg;
mod jpeg_2000;
mod jpeg_ls;
mod jpeg_xl;
mod rle;
mod source;
mod target;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use source::Source;
use target::{Process, process};

use crate::{CodecError, FrameFormat, Samples};

pub use target::{TARGETS, encodable, lossy_method, working_memory};

/// One encoded frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The bit stream, as it goes into fragments (not padded to an even length).
    pub bytes: Vec<u8>,
    /// Photometric Interpretation of an object that holds it (PS3.5 §8.2): YBR_RCT where the codec transforms colours …
    pub photometric: Cow<'static, str>,
}

/// Whether a frame of this description can be encoded in a transfer syntax.
///
/// # Errors
/// [`CodecError::Unsupported`] without an encoder, [`CodecError::CannotHold`] when the transfer syntax has no room for such
/// frames: the text says why.
pub fn can_encode(transfer_syntax: &str, format: &FrameFormat) -> Result<(), CodecError> {
    let process = process(transfer_syntax).ok_or_else(|| CodecError::Unsupported(transfer_syntax.to_owned()))?;
    format.frame_bytes()?;
    process.hold(format)
}

/// Encodes one frame, as [`crate::decode`] gave it; `format` is what the image's attributes say.
///
/// Lossless processes give back the same samples. Samples that use bits above Bits Stored are encoded at the depth of Bits
/// Allocated, so that nothing is lost; in bits that nobody uses, a decoder may repeat the sign.
///
/// # Errors
/// As [`can_encode`]; [`CodecError::Broken`] when the samples are not those of a frame of this description.
pub fn encode(transfer_syntax: &str, samples: &Samples, format: &FrameFormat) -> Result<Encoded, CodecError> {
    can_encode(transfer_syntax, format)?;
    let process = process(transfer_syntax).ok_or_else(|| CodecError::Unsupported(transfer_syntax.to_owned()))?;
    // As for decoders: other people's code, and a panic in it is no reason to go down.
    catch_unwind(AssertUnwindSafe(|| encode_as(process, samples, format)))
        .unwrap_or_else(|_| Err(CodecError::broken("the encoder gave up")))
}

fn encode_as(process: Process, samples: &Samples, format: &FrameFormat) -> Result<Encoded, CodecError> {
    if process == Process::DeflatedFrame {
        let photometric = samples.photometric.clone().into();
        return Ok(Encoded { bytes: crate::native::deflate(&samples.bytes)?, photometric });
    }
    let source = Source::new(samples, format)?;
    let (bytes, photometric) = match process {
        Process::DeflatedFrame | Process::JpegXlOfJpeg => return Err(CodecError::broken("no matter of samples")),
        Process::Rle => (rle::encode(&source), None),
        Process::JpegBaseline => (jpeg::baseline(&source)?, source.is_colour().then_some("YBR_FULL_422")),
        Process::JpegExtended => (jpeg::extended(&source)?, None),
        Process::JpegLossless => (jpeg::lossless(&source)?, None),
        Process::JpegLs { near } => (jpeg_ls::encode(&source, near)?, None),
        Process::Jpeg2000 { lossy } => (jpeg_2000::encode(&source, lossy)?, source.transformed(lossy)),
        Process::HighThroughput { form } => {
            (high_throughput::encode(&source, form)?, source.transformed(form == target::Form::Lossy))
        }
        Process::JpegXl => (jpeg_xl::lossless(&source)?, None),
        Process::JpegXlLossy => (jpeg_xl::lossy(&source)?, source.is_colour().then_some("XYB")),
    };
    let photometric = photometric.map_or_else(|| Cow::Owned(source.photometric.clone()), Cow::Borrowed);
    Ok(Encoded { bytes, photometric })
}

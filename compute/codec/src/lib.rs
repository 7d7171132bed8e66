//! One compressed frame in, one frame of samples out, and back.
//!
//! Decoding is a function of the transfer syntax, the bytes of one frame and what the image's attributes say of it.
//! Frames come from strangers: dimensions are compared with the attributes before anything is allocated, and no decoder
//! may take the process down.

mod encode;
mod encoder;
mod family;
mod format;
mod gif;
mod jpeg;
mod jpeg_2000;
mod jpeg_ls;
mod jpeg_xl;
mod libjxl;
mod native;
mod openjpeg;
mod openjph;
mod picture;
mod recode;
mod rle;
mod samples;
mod turbojpeg;

use std::panic::{AssertUnwindSafe, catch_unwind};

use family::Family;

pub use encode::{encode_jpeg, encode_jpeg_with, encode_png, encode_png_16, encode_png_with};
pub use encoder::{Encoded, TARGETS, can_encode, encodable, encode, lossy_method, working_memory};
pub use format::{FrameFormat, LARGEST_FRAME};
pub use gif::{GifWriter, encode_gif};
pub use picture::{DecodedPicture, decode_picture, picture_size};
pub use recode::{can_recode, recode, recodes};

/// Samples of one frame: native little endian, interleaved by pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Samples {
    /// Bytes. One-bit samples stay packed, the first pixel in the lowest bit; native `YBR_FULL_422` stays packed
    /// as two luminance samples, then the two chrominance samples they share (PS3.3 §C.7.6.3.1.2).
    pub bytes: Vec<u8>,
    /// Bits Allocated of `bytes`.
    pub bits_allocated: u16,
    /// Photometric Interpretation of `bytes` (RGB where the codec converted from YBR).
    pub photometric: String,
}

/// Why a frame cannot be decoded or encoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// No codec for this transfer syntax.
    #[error("there is no codec for transfer syntax {0}")]
    Unsupported(String),
    /// The compressed frame is broken or contradicts the image's attributes.
    #[error("the frame cannot be decoded: {0}")]
    Broken(String),
    /// The transfer syntax has no room for such frames; the text says why.
    #[error("{0}")]
    CannotHold(String),
}

impl CodecError {
    pub(crate) fn broken(reason: impl Into<String>) -> Self {
        Self::Broken(reason.into())
    }
}

/// Whether [`decode`] knows this Transfer Syntax UID. Video does not count: it is served as it is stored.
pub fn can_decode(transfer_syntax: &str) -> bool {
    Family::of(transfer_syntax).is_some()
}

/// Decodes one frame.
///
/// `frame` holds all fragments of the frame, joined. Native frames pass through: big-endian samples are swapped by Bits
/// Allocated, planes are interleaved, padding is cut off. For encapsulated ones the codestream's own size and depth must
/// agree with `format`; samples of fewer bits than Bits Allocated are widened, with their sign when they have one.
///
/// # Errors
/// [`CodecError::Unsupported`] without a codec, [`CodecError::Broken`] when the frame cannot be decoded as described,
/// or would be larger than [`LARGEST_FRAME`].
pub fn decode(transfer_syntax: &str, frame: &[u8], format: &FrameFormat) -> Result<Samples, CodecError> {
    let family = Family::of(transfer_syntax).ok_or_else(|| CodecError::Unsupported(transfer_syntax.to_owned()))?;
    format.frame_bytes()?;
    // Decoders are other people's code and frames are other people's bytes: a panic is a broken frame.
    catch_unwind(AssertUnwindSafe(|| decode_as(family, frame, format)))
        .unwrap_or_else(|_| Err(CodecError::broken("the decoder gave up")))
}

fn decode_as(family: Family, frame: &[u8], format: &FrameFormat) -> Result<Samples, CodecError> {
    match family {
        Family::Native => native::decode(frame, format, false),
        Family::NativeBigEndian => native::decode(frame, format, true),
        Family::DeflatedFrame => native::decode(&native::inflate(frame, format)?, format, false),
        Family::Rle => rle::decode(frame, format),
        Family::Jpeg => jpeg::decode(frame, format),
        Family::JpegLs => jpeg_ls::decode(frame, format),
        Family::Jpeg2000 => jpeg_2000::decode(frame, format),
        Family::JpegXl(kind) => jpeg_xl::decode(frame, format, kind),
    }
}

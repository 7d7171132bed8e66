//! One compressed frame in, one frame of samples out, and back.

/// What is known of a frame before it is decoded (from the image's attributes).
#[derive(Debug, Clone)]
pub struct FrameFormat {
    /// Rows (0028,0010).
    pub rows: u32,
    /// Columns (0028,0011).
    pub columns: u32,
    /// Samples per Pixel (0028,0002).
    pub samples: u16,
    /// Bits Allocated (0028,0100).
    pub bits_allocated: u16,
    /// Bits Stored (0028,0101).
    pub bits_stored: u16,
    /// Pixel Representation (0028,0103) is 1.
    pub signed: bool,
    /// Photometric Interpretation (0028,0004).
    pub photometric: String,
    /// Planar Configuration (0028,0006).
    pub planar: u16,
}

/// Samples of one frame: native little endian, interleaved by pixel.
#[derive(Debug, Clone)]
pub struct Samples {
    /// Bytes.
    pub bytes: Vec<u8>,
    /// Bits Allocated of `bytes`.
    pub bits_allocated: u16,
    /// Photometric Interpretation of `bytes` (RGB where the codec converted from YBR).
    pub photometric: String,
}

/// Why a frame cannot be decoded or encoded.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// No codec for this transfer syntax.
    #[error("there is no codec for transfer syntax {0}")]
    Unsupported(String),
    /// The compressed frame is broken or contradicts the image's attributes.
    #[error("the frame cannot be decoded: {0}")]
    Broken(String),
}

// pub fn can_decode(transfer_syntax: &str) -> bool
// pub fn decode(transfer_syntax: &str, frame: &[u8], format: &FrameFormat) -> Result<Samples, CodecError>
// pub fn encode_jpeg(width, height, channels, samples, quality 1..=100) -> Result<Vec<u8>, CodecError>;  encode_png(...)

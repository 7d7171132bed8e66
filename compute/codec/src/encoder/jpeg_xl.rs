//! JPEG XL (ISO 18181), lossless, by zune-jpegxl.

use zune_core::bit_depth::BitDepth;
use zune_core::colorspace::ColorSpace;
use zune_core::options::EncoderOptions;
use zune_jpegxl::JxlSimpleEncoder;

use super::Source;
use crate::CodecError;

/// Encodes a frame; the codestream says 8 or 16 bits, as Bits Allocated does.
pub(super) fn encode(source: &Source<'_>) -> Result<Vec<u8>, CodecError> {
    let (space, depth) = (
        if source.is_colour() { ColorSpace::RGB } else { ColorSpace::Luma },
        if source.sample_bytes == 1 { BitDepth::Eight } else { BitDepth::Sixteen },
    );
    // Samples are little endian; the encoder wants them as the machine has them.
    let samples: Vec<u8> = match source.sample_bytes {
        1 => source.bytes.to_vec(),
        _ => source.bytes.chunks_exact(2).flat_map(|b| u16::from_le_bytes([b[0], b[1]]).to_ne_bytes()).collect(),
    };
    let options = EncoderOptions::new(source.columns as usize, source.rows as usize, space, depth);
    let mut frame = Vec::new();
    JxlSimpleEncoder::new(&samples, options.set_num_threads(1))
        .encode(&mut frame)
        .map_err(|error| CodecError::broken(format!("JPEG XL: {error:?}")))?;
    Ok(frame)
}

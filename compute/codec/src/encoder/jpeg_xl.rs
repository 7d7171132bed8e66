//! JPEG XL (ISO 18181): lossless by zune-jpegxl, lossy by libjxl.

use zune_core::bit_depth::BitDepth;
use zune_core::colorspace::ColorSpace;
use zune_core::options::EncoderOptions;
use zune_jpegxl::JxlSimpleEncoder;

use super::Source;
use crate::CodecError;
use crate::libjxl::{Picture, compress};

/// What may be lost: half of what an eye just notices when it sees the range that the frame really uses.
const DISTANCE: f32 = 0.5;

/// The least that the encoder knows.
const LEAST: f32 = 0.01;

/// Encodes a frame; the codestream says 8 or 16 bits, as Bits Allocated does. Samples with a sign keep their bits, as
/// [`crate::jpeg_xl`] says.
pub(super) fn lossless(source: &Source<'_>) -> Result<Vec<u8>, CodecError> {
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

/// Encodes a frame with loss; colours as XYB, which is what the eye tells apart. The least number of samples with a sign
/// becomes 0.
pub(super) fn lossy(source: &Source<'_>) -> Result<Vec<u8>, CodecError> {
    let most = (u32::MAX >> (32 - source.precision)) as f32;
    let least = if source.signed { 1_i32 << (source.precision - 1) } else { 0 };
    let samples: Vec<f32> = match source.photometric.as_str() {
        "YBR_FULL" => source.rgb().into_iter().flatten().map(|level| level / most).collect(),
        _ => source.values().map(|value| (value + least) as f32 / most).collect(),
    };
    // Colours are for the eye; grey is looked at through windows.
    let seen = if source.is_colour() { 1.0 } else { source.span() };
    let distance = (DISTANCE * seen).max(LEAST);
    compress(
        &Picture {
            columns: source.columns,
            rows: source.rows,
            components: source.components as u32,
            precision: source.precision,
            distance,
        },
        &samples,
    )
}

//! JPEG XL (ISO 18181), by jxl-oxide.

use jxl_oxide::{AllocTracker, InitializeResult, JxlImage};

use crate::samples::pack;
use crate::{CodecError, FrameFormat, Samples};

/// Decodes a frame. A lossless one keeps its Photometric Interpretation; of the others colour comes out as RGB.
pub(crate) fn decode(frame: &[u8], format: &FrameFormat, lossless: bool) -> Result<Samples, CodecError> {
    let broken = |error: Box<dyn std::error::Error + Send + Sync>| CodecError::broken(format!("JPEG XL: {error}"));
    // The decoder works on planes of 32-bit values, several at a time.
    let budget = format.pixels() * usize::from(format.samples) * 4 * 8 + (64 << 20);
    let mut reader = JxlImage::builder().alloc_tracker(AllocTracker::with_limit(budget)).build_uninit();
    let consumed = reader.feed_bytes(frame).map_err(broken)?;
    let mut image = match reader.try_init().map_err(broken)? {
        InitializeResult::Initialized(image) => image,
        InitializeResult::NeedMoreData(_) => return Err(CodecError::broken("JPEG XL: the header is not complete")),
    };
    let precision = image.image_header().metadata.bit_depth.bits_per_sample();
    let components = if image.image_header().metadata.grayscale() { 1 } else { 3 };
    format.expect(image.width(), image.height(), components, precision)?;
    image.feed_bytes(&frame[consumed..]).map_err(broken)?;
    image.finalize().map_err(broken)?;
    if image.num_loaded_keyframes() == 0 {
        return Err(CodecError::broken("JPEG XL: the frame is not complete"));
    }
    let render = image.render_frame(0).map_err(broken)?;
    let mut stream = render.stream_no_alpha();
    if (stream.width(), stream.height(), stream.channels()) != (format.columns, format.rows, components) {
        return Err(CodecError::broken("JPEG XL: the picture has another size than its header says"));
    }
    let mut values = vec![0.0_f32; format.pixels() * usize::from(format.samples)];
    if stream.write_to_buffer(&mut values) != values.len() {
        return Err(CodecError::broken("JPEG XL: the frame is not complete"));
    }
    let most = ((1_u64 << precision) - 1) as f32;
    let values = values.into_iter().map(|value| (value * most).round().clamp(0.0, most) as i32);
    let photometric = if components == 3 && !lossless { "RGB" } else { format.photometric.as_str() };
    Ok(pack(values, precision, format, photometric))
}

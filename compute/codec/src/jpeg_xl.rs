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

#[cfg(test)]
mod tests {
    use zune_core::bit_depth::BitDepth;
    use zune_core::colorspace::ColorSpace;
    use zune_core::options::EncoderOptions;
    use zune_jpegxl::JxlSimpleEncoder;

    use super::*;
    use crate::format::tests::{colour, grey};

    fn encode(samples: &[u8], space: ColorSpace, depth: BitDepth) -> Vec<u8> {
        let mut frame = Vec::new();
        JxlSimpleEncoder::new(samples, EncoderOptions::new(5, 7, space, depth)).encode(&mut frame).unwrap();
        frame
    }

    #[test]
    fn sixteen_bits_come_back_exactly() {
        let samples: Vec<u8> = (0..35_u16).flat_map(|i| (i * 1871).to_le_bytes()).collect();
        let frame = encode(&samples, ColorSpace::Luma, BitDepth::Sixteen);
        assert_eq!(decode(&frame, &grey(5, 7, 16), true).map(|s| s.bytes), Ok(samples));
    }

    #[test]
    fn lossless_colours_keep_their_photometric_interpretation() {
        let samples: Vec<u8> = (0..105).map(|i| (i * 37) as u8).collect();
        let frame = encode(&samples, ColorSpace::RGB, BitDepth::Eight);
        let decoded = decode(&frame, &colour(5, 7, "YBR_FULL"), true).unwrap();
        assert_eq!((decoded.bytes, decoded.photometric.as_str()), (samples, "YBR_FULL"));
    }

    #[test]
    fn refuses_other_sizes_and_cut_frames() {
        let samples: Vec<u8> = (0..35).map(|i| (i * 91) as u8).collect();
        let frame = encode(&samples, ColorSpace::Luma, BitDepth::Eight);
        assert!(decode(&frame, &grey(7, 5, 8), true).is_err());
        assert!(decode(&frame, &colour(5, 7, "RGB"), true).is_err());
        for length in 0..frame.len() / 2 {
            assert!(decode(&frame[..length], &grey(5, 7, 8), true).is_err(), "{length}");
        }
    }
}

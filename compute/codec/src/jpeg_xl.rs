//! JPEG XL (ISO 18181), by jxl-oxide.
//!
//! It has no samples with a sign, though PS3.5 Table 8.2.15-1 allows Pixel Representation 1 and does not say how. Without loss
//! (JPEG XL Lossless) their bits are kept as they are, two's complement, as JPEG-LS does and other readers expect. Elsewhere
//! that would put -1 beside the largest number, and what is lost between them would turn signs over: there the least number
//! becomes 0, as in JPEG 2000.

mod container;

use jxl_oxide::{AllocTracker, InitializeResult, JpegReconstructionStatus, JxlImage};

use crate::samples::pack;
use crate::{CodecError, FrameFormat, LARGEST_FRAME, Samples};

/// The three transfer syntaxes (PS3.5 §A.4.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Samples are stored as they are, in the image's own Photometric Interpretation.
    Lossless,
    /// A JPEG frame, from which it can be made again.
    Recompressed,
    /// Whatever JPEG XL can do.
    Any,
}

/// A picture whose header has been read, and fits.
struct Picture {
    image: JxlImage,
    precision: u32,
    components: u32,
}

/// Decodes a frame. A lossless one keeps its Photometric Interpretation; of the others colour comes out as RGB.
pub(crate) fn decode(frame: &[u8], format: &FrameFormat, kind: Kind) -> Result<Samples, CodecError> {
    if kind == Kind::Recompressed
        && let Some(jpeg) = reconstruct(frame, format)?
    {
        return crate::jpeg::decode(&jpeg, format);
    }
    let Picture { mut image, precision, components } = open(&container::codestream(frame)?, format)?;
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
    let least = if format.signed && kind == Kind::Any { 1 << (precision - 1) } else { 0 };
    let values = values.into_iter().map(|value| (value * most).round().clamp(0.0, most) as i32 - least);
    let photometric = if components == 3 && kind != Kind::Lossless { "RGB" } else { format.photometric.as_str() };
    Ok(pack(values, precision, format, photometric))
}

/// The JPEG frame that a recompressed one was made of, bit for bit; `None` when it was made of something else.
pub(crate) fn reconstruct(frame: &[u8], format: &FrameFormat) -> Result<Option<Vec<u8>>, CodecError> {
    let Some(boxes) = container::reconstruction(frame)? else { return Ok(None) };
    let Picture { mut image, .. } = open(&boxes, format)?;
    image.finalize().map_err(broken)?;
    if image.jpeg_reconstruction_status() != JpegReconstructionStatus::Available {
        return Err(CodecError::broken("JPEG XL: the data to reconstruct JPEG are not complete"));
    }
    let mut jpeg = Bounded(Vec::new());
    image.reconstruct_jpeg(&mut jpeg).map_err(broken)?;
    Ok(Some(jpeg.0))
}

/// Feeds all of a frame, once its header fits.
fn open(frame: &[u8], format: &FrameFormat) -> Result<Picture, CodecError> {
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
    Ok(Picture { image, precision, components })
}

fn broken(error: Box<dyn std::error::Error + Send + Sync>) -> CodecError {
    CodecError::broken(format!("JPEG XL: {error}"))
}

/// What no frame is longer than.
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if (self.0.len() + bytes.len()) as u64 > LARGEST_FRAME {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
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
        assert_eq!(decode(&frame, &grey(5, 7, 16), Kind::Lossless).map(|s| s.bytes), Ok(samples));
    }

    #[test]
    fn lossless_colours_keep_their_photometric_interpretation() {
        let samples: Vec<u8> = (0..105).map(|i| (i * 37) as u8).collect();
        let frame = encode(&samples, ColorSpace::RGB, BitDepth::Eight);
        let decoded = decode(&frame, &colour(5, 7, "YBR_FULL"), Kind::Lossless).unwrap();
        assert_eq!((decoded.bytes, decoded.photometric.as_str()), (samples, "YBR_FULL"));
    }

    #[test]
    fn refuses_other_sizes_and_cut_frames() {
        let samples: Vec<u8> = (0..35).map(|i| (i * 91) as u8).collect();
        let frame = encode(&samples, ColorSpace::Luma, BitDepth::Eight);
        assert!(decode(&frame, &grey(7, 5, 8), Kind::Lossless).is_err());
        assert!(decode(&frame, &colour(5, 7, "RGB"), Kind::Lossless).is_err());
        for length in 0..frame.len() / 2 {
            assert!(decode(&frame[..length], &grey(5, 7, 8), Kind::Lossless).is_err(), "{length}");
        }
    }
}

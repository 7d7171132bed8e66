//! JPEG as JPEG XL and back without decoding: not a bit of it is lost on the way (PS3.5 §A.4.12, ISO 18181-2 Annex A).

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::encoder::Encoded;
use crate::{CodecError, FrameFormat, jpeg, jpeg_xl, libjxl};

const JPEG_BASELINE: &str = "1.2.840.10008.1.2.4.50";
const JPEG_XL_OF_JPEG: &str = "1.2.840.10008.1.2.4.111";

/// Whether frames of one transfer syntax are made into the other without decoding them, and without loss.
pub fn recodes(stored: &str, target: &str) -> bool {
    matches!((stored, target), (JPEG_BASELINE, JPEG_XL_OF_JPEG) | (JPEG_XL_OF_JPEG, JPEG_BASELINE))
}

/// Whether [`recode`] can be asked for frames of this description.
///
/// # Errors
/// [`CodecError::Unsupported`] when [`recodes`] says no, [`CodecError::CannotHold`] when PS3.5 Table 8.2.15-1 has no such
/// images in JPEG XL JPEG Recompression.
pub fn can_recode(stored: &str, target: &str, format: &FrameFormat) -> Result<(), CodecError> {
    if !recodes(stored, target) {
        return Err(CodecError::Unsupported(target.to_owned()));
    }
    let known = match format.samples {
        1 => format.photometric == "MONOCHROME2",
        3 => matches!(format.photometric.as_str(), "YBR_FULL_422" | "RGB"),
        _ => false,
    };
    if target == JPEG_XL_OF_JPEG && !(known && format.bits_allocated == 8 && format.bits_stored == 8 && !format.signed)
    {
        return Err(CodecError::CannotHold(format!(
            "JPEG XL JPEG Recompression holds unsigned samples of 8 bits as MONOCHROME2, YBR_FULL_422 or RGB, not \
             {}{} of {} bits (PS3.5 Table 8.2.15-1)",
            if format.signed { "signed " } else { "" },
            format.photometric,
            format.bits_stored
        )));
    }
    Ok(())
}

/// Makes a frame of one transfer syntax into the other. What JPEG XL is made of comes back bit for bit, which is tried out
/// each time.
///
/// # Errors
/// As of [`can_recode`]; [`CodecError::CannotHold`] when a frame is no JPEG that JPEG XL holds, or was not made of JPEG;
/// [`CodecError::Broken`] when it cannot be decoded.
pub fn recode(stored: &str, target: &str, frame: &[u8], format: &FrameFormat) -> Result<Encoded, CodecError> {
    can_recode(stored, target, format)?;
    let attempt = || if target == JPEG_XL_OF_JPEG { recompress(frame, format) } else { reconstruct(frame, format) };
    let bytes =
        catch_unwind(AssertUnwindSafe(attempt)).unwrap_or_else(|_| Err(CodecError::broken("the codec gave up")))?;
    Ok(Encoded { bytes, photometric: format.photometric.clone().into() })
}

fn recompress(frame: &[u8], format: &FrameFormat) -> Result<Vec<u8>, CodecError> {
    // The encoder gets to see what a decoder has found whole.
    jpeg::decode(frame, format)?;
    let recompressed = libjxl::recompress(frame)?;
    match jpeg_xl::reconstruct(&recompressed, format)? {
        Some(again) if again == frame => Ok(recompressed),
        _ => Err(CodecError::CannotHold("this JPEG frame would not come back out of JPEG XL bit for bit".to_owned())),
    }
}

fn reconstruct(frame: &[u8], format: &FrameFormat) -> Result<Vec<u8>, CodecError> {
    let jpeg = jpeg_xl::reconstruct(frame, format)?;
    jpeg.ok_or_else(|| CodecError::CannotHold("the stored JPEG XL frame was not made of JPEG".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::tests::{colour, grey};
    use crate::{decode, encode_jpeg, encode_jpeg_with};

    /// A picture with slopes and noise.
    fn picture(count: usize) -> Vec<u8> {
        (0..count as u32).map(|place| (place / 7 + (place.wrapping_mul(place) >> 9) % 13) as u8).collect()
    }

    fn there_and_back(jpeg: &[u8], format: &FrameFormat) -> Encoded {
        let made = recode(JPEG_BASELINE, JPEG_XL_OF_JPEG, jpeg, format).unwrap();
        let back = recode(JPEG_XL_OF_JPEG, JPEG_BASELINE, &made.bytes, format).unwrap();
        assert!(back.bytes == jpeg);
        assert_eq!((&made.photometric, &back.photometric), (&back.photometric, &format.photometric.clone().into()));
        made
    }

    #[test]
    fn jpeg_comes_back_bit_for_bit_and_shows_the_same() {
        for (columns, rows) in [(1, 1), (16, 16), (77, 31), (300, 270)] {
            let pixels = (columns * rows) as usize;
            let grey_jpeg = encode_jpeg(columns, rows, 1, &picture(pixels), 90).unwrap();
            let cases = [
                (grey_jpeg, grey(columns, rows, 8)),
                (
                    encode_jpeg(columns, rows, 3, &picture(3 * pixels), 80).unwrap(),
                    colour(columns, rows, "YBR_FULL_422"),
                ),
                (encode_jpeg(columns, rows, 3, &picture(3 * pixels), 95).unwrap(), colour(columns, rows, "RGB")),
            ];
            for (jpeg, format) in cases {
                let made = there_and_back(&jpeg, &format);
                let samples = decode(JPEG_XL_OF_JPEG, &made.bytes, &format);
                assert_eq!(samples, decode(JPEG_BASELINE, &jpeg, &format));
                // With the byte that makes a fragment even.
                assert_eq!(decode(JPEG_XL_OF_JPEG, &[&made.bytes[..], b"\0"].concat(), &format), samples);
                there_and_back(&[&jpeg[..], b"\0"].concat(), &format);
            }
        }
    }

    #[test]
    fn recompressed_frames_are_smaller_and_what_has_no_room_is_refused() {
        let jpeg = encode_jpeg(300, 270, 3, &picture(3 * 300 * 270), 85).unwrap();
        let format = colour(300, 270, "YBR_FULL_422");
        assert!(there_and_back(&jpeg, &format).bytes.len() < jpeg.len());
        // What is no profile JPEG XL does not hold.
        let with = encode_jpeg_with(300, 270, 3, &picture(3 * 300 * 270), 85, Some(&[7; 3000])).unwrap();
        let answer = recode(JPEG_BASELINE, JPEG_XL_OF_JPEG, &with, &format);
        assert!(matches!(answer, Err(CodecError::CannotHold(_))), "{answer:?}");
    }

    #[test]
    fn says_what_is_not_recoded_and_why() {
        let reason = |format: FrameFormat| can_recode(JPEG_BASELINE, JPEG_XL_OF_JPEG, &format).unwrap_err().to_string();
        assert!(reason(FrameFormat { photometric: "MONOCHROME1".into(), ..grey(4, 4, 8) }).contains("MONOCHROME1"));
        assert!(reason(colour(4, 4, "YBR_FULL")).contains("YBR_FULL of 8 bits"));
        assert!(reason(FrameFormat { signed: true, ..grey(4, 4, 8) }).contains("not signed MONOCHROME2"));
        let other = can_recode("1.2.840.10008.1.2.4.70", JPEG_XL_OF_JPEG, &grey(4, 4, 8));
        assert_eq!(other, Err(CodecError::Unsupported(JPEG_XL_OF_JPEG.into())));
        let format = grey(64, 64, 8);
        let samples = crate::Samples { bytes: picture(4096), bits_allocated: 8, photometric: "MONOCHROME2".into() };
        let of_samples = crate::encode("1.2.840.10008.1.2.4.110", &samples, &format).unwrap();
        let answer = recode(JPEG_XL_OF_JPEG, JPEG_BASELINE, &of_samples.bytes, &format);
        assert!(matches!(answer, Err(CodecError::CannotHold(_))), "{answer:?}");
    }

    #[test]
    fn broken_frames_are_refused() {
        let format = grey(64, 48, 8);
        let jpeg = encode_jpeg(64, 48, 1, &picture(64 * 48), 90).unwrap();
        for length in (0..jpeg.len() / 2).step_by(41) {
            assert!(recode(JPEG_BASELINE, JPEG_XL_OF_JPEG, &jpeg[..length], &format).is_err(), "{length}");
        }
        let made = recode(JPEG_BASELINE, JPEG_XL_OF_JPEG, &jpeg, &format).unwrap().bytes;
        for length in (0..made.len()).step_by(41) {
            assert!(recode(JPEG_XL_OF_JPEG, JPEG_BASELINE, &made[..length], &format).is_err(), "{length}");
        }
        for place in (0..made.len()).step_by(29) {
            let mut other = made.clone();
            other[place] ^= 0x55;
            // What it comes to is nobody's business, as long as it comes to an end.
            drop(recode(JPEG_XL_OF_JPEG, JPEG_BASELINE, &other, &format));
        }
    }
}

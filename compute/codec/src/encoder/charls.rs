//! CharLS' encoder behind a safe function. All `unsafe` code for JPEG-LS is here.
//!
//! The crate's own safe interface gives the encoder no room for samples that do not shrink, such as noise.

use std::ffi::CStr;
use std::ptr::NonNull;

use charls_sys as ls;

use crate::CodecError;

/// Bytes of marker segments, with room to spare.
const MARKERS: usize = 4096;

/// No sample takes more bits in the codestream than this many times its own (ISO 14495-1 §C.2.4.1.1: LIMIT).
const LARGEST_GROWTH: usize = 4;

/// What is compressed, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) columns: u32,
    pub(super) rows: u32,
    /// Bits of a sample, 2 to 16.
    pub(super) precision: u32,
    /// Samples of a pixel; more than one are interleaved by pixel, and by line in the codestream.
    pub(super) components: usize,
    /// Largest difference of a sample.
    pub(super) near: u8,
}

/// Compresses samples: bytes up to 8 bits, words in the machine's order above.
pub(super) fn compress(frame: Frame, samples: &[u8]) -> Result<Vec<u8>, CodecError> {
    let width = if frame.precision <= 8 { 1 } else { 2 };
    if samples.len() as u64 != u64::from(frame.columns) * u64::from(frame.rows) * (frame.components * width) as u64 {
        return Err(CodecError::broken("the samples do not fill the picture"));
    }
    // Hardly ever is the first too small.
    let sizes = [samples.len() + samples.len() / 8, samples.len() * LARGEST_GROWTH];
    let mut result = Err(ls::charls_jpegls_errc_destination_buffer_too_small);
    for size in sizes {
        result = attempt(frame, samples, size + MARKERS);
        if result != Err(ls::charls_jpegls_errc_destination_buffer_too_small) {
            break;
        }
    }
    result.map_err(|code| {
        // SAFETY: the library gives a string of its own that ends with NUL, for any number.
        let words = unsafe { CStr::from_ptr(ls::charls_get_error_message(code)) };
        CodecError::broken(format!("JPEG-LS: {}", words.to_string_lossy()))
    })
}

fn attempt(frame: Frame, samples: &[u8], room: usize) -> Result<Vec<u8>, ls::charls_jpegls_errc> {
    let encoder = Encoder::new()?;
    let info = ls::charls_frame_info {
        width: frame.columns,
        height: frame.rows,
        bits_per_sample: frame.precision as i32,
        component_count: frame.components as i32,
    };
    let interleave = match frame.components {
        1 => ls::charls_interleave_mode_none,
        _ => ls::charls_interleave_mode_line,
    };
    let mut out = vec![0_u8; room];
    let mut written = 0;
    // SAFETY: the encoder is live; `info`, `out` and `samples` outlive the calls, and their lengths are given. The caller has
    // compared the number of samples with the size of the frame; stride 0 means rows without gaps.
    unsafe {
        let it = encoder.0.as_ptr();
        done(ls::charls_jpegls_encoder_set_frame_info(it, &info))?;
        done(ls::charls_jpegls_encoder_set_near_lossless(it, i32::from(frame.near)))?;
        done(ls::charls_jpegls_encoder_set_interleave_mode(it, interleave))?;
        done(ls::charls_jpegls_encoder_set_destination_buffer(it, out.as_mut_ptr().cast(), out.len()))?;
        done(ls::charls_jpegls_encoder_encode_from_buffer(it, samples.as_ptr().cast(), samples.len(), 0))?;
        done(ls::charls_jpegls_encoder_get_bytes_written(it, &mut written))?;
    }
    out.truncate(written);
    Ok(out)
}

struct Encoder(NonNull<ls::charls_jpegls_encoder>);

impl Encoder {
    fn new() -> Result<Self, ls::charls_jpegls_errc> {
        // SAFETY: takes nothing; null is the only failure and is checked.
        let encoder = NonNull::new(unsafe { ls::charls_jpegls_encoder_create() });
        encoder.map(Self).ok_or(ls::charls_jpegls_errc_not_enough_memory)
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: made by the constructor, destroyed once.
        unsafe { ls::charls_jpegls_encoder_destroy(self.0.as_ptr()) }
    }
}

fn done(code: ls::charls_jpegls_errc) -> Result<(), ls::charls_jpegls_errc> {
    if code == 0 { Ok(()) } else { Err(code) }
}

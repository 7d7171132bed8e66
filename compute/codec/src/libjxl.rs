//! libjxl's encoder behind safe functions. All `unsafe` code for JPEG XL is here, and `libjxl.c`.

use std::ffi::{c_int, c_void};

use crate::CodecError;

/// What is compressed, and how; as `libjxl_picture` in libjxl.c.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(crate) struct Picture {
    pub(crate) columns: u32,
    pub(crate) rows: u32,
    /// Samples of a pixel: 1 (grey) or 3 (RGB), interleaved.
    pub(crate) components: u32,
    /// Bits of a sample that the codestream speaks of.
    pub(crate) precision: u32,
    /// What may be lost: 1 is what an eye just notices.
    pub(crate) distance: f32,
}

type Sink = unsafe extern "C" fn(*mut c_void, *const u8, usize);

unsafe extern "C" {
    fn libjxl_encode(
        picture: *const Picture,
        samples: *const f32,
        length: usize,
        sink: Sink,
        user: *mut c_void,
    ) -> c_int;
    fn libjxl_recompress(jpeg: *const u8, length: usize, sink: Sink, user: *mut c_void) -> c_int;
}

/// Compresses samples, each between 0 (black) and 1.
pub(crate) fn compress(picture: &Picture, samples: &[f32]) -> Result<Vec<u8>, CodecError> {
    let count = u64::from(picture.columns) * u64::from(picture.rows) * u64::from(picture.components);
    if count == 0 || samples.len() as u64 != count || !matches!(picture.components, 1 | 3) {
        return Err(CodecError::broken("the samples do not fill the picture"));
    }
    let mut frame: Vec<u8> = Vec::new();
    // SAFETY: there are as many samples as the picture says and their length in bytes is given; picture, samples and frame
    // outlive the call, and the frame is what `take` expects.
    let code = unsafe {
        let length = size_of_val(samples);
        libjxl_encode(picture, samples.as_ptr(), length, take, (&raw mut frame).cast())
    };
    if code == 0 { Ok(frame) } else { Err(CodecError::broken(format!("JPEG XL: the encoder failed with {code}"))) }
}

/// Compresses a JPEG frame so that it can be made again bit for bit, in a container.
pub(crate) fn recompress(jpeg: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut frame: Vec<u8> = Vec::new();
    // SAFETY: pointer and length are those of `jpeg`, which outlives the call as `frame` does.
    let code = unsafe { libjxl_recompress(jpeg.as_ptr(), jpeg.len(), take, (&raw mut frame).cast()) };
    if code == 0 {
        return Ok(frame);
    }
    Err(CodecError::CannotHold(format!("JPEG XL does not hold this kind of JPEG (libjxl: {code})")))
}

unsafe extern "C" fn take(frame: *mut c_void, bytes: *const u8, length: usize) {
    // SAFETY: called with the frame of `compress` or `recompress` and a buffer of `length` bytes.
    unsafe { (*frame.cast::<Vec<u8>>()).extend_from_slice(std::slice::from_raw_parts(bytes, length)) }
}

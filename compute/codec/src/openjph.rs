//! OpenJPH's encoder behind a safe function. All `unsafe` code for High-Throughput JPEG 2000 is here, and `openjph.cpp`.

use std::ffi::{CStr, c_char, c_int, c_void};

use crate::CodecError;

/// What is compressed, and how; as `openjph_request` in openjph.cpp.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(crate) struct Request {
    pub(crate) columns: u32,
    pub(crate) rows: u32,
    pub(crate) components: u32,
    /// Bits of a sample, sign included.
    pub(crate) precision: u32,
    /// Halvings of the picture.
    pub(crate) levels: u32,
    pub(crate) signed: bool,
    /// Through the colour transform of the codec.
    pub(crate) transform: bool,
    /// Step of quantisation, as a part of the range of samples; 0 without loss.
    pub(crate) step: f32,
}

unsafe extern "C" {
    fn openjph_encode(
        request: *const Request,
        planes: *const *const i32,
        sink: unsafe extern "C" fn(*mut c_void, *const u8, usize),
        user: *mut c_void,
        words: *mut c_char,
        room: usize,
    ) -> c_int;
}

/// Compresses planes, each of columns × rows values.
pub(crate) fn compress(request: &Request, planes: &[Vec<i32>]) -> Result<Vec<u8>, CodecError> {
    let pixels = request.columns as usize * request.rows as usize;
    let full = planes.len() == request.components as usize && planes.iter().all(|plane| plane.len() == pixels);
    if pixels == 0 || !full {
        return Err(CodecError::broken("the samples do not fill the picture"));
    }
    let pointers: Vec<*const i32> = planes.iter().map(|plane| plane.as_ptr()).collect();
    let mut frame: Vec<u8> = Vec::new();
    let mut words = [0; 256];
    // SAFETY: there are as many pointers as components, each to columns × rows values; request, planes, frame and words
    // outlive the call; the function catches all exceptions and ends the words with NUL.
    let code = unsafe {
        let user = (&raw mut frame).cast();
        openjph_encode(request, pointers.as_ptr(), take, user, words.as_mut_ptr(), words.len())
    };
    if code == 0 {
        return Ok(frame);
    }
    // SAFETY: the words are initialised and end with NUL.
    let words = unsafe { CStr::from_ptr(words.as_ptr()) };
    Err(CodecError::broken(format!("High-Throughput JPEG 2000: {}", words.to_string_lossy())))
}

unsafe extern "C" fn take(frame: *mut c_void, bytes: *const u8, length: usize) {
    // SAFETY: called with the user data of `compress` and a buffer of `length` bytes.
    unsafe { (*frame.cast::<Vec<u8>>()).extend_from_slice(std::slice::from_raw_parts(bytes, length)) }
}

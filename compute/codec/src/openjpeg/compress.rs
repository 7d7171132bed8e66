//! Samples into a JPEG 2000 codestream.

use std::ffi::c_void;
use std::{mem, ptr};

use openjpeg_sys as opj;

use super::remember;
use crate::CodecError;

/// What is compressed, and how.
pub(crate) struct Picture {
    pub(crate) columns: u32,
    pub(crate) rows: u32,
    /// Bits of a sample, sign included.
    pub(crate) precision: u32,
    pub(crate) signed: bool,
    /// Through the colour transform of the codec.
    pub(crate) transform: bool,
    /// With the irreversible wavelet.
    pub(crate) lossy: bool,
    /// Down to this peak signal-to-noise ratio in dB; everything is kept when `None`.
    pub(crate) quality: Option<f32>,
    /// One component after the other, each of columns × rows values.
    pub(crate) planes: Vec<Vec<i32>>,
}

/// Most resolutions, as many as the library makes by itself.
const RESOLUTIONS: u32 = 6;

/// Compresses into one tile and one layer: a bare codestream, as PS3.5 §A.4.4 wants it.
pub(crate) fn compress(picture: &Picture) -> Result<Vec<u8>, CodecError> {
    let pixels = picture.columns as usize * picture.rows as usize;
    if pixels == 0 || picture.planes.iter().any(|plane| plane.len() != pixels) {
        return Err(CodecError::broken("the samples do not fill the picture"));
    }
    Encoder::new(picture)?.run()
}

/// What the stream callbacks write to.
#[derive(Default)]
struct Sink {
    bytes: Vec<u8>,
    at: usize,
}

/// The library's objects and what they point to.
struct Encoder {
    codec: *mut opj::opj_codec_t,
    stream: *mut opj::opj_stream_t,
    image: *mut opj::opj_image_t,
    // Boxed: the library keeps pointers to both, which must not move with `self`.
    sink: *mut Sink,
    words: *mut String,
}

impl Encoder {
    fn new(picture: &Picture) -> Result<Self, CodecError> {
        let sink = Box::into_raw(Box::new(Sink::default()));
        let words = Box::into_raw(Box::new(String::new()));
        // SAFETY: the constructors may give null, which is checked before use; `Drop` frees what is not null.
        let encoder = unsafe {
            Self {
                codec: opj::opj_create_compress(opj::CODEC_FORMAT::OPJ_CODEC_J2K),
                stream: opj::opj_stream_create(1 << 16, 0),
                image: image(picture),
                sink,
                words,
            }
        };
        if encoder.codec.is_null() || encoder.stream.is_null() || encoder.image.is_null() {
            return Err(CodecError::broken("OpenJPEG has no memory"));
        }
        // SAFETY: all three are live; the image has as many components as the picture has planes, each of columns × rows
        // values, which is what the planes hold; sink and words live as long as the encoder.
        let done = unsafe {
            for (component, plane) in picture.planes.iter().enumerate() {
                let data = (*(*encoder.image).comps.add(component)).data;
                ptr::copy_nonoverlapping(plane.as_ptr(), data, plane.len());
            }
            opj::opj_set_error_handler(encoder.codec, Some(remember), words.cast());
            opj::opj_stream_set_user_data(encoder.stream, sink.cast(), None);
            opj::opj_stream_set_write_function(encoder.stream, Some(write));
            opj::opj_stream_set_skip_function(encoder.stream, Some(skip));
            opj::opj_stream_set_seek_function(encoder.stream, Some(seek));
            opj::opj_setup_encoder(encoder.codec, &mut parameters(picture), encoder.image) == 1
        };
        if done { Ok(encoder) } else { Err(encoder.broken()) }
    }

    fn run(self) -> Result<Vec<u8>, CodecError> {
        // SAFETY: all three are live and set up.
        let done = unsafe {
            opj::opj_start_compress(self.codec, self.image, self.stream) == 1
                && opj::opj_encode(self.codec, self.stream) == 1
                && opj::opj_end_compress(self.codec, self.stream) == 1
        };
        if !done {
            return Err(self.broken());
        }
        // SAFETY: made by `Box::into_raw`, freed only by drop; no call into the library is in progress.
        Ok(mem::take(unsafe { &mut (*self.sink).bytes }))
    }

    fn broken(&self) -> CodecError {
        // SAFETY: as in `run`.
        let words = unsafe { &*self.words };
        CodecError::broken(if words.is_empty() { "JPEG 2000: the encoder gave up" } else { words.as_str() })
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: each was made by its constructor or is null, and is freed once; the boxes last, because the library's
        // objects point to them.
        unsafe {
            if !self.image.is_null() {
                opj::opj_image_destroy(self.image);
            }
            if !self.stream.is_null() {
                opj::opj_stream_destroy(self.stream);
            }
            if !self.codec.is_null() {
                opj::opj_destroy_codec(self.codec);
            }
            drop(Box::from_raw(self.sink));
            drop(Box::from_raw(self.words));
        }
    }
}

/// An image of the picture's size, its values not yet set; null without memory.
///
/// # Safety
/// The result is to be destroyed once.
unsafe fn image(picture: &Picture) -> *mut opj::opj_image_t {
    // SAFETY: the structure is plain numbers.
    let mut component: opj::opj_image_cmptparm_t = unsafe { mem::zeroed() };
    (component.dx, component.dy) = (1, 1);
    (component.w, component.h) = (picture.columns, picture.rows);
    (component.prec, component.bpp) = (picture.precision, picture.precision);
    component.sgnd = u32::from(picture.signed);
    let mut components = vec![component; picture.planes.len()];
    let space = match components.len() {
        1 => opj::OPJ_COLOR_SPACE::OPJ_CLRSPC_GRAY,
        _ => opj::OPJ_COLOR_SPACE::OPJ_CLRSPC_SRGB,
    };
    // SAFETY: pointer and number are those of the vector; the library copies what it needs.
    unsafe {
        let image = opj::opj_image_create(components.len() as u32, components.as_mut_ptr(), space);
        if let Some(image) = image.as_mut() {
            (image.x1, image.y1) = (picture.columns, picture.rows);
        }
        image
    }
}

fn parameters(picture: &Picture) -> opj::opj_cparameters_t {
    // SAFETY: the structure is plain numbers and pointers that may be null; the library fills all of it.
    let mut parameters = unsafe {
        let mut parameters: opj::opj_cparameters_t = mem::zeroed();
        opj::opj_set_default_encoder_parameters(&mut parameters);
        parameters
    };
    parameters.tcp_numlayers = 1;
    match picture.quality {
        Some(quality) => {
            parameters.cp_fixed_quality = 1;
            parameters.tcp_distoratio[0] = quality;
        }
        None => parameters.cp_disto_alloc = 1,
    }
    parameters.irreversible = i32::from(picture.lossy);
    parameters.tcp_mct = picture.transform.into();
    // The smallest resolution has to have a pixel.
    let most = picture.columns.min(picture.rows).ilog2() + 1;
    parameters.numresolution = most.min(RESOLUTIONS) as i32;
    parameters
}

unsafe extern "C" fn write(buffer: *mut c_void, length: usize, sink: *mut c_void) -> usize {
    // SAFETY: the library passes the user data of `new` and a buffer of `length` bytes.
    unsafe {
        let sink = &mut *sink.cast::<Sink>();
        let bytes = std::slice::from_raw_parts(buffer.cast::<u8>(), length);
        let end = sink.at + length;
        if sink.bytes.len() < end {
            sink.bytes.resize(end, 0);
        }
        sink.bytes[sink.at..end].copy_from_slice(bytes);
        sink.at = end;
        length
    }
}

unsafe extern "C" fn skip(length: i64, sink: *mut c_void) -> i64 {
    // SAFETY: as in `write`.
    let sink = unsafe { &mut *sink.cast::<Sink>() };
    let Ok(count) = usize::try_from(length) else { return -1 };
    sink.at += count;
    length
}

unsafe extern "C" fn seek(place: i64, sink: *mut c_void) -> opj::OPJ_BOOL {
    // SAFETY: as in `write`.
    let sink = unsafe { &mut *sink.cast::<Sink>() };
    match usize::try_from(place) {
        Ok(place) => {
            sink.at = place;
            1
        }
        Err(_) => 0,
    }
}

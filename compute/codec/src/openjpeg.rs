//! OpenJPEG behind a safe decoder of one codestream in memory. All `unsafe` code for JPEG 2000 is here and in `compress`.

mod compress;

use std::ffi::{CStr, c_char, c_void};
use std::{ptr, slice};

use openjpeg_sys as opj;

use crate::CodecError;

pub(crate) use compress::{Picture, compress};

/// Magic bytes of a JP2 container (ISO 15444-1 Annex I).
const JP2: &[u8] = b"\0\0\0\x0cjP  \r\n\x87\n";

/// Size of an image as its header declares it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) components: u32,
}

/// One decoded component; `values.len()` is `width * height`.
pub(crate) struct Component<'a> {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Pixels of the image that share one value, horizontally; at least 1.
    pub(crate) dx: usize,
    /// The same vertically.
    pub(crate) dy: usize,
    pub(crate) values: &'a [i32],
}

/// What the stream callbacks read from.
struct Source<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A decoder that has read the header and can decode once. Owns the library's objects and what they point to.
pub(crate) struct Decoder<'a> {
    codec: *mut opj::opj_codec_t,
    stream: *mut opj::opj_stream_t,
    image: *mut opj::opj_image_t,
    // Boxed: the library keeps pointers to both, which must not move with `self`.
    _source: *mut Source<'a>,
    words: *mut String,
}

impl<'a> Decoder<'a> {
    /// Reads the header of `frame`.
    pub(crate) fn open(frame: &'a [u8]) -> Result<Self, CodecError> {
        let format =
            if frame.starts_with(JP2) { opj::CODEC_FORMAT::OPJ_CODEC_JP2 } else { opj::CODEC_FORMAT::OPJ_CODEC_J2K };
        let source = Box::into_raw(Box::new(Source { bytes: frame, at: 0 }));
        let words = Box::into_raw(Box::new(String::new()));
        // SAFETY: both constructors may give null, which is checked before use; `Drop` frees what is not null.
        let mut decoder = unsafe {
            Self {
                codec: opj::opj_create_decompress(format),
                stream: opj::opj_stream_create(1 << 16, 1),
                image: ptr::null_mut(),
                _source: source,
                words,
            }
        };
        if decoder.codec.is_null() || decoder.stream.is_null() {
            return Err(CodecError::broken("OpenJPEG has no memory"));
        }
        decoder.read_header(frame.len())?;
        Ok(decoder)
    }

    fn read_header(&mut self, length: usize) -> Result<(), CodecError> {
        // SAFETY: codec and stream are live. The stream's user data is `_source`, the handler's is `words`; both live
        // until `Drop` has destroyed stream and codec. The parameters are a plain structure that the first call fills.
        let done = unsafe {
            opj::opj_stream_set_user_data(self.stream, self._source.cast(), None);
            opj::opj_stream_set_user_data_length(self.stream, length as u64);
            opj::opj_stream_set_read_function(self.stream, Some(read));
            opj::opj_stream_set_skip_function(self.stream, Some(skip));
            opj::opj_stream_set_seek_function(self.stream, Some(seek));
            opj::opj_set_error_handler(self.codec, Some(remember), self.words.cast());
            let mut parameters: opj::opj_dparameters_t = std::mem::zeroed();
            opj::opj_set_default_decoder_parameters(&mut parameters);
            opj::opj_setup_decoder(self.codec, &mut parameters) == 1
                && opj::opj_read_header(self.stream, self.codec, &mut self.image) == 1
                && !self.image.is_null()
        };
        if done { Ok(()) } else { Err(self.broken()) }
    }

    /// Size of the image area.
    pub(crate) fn size(&self) -> Size {
        // SAFETY: `open` succeeded, so the image is not null and lives until drop.
        let image = unsafe { &*self.image };
        Size {
            width: image.x1.saturating_sub(image.x0),
            height: image.y1.saturating_sub(image.y0),
            components: image.numcomps,
        }
    }

    /// Bits of the deepest component.
    pub(crate) fn precision(&self) -> u32 {
        self.raw_components().iter().map(|component| component.prec).max().unwrap_or(0)
    }

    /// Decodes all components. The caller has compared [`Self::size`] with what it expects.
    pub(crate) fn decode(&mut self) -> Result<Vec<Component<'_>>, CodecError> {
        // SAFETY: all three are live; the header has been read.
        let done = unsafe {
            opj::opj_decode(self.codec, self.stream, self.image) == 1
                && opj::opj_end_decompress(self.codec, self.stream) == 1
        };
        if !done {
            return Err(self.broken());
        }
        self.raw_components()
            .iter()
            .map(|component| {
                let (width, height) = (component.w as usize, component.h as usize);
                // A codestream without tiles "succeeds" without values.
                if component.data.is_null() || width == 0 || height == 0 {
                    return Err(CodecError::broken("JPEG 2000: a component has no samples"));
                }
                // SAFETY: after a successful decode the library's buffer holds w × h values; it lives as long as the
                // image, which `self` keeps.
                let values = unsafe { slice::from_raw_parts(component.data, width * height) };
                let (dx, dy) = (component.dx.max(1) as usize, component.dy.max(1) as usize);
                Ok(Component { width, height, dx, dy, values })
            })
            .collect()
    }

    fn raw_components(&self) -> &[opj::opj_image_comp_t] {
        // SAFETY: the image is live; `comps` holds `numcomps` elements or is null.
        unsafe {
            let image = &*self.image;
            if image.comps.is_null() { &[] } else { slice::from_raw_parts(image.comps, image.numcomps as usize) }
        }
    }

    fn broken(&self) -> CodecError {
        // SAFETY: made by `Box::into_raw`, freed only by drop; no call into the library is in progress.
        let words = unsafe { &*self.words };
        CodecError::broken(if words.is_empty() { "JPEG 2000: the codestream is broken" } else { words.as_str() })
    }
}

impl Drop for Decoder<'_> {
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
            drop(Box::from_raw(self._source));
            drop(Box::from_raw(self.words));
        }
    }
}

/// End of the stream, as OpenJPEG wants it.
const END: usize = usize::MAX;

unsafe extern "C" fn read(buffer: *mut c_void, length: usize, source: *mut c_void) -> usize {
    // SAFETY: the library passes the user data of `read_header` and a buffer of `length` bytes.
    unsafe {
        let source = &mut *source.cast::<Source<'_>>();
        let rest = &source.bytes[source.at..];
        let count = rest.len().min(length);
        if count == 0 {
            return END;
        }
        ptr::copy_nonoverlapping(rest.as_ptr(), buffer.cast(), count);
        source.at += count;
        count
    }
}

unsafe extern "C" fn skip(length: i64, source: *mut c_void) -> i64 {
    // SAFETY: as in `read`.
    let source = unsafe { &mut *source.cast::<Source<'_>>() };
    let Ok(length) = usize::try_from(length) else { return -1 };
    let count = length.min(source.bytes.len() - source.at);
    if count == 0 && length > 0 {
        return -1;
    }
    source.at += count;
    count as i64
}

unsafe extern "C" fn seek(place: i64, source: *mut c_void) -> opj::OPJ_BOOL {
    // SAFETY: as in `read`.
    let source = unsafe { &mut *source.cast::<Source<'_>>() };
    match usize::try_from(place) {
        Ok(place) if place <= source.bytes.len() => {
            source.at = place;
            1
        }
        _ => 0,
    }
}

/// Keeps the first error message.
unsafe extern "C" fn remember(message: *const c_char, words: *mut c_void) {
    // SAFETY: the library passes a string that ends with NUL and the user data of `read_header`.
    unsafe {
        let words = &mut *words.cast::<String>();
        if words.is_empty() {
            *words = format!("JPEG 2000: {}", CStr::from_ptr(message).to_string_lossy().trim());
        }
    }
}

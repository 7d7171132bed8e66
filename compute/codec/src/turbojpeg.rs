//! libjpeg-turbo's TurboJPEG interface behind safe functions. All `unsafe` code for JPEG is here
//! and in `compress`.

mod compress;

use std::ffi::{CStr, c_int};

use turbojpeg_sys as tj;

use crate::CodecError;

pub(crate) use compress::{Lossy, compress_lossless, compress8, compress12};

/// How pixels are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One sample per pixel.
    Grey,
    /// Three samples per pixel, interleaved.
    Rgb,
}

impl Layout {
    fn samples(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
        }
    }

    fn pixel_format(self) -> c_int {
        match self {
            Self::Grey => tj::TJPF_TJPF_GRAY as c_int,
            Self::Rgb => tj::TJPF_TJPF_RGB as c_int,
        }
    }
}

/// Most scans of a progressive frame: real ones have about ten, a crafted one can have thousands.
const MOST_SCANS: c_int = 200;

/// A TurboJPEG instance.
struct Instance(tj::tjhandle);

impl Instance {
    fn new(kind: tj::TJINIT) -> Result<Self, CodecError> {
        // SAFETY: takes a plain number; a null handle is the only failure and is checked.
        let handle = unsafe { tj::tj3Init(kind as c_int) };
        if handle.is_null() { Err(CodecError::broken("libjpeg-turbo has no memory")) } else { Ok(Self(handle)) }
    }

    fn set(&self, parameter: tj::TJPARAM, value: c_int) -> Result<(), CodecError> {
        // SAFETY: the handle is live until drop; both arguments are plain numbers, checked by the library.
        self.check(unsafe { tj::tj3Set(self.0, parameter as c_int, value) })
    }

    fn get(&self, parameter: tj::TJPARAM) -> c_int {
        // SAFETY: as in `set`.
        unsafe { tj::tj3Get(self.0, parameter as c_int) }
    }

    /// Turns a return code into a result. Warnings (odd bytes between segments and the like) pass, except for missing data.
    fn check(&self, code: c_int) -> Result<(), CodecError> {
        if code == 0 {
            return Ok(());
        }
        // SAFETY: the handle is live; the string belongs to it, ends with NUL and is copied before the next call.
        let (words, warning) = unsafe {
            let words = CStr::from_ptr(tj::tj3GetErrorStr(self.0)).to_string_lossy().into_owned();
            (words, tj::tj3GetErrorCode(self.0) == tj::TJERR_TJERR_WARNING as c_int)
        };
        if warning && !words.contains("remature end") { Ok(()) } else { Err(CodecError::Broken(words)) }
    }

    /// Reads the header and prepares for decompression into exactly `size`.
    fn prepare(&self, frame: &[u8], size: (u32, u32)) -> Result<(), CodecError> {
        self.set(tj::TJPARAM_TJPARAM_SCANLIMIT, MOST_SCANS)?;
        // SAFETY: pointer and length are those of `frame`, which outlives the call.
        self.check(unsafe { tj::tj3DecompressHeader(self.0, frame.as_ptr(), frame.len() as tj::size_t) })?;
        let found = (self.get(tj::TJPARAM_TJPARAM_JPEGWIDTH), self.get(tj::TJPARAM_TJPARAM_JPEGHEIGHT));
        if (i64::from(found.0), i64::from(found.1)) != (i64::from(size.0), i64::from(size.1)) {
            return Err(CodecError::broken("JPEG: two frame headers contradict each other"));
        }
        Ok(())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: made by tj3Init, destroyed once.
        unsafe { tj::tj3Destroy(self.0) }
    }
}

/// One function for each sample width of the library.
macro_rules! decompress {
    ($name:ident, $call:ident, $sample:ty, $doc:literal) => {
        #[doc = $doc]
        pub(crate) fn $name(frame: &[u8], size: (u32, u32), layout: Layout) -> Result<Vec<$sample>, CodecError> {
            let instance = Instance::new(tj::TJINIT_TJINIT_DECOMPRESS)?;
            instance.prepare(frame, size)?;
            let mut samples = vec![0; size.0 as usize * size.1 as usize * layout.samples()];
            // SAFETY: source pointer and length are those of `frame`. The destination has width × height × samples
            // elements for the size that `prepare` found in the header; pitch 0 means rows without gaps.
            let code = unsafe {
                tj::$call(
                    instance.0,
                    frame.as_ptr(),
                    frame.len() as tj::size_t,
                    samples.as_mut_ptr(),
                    0,
                    layout.pixel_format(),
                )
            };
            instance.check(code)?;
            Ok(samples)
        }
    };
}

decompress!(decompress8, tj3Decompress8, u8, "Decompresses a frame of at most 8 bits.");
decompress!(decompress12, tj3Decompress12, i16, "Decompresses a frame of 9 to 12 bits.");
decompress!(decompress16, tj3Decompress16, u16, "Decompresses a frame of 13 to 16 bits (lossless only).");

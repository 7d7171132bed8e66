//! Samples into JPEG.

use std::ffi::c_int;
use std::ptr;

use turbojpeg_sys as tj;

use super::{Instance, Layout};
use crate::CodecError;

/// How a lossy frame is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lossy {
    /// 1 to 100.
    pub(crate) quality: u8,
    /// Two pixels in a row share their chrominance.
    pub(crate) shared_chrominance: bool,
}

/// A compressor of a picture of a certain size.
struct Compressor {
    instance: Instance,
    width: c_int,
    height: c_int,
    layout: Layout,
}

impl Compressor {
    /// `count` samples are to fill the picture.
    fn new(size: (u32, u32), layout: Layout, count: usize) -> Result<Self, CodecError> {
        let wrong = || CodecError::broken("the samples do not fill the picture");
        let side = |side: u32| c_int::try_from(side).map_err(|_| wrong());
        if count as u64 != u64::from(size.0) * u64::from(size.1) * layout.samples() as u64 {
            return Err(wrong());
        }
        let instance = Instance::new(tj::TJINIT_TJINIT_COMPRESS)?;
        Ok(Self { instance, width: side(size.0)?, height: side(size.1)?, layout })
    }

    /// Runs one of the library's functions, which allocates what it writes.
    fn run(&self, call: impl FnOnce(&Self, *mut *mut u8, *mut tj::size_t) -> c_int) -> Result<Vec<u8>, CodecError> {
        let mut jpeg: *mut u8 = ptr::null_mut();
        let mut length = 0;
        let code = call(self, &mut jpeg, &mut length);
        let result = self.instance.check(code).map(|()| {
            // SAFETY: on success the library has written `length` bytes at `jpeg`.
            unsafe { std::slice::from_raw_parts(jpeg, length as usize) }.to_vec()
        });
        // SAFETY: allocated by the library or null; not used after this.
        unsafe { tj::tj3Free(jpeg.cast()) };
        result
    }
}

/// Compresses 8-bit samples; colour as YCbCr.
pub(crate) fn compress8(size: (u32, u32), layout: Layout, samples: &[u8], how: Lossy) -> Result<Vec<u8>, CodecError> {
    let compressor = Compressor::new(size, layout, samples.len())?;
    let subsampling = match layout {
        Layout::Grey => tj::TJSAMP_TJSAMP_GRAY,
        Layout::Rgb if how.shared_chrominance => tj::TJSAMP_TJSAMP_422,
        Layout::Rgb => tj::TJSAMP_TJSAMP_444,
    };
    compressor.instance.set(tj::TJPARAM_TJPARAM_SUBSAMP, subsampling as c_int)?;
    compressor.instance.set(tj::TJPARAM_TJPARAM_QUALITY, c_int::from(how.quality.clamp(1, 100)))?;
    compressor.run(|it, jpeg, length| {
        let (handle, format) = (it.instance.0, it.layout.pixel_format());
        // SAFETY: the source holds width × height × samples bytes (checked by `new`), pitch 0 means rows without gaps;
        // with a null buffer the library allocates one.
        unsafe { tj::tj3Compress8(handle, samples.as_ptr(), it.width, 0, it.height, format, jpeg, length) }
    })
}

/// Compresses grey samples of 12 bits.
pub(crate) fn compress12(
    size: (u32, u32),
    samples: impl Iterator<Item = u32>,
    quality: u8,
) -> Result<Vec<u8>, CodecError> {
    let samples: Vec<i16> = samples.map(|sample| sample as i16).collect();
    let compressor = Compressor::new(size, Layout::Grey, samples.len())?;
    compressor.instance.set(tj::TJPARAM_TJPARAM_PRECISION, 12)?;
    compressor.instance.set(tj::TJPARAM_TJPARAM_SUBSAMP, tj::TJSAMP_TJSAMP_GRAY as c_int)?;
    compressor.instance.set(tj::TJPARAM_TJPARAM_QUALITY, c_int::from(quality.clamp(1, 100)))?;
    compressor.run(|it, jpeg, length| {
        let (handle, format) = (it.instance.0, it.layout.pixel_format());
        // SAFETY: as in `compress8`.
        unsafe { tj::tj3Compress12(handle, samples.as_ptr(), it.width, 0, it.height, format, jpeg, length) }
    })
}

/// Compresses samples of 2 to 16 bits without loss: Process 14, Selection Value 1, no colour transform.
pub(crate) fn compress_lossless(
    size: (u32, u32),
    layout: Layout,
    precision: u32,
    samples: impl Iterator<Item = u32>,
) -> Result<Vec<u8>, CodecError> {
    macro_rules! run {
        ($call:ident, $sample:ty) => {{
            let samples: Vec<$sample> = samples.map(|sample| sample as $sample).collect();
            let compressor = Compressor::new(size, layout, samples.len())?;
            compressor.instance.set(tj::TJPARAM_TJPARAM_LOSSLESS, 1)?;
            compressor.instance.set(tj::TJPARAM_TJPARAM_LOSSLESSPSV, 1)?;
            compressor.instance.set(tj::TJPARAM_TJPARAM_PRECISION, precision as c_int)?;
            compressor.run(|it, jpeg, length| {
                let (handle, format) = (it.instance.0, it.layout.pixel_format());
                // SAFETY: as in `compress8`.
                unsafe { tj::$call(handle, samples.as_ptr(), it.width, 0, it.height, format, jpeg, length) }
            })
        }};
    }
    match precision {
        ..=8 => run!(tj3Compress8, u8),
        9..=12 => run!(tj3Compress12, i16),
        _ => run!(tj3Compress16, u16),
    }
}

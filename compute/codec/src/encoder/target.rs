//! The transfer syntaxes that frames can be encoded in, and what each can hold (PS3.5 §8.2, Tables 8.2.1-1 to 8.2.15-1).

use crate::{CodecError, FrameFormat};

/// How an encoder is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Process {
    /// RLE Lossless (PS3.5 Annex G).
    Rle,
    /// Deflated Image Frame Compression (PS3.5 §A.4.12).
    DeflatedFrame,
    /// JPEG Process 1.
    JpegBaseline,
    /// JPEG Process 4.
    JpegExtended,
    /// JPEG Process 14, Selection Value 1.
    JpegLossless,
    /// JPEG-LS.
    JpegLs {
        /// Largest difference of a sample; 0 is lossless.
        near: u8,
    },
    /// JPEG 2000.
    Jpeg2000 {
        /// With the irreversible wavelet.
        lossy: bool,
    },
    /// High-Throughput JPEG 2000.
    HighThroughput {
        /// Which of its three transfer syntaxes.
        form: Form,
    },
    /// JPEG XL, lossless.
    JpegXl,
    /// JPEG XL of JPEG, which is no matter of samples: [`crate::recode`] does it.
    JpegXlOfJpeg,
    /// JPEG XL, lossy.
    JpegXlLossy,
}

/// The three transfer syntaxes of High-Throughput JPEG 2000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Lossless.
    Lossless,
    /// Lossless, resolution by resolution in tile parts, with a table of them.
    LosslessByResolution,
    /// With the irreversible wavelet.
    Lossy,
}

/// Largest difference of a sample in JPEG-LS Lossy: in no image is that to be seen, and it halves most of them.
const NEAR: u8 = 2;

/// Bytes that the encoder of JPEG XL takes for each pixel, about: it holds the whole image in several forms.
const BYTES_OF_PIXEL: u64 = 64;

/// Largest image for lossy JPEG XL: 2 GiB of them.
const MOST_PIXELS: usize = 1 << 25;

/// Transfer Syntax UIDs that [`super::encode`] can write, with the process of each.
const PROCESSES: [(&str, Process); 16] = [
    ("1.2.840.10008.1.2.5", Process::Rle),
    ("1.2.840.10008.1.2.8.1", Process::DeflatedFrame),
    ("1.2.840.10008.1.2.4.50", Process::JpegBaseline),
    ("1.2.840.10008.1.2.4.51", Process::JpegExtended),
    ("1.2.840.10008.1.2.4.57", Process::JpegLossless),
    ("1.2.840.10008.1.2.4.70", Process::JpegLossless),
    ("1.2.840.10008.1.2.4.80", Process::JpegLs { near: 0 }),
    ("1.2.840.10008.1.2.4.81", Process::JpegLs { near: NEAR }),
    ("1.2.840.10008.1.2.4.90", Process::Jpeg2000 { lossy: false }),
    ("1.2.840.10008.1.2.4.91", Process::Jpeg2000 { lossy: true }),
    ("1.2.840.10008.1.2.4.110", Process::JpegXl),
    ("1.2.840.10008.1.2.4.111", Process::JpegXlOfJpeg),
    ("1.2.840.10008.1.2.4.112", Process::JpegXlLossy),
    ("1.2.840.10008.1.2.4.201", Process::HighThroughput { form: Form::Lossless }),
    ("1.2.840.10008.1.2.4.202", Process::HighThroughput { form: Form::LosslessByResolution }),
    ("1.2.840.10008.1.2.4.203", Process::HighThroughput { form: Form::Lossy }),
];

/// Transfer Syntax UIDs that frames can be encoded in.
pub const TARGETS: [&str; PROCESSES.len()] = {
    let mut uids = [""; PROCESSES.len()];
    let mut place = 0;
    while place < uids.len() {
        uids[place] = PROCESSES[place].0;
        place += 1;
    }
    uids
};

/// This Transfer Syntax UID, if frames can be encoded in it.
pub fn encodable(transfer_syntax: &str) -> Option<&'static str> {
    TARGETS.into_iter().find(|uid| *uid == transfer_syntax)
}

/// Lossy Image Compression Method (0028,2114) of a transfer syntax that is encoded with loss; `None` for the others
/// (PS3.3 §C.7.6.1.1.5.1).
pub fn lossy_method(transfer_syntax: &str) -> Option<&'static str> {
    match process(transfer_syntax)? {
        Process::JpegBaseline | Process::JpegExtended => Some("ISO_10918_1"),
        Process::JpegLs { near: 1.. } => Some("ISO_14495_1"),
        Process::Jpeg2000 { lossy: true } => Some("ISO_15444_1"),
        Process::HighThroughput { form: Form::Lossy } => Some("ISO_15444_15"),
        Process::JpegXlLossy => Some("ISO_18181_1"),
        _ => None,
    }
}

/// Memory in bytes that an encoder takes besides a few copies of the frame.
pub fn working_memory(transfer_syntax: &str, format: &FrameFormat) -> u64 {
    match process(transfer_syntax) {
        Some(Process::JpegXlLossy | Process::JpegXlOfJpeg) => format.pixels() as u64 * BYTES_OF_PIXEL,
        _ => 0,
    }
}

/// The process of a transfer syntax.
pub(super) fn process(transfer_syntax: &str) -> Option<Process> {
    PROCESSES.iter().find(|(uid, _)| *uid == transfer_syntax).map(|(_, process)| *process)
}

impl Process {
    /// Refuses frames for which the process has no room.
    pub(super) fn hold(self, format: &FrameFormat) -> Result<(), CodecError> {
        let refuse = |reason: String| Err(CodecError::CannotHold(format!("{} {reason}", self.name())));
        if self == Self::JpegXlOfJpeg {
            return refuse("is made of objects that are stored in JPEG Baseline alone".to_owned());
        }
        if !self.bits_allocated().contains(&format.bits_allocated) {
            return refuse(format!("cannot hold samples of {} Bits Allocated", format.bits_allocated));
        }
        if self == Self::JpegBaseline && (format.bits_stored != 8 || format.signed) {
            return refuse("holds unsigned samples of 8 Bits Stored alone".to_owned());
        }
        if self == Self::JpegExtended && (format.bits_stored != 12 || format.signed || format.samples != 1) {
            return refuse("holds unsigned grey samples of 12 Bits Stored alone".to_owned());
        }
        if self == Self::JpegXl && (format.rows < 2 || format.columns < 2) {
            return refuse("is not written here for images of one row or column".to_owned());
        }
        if self == Self::JpegXlLossy && format.pixels() > MOST_PIXELS {
            return refuse(format!("with loss is not written here for images of more than {MOST_PIXELS} pixels"));
        }
        let photometric = format.photometric.as_str();
        if self.is_lossy() && photometric == "PALETTE COLOR" {
            return refuse("would change indices of a palette".to_owned());
        }
        let known = match format.samples {
            1 => matches!(photometric, "MONOCHROME1" | "MONOCHROME2" | "PALETTE COLOR"),
            3 => matches!(photometric, "RGB" | "XYB") || photometric.starts_with("YBR_"),
            _ => false,
        };
        if !known {
            return refuse(format!("cannot hold {} samples of {photometric}", format.samples));
        }
        if format.samples == 3 && format.signed {
            return refuse("cannot hold colours with a sign".to_owned());
        }
        Ok(())
    }

    fn bits_allocated(self) -> &'static [u16] {
        match self {
            Self::DeflatedFrame => &[1, 8, 16, 32, 64],
            Self::Rle => &[8, 16, 32],
            Self::JpegBaseline => &[8],
            Self::JpegExtended => &[16],
            _ => &[8, 16],
        }
    }

    fn is_lossy(self) -> bool {
        match self {
            Self::JpegBaseline | Self::JpegExtended | Self::JpegXlLossy => true,
            Self::HighThroughput { form } => form == Form::Lossy,
            Self::JpegLs { near } => near > 0,
            Self::Jpeg2000 { lossy } => lossy,
            _ => false,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Rle => "RLE",
            Self::DeflatedFrame => "Deflated Image Frame Compression",
            Self::JpegBaseline => "JPEG Baseline",
            Self::JpegExtended => "JPEG Extended",
            Self::JpegLossless => "JPEG Lossless",
            Self::JpegLs { .. } => "JPEG-LS",
            Self::Jpeg2000 { .. } => "JPEG 2000",
            Self::HighThroughput { .. } => "High-Throughput JPEG 2000",
            Self::JpegXl | Self::JpegXlLossy => "JPEG XL",
            Self::JpegXlOfJpeg => "JPEG XL JPEG Recompression",
        }
    }
}

//! The frames of encapsulated Pixel Data, one after another, as native samples.

use std::sync::Arc;

use data_set::explicit::DecodedPixelData;
use data_set::{Frame, FrameIndex};

use super::bit_packer::BitPacker;
use super::origin::Origin;
use crate::Error;
use crate::render::{Image, decode};

/// Longest value of a data element of explicit length, and even (PS3.5 §7.1.1).
const LONGEST: u64 = 0xffff_fffe;

/// Decodes frames in order, and checks that all are alike.
pub(super) struct Decoder {
    transfer_syntax: String,
    image: Arc<Image>,
    frames: Arc<FrameIndex>,
    /// The frame that comes next, from 1.
    next: u32,
    /// The first frame, until it is its turn.
    first: Option<Vec<u8>>,
    /// Length of a decoded frame in bytes.
    frame_length: usize,
    photometric: String,
    /// Joins one-bit frames that do not end on a byte.
    packer: Option<BitPacker>,
    /// Samples come in groups of so many bytes, which are reversed.
    swap: usize,
}

impl Decoder {
    /// Decodes the first frame to learn what the others will be.
    pub(super) fn new(
        transfer_syntax: String,
        image: Arc<Image>,
        frames: Arc<FrameIndex>,
        first: &[u8],
    ) -> Result<Self, Error> {
        if frames.len() != image.frame_count {
            return Err(Error::Damaged(format!(
                "the object has {} frames, its Number of Frames is {}",
                frames.len(),
                image.frame_count
            )));
        }
        let samples = decode(&transfer_syntax, first, &image)?;
        if samples.bytes.len() as u64 * u64::from(frames.len()) > LONGEST {
            return Err(Error::NotAcceptable(
                "decoded, the object is longer than native Pixel Data can be: ask for it as it is stored, with \
                 transfer-syntax=*, or for its frames"
                    .to_owned(),
            ));
        }
        let pixels = image.format.rows as usize * image.format.columns as usize * usize::from(image.format.samples);
        let packer = (image.format.bits_allocated == 1 && !pixels.is_multiple_of(8)).then(|| BitPacker::new(pixels));
        Ok(Self {
            transfer_syntax,
            image,
            frames,
            next: 1,
            frame_length: samples.bytes.len(),
            first: Some(samples.bytes),
            photometric: samples.photometric,
            packer,
            swap: 1,
        })
    }

    /// The same with samples in big endian.
    pub(super) fn big_endian(self) -> Self {
        let swap = usize::from(self.image.format.bits_allocated / 8).max(1);
        Self { swap, ..self }
    }

    /// What the frames are.
    pub(super) fn image(&self) -> Arc<Image> {
        self.image.clone()
    }

    /// Length of all frames together.
    fn length(&self) -> u64 {
        let count = u64::from(self.frames.len());
        match &self.packer {
            Some(packer) => (packer.frame_bits() as u64 * count).div_ceil(8),
            None => self.frame_length as u64 * count,
        }
    }

    /// The same with the byte that makes it even.
    pub(super) fn padded_length(&self) -> u64 {
        self.length().next_multiple_of(2)
    }

    /// What takes the place of the encapsulated Pixel Data.
    pub(super) fn description(&self) -> DecodedPixelData {
        let format = &self.image.format;
        let photometric_interpretation = match self.photometric.as_str() {
            same if same == format.photometric => None,
            "RGB" => Some("RGB"),
            _ => Some("YBR_FULL"),
        };
        DecodedPixelData {
            length: self.length(),
            photometric_interpretation,
            planar_configuration: (format.samples > 1).then_some(0),
            bits_allocated: format.bits_allocated,
        }
    }

    /// Appends the next frame to `out`, and the padding byte to the last. `false` when there is none.
    pub(super) fn append(&mut self, origin: &mut Origin, out: &mut Vec<u8>) -> Result<bool, Error> {
        let number = self.next;
        let (FrameIndex::Encapsulated(_), Some(frame)) = (&*self.frames, self.frames.frame(number)) else {
            return Ok(false);
        };
        let mut samples = match self.first.take() {
            Some(samples) => samples,
            None => self.decoded(origin, number, frame)?,
        };
        if self.swap > 1 {
            samples.chunks_exact_mut(self.swap).for_each(<[u8]>::reverse);
        }
        self.next += 1;
        let last = number == self.frames.len();
        match &mut self.packer {
            Some(packer) => packer.append(&samples, last, out),
            None if out.is_empty() => *out = samples,
            None => out.extend_from_slice(&samples),
        }
        if last && !self.length().is_multiple_of(2) {
            out.push(0);
        }
        Ok(true)
    }

    /// The samples of a frame.
    fn decoded(&self, origin: &mut Origin, number: u32, frame: Frame) -> Result<Vec<u8>, Error> {
        let mut stored = Vec::new();
        for range in frame.ranges {
            if stored.len() as u64 + (range.end - range.start) > codec::LARGEST_FRAME {
                return Err(Error::Damaged(format!("frame {number} is larger than a frame may be")));
            }
            origin.append(range, &mut stored)?;
        }
        let samples = decode(&self.transfer_syntax, &stored, &self.image)?;
        if samples.bytes.len() != self.frame_length || samples.photometric != self.photometric {
            return Err(Error::Damaged(format!("frame {number} is of another kind than the first")));
        }
        Ok(samples.bytes)
    }
}

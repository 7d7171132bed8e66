//! Where each frame of Pixel Data lies (PS3.5 §8, §A.4).

mod bytes;
mod encapsulated;
mod native;

use std::ops::Range;

use dicom_dictionary_std::tags;

use crate::element::{DataSet, Kind};
use crate::reader::pixels::Pixels;

/// The bytes of one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Byte ranges in the object, in order; several when a frame is in several fragments.
    pub ranges: Vec<Range<u64>>,
    /// For 1-bit native frames: how many bits of the first byte belong to the frame before; else 0.
    pub skip_bits: u8,
}

/// Where the frames of an object lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum FrameIndex {
    /// No Pixel Data.
    #[default]
    None,
    /// Native frames, back to back (Pixel Data, Float Pixel Data or Double Float Pixel Data).
    Native {
        /// First byte of the value.
        start: u64,
        /// Length of the value in bytes.
        length: u64,
        /// Length of one frame in bits.
        frame_bits: u64,
        /// Number of frames.
        count: u32,
    },
    /// Encapsulated frames. A video stream is one frame that holds all fragments (PS3.5 §8.2.5 and on).
    Encapsulated(Encapsulated),
}

/// Frames of encapsulated Pixel Data: each one or more fragments, or parts of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encapsulated {
    /// The ranges of all frames, in order.
    ranges: Vec<Range<u64>>,
    /// For each frame, the number of ranges up to and including its last.
    ends: Vec<u32>,
}

impl Encapsulated {
    /// Appends a frame.
    pub(crate) fn push(&mut self, ranges: impl IntoIterator<Item = Range<u64>>) {
        self.ranges.extend(ranges);
        self.ends.push(self.ranges.len() as u32);
    }

    /// Number of frames.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no frame.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The ranges of the frame at `index`, counted from 0.
    pub fn ranges(&self, index: usize) -> Option<&[Range<u64>]> {
        let end = *self.ends.get(index)? as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        self.ranges.get(start..end)
    }
}

impl FrameIndex {
    /// Number of frames.
    pub fn len(&self) -> u32 {
        match self {
            Self::None => 0,
            Self::Native { count, .. } => *count,
            Self::Encapsulated(frames) => frames.len() as u32,
        }
    }

    /// Whether there is no frame.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of native frames, all together: what a value holds beyond is no frame. `None` when there are no native ones.
    pub fn native(&self) -> Option<Range<u64>> {
        let Self::Native { start, length, frame_bits, count } = self else { return None };
        let bytes = (u128::from(*frame_bits) * u128::from(*count)).div_ceil(8).min(u128::from(*length));
        Some(*start..start + bytes as u64)
    }

    /// Frame `number`, counted from 1.
    pub fn frame(&self, number: u32) -> Option<Frame> {
        let index = number.checked_sub(1).filter(|_| number <= self.len())?;
        match self {
            Self::None => None,
            Self::Native { start, length, frame_bits, .. } => {
                native::frame(*start, *length, u128::from(*frame_bits), index)
            }
            Self::Encapsulated(frames) => Some(Frame { ranges: frames.ranges(index as usize)?.to_vec(), skip_bits: 0 }),
        }
    }
}

/// The index of a data set that was read, with what was seen of its Pixel Data.
pub(crate) fn build(set: &DataSet, pixels: &Pixels) -> FrameIndex {
    let root = set.root();
    let element = [tags::PIXEL_DATA, tags::FLOAT_PIXEL_DATA, tags::DOUBLE_FLOAT_PIXEL_DATA]
        .into_iter()
        .find_map(|tag| root.elements().find(|element| element.tag == tag));
    match element {
        None => FrameIndex::None,
        Some(element) if element.kind == Kind::Fragments => {
            FrameIndex::Encapsulated(encapsulated::build(set, pixels, declared(set)))
        }
        Some(element) => native::build(root, element, declared(set)),
    }
}

/// Number of Frames (0028,0008); 1 when it is missing or no number of frames.
fn declared(set: &DataSet) -> u32 {
    let number = set.root().int(tags::NUMBER_OF_FRAMES).and_then(|number| u32::try_from(number).ok());
    number.filter(|&number| number > 0).unwrap_or(1)
}

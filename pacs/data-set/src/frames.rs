//! Where each frame of Pixel Data lies (PS3.5 §8, §A.4).

use std::ops::Range;

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
    /// Encapsulated frames.
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
        todo!()
    }
    /// Whether there is no frame.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Frame `number`, counted from 1.
    pub fn frame(&self, number: u32) -> Option<Frame> {
        let _ = number;
        todo!()
    }
    /// The index as compact bytes (for the database).
    pub fn to_bytes(&self) -> Vec<u8> {
        todo!()
    }
    /// Reads what `to_bytes` wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let _ = bytes;
        todo!()
    }
}

//! The index as compact bytes: a version, a kind, and numbers of as few bytes as they need. Ranges are written as the
//! distance from the end of the one before, so that a frame of one fragment takes four or five bytes.

use std::ops::Range;

use super::{Encapsulated, FrameIndex};

const VERSION: u8 = 1;
const NONE: u8 = 0;
const NATIVE: u8 = 1;
const ENCAPSULATED: u8 = 2;

impl FrameIndex {
    /// The index as compact bytes (for the database).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        match self {
            Self::None => out.push(NONE),
            Self::Native { start, length, frame_bits, count } => {
                out.push(NATIVE);
                [*start, *length, *frame_bits, u64::from(*count)].into_iter().for_each(|number| put(&mut out, number));
            }
            Self::Encapsulated(frames) => {
                out.push(ENCAPSULATED);
                put_frames(&mut out, frames);
            }
        }
        out
    }

    /// Reads what `to_bytes` wrote; `None` when it is something else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[version, kind], mut rest) = bytes.split_first_chunk::<2>()?;
        if version != VERSION {
            return None;
        }
        let input = &mut rest;
        let index = match kind {
            NONE => Self::None,
            NATIVE => Self::Native {
                start: take(input)?,
                length: take(input)?,
                frame_bits: take(input)?,
                count: u32::try_from(take(input)?).ok()?,
            },
            ENCAPSULATED => Self::Encapsulated(take_frames(input)?),
            _ => return None,
        };
        rest.is_empty().then_some(index)
    }
}

fn put_frames(out: &mut Vec<u8>, frames: &Encapsulated) {
    put(out, frames.len() as u64);
    let mut at = 0;
    for frame in 0..frames.len() {
        let ranges = frames.ranges(frame).unwrap_or_default();
        put(out, ranges.len() as u64);
        for range in ranges {
            put_signed(out, range.start.wrapping_sub(at) as i64);
            put(out, range.end - range.start);
            at = range.end;
        }
    }
}

fn take_frames(input: &mut &[u8]) -> Option<Encapsulated> {
    let mut frames = Encapsulated::default();
    let mut at = 0u64;
    // Nothing is reserved by a declared number: every frame and every range takes its bytes of the input.
    for _ in 0..take(input)? {
        for _ in 0..take(input)? {
            let start = at.checked_add_signed(take_signed(input)?)?;
            at = start.checked_add(take(input)?)?;
            frames.ranges.push(Range { start, end: at });
        }
        frames.push([]);
    }
    Some(frames)
}

/// A number, seven bits a byte, lowest first; the high bit says that more follow.
fn put(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take(input: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = input.split_first()?;
        *input = rest;
        if shift == 63 && byte > 1 {
            return None;
        }
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// A number that may be negative: its sign in the lowest bit.
fn put_signed(out: &mut Vec<u8>, number: i64) {
    put(out, (number << 1 ^ number >> 63) as u64);
}

fn take_signed(input: &mut &[u8]) -> Option<i64> {
    let number = take(input)?;
    Some((number >> 1) as i64 ^ -((number & 1) as i64))
}

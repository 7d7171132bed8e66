//! Frames of native Pixel Data by arithmetic (PS3.5 §8.1, PS3.3 §C.7.6.3.1).

use dicom_dictionary_std::tags;

use super::{Frame, FrameIndex};
use crate::element::{Element, Item};

/// The index of native Pixel Data: whole frames only, and no more than are declared.
pub(super) fn build(root: Item<'_>, element: &Element, declared: u32) -> FrameIndex {
    let number = |tag| root.int(tag).and_then(|number| u16::try_from(number).ok()).map(u64::from);
    let default_bits = match element.tag {
        tags::FLOAT_PIXEL_DATA => 32,
        tags::DOUBLE_FLOAT_PIXEL_DATA => 64,
        _ => 0,
    };
    let bits = number(tags::BITS_ALLOCATED).unwrap_or(default_bits);
    // One sample of each chrominance for two pixels, so two samples per pixel (PS3.3 §C.7.6.3.1.2).
    let samples = match root.raw_text(tags::PHOTOMETRIC_INTERPRETATION) {
        Some("YBR_FULL_422" | "YBR_PARTIAL_422") => 2,
        _ => number(tags::SAMPLES_PER_PIXEL).unwrap_or(1),
    };
    let pixels = number(tags::ROWS).unwrap_or(0) * number(tags::COLUMNS).unwrap_or(0);
    let frame_bits = pixels.saturating_mul(samples * bits);
    let (start, length) = (element.value.start, element.len());
    let held = (u128::from(length) * 8).checked_div(u128::from(frame_bits)).unwrap_or(0);
    let count = u32::try_from(held).unwrap_or(u32::MAX).min(declared);
    FrameIndex::Native { start, length, frame_bits, count }
}

/// The frame at `index`, counted from 0. Frames of single bits follow one another without padding.
pub(super) fn frame(start: u64, length: u64, frame_bits: u128, index: u32) -> Option<Frame> {
    let first = frame_bits * u128::from(index);
    let (from, to) = (first / 8, (first + frame_bits).div_ceil(8));
    let (from, to) = (u64::try_from(from).ok()?, u64::try_from(to).ok()?);
    if to > length {
        return None;
    }
    let range = start.checked_add(from)?..start.checked_add(to)?;
    Some(Frame { ranges: vec![range], skip_bits: (first % 8) as u8 })
}

//! Overlay planes of an object (PS3.3 §C.9.2): where their bits lie, and the mask of a frame.

use std::ops::Range;

use compute::bits;
use data_set::{Item, Tag};

use crate::{Archive, Error, StoredInstance};

/// Most planes of an object: groups 6000 to 601E.
const PLANES: u16 = 16;

/// Longest mask that is read, in bytes: 16384 × 16384 pixels.
const LONGEST: u64 = 32 << 20;

/// One overlay plane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Overlay {
    /// Repeating group, 6000 to 601E.
    pub(super) group: u16,
    columns: u32,
    rows: u32,
    /// Column and row of the image, counted from 0, that the first pixel lies on.
    origin: (i64, i64),
    /// Frames that the plane has a mask for; `None` when its only one is for all.
    frames: Option<Range<u32>>,
    bits: Bits,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Bits {
    /// Overlay Data, and whether it is big-endian words.
    Own { value: Range<u64>, swapped: bool },
    /// A bit of each pixel (retired).
    Embedded(u16),
}

/// What is laid over one frame.
#[derive(Debug, Clone)]
pub(super) struct Mask {
    pub(super) group: u16,
    pub(super) columns: u32,
    pub(super) origin: (i64, i64),
    pub(super) source: Source,
}

/// Where a mask's pixels come from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// They are here, one byte each.
    Pixels(Vec<u8>),
    /// They are this bit of the image's own pixels.
    Embedded(u16),
}

impl Overlay {
    /// The planes of an object that can be shown.
    pub(super) fn read_all(root: &Item<'_>) -> Vec<Self> {
        (0..PLANES).filter_map(|plane| Self::read(root, 0x6000 + 2 * plane)).collect()
    }

    fn read(root: &Item<'_>, group: u16) -> Option<Self> {
        let tag = |element| Tag(group, element);
        let number = |element| root.int(tag(element)).and_then(|value| u32::try_from(value).ok());
        let (rows, columns) =
            (number(0x0010).filter(|rows| *rows > 0)?, number(0x0011).filter(|columns| *columns > 0)?);
        let bits = match root.get(tag(0x3000)) {
            Some(data) => {
                Bits::Own { value: data.value.clone(), swapped: data.big_endian && data.vr == data_set::VR::OW }
            }
            None => Bits::Embedded(u16::try_from(number(0x0102).filter(|bit| *bit > 0)?).ok()?),
        };
        let origin = root.ints(tag(0x0050));
        let place = |index: usize| origin.get(index).map_or(0, |from_one| from_one.saturating_sub(1));
        let (count, first) = (number(0x0015), number(0x0051));
        let frames = (count.is_some() || first.is_some()).then(|| {
            let first = first.unwrap_or(1);
            first..first.saturating_add(count.unwrap_or(1))
        });
        Some(Self { group, columns, rows, origin: (place(1), place(0)), frames, bits })
    }

    /// The mask for frame `number`; `None` when there is none, or its bits are missing.
    pub(super) async fn mask(
        &self,
        archive: &Archive,
        instance: &StoredInstance,
        number: u32,
    ) -> Result<Option<Mask>, Error> {
        let index = match &self.frames {
            None => 0,
            Some(frames) if frames.contains(&number) => number - frames.start,
            Some(_) => return Ok(None),
        };
        let source = match &self.bits {
            Bits::Embedded(bit) => Source::Embedded(*bit),
            Bits::Own { value, swapped } => match self.range(value, index) {
                None => return Ok(None),
                Some((range, skip)) => {
                    let mut bytes = archive.bytes(instance, vec![range]).await?.to_vec();
                    if *swapped {
                        bytes.chunks_exact_mut(2).for_each(<[u8]>::reverse);
                    }
                    let pixels = self.rows as usize * self.columns as usize;
                    Source::Pixels(bits::expand(&bytes[skip / 8..], (skip % 8) as u8, pixels))
                }
            },
        };
        Ok(Some(Mask { group: self.group, columns: self.columns, origin: self.origin, source }))
    }

    /// Whole words that hold the bits of a frame, and how many bits come before them.
    fn range(&self, value: &Range<u64>, index: u32) -> Option<(Range<u64>, usize)> {
        let count = u64::from(self.rows) * u64::from(self.columns);
        let first = count.checked_mul(index.into())?;
        let start = first / 16 * 2;
        let end = first.checked_add(count)?.div_ceil(16).checked_mul(2)?.min(value.end - value.start);
        // Masks that end early are no masks: half of one would show what is not there.
        let whole = end.saturating_mul(8) >= first + count;
        (whole && end - start <= LONGEST).then(|| (value.start + start..value.start + end, (first % 16) as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlay(rows: u32, columns: u32) -> Overlay {
        let bits = Bits::Embedded(12);
        Overlay { group: 0x6000, columns, rows, origin: (0, 0), frames: None, bits }
    }

    #[test]
    fn frames_of_odd_size_begin_within_a_word() {
        let of = |index| overlay(3, 3).range(&(100..104), index);
        assert_eq!(of(0), Some((100..102, 0)));
        assert_eq!(of(1), Some((100..104, 9)));
        assert_eq!(of(2), Some((102..104, 2)));
        assert_eq!(of(3), None);
    }

    #[test]
    fn refuses_masks_that_end_early_or_are_too_large() {
        assert_eq!(overlay(8, 8).range(&(0..6), 0), None);
        assert_eq!(overlay(65_535, 65_535).range(&(0..1 << 40), 0), None);
        assert_eq!(overlay(u32::MAX, u32::MAX).range(&(0..1 << 40), u32::MAX), None);
    }
}

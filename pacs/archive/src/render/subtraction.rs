//! Mask subtraction (PS3.3 §C.7.6.10, §C.11.13): what of a frame was not there before the contrast came.
//!
//! It comes after the modality transformation and before the window (PS3.4 §N.2). A frame whose mask is not there is shown as
//! it is, which the Standard recommends to those who do not subtract at all.

mod shift;

use std::collections::BTreeMap;
use std::sync::Arc;

use compute::{Modality, Voi, grey};
use data_set::{Item, tags};

use shift::Shift;

use super::picture::Look;
use super::{Image, decode, stored_frame};
use crate::{Archive, Error, StoredInstance, archive};

/// Most Items that are looked at, and most ranges of frames of one.
const ITEMS: usize = 256;
const RANGES: usize = 4096;

/// Most frames that one frame's mask, or what it is taken from, is the mean of.
const FRAMES: usize = 64;

/// Which frames are subtracted from which: an Item of the Mask Subtraction Sequence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Subtraction {
    operation: Operation,
    /// First and last frames that it is for; all when there are none.
    applicable: Vec<(i64, i64)>,
    /// Contrast Frame Averaging.
    averaged: i64,
    /// Rows downwards and columns to the right by which the mask is moved.
    shift: Shift,
    /// The same of single frames, by number.
    shifts: BTreeMap<u32, Shift>,
}

#[derive(Debug, Clone, PartialEq)]
enum Operation {
    /// AVG_SUB: the mean of these frames.
    Average(Vec<i64>),
    /// TID: the frame so many frames before.
    Before(i64),
    /// REV_TID: the same for the first frame of a range, then backwards as frames go forwards.
    Backwards(i64),
}

/// The frames of a subtraction, from 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Terms {
    contrast: Vec<u32>,
    masks: Vec<u32>,
    shift: Shift,
}

impl Subtraction {
    /// What an image or presentation state subtracts; nothing unless its Recommended Viewing Mode is SUB.
    pub(super) fn read_all(root: &Item<'_>) -> Vec<Self> {
        if root.raw_text(tags::RECOMMENDED_VIEWING_MODE) != Some("SUB") {
            return Vec::new();
        }
        let items = root.items_of(tags::MASK_SUBTRACTION_SEQUENCE).take(ITEMS);
        items.filter_map(|item| Self::read(&item, root)).collect()
    }

    fn read(item: &Item<'_>, root: &Item<'_>) -> Option<Self> {
        let offset = || item.int(tags::TID_OFFSET).unwrap_or(1);
        let operation = match item.raw_text(tags::MASK_OPERATION)? {
            "AVG_SUB" => Operation::Average(item.ints(tags::MASK_FRAME_NUMBERS)),
            "TID" => Operation::Before(offset()),
            "REV_TID" => Operation::Backwards(offset()),
            _ => return None,
        };
        let ranges = item.ints(tags::APPLICABLE_FRAME_RANGE);
        let (shared, shifts) = match item.int(tags::SUBTRACTION_ITEM_ID) {
            Some(id) => shift::of_frames(root, id),
            None => (None, BTreeMap::new()),
        };
        Some(Self {
            operation,
            applicable: ranges.as_chunks::<2>().0.iter().take(RANGES).map(|[first, last]| (*first, *last)).collect(),
            averaged: item.int(tags::CONTRAST_FRAME_AVERAGING).unwrap_or(1).max(1),
            shift: shared.or_else(|| shift::read(item)).unwrap_or((0.0, 0.0)),
            shifts,
        })
    }

    /// The frames for frame `number` of `count`; `None` when nothing is to be subtracted from it, or its mask is not there.
    fn terms(&self, number: u32, count: u32) -> Option<Terms> {
        let shift = self.shifts.get(&number).copied().unwrap_or(self.shift);
        let number = i64::from(number);
        let range = self.applicable.iter().find(|(first, last)| (*first..=*last).contains(&number));
        let (first, last) = match range {
            Some(range) => *range,
            None if self.applicable.is_empty() => (1, i64::from(count)),
            None => return None,
        };
        let there = |frame: &i64| (1..=i64::from(count)).contains(frame);
        let masks: Vec<i64> = match &self.operation {
            Operation::Average(frames) => frames.clone(),
            Operation::Before(offset) => vec![number.saturating_sub(*offset)],
            Operation::Backwards(offset) => {
                vec![first.saturating_sub(*offset).saturating_sub(number.saturating_sub(first))]
            }
        };
        if masks.is_empty() || !masks.iter().all(there) {
            return None;
        }
        let end = number.saturating_add(self.averaged - 1).min(last).min(i64::from(count));
        let contrast = (number..=end).take(FRAMES + 1);
        let frames = |numbers: &mut dyn Iterator<Item = i64>| numbers.map(|number| number as u32).collect();
        Some(Terms { contrast: frames(&mut contrast.into_iter()), masks: frames(&mut masks.into_iter()), shift })
    }
}

/// The frames that the first Item for frame `number` names.
pub(super) fn terms(subtractions: &[Subtraction], number: u32, count: u32) -> Option<Terms> {
    subtractions.iter().find_map(|subtraction| subtraction.terms(number, count))
}

impl Archive {
    /// What frames have that their mask does not, after the modality transformation of `state`, else their own.
    pub(super) async fn difference(
        &self,
        instance: &StoredInstance,
        image: &Arc<Image>,
        terms: &Terms,
        state: Option<&Modality>,
    ) -> Result<Vec<f32>, Error> {
        if terms.contrast.len() > FRAMES || terms.masks.len() > FRAMES {
            return Err(Error::NotAcceptable(format!(
                "a mask subtraction of more than {FRAMES} frames cannot be rendered"
            )));
        }
        let mut difference = self.mean(instance, image, &terms.contrast, state).await?;
        let mask = self.mean(instance, image, &terms.masks, state).await?;
        let (columns, shift) = (image.format.columns as usize, terms.shift);
        archive::blocking(move || {
            let mask = if shift == (0.0, 0.0) { mask } else { shift::moved(&mask, columns, shift) };
            difference.iter_mut().zip(mask).for_each(|(value, mask)| *value -= mask);
            Ok(difference)
        })
        .await
    }

    /// The mean of some frames, one decoded after the other.
    async fn mean(
        &self,
        instance: &StoredInstance,
        image: &Arc<Image>,
        frames: &[u32],
        state: Option<&Modality>,
    ) -> Result<Vec<f32>, Error> {
        let pixels = image.format.columns as usize * image.format.rows as usize;
        let mut sums = vec![0.0_f32; pixels];
        for frame in frames {
            let stored = stored_frame(self, instance, image, *frame).await?;
            let modality = state.cloned().unwrap_or_else(|| image.modality(*frame));
            let (syntax, image) = (instance.transfer_syntax.clone(), image.clone());
            sums = archive::blocking(move || {
                let samples = decode(&syntax, &stored, &image)?;
                let values = grey::each(&samples.bytes, image.numbers(), |stored| modality.apply(stored) as f32);
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
                Ok(sums)
            })
            .await?;
        }
        let count = frames.len() as f32;
        sums.iter_mut().for_each(|sum| *sum /= count);
        Ok(sums)
    }
}

/// The picture of differences: through the window of the request, else of the presentation state, else all of them. Windows of
/// the image are for what it shows without subtraction.
pub(super) fn picture(image: &Image, number: u32, difference: &[f32], look: Look<'_>) -> compute::Picture {
    let finite = difference.iter().copied().filter(|value| value.is_finite());
    let (least, most) = finite.fold((f32::MAX, f32::MIN), |(least, most), value| (least.min(value), most.max(value)));
    let own = look.state.and_then(|(state, instance)| state.window(instance, number).cloned());
    let voi = look.window.map(Voi::from).or(own);
    let voi = voi.unwrap_or_else(|| Voi::range(least.into(), most.max(least).into()));
    let shape = if image.inverse { compute::Presentation::Inverse } else { compute::Presentation::Identity };
    let presentation = look.state.map_or(&shape, |(state, _)| state.presentation());
    let (width, height) = (image.format.columns, image.format.rows);
    match look.state.and_then(|(state, _)| state.palette()) {
        Some(palette) => {
            let colour = |value: &f32| palette.colour_at(voi.fraction((*value).into()));
            compute::Picture { width, height, channels: 3, samples: difference.iter().flat_map(colour).collect() }
        }
        None => {
            let level = |value: &f32| presentation.level(&voi, (*value).into());
            compute::Picture { width, height, channels: 1, samples: difference.iter().map(level).collect() }
        }
    }
}

/// Whether values of an image can be subtracted: grey ones of whole bytes.
pub(super) fn is_possible(image: &Image) -> bool {
    let of_bytes = image.format.bits_allocated >= 8 && (image.float || image.format.bits_allocated <= 32);
    image.format.samples == 1
        && of_bytes
        && image.palette.is_none()
        && image.format.photometric.starts_with("MONOCHROME")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tests::grey_image;

    fn subtraction(operation: Operation, applicable: &[(i64, i64)]) -> Subtraction {
        let (applicable, shift, shifts) = (applicable.to_vec(), (0.0, 0.0), BTreeMap::new());
        Subtraction { operation, applicable, averaged: 1, shift, shifts }
    }

    fn of(subtraction: &Subtraction, number: u32) -> Option<(Vec<u32>, Vec<u32>)> {
        subtraction.terms(number, 12).map(|terms| (terms.contrast, terms.masks))
    }

    #[test]
    fn masks_are_the_mean_of_named_frames() {
        let mut mean = subtraction(Operation::Average(vec![1, 3]), &[(4, 6), (9, 10)]);
        assert_eq!(of(&mean, 4), Some((vec![4], vec![1, 3])));
        assert_eq!((of(&mean, 3), of(&mean, 8)), (None, None));
        mean.averaged = 3;
        assert_eq!(of(&mean, 5), Some((vec![5, 6], vec![1, 3])));
    }

    #[test]
    fn masks_are_so_many_frames_before() {
        let before = subtraction(Operation::Before(2), &[]);
        assert_eq!(of(&before, 3), Some((vec![3], vec![1])));
        assert_eq!(of(&before, 2), None);
    }

    #[test]
    fn masks_go_backwards_as_frames_go_forwards() {
        let backwards = subtraction(Operation::Backwards(1), &[(8, 12)]);
        let masks: Vec<_> = (8..=12).map(|number| of(&backwards, number).map(|(_, masks)| masks[0])).collect();
        assert_eq!(masks, [Some(7), Some(6), Some(5), Some(4), Some(3)]);
    }

    #[test]
    fn numbers_that_make_no_sense_subtract_nothing() {
        for frames in [vec![], vec![0], vec![13], vec![1, -1], vec![i64::MIN]] {
            assert_eq!(of(&subtraction(Operation::Average(frames), &[]), 1), None);
        }
        for offset in [i64::MIN, i64::MAX, 5] {
            assert_eq!(of(&subtraction(Operation::Before(offset), &[]), 1), None);
            assert_eq!(of(&subtraction(Operation::Backwards(offset), &[(i64::MIN, i64::MAX)]), 1), None);
        }
    }

    #[test]
    fn differences_are_shown_from_the_least_to_the_most() {
        let image = grey_image();
        let shown = |difference: &[f32], window| picture(&image, 1, difference, Look { window, state: None }).samples;
        assert_eq!(shown(&[-100.0, 0.0, 100.0], None), [0, 128, 255]);
        assert_eq!(shown(&[f32::NAN, 7.0, 7.0], None)[1..], [0, 0]);
        let window = crate::Voi { center: 0.0, width: 50.0, function: crate::render::VoiFunction::LinearExact };
        assert_eq!(shown(&[-100.0, 0.0, 100.0], Some(window)), [0, 128, 255]);
    }
}

//! Modality transformation and windows as attributes say them: of the object, shared by its frames, or of one frame.

use codec::FrameFormat;
use compute::Modality;
use data_set::{Item, tags};

use super::tables::{self, LongValues};
use super::{Voi, VoiFunction};
use crate::Error;

/// What functional groups (PS3.3 §C.7.6.16) say of grey values: of all frames, or of one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct FrameTransformation {
    /// Rescale Slope and Intercept of the Pixel Value Transformation (PS3.3 §C.7.6.16.2.9).
    pub(super) rescale: Option<(f64, f64)>,
    /// The first window of the Frame VOI LUT (PS3.3 §C.7.6.16.2.10).
    pub(super) window: Option<Voi>,
}

impl FrameTransformation {
    fn read(groups: &Item<'_>) -> Self {
        Self {
            rescale: groups.items_of(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE).next().and_then(|item| rescale(&item)),
            window: groups.items_of(tags::FRAME_VOILUT_SEQUENCE).next().and_then(|item| window(&item)),
        }
    }

    /// The modality transformation, if there is one.
    pub(super) fn modality(&self) -> Option<Modality> {
        self.rescale.map(|(slope, intercept)| Modality::Rescale { slope, intercept })
    }
}

/// What is shared by all frames, and what each has of its own (nothing at all when none has anything).
pub(super) fn functional_groups(root: &Item<'_>) -> (FrameTransformation, Vec<FrameTransformation>) {
    let shared = root.items_of(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE).next();
    let shared = shared.map(|groups| FrameTransformation::read(&groups)).unwrap_or_default();
    let mut frames: Vec<_> = root
        .items_of(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE)
        .map(|groups| FrameTransformation::read(&groups))
        .collect();
    if frames.iter().all(|frame| *frame == FrameTransformation::default()) {
        frames = Vec::new();
    }
    (shared, frames)
}

/// The modality transformation of the object: Modality LUT, else rescaling, else none (PS3.3 §C.11.1).
pub(super) fn modality(root: &Item<'_>, format: &FrameFormat, long: &LongValues) -> Modality {
    if let Some(table) = tables::modality_table(root, format.signed, long) {
        return Modality::Table(table);
    }
    rescaling(root)
}

/// Rescaling by Slope and Intercept, or of a dose by Dose Grid Scaling (PS3.3 §C.8.8.3.1); none when none is there.
pub(super) fn rescaling(root: &Item<'_>) -> Modality {
    let scaling = root.floats(tags::DOSE_GRID_SCALING).first().copied();
    let dose = scaling.filter(|slope| slope.is_finite() && *slope != 0.0).map(|slope| (slope, 0.0));
    match rescale(root).or(dose) {
        Some((slope, intercept)) => Modality::Rescale { slope, intercept },
        None => Modality::IDENTITY,
    }
}

fn rescale(item: &Item<'_>) -> Option<(f64, f64)> {
    let first = |tag| item.floats(tag).first().copied().filter(|value: &f64| value.is_finite());
    let (slope, intercept) = (first(tags::RESCALE_SLOPE), first(tags::RESCALE_INTERCEPT));
    if slope.is_none() && intercept.is_none() {
        return None;
    }
    // A slope of 0 would make every pixel the same: it is always a mistake.
    Some((slope.filter(|slope| *slope != 0.0).unwrap_or(1.0), intercept.unwrap_or(0.0)))
}

/// The first window of an Item that can be one.
pub(super) fn window(item: &Item<'_>) -> Option<Voi> {
    let center = *item.floats(tags::WINDOW_CENTER).first()?;
    let width = *item.floats(tags::WINDOW_WIDTH).first()?;
    let function = match item.raw_text(tags::VOILUT_FUNCTION) {
        Some("LINEAR_EXACT") => VoiFunction::LinearExact,
        Some("SIGMOID") => VoiFunction::Sigmoid,
        // Widths below 1 come from objects of small numbers, which mean the exact function (PS3.3 §C.11.2.1.2.1).
        _ if width < 1.0 => VoiFunction::LinearExact,
        _ => VoiFunction::Linear,
    };
    Voi { center, width, function }.checked().ok()
}

impl Voi {
    /// Refuses a window that is none (PS3.3 §C.11.2.1.2).
    pub(crate) fn checked(self) -> Result<Self, Error> {
        let least = if self.function == VoiFunction::Linear { 1.0 } else { f64::MIN_POSITIVE };
        if self.center.is_finite() && self.width.is_finite() && self.width >= least {
            return Ok(self);
        }
        Err(Error::BadRequest(format!(
            "a window of center {} and width {} cannot be: the width is at least 1 for linear, else more than 0",
            self.center, self.width
        )))
    }
}

impl From<Voi> for compute::Voi {
    fn from(Voi { center, width, function }: Voi) -> Self {
        match function {
            VoiFunction::Linear => Self::Linear { center, width },
            VoiFunction::LinearExact => Self::LinearExact { center, width },
            VoiFunction::Sigmoid => Self::Sigmoid { center, width },
        }
    }
}

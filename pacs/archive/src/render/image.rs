//! What the attributes of an object say of its pixels (Image Pixel Module, PS3.3 §C.7.6.3, and what transforms them).

use std::ops::{Range, RangeInclusive};

use codec::FrameFormat;
use compute::palette::Palette;
use compute::{LookupTable, Modality, Numbers, SampleFormat};
use data_set::{DataSet, Item, Tag, VR, tags};

use super::Voi;
use super::burn_in::BurnIn;
use super::cine::Cine;
use super::grey_scale::{self, FrameTransformation};
use super::overlay::Overlay;
use super::shutter::Shutter;
use super::subtraction::Subtraction;
use super::tables::{self, LongValues};
use crate::Error;

/// What is needed to make pictures of an object's frames. Holds no pixels.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    /// The layout of a frame.
    pub(crate) format: FrameFormat,
    /// High Bit (0028,0102).
    pub(crate) high_bit: u16,
    /// VR of the element that holds the pixels.
    pub(crate) vr: VR,
    /// Floating-point samples: Float Pixel Data or Double Float Pixel Data.
    pub(crate) float: bool,
    /// Number of Frames (0028,0008).
    pub(crate) frame_count: u32,
    /// Representative Frame Number (0028,6010).
    pub(super) representative_frame: Option<u32>,
    /// Numbers that are no measurement (Pixel Padding Value to Pixel Padding Range Limit).
    pub(super) padding: Option<RangeInclusive<f64>>,
    pub(super) palette: Option<Palette>,
    /// Modality transformation of the object as a whole.
    pub(super) modality: Modality,
    /// The first window of the object as a whole.
    pub(super) window: Option<Voi>,
    /// The first VOI LUT of the object.
    pub(super) voi_table: Option<LookupTable>,
    /// The smallest value is white: MONOCHROME1, or Presentation LUT Shape INVERSE.
    pub(crate) inverse: bool,
    /// Colours of the numbers from the table's first on; those below are grey (PS3.3 §C.7.6.19).
    pub(super) supplemental: Option<Palette>,
    pub(super) overlays: Vec<Overlay>,
    pub(super) shutter: Option<Shutter>,
    /// Which frames are subtracted from which.
    pub(super) subtractions: Vec<Subtraction>,
    /// What can be written onto its pictures.
    pub(crate) burn_in: BurnIn,
    /// How long frames are shown.
    pub(super) cine: Cine,
    /// Where the ICC profile of its colours lies.
    pub(super) icc_profile: Option<Range<u64>>,
    /// What frames have of their own; empty when they have nothing.
    pub(super) frames: Vec<FrameTransformation>,
}

impl Image {
    /// Reads the description. `Error::Damaged` when an attribute is missing without which pixels mean nothing.
    pub(crate) fn read(set: &DataSet, long: &LongValues) -> Result<Self, Error> {
        let root = set.root();
        let (vr, float) = pixels(&root);
        let format = format(&root, float)?;
        let high_bit = unsigned(&root, tags::HIGH_BIT).unwrap_or(format.bits_stored - 1).min(format.bits_allocated - 1);
        let modality = grey_scale::modality(&root, &format, long);
        let lowest_is_negative = format.signed || modality.apply(0.0) < 0.0;
        let (shared, frames) = grey_scale::functional_groups(&root);
        Ok(Self {
            high_bit,
            vr,
            float,
            frame_count: root.int(tags::NUMBER_OF_FRAMES).and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
            representative_frame: root
                .int(tags::REPRESENTATIVE_FRAME_NUMBER)
                .and_then(|number| u32::try_from(number).ok()),
            padding: if float { float_padding(&root) } else { padding(&root, &format) },
            palette: palette(&root, &format, long, "PALETTE COLOR"),
            supplemental: palette(&root, &format, long, "MONOCHROME2").filter(|_| is_partly_coloured(&root)),
            inverse: format.photometric == "MONOCHROME1"
                || root.raw_text(tags::PRESENTATION_LUT_SHAPE) == Some("INVERSE"),
            overlays: Overlay::read_all(&root),
            shutter: Shutter::read(&root),
            subtractions: Subtraction::read_all(&root),
            burn_in: BurnIn::read(&root),
            cine: Cine::read(&root),
            icc_profile: icc_profile(&root),
            modality: shared.modality().unwrap_or(modality),
            window: shared.window.or_else(|| grey_scale::window(&root)),
            voi_table: tables::voi_table(&root, lowest_is_negative, long),
            frames,
            format,
        })
    }

    /// The frame that stands for all, when the image says which.
    pub(crate) fn representative_frame(&self) -> Option<u32> {
        self.representative_frame
    }

    /// Numbers that are no measurement (Pixel Padding Value to Pixel Padding Range Limit).
    pub(crate) fn padding(&self) -> Option<&RangeInclusive<f64>> {
        self.padding.as_ref()
    }

    /// Without all that changes only how it looks: what is kept for many instances that only measurements are made of.
    pub(crate) fn measured(self) -> Self {
        Self {
            palette: None,
            supplemental: None,
            voi_table: None,
            overlays: Vec::new(),
            shutter: None,
            subtractions: Vec::new(),
            icc_profile: None,
            ..self
        }
    }

    /// How the samples of a decoded frame are to be read.
    pub(crate) fn numbers(&self) -> Numbers {
        match (self.float, self.format.bits_allocated) {
            (true, 64) => Numbers::Float64,
            (true, _) => Numbers::Float32,
            _ => Numbers::Integer(self.sample_format()),
        }
    }

    /// The same for integers.
    pub(crate) fn sample_format(&self) -> SampleFormat {
        SampleFormat {
            bits_allocated: self.format.bits_allocated,
            bits_stored: self.format.bits_stored,
            high_bit: self.high_bit,
            signed: self.format.signed,
        }
    }

    /// The modality transformation of a frame.
    pub(crate) fn modality(&self, number: u32) -> Modality {
        self.own(number).and_then(FrameTransformation::modality).unwrap_or_else(|| self.modality.clone())
    }

    /// The window of a frame.
    pub(crate) fn window(&self, number: u32) -> Option<Voi> {
        self.own(number).and_then(|own| own.window).or(self.window)
    }

    fn own(&self, number: u32) -> Option<&FrameTransformation> {
        self.frames.get(number.checked_sub(1)? as usize)
    }
}

fn palette(root: &Item<'_>, format: &FrameFormat, long: &LongValues, photometric: &str) -> Option<Palette> {
    if format.photometric == photometric { tables::palette(root, format.signed, long) } else { None }
}

/// Whether a grey image has a supplemental palette that is to be used (Pixel Presentation, PS3.3 §C.8.16.2.1.1).
fn is_partly_coloured(root: &Item<'_>) -> bool {
    matches!(root.raw_text(tags::PIXEL_PRESENTATION), Some("COLOR" | "MIXED"))
}

/// Of the image, or of the first optical path of a slide (PS3.3 §C.8.12.5).
fn icc_profile(root: &Item<'_>) -> Option<Range<u64>> {
    let path = root.items_of(tags::OPTICAL_PATH_SEQUENCE).next();
    let element = root.get(tags::ICC_PROFILE).or_else(|| path?.get(tags::ICC_PROFILE))?;
    (!element.is_empty()).then(|| element.value.clone())
}

/// VR of the pixels, and whether they are floating-point numbers.
fn pixels(root: &Item<'_>) -> (VR, bool) {
    let of = |tag| root.get(tag).map(|element| element.vr);
    match of(tags::PIXEL_DATA) {
        Some(vr) => (vr, false),
        None if of(tags::DOUBLE_FLOAT_PIXEL_DATA).is_some() => (VR::OD, true),
        None => (VR::OF, of(tags::FLOAT_PIXEL_DATA).is_some()),
    }
}

fn format(root: &Item<'_>, float: bool) -> Result<FrameFormat, Error> {
    let required = |tag, keyword| {
        unsigned(root, tag)
            .filter(|value| *value > 0)
            .ok_or_else(|| Error::Damaged(format!("the object has pixels but no {keyword} {tag}")))
    };
    let double = root.get(tags::PIXEL_DATA).is_none() && root.get(tags::DOUBLE_FLOAT_PIXEL_DATA).is_some();
    let bits_allocated = match (float, double) {
        (true, true) => 64,
        (true, false) => 32,
        _ => required(tags::BITS_ALLOCATED, "Bits Allocated")?,
    };
    let samples = unsigned(root, tags::SAMPLES_PER_PIXEL).filter(|samples| *samples > 0).unwrap_or(1);
    let bits_stored = unsigned(root, tags::BITS_STORED).filter(|bits| (1..=bits_allocated).contains(bits));
    let usual = if samples == 3 { "RGB" } else { "MONOCHROME2" };
    Ok(FrameFormat {
        rows: required(tags::ROWS, "Rows")?.into(),
        columns: required(tags::COLUMNS, "Columns")?.into(),
        samples,
        bits_allocated,
        bits_stored: bits_stored.unwrap_or(bits_allocated),
        signed: unsigned(root, tags::PIXEL_REPRESENTATION) == Some(1),
        photometric: root
            .raw_text(tags::PHOTOMETRIC_INTERPRETATION)
            .filter(|pi| !pi.is_empty())
            .unwrap_or(usual)
            .into(),
        planar: unsigned(root, tags::PLANAR_CONFIGURATION).unwrap_or(0),
    })
}

fn unsigned(root: &Item<'_>, tag: Tag) -> Option<u16> {
    root.int(tag).and_then(|value| u16::try_from(value).ok())
}

/// Float or Double Float Pixel Padding Value, to its limit.
fn float_padding(root: &Item<'_>) -> Option<RangeInclusive<f64>> {
    let value = |tags: [Tag; 2]| {
        let number = tags.into_iter().find_map(|tag| root.floats(tag).first().copied());
        number.filter(|number| !number.is_nan())
    };
    let one = value([tags::FLOAT_PIXEL_PADDING_VALUE, tags::DOUBLE_FLOAT_PIXEL_PADDING_VALUE])?;
    let limits = [tags::FLOAT_PIXEL_PADDING_RANGE_LIMIT, tags::DOUBLE_FLOAT_PIXEL_PADDING_RANGE_LIMIT];
    let other = value(limits).unwrap_or(one);
    Some(one.min(other)..=one.max(other))
}

/// PS3.3 §C.7.5.1.1.2. The two ends may stand in any order.
fn padding(root: &Item<'_>, format: &FrameFormat) -> Option<RangeInclusive<f64>> {
    let value = |tag| root.int(tag).map(|value| tables::as_signed(value, format.signed) as f64);
    let one = value(tags::PIXEL_PADDING_VALUE)?;
    let other = value(tags::PIXEL_PADDING_RANGE_LIMIT).unwrap_or(one);
    Some(one.min(other)..=one.max(other))
}

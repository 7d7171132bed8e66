//! Softcopy Presentation States (PS3.3 §A.33, PS3.4 §N): how images are to be shown, kept as an object of its own.
//!
//! What a presentation state says takes the place of what its images say: without a modality transformation of its own
//! there is none, without a window all values are shown (PS3.4 §N.2.1).

mod annotation;
mod blending;
mod geometry;
mod label;

use compute::palette::Palette;
use compute::{Modality, Picture, Presentation};
use data_set::{DataSet, Item, tags};

use super::grey_scale;
use super::overlay::{Mask, Overlay};
use super::shutter::Shutter;
use super::subtraction::Subtraction;
use super::tables::{self, LongValues};
use crate::{Archive, Error, StoredInstance, Uid};

use annotation::Annotations;
use blending::Blending;
pub(super) use blending::Superimposed;
use geometry::Geometry;

/// Most images that one presentation state may refer to.
const REFERENCES: usize = 100_000;

/// SOP Classes of presentation states, and which of them can be applied here.
const CLASSES: &str = "1.2.840.10008.5.1.4.1.1.11.";
const GRAYSCALE: &str = "1.2.840.10008.5.1.4.1.1.11.1";
const COLOR: &str = "1.2.840.10008.5.1.4.1.1.11.2";
const PSEUDO_COLOR: &str = "1.2.840.10008.5.1.4.1.1.11.3";
const BLENDING: &str = "1.2.840.10008.5.1.4.1.1.11.4";

/// An image that a presentation state refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its Series.
    pub series: Uid,
    /// The instance.
    pub instance: Uid,
    /// Its frames, from 1; all when empty.
    pub frames: Vec<u32>,
}

/// A presentation state that has been read.
#[derive(Debug)]
pub struct PresentationState {
    instance: StoredInstance,
    references: Vec<Reference>,
    modality: Modality,
    windows: Vec<(Applicability, compute::Voi)>,
    presentation: Presentation,
    palette: Option<Palette>,
    blending: Option<Blending>,
    subtractions: Vec<Subtraction>,
    shutter: Option<Shutter>,
    geometry: Geometry,
    annotations: Annotations,
    overlays: Vec<Overlay>,
    /// Overlay groups that are shown, with their grey level: of the state, else of the image.
    active: Vec<(u16, u8)>,
}

/// Which images and frames an Item speaks of: those that it names, all when it names none (PS3.3 §C.11.11).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Applicability(Vec<(String, Vec<u32>)>);

impl Applicability {
    fn read(item: &Item<'_>) -> Self {
        let images = item.items_of(tags::REFERENCED_IMAGE_SEQUENCE).take(REFERENCES);
        Self(
            images
                .filter_map(|image| {
                    Some((image.raw_text(tags::REFERENCED_SOP_INSTANCE_UID)?.to_owned(), frames(&image)))
                })
                .collect(),
        )
    }

    fn covers(&self, instance: &str, frame: u32) -> bool {
        let named =
            |(uid, frames): &(String, Vec<u32>)| uid == instance && (frames.is_empty() || frames.contains(&frame));
        self.0.is_empty() || self.0.iter().any(named)
    }
}

fn frames(image: &Item<'_>) -> Vec<u32> {
    image.ints(tags::REFERENCED_FRAME_NUMBER).into_iter().filter_map(|number| u32::try_from(number).ok()).collect()
}

/// Whether instances of a SOP Class are presentation states.
pub fn is_presentation_state(sop_class: &str) -> bool {
    sop_class.starts_with(CLASSES)
}

impl Archive {
    /// Reads a Grayscale, Color, Pseudo-Color or Blending Softcopy Presentation State. What a blending one superimposes is
    /// told to it by [`Archive::superimpose`].
    ///
    /// # Errors
    /// `NotAcceptable` for objects of other SOP Classes, `Damaged` when it refers to nothing.
    pub async fn presentation_state(&self, instance: &StoredInstance) -> Result<PresentationState, Error> {
        if ![GRAYSCALE, COLOR, PSEUDO_COLOR, BLENDING].contains(&instance.sop_class.as_str()) {
            return Err(Error::NotAcceptable(format!(
                "objects of SOP Class {} cannot be applied to images: grayscale, color, pseudo-color and blending \
                 softcopy presentation states can",
                instance.sop_class
            )));
        }
        let set = self.data_set(instance).await?;
        let long = LongValues::fetch(self, instance, &set).await?;
        PresentationState::read(instance, &set, &long)
    }
}

impl PresentationState {
    fn read(instance: &StoredInstance, set: &DataSet, long: &LongValues) -> Result<Self, Error> {
        let root = set.root();
        let blends = instance.sop_class == BLENDING;
        // What a blending state says of its images stands in an Item for each of the two.
        let (below, above) = if blends { blending::items(&root).map(|(a, b)| (a, Some(b)))? } else { (root, None) };
        let references = references(&below);
        if references.is_empty() {
            return Err(Error::Damaged(format!("the presentation state {} refers to no image", instance.instance)));
        }
        let modality = match tables::modality_table(&below, false, long) {
            Some(table) => Modality::Table(table),
            None => grey_scale::rescaling(&below),
        };
        let levels = annotation::levels(&root);
        let active = (0x6000..0x6020).step_by(2).filter_map(|group| {
            let layer = root.text(data_set::Tag(group, 0x1001))?;
            Some((group, levels.iter().find(|(name, _)| *name == layer).map_or(u8::MAX, |(_, level)| *level)))
        });
        let palette = tables::palette(&root, false, long).filter(|_| instance.sop_class == PSEUDO_COLOR);
        Ok(Self {
            windows: windows(&below, &modality, long),
            blending: above.map(|above| Blending::read(&root, &above, long)).transpose()?,
            subtractions: Subtraction::read_all(&root),
            presentation: presentation(&root, long),
            palette,
            shutter: Shutter::read(&root),
            geometry: Geometry::read(&root),
            active: active.collect(),
            annotations: Annotations::read(&root, levels),
            overlays: Overlay::read_all(&root),
            instance: instance.clone(),
            references,
            modality,
        })
    }

    /// Its SOP Instance UID.
    pub fn name(&self) -> &str {
        &self.instance.instance
    }

    /// The images it is for, in its order; all of its own Study.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    /// Refuses to be applied to what it does not refer to.
    pub(super) fn check(&self, instance: &str, frame: u32) -> Result<(), Error> {
        let named = |reference: &&Reference| {
            reference.instance.as_str() == instance
                && (reference.frames.is_empty() || reference.frames.contains(&frame))
        };
        match self.references.iter().find(named) {
            Some(_) => Ok(()),
            None => Err(Error::BadRequest(format!(
                "the presentation state {} does not refer to frame {frame} of instance {instance}",
                self.instance.instance
            ))),
        }
    }

    /// Stored numbers to values.
    pub(super) fn modality(&self) -> &Modality {
        &self.modality
    }

    /// The window for a frame; `None` to show all values.
    pub(super) fn window(&self, instance: &str, frame: u32) -> Option<&compute::Voi> {
        self.windows.iter().find(|(images, _)| images.covers(instance, frame)).map(|(_, window)| window)
    }

    pub(super) fn presentation(&self) -> &Presentation {
        &self.presentation
    }

    /// Pseudo-colours.
    pub(super) fn palette(&self) -> Option<&Palette> {
        self.palette.as_ref()
    }

    /// Which frames are subtracted from which.
    pub(super) fn subtractions(&self) -> &[Subtraction] {
        &self.subtractions
    }

    /// What is laid over a frame: active planes of the state, and of the image where the state has none of that group.
    pub(super) async fn masks(
        &self,
        archive: &Archive,
        image: (&StoredInstance, &[Overlay]),
        frame: u32,
    ) -> Result<Vec<Mask>, Error> {
        let shutter = self.shutter.as_ref().and_then(Shutter::group);
        let wanted = |group: u16| shutter == Some(group) || self.active.iter().any(|(active, _)| *active == group);
        let mut masks = Vec::new();
        for overlay in self.overlays.iter().filter(|overlay| wanted(overlay.group)) {
            masks.extend(overlay.mask(archive, &self.instance, frame).await?);
        }
        let (instance, overlays) = image;
        let own = |group: u16| self.overlays.iter().any(|overlay| overlay.group == group);
        for overlay in overlays.iter().filter(|overlay| wanted(overlay.group) && !own(overlay.group)) {
            masks.extend(overlay.mask(archive, instance, frame).await?);
        }
        Ok(masks)
    }

    /// The grey level of an overlay; `None` for one that is not to be painted.
    pub(super) fn overlay_level(&self, group: u16) -> Option<u8> {
        self.active.iter().find(|(active, _)| *active == group).map(|(_, level)| *level)
    }

    /// Shutter, annotations, rotation and displayed area, on the picture of a whole frame.
    pub(super) fn finish(&self, mut picture: Picture, masks: &[Mask], instance: &str, frame: u32) -> Picture {
        if let Some(shutter) = &self.shutter {
            shutter.close(&mut picture, masks);
        }
        self.annotations.draw_on_image(&mut picture, instance, frame);
        let mut shown = self.geometry.apply(picture, instance, frame);
        self.annotations.draw_on_display(&mut shown, instance, frame);
        shown
    }

    /// Columns and rows of what `finish` makes of a frame. `Error::NotAcceptable` when that would be too large.
    pub(super) fn size(&self, columns: u32, rows: u32, instance: &str, frame: u32) -> Result<(u32, u32), Error> {
        self.geometry.size(columns, rows, instance, frame)
    }
}

fn references(root: &Item<'_>) -> Vec<Reference> {
    let series = root.items_of(tags::REFERENCED_SERIES_SEQUENCE);
    let references = series.flat_map(|item| {
        let series = item.raw_text(tags::SERIES_INSTANCE_UID).and_then(|uid| Uid::new(uid).ok());
        item.items_of(tags::REFERENCED_IMAGE_SEQUENCE).filter_map(move |image| {
            let instance = image.raw_text(tags::REFERENCED_SOP_INSTANCE_UID).and_then(|uid| Uid::new(uid).ok())?;
            Some(Reference { series: series.clone()?, instance, frames: frames(&image) })
        })
    });
    references.take(REFERENCES).collect()
}

/// Softcopy VOI LUT (PS3.3 §C.11.8).
fn windows(root: &Item<'_>, modality: &Modality, long: &LongValues) -> Vec<(Applicability, compute::Voi)> {
    let signed = modality.apply(0.0) < 0.0;
    let items = root.items_of(tags::SOFTCOPY_VOILUT_SEQUENCE);
    items.filter_map(|item| Some((Applicability::read(&item), voi(&item, signed, long)?))).collect()
}

/// The table or window of an Item (VOI LUT Macro, PS3.3 §C.11.2). Values of a table that does not say it may be `signed`.
pub(crate) fn voi(item: &Item<'_>, signed: bool, long: &LongValues) -> Option<compute::Voi> {
    let table = tables::voi_table(item, signed, long).map(compute::Voi::Table);
    table.or_else(|| grey_scale::window(item).map(compute::Voi::from))
}

/// Softcopy Presentation LUT (PS3.3 §C.11.6).
pub(crate) fn presentation(root: &Item<'_>, long: &LongValues) -> Presentation {
    match tables::presentation_table(root, long) {
        Some(table) => Presentation::Table(table),
        None if root.raw_text(tags::PRESENTATION_LUT_SHAPE) == Some("INVERSE") => Presentation::Inverse,
        None => Presentation::Identity,
    }
}

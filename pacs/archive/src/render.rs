//! Rendering: one frame to a picture for the screen (PS3.18 §8.3.5; pipeline of PS3.4 §N.2).
//!
//! Read in this order: `image` is what the attributes say, `pixels` gets a frame's samples, `picture` makes grey
//! levels or colours of them, `subtraction` takes masks from them before, `overlay` and `shutter` lie over the picture,
//! `presentation_state` takes the place of what the image says, `view` cuts, mirrors and scales. `waveform` draws what is no
//! image.

mod burn_in;
mod cine;
mod document;
mod grey_scale;
mod image;
mod images;
mod overlay;
mod picture;
mod pixels;
mod presentation_state;
mod report;
mod seen;
mod shutter;
mod subtraction;
mod tables;
#[cfg(test)]
pub(crate) mod tests;
mod view;
mod waveform;

pub use burn_in::Annotation;
pub use cine::Cine;
pub use document::document_media_type;
pub use presentation_state::{PresentationState, Reference, is_presentation_state};
pub use report::{Concept, ContentItem, Report, Value, is_report};
pub use waveform::is_waveform;

pub(crate) use image::Image;
pub(crate) use images::Images;
pub(crate) use pixels::{aligned, decode, frame_within, made_samples, stored_frame, undecodable};
pub(crate) use presentation_state::{presentation, voi};
pub(crate) use seen::{Seen, measured};
pub(crate) use tables::{LongValues, alpha, palette, weights};

use std::sync::Arc;

use bytes::Bytes;
use compute::{Picture, overlay as planes};
use data_set::FrameIndex;

use overlay::{Mask, Source};
use picture::Look;
use pixels::Pixels;
use presentation_state::Superimposed;
use subtraction::Terms;

use crate::{Archive, Error, StoredInstance, archive};

/// Longest ICC profile that is given.
const LONGEST_PROFILE: u64 = 4 << 20;

/// Window of the VOI LUT (PS3.18 §8.3.5.1.4).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Voi {
    /// Window Center.
    pub center: f64,
    /// Window Width.
    pub width: f64,
    /// VOI LUT Function.
    pub function: VoiFunction,
}

/// VOI LUT Function (0028,1056), PS3.3 §C.11.2.1.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the Standard's terms")]
pub enum VoiFunction {
    Linear,
    LinearExact,
    Sigmoid,
}

/// What to render and how.
#[derive(Debug, Clone)]
pub struct RenderRequest {
    /// Frame, from 1.
    pub frame: u32,
    /// Window; the object's own, else its range, when `None`.
    pub window: Option<Voi>,
    /// Viewport in pixels (width, height): the picture is scaled to fit, keeping its aspect.
    pub viewport: Option<(u32, u32)>,
    /// Source region (x, y, width, height) in pixels of the frame; negative width or height flips, infinite ones reach to
    /// the edge (PS3.18 §8.3.5.1.3).
    pub region: Option<(f64, f64, f64, f64)>,
    /// A presentation state, which takes the place of what the object itself says of its presentation. Region and viewport
    /// are then of what it shows.
    pub presentation: Option<Arc<PresentationState>>,
    /// Written onto the picture when all else is done.
    pub annotation: Annotation,
}

impl RenderRequest {
    /// A frame, counted from 1, as the object itself says.
    pub fn of_frame(frame: u32) -> Self {
        Self {
            frame,
            window: None,
            viewport: None,
            region: None,
            presentation: None,
            annotation: Annotation::default(),
        }
    }
}

impl Archive {
    /// A frame as a picture of 8-bit grey levels or RGB colours; of a waveform all that was sampled.
    ///
    /// # Errors
    /// `NotAcceptable` when the object has no pixels or no codec reads them, `NotFound` past the last frame, `Damaged`
    /// when the frame is broken, `BadRequest` when window, region or viewport cannot be, or the presentation state does not
    /// refer to the frame.
    pub async fn render(&self, instance: &StoredInstance, request: &RenderRequest) -> Result<Picture, Error> {
        if *self.frame_index(instance).await? == FrameIndex::None {
            if is_waveform(&instance.sop_class) {
                return self.render_waveform(instance, request).await;
            }
            return Err(Error::NotAcceptable(format!("instance {} has no pixels to render", instance.instance)));
        }
        let window = request.window.map(|window| window.checked()).transpose()?;
        let image = self.image(instance).await?;
        let (columns, rows) = shown_size(&image, instance, request)?;
        let view = view::View::new(request, columns, rows)?;
        let pixels = Pixels::of(self, instance, &image, request.frame).await?;
        let masks = self.masks(instance, &image, request).await?;
        let above = match &request.presentation {
            Some(state) => self.superimposed(state, instance, request.frame).await?,
            None => None,
        };
        let terms = subtracted(&image, instance, request);
        let room = self.0.images.room_of(room(&image, terms.is_some(), above.as_ref().map(Superimposed::image))).await;
        let difference = match terms {
            Some(terms) => {
                let modality = request.presentation.as_deref().map(PresentationState::modality);
                Some(self.difference(instance, &image, &terms, modality).await?)
            }
            None => None,
        };
        let (syntax, number, uid) = (instance.transfer_syntax.clone(), request.frame, instance.instance.clone());
        let (state, annotation) = (request.presentation.clone(), request.annotation);
        archive::blocking(move || {
            let samples = pixels.samples(&syntax, &image)?;
            let look = Look { window, state: state.as_deref().map(|state| (state, uid.as_str())) };
            let mut picture = match &difference {
                Some(difference) => subtraction::picture(&image, number, difference, look),
                None => picture::picture(&image, number, &samples, look)?,
            };
            if let (Some(above), Some(state)) = (&above, &state) {
                picture = above.blend(state, picture)?;
            }
            let covered = image.shutter.as_ref().and_then(shutter::Shutter::group);
            lay_over(&mut picture, &masks, &samples, |group| match &state {
                Some(state) => state.overlay_level(group),
                // White; the plane of a bitmap shutter is none to be seen.
                None => (covered != Some(group)).then_some(u8::MAX),
            });
            picture = match (&state, &image.shutter) {
                (Some(state), _) => state.finish(picture, &masks, &uid, number),
                (None, Some(shutter)) => {
                    shutter.close(&mut picture, &masks);
                    picture
                }
                (None, None) => picture,
            };
            let mut shown = view.of(picture);
            image.burn_in.draw(&mut shown, annotation);
            drop(room);
            Ok(shown)
        })
        .await
    }

    /// Columns and rows of an image, or of what a waveform is drawn on.
    pub async fn image_size(&self, instance: &StoredInstance) -> Result<(u32, u32), Error> {
        if is_waveform(&instance.sop_class) && instance.frame_count == 0 {
            return self.sheet_size(instance).await;
        }
        let image = self.image(instance).await?;
        Ok((image.format.columns, image.format.rows))
    }

    /// Overlays of a frame: those that the presentation state shows, else all that the image has.
    async fn masks(
        &self,
        instance: &StoredInstance,
        image: &Image,
        request: &RenderRequest,
    ) -> Result<Vec<Mask>, Error> {
        if let Some(state) = &request.presentation {
            return state.masks(self, (instance, &image.overlays), request.frame).await;
        }
        let mut masks = Vec::new();
        for overlay in &image.overlays {
            masks.extend(overlay.mask(self, instance, request.frame).await?);
        }
        Ok(masks)
    }

    /// The frame that stands for a multi-frame image (Representative Frame Number), when the image says which.
    pub async fn representative_frame(&self, instance: &StoredInstance) -> Result<Option<u32>, Error> {
        if instance.frame_count == 0 {
            return Ok(None);
        }
        let number = self.image(instance).await?.representative_frame;
        Ok(number.filter(|number| (1..=instance.frame_count).contains(number)))
    }

    /// How long the frames of an instance are shown.
    pub async fn cine(&self, instance: &StoredInstance) -> Result<Cine, Error> {
        Ok(self.image(instance).await?.cine.clone())
    }

    /// The ICC profile of an instance's colours; `None` when it has none, or one that no profile is as long as.
    pub async fn icc_profile(&self, instance: &StoredInstance) -> Result<Option<Bytes>, Error> {
        if instance.frame_count == 0 {
            return Ok(None);
        }
        match self.image(instance).await?.icc_profile.clone() {
            Some(range) if range.end - range.start <= LONGEST_PROFILE => {
                self.bytes(instance, vec![range]).await.map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// The frames that are subtracted from each other for what is asked: as the presentation state says, else the image.
fn subtracted(image: &Image, instance: &StoredInstance, request: &RenderRequest) -> Option<Terms> {
    let subtractions = request.presentation.as_deref().map_or(&image.subtractions[..], PresentationState::subtractions);
    let terms = subtraction::terms(subtractions, request.frame, instance.frame_count);
    terms.filter(|_| subtraction::is_possible(image))
}

/// Bytes that rendering a frame takes.
fn room(image: &Image, subtracts: bool, above: Option<&Image>) -> u64 {
    // Sums of two kinds, and one more frame, in four bytes a pixel.
    let sums = if subtracts { 16 * u64::from(image.format.columns) * u64::from(image.format.rows) } else { 0 };
    Images::bytes_of(image) + sums + above.map_or(0, |above| 2 * Images::bytes_of(above))
}

/// Columns and rows of what is shown of a frame before the request's own region and viewport.
fn shown_size(image: &Image, instance: &StoredInstance, request: &RenderRequest) -> Result<(u32, u32), Error> {
    let (columns, rows) = (image.format.columns, image.format.rows);
    match &request.presentation {
        None => Ok((columns, rows)),
        Some(state) => {
            state.check(&instance.instance, request.frame)?;
            state.size(columns, rows, &instance.instance, request.frame)
        }
    }
}

/// Paints overlays at the grey level of their group, if it has one.
fn lay_over(picture: &mut Picture, masks: &[Mask], samples: &codec::Samples, level: impl Fn(u16) -> Option<u8>) {
    for mask in masks {
        let Some(level) = level(mask.group) else { continue };
        match &mask.source {
            Source::Pixels(pixels) => planes::paint(picture, pixels, mask.columns, mask.origin, level),
            Source::Embedded(bit) => {
                let pixels = planes::embedded(&samples.bytes, samples.bits_allocated, *bit);
                planes::paint(picture, &pixels, mask.columns, mask.origin, level);
            }
        }
    }
}

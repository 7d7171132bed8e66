//! Rendering: one frame to a picture for the screen (PS3.18 §8.3.5; pipeline of PS3.4 §N.2).
//!
//! Read in this order: `image` is what the attributes say, `pixels` gets a frame's samples, `picture` makes grey
//! levels or colours of them, `view` cuts, mirrors and scales.

mod grey_scale;
mod image;
mod images;
mod picture;
mod pixels;
mod tables;
#[cfg(test)]
pub(crate) mod tests;
mod view;

pub(crate) use image::Image;
pub(crate) use images::Images;
pub(crate) use pixels::{decode, stored_frame, undecodable};

use data_set::FrameIndex;

use crate::{Archive, Error, StoredInstance, archive};

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
}

impl Archive {
    /// A frame as a picture of 8-bit grey levels or RGB colours.
    ///
    /// # Errors
    /// `NotAcceptable` when the object has no pixels or no codec reads them, `NotFound` past the last frame, `Damaged`
    /// when the frame is broken, `BadRequest` when window, region or viewport cannot be.
    pub async fn render(&self, instance: &StoredInstance, request: &RenderRequest) -> Result<compute::Picture, Error> {
        if *self.frame_index(instance).await? == FrameIndex::None {
            return Err(Error::NotAcceptable(format!("instance {} has no pixels to render", instance.instance)));
        }
        let window = request.window.map(|window| window.checked()).transpose()?;
        let image = self.image(instance).await?;
        let view = view::View::new(request, image.format.columns, image.format.rows)?;
        let frame = stored_frame(self, instance, &image, request.frame).await?;
        let room = self.0.images.room(&image).await;
        let (syntax, number) = (instance.transfer_syntax.clone(), request.frame);
        archive::blocking(move || {
            let samples = decode(&syntax, &frame, &image)?;
            let picture = picture::picture(&image, number, samples, window)?;
            drop(room);
            Ok(view.of(picture))
        })
        .await
    }
}

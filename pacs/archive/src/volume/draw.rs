//! Views drawn: values on a plane or along lines of sight, and pictures of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use compute::region::mirror_horizontally;
use compute::volume::{self, Bricks, Interpolation, Plane, Sight, Slab, Stop, Transfer};
use compute::{Picture, Presentation, Voi as Window, Voxels};
use rayon::prelude::*;
use tokio::sync::OwnedSemaphorePermit;

use super::accelerator::Accelerator;
use super::site::Site;
use super::view::refused;
use super::{Method, Reformat, SeriesVolume, View, ViewRequest};
use crate::{Archive, Error, archive};

/// Pixels that one thread gives grey levels to at least.
const LEVELS: usize = 1 << 14;
/// Longest side of a picture that only tells which values are seen, in pixels.
const SMALL: usize = 128;

/// What is measured on a plane, or along lines of sight.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// Where the pixels are.
    pub plane: Plane,
    /// What values are made of; `None` for all that is on a line of sight.
    pub slab: Option<Slab>,
    /// How values between samples are made; linear along lines of sight.
    pub interpolation: Interpolation,
    /// What becomes of values along a line of sight.
    pub intensity: volume::Intensity,
    /// The value where there is no volume.
    pub outside: f32,
}

impl Archive {
    /// What is seen of a volume when it is looked at so.
    ///
    /// # Errors
    /// `BadRequest` for a camera, curve, region or window that is none, `Unavailable` when too many wait for a turn.
    pub async fn view(&self, seen: &Arc<SeriesVolume>, request: &ViewRequest) -> Result<View, Error> {
        let (archive, seen, request) = (self.clone(), seen.clone(), request.clone());
        self.work(move |stop| {
            let mut view = request.view(&seen.stack, || seen.range(), stop)?;
            if request.window.is_none() && request.state.is_none() && view.reformat == Reformat::ThreeD {
                let window = seen.window_of_all(&archive.0.volumes.accelerator, &view, stop)?;
                view.window = window.unwrap_or(view.window);
            }
            Ok(view)
        })
        .await
    }

    /// The picture of one frame of a view.
    ///
    /// # Errors
    /// `NotFound` past the last frame, `Unavailable` when too many wait for a turn.
    pub async fn draw(&self, seen: &Arc<SeriesVolume>, view: &View, frame: usize) -> Result<Picture, Error> {
        let sight = view.sight(frame).ok_or_else(|| Error::NotFound(format!("frame {frame} of the view")))?;
        let (archive, seen, view) = (self.clone(), seen.clone(), view.clone());
        self.work(move |stop| {
            let drawn = seen.drawn(&archive.0.volumes.accelerator, &view, &sight, stop)?;
            let drawn = if view.is_mirrored { mirror_horizontally(&drawn) } else { drawn };
            let mut drawn = match view.canvas {
                Some(canvas) => canvas.around(drawn),
                None => drawn,
            };
            seen.stack.middle().0.image.burn_in.draw(&mut drawn, view.annotation);
            Ok(drawn)
        })
        .await
    }

    /// The values on a plane: rows of 32-bit numbers.
    ///
    /// # Errors
    /// `BadRequest` for a plane without extent, `Unavailable` when too many wait for a turn.
    pub async fn measure(&self, seen: &Arc<SeriesVolume>, measure: Measure) -> Result<Vec<f32>, Error> {
        let (archive, seen) = (self.clone(), seen.clone());
        self.work(move |stop| seen.measured(&archive.0.volumes.accelerator, &measure, stop)).await
    }

    /// The same by the processor, whatever device there is: to the digit what it was before, for objects that are known by
    /// what they hold ([`Archive::derived`]).
    ///
    /// # Errors
    /// As of [`Archive::measure`].
    pub async fn measure_exactly(&self, seen: &Arc<SeriesVolume>, measure: Measure) -> Result<Vec<f32>, Error> {
        let (archive, seen) = (self.clone(), seen.clone());
        self.work(move |stop| seen.measured(&archive.0.volumes.processor, &measure, stop)).await
    }

    /// Takes a turn to work where it blocks nobody. The work is told to stop when the caller goes away.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&(dyn Fn() -> bool + Sync)) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        in_turn(self.0.volumes.work.take().await?, work).await
    }
}

pub(super) async fn in_turn<T: Send + 'static>(
    turn: OwnedSemaphorePermit,
    work: impl FnOnce(&(dyn Fn() -> bool + Sync)) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let left = Left(Arc::new(AtomicBool::new(false)));
    let is_left = left.0.clone();
    let result = archive::blocking(move || {
        let result = work(&|| is_left.load(Ordering::Relaxed));
        drop(turn);
        result
    });
    result.await
}

/// Tells the work that nobody waits for it any more.
struct Left(Arc<AtomicBool>);

impl Drop for Left {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Grey levels of values; black where there is no volume.
pub fn levels(values: &[f32], size: (usize, usize), window: &Window, is_inverse: bool) -> Picture {
    picture(values, size, window, if is_inverse { &Presentation::Inverse } else { &Presentation::Identity })
}

fn picture(values: &[f32], (width, height): (usize, usize), window: &Window, presentation: &Presentation) -> Picture {
    let level = |value: &f32| if value.is_nan() { 0 } else { presentation.level(window, f64::from(*value)) };
    let samples = values.par_iter().with_min_len(LEVELS).map(level).collect();
    Picture { width: width as u32, height: height as u32, channels: 1, samples }
}

/// Values in colours; black where there is no volume.
fn coloured(values: &[f32], (width, height): (usize, usize), transfer: &Transfer) -> Picture {
    let mut samples = vec![0; 3 * values.len()];
    let pixels = samples.par_chunks_mut(3).zip(values).with_min_len(LEVELS);
    pixels.for_each(|(pixel, value)| pixel.copy_from_slice(&on_black(transfer.at(*value))));
    Picture { width: width as u32, height: height as u32, channels: 3, samples }
}

/// A colour as far as it hides the black behind it.
pub(super) fn on_black([red, green, blue, alpha]: [f32; 4]) -> [u8; 3] {
    [red, green, blue].map(|part| (part * alpha * 255.0).round() as u8)
}

impl SeriesVolume {
    /// What is measured.
    pub(super) fn measured(
        &self,
        accelerator: &Accelerator,
        measure: &Measure,
        stop: Stop<'_>,
    ) -> Result<Vec<f32>, Error> {
        let Measure { plane, slab, interpolation, intensity, outside } = measure;
        let Some(slab) = slab else {
            return self.projected(accelerator, &plane.straight(), (*intensity, *outside), stop);
        };
        let on_device = self.site(accelerator).slice(plane, slab, *interpolation, *outside, stop);
        let values = on_device.unwrap_or_else(|| match slab.thickness > 0.0 {
            true => volume::slab(&self.volume, plane, slab, *interpolation, *outside, stop),
            false => volume::slice(&self.volume, plane, *interpolation, *outside, stop),
        });
        values.map_err(refused)
    }

    /// What all that is on a line of sight becomes, and the value where there is no volume.
    pub(super) fn projected(
        &self,
        accelerator: &Accelerator,
        sight: &Sight,
        (intensity, outside): (volume::Intensity, f32),
        stop: Stop<'_>,
    ) -> Result<Vec<f32>, Error> {
        let on_device = self.site(accelerator).project(sight, intensity, outside, stop);
        let values =
            on_device.unwrap_or_else(|| volume::project(&self.volume, self.bricks(), sight, intensity, outside, stop));
        values.map_err(refused)
    }

    /// The window of intensities over everything, which that of a slice is not made for: nearly all values of a small picture.
    fn window_of_all(&self, accelerator: &Accelerator, view: &View, stop: Stop<'_>) -> Result<Option<Window>, Error> {
        let (Method::Intensity(intensity), Some(plane)) = (view.method, view.planes.first()) else {
            return Ok(None);
        };
        let plane = plane.fitted(SMALL, SMALL).map_err(refused)?;
        let (interpolation, outside) = (Interpolation::Linear, f32::NAN);
        let measure = Measure { plane, slab: None, interpolation, intensity, outside };
        let mut values = self.measured(accelerator, &measure, stop)?;
        values.retain(|value| value.is_finite());
        values.sort_unstable_by(f32::total_cmp);
        let at = |part: f64| values.get((part * (values.len().max(1) - 1) as f64) as usize).copied();
        match (at(0.01), at(0.995)) {
            (Some(least), Some(most)) if least < most => Ok(Some(Window::range(least.into(), most.into()))),
            _ => Ok(None),
        }
    }

    pub(super) fn site<'a>(&'a self, accelerator: &'a Accelerator) -> Site<'a> {
        Site { accelerator, volume: &self.volume, on_device: &self.on_device }
    }

    /// The picture of a plane, or of all that is seen onto it.
    fn drawn(&self, accelerator: &Accelerator, view: &View, sight: &Sight, stop: Stop<'_>) -> Result<Picture, Error> {
        if let Some(composed) = view.composed.as_ref().filter(|_| view.reformat == Reformat::ThreeD) {
            return composed.rendered(self, accelerator, (view.method, sight), stop);
        }
        let intensity = match view.method {
            Method::Intensity(intensity) => intensity,
            Method::Rendered(preset) => {
                let of_preset = || preset.unwrap_or(self.stack.preset()).transfer(self.spread());
                let transfer = view.transfer.clone().unwrap_or_else(of_preset);
                if let Some(drawn) = self.site(accelerator).render(sight, &transfer, stop) {
                    return drawn.map_err(refused);
                }
                let bricks = self.rendering_bricks()?;
                return volume::render(&self.volume, bricks, sight, &transfer, stop).map_err(refused);
            }
        };
        // Where there is nothing it is black.
        let (plane, outside) = (sight.plane, f32::NAN);
        let values = match view.reformat {
            Reformat::ThreeD => {
                let values = self.projected(accelerator, sight, (intensity, outside), stop)?;
                if let Some(transfer) = &view.transfer {
                    return Ok(coloured(&values, (plane.width, plane.height), transfer));
                }
                values
            }
            Reformat::Mpr => {
                let slab = Some(Slab { thickness: view.slab.unwrap_or(0.0), intensity });
                let measure = Measure { plane, slab, interpolation: Interpolation::Linear, intensity, outside };
                if let Some(composed) = &view.composed {
                    return composed.drawn(self, accelerator, &measure, stop);
                }
                self.measured(accelerator, &measure, stop)?
            }
        };
        Ok(picture(&values, (plane.width, plane.height), &view.window, &view.presentation))
    }

    /// What makes projections fast; made by the first one.
    fn bricks(&self) -> Option<&Bricks> {
        self.bricks.get_or_init(|| Bricks::of(&self.volume).ok()).as_ref()
    }

    /// The same, without which nothing is rendered.
    pub(super) fn rendering_bricks(&self) -> Result<&Bricks, Error> {
        self.bricks().ok_or_else(|| Error::Unprocessable("the volume is too large to be rendered".to_owned()))
    }

    /// The values between which most samples lie.
    fn spread(&self) -> (f32, f32) {
        *self.spread.get_or_init(|| match volume::histogram(&self.volume, 4096, &volume::never) {
            Ok(histogram) => (histogram.quantile(0.01) as f32, histogram.quantile(0.995) as f32),
            Err(_) => self.range(),
        })
    }

    /// The least and the greatest value that were measured.
    pub fn range(&self) -> (f32, f32) {
        fn of<T: Copy + Into<f32>>(samples: &[T], padding: Option<f32>) -> (f32, f32) {
            let values = samples.iter().map(|sample| (*sample).into());
            let finite = values.filter(|value: &f32| value.is_finite() && Some(*value) != padding);
            finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)))
        }
        *self.range.get_or_init(|| {
            let padding = self.volume.padding;
            let (least, most) = match &self.volume.voxels {
                Voxels::U8(samples) => of(samples, padding),
                Voxels::I16(samples) => of(samples, padding),
                Voxels::U16(samples) => of(samples, padding),
                Voxels::F32(samples) => of(samples, padding),
            };
            if least > most {
                return (0.0, 0.0);
            }
            let ends = [least, most].map(|stored| self.volume.slope * stored + self.volume.intercept);
            (ends[0].min(ends[1]), ends[0].max(ends[1]))
        })
    }
}

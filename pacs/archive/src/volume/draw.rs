//! Views drawn: values on a plane or along lines of sight, and pictures of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use compute::volume::{self, Interpolation, Plane, Slab};
use compute::{Picture, Presentation, Voi as Window, Voxels};

use super::view::refused;
use super::{Reformat, SeriesVolume, View, ViewRequest};
use crate::{Archive, Error, archive};

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
        let (seen, request) = (seen.clone(), request.clone());
        self.work(move |_| request.view(&seen, || seen.range())).await
    }

    /// The picture of one frame of a view.
    ///
    /// # Errors
    /// `NotFound` past the last frame, `Unavailable` when too many wait for a turn.
    pub async fn draw(&self, seen: &Arc<SeriesVolume>, view: &View, frame: usize) -> Result<Picture, Error> {
        let plane = *view.planes.get(frame).ok_or_else(|| Error::NotFound(format!("frame {frame} of the view")))?;
        let measure = Measure {
            plane,
            slab: (view.reformat == Reformat::Mpr).then(|| view.thick()),
            interpolation: Interpolation::Linear,
            intensity: view.intensity,
            // Where there is nothing it is black.
            outside: f32::NAN,
        };
        let (seen, window, annotation) = (seen.clone(), view.window.clone(), view.annotation);
        self.work(move |stop| {
            let values = measured(&seen, &measure, stop)?;
            let mut drawn = picture(&values, &measure.plane, &window, seen.stack.is_inverse());
            seen.stack.middle().0.image.burn_in.draw(&mut drawn, annotation);
            Ok(drawn)
        })
        .await
    }

    /// The values on a plane: rows of 32-bit numbers.
    ///
    /// # Errors
    /// `BadRequest` for a plane without extent, `Unavailable` when too many wait for a turn.
    pub async fn measure(&self, seen: &Arc<SeriesVolume>, measure: Measure) -> Result<Vec<f32>, Error> {
        let seen = seen.clone();
        self.work(move |stop| measured(&seen, &measure, stop)).await
    }

    /// Takes a turn to work where it blocks nobody. The work is told to stop when the caller goes away.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&(dyn Fn() -> bool + Sync)) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let turn = self.0.volumes.work.take().await?;
        let left = Left(Arc::new(AtomicBool::new(false)));
        let is_left = left.0.clone();
        let result = archive::blocking(move || {
            let result = work(&|| is_left.load(Ordering::Relaxed));
            drop(turn);
            result
        });
        result.await
    }
}

/// Tells the work that nobody waits for it any more.
struct Left(Arc<AtomicBool>);

impl Drop for Left {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn measured(
    seen: &SeriesVolume,
    measure: &Measure,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<f32>, Error> {
    let Measure { plane, slab, interpolation, intensity, outside } = measure;
    let values = match slab {
        None => volume::project(&seen.volume, None, plane, *intensity, *outside, stop),
        Some(slab) if slab.thickness > 0.0 => {
            volume::slab(&seen.volume, plane, slab, *interpolation, *outside, stop)
        }
        Some(_) => volume::slice(&seen.volume, plane, *interpolation, *outside, stop),
    };
    values.map_err(refused)
}

/// Grey levels of values; black where there is no volume.
pub(super) fn picture(values: &[f32], plane: &Plane, window: &Window, is_inverse: bool) -> Picture {
    let presentation = if is_inverse { Presentation::Inverse } else { Presentation::Identity };
    let level = |value: &f32| if value.is_nan() { 0 } else { presentation.level(window, f64::from(*value)) };
    Picture {
        width: plane.width as u32,
        height: plane.height as u32,
        channels: 1,
        samples: values.iter().map(level).collect(),
    }
}

/// Grey levels of values, as [`Archive::draw`] makes them.
pub fn levels(values: &[f32], plane: &Plane, window: &Window, is_inverse: bool) -> Picture {
    picture(values, plane, window, is_inverse)
}

impl SeriesVolume {
    /// The least and the greatest value that were measured.
    pub fn range(&self) -> (f32, f32) {
        fn of<T: Copy + Into<f32>>(samples: &[T]) -> (f32, f32) {
            let finite = samples.iter().map(|sample| (*sample).into()).filter(|value: &f32| value.is_finite());
            finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)))
        }
        *self.range.get_or_init(|| {
            let (least, most) = match &self.volume.voxels {
                Voxels::U8(samples) => of(samples),
                Voxels::I16(samples) => of(samples),
                Voxels::U16(samples) => of(samples),
                Voxels::F32(samples) => of(samples),
            };
            if least > most {
                return (0.0, 0.0);
            }
            let ends = [least, most].map(|stored| self.volume.slope * stored + self.volume.intercept);
            (ends[0].min(ends[1]), ends[0].max(ends[1]))
        })
    }
}

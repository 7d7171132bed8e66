//! A curved reformat as a program asks for it: the surface along a curve, rolled out.

use std::sync::Arc;

use compute::volume::{self, Curve, Interpolation, Point};

use super::SeriesVolume;
use super::camera::{FRONT, HEAD};
use super::slice::{cross, dot, unit};
use super::view::refused;
use crate::{Archive, Error};

/// Longest side of the picture, in pixels.
const LONGEST_SIDE: usize = 16_384;
/// Most pixels of the picture.
const MOST_PIXELS: usize = 1 << 24;

/// A surface: what a straight line sweeps whose middle goes along a curve.
#[derive(Debug, Clone, PartialEq)]
pub struct CurveRequest {
    /// The curve: straight from point to point, in mm.
    pub points: Vec<Point>,
    /// The direction of the line, which is up in the picture; the head, or the front of a curve that goes there, when
    /// `None`.
    pub up: Option<Point>,
    /// Length of the line, in mm.
    pub height: f64,
    /// From pixel to pixel, in mm; the finest spacing of the volume when `None`.
    pub spacing: Option<f64>,
}

impl SeriesVolume {
    /// The surface of a request, and how many columns it has.
    ///
    /// # Errors
    /// `BadRequest` for what has no extent, or too many pixels.
    pub fn curve(&self, request: &CurveRequest) -> Result<(Curve, usize), Error> {
        let spacing = request.spacing.unwrap_or_else(|| self.volume.geometry.pixel(self.volume.size));
        let ways = || {
            request.points.windows(2).filter_map(|pair| unit(std::array::from_fn(|axis| pair[1][axis] - pair[0][axis])))
        };
        let is_along = |up: Point| ways().all(|way| dot(cross(way, up), cross(way, up)) < 1e-6);
        let up = match request.up {
            Some(up) => {
                unit(up).ok_or_else(|| Error::BadRequest("up must be a direction: it has no length".to_owned()))?
            }
            None if is_along(HEAD) => FRONT,
            None => HEAD,
        };
        if ways().next().is_none() {
            return Err(Error::BadRequest("points has no two that differ".to_owned()));
        }
        if is_along(up) {
            return Err(Error::BadRequest("up is the direction of the whole curve".to_owned()));
        }
        let height = (request.height / spacing).round().max(1.0) as usize;
        let curve = Curve { points: request.points.clone(), direction: up.map(|x| -x), spacing, height };
        let too_many = || {
            Error::BadRequest(format!(
                "points, height and spacing make too many pixels: sides up to {LONGEST_SIDE}, {MOST_PIXELS} in all"
            ))
        };
        let columns = match curve.columns() {
            Ok(columns) => columns.len(),
            Err(volume::Error::TooLarge { .. }) => return Err(too_many()),
            Err(error) => return Err(refused(error)),
        };
        if columns.max(height) > LONGEST_SIDE || columns * height > MOST_PIXELS {
            return Err(too_many());
        }
        Ok((curve, columns))
    }
}

impl Archive {
    /// The values on a surface along a curve: rows of 32-bit numbers.
    ///
    /// # Errors
    /// `Unavailable` when too many wait for a turn.
    pub async fn measure_curve(
        &self,
        seen: &Arc<SeriesVolume>,
        curve: Curve,
        interpolation: Interpolation,
        outside: f32,
    ) -> Result<Vec<f32>, Error> {
        let (archive, seen) = (self.clone(), seen.clone());
        self.work(move |stop| {
            let site = seen.site(&archive.0.volumes.accelerator);
            let values = site
                .reformat(&curve, interpolation, outside, stop)
                .unwrap_or_else(|| volume::reformat(&seen.volume, &curve, interpolation, outside, stop));
            values.map_err(refused)
        })
        .await
    }
}

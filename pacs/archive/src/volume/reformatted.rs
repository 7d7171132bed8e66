//! A Series of parallel planes through a volume, each a derived object (PS3.3 §C.7.6.2): made one after the other, so that
//! a long one takes no more memory than a few planes.

use std::sync::Arc;

use compute::volume::Plane;
use data_set::DataSet;

use super::derived::{Member, uid};
use super::draw::in_turn;
use super::{Admission, Derived, Measure, PlaneRequest, SeriesVolume};
use crate::{Archive, Error};

/// Most planes of a Series.
const MOST: usize = 4096;
/// Most pixels of all planes together: 2 GiB of samples.
const MOST_PIXELS: usize = 1 << 30;

/// Parallel planes as a program asks for them.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanesRequest {
    /// The plane in the middle; without `count` only its directions and its place within the plane matter.
    pub middle: PlaneRequest,
    /// From plane to plane in mm; as far as between samples where they are finest when `None`.
    pub step: Option<f64>,
    /// How many; as many as show the whole volume when `None`.
    pub count: Option<u32>,
}

/// Parallel planes in equal steps, the one nearest to the viewer first.
#[derive(Debug, Clone, PartialEq)]
pub struct Planes {
    /// The first.
    pub first: Plane,
    /// From each to the next, in mm.
    pub step: f64,
    /// How many there are; none is 0.
    pub count: usize,
}

impl SeriesVolume {
    /// The planes of a request.
    ///
    /// # Errors
    /// `BadRequest` as of [`SeriesVolume::plane`], and when they are too many.
    pub fn planes(&self, request: &PlanesRequest) -> Result<Planes, Error> {
        let plane = self.plane(&request.middle)?;
        let (geometry, size, normal) = (&self.volume.geometry, self.volume.size, plane.normal());
        let step = request.step.unwrap_or_else(|| geometry.pixel(size));
        let depth = |place: [f64; 3]| (0..3).map(|axis| normal[axis] * (place[axis] - plane.corner[axis])).sum::<f64>();
        let depths = geometry.corners(size).map(depth);
        let (near, far) = depths
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(near, far), depth| (near.min(*depth), far.max(*depth)));
        let (middle, count) = match request.count {
            Some(count) => (0.0, count as usize),
            None => ((near + far) / 2.0, ((far - near) / step - 1e-6).ceil().clamp(1.0, 1e9) as usize),
        };
        if count == 0 || count > MOST || count.saturating_mul(plane.pixels()) > MOST_PIXELS {
            let pixels = plane.pixels();
            return Err(Error::BadRequest(format!(
                "step and count make {count} planes of {pixels} pixels: there can be 1 to {MOST}, of {MOST_PIXELS} \
                 pixels together"
            )));
        }
        Ok(Planes { first: plane.moved(middle - step * (count - 1) as f64 / 2.0), step, count })
    }
}

/// A Series that is made.
#[derive(Debug)]
pub struct Reformatted {
    seen: Arc<SeriesVolume>,
    header: DataSet,
    /// Of the first plane.
    measure: Measure,
    planes: Planes,
    /// Series Instance UID.
    series: String,
}

impl Archive {
    /// Makes ready for a Series of planes, all measured as `measure` says of the first.
    ///
    /// # Errors
    /// As of reading the header of a stored instance.
    pub async fn reformatted(
        &self,
        seen: Arc<SeriesVolume>,
        measure: Measure,
        planes: Planes,
    ) -> Result<Reformatted, Error> {
        let header = self.header(&seen.stack.middle().0.instance).await?;
        let series = uid(&seen, &format!("reformatted series {measure:?} {planes:?}"));
        Ok(Reformatted { seen, header, measure, planes, series })
    }

    /// A plane of what was let in ([`Archive::admit_animation`]), from 0.
    ///
    /// # Errors
    /// `NotFound` past the last one, else as of [`Archive::derived`].
    pub async fn reformatted_plane(
        &self,
        _admitted: &Admission,
        made: &Arc<Reformatted>,
        number: usize,
    ) -> Result<Derived, Error> {
        if number >= made.planes.count {
            return Err(Error::NotFound(format!("plane {number} of the series")));
        }
        let turn = self.0.volumes.work.take_next().await?;
        let (archive, made) = (self.clone(), made.clone());
        in_turn(turn, move |stop| {
            let plane = made.planes.first.moved(made.planes.step * number as f64);
            let measure = Measure { plane, ..made.measure.clone() };
            // The last digits of a device would make other objects of it.
            let values = made.seen.measured(&archive.0.volumes.processor, &measure, stop)?;
            let member = Member { series: &made.series, number: number as i32 + 1 };
            Derived::new(&made.header, &made.seen, &measure, &values, &member)
        })
        .await
    }
}

//! The rays of a projection: one through each pixel, parallel or from one place, through the whole volume.

use super::line::Line;
use super::{Plane, Point, Sight, Volume, vector};

/// Where along lines of sight samples are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rays {
    /// The axis of the grid along which the viewer looks (0 columns, 1 rows, 2 slices) when all of the volume is seen along
    /// one.
    pub axis: Option<usize>,
    /// How many samples there are on a ray along the normal: on every ray, when they are parallel.
    pub count: usize,
    /// From sample to sample, in mm.
    pub step: f64,
    sight: Sight,
    normal: Point,
    /// What is met, in steps along the normal from the plane, or from the viewer.
    reach: (f64, f64),
    /// How far the first samples along `axis` are from the plane, in mm.
    face: f64,
}

/// How much a step along an axis may move along another, in samples: what rounded headers do.
const STRAY: f64 = 1e-7;

impl Rays {
    /// The most samples of a ray.
    pub(crate) const MOST: usize = 1_000_001;

    /// The rays that go through a volume and meet a plane in its pixels.
    pub fn through(volume: &Volume, sight: &Sight) -> Self {
        let rays = Self::among(&[volume], sight);
        let is_whole = sight.from.is_none() && sight.between.is_none();
        match axis(volume, &sight.plane, rays.normal).filter(|_| is_whole) {
            Some((axis, face)) => Self { axis: Some(axis), face, ..rays },
            None => rays,
        }
    }

    /// The same through all of several volumes, in steps of the finest of them; along no axis.
    pub fn among(volumes: &[&Volume], sight: &Sight) -> Self {
        let step = volumes.iter().map(|volume| volume.geometry.finest()).fold(f64::INFINITY, f64::min);
        let normal = sight.plane.normal();
        let depth = |place: Point| vector::dot(normal, vector::minus(place, sight.base()));
        let corners = volumes.iter().flat_map(|volume| volume.stack().corners(volume.size));
        let (mut near, mut far) = corners
            .map(|corner| depth(corner) / step)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(near, far), depth| (near.min(depth), far.max(depth)));
        if let Some((first, last)) = sight.between {
            (near, far) = (near.max(first / step), far.min(last / step));
        }
        if sight.from.is_some() {
            near = near.max(0.0);
        }
        let count = places(near, far).1;
        Self { axis: None, count, step, sight: *sight, normal, reach: (near, far), face: 0.0 }
    }

    /// What is looked at, and how.
    #[cfg(feature = "opencl")]
    pub(crate) fn sight(&self) -> &Sight {
        &self.sight
    }

    /// How far the first samples of parallel rays are from the plane, in mm.
    #[cfg(feature = "opencl")]
    pub(crate) fn first_depth(&self) -> f64 {
        places(self.reach.0, self.reach.1).0 * self.step
    }

    /// What is met, in steps along the normal: from the viewer, where there is one.
    #[cfg(feature = "opencl")]
    pub(crate) fn reach(&self) -> (f64, f64) {
        self.reach
    }

    /// The direction of the ray through a place on the plane, of length 1.
    pub(super) fn toward(&self, pixel: Point) -> Point {
        match self.sight.from {
            Some(viewer) => vector::unit(vector::minus(pixel, viewer)),
            None => self.normal,
        }
    }

    /// The samples of the ray through a place on the plane.
    pub(super) fn line(&self, pixel: Point) -> Line {
        let toward = self.toward(pixel);
        let (start, first, count) = match self.sight.from {
            // What is as deep is farther away the more a ray leans.
            Some(viewer) => {
                let lean = vector::dot(toward, self.normal);
                let (first, count) = places(self.reach.0 / lean, self.reach.1 / lean);
                (viewer, first, if lean > 0.0 { count } else { 0 })
            }
            None => (pixel, places(self.reach.0, self.reach.1).0, self.count),
        };
        Line { start: vector::along(start, toward, first * self.step), step: vector::times(toward, self.step), count }
    }

    /// The ray through a pixel.
    pub(crate) fn ray(&self, column: usize, row: usize) -> Line {
        self.line(self.sight.plane.point(column as f64, row as f64))
    }

    /// The plane moved onto the samples of a flattened volume.
    pub(crate) fn onto(&self) -> Plane {
        self.sight.plane.moved(self.face)
    }
}

/// The first whole number from `near` on, and how many there are to `far`.
fn places(near: f64, far: f64) -> (f64, usize) {
    let (first, last) = (near.ceil(), far.floor());
    (first, if last >= first { (last - first).min(Rays::MOST as f64 - 1.0) as usize + 1 } else { 0 })
}

/// The axis that the normal is along, while the plane is along the others; and how far the first samples along it are.
fn axis(volume: &Volume, plane: &Plane, normal: Point) -> Option<(usize, f64)> {
    let stack = volume.stack();
    let pieces = stack.pieces();
    let along = |axis: usize| {
        pieces.iter().all(|piece| {
            let (ray, across, down) =
                (piece.direction(normal), piece.direction(plane.across), piece.direction(plane.down));
            let others = (0..3).filter(|other| *other != axis);
            others.fold(0.0, |stray: f64, other| stray.max(ray[other].abs())) < STRAY * ray[axis].abs()
                && across[axis].abs() * plane.width as f64 + down[axis].abs() * (plane.height as f64) < 1e-3
        })
    };
    let axis = (0..3).find(|axis| along(*axis)).filter(|axis| *axis < 2 || pieces.len() == 1)?;
    let piece = pieces.first()?;
    Some((axis, -piece.index(plane.corner)[axis] / piece.direction(normal)[axis]))
}

//! The rays of a projection: parallel, one through each pixel, all through the whole volume.

use super::line::Line;
use super::{Plane, Point, Volume, vector};

/// Where along the line of sight samples are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rays {
    /// The axis of the grid along which the viewer looks (0 columns, 1 rows, 2 slices), if it is one.
    pub axis: Option<usize>,
    /// How many samples, the same on every ray.
    pub count: usize,
    /// From sample to sample, in mm.
    pub step: f64,
    /// The first sample, in steps from the plane.
    first: f64,
    /// How far the first samples along `axis` are from the plane, in mm.
    face: f64,
}

/// How much a step along an axis may move along another, in samples: what rounded headers do.
const STRAY: f64 = 1e-7;

/// The most samples of a ray.
const MOST: f64 = 1e6;

impl Rays {
    /// The rays that go through a volume and meet a plane in its pixels. They look along the normal of the plane, and the
    /// volume is seen whole, wherever the plane is.
    pub fn through(volume: &Volume, plane: &Plane) -> Self {
        let (normal, step) = (plane.normal(), volume.geometry.finest());
        let depths = volume.stack().corners(volume.size).map(|corner| depth(plane, normal, corner) / step);
        let first = depths.into_iter().fold(f64::INFINITY, f64::min).ceil();
        let last = depths.into_iter().fold(f64::NEG_INFINITY, f64::max).floor();
        let count = if last >= first { (last - first).min(MOST) as usize + 1 } else { 0 };
        let (axis, face) = match axis(volume, plane, normal) {
            Some((axis, face)) => (Some(axis), face),
            None => (None, 0.0),
        };
        Self { axis, count, step, first, face }
    }

    /// How far a sample is from the plane, in mm.
    pub(crate) fn depth(&self, number: usize) -> f64 {
        (self.first + number as f64) * self.step
    }

    /// The ray through a pixel.
    pub(crate) fn ray(&self, plane: &Plane, normal: Point, column: usize, row: usize) -> Line {
        let pixel = plane.point(column as f64, row as f64);
        Line {
            start: vector::along(pixel, normal, self.depth(0)),
            step: vector::times(normal, self.step),
            count: self.count,
        }
    }

    /// The plane moved onto the samples of a flattened volume.
    pub(crate) fn onto(&self, plane: &Plane) -> Plane {
        plane.moved(self.face)
    }
}

fn depth(plane: &Plane, normal: Point, place: Point) -> f64 {
    vector::dot(normal, vector::minus(place, plane.corner))
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

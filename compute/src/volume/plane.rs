//! What is looked at: a rectangle of pixels in space.

use super::{Error, Geometry, Point, check::finite, vector};

/// Pixels on a plane. The viewer looks along `across × down`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plane {
    /// Centre of the first pixel.
    pub corner: Point,
    /// From a pixel to the one in the next column, in mm.
    pub across: Point,
    /// From a pixel to the one in the next row, in mm.
    pub down: Point,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// The most pixels of a plane: 1 GiB of values.
const MOST_PIXELS: usize = 1 << 28;

impl Plane {
    /// The centre of a pixel; fractions and places off the picture are allowed.
    pub fn point(&self, column: f64, row: f64) -> Point {
        vector::along(vector::along(self.corner, self.across, column), self.down, row)
    }

    /// Unit vector in which the viewer looks.
    pub fn normal(&self) -> Point {
        vector::unit(vector::cross(self.across, self.down))
    }

    /// How many pixels there are.
    pub fn pixels(&self) -> usize {
        self.width * self.height
    }

    /// The plane moved by so many mm along where the viewer looks.
    pub fn moved(&self, depth: f64) -> Self {
        Self { corner: vector::along(self.corner, self.normal(), depth), ..*self }
    }

    /// Square pixels of `spacing` mm around a centre, with the viewer looking along `toward` and `up` upright.
    pub fn around(centre: Point, toward: Point, up: Point, spacing: f64, size: (usize, usize)) -> Result<Self, Error> {
        finite("the camera", &[centre, toward, up])?;
        let toward = vector::unit(toward);
        let across = vector::unit(vector::cross(toward, vector::unit(up)));
        if vector::length(across) < 0.5 {
            return Err(Error::NoExtent("the direction of the camera, or what is up,"));
        }
        let down = vector::times(vector::cross(toward, across), spacing);
        let (across, (width, height)) = (vector::times(across, spacing), size);
        let corner = vector::along(centre, across, -(width.saturating_sub(1) as f64) / 2.0);
        let corner = vector::along(corner, down, -(height.saturating_sub(1) as f64) / 2.0);
        let plane = Self { corner, across, down, width, height };
        plane.check().map(|()| plane)
    }

    /// The plane through the middle of a volume that shows all of it, at its finest spacing, as seen along `toward`.
    pub fn framing(geometry: &Geometry, size: [usize; 3], toward: Point, up: Point) -> Result<Self, Error> {
        Self::framing_corners(&geometry.corners(size), geometry.pixel(size), toward, up)
    }

    /// The same of a box with these [`Geometry::corners`], at such a spacing; for many views of one volume.
    pub fn framing_corners(corners: &[Point; 8], spacing: f64, toward: Point, up: Point) -> Result<Self, Error> {
        let centre = vector::times(corners.iter().copied().fold([0.0; 3], vector::plus), 1.0 / 8.0);
        let probe = Self::around(centre, toward, up, 1.0, (1, 1))?;
        let reach = |way: Point| {
            let reaches = corners.iter().map(|corner| vector::dot(way, vector::minus(*corner, centre)).abs());
            ((2.0 * reaches.fold(0.0, f64::max) / spacing - 1e-6).ceil() as usize).max(1)
        };
        Self::around(centre, toward, up, spacing, (reach(probe.across), reach(probe.down)))
    }

    /// The same field in square pixels, as many as fit within a viewport.
    pub fn fitted(&self, width: usize, height: usize) -> Result<Self, Error> {
        let (across, down) = (vector::length(self.across), vector::length(self.down));
        let field = (self.width as f64 * across, self.height as f64 * down);
        let spacing = (field.0 / width as f64).max(field.1 / height as f64);
        let side = |field: f64, most: usize| ((field / spacing).round() as usize).clamp(1, most.max(1));
        let centre = self.point((self.width as f64 - 1.0) / 2.0, (self.height as f64 - 1.0) / 2.0);
        let up = vector::times(self.down, -1.0);
        Self::around(centre, self.normal(), up, spacing, (side(field.0, width), side(field.1, height)))
    }

    /// Whether there is something to see.
    pub fn check(&self) -> Result<(), Error> {
        finite("the plane", &[self.corner, self.across, self.down])?;
        let area = vector::length(vector::cross(self.across, self.down));
        if self.width == 0 || self.height == 0 || !area.is_finite() || area <= 0.0 {
            return Err(Error::NoExtent("the plane"));
        }
        match self.width.checked_mul(self.height) {
            Some(pixels) if pixels <= MOST_PIXELS => Ok(()),
            _ => Err(Error::TooLarge { size: [self.width, self.height, 1] }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::samples_for_tests::{geometries, near};

    #[test]
    fn seen_from_the_feet_with_the_front_up_the_left_of_the_patient_is_on_the_right() {
        let plane = Plane::around([0.0; 3], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0], 2.0, (3, 5)).expect("a plane");
        assert!(near(plane.across, [2.0, 0.0, 0.0], 1e-12) && near(plane.down, [0.0, 2.0, 0.0], 1e-12));
        assert!(near(plane.corner, [-2.0, -4.0, 0.0], 1e-12));
        assert!(near(plane.normal(), [0.0, 0.0, 1.0], 1e-12));
    }

    #[test]
    fn a_framed_volume_is_seen_whole() {
        for (name, geometry) in geometries(9) {
            let plane = Plane::framing(&geometry, [9, 9, 9], [0.3, 1.0, -0.2], [0.0, 0.0, 1.0]).expect("a plane");
            let fitted = plane.fitted(64, 48).expect("a plane");
            for plane in [plane, fitted] {
                let stray = geometry.corners([9, 9, 9]).into_iter().any(|corner| {
                    let from = vector::minus(corner, plane.corner);
                    let (across, down) = (vector::length(plane.across), vector::length(plane.down));
                    let column = vector::dot(from, plane.across) / across.powi(2);
                    let row = vector::dot(from, plane.down) / down.powi(2);
                    let (width, height) = (plane.width as f64, plane.height as f64);
                    column < -1.0 || row < -1.0 || column > width || row > height
                });
                assert!(!stray, "{name}");
            }
        }
    }

    #[test]
    fn a_camera_that_looks_up_and_has_up_upright_is_refused() {
        let refused = Plane::around([0.0; 3], [0.0, 0.0, 1.0], [0.0, 0.0, 2.0], 1.0, (3, 3));
        assert!(matches!(refused, Err(Error::NoExtent(_))));
        assert!(matches!(Plane::around([0.0; 3], [0.0; 3], [0.0, 0.0, 2.0], 1.0, (3, 3)), Err(Error::NoExtent(_))));
        let endless = Plane::around([0.0; 3], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0], f64::NAN, (3, 3));
        assert!(matches!(endless, Err(Error::NotFinite(_))));
        let huge = Plane::around([0.0; 3], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0], 1.0, (usize::MAX, 3));
        assert!(matches!(huge, Err(Error::TooLarge { .. })));
    }
}

//! How a plane is looked at: from infinitely far away or from one place, and how much of the volume.

use super::check::finite;
use super::{Error, Plane, Point, vector};

/// Lines of sight through the pixels of a plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sight {
    /// Lines of sight meet it in its pixels.
    pub plane: Plane,
    /// Where the viewer stands, before the plane (perspective). Without one lines of sight are parallel, along the
    /// normal.
    pub from: Option<Point>,
    /// The nearest and the farthest that is seen: depths along the normal in mm, from the viewer or, without one, from
    /// the plane. Everything when `None`; nothing behind the viewer in any case.
    pub between: Option<(f64, f64)>,
}

impl Plane {
    /// The plane looked at along its normal: all of a volume is seen, wherever the plane is.
    pub fn straight(&self) -> Sight {
        Sight { plane: *self, from: None, between: None }
    }

    /// The plane looked at from a place.
    pub fn seen_from(&self, viewer: Point) -> Sight {
        Sight { from: Some(viewer), ..self.straight() }
    }
}

impl Sight {
    /// The place that depths are from.
    pub(super) fn base(&self) -> Point {
        self.from.unwrap_or(self.plane.corner)
    }

    /// The direction of the line of sight through the first pixel, and what is added to it from column to column and
    /// from row to row. They have any length.
    #[cfg(feature = "opencl")]
    pub(crate) fn fan(&self) -> [Point; 3] {
        let Plane { corner, across, down, .. } = self.plane;
        match self.from {
            Some(viewer) => [vector::minus(corner, viewer), across, down],
            None => [self.plane.normal(), [0.0; 3], [0.0; 3]],
        }
    }

    /// Whether there is something to see.
    pub fn check(&self) -> Result<(), Error> {
        self.plane.check()?;
        let Some(viewer) = self.from else { return Ok(()) };
        finite("the place of the viewer", &[viewer])?;
        match vector::dot(self.plane.normal(), vector::minus(self.plane.corner, viewer)) > 0.0 {
            true => Ok(()),
            false => Err(Error::NoExtent("what lies before the viewer")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_stands_before_the_plane() {
        let plane = Plane::around([0.0; 3], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], 1.0, (3, 3)).expect("a plane");
        assert_eq!(plane.seen_from([4.0, -0.5, 0.0]).check(), Ok(()));
        for viewer in [[0.0; 3], [0.0, 1.0, 0.0]] {
            assert!(matches!(plane.seen_from(viewer).check(), Err(Error::NoExtent(_))));
        }
        assert!(matches!(plane.seen_from([f64::NAN; 3]).check(), Err(Error::NotFinite(_))));
    }

    #[cfg(feature = "opencl")]
    #[test]
    fn lines_of_sight_fan_out_from_the_viewer() {
        let plane = Plane::around([0.0; 3], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], 1.0, (3, 3)).expect("a plane");
        let [first, across, down] = plane.seen_from([0.0, -10.0, 0.0]).fan();
        let last = vector::along(vector::along(first, across, 2.0), down, 2.0);
        assert_eq!((first, last), ([-1.0, 10.0, 1.0], [1.0, 10.0, -1.0]));
        assert_eq!(plane.straight().fan()[0], [0.0, 1.0, 0.0]);
    }
}

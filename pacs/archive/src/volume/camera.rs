//! Where a volume is looked at from (PS3.18 §8.3.5.3.4 to §8.3.5.3.7; PS3.3 §C.11.30).

use compute::volume::{Plane, Point};

use super::slice::{cross, dot, unit};
use super::view::refused;
use crate::Error;

/// The side of the patient that the viewer stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Orientation {
    Anterior,
    Posterior,
    Right,
    Left,
    Head,
    Feet,
}

/// Where the viewer stands, as a client says it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Viewpoint {
    /// At a side of the patient, looking at the middle of the volume. Head or, from head and feet, the front is up.
    Side(Orientation),
    /// Somewhere, in mm; what is not given is the middle of the volume, and the head as up.
    Camera {
        /// Viewpoint Position (0070,1603).
        position: Point,
        /// Viewpoint LookAt Point (0070,1604).
        look_at: Option<Point>,
        /// Viewpoint Up Direction (0070,1605).
        up: Option<Point>,
    },
}

/// A camera: all three of its attributes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// Viewpoint Position (0070,1603).
    pub position: Point,
    /// Viewpoint LookAt Point (0070,1604): the middle of the picture.
    pub look_at: Point,
    /// Viewpoint Up Direction (0070,1605), of length 1.
    pub up: Point,
}

pub(super) const HEAD: Point = [0.0, 0.0, 1.0];
pub(super) const FRONT: Point = [0.0, -1.0, 0.0];

impl Orientation {
    /// By the letter of the parameter `orientation`.
    pub fn of(letter: &str) -> Option<Self> {
        Some(match letter {
            "a" => Self::Anterior,
            "p" => Self::Posterior,
            "r" => Self::Right,
            "l" => Self::Left,
            "h" => Self::Head,
            "f" => Self::Feet,
            _ => return None,
        })
    }

    /// Where the viewer looks, and what is up.
    fn directions(self) -> (Point, Point) {
        match self {
            Self::Anterior => ([0.0, 1.0, 0.0], HEAD),
            Self::Posterior => ([0.0, -1.0, 0.0], HEAD),
            Self::Right => ([1.0, 0.0, 0.0], HEAD),
            Self::Left => ([-1.0, 0.0, 0.0], HEAD),
            Self::Head => ([0.0, 0.0, -1.0], FRONT),
            Self::Feet => ([0.0, 0.0, 1.0], FRONT),
        }
    }
}

impl Camera {
    /// The camera of a viewpoint, for a volume with this middle and half diagonal.
    pub(super) fn new(viewpoint: &Viewpoint, middle: Point, reach: f64) -> Result<Self, Error> {
        let (position, look_at, up) = match *viewpoint {
            Viewpoint::Side(side) => {
                let (toward, up) = side.directions();
                (along(middle, toward, -reach), middle, up)
            }
            Viewpoint::Camera { position, look_at, up } => {
                let look_at = look_at.unwrap_or(middle);
                let toward = std::array::from_fn(|axis| look_at[axis] - position[axis]);
                let toward = unit(toward).ok_or_else(|| {
                    Error::BadRequest("viewpointposition and viewpointlookat are the same place".to_owned())
                })?;
                let usual = if toward[2].abs() > 0.999 { FRONT } else { HEAD };
                // No direction at all is none that was given.
                (position, look_at, up.and_then(unit).unwrap_or(usual))
            }
        };
        let camera = Self { position, look_at, up };
        Plane::around(look_at, camera.toward(), up, 1.0, (1, 1))
            .map_err(|_| Error::BadRequest("viewpointup is the direction in which the camera looks".to_owned()))?;
        Ok(camera)
    }

    /// The direction in which the viewer looks, of length 1.
    pub fn toward(&self) -> Point {
        let toward = std::array::from_fn(|axis| self.look_at[axis] - self.position[axis]);
        unit(toward).unwrap_or([0.0, 1.0, 0.0])
    }

    /// The camera turned around what it looks at, about its up direction, in degrees.
    pub(super) fn turned(&self, degrees: f64) -> Self {
        let turned = turned(self.back(), self.up, degrees.to_radians().sin_cos());
        Self { position: std::array::from_fn(|axis| self.look_at[axis] + turned[axis]), ..*self }
    }

    /// The camera moved so that it looks at another place, in the same direction.
    pub(super) fn looking_at(&self, place: Point) -> Self {
        let moved = |axis: usize| self.position[axis] + place[axis] - self.look_at[axis];
        Self { position: std::array::from_fn(moved), look_at: place, ..*self }
    }

    /// The plane that `first` sees as `plane`, turned and moved with the camera: as large, its pixels as far apart.
    pub(super) fn seeing(&self, plane: &Plane, first: &Self) -> Plane {
        if self == first {
            return *plane;
        }
        let axes = |camera: &Self| [cross(camera.toward(), camera.up), camera.up, camera.toward()];
        let (from, to) = (axes(first), axes(self));
        let turned = |way: Point| (0..3).fold([0.0; 3], |sum, axis| along(sum, to[axis], dot(way, from[axis])));
        let corner = turned(std::array::from_fn(|axis| plane.corner[axis] - first.look_at[axis]));
        let corner = along(self.look_at, corner, 1.0);
        Plane { corner, across: turned(plane.across), down: turned(plane.down), ..*plane }
    }

    /// The camera at a place that looks along a direction.
    pub(super) fn along(&self, place: Point, toward: Point) -> Self {
        let reach = self.reach();
        let up = if cross(toward, self.up).iter().all(|x| x.abs() < 1e-3) {
            if toward[2].abs() > 0.9 { FRONT } else { HEAD }
        } else {
            self.up
        };
        Self { position: along(place, toward, -reach), look_at: place, up }
    }

    /// The same, turned there by the smallest angle: what is up turns with it. To look back it turns about what is up.
    pub(super) fn carried(&self, place: Point, toward: Point) -> Self {
        let (before, reach) = (self.toward(), self.reach());
        let axis = cross(before, toward);
        let turn = (dot(axis, axis).sqrt(), dot(before, toward));
        let up = unit(axis).map_or(self.up, |axis| turned(self.up, axis, turn));
        Self { position: along(place, toward, -reach), look_at: place, up }
    }

    /// How far what is looked at is from the viewer, in mm.
    pub(super) fn reach(&self) -> f64 {
        dot(self.back(), self.back()).sqrt()
    }

    fn back(&self) -> Point {
        std::array::from_fn(|axis| self.position[axis] - self.look_at[axis])
    }

    /// The plane of this size through what is looked at.
    pub(super) fn plane(&self, spacing: f64, size: (usize, usize)) -> Result<Plane, Error> {
        Plane::around(self.look_at, self.toward(), self.up, spacing, size).map_err(refused)
    }
}

/// A way turned about an axis of length 1 by an angle with this sine and cosine.
fn turned(way: Point, axis: Point, (sine, cosine): (f64, f64)) -> Point {
    let (side, lift) = (cross(axis, way), dot(axis, way) * (1.0 - cosine));
    std::array::from_fn(|x| way[x] * cosine + side[x] * sine + axis[x] * lift)
}

pub(super) fn along(place: Point, way: Point, length: f64) -> Point {
    std::array::from_fn(|axis| place[axis] + length * way[axis])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(letter: &str) -> Camera {
        Camera::new(&Viewpoint::Side(Orientation::of(letter).unwrap()), [1.0, 2.0, 3.0], 10.0).unwrap()
    }

    #[test]
    fn sides_are_looked_at_as_radiologists_do() {
        let directions = |letter: &str| {
            let plane = camera(letter).plane(1.0, (3, 3)).unwrap();
            (plane.across.map(f64::round), plane.down.map(f64::round))
        };
        // From the front and the feet the left of the patient is on the right.
        assert_eq!(directions("a"), ([1.0, 0.0, 0.0], [0.0, 0.0, -1.0]));
        assert_eq!(directions("f"), ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]));
        assert_eq!(directions("p").0, [-1.0, 0.0, 0.0]);
        assert_eq!(directions("h").0, [-1.0, 0.0, 0.0]);
        assert_eq!(directions("l").0, [0.0, 1.0, 0.0]);
        assert_eq!(directions("r").0, [0.0, -1.0, 0.0]);
        assert_eq!(camera("a").position, [1.0, -8.0, 3.0]);
    }

    #[test]
    fn a_camera_needs_a_direction_and_something_that_is_up() {
        let of =
            |position, up| Camera::new(&Viewpoint::Camera { position, look_at: None, up: Some(up) }, [0.0; 3], 1.0);
        assert!(matches!(of([0.0; 3], HEAD), Err(Error::BadRequest(_))));
        assert!(matches!(of([0.0, 0.0, 5.0], HEAD), Err(Error::BadRequest(_))));
        assert_eq!(of([0.0, 0.0, 5.0], [0.0; 3]).unwrap().up, FRONT);
        assert_eq!(of([0.0, 5.0, 0.0], [0.0; 3]).unwrap().up, HEAD);
    }

    #[test]
    fn a_quarter_turn_goes_to_the_side() {
        let turned = camera("a").turned(90.0);
        let expected: Point = [11.0, 2.0, 3.0];
        assert!(turned.position.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-9), "{turned:?}");
        assert_eq!(camera("f").looking_at([0.0; 3]).toward(), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn a_plane_goes_with_its_camera() {
        let near = |one: Point, other: Point| one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-9);
        let front = camera("a");
        let plane =
            Plane { corner: [0.0, -8.0, 5.0], across: [0.5, 0.0, 0.0], down: [0.0, 0.0, -0.75], width: 9, height: 7 };
        assert_eq!(front.seeing(&plane, &front), plane);
        // From the left of the patient: 10 mm from what is looked at, its first column a millimetre before that.
        let side = front.turned(90.0).seeing(&plane, &front);
        assert!(near(side.corner, [11.0, 1.0, 5.0]), "{side:?}");
        assert!(near(side.across, [0.0, 0.5, 0.0]) && near(side.down, plane.down), "{side:?}");
        assert_eq!((side.width, side.height), (9, 7));
        let back = front.turned(90.0).turned(-90.0).seeing(&plane, &front);
        assert!(near(back.corner, plane.corner) && near(back.across, plane.across), "{back:?}");
        let moved = front.looking_at([2.0, 2.0, 4.0]).seeing(&plane, &front);
        assert!(near(moved.corner, [1.0, -8.0, 6.0]) && near(moved.across, plane.across), "{moved:?}");
    }
}

//! A plane as a program asks for it: in mm, and in pixels of its own size.

use compute::volume::{Plane, Point};

use super::camera::{Camera, Orientation, Viewpoint, along};
use super::slice::unit;
use super::view::{middle, refused};
use super::{SeriesVolume, Stack};
use crate::Error;

/// Longest side of a plane, in pixels.
const LONGEST_SIDE: usize = 16_384;
/// Most pixels of a plane.
const MOST_PIXELS: usize = 1 << 24;

/// Where a plane lies.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaneRequest {
    /// The direction in which the viewer looks, and what is up.
    pub direction: Direction,
    /// The middle of the plane; that of the volume when `None`.
    pub center: Option<Point>,
    /// Moves the plane along where the viewer looks, in mm.
    pub offset: f64,
    /// From pixel to pixel in a row and in a column, in mm; the finest spacing of the volume when `None`.
    pub spacing: Option<[f64; 2]>,
    /// Columns and rows; as many as show the whole volume when `None`.
    pub size: Option<(u32, u32)>,
}

/// The direction in which the viewer looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Direction {
    /// From a side of the patient.
    Side(Orientation),
    /// Along a normal, with this up; the head, or the front, when `None`.
    Normal {
        /// The direction itself.
        normal: Point,
        /// What is up.
        up: Option<Point>,
    },
}

impl SeriesVolume {
    /// See [`Stack::plane`].
    ///
    /// # Errors
    /// As of that.
    pub fn plane(&self, request: &PlaneRequest) -> Result<Plane, Error> {
        self.stack.plane(request)
    }
}

impl Stack {
    /// The plane of a request.
    ///
    /// # Errors
    /// `BadRequest` for directions that are none, or too many pixels.
    pub fn plane(&self, request: &PlaneRequest) -> Result<Plane, Error> {
        let (geometry, size) = (&self.geometry, self.shape());
        let (center, reach) = middle(geometry, size);
        let center = request.center.unwrap_or(center);
        let viewpoint = match request.direction {
            Direction::Side(side) => Viewpoint::Side(side),
            Direction::Normal { normal, up } => {
                let normal = unit(normal)
                    .ok_or_else(|| Error::BadRequest("normal must be a direction: it has no length".to_owned()))?;
                Viewpoint::Camera { position: along(center, normal, -reach), look_at: Some(center), up }
            }
        };
        let camera = Camera::new(&viewpoint, center, reach).map_err(|error| match error {
            Error::BadRequest(_) => Error::BadRequest("up is the direction of the normal".to_owned()),
            other => other,
        })?;
        let camera = camera.looking_at(along(center, camera.toward(), request.offset));
        let finest = geometry.pixel(size);
        let [across, down] = request.spacing.unwrap_or([finest; 2]);
        let (width, height) = match request.size {
            Some((width, height)) => (width as usize, height as usize),
            None => {
                let whole = Plane::framing(geometry, size, camera.toward(), camera.up).map_err(refused)?;
                let count =
                    |pixels: usize, spacing: f64| ((pixels as f64 * finest / spacing - 1e-6).ceil() as usize).max(1);
                (count(whole.width, across), count(whole.height, down))
            }
        };
        if width.max(height) > LONGEST_SIDE || width * height > MOST_PIXELS {
            return Err(Error::BadRequest(format!(
                "size would be {width} × {height} pixels: sides up to {LONGEST_SIDE}, {MOST_PIXELS} pixels in all"
            )));
        }
        let unit = camera.plane(1.0, (1, 1))?;
        let corner = along(camera.look_at, unit.across, -across * (width as f64 - 1.0) / 2.0);
        Ok(Plane {
            corner: along(corner, unit.down, -down * (height as f64 - 1.0) / 2.0),
            across: unit.across.map(|x| x * across),
            down: unit.down.map(|x| x * down),
            width,
            height,
        })
    }
}

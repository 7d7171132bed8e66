//! How a state looks at a volume: the plane of its view, and how much lies between the viewer and what is behind it.

use compute::volume::{Plane, Point};

use super::field::Viewer;
use super::{VolumetricState, length};
use crate::Error;
use crate::volume::Stack;
use crate::volume::camera::{Camera, along};
use crate::volume::slice::unit;
use crate::volume::view::{MOST_PIXELS, middle, refused};

impl VolumetricState {
    /// The plane of the view, with pixels as far apart as the samples of the volume where they are finest, and its camera.
    /// In perspective that is at the back of the volume.
    pub(in crate::volume) fn plane(&self, seen: &Stack) -> Result<(Plane, Camera), Error> {
        let (geometry, size) = (&seen.geometry, seen.shape());
        let field = self.field.at(&geometry.corners(size));
        let (width, height) = (length(field.across), length(field.down));
        let most = (width * height / MOST_PIXELS).sqrt();
        let spacing = geometry.pixel(size).max(most);
        let count = |side: f64| (side / spacing).round().clamp(1.0, 65_536.0);
        let (columns, rows) = (count(width), count(height));
        let across = field.across.map(|x| x / columns);
        let down = field.down.map(|x| x / rows);
        let corner = along(along(field.corner, across, 0.5), down, 0.5);
        let plane = Plane { corner, across, down, width: columns as usize, height: rows as usize };
        plane.check().map_err(refused)?;
        let up = unit(field.down.map(|x| -x)).unwrap_or([0.0, 0.0, 1.0]);
        if let Some(Viewer { position, look_at, .. }) = field.viewer {
            return Ok((plane, Camera { position, look_at, up }));
        }
        let look_at = along(along(field.corner, field.across, 0.5), field.down, 0.5);
        let position = along(look_at, plane.normal(), -middle(geometry, size).1);
        Ok((plane, Camera { position, look_at, up }))
    }

    /// Whether lines of sight come from where the viewer stands.
    pub(in crate::volume) fn is_perspective(&self) -> bool {
        self.field.viewer.is_some_and(|viewer| viewer.is_perspective)
    }

    /// The nearest and the farthest that is seen, from where the camera is, when some of the volume is nearer or farther in a
    /// view as that of [`VolumetricState::plane`]; in any case when there are other volumes.
    pub(in crate::volume) fn between(&self, seen: &Stack, plane: &Plane, camera: &Camera) -> Option<(f64, f64)> {
        let (near, far) = self.field.viewer?.depths;
        let (geometry, size, normal) = (&seen.geometry, seen.shape(), plane.normal());
        let spacing = length(plane.across).max(length(plane.down));
        let depth = |corner: &Point| (0..3).map(|axis| normal[axis] * (corner[axis] - camera.position[axis])).sum();
        let beyond = |depth: f64| depth < near - spacing || depth > far + spacing;
        let is_cut = self.is_composing() || geometry.corners(size).iter().map(depth).any(beyond);
        is_cut.then_some((near, far))
    }
}

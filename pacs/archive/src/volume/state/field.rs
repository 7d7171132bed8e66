//! Where a state looks: Multi-Planar Reconstruction Geometry and Volume Render Geometry Modules.

use compute::volume::Point;
use data_set::{Item, Tag, tags};

use super::{RIGHT_ANGLE, damaged, is, length, unbuilt};
use crate::Error;
use crate::volume::camera::along;
use crate::volume::slice::{cross, dot, unit};

/// The rectangle that is looked at, in mm: its top left corner, its sides from there, and what is before and behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Field {
    pub(super) corner: Point,
    pub(super) across: Point,
    pub(super) down: Point,
    /// An MPR has none.
    pub(super) viewer: Option<Viewer>,
}

/// Who looks at everything between two depths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Viewer {
    pub(super) position: Point,
    pub(super) look_at: Point,
    /// The nearest and the farthest that is seen, along where the viewer looks.
    pub(super) depths: (f64, f64),
    /// Whether lines of sight come from the viewer. The rectangle is as deep as the farthest then, else the viewer is on it.
    pub(super) is_perspective: bool,
}

impl Field {
    /// The rectangle that is as deep as the farthest of these places, where lines of sight come from the viewer.
    pub(super) fn at(&self, places: &[Point]) -> Self {
        let Some(Viewer { position, look_at, depths: (near, far), is_perspective: true }) = self.viewer else {
            return *self;
        };
        let from = |place: Point| -> Point { std::array::from_fn(|axis| place[axis] - position[axis]) };
        let depth = unit(from(look_at))
            .map_or(far, |toward| places.iter().map(|place| dot(toward, from(*place))).fold(near, f64::max));
        // Nowhere near the viewer, where it has no extent.
        let part = depth.clamp(near.max(far / 1000.0), far) / far;
        let less = |side: Point| side.map(|x| x * part);
        Self {
            corner: along(position, from(self.corner), part),
            across: less(self.across),
            down: less(self.down),
            viewer: self.viewer,
        }
    }
}

/// Multi-Planar Reconstruction Geometry Module (PS3.3 §C.11.26), and how thick it is.
pub(super) fn planar(root: &Item<'_>) -> Result<(Field, Option<f64>), Error> {
    if !is(root, tags::MULTI_PLANAR_RECONSTRUCTION_STYLE, "PLANAR") {
        return Err(unbuilt("an MPR that is no plane"));
    }
    let side = |direction, long| {
        let length = root.floats(long).first().copied().filter(|length| *length > 0.0 && length.is_finite())?;
        Some(unit(point(root, direction)?)?.map(|x| x * length))
    };
    let across = side(tags::MPR_VIEW_WIDTH_DIRECTION, tags::MPR_VIEW_WIDTH);
    let down = side(tags::MPR_VIEW_HEIGHT_DIRECTION, tags::MPR_VIEW_HEIGHT);
    let corner = point(root, tags::MPR_TOP_LEFT_HAND_CORNER);
    let (Some(corner), Some(across), Some(down)) = (corner, across, down) else {
        return Err(damaged("it does not say where its view lies"));
    };
    if dot(across, down).abs() > RIGHT_ANGLE * length(across) * length(down) {
        return Err(damaged("the sides of its view are not at right angles"));
    }
    let slab = match root.raw_text(tags::MPR_THICKNESS_TYPE) {
        Some("THIN") => None,
        Some("SLAB") => {
            let thickness = root.floats(tags::MPR_SLAB_THICKNESS).first().copied();
            let thickness = thickness.filter(|thickness| *thickness > 0.0 && *thickness <= 10_000.0);
            Some(thickness.ok_or_else(|| damaged("its MPR Slab Thickness is no thickness"))?)
        }
        _ => return Err(damaged("its MPR Thickness Type is neither THIN nor SLAB")),
    };
    Ok((Field { corner, across, down, viewer: None }, slab))
}

/// Volume Render Geometry Module (PS3.3 §C.11.30).
pub(super) fn rendered(root: &Item<'_>) -> Result<Field, Error> {
    let is_perspective = match root.raw_text(tags::RENDER_PROJECTION) {
        Some("ORTHOGRAPHIC") => false,
        Some("PERSPECTIVE") => true,
        _ => return Err(damaged("its Render Projection is neither ORTHOGRAPHIC nor PERSPECTIVE")),
    };
    let of = |tag| point(root, tag);
    let camera = (of(tags::VIEWPOINT_POSITION), of(tags::VIEWPOINT_LOOK_AT_POINT), of(tags::VIEWPOINT_UP_DIRECTION));
    let (Some(position), Some(look_at), Some(up)) = camera else {
        return Err(damaged("it does not say where the viewer stands"));
    };
    let toward = unit(std::array::from_fn(|axis| look_at[axis] - position[axis]));
    let right = toward.and_then(|toward| unit(cross(toward, up)));
    let (Some(toward), Some(right)) = (toward, right) else {
        return Err(damaged("the viewer looks nowhere, or up"));
    };
    let up = cross(right, toward);
    let field = root.floats(tags::RENDER_FIELD_OF_VIEW);
    let [left, end, top, bottom, near, far] =
        <[f64; 6]>::try_from(field).map_err(|_| damaged("its Render Field of View has not six numbers"))?;
    let is_field = [left, end, top, bottom, near, far].iter().all(|x| x.is_finite()) && left < end && bottom < top;
    if !(is_field && near < far) {
        return Err(damaged("its Render Field of View has no extent"));
    }
    if is_perspective && near < 0.0 {
        return Err(damaged("its Render Field of View begins behind the viewer"));
    }
    // The sides of a frustum are those of its far end (PS3.3 §C.11.30.1).
    let depth = if is_perspective { far } else { 0.0 };
    Ok(Field {
        corner: along(along(along(position, right, left), up, top), toward, depth),
        across: right.map(|x| x * (end - left)),
        down: up.map(|x| x * (bottom - top)),
        viewer: Some(Viewer { position, look_at, depths: (near, far), is_perspective }),
    })
}

pub(super) fn point(item: &Item<'_>, tag: Tag) -> Option<Point> {
    let values = item.floats(tag);
    Point::try_from(values).ok().filter(|point| point.iter().all(|x| x.is_finite() && x.abs() < 1e9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_of_a_frustum_grows_with_its_depth() {
        let viewer =
            Viewer { position: [0.0, -20.0, 0.0], look_at: [0.0; 3], depths: (5.0, 80.0), is_perspective: true };
        let field = Field {
            corner: [-40.0, 60.0, 20.0],
            across: [80.0, 0.0, 0.0],
            down: [0.0, 0.0, -40.0],
            viewer: Some(viewer),
        };
        let half = field.at(&[[3.0, 20.0, 7.0], [0.0; 3]]);
        assert_eq!((half.corner, half.across, half.down), ([-20.0, 20.0, 10.0], [40.0, 0.0, 0.0], [0.0, 0.0, -20.0]));
        // Before the near end there is nothing, and behind the far end neither.
        assert_eq!(field.at(&[[0.0, -30.0, 0.0]]).across, [5.0, 0.0, 0.0]);
        assert_eq!(field.at(&[[0.0, 900.0, 0.0]]), field);
        let parallel = Field { viewer: Some(Viewer { is_perspective: false, ..viewer }), ..field };
        assert_eq!(parallel.at(&[[0.0; 3]]), parallel);
    }
}

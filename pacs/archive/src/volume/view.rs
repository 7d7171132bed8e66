//! What is to be seen of a volume: a plane or a projection, from a camera or from several, at a size and through a window.

use std::sync::Arc;

use compute::volume::{Intensity, Interpolation, Plane, Point, Preset, Sight, Stop, Transfer, never};
use compute::{Geometry, Presentation, Voi as Window};

use super::camera::{Camera, Viewpoint};
use super::canvas::Canvas;
use super::motion::{Animation, Steps};
use super::{Composed, Stack, VolumetricState};
use crate::render::Annotation;
use crate::{Error, Voi};

/// Most pixels of a picture when no size is asked for.
pub(super) const MOST_PIXELS: f64 = 16e6;

/// Whether a plane is seen, or everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reformat {
    /// What is on a plane, or in a slab around it (PS3.18 §10.4.1.1.7).
    Mpr,
    /// The whole volume (PS3.18 §10.4.1.1.8).
    ThreeD,
}

/// What becomes of the values on a line of sight (PS3.18 §8.3.5.3.3).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// One of them, or their average.
    Intensity(Intensity),
    /// Their colours, by the transfer function of this name; that of the modality when `None`.
    Rendered(Option<&'static Preset>),
}

/// What is wanted of a volume.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewRequest {
    /// A plane, or everything.
    pub reformat: Reformat,
    /// The camera; without one, of a curve the camera that looks along it, else that from the front.
    pub viewpoint: Option<Viewpoint>,
    /// What becomes of the values on a line of sight.
    pub method: Option<Method>,
    /// Thickness of the slab, in mm.
    pub slab: Option<f64>,
    /// Window; the one that the middle slice is shown by, else all values, when `None`.
    pub window: Option<Voi>,
    /// Most columns and rows; as many as samples lie side by side when `None`.
    pub viewport: Option<(u32, u32)>,
    /// Region of what is seen without a viewport, in its pixels (PS3.18 §8.3.5.1.3).
    pub region: Option<(f64, f64, f64, f64)>,
    /// Written onto the picture when all else is done.
    pub annotation: Annotation,
    /// What moves.
    pub animation: Option<Animation>,
    /// What holds where nothing else is said (PS3.18 §8.3.5.3).
    pub state: Option<Arc<VolumetricState>>,
}

/// What is seen: everything that was left open is decided.
#[derive(Debug, Clone)]
pub struct View {
    /// A plane, or everything.
    pub reformat: Reformat,
    /// The camera of the first view.
    pub camera: Camera,
    /// What becomes of the values on a line of sight.
    pub method: Method,
    /// Colours of their own, before those of the method.
    pub transfer: Option<Transfer>,
    /// Thickness of the slab, in mm.
    pub slab: Option<f64>,
    /// Window of the values, also where they have colours of their own then.
    pub window: Window,
    /// What becomes of them then, in grey.
    pub presentation: Presentation,
    /// What is written onto pictures.
    pub annotation: Annotation,
    /// The frames of an animation.
    pub steps: Option<Steps>,
    /// A picture for each frame.
    pub planes: Vec<Plane>,
    /// Whether the viewport mirrors them, so that their normals go toward the camera.
    pub is_mirrored: bool,
    /// Whether lines of sight come from where the camera is.
    pub is_perspective: bool,
    /// The nearest and the farthest that is seen, from there; everything when `None`.
    pub between: Option<(f64, f64)>,
    /// Other volumes on the same planes, as [`crate::Archive::composed`] has them.
    pub composed: Option<Composed>,
    /// What pictures lie in the middle of; nothing else when `None`.
    pub(super) canvas: Option<Canvas>,
}

impl View {
    /// The same from where another is seen.
    pub(super) fn seen_as(self, other: &Self) -> Self {
        Self {
            camera: other.camera,
            planes: other.planes.clone(),
            is_mirrored: other.is_mirrored,
            is_perspective: other.is_perspective,
            ..self
        }
    }

    /// How the plane of a frame is looked at, away from the camera; nothing past the last. What is
    /// [mirrored](Self::is_mirrored) is seen as it is, and the picture is to be mirrored.
    pub(super) fn sight(&self, frame: usize) -> Option<Sight> {
        let cameras = self.steps.as_ref().map_or(std::slice::from_ref(&self.camera), |steps| &steps.cameras);
        let from = cameras.get(frame).filter(|_| self.is_perspective).map(|camera| camera.position);
        let away = |plane: &Plane| if self.is_mirrored { mirrored(plane) } else { *plane };
        self.planes.get(frame).map(|plane| Sight { plane: away(plane), from, between: self.between })
    }
}

impl ViewRequest {
    /// The plane that is seen, where what is on it is all that the picture is made of; for [`crate::Archive::volume_around`].
    ///
    /// # Errors
    /// As of [`crate::Archive::view`].
    pub fn alone(&self, stack: &Stack) -> Result<Option<(Plane, Interpolation)>, Error> {
        let is_thin = self.reformat == Reformat::Mpr && self.slab.is_none();
        let is_still = self.animation.is_none() && self.state.is_none();
        if !is_thin || !is_still || self.window.or(stack.window()).is_none() {
            return Ok(None);
        }
        let view = self.view(stack, || (0.0, 0.0), &never)?;
        Ok(view.planes.first().map(|plane| (*plane, Interpolation::Linear)))
    }

    /// What is seen of a volume, whatever of it is there: through its window, or the one of all `range`.
    pub(super) fn view(&self, seen: &Stack, range: impl FnOnce() -> (f32, f32), stop: Stop<'_>) -> Result<View, Error> {
        let (geometry, size) = (&seen.geometry, seen.shape());
        let (middle, reach) = middle(geometry, size);
        let state = self.state.as_deref();
        state.map(|state| state.check(seen)).transpose()?;
        let (camera, stated) = match (self.viewpoint, state) {
            (None, Some(state)) => {
                let (plane, camera) = state.plane(seen)?;
                (camera, Some(plane))
            }
            (viewpoint, _) => {
                let viewpoint = viewpoint.unwrap_or(Viewpoint::Side(super::Orientation::Anterior));
                (Camera::new(&viewpoint, middle, reach)?, None)
            }
        };
        let is_given = self.viewpoint.is_some() || stated.is_some();
        let phases = seen.phase_count();
        let steps = self.animation.as_ref().map(|animation| animation.steps(&camera, is_given, phases)).transpose()?;
        let cameras = steps.as_ref().map_or(std::slice::from_ref(&camera), |steps| &steps.cameras);
        let own = || match state {
            Some(state) => state.window.clone(),
            None => seen.window().map(Window::from),
        };
        let window = self.window.map(Voi::checked).transpose()?.map(Window::from).or_else(own).unwrap_or_else(|| {
            let (least, most) = range();
            Window::range(least.into(), most.into())
        });
        let is_perspective = stated.is_some() && state.is_some_and(VolumetricState::is_perspective);
        let mut between = None;
        let planes = match (stated, state) {
            (Some(plane), Some(state)) => {
                let planes = cameras.iter().map(|step| {
                    let plane = step.seeing(&plane, &camera);
                    between = between.or_else(|| state.between(seen, &plane, step));
                    sized(&plane, self.viewport, self.region)
                });
                planes.collect::<Result<_, Error>>()?
            }
            _ => self.planes(geometry, size, cameras, stop)?,
        };
        let usual = match seen.is_inverse() {
            true => Presentation::Inverse,
            false => Presentation::Identity,
        };
        let is_left_open = self.method.is_none() || self.method == Some(Method::Rendered(None));
        let colours = match state.and_then(|state| state.colours.clone()).filter(|_| is_left_open) {
            Some(Err(words)) => {
                let words = format!("{words}: name other colours by preset, or a renderingmethod");
                return Err(Error::NotAcceptable(words));
            }
            own => own.and_then(Result::ok),
        };
        let stated_method = state.and_then(|state| state.method);
        let method = match (self.method.or(stated_method), self.reformat) {
            (Some(Method::Rendered(None)) | None, Reformat::ThreeD) => Method::Rendered(Some(seen.preset())),
            (None, Reformat::Mpr) => Method::Intensity(Intensity::Average),
            (Some(method), _) => method,
        };
        let is_intensity = matches!(method, Method::Intensity(_));
        let coloured = colours.filter(|colours| !(is_intensity && colours.is_grey())).map(|colours| {
            // A window that is asked for is of intensities.
            let asked = Some(&window).filter(|_| is_intensity && self.window.is_some()).cloned();
            let own = || state.and_then(|state| state.window.clone()).or_else(|| seen.identity());
            let window = asked.or_else(own).unwrap_or_else(|| window.clone());
            (colours.through(&window), window)
        });
        let (transfer, window) = match coloured {
            Some((transfer, window)) => (Some(transfer), window),
            None => (None, window),
        };
        Ok(View {
            reformat: self.reformat,
            method,
            slab: self.slab.or_else(|| state.and_then(|state| state.slab)),
            annotation: self.annotation,
            transfer,
            window,
            presentation: state.map_or(usual, |state| state.presentation.clone()),
            planes,
            is_mirrored: self.region.is_some_and(|(_, _, width, height)| (width < 0.0) != (height < 0.0)),
            is_perspective,
            between,
            composed: None,
            canvas: None,
            camera,
            steps,
        })
    }

    /// A plane for each camera, all of one size: each shows the whole volume when what is looked at is its middle.
    fn planes(
        &self,
        geometry: &Geometry,
        size: [usize; 3],
        cameras: &[Camera],
        stop: Stop<'_>,
    ) -> Result<Vec<Plane>, Error> {
        let (corners, mut field, mut spacing) = (geometry.corners(size), (1, 1), geometry.pixel(size));
        for camera in cameras {
            if stop() {
                return Err(refused(compute::volume::Error::Stopped));
            }
            let whole = Plane::framing_corners(&corners, spacing, camera.toward(), camera.up).map_err(refused)?;
            field = (field.0.max(whole.width), field.1.max(whole.height));
        }
        let too_many = (field.0 as f64 * field.1 as f64 / MOST_PIXELS).sqrt();
        if too_many > 1.0 {
            let fewer = |side: usize| (side as f64 / too_many).ceil() as usize;
            (field, spacing) = ((fewer(field.0), fewer(field.1)), spacing * too_many);
        }
        let planes = cameras.iter().map(|camera| {
            let whole = camera.plane(spacing, field)?;
            sized(&whole, self.viewport, self.region)
        });
        planes.collect()
    }
}

/// The middle of the box of voxels, and how far its corners are from there.
pub(super) fn middle(geometry: &Geometry, size: [usize; 3]) -> (Point, f64) {
    let corners = geometry.corners(size);
    let middle: Point = std::array::from_fn(|axis| corners.iter().map(|corner| corner[axis]).sum::<f64>() / 8.0);
    let from = |corner: &Point| (0..3).map(|axis| (corner[axis] - middle[axis]).powi(2)).sum::<f64>().sqrt();
    (middle, corners.iter().map(from).fold(1.0, f64::max))
}

/// A region of a plane in as many square pixels as fit within a viewport; negative lengths mirror.
fn sized(whole: &Plane, viewport: Option<(u32, u32)>, region: Option<(f64, f64, f64, f64)>) -> Result<Plane, Error> {
    let (x, y, width, height) = region.unwrap_or((0.0, 0.0, f64::INFINITY, f64::INFINITY));
    let is_number = ![x, y, width, height].iter().any(|number| number.is_nan());
    let side = |start: f64, length: f64, most: usize| {
        let (first, last) = (start.max(0.0), (start + length.abs()).min(most as f64));
        let words = || {
            let (width, height) = (whole.width, whole.height);
            Error::BadRequest(format!(
                "the region of the viewport has nothing of the view, which is {width} × {height}"
            ))
        };
        (is_number && last > first).then_some((first, last - first)).ok_or_else(words)
    };
    let ((left, across), (top, down)) = (side(x, width, whole.width)?, side(y, height, whole.height)?);
    let (most_columns, most_rows) =
        viewport.map_or((across.round().max(1.0), down.round().max(1.0)), |(w, h)| (f64::from(w), f64::from(h)));
    let scale = (across / most_columns).max(down / most_rows);
    let count = |length: f64, most: f64| (length / scale).round().clamp(1.0, most);
    let (columns, rows) = (count(across, most_columns), count(down, most_rows));
    // From the centre of the region, so that rounding moves it nowhere.
    let (sign_x, sign_y) = (width.signum(), height.signum());
    let first = |start: f64, length: f64, count: f64, sign: f64| {
        start + length / 2.0 - 0.5 - sign * scale * (count - 1.0) / 2.0
    };
    Ok(Plane {
        corner: whole.point(first(left, across, columns, sign_x), first(top, down, rows, sign_y)),
        across: whole.across.map(|step| step * scale * sign_x),
        down: whole.down.map(|step| step * scale * sign_y),
        width: columns as usize,
        height: rows as usize,
    })
}

/// The same pixels from right to left.
fn mirrored(plane: &Plane) -> Plane {
    let corner = plane.point(plane.width as f64 - 1.0, 0.0);
    Plane { corner, across: plane.across.map(|step| -step), ..*plane }
}

/// What the engine refuses is a view that shows nothing, or what the slices themselves are.
pub(super) fn refused(error: compute::volume::Error) -> Error {
    use compute::volume::Error as Refusal;
    match error {
        Refusal::Stopped => Error::Unavailable("work that was given up", None),
        Refusal::NoExtent(_) | Refusal::NotFinite(_) => Error::BadRequest(error.to_string()),
        of_volume => Error::Unprocessable(of_volume.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Plane =
        Plane { corner: [0.0; 3], across: [2.0, 0.0, 0.0], down: [0.0, 2.0, 0.0], width: 40, height: 20 };

    #[test]
    fn a_viewport_keeps_the_aspect_and_the_middle() {
        let plane = sized(&WHOLE, Some((20, 20)), None).unwrap();
        assert_eq!((plane.width, plane.height, plane.across), (20, 10, [4.0, 0.0, 0.0]));
        assert_eq!(plane.point(9.5, 4.5), WHOLE.point(19.5, 9.5));
        assert_eq!(sized(&WHOLE, None, None).unwrap(), WHOLE);
    }

    #[test]
    fn a_region_is_cut_out_and_mirrored() {
        let plane = sized(&WHOLE, None, Some((10.0, 5.0, -4.0, 2.0))).unwrap();
        assert_eq!((plane.width, plane.height), (4, 2));
        assert_eq!(plane.corner, WHOLE.point(13.0, 5.0));
        assert_eq!(plane.across, [-2.0, 0.0, 0.0]);
        for nothing in [(40.0, 0.0, 1.0, 1.0), (0.0, 0.0, f64::NAN, 1.0)] {
            assert!(matches!(sized(&WHOLE, None, Some(nothing)), Err(Error::BadRequest(_))));
        }
    }
}

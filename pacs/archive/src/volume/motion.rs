//! Animations: a camera that swivels, or moves along a curve (PS3.18 §8.3.5.3.9 to .12; PS3.4 §FF.2.4.2), or what it sees
//! in turn.

use compute::volume::Point;

use super::camera::Camera;
use super::path::{self, Path, place};
use crate::Error;

/// Most frames of an animation.
pub(super) const MOST: usize = 720;
/// Steps when none are asked for: degrees of a swivel; a curve has so many frames at most.
pub(super) const USUAL_DEGREES: f64 = 5.0;
const USUAL_FRAMES: f64 = 100.0;
/// Frames a second when none are asked for.
const USUAL_RATE: f64 = 10.0;

/// What moves, as a client or a state says it.
#[derive(Debug, Clone, PartialEq)]
pub enum Motion {
    /// The camera turns about its up direction over so many degrees, half of them on each side.
    Swivel(f64),
    /// What is looked at moves along straight lines between these points, in mm.
    Curve(Vec<Point>),
    /// Nothing but the volume: each phase of the series, seen from the same place.
    Phases,
    /// A plane, at right angles to a curve along which it goes (CROSSCURVE).
    Crosscurve(Path),
    /// The viewer, who goes along a curve (FLYTHROUGH).
    Flythrough(Path),
    /// Nothing but what is seen: [`crate::volume::Sequence`].
    Sequence,
}

/// An animation, as a client or a state says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Animation {
    /// What moves.
    pub motion: Motion,
    /// Animation Step Size (0070,1A05): degrees, or mm along the curve.
    pub step: Option<f64>,
    /// Recommended Animation Rate (0070,1A03): steps a second.
    pub rate: Option<f64>,
}

/// The cameras of an animation.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps {
    /// One for each frame.
    pub cameras: Vec<Camera>,
    /// From frame to frame: degrees, or mm.
    pub step: f64,
    /// Frames a second.
    pub rate: f64,
}

impl Motion {
    /// Whether it is a way of the camera's own: another camera is not on it.
    pub fn is_path(&self) -> bool {
        matches!(self, Self::Crosscurve(_) | Self::Flythrough(_))
    }
}

impl Animation {
    /// The cameras, of which `first` is the middle of a swivel and gives a curve its direction; without one,
    /// `is_given`, the camera looks along the curve. The series has so many `phases`.
    pub(super) fn steps(&self, first: &Camera, is_given: bool, phases: usize) -> Result<Steps, Error> {
        let rate = self.rate.unwrap_or(USUAL_RATE);
        let given = self.step;
        let (step, cameras) = match &self.motion {
            Motion::Swivel(range) => {
                let step = given.unwrap_or(USUAL_DEGREES).min(*range);
                let count = count(*range, step)?;
                let start = -step * (count - 1) as f64 / 2.0;
                // All around, there is no end: the first view is the one asked for.
                let start = if *range >= 360.0 { 0.0 } else { start };
                (step, (0..count).map(|number| first.turned(start + number as f64 * step)).collect())
            }
            Motion::Curve(points) => {
                let length = path::length(points);
                if !length.is_finite() || length <= 0.0 {
                    return Err(Error::BadRequest("volumetriccurvepoint has no two points that differ".to_owned()));
                }
                let step = given.unwrap_or((length / USUAL_FRAMES).max(1.0)).min(length);
                let count = count(length, step)?;
                let at = |number: usize| place(points, number as f64 * step);
                let camera = |number: usize| match at(number) {
                    here if is_given => first.looking_at(here.position),
                    here => first.along(here.position, here.toward),
                };
                (step, (0..count).map(camera).collect())
            }
            Motion::Phases => match phases {
                0 | 1 => return Err(Error::BadRequest("phases=all: there is one phase only".to_owned())),
                many if many > MOST => {
                    return Err(Error::BadRequest(format!("phases=all makes {many} frames: more than {MOST}")));
                }
                many => (1.0, vec![*first; many]),
            },
            Motion::Crosscurve(path) => {
                let step = given.unwrap_or(path.length());
                (step, path.crossed(first, step))
            }
            Motion::Flythrough(path) => {
                let step = given.unwrap_or(path.length());
                (step, path.flown(first, step))
            }
            Motion::Sequence => (1.0, vec![*first]),
        };
        Ok(Steps { cameras, step, rate })
    }
}

fn count(length: f64, step: f64) -> Result<usize, Error> {
    let count = (length / step - 1e-9).ceil().max(1.0);
    if count > MOST as f64 {
        return Err(Error::BadRequest(format!("animationstepsize makes {count} frames: more than {MOST}")));
    }
    Ok(count as usize)
}

#[cfg(test)]
mod tests {
    use compute::volume::Point;

    use super::*;

    const FIRST: Camera = Camera { position: [0.0, -10.0, 0.0], look_at: [0.0; 3], up: [0.0, 0.0, 1.0] };

    fn steps(motion: Motion, step: Option<f64>, is_given: bool) -> Steps {
        Animation { motion, step, rate: None }.steps(&FIRST, is_given, 1).unwrap()
    }

    #[test]
    fn a_swivel_has_as_many_frames_as_steps_fit_with_the_first_view_in_the_middle() {
        let swivel = steps(Motion::Swivel(180.0), Some(20.0), true);
        assert_eq!(swivel.cameras.len(), 9);
        assert!((swivel.cameras[4].position[1] + 10.0).abs() < 1e-9);
        assert_eq!(steps(Motion::Swivel(360.0), None, true).cameras.len(), 72);
        let many = Animation { motion: Motion::Swivel(360.0), step: Some(1.0), rate: None };
        assert_eq!(many.steps(&FIRST, true, 1).unwrap().cameras.len(), 360);
    }

    #[test]
    fn a_camera_goes_along_a_curve_around_its_corners() {
        let corner = vec![[0.0; 3], [3.0, 0.0, 0.0], [3.0, 4.0, 0.0]];
        let kept = steps(Motion::Curve(corner.clone()), Some(2.0), true);
        let places: Vec<Point> = kept.cameras.iter().map(|camera| camera.look_at).collect();
        assert_eq!(places, [[0.0; 3], [2.0, 0.0, 0.0], [3.0, 1.0, 0.0], [3.0, 3.0, 0.0]]);
        assert!(kept.cameras.iter().all(|camera| camera.toward() == FIRST.toward()));
        let across = steps(Motion::Curve(corner), Some(2.0), false);
        assert_eq!(across.cameras[3].toward(), [0.0, 1.0, 0.0]);
        let still = Animation { motion: Motion::Curve(vec![[1.0; 3]; 2]), step: None, rate: None };
        assert!(still.steps(&FIRST, true, 1).is_err());
    }

    #[test]
    fn phases_are_seen_from_one_place() {
        let phases = Animation { motion: Motion::Phases, step: None, rate: Some(3.0) };
        assert_eq!(phases.steps(&FIRST, true, 4).unwrap().cameras, [FIRST; 4]);
        assert!(phases.steps(&FIRST, true, 1).is_err());
    }
}

//! Curves that a view goes along, from point to point in straight lines: where on them it is, and the cameras there.

use compute::volume::Point;

use super::camera::{Camera, along};
use super::slice::{dot, unit};

/// The curves of a fly-through or a crosscurve (Animation Curve Sequence, PS3.3 §C.11.29), in mm, each of as many points.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Where the view goes: two points or more, which are not all at one place.
    pub(super) points: Vec<Point>,
    /// What is looked at from each of them. Without it that is what lies ahead.
    pub(super) look_at: Option<Vec<Point>>,
    /// What is up at each of them.
    pub(super) up: Option<Vec<Point>>,
}

/// A place on a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub(super) position: Point,
    /// The direction of the curve there, of length 1.
    pub(super) toward: Point,
    /// The last point before it, and which part of the way to the next it is from there.
    after: (usize, f64),
}

impl Path {
    pub(super) fn length(&self) -> f64 {
        length(&self.points)
    }

    /// How many places there are with so many mm between them: the first point is one, and the last where steps end there.
    pub(super) fn count(&self, step: f64) -> f64 {
        (self.length() / step + 1e-6).floor() + 1.0
    }

    /// At each step the camera that sees what is at right angles to the curve there. It looks along the curve or back,
    /// whichever is nearer to where `first` looks, and each is turned from the one before by the smallest angle.
    pub(super) fn crossed(&self, first: &Camera, step: f64) -> Vec<Camera> {
        let start = place(&self.points, 0.0).toward;
        let sign = if dot(first.toward(), start) < 0.0 { -1.0 } else { 1.0 };
        let next = |camera: &mut Camera, here: Place| {
            *camera = camera.carried(here.position, here.toward.map(|x| sign * x));
            Some(*camera)
        };
        self.places(step).scan(*first, next).collect()
    }

    /// At each step the camera that stands there. It looks at the other curve, else along this one; without other directions
    /// what is up of `first` is, too.
    pub(super) fn flown(&self, first: &Camera, step: f64) -> Vec<Camera> {
        let (reach, up) = (first.reach(), first.up);
        let next = |before: &mut Camera, here: Place| {
            let ahead = self.look_at.as_ref().map(|points| -> Point {
                let point = between(points, here.after);
                std::array::from_fn(|axis| point[axis] - here.position[axis])
            });
            let toward = ahead.map_or(Some(here.toward), unit).unwrap_or(before.toward());
            let look_at = along(here.position, toward, reach);
            let turned = before.carried(look_at, toward);
            let up = self.up.as_ref().map_or(up, |directions| between(directions, here.after));
            // What is up has no part that is ahead; where all of it is, it stays what it was.
            let up = unit(along(up, toward, -dot(up, toward))).unwrap_or(turned.up);
            *before = Camera { position: here.position, look_at, up };
            Some(*before)
        };
        self.places(step).scan(*first, next).collect()
    }

    fn places(&self, step: f64) -> impl Iterator<Item = Place> {
        (0..self.count(step) as usize).map(move |number| place(&self.points, number as f64 * step))
    }
}

pub(super) fn length(points: &[Point]) -> f64 {
    points.windows(2).map(|pair| distance(pair[0], pair[1])).sum()
}

/// The place so far along a curve of at least one point; its end, where it is shorter.
pub(super) fn place(points: &[Point], mut length: f64) -> Place {
    let mut last = Place { position: points[0], toward: [0.0, 0.0, 1.0], after: (0, 0.0) };
    for (number, pair) in points.windows(2).enumerate() {
        let way: Point = std::array::from_fn(|axis| pair[1][axis] - pair[0][axis]);
        let Some(toward) = unit(way) else { continue };
        let reach = distance(pair[0], pair[1]);
        if length <= reach {
            return Place { position: along(pair[0], toward, length), toward, after: (number, length / reach) };
        }
        length -= reach;
        last = Place { position: pair[1], toward, after: (number, 1.0) };
    }
    last
}

/// What is as far between two values as a place is between two points.
fn between(values: &[Point], (number, part): (usize, f64)) -> Point {
    let one = values[number];
    let other = values.get(number + 1).copied().unwrap_or(one);
    std::array::from_fn(|axis| one[axis] * (1.0 - part) + other[axis] * part)
}

fn distance(one: Point, other: Point) -> f64 {
    let way: Point = std::array::from_fn(|axis| other[axis] - one[axis]);
    dot(way, way).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Camera = Camera { position: [0.0, -10.0, 0.0], look_at: [0.0; 3], up: [0.0, 0.0, 1.0] };

    fn path(points: &[Point]) -> Path {
        Path { points: points.to_vec(), look_at: None, up: None }
    }

    fn is_near(one: Point, other: Point) -> bool {
        one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-9)
    }

    #[test]
    fn steps_that_fit_a_curve_have_both_of_its_ends() {
        let line = path(&[[0.0; 3], [0.0, 9.0, 0.0]]);
        let cameras = line.crossed(&FIRST, 9.0 / 7.0);
        assert_eq!(cameras.len(), 8);
        assert_eq!(cameras[0], FIRST);
        assert!(is_near(cameras[7].look_at, [0.0, 9.0, 0.0]) && is_near(cameras[7].position, [0.0, -1.0, 0.0]));
        assert_eq!(line.crossed(&FIRST, 4.0).len(), 3);
        assert_eq!(line.crossed(&FIRST, 40.0), [FIRST]);
    }

    #[test]
    fn a_plane_is_seen_from_its_own_side_whichever_way_the_curve_goes() {
        let back = path(&[[0.0; 3], [0.0, -9.0, 0.0]]).crossed(&FIRST, 3.0);
        assert_eq!(back.len(), 4);
        assert!(back.iter().all(|camera| is_near(camera.toward(), FIRST.toward()) && camera.up == FIRST.up));
        assert!(is_near(back[3].look_at, [0.0, -9.0, 0.0]));
    }

    #[test]
    fn what_is_up_turns_with_a_curve_that_goes_up() {
        let corner = path(&[[0.0; 3], [0.0, 5.0, 0.0], [0.0, 5.0, 5.0], [5.0, 5.0, 5.0]]).crossed(&FIRST, 3.0);
        let ways = [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]];
        let ups = [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0], [0.0, -1.0, 0.0], [0.0, -1.0, 0.0]];
        for (camera, (toward, up)) in corner.iter().zip(ways.into_iter().zip(ups)) {
            assert!(is_near(camera.toward(), toward) && is_near(camera.up, up), "{camera:?}");
        }
    }

    #[test]
    fn a_viewer_flies_along_a_curve_and_looks_ahead() {
        let cameras = path(&[[1.0, 0.0, 0.0], [1.0, 4.0, 0.0], [4.0, 4.0, 0.0]]).flown(&FIRST, 2.0);
        let places: Vec<Point> = cameras.iter().map(|camera| camera.position).collect();
        assert_eq!(places, [[1.0, 0.0, 0.0], [1.0, 2.0, 0.0], [1.0, 4.0, 0.0], [3.0, 4.0, 0.0]]);
        assert!(is_near(cameras[0].look_at, [1.0, 10.0, 0.0]) && is_near(cameras[3].look_at, [13.0, 4.0, 0.0]));
        assert!(cameras.iter().all(|camera| is_near(camera.up, FIRST.up)));
    }

    #[test]
    fn a_viewer_may_look_elsewhere_and_lie_on_the_side() {
        let points = vec![[0.0; 3], [0.0, 4.0, 0.0]];
        let path = Path {
            points,
            look_at: Some(vec![[8.0, 0.0, 0.0], [8.0, 4.0, 0.0]]),
            up: Some(vec![[0.0, 0.0, 2.0], [0.0, 2.0, 0.0]]),
        };
        let cameras = path.flown(&FIRST, 2.0);
        assert!(cameras.iter().all(|camera| is_near(camera.toward(), [1.0, 0.0, 0.0])));
        let half = 0.5_f64.sqrt();
        for (camera, up) in cameras.iter().zip([[0.0, 0.0, 1.0], [0.0, half, half], [0.0, 1.0, 0.0]]) {
            assert!(is_near(camera.up, up), "{camera:?}");
        }
        // As deep as that of the first.
        assert!(is_near(cameras[1].look_at, [10.0, 2.0, 0.0]));
    }
}

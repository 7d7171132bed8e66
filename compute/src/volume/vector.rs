//! Vectors of three numbers.

use super::Point;

/// Scalar product.
pub(crate) fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Vector product: at right angles to both.
pub(crate) fn cross(a: Point, b: Point) -> Point {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// `a + b`.
pub(crate) fn plus(a: Point, b: Point) -> Point {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

/// `a - b`.
pub(crate) fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/// `a` so many times.
pub(crate) fn times(a: Point, factor: f64) -> Point {
    [a[0] * factor, a[1] * factor, a[2] * factor]
}

/// The place so many steps from another.
pub(crate) fn along(from: Point, step: Point, steps: f64) -> Point {
    plus(from, times(step, steps))
}

/// Length.
pub(crate) fn length(a: Point) -> f64 {
    dot(a, a).sqrt()
}

/// The vector of length 1 in the same direction; a vector without length stays.
pub(crate) fn unit(a: Point) -> Point {
    let length = length(a);
    if length > 0.0 { times(a, 1.0 / length) } else { a }
}

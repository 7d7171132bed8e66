//! A stack of slices as pieces: within each, an affine map tells where a place lies among the samples.

use std::sync::OnceLock;

use super::{Geometry, Point, Volume, vector};

/// How far a slice may lie from the straight line through its piece, in steps: what rounded headers do to equal distances.
const STRAIGHT: f64 = 1.0 / 500.0;

/// Pieces after which the rest is no longer tried as a whole: there are none so long in what is so irregular.
const WHOLE: usize = 64;

/// The pieces of a stack, in the order of the slices. Neighbours share the slice between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    normal: Point,
    pieces: Vec<Piece>,
}

/// Slices that follow one another in equal steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// First slice.
    pub first: usize,
    /// Last slice.
    pub last: usize,
    /// First sample of the first slice.
    pub origin: Point,
    /// From column to column, from row to row, and from slice to slice, in mm.
    pub steps: [Point; 3],
    /// From mm to columns, rows and slices: one row of the matrix for each.
    pub rows: [Point; 3],
    /// Height of the last slice along the normal, in mm.
    top: f64,
}

impl Stack {
    pub(super) fn of(geometry: &Geometry) -> Self {
        let (normal, origins) = (geometry.normal(), &geometry.origins);
        let mut pieces = Vec::new();
        let mut first = 0;
        while first + 1 < origins.len() {
            let last = straight(&origins[first..], pieces.len() < WHOLE) + first;
            let step = vector::times(vector::minus(origins[last], origins[first]), 1.0 / (last - first) as f64);
            pieces.push(Piece::new(geometry, normal, first..=last, step));
            first = last;
        }
        if pieces.is_empty() && !origins.is_empty() {
            let step = vector::times(normal, vector::length(geometry.across));
            pieces.push(Piece::new(geometry, normal, 0..=0, step));
        }
        Self { normal, pieces }
    }

    /// The pieces: at least one.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// See [`Geometry::index`].
    pub fn index(&self, place: Point) -> Point {
        self.piece_at(self.height(place)).index(place)
    }

    /// See [`Geometry::point`].
    pub fn point(&self, index: Point) -> Point {
        let above = self.pieces.partition_point(|piece| (piece.last as f64) < index[2]);
        self.pieces[above.min(self.pieces.len() - 1)].point(index)
    }

    /// See [`Geometry::corners`].
    pub fn corners(&self, size: [usize; 3]) -> [Point; 8] {
        std::array::from_fn(|corner| {
            let end = |axis: usize| if corner >> axis & 1 == 0 { -0.5 } else { size[axis] as f64 - 0.5 };
            self.point([end(0), end(1), end(2)])
        })
    }

    /// How high a place lies along the normal, in mm.
    pub(crate) fn height(&self, place: Point) -> f64 {
        vector::dot(self.normal, place)
    }

    /// The number of the piece that holds a height. What lies below or above all belongs to the first or the last.
    pub(crate) fn piece_number(&self, height: f64) -> usize {
        self.pieces.partition_point(|piece| piece.top < height).min(self.pieces.len() - 1)
    }

    /// The heights between which a piece reaches; the first and the last have no end.
    pub(crate) fn reach(&self, number: usize) -> (f64, f64) {
        let bottom = number.checked_sub(1).map_or(f64::NEG_INFINITY, |below| self.pieces[below].top);
        (bottom, if number + 1 < self.pieces.len() { self.pieces[number].top } else { f64::INFINITY })
    }

    fn piece_at(&self, height: f64) -> &Piece {
        &self.pieces[self.piece_number(height)]
    }
}

/// The stack of a volume, made when it is first needed. A copy has none yet: its geometry may be made another.
#[derive(Debug, Default)]
pub(crate) struct Kept(OnceLock<Stack>);

impl Clone for Kept {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Kept {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Volume {
    /// The pieces of its stack, made once. The geometry stays as it is then.
    pub fn stack(&self) -> &Stack {
        self.stack.0.get_or_init(|| Stack::of(&self.geometry))
    }
}

impl Piece {
    fn new(geometry: &Geometry, normal: Point, slices: std::ops::RangeInclusive<usize>, step: Point) -> Self {
        let (first, last) = slices.into_inner();
        let steps = [geometry.across, geometry.down, step];
        let [across, down, step] = steps;
        let area = vector::cross(across, down);
        let volume = 1.0 / vector::dot(area, step);
        let rows = [vector::cross(down, step), vector::cross(step, across), area].map(|row| vector::times(row, volume));
        let top = vector::dot(normal, geometry.origins[last]);
        Self { first, last, origin: geometry.origins[first], steps, rows, top }
    }

    /// Column, row and slice of a place.
    pub fn index(&self, place: Point) -> Point {
        let [x, y, z] = self.direction(vector::minus(place, self.origin));
        [x, y, z + self.first as f64]
    }

    /// How many columns, rows and slices a way in mm is.
    pub fn direction(&self, way: Point) -> Point {
        self.rows.map(|row| vector::dot(row, way))
    }

    /// The place of a column, row and slice.
    pub fn point(&self, index: Point) -> Point {
        let at = vector::along(self.origin, self.steps[0], index[0]);
        vector::along(vector::along(at, self.steps[1], index[1]), self.steps[2], index[2] - self.first as f64)
    }
}

/// The last slice that can be reached from the first in equal steps, so that all between lie on them. At least the second.
/// With `whole` the last of all is tried first: over many slices rounding of single ones does not count.
fn straight(origins: &[Point], whole: bool) -> usize {
    let lies = |last: usize| {
        let step = vector::times(vector::minus(origins[last], origins[0]), 1.0 / last as f64);
        let near = STRAIGHT * vector::length(step);
        let strays = |slice: usize| {
            vector::length(vector::minus(origins[slice], vector::along(origins[0], step, slice as f64))) > near
        };
        !(1..last).any(strays)
    };
    let end = origins.len() - 1;
    if whole && lies(end) {
        return end;
    }
    // Twice as far each time, then halfway between what lies and what does not: slice by slice it would be the square.
    let (mut last, mut beyond) = (1, 2);
    while beyond <= end && lies(beyond) {
        (last, beyond) = (beyond, beyond * 2);
    }
    beyond = beyond.min(end + 1);
    while last + 1 < beyond {
        let middle = last + (beyond - last) / 2;
        if lies(middle) { last = middle } else { beyond = middle }
    }
    last
}

#[cfg(test)]
mod tests;

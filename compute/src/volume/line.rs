//! Places in equal steps along a line, as places among the samples of a volume.
//!
//! Places among samples are kept in 64 bits, 32 of them a fraction: steps add up without error that grows, what lies
//! inside is decided once for a whole run of places, and every device that adds integers finds the same places.

use super::{Piece, Point, Stack, vector};

/// One sample's distance.
pub(crate) const ONE: i64 = 1 << 32;

/// How far the volume reaches beyond the outermost samples: half a voxel, and [`super::BORDER_SLACK`].
const BORDER: i64 = (ONE >> 1) + (ONE >> 20);

/// `count` places: `start`, `start + step`, …, in mm.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) start: Point,
    pub(crate) step: Point,
    pub(crate) count: usize,
}

/// The places `from..to` of a line, all inside the volume and in one piece of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// The number of the piece.
    pub(crate) piece: usize,
    /// Column, row and slice of the first.
    pub(crate) at: [i64; 3],
    /// From each to the next.
    pub(crate) step: [i64; 3],
}

/// The parts of a line that are inside a volume, in the order of the line.
pub(crate) fn runs(stack: &Stack, size: [usize; 3], line: &Line, mut each: impl FnMut(Run)) {
    if let [piece] = stack.pieces() {
        if let Some(run) = run((0, piece), size, line, (0, line.count)) {
            each(run);
        }
        return;
    }
    let (start, rise) = (stack.height(line.start), stack.height(line.step));
    let mut from = 0;
    while from < line.count {
        let number = stack.piece_number(start + from as f64 * rise);
        let (bottom, top) = stack.reach(number);
        let bound = if rise > 0.0 { top } else { bottom };
        // A cast of what is endless or no number ends at the ends of the integers.
        let steps = if rise == 0.0 { f64::INFINITY } else { ((bound - start) / rise).floor() };
        let to = (steps as usize).saturating_add(1).clamp(from + 1, line.count.max(from + 1)).min(line.count);
        if let Some(run) = run((number, &stack.pieces()[number]), size, line, (from, to)) {
            each(run);
        }
        from = to;
    }
}

/// What of the places `from..to` is inside, when all are in one piece.
fn run((number, piece): (usize, &Piece), size: [usize; 3], line: &Line, (from, to): (usize, usize)) -> Option<Run> {
    let (start, step) = (piece.index(line.start), piece.direction(line.step));
    let (mut first, mut last) = (from as f64, to as f64 - 1.0);
    for axis in 0..3 {
        // Half a voxel wider than needed: the integers below decide.
        let (low, high) = (-1.0 - start[axis], size[axis] as f64 - start[axis]);
        if step[axis] == 0.0 {
            if low > 0.0 || high < 0.0 {
                return None;
            }
        } else {
            let (one, other) = (low / step[axis], high / step[axis]);
            first = first.max(one.min(other).ceil());
            last = last.min(one.max(other).floor());
        }
    }
    // What is not a number is not inside either.
    if !(first <= last && vector::length(start).is_finite() && vector::length(step).is_finite()) {
        return None;
    }
    let at = std::array::from_fn(|axis| fixed(start[axis] + first * step[axis]));
    let step = if first == last { [0; 3] } else { step.map(fixed) };
    let whole = Run { from: first as usize, to: last as usize + 1, piece: number, at, step };
    let most = size.map(|count| (count as i64 - 1) * ONE + BORDER);
    Some(whole.within([-BORDER; 3], most)).filter(|run| run.from < run.to)
}

fn fixed(place: f64) -> i64 {
    (place * ONE as f64).round() as i64
}

impl Run {
    /// How many places.
    pub(crate) fn len(&self) -> usize {
        self.to - self.from
    }

    /// The places from `low` to `high`, both included.
    pub(crate) fn within(&self, low: [i64; 3], high: [i64; 3]) -> Self {
        let (mut first, mut end) = (0, self.len() as i64);
        for axis in 0..3 {
            let (at, step) = (self.at[axis], self.step[axis]);
            let (below, above) = (low[axis] - at, high[axis] - at);
            let (start, last) = match step {
                0 if below <= 0 && above >= 0 => continue,
                0 => (0, -1),
                // The quotient of Euclid is the floor when the divisor is positive.
                1.. => (-(-below).div_euclid(step), above.div_euclid(step)),
                _ => (-above.div_euclid(-step), (-below).div_euclid(-step)),
            };
            first = first.max(start);
            end = end.min(last + 1);
        }
        self.part(first.min(end.max(0)) as usize, end.max(0) as usize)
    }

    /// The places `first..end` of the run.
    pub(crate) fn part(&self, first: usize, end: usize) -> Self {
        let at = std::array::from_fn(|axis| self.at[axis] + self.step[axis] * first as i64);
        Self { from: self.from + first, to: self.from + end, at, ..*self }
    }

    /// What comes before the places whose `reach` samples on each side exist, those places, and what comes after.
    pub(crate) fn split(&self, size: [usize; 3], reach: usize) -> [Self; 3] {
        if reach == 0 {
            return [self.part(0, 0), *self, self.part(self.len(), self.len())];
        }
        let low = (reach as i64 - 1) * ONE;
        let inner = self.within([low; 3], size.map(|count| (count as i64 - reach as i64) * ONE - 1));
        let (first, end) = (inner.from - self.from, inner.to - self.from);
        [self.part(0, first), inner, self.part(end, self.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Geometry;
    use crate::volume::samples_for_tests::{geometries, near};

    #[test]
    fn runs_hold_every_place_inside_and_no_other() {
        let size = [9, 9, 9];
        for (name, geometry) in geometries(9) {
            let stack = geometry.stack();
            for step in [[0.31, 0.22, 0.17], [0.0, 0.0, -0.4], [-0.5, 0.0, 0.0], [1e-13, 7.0, 0.1], [0.0; 3]] {
                let middle = stack.point([4.0, 4.0, 4.0]);
                let line = Line { start: vector::along(middle, step, -31.0), step, count: 70 };
                let mut expected = (0..70).filter_map(|number| {
                    let index = stack.index(vector::along(line.start, step, number as f64));
                    Geometry::inside(index, size).then_some((number, index))
                });
                runs(&stack, size, &line, |run| {
                    for number in run.from..run.to {
                        let place = run.part(number - run.from, run.len()).at.map(|at| at as f64 / ONE as f64);
                        let (expected, index) = expected.next().expect("no more places than inside");
                        assert_eq!(number, expected, "{name} {step:?}");
                        assert!(near(place, index, 1e-6), "{name} {step:?} {place:?} {index:?}");
                    }
                });
                assert_eq!(expected.next(), None, "{name} {step:?}");
            }
        }
    }

    #[test]
    fn a_run_is_split_where_samples_around_are_missing() {
        let run = Run { from: 2, to: 12, piece: 0, at: [-ONE / 4, ONE, ONE], step: [ONE / 2, 0, 0] };
        let [before, inner, after] = run.split([4, 4, 4], 1);
        assert_eq!([before, inner, after].map(|run| (run.from, run.to)), [(2, 3), (3, 9), (9, 12)]);
        assert_eq!(inner.at[0], ONE / 4);
        assert_eq!(after.at[0], 13 * ONE / 4);
        let [before, inner, after] = run.split([1, 4, 4], 1);
        assert_eq!((inner.len(), before.len() + after.len()), (0, 10));
    }

    #[test]
    fn lines_without_end_meet_nothing_and_nobody_panics() {
        let stack = geometries(4)[0].1.stack();
        for number in [f64::NAN, f64::INFINITY, f64::MAX] {
            let line = Line { start: [number, 0.0, 0.0], step: [1.0, number, 0.0], count: 5 };
            runs(&stack, [4, 4, 4], &line, |run| panic!("{run:?}"));
        }
    }
}

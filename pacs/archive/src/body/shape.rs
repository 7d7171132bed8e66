//! Outlines on the grid: ellipses, limbs and curves, as polygons of points in units of cells.

use super::{COLUMNS, Cells, ROWS};

/// Points looked at along each side of a cell.
const POINTS: usize = 8;
/// Points of a full turn.
const TURN: usize = 32;
/// Pieces of a curve between two of its points.
const PIECES: usize = 6;

type Point = [f64; 2];

/// A closed outline, running one way round, so that outlines on top of one another are one area.
#[derive(Debug, Clone)]
pub(super) struct Outline(Vec<Point>);

impl Outline {
    /// Outlines as the table writes them, apart by `;`. Nothing when one is not written as it should be.
    ///
    /// `ellipse x y rx ry` · `limb x y r x y r`, two circles and what is between them · `curve x y, x y, …`, a smooth line
    /// through these points · `half x y, x y, …`, the right half of one that is the same on both sides.
    pub(super) fn read(text: &str) -> Option<Vec<Self>> {
        text.split(';').map(|shape| Self::read_one(shape.trim())).collect()
    }

    fn read_one(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(' ')?;
        let numbers: Vec<f64> = rest
            .split([' ', ','])
            .filter(|word| !word.is_empty())
            .map(|word| word.parse().ok())
            .collect::<Option<_>>()?;
        let mut points: Vec<Point> = numbers.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect();
        let points = match (kind, numbers.as_slice()) {
            ("ellipse", &[x, y, across, down]) => arc([x, y], [across, down], 0.0, std::f64::consts::TAU),
            ("limb", &[x, y, r, end_x, end_y, end_r]) => limb([x, y], r, [end_x, end_y], end_r),
            ("curve", _) if points.len() >= 3 => smooth(&points),
            ("half", _) if points.len() >= 3 => {
                let inner = points[1..points.len() - 1].iter().rev().map(|[x, y]| [COLUMNS as f64 - x, *y]);
                let inner: Vec<Point> = inner.collect();
                points.extend(inner);
                smooth(&points)
            }
            _ => return None,
        };
        Some(Self(points).one_way())
    }

    /// The same on the other side.
    pub(super) fn mirrored(&self) -> Self {
        Self(self.0.iter().map(|[x, y]| [COLUMNS as f64 - x, *y]).collect()).one_way()
    }

    /// SVG path data.
    pub(super) fn path(&self) -> String {
        let points: Vec<String> = self.0.iter().map(|[x, y]| format!("{x:.2} {y:.2}")).collect();
        format!("M{}Z", points.join("L"))
    }

    fn one_way(mut self) -> Self {
        let area: f64 = self.edges().map(|([ax, ay], [bx, by])| ax * by - bx * ay).sum();
        if area < 0.0 {
            self.0.reverse();
        }
        self
    }

    fn edges(&self) -> impl Iterator<Item = (Point, Point)> {
        self.0.iter().copied().zip(self.0.iter().copied().cycle().skip(1))
    }

    /// Whether a cell has something of the rectangle around the outline.
    fn reaches(&self, column: usize, row: usize) -> bool {
        let within = |axis: usize, cell: f64| {
            self.0.iter().any(|point| point[axis] >= cell) && self.0.iter().any(|point| point[axis] <= cell + 1.0)
        };
        within(0, column as f64) && within(1, row as f64)
    }

    fn covers(&self, [x, y]: Point) -> bool {
        let crossed = self
            .edges()
            .filter(|([ax, ay], [bx, by])| (*ay > y) != (*by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax));
        crossed.count() % 2 == 1
    }
}

/// How many of the points of each cell lie in one of the outlines; row by row.
fn covered(outlines: &[Outline]) -> Vec<usize> {
    let middle = |cell: usize, point: usize| cell as f64 + (point as f64 + 0.5) / POINTS as f64;
    let mut counts = vec![0; COLUMNS * ROWS];
    for (place, count) in counts.iter_mut().enumerate() {
        let (column, row) = (place % COLUMNS, place / COLUMNS);
        let near: Vec<&Outline> = outlines.iter().filter(|outline| outline.reaches(column, row)).collect();
        if near.is_empty() {
            continue;
        }
        let points = (0..POINTS * POINTS).map(|point| [middle(column, point % POINTS), middle(row, point / POINTS)]);
        *count = points.filter(|point| near.iter().any(|outline| outline.covers(*point))).count();
    }
    counts
}

/// The cells of which outlines cover a share, at least the one of which they cover most.
pub(super) fn cells(outlines: &[Outline], share: f64) -> Cells {
    let counts = covered(outlines);
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let least = (share * (POINTS * POINTS) as f64) as usize;
    let mut cells = Cells::default();
    let inside = counts.iter().enumerate().filter(|(_, count)| **count >= least.min(most));
    inside.for_each(|(place, _)| cells.insert(place % COLUMNS, place / COLUMNS));
    cells
}

fn arc([x, y]: Point, [across, down]: Point, from: f64, to: f64) -> Vec<Point> {
    let angle = |step: usize| from + (to - from) * step as f64 / TURN as f64;
    (0..TURN).map(|step| [x + across * angle(step).cos(), y + down * angle(step).sin()]).collect()
}

fn limb(a: Point, r: f64, b: Point, end_r: f64) -> Vec<Point> {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let (way, touch) = (dy.atan2(dx), ((r - end_r) / dx.hypot(dy)).clamp(-1.0, 1.0).acos());
    let mut points = arc(a, [r, r], way + touch, way + std::f64::consts::TAU - touch);
    points.extend(arc(b, [end_r, end_r], way - touch, way + touch));
    points
}

/// A closed Catmull–Rom curve.
fn smooth(points: &[Point]) -> Vec<Point> {
    let count = points.len();
    let at = |place: usize| points[place % count];
    let between = |place: usize, step: usize| {
        let t = step as f64 / PIECES as f64;
        let [p0, p1, p2, p3] = [at(place + count - 1), at(place), at(place + 1), at(place + 2)];
        std::array::from_fn(|axis| {
            let [a, b, c, d] = [p0[axis], p1[axis], p2[axis], p3[axis]];
            b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
        })
    };
    (0..count).flat_map(|place| (0..PIECES).map(move |step| (place, step))).map(|(p, s)| between(p, s)).collect()
}

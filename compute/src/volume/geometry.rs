//! Where the samples of a volume lie: parallel slices of one grid, at any distances, each shifted within its plane as it may be.

use super::{Stack, vector};

/// A place or a direction in the patient, in mm: x to the left, y to the back, z to the head (PS3.3 §C.7.6.2.1.1).
pub type Point = [f64; 3];

/// A stack of parallel slices.
///
/// Slices need not lie above one another (a tilted gantry shears the stack) nor at equal distances. A sample is a point:
/// the centre of its voxel. A volume reaches half a voxel beyond the outermost centres on each side: there the samples
/// of the edge go on ([`Geometry::inside`]). What lies farther out is outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Geometry {
    /// From a sample to the one in the next column, in mm: direction and spacing.
    pub across: Point,
    /// From a sample to the one in the next row; at right angles to `across`.
    pub down: Point,
    /// The first sample of each slice, in the order of their places along `across × down`.
    pub origins: Vec<Point>,
}

/// How far beyond the half voxel a place still counts as inside, in voxels: what rounding may do to a place on the border.
pub const BORDER_SLACK: f64 = 1.0 / 1_048_576.0;

/// Pixels along the diagonal of a volume that are enough where its columns and rows do not need more.
const SEEN: f64 = 4096.0;

impl Geometry {
    /// The unit vector along `across × down`: from each slice towards the next.
    pub fn normal(&self) -> Point {
        vector::unit(vector::cross(self.across, self.down))
    }

    /// The pieces of the stack within which slices follow one another in equal steps. Ask once for many places.
    pub fn stack(&self) -> Stack {
        Stack::of(self)
    }

    /// Whether all slices follow one another in equal steps, sheared or not.
    pub fn regular(&self) -> bool {
        self.stack().pieces().len() == 1
    }

    /// Where a place lies among the samples: column, row and slice, with fractions. Between slices it is linear.
    pub fn index(&self, place: Point) -> Point {
        self.stack().index(place)
    }

    /// The place of a column, row and slice with fractions.
    pub fn point(&self, index: Point) -> Point {
        self.stack().point(index)
    }

    /// Whether a column, row and slice with fractions are within the volume: at most half a voxel beyond the edge.
    pub fn inside(index: Point, size: [usize; 3]) -> bool {
        let slack = 0.5 + BORDER_SLACK;
        index.iter().zip(size).all(|(place, count)| *place >= -slack && *place <= count as f64 - 1.0 + slack)
    }

    /// Distances from column to column, from row to row, and from plane to plane (the least of them), in mm.
    /// A single slice counts as being as thick as its columns are apart.
    pub fn spacing(&self) -> [f64; 3] {
        let normal = self.normal();
        let across = vector::length(self.across);
        let steps = self.origins.windows(2).map(|pair| vector::dot(normal, vector::minus(pair[1], pair[0])));
        [across, vector::length(self.down), steps.reduce(f64::min).unwrap_or(across)]
    }

    /// The finest of the three distances, in mm: how far apart samples along a ray are. One gap much smaller than most
    /// others makes nothing finer: gaps count as at least a quarter of the median one, and as a sixteenth of what lies
    /// between columns or rows.
    pub fn finest(&self) -> f64 {
        let normal = self.normal();
        let within = vector::length(self.across).min(vector::length(self.down));
        let steps = self.origins.windows(2).map(|pair| vector::dot(normal, vector::minus(pair[1], pair[0])));
        let mut steps: Vec<f64> = steps.collect();
        if steps.is_empty() {
            return within;
        }
        let least = steps.iter().copied().fold(f64::INFINITY, f64::min);
        let middle = steps.len() / 2;
        let (_, median, _) = steps.select_nth_unstable_by(middle, f64::total_cmp);
        within.min(least.max(*median / 4.0).max(within / 16.0))
    }

    /// The distance between pixels at which a volume is seen whole with all that is in it, in mm: the finest there is, but
    /// not so fine that slices close to one another alone make a picture of more than some thousand pixels.
    pub fn pixel(&self, size: [usize; 3]) -> f64 {
        let corners = self.corners(size);
        let across = vector::length(vector::minus(corners[7], corners[0]));
        let within = vector::length(self.across).min(vector::length(self.down));
        self.finest().max((across / SEEN).min(within))
    }

    /// Where the samples from a column and row on lie, of some of the slices. Where these follow one another in equal steps,
    /// or all are taken, each place is the same among them as in the whole.
    pub fn part(&self, [column, row]: [usize; 2], slices: std::ops::Range<usize>) -> Self {
        let stack = self.stack();
        let first = |slice: usize| match stack.pieces() {
            // On the straight line: rounded headers of single slices do not make other steps of fewer slices.
            [_] => stack.point([column as f64, row as f64, slice as f64]),
            _ => {
                let first = vector::along(self.origins[slice], self.across, column as f64);
                vector::along(first, self.down, row as f64)
            }
        };
        Self { across: self.across, down: self.down, origins: slices.map(first).collect() }
    }

    /// The corners of the box of voxels, half a voxel beyond the outermost centres.
    pub fn corners(&self, size: [usize; 3]) -> [Point; 8] {
        self.stack().corners(size)
    }
}

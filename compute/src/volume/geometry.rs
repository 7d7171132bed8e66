//! Where the samples of a volume lie: parallel slices of one grid, at any distances, each shifted within its plane as it may be.

/// A place or a direction in the patient, in mm: x to the left, y to the back, z to the head (PS3.3 §C.7.6.2.1.1).
pub type Point = [f64; 3];

/// A stack of parallel slices.
///
/// Slices need not lie above one another (a tilted gantry shears the stack) nor at equal distances. A sample is a point:
/// the centre of its voxel. A volume reaches half a voxel beyond the outermost centres on each side.
#[derive(Debug, Clone, PartialEq)]
pub struct Geometry {
    /// From a sample to the one in the next column, in mm: direction and spacing.
    pub across: Point,
    /// From a sample to the one in the next row; at right angles to `across`.
    pub down: Point,
    /// The first sample of each slice, in the order of their places along `across × down`.
    pub origins: Vec<Point>,
}

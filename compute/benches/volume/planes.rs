//! Planes through a body of 512 × 512 × 400 samples.

use compute::volume::{Error, Plane};

pub const SIZE: [usize; 3] = [512, 512, 400];

/// A plane between axial and sagittal.
pub fn oblique() -> Result<Plane, Error> {
    Plane::around([0.0; 3], [0.5, -0.3, 0.8], [0.0, -1.0, 0.0], 0.7, (512, 512))
}

/// A plane nearly across all slices: no two of its pixels are in one row of samples.
pub fn steep() -> Result<Plane, Error> {
    Plane::around([0.0; 3], [-0.9, 0.1, -0.2], [0.0, 0.3, 1.0], 0.7, (512, 512))
}

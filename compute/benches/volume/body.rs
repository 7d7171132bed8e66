//! A body to look at: 512 × 512 × 400 samples of 16 bits.

use compute::volume::{Error, Geometry, Plane, Point, Volume, Voxels, room};

pub const SIZE: [usize; 3] = [512, 512, 400];

/// A plane between axial and sagittal.
pub fn oblique() -> Result<Plane, Error> {
    Plane::around([0.0; 3], [0.5, -0.3, 0.8], [0.0, -1.0, 0.0], 0.7, (512, 512))
}

/// A plane nearly across all slices: no two of its pixels are in one row of samples.
pub fn steep() -> Result<Plane, Error> {
    Plane::around([0.0; 3], [-0.9, 0.1, -0.2], [0.0, 0.3, 1.0], 0.7, (512, 512))
}

/// Ellipsoids of soft tissue, lungs and bone in air, with noise.
pub fn body() -> Result<Volume, Error> {
    let origins = (0..SIZE[2]).map(|slice| [-178.85, -178.85, slice as f64 - 199.5]).collect();
    let geometry = Geometry { across: [0.7, 0.0, 0.0], down: [0.0, 0.7, 0.0], origins };
    let shapes = [
        ([0.0, 0.0, 0.0], [150.0, 105.0, 260.0], 40),
        ([-70.0, 0.0, 40.0], [50.0, 70.0, 110.0], -820),
        ([70.0, 0.0, 40.0], [50.0, 70.0, 110.0], -820),
        ([0.0, 75.0, 0.0], [18.0, 18.0, 250.0], 600),
        ([20.0, -30.0, 0.0], [40.0, 35.0, 50.0], 180),
    ];
    let mut samples = room(SIZE.iter().product());
    for z in 0..SIZE[2] {
        for y in 0..SIZE[1] {
            for x in 0..SIZE[0] {
                let place = [0.7 * x as f64 - 178.85, 0.7 * y as f64 - 178.85, z as f64 - 199.5];
                let within = |(centre, radii, _): &&(Point, Point, i16)| {
                    (0..3).map(|axis| ((place[axis] - centre[axis]) / radii[axis]).powi(2)).sum::<f64>() <= 1.0
                };
                let value = shapes.iter().rev().find(within).map_or(-1000, |(.., value)| *value);
                let noise = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503) ^ z.wrapping_mul(9_973)) >> 4 & 31;
                samples.push(value + noise as i16 - 16);
            }
        }
    }
    Volume::new(SIZE, Voxels::I16(samples), (1.0, 0.0), geometry)
}

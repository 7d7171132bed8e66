//! Something to look at: ellipsoids of soft tissue, lungs and bone in air, with noise.

use compute::volume::{Error, Geometry, Point, Volume, Voxels, room};
use rayon::prelude::*;

/// A body of about 360 × 360 × 400 mm in so many samples.
pub fn body(size: [usize; 3]) -> Result<Volume, Error> {
    let across = 358.4 / size[0] as f64;
    let up = 400.0 / size[2] as f64;
    let corner = [-across * (size[0] as f64 - 1.0) / 2.0, -across * (size[1] as f64 - 1.0) / 2.0];
    let height = |slice: usize| up * (slice as f64 - (size[2] as f64 - 1.0) / 2.0);
    let origins = (0..size[2]).map(|slice| [corner[0], corner[1], height(slice)]).collect();
    let geometry = Geometry { across: [across, 0.0, 0.0], down: [0.0, across, 0.0], origins };
    let shapes = [
        ([0.0, 0.0, 0.0], [150.0, 105.0, 260.0], 40),
        ([-70.0, 0.0, 40.0], [50.0, 70.0, 110.0], -820),
        ([70.0, 0.0, 40.0], [50.0, 70.0, 110.0], -820),
        ([0.0, 75.0, 0.0], [18.0, 18.0, 250.0], 600),
        ([20.0, -30.0, 0.0], [40.0, 35.0, 50.0], 180),
    ];
    // As the archive has volumes, on large pages.
    let count = size.iter().product();
    let mut samples = room(count);
    samples.resize(count, 0);
    samples.par_chunks_mut(size[0]).enumerate().for_each(|(line, samples)| {
        let (y, z) = (line % size[1], line / size[1]);
        for (x, sample) in samples.iter_mut().enumerate() {
            let place = [corner[0] + across * x as f64, corner[1] + across * y as f64, height(z)];
            let within = |(centre, radii, _): &&(Point, Point, i16)| {
                (0..3).map(|axis| ((place[axis] - centre[axis]) / radii[axis]).powi(2)).sum::<f64>() <= 1.0
            };
            let value = shapes.iter().rev().find(within).map_or(-1000, |(.., value)| *value);
            let noise = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503) ^ z.wrapping_mul(9_973)) >> 4 & 31;
            *sample = value + noise as i16 - 16;
        }
    });
    Volume::new(size, Voxels::I16(samples), (1.0, 0.0), geometry)
}

//! The phantom: ellipsoids in a patient coordinate system (PS3.3 §C.7.6.2.1.1: x to the left, y to the back, z to the head).

/// Half the extent of the scanned box in mm, in x, y and z.
pub const HALF: [f64; 3] = [190.0, 140.0, 160.0];

struct Ellipsoid {
    centre: [f64; 3],
    axes: [f64; 3],
    /// Hounsfield units, or what is added to them where `adds`.
    value: f64,
}

/// From the outside in: a later one replaces what it covers.
const BODY: [Ellipsoid; 12] = [
    Ellipsoid { centre: [0.0, 0.0, 0.0], axes: [165.0, 112.0, 400.0], value: -90.0 },
    Ellipsoid { centre: [0.0, 0.0, 0.0], axes: [150.0, 98.0, 400.0], value: 45.0 },
    Ellipsoid { centre: [-72.0, -8.0, 30.0], axes: [52.0, 68.0, 120.0], value: -850.0 },
    Ellipsoid { centre: [72.0, -8.0, 30.0], axes: [48.0, 66.0, 120.0], value: -850.0 },
    Ellipsoid { centre: [22.0, -28.0, -10.0], axes: [46.0, 38.0, 56.0], value: 55.0 },
    Ellipsoid { centre: [24.0, -30.0, -12.0], axes: [26.0, 21.0, 34.0], value: 210.0 },
    Ellipsoid { centre: [-55.0, -5.0, -150.0], axes: [80.0, 66.0, 62.0], value: 65.0 },
    Ellipsoid { centre: [0.0, 62.0, 0.0], axes: [20.0, 19.0, 400.0], value: 420.0 },
    Ellipsoid { centre: [0.0, 62.0, 0.0], axes: [13.0, 12.0, 400.0], value: 180.0 },
    Ellipsoid { centre: [0.0, 82.0, 0.0], axes: [7.0, 7.0, 400.0], value: 30.0 },
    Ellipsoid { centre: [14.0, 36.0, 0.0], axes: [11.0, 11.0, 400.0], value: 220.0 },
    Ellipsoid { centre: [-78.0, 12.0, 62.0], axes: [9.0, 9.0, 9.0], value: 40.0 },
];

/// Hounsfield units at a point in mm.
pub fn hounsfield(point: [f64; 3]) -> f64 {
    BODY.iter().rev().find(|part| part.holds(point)).map_or(-1000.0, |part| part.value)
}

impl Ellipsoid {
    fn holds(&self, point: [f64; 3]) -> bool {
        let distance = |axis: usize| ((point[axis] - self.centre[axis]) / self.axes[axis]).powi(2);
        distance(0) + distance(1) + distance(2) <= 1.0
    }
}

/// Noise in −1…1 that is the same at each run.
pub fn noise(seed: u32) -> f64 {
    let mut x = seed.wrapping_mul(0x9E37_79B9) ^ 0x85EB_CA6B;
    x ^= x >> 15;
    x = x.wrapping_mul(0x2C1B_3C6D);
    x ^= x >> 12;
    x = x.wrapping_mul(0x297A_2D39);
    x ^= x >> 15;
    f64::from(x) / f64::from(u32::MAX) * 2.0 - 1.0
}

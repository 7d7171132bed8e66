//! Volumes that tests know the values of.

use super::{Geometry, Kept, Plane, Point, Sight, Volume, Voxels, vector};

/// Geometries of so many slices in every orientation and kind of distance, with their names.
pub(crate) fn geometries(slices: usize) -> Vec<(String, Geometry)> {
    let (x, y, z) = ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]);
    let (sine, cosine) = 25_f64.to_radians().sin_cos();
    let oblique = [[cosine, sine * 0.6, sine * 0.8], [0.0, 0.8, -0.6]];
    let tilted = [x, [0.0, cosine, sine]];
    let orientations = [
        ("axial", [x, y], None),
        ("sagittal", [y, [0.0, 0.0, -1.0]], None),
        ("coronal", [x, [0.0, 0.0, -1.0]], None),
        ("oblique", oblique, None),
        ("tilted", tilted, Some(z)),
    ];
    let height = |distance: &str, slice: usize| match distance {
        "missing" if slice > 3 => slice as f64 + 2.0,
        "irregular" => slice as f64 + 0.3 * (slice as f64 * 2.0).sin(),
        _ => slice as f64,
    };
    let mut all = Vec::new();
    for (orientation, [across, down], advance) in orientations {
        let step = vector::times(advance.unwrap_or(vector::cross(across, down)), 1.5);
        for distance in ["regular", "missing", "irregular"] {
            let origins =
                (0..slices).map(|slice| vector::along([-11.0, 7.5, 30.0], step, height(distance, slice))).collect();
            let geometry = Geometry { across: vector::times(across, 0.8), down: vector::times(down, 0.7), origins };
            all.push((format!("{orientation} {distance}"), geometry));
        }
    }
    all
}

/// The field that every right linear interpolation reproduces.
pub(crate) fn ramp(place: Point) -> f64 {
    200.0 + vector::dot([1.75, -1.25, 0.9], place)
}

/// A volume with the values of a field at its samples.
pub(crate) fn filled(size: [usize; 3], geometry: Geometry, field: impl Fn(Point) -> f64) -> Volume {
    let stack = geometry.stack();
    let samples = places(size).map(|index| field(stack.point(index.map(|place| place as f64))) as f32).collect();
    Volume {
        size,
        voxels: Voxels::F32(samples),
        slope: 1.0,
        intercept: 0.0,
        padding: None,
        geometry,
        stack: Kept::default(),
    }
}

/// A volume of 16-bit samples in voxels of 1 mm, by a function of column, row and slice.
pub(crate) fn cubes(size: [usize; 3], sample: impl Fn([usize; 3]) -> i16) -> Volume {
    let origins = (0..size[2]).map(|slice| [0.0, 0.0, slice as f64]).collect();
    let geometry = Geometry { across: [1.0, 0.0, 0.0], down: [0.0, 1.0, 0.0], origins };
    let samples = places(size).map(sample).collect();
    Volume {
        size,
        voxels: Voxels::I16(samples),
        slope: 1.0,
        intercept: 0.0,
        padding: None,
        geometry,
        stack: Kept::default(),
    }
}

/// Samples that look like noise and are the same every time.
pub(crate) fn noise([x, y, z]: [usize; 3]) -> i16 {
    let mut state = (x + 1000 * y + 1_000_000 * z) as u64;
    for _ in 0..2 {
        state = (state ^ state >> 13).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    ((state >> 40) % 3000) as i16 - 1000
}

pub(crate) fn near(a: Point, b: Point, tolerance: f64) -> bool {
    vector::length(vector::minus(a, b)) <= tolerance
}

fn places(size: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    let [columns, rows, slices] = size;
    (0..slices).flat_map(move |z| (0..rows).flat_map(move |y| (0..columns).map(move |x| [x, y, z])))
}

/// A plane looked at from infinitely far away, from near by, and with its near and far ends cut off.
pub(crate) fn sights(plane: &Plane) -> [Sight; 4] {
    let (normal, middle) = (plane.normal(), plane.point(plane.width as f64 / 2.0, plane.height as f64 / 2.0));
    let from = |distance: f64| plane.seen_from(vector::along(middle, normal, -distance));
    // The last stands within the volume.
    let straight = plane.straight();
    [
        straight,
        from(31.0),
        Sight { between: Some((-1.3, 2.2)), ..straight },
        Sight { between: Some((0.4, 9.0)), ..from(1.7) },
    ]
}

/// Planes through the middle of a volume: along its rows, across them, oblique, and steep.
pub(crate) fn planes(volume: &Volume) -> Vec<Plane> {
    let middle = volume.geometry.stack().point(volume.size.map(|count| (count as f64 - 1.0) / 2.0));
    let geometry = &volume.geometry;
    let views = [
        (geometry.normal(), vector::times(geometry.down, -1.0)),
        ([0.3, -0.5, 0.8], [0.0, -1.0, 0.1]),
        (vector::unit(geometry.across), geometry.normal()),
        ([-0.9, 0.1, -0.2], [0.0, 0.3, 1.0]),
    ];
    views.map(|(toward, up)| Plane::around(middle, toward, up, 0.61, (26, 23)).expect("a plane")).to_vec()
}

/// Noise with a corner and single samples of padding, which is -2000.
pub(crate) fn holes([x, y, z]: [usize; 3]) -> i16 {
    let value = noise([x, y, z]);
    if x + y + z < 6 || value.rem_euclid(11) == 0 { -2000 } else { value }
}

/// Whether values are as close as that, all of them, and numbers where numbers are expected.
pub(crate) fn agree(values: &[f32], expected: &[f32], tolerance: f32) -> bool {
    let differs =
        |(value, expected): (&f32, &f32)| value.is_nan() != expected.is_nan() || (value - expected).abs() > tolerance;
    let stray = values.iter().zip(expected).position(differs);
    if let Some(at) = stray {
        eprintln!("value {at} is {}, not {}", values[at], expected[at]);
    }
    stray.is_none() && values.len() == expected.len()
}

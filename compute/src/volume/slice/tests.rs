use super::*;
use crate::volume::samples_for_tests::{agree, cubes, filled, geometries, noise, planes, ramp};
use crate::volume::{Geometry, Point, Voxels, never, plain};

const ALL: [Interpolation; 3] = [Interpolation::Nearest, Interpolation::Linear, Interpolation::Cubic];

fn values(volume: &Volume, plane: &Plane, interpolation: Interpolation) -> Vec<f32> {
    slice(volume, plane, interpolation, -5000.0, &never).expect("a slice")
}

#[test]
fn a_slice_through_voxel_centres_gives_the_voxels() {
    let volume = cubes([7, 5, 4], noise);
    for slice in 0..4 {
        let across = [1.0, 0.0, 0.0];
        let plane = Plane { corner: [0.0, 0.0, slice as f64], across, down: [0.0, 1.0, 0.0], width: 7, height: 5 };
        let expected: Vec<f32> = (0..35).map(|at| f32::from(noise([at % 7, at / 7, slice]))).collect();
        for interpolation in ALL {
            assert_eq!(values(&volume, &plane, interpolation), expected, "{interpolation:?} {slice}");
        }
    }
}

#[test]
fn a_linear_field_is_reproduced_on_every_plane_through_every_stack() {
    let size = [12, 11, 10];
    for (name, geometry) in geometries(10) {
        let volume = filled(size, geometry, ramp);
        let stack = volume.geometry.stack();
        for plane in planes(&volume) {
            let linear = values(&volume, &plane, Interpolation::Linear);
            let cubic = values(&volume, &plane, Interpolation::Cubic);
            let mut inside = 0;
            for (at, value) in linear.iter().enumerate() {
                let place = plane.point((at % plane.width) as f64, (at / plane.width) as f64);
                let index = stack.index(place);
                if (0..3).all(|axis| index[axis] >= 0.0 && index[axis] <= size[axis] as f64 - 1.0) {
                    inside += 1;
                    assert!((f64::from(*value) - ramp(place)).abs() < 1e-3, "{name} {index:?} {value}");
                    // Equal steps only: a cubic across slices of unequal distance bends a ramp.
                    if volume.geometry.regular() {
                        assert!((f64::from(cubic[at]) - ramp(place)).abs() < 1e-3, "{name} {index:?} {}", cubic[at]);
                    }
                }
            }
            assert!(inside > 50, "{name} {inside}");
        }
    }
}

#[test]
fn the_fast_path_agrees_with_the_definition() {
    for (name, geometry) in geometries(6) {
        let volume = Volume { geometry, ..cubes([9, 8, 6], noise) };
        for plane in planes(&volume) {
            for interpolation in ALL {
                let fast = values(&volume, &plane, interpolation);
                let plain = plain::slice(&volume, &plane, interpolation, -5000.0);
                assert!(agree(&fast, &plain, 2e-3), "{name} {interpolation:?}");
            }
        }
    }
}

#[test]
fn every_type_of_samples_and_a_rescale_give_what_was_measured() {
    let sample = |index| noise(index).rem_euclid(251);
    let signed = cubes([6, 5, 4], sample);
    let Voxels::I16(samples) = &signed.voxels else { panic!("16 bits") };
    let types = [
        Voxels::U8(samples.iter().map(|sample| *sample as u8).collect()),
        Voxels::U16(samples.iter().map(|sample| *sample as u16).collect()),
        Voxels::F32(samples.iter().map(|sample| f32::from(*sample)).collect()),
    ];
    let plane = planes(&signed)[1];
    let expected: Vec<f32> = values(&signed, &plane, Interpolation::Linear)
        .iter()
        .map(|value| if *value == -5000.0 { -5000.0 } else { 0.5 * value - 3.0 })
        .collect();
    for voxels in types {
        let volume = Volume { voxels, slope: 0.5, intercept: -3.0, ..signed.clone() };
        assert_eq!(values(&volume, &plane, Interpolation::Linear), expected);
    }
}

#[test]
fn the_edge_goes_on_for_half_a_voxel_and_no_farther() {
    let volume = cubes([2, 2, 2], |[x, y, z]| (x + 10 * y + 100 * z) as i16);
    let at = |place: Point| {
        let plane = Plane { corner: place, across: [1.0, 0.0, 0.0], down: [0.0, 1.0, 0.0], width: 1, height: 1 };
        ALL.map(|interpolation| values(&volume, &plane, interpolation)[0])
    };
    assert_eq!(at([-0.5, 0.0, 0.0]), [0.0; 3]);
    assert_eq!(at([1.5, 1.5, 1.5]), [111.0; 3]);
    assert_eq!(at([1.51, 1.0, 1.0]), [-5000.0; 3]);
    assert_eq!(at([0.0, 0.0, -0.51]), [-5000.0; 3]);
}

#[test]
fn a_volume_of_one_slice_is_flat() {
    let geometry = Geometry { origins: vec![[0.0; 3]], ..cubes([3, 3, 1], noise).geometry };
    let volume = Volume { geometry, ..cubes([3, 3, 1], |[x, ..]| x as i16) };
    let plane = Plane { corner: [0.5, 1.0, 0.4], across: [1.0, 0.0, 0.0], down: [0.0, 1.0, 0.0], width: 2, height: 1 };
    assert_eq!(values(&volume, &plane, Interpolation::Linear), [0.5, 1.5]);
    assert_eq!(values(&volume, &plane, Interpolation::Cubic), [0.5, 1.5]);
}

#[test]
fn work_that_is_told_to_stop_has_no_result() {
    let volume = cubes([3, 3, 3], noise);
    assert_eq!(slice(&volume, &planes(&volume)[0], Interpolation::Linear, 0.0, &|| true), Err(Error::Stopped));
}

#[test]
fn a_volume_put_together_wrongly_is_an_error() {
    let volume = Volume { size: [3, 3, 4], ..cubes([3, 3, 3], noise) };
    let error = slice(&volume, &planes(&cubes([3, 3, 3], noise))[0], Interpolation::Linear, 0.0, &never);
    assert_eq!(error, Err(Error::Samples { size: [3, 3, 4], expected: 36, found: 27 }));
}

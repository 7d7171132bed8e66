use super::*;
use crate::volume::samples_for_tests::{geometries, near};

#[test]
fn a_sample_lies_at_its_own_index() {
    for (name, geometry) in geometries(9) {
        for slice in 0..9 {
            let place = vector::along(vector::along(geometry.origins[slice], geometry.across, 3.0), geometry.down, 5.0);
            assert!(near(geometry.index(place), [3.0, 5.0, slice as f64], 1e-9), "{name} {slice}");
            assert!(near(geometry.point([3.0, 5.0, slice as f64]), place, 1e-9), "{name} {slice}");
        }
    }
}

#[test]
fn index_and_point_undo_each_other_between_and_beyond_the_slices() {
    for (name, geometry) in geometries(9) {
        let stack = geometry.stack();
        for index in [[0.3, 7.9, 2.6], [-0.5, 20.0, -0.5], [100.0, -3.0, 8.5], [4.0, 4.0, 6.1]] {
            assert!(near(stack.index(stack.point(index)), index, 1e-9), "{name} {index:?}");
        }
    }
}

#[test]
fn equal_steps_make_one_piece_and_a_gap_makes_more() {
    for (name, geometry) in geometries(9) {
        let pieces = geometry.stack().pieces().len();
        assert_eq!(geometry.regular(), !name.contains("irregular") && !name.contains("missing"), "{name}");
        assert!(pieces <= 3 || name.contains("irregular"), "{name} {pieces}");
    }
}

#[test]
fn rounded_headers_are_still_regular() {
    let origins = (0..400).map(|slice| [0.0, 0.0, (f64::from(slice) * 0.6249 * 1000.0).round() / 1000.0]).collect();
    let geometry = Geometry { across: [0.7, 0.0, 0.0], down: [0.0, 0.7, 0.0], origins };
    assert!(geometry.regular());
}

#[test]
fn pieces_end_where_steps_change_however_long_they_are() {
    for long in [2, 3, 5, 8, 13, 100] {
        let heights = (0..=long).map(f64::from).chain((1..=40).map(|step| f64::from(long) + 2.5 * f64::from(step)));
        let origins = heights.map(|height| [0.0, 0.0, height]).collect();
        let geometry = Geometry { across: [1.0, 0.0, 0.0], down: [0.0, 1.0, 0.0], origins };
        let ends: Vec<usize> = geometry.stack().pieces().iter().map(|piece| piece.last).collect();
        assert_eq!(ends, [long as usize, long as usize + 40]);
    }
}

#[test]
fn one_tiny_gap_does_not_make_everything_finer() {
    let origins = [0.0, 1.0, 2.0, 2.000_01, 3.0].map(|z| [0.0, 0.0, z]).to_vec();
    let geometry = Geometry { across: [0.5, 0.0, 0.0], down: [0.0, 0.5, 0.0], origins };
    assert!((geometry.finest() - 0.25).abs() < 1e-4, "{}", geometry.finest());
    let pair = Geometry { origins: vec![[0.0; 3], [0.0, 0.0, 1e-5]], ..geometry };
    assert_eq!(pair.finest(), 0.5 / 16.0);
}

#[test]
fn between_slices_of_unequal_distance_the_slice_number_is_linear() {
    let origins = [0.0, 1.0, 4.0].map(|z| [0.0, 0.0, z]).to_vec();
    let geometry = Geometry { across: [1.0, 0.0, 0.0], down: [0.0, 1.0, 0.0], origins };
    assert!(near(geometry.index([0.0, 0.0, 2.5]), [0.0, 0.0, 1.5], 1e-12));
    assert!(near(geometry.index([0.0, 0.0, 5.5]), [0.0, 0.0, 2.5], 1e-12));
    assert_eq!(geometry.spacing(), [1.0; 3]);
}

#[test]
fn a_single_slice_is_as_thick_as_its_columns_are_apart() {
    let geometry = Geometry { across: [2.0, 0.0, 0.0], down: [0.0, 1.0, 0.0], origins: vec![[0.0, 0.0, 7.0]] };
    assert!(near(geometry.index([0.0, 0.0, 8.0]), [0.0, 0.0, 0.5], 1e-12));
    assert_eq!(geometry.finest(), 1.0);
}

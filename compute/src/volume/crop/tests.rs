use super::*;
use crate::volume::never;
use crate::volume::samples_for_tests::{agree, cubes, geometries, near, noise, planes};
use crate::volume::{Interpolation, slice};

fn by(crops: &[Crop]) -> Cropping {
    Cropping { crops: crops.to_vec(), masks: Vec::new() }
}

/// How many samples stay, of those that a place decides about; all must be as they were.
fn kept(volume: &Volume, crop: Crop, stays: impl Fn([usize; 3], Point) -> bool) -> usize {
    let cropped = cropped(volume, &by(&[crop]), &never).expect("a volume");
    let (Voxels::I16(before), Voxels::I16(after)) = (&volume.voxels, &cropped.voxels) else { panic!("16 bits") };
    let padding = cropped.padding.expect("padding") as i16;
    assert!(!before.contains(&padding));
    assert_eq!(remaining(volume, &by(&[crop]), &never), Ok(after.len()));
    // Where the first sample of what is left was.
    let corner = volume.geometry.index(cropped.geometry.point([0.0; 3])).map(|place| place.round() as usize);
    let [columns, rows, slices] = volume.size;
    let mut count = 0;
    for z in 0..slices {
        for y in 0..rows {
            for x in 0..columns {
                let index = [x, y, z];
                let place = volume.geometry.point(index.map(|place| place as f64));
                let stays = stays(index, place);
                let of_part: [usize; 3] = std::array::from_fn(|axis| index[axis].wrapping_sub(corner[axis]));
                if (0..3).all(|axis| of_part[axis] < cropped.size[axis]) {
                    assert!(near(cropped.geometry.point(of_part.map(|place| place as f64)), place, 1e-9));
                    let at = of_part[0] + cropped.size[0] * (of_part[1] + cropped.size[1] * of_part[2]);
                    let before = before[x + columns * (y + rows * z)];
                    assert_eq!(after[at], if stays { before } else { padding }, "{crop:?} {index:?}");
                } else {
                    assert!(!stays, "{crop:?} {index:?}");
                }
                count += usize::from(stays);
            }
        }
    }
    count
}

#[test]
fn a_box_lies_as_the_grid_does() {
    for (name, geometry) in geometries(6) {
        let volume = Volume { geometry, ..cubes([9, 8, 6], noise) };
        // From the middle between samples.
        let place = |index: Point| volume.geometry.point(index);
        let crop = Crop::Between(place([6.5, 1.5, 4.5]), place([2.5, 5.0, 0.5]));
        let count =
            kept(&volume, crop, |[x, y, z], _| (3..=6).contains(&x) && (2..=5).contains(&y) && (1..=4).contains(&z));
        assert_eq!(count, 64, "{name}");
        let is_regular = volume.geometry.regular();
        let left = remaining(&volume, &by(&[crop]), &never).expect("samples");
        assert_eq!(left, if is_regular { 64 } else { 96 }, "{name}");
    }
}

#[test]
fn what_is_left_has_the_values_that_it_has_among_padding() {
    for (name, geometry) in geometries(6) {
        let volume = Volume { geometry, ..cubes([9, 8, 6], noise) };
        let place = |index: Point| volume.geometry.point(index);
        let crop = Crop::Between(place([1.5, 2.5, 1.5]), place([6.5, 7.5, 4.5]));
        let part = cropped(&volume, &by(&[crop]), &never).expect("a volume");
        let Voxels::I16(samples) = &volume.voxels else { panic!("16 bits") };
        let padded = samples.iter().enumerate().map(|(at, sample)| {
            let [x, y, z] = [at % 9, at / 9 % 8, at / 72];
            if (2..=6).contains(&x) && (3..=7).contains(&y) && (2..=4).contains(&z) { *sample } else { i16::MIN }
        });
        let padded = Voxels::I16(padded.collect());
        let padded = Volume { voxels: padded, padding: Some(i16::MIN.into()), ..volume.clone() };
        for plane in planes(&volume) {
            for interpolation in [Interpolation::Nearest, Interpolation::Linear] {
                let of = |volume| slice(volume, &plane, interpolation, 9e3, &never).expect("a slice");
                let (expected, found) = (of(&padded), of(&part));
                assert!(expected.iter().any(|value| *value < 9e3), "{name}");
                assert!(agree(&found, &expected, 2e-3), "{name} {interpolation:?}");
            }
        }
    }
}

#[test]
fn what_is_before_a_plane_is_cut_off() {
    for (name, geometry) in geometries(6) {
        let volume = Volume { geometry, ..cubes([9, 8, 6], noise) };
        let middle = volume.geometry.point([4.1, 3.7, 2.6]);
        for normal in [[1.0, 0.0, 0.0], [-0.6, 0.0, 0.8], [0.1, -0.9, 0.3]] {
            let offset = vector::dot(normal, middle);
            let count =
                kept(&volume, Crop::Behind { normal, offset }, |_, place| vector::dot(normal, place) <= offset + SLACK);
            assert!((60..370).contains(&count), "{name} {normal:?} {count}");
        }
    }
}

#[test]
fn crops_hold_together_and_padding_stays_padding() {
    let volume = cubes([5, 4, 3], |[x, ..]| x as i16).with_padding(1.0);
    let crops =
        [Crop::Behind { normal: [1.0, 0.0, 0.0], offset: 3.0 }, Crop::Between([0.0, 0.0, 0.0], [9.0, 9.0, 0.0])];
    let cropped = cropped(&volume, &by(&crops), &never).expect("a volume");
    assert_eq!((cropped.size, cropped.padding), ([4, 4, 1], Some(1.0)));
    assert_eq!(cropped.voxels, Voxels::I16([[0, 1, 2, 3]; 4].concat()));
}

#[test]
fn nothing_is_one_sample_of_padding() {
    let volume = cubes([5, 4, 3], noise);
    let crop = Crop::Behind { normal: [1.0, 0.0, 0.0], offset: -10.0 };
    let found = cropped(&volume, &by(&[crop]), &never).expect("a volume");
    assert_eq!((found.size, found.voxels), ([1; 3], Voxels::I16(vec![found.padding.expect("padding") as i16])));
}

#[test]
fn where_no_number_is_left_samples_become_longer() {
    let volume = cubes([256, 1, 1], |[x, ..]| x as i16);
    let volume = Volume { voxels: Voxels::U8((0..=255).collect()), ..volume };
    let crop = Crop::Behind { normal: [1.0, 0.0, 0.0], offset: 10.0 };
    let cropped = |volume: &Volume| cropped(volume, &by(&[crop]), &never);
    let found = cropped(&volume).expect("a volume");
    assert_eq!((found.voxels, found.padding), (Voxels::I16((0..=10).collect()), Some(-1.0)));
    let full = cubes([256, 256, 1], |[x, y, _]| (x + 256 * y) as u16 as i16);
    assert_eq!(cropped(&full), Err(Error::NoPadding));
    let endless = Crop::Behind { normal: [f64::NAN; 3], offset: 0.0 };
    assert!(matches!(super::cropped(&volume, &by(&[endless]), &never), Err(Error::NotFinite(_))));
}

#[test]
fn samples_stay_or_go_by_themselves() {
    let volume = cubes([5, 4, 3], noise);
    let Voxels::I16(samples) = &volume.voxels else { panic!("16 bits") };
    // Two samples of the second row of the second slice, and one of the third row.
    let within = |index: usize| [26, 28, 31].contains(&index);
    let mut bits = vec![0; 8];
    (0..60).filter(|index| within(*index)).for_each(|index| bits[index / 8] |= 1 << (index % 8));
    let mask = |stay| Mask { within: bits.clone(), stay };
    let found = cropped(&volume, &Cropping { crops: Vec::new(), masks: vec![mask(true)] }, &never).expect("a volume");
    let padding = found.padding.expect("padding") as i16;
    assert_eq!(found.size, [3, 2, 1]);
    let expected = [samples[26], padding, samples[28], samples[31], padding, padding];
    assert_eq!(found.voxels, Voxels::I16(expected.to_vec()));
    assert!(near(found.geometry.point([0.0; 3]), [1.0, 1.0, 1.0], 1e-9));

    let left = cropped(&volume, &Cropping { crops: Vec::new(), masks: vec![mask(false)] }, &never).expect("a volume");
    let expected = (0..60).map(|index| if within(index) { padding } else { samples[index] });
    assert_eq!((left.size, left.voxels), ([5, 4, 3], Voxels::I16(expected.collect())));
    let both = vec![mask(true), mask(false)];
    assert_eq!(remaining(&volume, &Cropping { crops: Vec::new(), masks: both }, &never), Ok(1));
}

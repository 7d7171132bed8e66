//! On whatever device there is, PoCL in tests. Without one nothing is checked, and each test says so.

use super::*;
use crate::volume::samples_for_tests::{agree, cubes, geometries, holes, noise, planes, sights};
use crate::volume::{
    Bricks, Connectivity, Curve, Intensity, Interpolation, Labels, PRESETS, Plane, Slab, Volume, Voxels, components,
    flatten, histogram, label, never, otsu, project, reformat, render, slab, slice,
};

/// The first device, ready; nothing, said plainly, when there is none.
fn engine(test: &str) -> Option<Engine> {
    match devices() {
        Ok(devices) if !devices.is_empty() => Some(Engine::open(&devices[0]).expect("a device that is ready")),
        Ok(_) => {
            eprintln!("NOT RUN: {test}: there is no OpenCL device");
            None
        }
        Err(error) => {
            eprintln!("NOT RUN: {test}: {error}");
            None
        }
    }
}

/// Noise; with padding in stacks that lack a slice.
fn padded(name: &str) -> fn([usize; 3]) -> i16 {
    if name.contains("missing") { holes } else { noise }
}

const INTENSITIES: [Intensity; 3] = [Intensity::Maximum, Intensity::Minimum, Intensity::Average];

#[test]
fn slices_agree_with_the_processor_for_every_stack_and_interpolation() {
    let Some(engine) = engine("slices") else { return };
    for (name, geometry) in geometries(6) {
        let volume = Volume { geometry, slope: -0.5, intercept: 3.0, ..cubes([9, 8, 6], padded(&name)) };
        let volume = volume.with_padding(-2000.0);
        let on_device = engine.upload(&volume).expect("a volume on the device");
        for plane in planes(&volume) {
            for interpolation in [Interpolation::Nearest, Interpolation::Linear, Interpolation::Cubic] {
                let found = engine.slice(&on_device, &plane, interpolation, 9e3, &never).expect("a slice");
                let expected = slice(&volume, &plane, interpolation, 9e3, &never).expect("a slice");
                assert!(agree(&found, &expected, 1e-3), "{name} {interpolation:?}");
            }
        }
    }
}

#[test]
fn every_type_of_samples_has_its_kernels() {
    let Some(engine) = engine("types of samples") else { return };
    let signed = cubes([6, 5, 4], |index| noise(index).rem_euclid(251));
    let Voxels::I16(samples) = &signed.voxels else { panic!("16 bits") };
    let types = [
        Voxels::U8(samples.iter().map(|sample| *sample as u8).collect()),
        Voxels::U16(samples.iter().map(|sample| *sample as u16).collect()),
        Voxels::F32(samples.iter().map(|sample| f32::from(*sample)).collect()),
    ];
    let plane = planes(&signed)[1];
    let expected = slice(&signed, &plane, Interpolation::Linear, 0.0, &never).expect("a slice");
    for voxels in types {
        let on_device = engine.upload(&Volume { voxels, ..signed.clone() }).expect("a volume on the device");
        let found = engine.slice(&on_device, &plane, Interpolation::Linear, 0.0, &never).expect("a slice");
        assert!(agree(&found, &expected, 1e-3));
    }
}

#[test]
fn histograms_and_classes_are_those_of_the_processor() {
    let Some(engine) = engine("histograms and classes") else { return };
    let signed = cubes([13, 11, 9], |index| noise(index) / 4);
    let Voxels::I16(samples) = &signed.voxels else { panic!("16 bits") };
    let floats = samples.iter().map(|sample| if *sample == 3 { f32::NAN } else { f32::from(*sample) * 0.37 });
    let types = [
        (signed.voxels.clone(), 3.0),
        (Voxels::U8(samples.iter().map(|sample| *sample as u8).collect()), 3.0),
        (Voxels::U16(samples.iter().map(|sample| (*sample as u16).wrapping_add(40_000)).collect()), 40_003.0),
        (Voxels::F32(floats.collect()), f32::NAN),
    ];
    for (voxels, padding) in types {
        for (slope, padding) in [(1.5, Some(padding)), (-0.25, None), (0.0, Some(padding))] {
            let volume = Volume { voxels: voxels.clone(), slope, intercept: 7.0, padding, ..signed.clone() };
            let on_device = engine.upload(&volume).expect("a volume on the device");
            for cuts in [&[-31.3, 0.1, 44.4, 60_021.2][..], &[7.0], &[]] {
                let found = engine.label(&on_device, cuts, &never);
                assert_eq!(found, Ok(label(&volume, cuts, &never).expect("labels")), "{slope} {cuts:?}");
            }
            for bins in [1, 100, 100_000] {
                let found = engine.histogram(&on_device, bins, &never);
                match &volume.voxels {
                    Voxels::F32(_) => assert!(matches!(found, Err(Error::Unavailable(_)))),
                    _ => {
                        assert_eq!(found, Ok(histogram(&volume, bins, &never).expect("a histogram")), "{slope} {bins}")
                    }
                }
            }
        }
    }
}

#[test]
fn connected_parts_are_those_of_the_processor() {
    let Some(engine) = engine("connected parts") else { return };
    let size = [37, 29, 23];
    let places = (0..37 * 29 * 23).map(|at| [at % 37, at / 37 % 29, at / (37 * 29)]);
    let noises: Vec<i32> = places.clone().map(|place| i32::from(noise(place)) + 1000).collect();
    // Walls with a hole at one end and then at the other: one part, and a long way through it.
    let winding = places.map(|[x, y, _]| u8::from(x % 2 == 0 || y == if x % 4 == 1 { 0 } else { 28 })).collect();
    let mut all = vec![winding, vec![0; noises.len()], vec![1; noises.len()]];
    all.extend([600, 1000, 1700, 1990].map(|share| noises.iter().map(|noise| u8::from(*noise > share)).collect()));
    for (number, labels) in all.into_iter().enumerate() {
        let labels = Labels { size, labels };
        for (connectivity, label) in [(Connectivity::Six, 1), (Connectivity::TwentySix, 1), (Connectivity::Six, 0)] {
            let found = engine.components(&labels, label, connectivity, &never).expect("parts");
            let expected = components(&labels, label, connectivity, &never).expect("parts");
            assert_eq!(found.samples(), expected.samples(), "{number} {connectivity:?}");
            assert!(found == expected, "{number} {connectivity:?}");
        }
    }
    let wrong = Labels { size, labels: vec![1; 7] };
    assert!(matches!(engine.components(&wrong, 1, Connectivity::Six, &never), Err(Error::Volume(_))));
    let right = Labels { size: [7, 1, 1], ..wrong };
    let stopped = engine.components(&right, 1, Connectivity::Six, &|| true);
    assert_eq!(stopped, Err(Error::Volume(crate::volume::Error::Stopped)));
}

#[test]
fn otsus_cuts_are_those_of_the_processor() {
    let Some(engine) = engine("Otsu's cuts") else { return };
    if !engine.device().doubles {
        return eprintln!("NOT RUN: the device has no numbers of 64 bits");
    }
    let volume = Volume { slope: 0.3, intercept: -7.0, ..cubes([31, 29, 23], noise) };
    for bins in [1, 2, 40, 512, 4096] {
        let counted = histogram(&volume, bins, &never).expect("a histogram");
        for classes in [0, 1, 2, 3, 4, 7] {
            assert_eq!(engine.otsu(&counted, classes), Ok(otsu(&counted, classes)), "{bins} {classes}");
        }
    }
}

#[test]
fn slabs_and_curves_agree_with_the_processor() {
    let Some(engine) = engine("slabs and curves") else { return };
    for (name, geometry) in geometries(6) {
        let volume = Volume { geometry, slope: -0.5, ..cubes([9, 8, 6], padded(&name)) }.with_padding(-2000.0);
        let on_device = engine.upload(&volume).expect("a volume on the device");
        for intensity in INTENSITIES {
            let (plane, thick) = (planes(&volume)[1], Slab { thickness: 3.3, intensity });
            let found = engine.slab(&on_device, &plane, &thick, Interpolation::Linear, 9e3, &never).expect("a slab");
            let expected = slab(&volume, &plane, &thick, Interpolation::Linear, 9e3, &never).expect("a slab");
            assert!(agree(&found, &expected, 1e-3), "{name} {intensity:?}");
        }
        let points = [[0.0, 0.0, 0.0], [5.0, 3.0, 2.0], [8.0, 7.0, 3.0]];
        let points = points.map(|index| volume.geometry.point(index)).to_vec();
        let curve = Curve { points, direction: [0.1, -0.4, 1.0], spacing: 0.3, height: 33 };
        let found = engine.reformat(&on_device, &curve, Interpolation::Linear, 9e3, &never).expect("a picture");
        let expected = reformat(&volume, &curve, Interpolation::Linear, 9e3, &never).expect("a picture");
        assert!(agree(&found, &expected, 1e-3), "{name}");
    }
}

#[test]
fn projections_agree_with_the_processor() {
    let Some(engine) = engine("projections") else { return };
    for (name, geometry) in geometries(6) {
        let volume = Volume { geometry, ..cubes([9, 8, 6], padded(&name)) }.with_padding(-2000.0);
        let on_device = engine.upload(&volume).expect("a volume on the device");
        for intensity in INTENSITIES {
            for toward in [[0.3, -0.5, 0.8], [1.0, 0.0, 0.0]] {
                let plane = Plane::framing(&volume.geometry, volume.size, toward, [0.0, 0.1, 1.0]).expect("a plane");
                for sight in sights(&plane) {
                    let found = engine.project(&on_device, &sight, intensity, 9e3, &never).expect("values");
                    let expected = project(&volume, None, &sight, intensity, 9e3, &never).expect("values");
                    assert!(agree(&found, &expected, 1e-3), "{name} {sight:?} {intensity:?}");
                }
            }
            for axis in 0..3 {
                let found = engine.flatten(&on_device, axis, intensity, &never).expect("a volume");
                let expected = flatten(&volume, axis, intensity, &never).expect("a volume");
                let (Voxels::F32(found), Voxels::F32(expected)) = (found.voxels, expected.voxels) else {
                    panic!("floats")
                };
                assert!(agree(&found, &expected, 1e-3), "{name} {axis} {intensity:?}");
            }
        }
    }
}

#[test]
fn rendered_volumes_agree_with_the_processor() {
    let Some(engine) = engine("rendering") else { return };
    for (name, geometry) in geometries(9) {
        let blocks = |[x, y, z]: [usize; 3]| padded(&name)([x / 3, y / 3, z / 3]) + 200;
        let volume = Volume { geometry, ..cubes([13, 11, 9], blocks) }.with_padding(-1800.0);
        let on_device = engine.upload(&volume).expect("a volume on the device");
        let bricks = Bricks::of(&volume).expect("bricks");
        let plane = Plane::framing(&volume.geometry, volume.size, [0.3, 0.8, -0.4], [0.0, 0.0, 1.0]).expect("a plane");
        for preset in PRESETS {
            let transfer = preset.transfer((-800.0, 2200.0));
            for sight in sights(&plane) {
                let found = engine.render(&on_device, &sight, &transfer, &never).expect("a picture");
                let expected = render(&volume, &bricks, &sight, &transfer, &never).expect("a picture");
                let most = found.samples.iter().zip(&expected.samples).map(|(one, other)| one.abs_diff(*other)).max();
                assert!(most <= Some(1), "{name} {} {sight:?} {most:?}", preset.name);
            }
        }
    }
}

#[test]
fn work_on_a_device_stops_when_told_and_a_volume_that_is_none_is_an_error() {
    let Some(engine) = engine("stopping") else { return };
    let volume = cubes([9, 8, 6], noise);
    let on_device = engine.upload(&volume).expect("a volume on the device");
    let stopped = engine.slice(&on_device, &planes(&volume)[0], Interpolation::Linear, 0.0, &|| true);
    assert_eq!(stopped, Err(Error::Volume(crate::volume::Error::Stopped)));
    assert!(matches!(engine.upload(&Volume { size: [9, 9, 9], ..volume }).map(drop), Err(Error::Volume(_))));
}

#[test]
fn a_device_passes_its_own_test() {
    let Some(engine) = engine("the self test") else { return };
    let (checks, _) = self_test(engine.device(), 24).expect("a self test");
    assert!(checks.iter().all(|check| check.right), "{checks:#?}");
}

#[test]
fn distances_of_small_copies_are_those_of_the_processor() {
    let Some(engine) = engine("distances") else { return };
    let cell = |place: usize| ((place * place) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[1];
    for (length, count) in [(64, 1), (64, 255), (64, 1000), (256, 300), (1024, 257)] {
        let mut copies: Vec<u8> = (0..length * count).map(cell).collect();
        copies[..length].fill(255);
        let column = engine.column(&copies, length).expect("copies on the device");
        for asked in [1, 2, 4, 5, 16, 17] {
            let mut queries: Vec<Vec<u8>> =
                (0..asked).map(|query| (0..length).map(|place| cell(place + 7 * query + 1)).collect()).collect();
            queries[0].fill(0);
            let queries: Vec<&[u8]> = queries.iter().map(Vec::as_slice).collect();
            let found = engine.squared_each(&column, &queries).expect("distances");
            let mut expected = vec![0; asked * count];
            for (query, expected) in queries.iter().zip(expected.chunks_mut(count)) {
                crate::similar::distance::squared_each(query, &copies, expected);
            }
            assert!(found == expected, "{length} bytes, {count} copies, {asked} queries");
        }
    }
}

#[test]
fn searches_on_the_device_find_the_same_and_wrong_lengths_are_errors() {
    let Some(engine) = engine("a shelf") else { return };
    let pyramids = [3_usize, 5, 7].map(|step| {
        crate::similar::Pyramid::from_top((0..65536).map(|place| (place / 64 * step) as u8).collect())
            .expect("a copy of 256")
    });
    let mut shelved = crate::similar::Shelved::default();
    pyramids.iter().for_each(|pyramid| assert!(shelved.push([0, 1, 2].map(|level| pyramid.level(level)))));
    let column = |level: usize| {
        let side = crate::similar::SIDES[level];
        engine.column(shelved.shelf().column(level).cells, side * side).expect("copies on the device")
    };
    for level in 0..3 {
        let query = pyramids[1].level(level).cells.as_slice();
        let found = engine.squared_each(&column(level), &[query]).expect("distances");
        let expected = pyramids
            .each_ref()
            .map(|pyramid| crate::similar::distance::squared(query, &pyramid.level(level).cells) as u32);
        assert_eq!(found, expected);
    }
    let queries: Vec<_> =
        pyramids.iter().map(|pyramid| crate::similar::Query::new(pyramid.mirrored(), 2).or_mirrored()).collect();
    let found = engine.search_many(&column(0), &shelved.shelf(), &pyramids[..], &queries).expect("answers");
    let expected = crate::similar::search_many(&shelved.shelf(), &pyramids[..], &queries, None);
    let places =
        |answers: Vec<crate::similar::Answer>| answers.into_iter().map(|answer| answer.found).collect::<Vec<_>>();
    assert_eq!(found.map(places), expected.clone().map(places));
    for (query, expected) in queries.iter().zip(expected.into_iter().flatten()) {
        let scanned = engine.scan(&column(0), &shelved.shelf(), query).expect("a scan");
        let answer = scanned.search(&shelved.shelf(), &pyramids[..], query).expect("an answer");
        assert_eq!((answer.found, answer.looks), (expected.found, expected.looks));
        let scanned = engine.scan(&column(0), &shelved.shelf(), query).expect("a scan");
        let odd = |index: u32| index % 2 == 1;
        let answer = scanned.search_where(&shelved.shelf(), &pyramids[..], query, &odd).expect("an answer");
        let expected = crate::similar::search_where(&shelved.shelf(), &pyramids[..], query, &odd).expect("an answer");
        assert_eq!((answer.found, answer.looks), (expected.found, expected.looks));
    }
    let none = crate::similar::Shelved::default();
    assert!(engine.search_many(&column(0), &none.shelf(), &pyramids[..], &queries).is_err());
    assert!(engine.search_many(&column(1), &shelved.shelf(), &pyramids[..], &queries).is_err());
    assert!(engine.squared_each(&column(0), &[&[1; 63]]).is_err());
    assert!(engine.column(&[0; 640], 100).is_err() && engine.column(&[0; 100], 64).is_err());
    let none = engine.column(&[], 64).expect("no copies");
    assert_eq!(engine.squared_each(&none, &[&[1; 64]]), Ok(Vec::new()));
}

#[test]
fn rows_of_a_column_are_replaced_added_and_taken_off() {
    let Some(engine) = engine("rows") else { return };
    let row = |tone: u8| [tone; 64];
    let mut column = engine.roomy_column(&[row(1), row(2), row(3)].concat(), 64, 2).expect("a column");
    let distances = |column: &DeviceColumn| engine.squared_each(column, &[&row(0)]).expect("distances");
    assert_eq!((column.len(), column.room(), distances(&column)), (3, 5, [1, 4, 9].map(|tone| 64 * tone).to_vec()));
    engine.put(&mut column, 1, &row(7)).expect("replaced");
    engine.put(&mut column, 2, &[row(5), row(6)].concat()).expect("replaced and added");
    assert_eq!(distances(&column), [1, 49, 25, 36].map(|tone| 64 * tone));
    column.truncate(2);
    assert_eq!(distances(&column), [1, 49].map(|tone| 64 * tone));
    assert!(engine.put(&mut column, 3, &row(1)).is_err(), "a gap");
    assert!(engine.put(&mut column, 2, &row(1)[..63]).is_err(), "no whole row");
    assert!(engine.put(&mut column, 2, &[1; 4 * 64]).is_err(), "no room");
    assert_eq!((column.len(), distances(&column).len()), (2, 2));
}

#[test]
fn gradients_are_found_by_their_summaries_as_by_the_processor() {
    use crate::similar::gradient::{self, LENGTH, SUMMARY, Summaries, Summary};
    let Some(engine) = engine("gradients") else { return };
    let cells: Vec<u8> = (0..300 * LENGTH).map(|place| (place * place / 131 % 97 + place / LENGTH % 7) as u8).collect();
    let descriptors = cells.as_chunks::<LENGTH>().0;
    let (summaries, margins): (Vec<_>, Vec<_>) =
        descriptors.iter().map(Summary::of).map(|summary| (summary.cells, summary.margin)).unzip();
    let there = engine.column(summaries.as_flattened(), SUMMARY).expect("summaries on the device");
    let summaries = Summaries { cells: &summaries, margins: &margins };
    for (query, limit) in [(0, 1), (17, 10), (299, 500), (5, 0)] {
        for keeps in [|_: u32| true, |index: u32| index % 7 == 2] {
            let both = (summaries, &cells[..]);
            let found = engine.nearest_where(&there, &descriptors[query], both, limit, &keeps).expect("an answer");
            assert_eq!(found, gradient::nearest_where(&descriptors[query], both, limit, &keeps));
        }
    }
    let fewer = Summaries { cells: &summaries.cells[..9], margins: &margins };
    assert!(engine.nearest_where(&there, &descriptors[0], (fewer, &cells), 1, &|_| true).is_err());
}

#[test]
fn a_timed_device_knows_its_bandwidth() {
    let Some(engine) = engine("the bandwidth") else { return };
    assert_eq!(engine.kernel_time(), None);
    let timed = Engine::open_timed(engine.device()).expect("a device that is ready");
    let bandwidth = timed.bandwidth(1 << 20).expect("a bandwidth");
    assert!(bandwidth.copied > 1e6 && bandwidth.read > 1e6, "{bandwidth:?}");
}

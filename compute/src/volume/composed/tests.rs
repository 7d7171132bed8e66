use super::*;
use crate::volume::samples_for_tests::{cubes, filled, geometries, noise, ramp, sights};
use crate::volume::{Layer, Light, PRESETS, Pair, Plane, Transfer, TransferPoint, never, plain};
use crate::{LookupTable, Voi};

const FLAT: Light = Light { ambient: 1.0, shine: 0.0, contrast: 1.0 };

/// Everything of one colour and opacity.
fn all(volume: usize, colour: [u8; 3], opacity: f32) -> Layer {
    let points = [0.0, 1000.0].map(|value| TransferPoint { value, colour, opacity });
    Layer::One { volume, transfer: Transfer { points: points.to_vec(), light: FLAT } }
}

fn stream(layers: Vec<Layer>) -> Composition {
    Composition { streams: vec![layers], weights: Vec::new() }
}

/// Two volumes in the colours of both, by so many bits of each: red of the first, green of the second.
fn pair(bits: u32) -> Composition {
    let (steps, windows) = (1 << bits, [Voi::range(0.0, 800.0), Voi::range(0.0, 800.0)]);
    let part = |step: u32| step as f32 / steps as f32;
    let colours = (0..steps * steps).map(|entry| [part(entry / steps), part(entry % steps), 0.0, 0.5]).collect();
    let pair = Pair { volumes: [0, 1], windows, bits: [bits; 2], colours, light: FLAT };
    Composition { streams: vec![vec![Layer::Two(pair)]], weights: Vec::new() }
}

/// The pixel in the middle of what is seen along the rows of slices, from their first column on.
fn middle(volumes: &[&Volume], composition: &Composition) -> [u8; 3] {
    let plane = Plane::around([0.0, 2.0, 2.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0], 1.0, (1, 1)).expect("a plane");
    let bricks: Vec<Bricks> = volumes.iter().map(|volume| Bricks::of(volume).expect("bricks")).collect();
    let pairs: Vec<_> = volumes.iter().copied().zip(&bricks).collect();
    let picture = render_composed(&pairs, composition, &plane.straight(), &never).expect("a picture");
    assert_eq!(picture, plain::render_composed(volumes, composition, &plane.straight()));
    [picture.samples[0], picture.samples[1], picture.samples[2]]
}

/// Five voxels of 1 mm along each side, the first at this column.
fn cube_at(column: f64) -> Volume {
    let mut cube = cubes([5, 5, 5], |_| 500);
    cube.geometry.origins.iter_mut().for_each(|origin| origin[0] += column);
    cube
}

#[test]
fn what_lies_before_hides_what_lies_behind() {
    let (near, far) = (cube_at(0.0), cube_at(5.0));
    let opaque = stream(vec![all(0, [255, 0, 0], 1.0), all(1, [0, 0, 255], 1.0)]);
    assert_eq!(middle(&[&near, &far], &opaque), [255, 0, 0]);
    assert_eq!(middle(&[&far, &near], &opaque), [0, 0, 255]);
    // Steps of 1 mm: five of the near one leave 1/32 of the light to the far one.
    let half = stream(vec![all(0, [255, 0, 0], 0.5), all(1, [0, 0, 255], 1.0)]);
    assert_eq!(middle(&[&near, &far], &half), [247, 0, 8]);
}

#[test]
fn at_one_place_the_later_layer_lies_over_the_earlier_one() {
    let (one, other) = (cube_at(0.0), cube_at(0.0));
    let over = stream(vec![all(0, [255, 0, 0], 1.0), all(1, [0, 0, 255], 0.5)]);
    assert_eq!(middle(&[&one, &other], &over), [128, 0, 128]);
    // A volume that has two layers, and one that is not there.
    assert_eq!(middle(&[&one], &stream(vec![all(0, [255, 0, 0], 1.0), all(0, [0, 255, 0], 1.0)])), [0, 255, 0]);
    let bricks = Bricks::of(&one).expect("bricks");
    let plane = Plane::around([0.0, 2.0, 2.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0], 1.0, (1, 1)).expect("a plane");
    let alone = render_composed(&[(&one, &bricks)], &over, &plane.straight(), &never).expect("a picture");
    assert_eq!(alone.samples, [255, 0, 0]);
}

#[test]
fn streams_are_weighted_at_every_place() {
    let table = |entries: [u16; 4]| LookupTable { first: 0, entries: entries.to_vec(), bits: 8 };
    // The second is there in the last three of the first one's columns and two more.
    let (first, second) = (cube_at(0.0), cube_at(2.0));
    let streams = vec![vec![all(0, [255, 0, 0], 1.0)], vec![all(1, [0, 0, 255], 1.0)]];
    let hiding = |both: [u16; 2]| Composition {
        streams: streams.clone(),
        weights: vec![[table([0, 0, 0, both[0]]), table([0, 255, 0, both[1]])]],
    };
    // Alone the first counts nothing, so that the first that is seen is where both are.
    assert_eq!(middle(&[&first, &second], &hiding([51, 204])), [51, 0, 204]);
    // Together they count nothing: what is seen is the second, behind the first.
    assert_eq!(middle(&[&first, &second], &hiding([0, 0])), [0, 0, 255]);
}

#[test]
fn two_volumes_have_their_colours_together_where_both_are() {
    let (one, mut other) = (cube_at(0.0), cube_at(3.0));
    other.intercept = 300.0;
    // In two columns 500 and 800 are the third and the fourth of four steps; each keeps back half of the light.
    assert_eq!(middle(&[&one, &other], &pair(2)), [96, 143, 0]);
    assert_eq!(middle(&[&one, &cube_at(5.0)], &pair(2)), [0, 0, 0]);
}

#[test]
fn what_was_cut_off_has_no_colour() {
    let whole = cube_at(0.0);
    let hollow = cubes([5, 5, 5], |[column, ..]| if column < 3 { -9 } else { 500 }).with_padding(-9.0);
    let layers = stream(vec![all(0, [255, 0, 0], 0.5), all(1, [0, 0, 255], 1.0)]);
    // Three columns of one half, and then the blue one: it hides the red one where it is.
    assert_eq!(middle(&[&whole, &hollow], &layers), [223, 0, 32]);
}

#[test]
fn the_fast_path_agrees_with_the_definition() {
    let weights = LookupTable { first: 0, entries: (0..1 << 14).map(|at| (at >> 7) + 64).collect(), bits: 8 };
    for (name, geometry) in geometries(9) {
        let own = filled([13, 11, 9], geometry.clone(), ramp);
        let other = Volume { geometry: geometry.part([2, 1], 0..7), ..cubes([9, 8, 7], noise) }.with_padding(300.0);
        let bricks = [&own, &other].map(|volume| Bricks::of(volume).expect("bricks"));
        let plane = Plane::framing(&own.geometry, own.size, [0.3, 0.8, -0.4], [0.0, 0.0, 1.0]).expect("a plane");
        let transfer = |preset: usize| PRESETS[preset].transfer((150.0, 260.0));
        let layer = |volume: usize, preset: usize| Layer::One { volume, transfer: transfer(preset) };
        let composition = Composition {
            streams: vec![vec![layer(0, 4), layer(1, 0)], vec![layer(1, 2)]],
            weights: vec![[weights.clone(), weights.clone()]],
        };
        for sight in sights(&plane) {
            let pairs = [(&own, &bricks[0]), (&other, &bricks[1])];
            for (composition, tolerance) in [(&composition, 1), (&pair(8), 2)] {
                let fast = render_composed(&pairs, composition, &sight, &never).expect("a picture");
                let plain = plain::render_composed(&[&own, &other], composition, &sight);
                let most = fast.samples.iter().zip(&plain.samples).map(|(one, other)| one.abs_diff(*other)).max();
                assert!(most <= Some(tolerance), "{name} {sight:?} {most:?}");
            }
        }
    }
}

#[test]
fn one_layer_alone_is_what_is_rendered_of_its_volume() {
    let volume = cubes([13, 11, 9], noise);
    let bricks = Bricks::of(&volume).expect("bricks");
    let plane = Plane::framing(&volume.geometry, volume.size, [0.3, 0.8, -0.4], [0.0, 0.0, 1.0]).expect("a plane");
    let transfer = PRESETS[0].transfer((0.0, 1.0));
    let alone = crate::volume::render(&volume, &bricks, &plane.straight(), &transfer, &never).expect("a picture");
    let layers = stream(vec![Layer::One { volume: 0, transfer }]);
    let composed = render_composed(&[(&volume, &bricks)], &layers, &plane.straight(), &never).expect("a picture");
    let most = alone.samples.iter().zip(&composed.samples).map(|(one, other)| one.abs_diff(*other)).max();
    assert!(most <= Some(2), "{most:?}");
    let stopped = render_composed(&[(&volume, &bricks)], &layers, &plane.straight(), &|| true);
    assert_eq!(stopped, Err(Error::Stopped));
}

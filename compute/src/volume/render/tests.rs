use super::*;
use crate::volume::samples_for_tests::{cubes, geometries, noise, sights};
use crate::volume::{PRESETS, Plane, Preset, never, plain};

fn head_on(volume: &Volume, transfer: &Transfer) -> Picture {
    let plane = Plane::framing(&volume.geometry, volume.size, [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]).expect("a plane");
    render(volume, &Bricks::of(volume).expect("bricks"), &plane.straight(), transfer, &never).expect("a picture")
}

fn blocks([x, y, z]: [usize; 3], holes: usize) -> i16 {
    if (x + y * z) % holes > 80 { 5000 } else { noise([x / 3, y / 3, z / 3]) + 200 }
}

#[test]
fn the_fast_path_agrees_with_the_definition() {
    for (name, geometry) in geometries(9) {
        // Padding is there in every second geometry.
        let number = if name.contains("missing") { 101 } else { 1 };
        let volume = Volume { geometry, ..cubes([13, 11, 9], |place| blocks(place, number)) }.with_padding(5000.0);
        let bricks = Bricks::of(&volume).expect("bricks");
        let plane = Plane::framing(&volume.geometry, volume.size, [0.3, 0.8, -0.4], [0.0, 0.0, 1.0]).expect("a plane");
        for preset in PRESETS {
            let transfer = preset.transfer((-800.0, 2200.0));
            for sight in sights(&plane) {
                let fast = render(&volume, &bricks, &sight, &transfer, &never).expect("a picture");
                let plain = plain::render(&volume, &sight, &transfer);
                let most = fast.samples.iter().zip(&plain.samples).map(|(one, other)| one.abs_diff(*other)).max();
                assert!(most <= Some(2), "{name} {} {sight:?} {most:?}", preset.name);
            }
        }
    }
}

#[test]
fn what_is_empty_is_black_and_what_is_hidden_is_not_seen() {
    let transfer = Preset::named("ct-bone").expect("a preset").transfer((0.0, 1.0));
    let air = head_on(&cubes([20, 20, 20], |_| -1000), &transfer);
    assert!(air.samples.iter().all(|level| *level == 0));
    // A wall of bone before different things: the same picture.
    let before = |behind: i16| cubes([20, 40, 20], move |[_, y, _]| if y < 20 { 2000 } else { behind });
    assert_eq!(head_on(&before(-1000), &transfer), head_on(&before(300), &transfer));
}

#[test]
fn a_ball_is_bright_in_the_middle_and_dark_at_its_rim() {
    let ball = cubes([41, 41, 41], |place| {
        let away: f64 = place.iter().map(|place| (*place as f64 - 20.0).powi(2)).sum();
        if away.sqrt() < 15.0 { 1500 } else { -1000 }
    });
    let picture = head_on(&ball, &Preset::named("ct-bone").expect("a preset").transfer((0.0, 1.0)));
    let red = |column: usize| picture.samples[3 * (20 * picture.width as usize + column)];
    assert!(red(20) > 200 && red(20) > red(8) && red(8) > red(6) && red(1) == 0, "{:?}", [20, 8, 6, 1].map(red));
}

#[test]
fn a_ball_looks_alike_from_far_away_and_larger_from_near_by() {
    let ball = cubes([41, 41, 41], |place| {
        let away: f64 = place.iter().map(|place| (*place as f64 - 20.0).powi(2)).sum();
        if away.sqrt() < 10.0 { 1500 } else { -1000 }
    });
    let (bricks, transfer) = (Bricks::of(&ball).expect("bricks"), PRESETS[0].transfer((0.0, 1.0)));
    let plane = Plane::framing(&ball.geometry, ball.size, [0.1, 1.0, 0.0], [0.0, 0.0, 1.0]).expect("a plane");
    let seen = |sight| {
        let picture = render(&ball, &bricks, &sight, &transfer, &never).expect("a picture");
        picture.samples.chunks(3).filter(|pixel| pixel[0] > 20).count()
    };
    let from = |distance: f64| seen(plane.seen_from(vector::along([20.0; 3], plane.normal(), -distance)));
    let (parallel, far, near) = (seen(plane.straight()), from(1e7), from(25.0));
    assert!(parallel.abs_diff(far) <= parallel / 50, "{parallel} {far}");
    // The cone that touches a ball of 10 mm from 25 mm meets the plane through its middle in a circle of 10.9 mm.
    let larger = near as f64 / parallel as f64;
    assert!((1.1..1.3).contains(&larger), "{larger}");
}

#[test]
fn work_that_is_told_to_stop_has_no_picture() {
    let volume = cubes([9, 9, 9], noise);
    let plane = Plane::framing(&volume.geometry, volume.size, [0.0, 1.0, 0.1], [0.0, 0.0, 1.0]).expect("a plane");
    let transfer = PRESETS[0].transfer((0.0, 1.0));
    let stopped = render(&volume, &Bricks::of(&volume).expect("bricks"), &plane.straight(), &transfer, &|| true);
    assert_eq!(stopped, Err(Error::Stopped));
}

//! Presentation Animation Module: each frame of a state that goes along a curve is the picture that the same view gives by
//! itself.

use crate::animated_states::{assert_near, at_height, frames, refused, slice, state, style};
use crate::phantom::Point;
use crate::png::Png;
use crate::renderings::{element, sequence};
use crate::server::Server;
use crate::states::{PLANAR, RENDERING, doubles, from_the_front, store, stored, window};

/// Animation Curve Sequence of curves, with directions that are up where there are any, and Animation Step Size.
fn curves(curves: &[(&[Point], &[Point])], step: f64) -> Vec<Vec<u8>> {
    let numbers = |points: &[Point]| points.concat().iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let item = |(points, up): &(&[Point], &[Point])| {
        let count = element(0x70, 0x150c, "UL", (points.len() as u32).to_le_bytes());
        let up = if up.is_empty() { Vec::new() } else { element(0x70, 0x1a07, "OD", numbers(up)) };
        [count, element(0x70, 0x150d, "OD", numbers(points)), up].concat()
    };
    vec![sequence(0x70, 0x1a04, &curves.iter().map(item).collect::<Vec<_>>()), doubles(0x70, 0x1a05, &[step])]
}

#[test]
fn a_plane_goes_along_a_curve_at_right_angles_to_it() {
    let server = Server::start();
    let phantom = stored(&server);
    let inputs = [(1, &phantom, window("80", "90"))];
    let animated = |number: u32, height: f64, points: &[Point], step: f64| {
        let own = [at_height(height), vec![style("CROSSCURVE")], curves(&[(points, &[])], step)].concat();
        state((PLANAR, number), &inputs, own)
    };
    let corner = [[1.0, -14.5, 3.0], [1.0, -14.5, 9.0], [1.0, -9.5, 9.0]];
    let (axial, upright) = (("0,0,1", "0,-1,0"), ("0,1,0", "0,0,1"));
    for (number, (state, expected)) in [
        // Up to the end of it, seen from where the state looks whichever way it goes.
        (
            animated(1, 3.0, &corner[..2], 2.0),
            vec![(axial, "1,-14.5,3"), (axial, "1,-14.5,5"), (axial, "1,-14.5,7"), (axial, "1,-14.5,9")],
        ),
        (animated(2, 9.0, &[corner[1], corner[0]], 4.0), vec![(axial, "1,-14.5,9"), (axial, "1,-14.5,5")]),
        // Around a corner what is up turns with it.
        (
            animated(3, 3.0, &corner, 3.0),
            vec![(axial, "1,-14.5,3"), (axial, "1,-14.5,6"), (axial, "1,-14.5,9"), (upright, "1,-11.5,9")],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let shown = frames(&server, &store(&server, state), "renderedmpr");
        assert_eq!(shown.len(), expected.len(), "{number}");
        for (png, (directions, center)) in shown.iter().zip(expected) {
            let same = slice(&server, &phantom, directions, center, "80,90");
            assert_near(png, &Png::of(&same), &format!("{number}: {center}"));
        }
    }
    // Another camera is not on its way.
    let path = store(&server, animated(4, 3.0, &corner, 3.0)) + "/renderedmpr?orientation=a";
    assert_eq!(server.get(&path, "*/*").content_type(), "image/jpeg");
    refused(&server, animated(5, 3.0, &corner, 0.01), "renderedmpr", "1101 frames");
    refused(&server, animated(6, 3.0, &[corner[0]; 2], 1.0), "renderedmpr", "no two points");
    let stepless = [at_height(3.0), vec![style("CROSSCURVE"), curves(&[(&corner, &[])], 1.0).remove(0)]].concat();
    refused(&server, state((PLANAR, 7), &inputs, stepless), "renderedmpr", "Animation Step Size");
    let flying = [at_height(3.0), vec![style("FLYTHROUGH")], curves(&[(&corner, &[])], 1.0)].concat();
    refused(&server, state((PLANAR, 8), &inputs, flying), "renderedmpr", "FLYTHROUGH moves a viewer");
    let crossing = [from_the_front("MAXIMUM_IP"), vec![style("CROSSCURVE")], curves(&[(&corner, &[])], 1.0)].concat();
    refused(&server, state((RENDERING, 9), &inputs, crossing), "rendered3d", "CROSSCURVE moves a plane");
    refused(
        &server,
        state((PLANAR, 10), &inputs, [at_height(3.0), vec![style("JUMP")]].concat()),
        "renderedmpr",
        "JUMP",
    );
}

#[test]
fn a_viewer_flies_along_a_curve() {
    let server = Server::start();
    let phantom = stored(&server);
    let inputs = [(1, &phantom, window("80", "900"))];
    // A field of view of 120 × 90 mm at a depth of 80 mm.
    let from = |position: Point, look_at: Point, up: Point| {
        vec![
            element(0x70, 0x1602, "CS", "PERSPECTIVE"),
            doubles(0x70, 0x1603, &position),
            doubles(0x70, 0x1604, &look_at),
            doubles(0x70, 0x1605, &up),
            doubles(0x70, 0x1606, &[-60.0, 60.0, 45.0, -45.0, 1.0, 80.0]),
            element(0x70, 0x120d, "CS", "MAXIMUM_IP"),
        ]
    };
    let head = [0.0, 0.0, 1.0];
    let before = |distance: f64| [1.0, -13.25 - distance, 7.5];
    let way = [before(40.5), before(16.5)];
    let still = |number: u32, own: Vec<Vec<u8>>| {
        // The field is seen in as many pixels from everywhere.
        let path = store(&server, state((RENDERING, number), &inputs, own)) + "/rendered3d?viewport=48,36";
        Png::of(&server.get(&path, "image/png"))
    };
    let flown = |number: u32, curves: Vec<Vec<u8>>| {
        let own = [from(way[0], [1.0, 20.0, 7.5], head), vec![style("FLYTHROUGH")], curves].concat();
        frames(&server, &store(&server, state((RENDERING, number), &inputs, own)), "rendered3d")
    };
    let ahead = flown(1, curves(&[(&way, &[])], 12.0));
    assert_eq!(ahead.len(), 3);
    for (frame, png) in ahead.iter().enumerate() {
        let position = before(40.5 - 12.0 * frame as f64);
        let same = still(frame as u32 + 2, from(position, [1.0, 20.0, 7.5], head));
        assert_near(png, &same, &format!("ahead, frame {frame}"));
    }
    assert!(ahead[0].samples != ahead[1].samples && ahead[1].samples != ahead[2].samples);

    // It looks at another curve, and leans meanwhile. At the end the farthest corner is 24 mm deep, so that a still has
    // pixels at the same places: 7, 24 and 25 are the sides of a right-angled triangle.
    let end = before(14.875);
    let aside = [[1.0, 20.0, 7.5], [1.0, end[1] + 48.0, end[2] + 14.0]];
    let ups = [head, [1.0, 0.0, 0.0]];
    let looking = flown(10, curves(&[(&[way[0], end], &ups), (&aside, &[])], 12.8125));
    assert_eq!(looking.len(), 3);
    assert_near(&looking[0], &ahead[0], "looking, frame 0");
    assert_near(&looking[2], &still(14, from(end, aside[1], ups[1])), "looking, frame 2");
    let leaning = flown(11, curves(&[(&way, &[head, [1.0, 0.0, 0.0]])], 24.0));
    assert_eq!(leaning.len(), 2);
    let same = still(12, from(before(16.5), [1.0, 20.0, 7.5], [1.0, 0.0, 0.0]));
    assert_near(&leaning[1], &same, "leaning, frame 1");
    let uneven =
        [from(way[0], [1.0, 20.0, 7.5], head), vec![style("FLYTHROUGH")], curves(&[(&way, &[head])], 1.0)].concat();
    refused(&server, state((RENDERING, 13), &inputs, uneven), "rendered3d", "up direction for each point");
}

//! Volume Rendering states in perspective: what is nearer is larger, and the viewer may stand within the volume.

use crate::phantom::Phantom;
use crate::png::Png;
use crate::renderings::element;
use crate::server::Server;
use crate::states::{RENDERING, doubles, store, stored, window};
use crate::volumetric_states::state;

/// A viewer so many mm before the middle of the phantom, whose field of view is 120 × 90 mm at a depth of 80 mm.
fn from_before(distance: f64, near: f64, method: &str) -> Vec<Vec<u8>> {
    vec![
        element(0x70, 0x1602, "CS", "PERSPECTIVE"),
        doubles(0x70, 0x1603, &[1.0, -13.25 - distance, 7.5]),
        doubles(0x70, 0x1604, &[1.0, 20.0, 7.5]),
        doubles(0x70, 0x1605, &[0.0, 0.0, 1.0]),
        doubles(0x70, 0x1606, &[-60.0, 60.0, 45.0, -45.0, near, 80.0]),
        element(0x70, 0x120d, "CS", method),
    ]
}

/// The picture of such a state; everything that is measured is white.
fn seen(server: &Server, phantom: &Phantom, number: u32, own: Vec<Vec<u8>>) -> Png {
    let path = store(server, state(RENDERING, number, phantom, &window("0", "1"), own));
    let shown = server.get(&(path + "/rendered3d"), "image/png");
    assert_eq!(shown.status, 200, "{}", shown.text());
    Png::of(&shown)
}

/// Which part of the middle row is not black.
fn part_of_row(picture: &Png) -> f64 {
    let (width, middle) = (picture.width, picture.height / 2);
    let row = &picture.samples[width * middle..width * (middle + 1)];
    row.iter().filter(|sample| **sample > 0).count() as f64 / width as f64
}

#[test]
fn what_is_nearer_is_larger() {
    let server = Server::start();
    let phantom = stored(&server);
    // The front of the phantom is 24 mm wide, 40 mm and 20 mm before the viewer: 48 and 96 of 120 mm at the far end.
    for (number, distance, expected) in [(1, 47.5, 0.4), (2, 27.5, 0.8)] {
        let part = part_of_row(&seen(&server, &phantom, number, from_before(distance, 1.0, "MAXIMUM_IP")));
        assert!((part - expected).abs() < 0.09, "from {distance} mm: {part}");
    }
    // Cut off down to its back, 7.5 mm behind its middle, it is as small as that.
    let back = part_of_row(&seen(&server, &phantom, 3, from_before(47.5, 53.0, "MAXIMUM_IP")));
    assert!((0.25..0.33).contains(&back), "{back}");
    // From within it is everywhere.
    let within = seen(&server, &phantom, 4, from_before(0.0, 1.0, "MAXIMUM_IP"));
    assert_eq!(part_of_row(&within), 1.0);
}

#[test]
fn colours_and_motions_are_seen_in_perspective_too() {
    let server = Server::start();
    let phantom = stored(&server);
    let colours = store(&server, state(RENDERING, 1, &phantom, &[], from_before(47.5, 1.0, "VOLUME_RENDERED")));
    let path = colours + "/rendered3d?preset=ct-soft-tissue";
    let still = server.get(&path, "image/png");
    assert_eq!(still.status, 200, "{}", still.text());
    let parts =
        server.get(&(path.clone() + "&swivelrange=40&animationstepsize=20"), r#"multipart/related; type="image/png""#);
    let parts = parts.parts();
    assert!(parts.len() > 1 && parts.iter().any(|(_, png)| *png != still.body), "{}", parts.len());
    // Another camera is one of the request, which is not in perspective.
    let own = server.get(&(path + "&orientation=a"), "image/png");
    assert_eq!(own.status, 200);
    assert_ne!(own.body, still.body);
    let behind = store(&server, state(RENDERING, 2, &phantom, &[], from_before(47.5, -1.0, "MAXIMUM_IP")));
    let refused = server.get(&(behind + "/rendered3d"), "*/*");
    assert!(refused.status >= 400 && refused.text().contains("behind the viewer"), "{}", refused.text());
}

#[test]
fn a_mirrored_picture_is_seen_from_the_same_place() {
    let server = Server::start();
    let phantom = stored(&server);
    // Cut off before its back, so that the other side would be another picture.
    for (number, projection) in [(1, "PERSPECTIVE"), (2, "ORTHOGRAPHIC")] {
        let mut own = from_before(47.5, 1.0, "MAXIMUM_IP");
        own[0] = element(0x70, 0x1602, "CS", projection);
        own[4] = doubles(0x70, 0x1606, &[-60.0, 60.0, 45.0, -45.0, 1.0, 45.0]);
        let path = store(&server, state(RENDERING, number, &phantom, &window("600", "1200"), own)) + "/rendered3d";
        let shown = |query: &str| {
            let shown = server.get(&format!("{path}?{query}"), "image/png");
            assert_eq!(shown.status, 200, "{projection} {query}: {}", shown.text());
            Png::of(&shown)
        };
        let whole = shown("");
        let (width, height) = (whole.width, whole.height);
        assert!(whole.samples.iter().any(|sample| *sample > 0), "{projection}");
        let mirrored = shown(&format!("viewport={width},{height},0,0,-{width},{height}"));
        let expected = whole.samples.chunks(width).flat_map(|row| row.iter().rev());
        let most = mirrored.samples.iter().zip(expected).map(|(one, other)| one.abs_diff(*other)).max();
        assert!(most.is_some_and(|most| most <= 1), "{projection}: {most:?}");
        let turned = shown(&format!("viewport={width},{height},0,0,-{width},-{height}"));
        let most = turned.samples.iter().zip(whole.samples.iter().rev()).map(|(one, other)| one.abs_diff(*other)).max();
        assert!(most.is_some_and(|most| most <= 1), "{projection}: {most:?}");
    }
}

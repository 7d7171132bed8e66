//! Segmented and Multiple Volume Rendering states: volumes, or a volume and its segments, seen in space in their own colours.

use crate::phantom::Phantom;
use crate::png::Png;
use crate::renderings::{element, sequence};
use crate::segment_crops::{segmentation, segments};
use crate::server::Server;
use crate::states::{
    self, MULTIPLE, RENDERING, SEGMENTED, classification, compositor, from_the_front, images, input, set, store,
    stored, stream, window,
};

/// A state whose input sets are these phantoms.
fn state(
    of: (&str, u32),
    phantoms: &[&Phantom],
    inputs: &[Vec<u8>],
    streams: &[Vec<u8>],
    own: Vec<Vec<u8>>,
) -> (Vec<u8>, String) {
    let sets: Vec<_> =
        phantoms.iter().enumerate().map(|(place, phantom)| set(place, &images(phantom), Vec::new())).collect();
    states::state(of, &sets, inputs, [own, vec![sequence(0x70, 0x1a08, streams)]].concat())
}

fn seen(server: &Server, state: (Vec<u8>, String)) -> Png {
    let shown = server.get(&(store(server, state) + "/rendered3d"), "image/png");
    assert_eq!(shown.status, 200, "{}", shown.text());
    let shown = Png::of(&shown);
    assert_eq!((shown.width, shown.height, shown.channels), (8, 6, 3));
    shown
}

/// What a Volume Rendering state shows of one phantom, in grey and opaque.
fn alone(server: &Server, number: u32, phantom: &Phantom, shown: Vec<Vec<u8>>) -> Png {
    let streams = [stream(0, &[classification(1, None)])];
    let own = from_the_front("VOLUME_RENDERED");
    seen(server, state((RENDERING, number), &[phantom], &[input(1, 0, shown)], &streams, own))
}

fn is_near(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.abs_diff(*other) <= 2)
}

#[test]
fn volumes_are_rendered_together_by_their_weights() {
    let server = Server::start();
    let first = stored(&server);
    // Other slices at other places, with other values.
    let second = Phantom { more: 50.0, ..Phantom::axial(2, &[-2.0, 2.0, 6.0, 10.0, 14.0]) };
    assert_eq!(server.post_files(&second.files()).status, 200);
    let windows = || [window("80", "90"), window("150", "200")];
    let [one, other] = windows();
    let (one, other) = (alone(&server, 1, &first, one), alone(&server, 2, &second, other));
    let mut number = 10;
    let mut together = |weights: [[u8; 4]; 2]| {
        number += 1;
        let [one, other] = windows();
        let streams = [stream(0, &[classification(1, None)]), stream(1, &[classification(2, None)])];
        let mut own = from_the_front("VOLUME_RENDERED");
        own.push(sequence(0x70, 0x1805, &[compositor(weights)]));
        let inputs = [input(1, 0, one), input(2, 1, other)];
        seen(&server, state((MULTIPLE, number), &[&first, &second], &inputs, &streams, own)).samples
    };
    assert!(is_near(&together([[0, 0, 255, 255], [0, 255, 0, 0]]), &one.samples));
    assert!(is_near(&together([[0, 0, 255, 0], [0, 255, 0, 255]]), &other.samples));
    let both = one.samples.iter().zip(&other.samples);
    let expected: Vec<u8> =
        both.map(|(one, other)| ((u32::from(*one) * 64 + u32::from(*other) * 191) / 255) as u8).collect();
    let mixed = together([[0, 0, 255, 64], [0, 255, 0, 191]]);
    assert!(is_near(&mixed, &expected), "{mixed:?} {expected:?}");
    assert!(!is_near(&one.samples, &other.samples));
}

#[test]
fn segments_lie_over_their_volume_in_their_own_colours() {
    let server = Server::start();
    let phantom = stored(&server);
    // The columns up to x = 0; they end half a voxel beyond, at 1 mm.
    let columns: [fn(usize) -> bool; 1] = [|column| column < 6];
    assert_eq!(server.post_files(&[segmentation(1, &phantom, &columns, 0.0, Vec::new())]).status, 200);
    let plain = alone(&server, 1, &phantom, window("80", "90"));
    let mut number = 20;
    let mut segmented = |alpha: u8| {
        number += 1;
        let mut within = window("80", "90");
        within.extend([element(0x70, 0x1204, "CS", "YES"), element(0x70, 0x1205, "US", 1_u16.to_le_bytes())]);
        let inputs = [input(1, 0, window("80", "90")), input(2, 0, within)];
        let streams = [stream(0, &[classification(1, None), classification(2, Some(alpha))])];
        let mut own = from_the_front("VOLUME_RENDERED");
        let (method, of) =
            (element(0x70, 0x1302, "CS", "INCLUDE_SEG"), element(0x70, 0x1309, "US", 1_u16.to_le_bytes()));
        own.push(sequence(0x70, 0x1301, &[[method, segments(1, &[1]), of].concat()]));
        seen(&server, state((SEGMENTED, number), &[&phantom], &inputs, &streams, own)).samples
    };
    // Pixels are 1.5 mm apart; the fourth is at 0.25 mm.
    for (place, (pixel, plain)) in segmented(255).chunks_exact(3).zip(plain.samples.chunks_exact(3)).enumerate() {
        let expected = if place % 8 < 4 { &[255, 0, 0] } else { plain };
        assert!(is_near(pixel, expected), "{place}: {pixel:?} {expected:?}");
    }
    // What cannot be seen hides nothing.
    assert!(is_near(&segmented(0), &plain.samples));
}

#[test]
fn what_is_not_rendered_together_is_refused_in_words() {
    let server = Server::start();
    let phantom = stored(&server);
    let inputs = [input(1, 0, window("80", "90")), input(2, 0, window("80", "90"))];
    let two = [stream(0, &[classification(1, None)]), stream(0, &[classification(2, None)])];
    let one = [stream(0, &[classification(1, None), classification(2, None)])];
    let absent = [stream(0, &[classification(7, None)])];
    let colours = || from_the_front("VOLUME_RENDERED");
    for (number, (streams, own, words)) in [
        (&two[..], colours(), "one compositor less"),
        (&absent[..], colours(), "an input that is not there"),
        (&[stream(0, &[])][..], colours(), "no classification"),
        (&two[..0], colours(), "no volume stream"),
    ]
    .into_iter()
    .enumerate()
    {
        let path = store(&server, state((MULTIPLE, number as u32 + 40), &[&phantom], &inputs, streams, own));
        let refused = server.get(&(path + "/rendered3d"), "*/*");
        assert_eq!(refused.status, 406, "{words}: {}", refused.text());
        assert!(refused.text().contains(words), "{words}: {}", refused.text());
    }
    let path = store(&server, state((SEGMENTED, 60), &[&phantom], &inputs, &one, colours()));
    assert_eq!(server.get(&(path.clone() + "/renderedmpr"), "*/*").status, 406);
    for query in ["window=1,2,linear", "phases=all", "preset=ct-bone", "renderingmethod=maximum_ip"] {
        let refused = server.get(&format!("{path}/rendered3d?{query}"), "*/*");
        assert_eq!(refused.status, 400, "{query}: {}", refused.text());
        assert!(refused.text().contains("composes several"), "{query}: {}", refused.text());
    }
    for query in ["renderingmethod=volume_rendered", "orientation=l", "swivelrange=40&animationstepsize=20"] {
        let shown = server.get(&format!("{path}/rendered3d?{query}"), "*/*");
        assert_eq!(shown.status, 200, "{query}: {}", shown.text());
    }
}

//! Volumetric Presentation States whose classifications are of two inputs, those of intensities of several, and those
//! without windows.

use crate::phantom::{Phantom, values};
use crate::png::Png;
use crate::renderings::{element, sequence};
use crate::server::Server;
use crate::states::{
    COMPOSITING, MULTIPLE, RENDERING, classification, compositor, from_the_front, images, input, of_both, planar, set,
    state, store, stored, stream, window, word,
};

/// Red and blue of three bits, which are two of the first input and one of the second.
const RED: [u8; 8] = [0, 10, 40, 50, 80, 90, 120, 130];
const BLUE: [u8; 8] = [200, 190, 160, 150, 120, 110, 80, 70];

/// The phantom of [`stored`], and one with other slices at other places and other values.
fn both(server: &Server) -> [Phantom; 2] {
    let first = stored(server);
    let second = Phantom { more: 50.0, ..Phantom::axial(2, &[-2.0, 2.0, 6.0, 10.0, 14.0]) };
    assert_eq!(server.post_files(&second.files()).status, 200);
    [first, second]
}

fn windows() -> [Vec<u8>; 2] {
    [input(1, 0, window("80", "90")), input(2, 1, window("150", "200"))]
}

fn sets(phantoms: &[Phantom]) -> Vec<Vec<u8>> {
    phantoms.iter().enumerate().map(|(place, phantom)| set(place, &images(phantom), Vec::new())).collect()
}

/// Colours of both, by so many bits of each.
fn of_two(bits: [Option<u16>; 2]) -> Vec<u8> {
    of_both([(1, bits[0]), (2, bits[1])], [&RED, &[0; 8], &BLUE])
}

fn seen(server: &Server, state: (Vec<u8>, String), resource: &str) -> Png {
    let shown = server.get(&(store(server, state) + resource), "image/png");
    assert_eq!(shown.status, 200, "{}", shown.text());
    let shown = Png::of(&shown);
    assert_eq!((shown.width, shown.height), (8, 6));
    shown
}

/// What a resource for programs says was measured of a phantom at the pixels of the states.
fn measured(server: &Server, phantom: &Phantom, query: &str) -> Vec<f64> {
    let answer = server.get(&format!("{}/{query}", phantom.path()), "application/octet-stream");
    values(&answer).into_iter().map(|(_, value)| value).collect()
}

/// The colours of two values by hand: by two bits of what a window of 80 and 90 lets through, of 16 bits, and by one of
/// what one of 150 and 200 does.
fn by_hand(one: f64, other: f64) -> [u8; 3] {
    let part = |value: f64, center: f64, width: f64| {
        let part = ((value - (center - 0.5)) / (width - 1.0) + 0.5).clamp(0.0, 1.0);
        (part * 65535.0).round() as usize
    };
    let entry = 2 * (part(one, 80.0, 90.0) / 16384) + part(other, 150.0, 200.0) / 32768;
    [RED[entry], 0, BLUE[entry]]
}

fn is_by_hand(shown: &Png, one: &[f64], other: &[f64]) {
    assert_eq!((shown.channels, one.len(), other.len()), (3, 48, 48));
    for (pixel, (one, other)) in shown.samples.chunks_exact(3).zip(one.iter().zip(other)) {
        assert_eq!(pixel, by_hand(*one, *other), "{one} {other}");
    }
    let entries: std::collections::HashSet<&[u8]> = shown.samples.chunks_exact(3).collect();
    assert!(entries.len() > 2, "the states tell something");
}

#[test]
fn two_inputs_have_a_colour_by_the_bits_of_both() {
    let server = Server::start();
    let phantoms = both(&server);
    let query = "slice?normal=0,0,1&up=0,-1,0&center=1,-14.5,7&spacing=1.5&size=8,6";
    let [one, other] = [0, 1].map(|place| measured(&server, &phantoms[place], query));
    let plane = || planar([-5.0, -19.0, 7.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]);
    let on_plane = |number: u32, component: Vec<u8>| {
        let own = [plane(), vec![sequence(0x70, 0x1801, &[component])]].concat();
        state((COMPOSITING, number), &sets(&phantoms), &windows(), own)
    };
    // Of three bits two are said to be of the first, or one of the second.
    for (number, bits) in [(1, [Some(2), Some(1)]), (2, [Some(2), None]), (3, [None, Some(1)])] {
        is_by_hand(&seen(&server, on_plane(number, of_two(bits)), "/renderedmpr"), &one, &other);
    }
    let of_one = [
        element(0x70, 0x1802, "CS", "TWO_TO_RGBA"),
        sequence(0x70, 0x1803, &[word(0x70, 0x1804, 1)]),
        element(0x28, 0x140f, "CS", "EQUAL_RGB"),
        element(0x28, 0x1410, "CS", "NONE"),
    ]
    .concat();
    for (number, component, words) in
        [(4, of_two([Some(12), Some(12)]), "how many bits"), (5, of_one, "which inputs it is of")]
    {
        let refused = server.get(&(store(&server, on_plane(number, component)) + "/renderedmpr"), "image/png");
        assert_eq!(refused.status, 406, "{words}: {}", refused.text());
        assert!(refused.text().contains(words), "{words}: {}", refused.text());
    }
}

#[test]
fn intensities_of_several_inputs_are_composed_in_their_colours() {
    let server = Server::start();
    let phantoms = both(&server);
    let weights = || sequence(0x70, 0x1805, &[compositor([[0, 0, 255, 64], [0, 255, 0, 191]])]);
    for (number, method, of) in [(10, "MAXIMUM_IP", "maximum"), (20, "MINIMUM_IP", "minimum")] {
        let rendered = |number: u32, streams: &[Vec<u8>], more: Vec<Vec<u8>>| {
            let own = [from_the_front(method), vec![sequence(0x70, 0x1a08, streams)], more].concat();
            seen(&server, state((MULTIPLE, number), &sets(&phantoms), &windows(), own), "/rendered3d")
        };
        let alone = |place: usize| {
            let shown = window(["80", "150"][place], ["90", "200"][place]);
            let sets = [set(0, &images(&phantoms[place]), Vec::new())];
            let state = state((RENDERING, number + place as u32), &sets, &[input(1, 0, shown)], from_the_front(method));
            seen(&server, state, "/rendered3d").samples
        };
        let (one, other) = (alone(0), alone(1));
        let streams = [stream(0, &[classification(1, None)]), stream(1, &[classification(2, None)])];
        let together = rendered(number + 2, &streams, vec![weights()]);
        for (pixel, (one, other)) in together.samples.chunks_exact(3).zip(one.iter().zip(&other)) {
            let expected = (f64::from(*one) * 64.0 + f64::from(*other) * 191.0) / 255.0;
            assert!(pixel.iter().all(|level| (f64::from(*level) - expected).abs() < 2.1), "{pixel:?} {expected}");
        }
        // The last of a stream lies over those before it, as far as it hides them.
        let over = |number: u32, alpha: u8| {
            let layers = [classification(1, None), classification(2, Some(alpha))];
            rendered(number, &[stream(0, &layers)], Vec::new()).samples
        };
        assert!(over(number + 3, 255).chunks_exact(3).all(|pixel| pixel == [255, 0, 0]));
        let below = rendered(number + 6, &[stream(0, &[classification(1, None)])], Vec::new()).samples;
        assert_eq!(over(number + 4, 0), below);
        // By the bits of both.
        let query = format!("projection?orientation=a&center=1,-13.25,7.5&spacing=1.5&size=8,6&method={of}");
        let [one, other] = [0, 1].map(|place| measured(&server, &phantoms[place], &query));
        let both = rendered(number + 5, &[stream(0, &[of_two([Some(2), Some(1)])])], Vec::new());
        is_by_hand(&both, &one, &other);
    }
}

#[test]
fn intensities_of_one_input_have_its_colours() {
    let server = Server::start();
    let phantom = stored(&server);
    let path = |number: u32, colours: Option<Vec<u8>>| {
        let streams = colours.map(|colours| sequence(0x70, 0x1a08, &[stream(0, &[colours])]));
        let own = [from_the_front("MAXIMUM_IP"), streams.into_iter().collect()].concat();
        let sets = [set(0, &images(&phantom), Vec::new())];
        store(&server, state((RENDERING, number), &sets, &[input(1, 0, window("80", "90"))], own)) + "/rendered3d"
    };
    let (grey, opaque) = (path(1, None), path(2, Some(classification(1, None))));
    let [grey, opaque] = [grey, opaque].map(|path| Png::of(&server.get(&path, "image/png")));
    assert_eq!((grey.channels, grey.samples), (opaque.channels, opaque.samples));
    let red = path(3, Some(classification(1, Some(128))));
    let shown = Png::of(&server.get(&red, "image/png"));
    assert!(shown.samples.chunks_exact(3).all(|pixel| pixel == [128, 0, 0]), "{:?}", shown.samples);
    // What the request says goes before.
    let other = Png::of(&server.get(&(red + "?renderingmethod=minimum_ip"), "image/png"));
    assert_eq!(other.channels, 1);
}

#[test]
fn two_inputs_are_rendered_in_their_colours_where_both_are() {
    let server = Server::start();
    let phantoms = both(&server);
    let red = [[255; 8], [0; 8], [0; 8]];
    let red = of_both([(1, Some(2)), (2, Some(1))], [&red[0], &red[1], &red[2]]);
    let own = [from_the_front("VOLUME_RENDERED"), vec![sequence(0x70, 0x1a08, &[stream(0, &[red])])]].concat();
    let shown = seen(&server, state((MULTIPLE, 1), &sets(&phantoms), &windows(), own), "/rendered3d");
    assert!(shown.samples.chunks_exact(3).all(|pixel| pixel == [255, 0, 0]), "{:?}", shown.samples);
    let alone = [stream(0, &[of_both([(1, Some(2)), (7, Some(1))], [&RED, &RED, &BLUE])])];
    let own = [from_the_front("VOLUME_RENDERED"), vec![sequence(0x70, 0x1a08, &alone)]].concat();
    let path = store(&server, state((MULTIPLE, 2), &sets(&phantoms), &windows(), own));
    let refused = server.get(&(path + "/rendered3d"), "image/png");
    assert_eq!(refused.status, 406);
    assert!(refused.text().contains("an input that is not there"), "{}", refused.text());
}

#[test]
fn without_a_window_a_table_is_by_all_that_samples_can_be() {
    let server = Server::start();
    let phantom = stored(&server);
    let sets = [set(0, &images(&phantom), Vec::new())];
    // Signed numbers of 16 bits, 1024 less.
    let all = [window("-1024.5", "65535"), vec![element(0x28, 0x1056, "CS", "LINEAR_EXACT")]].concat();
    let of = |class: &str, number: u32, shown: Vec<Vec<u8>>, own: Vec<Vec<u8>>, resource: &str| {
        seen(&server, state((class, number), &sets, &[input(1, 0, shown)], own), resource).samples
    };
    let plane = planar([-5.0, -19.0, 7.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]);
    let plane = [plane, vec![sequence(0x70, 0x1801, &[classification(1, None)])]].concat();
    let on_plane = |number: u32, shown: Vec<Vec<u8>>| of(COMPOSITING, number, shown, plane.clone(), "/renderedmpr");
    let grey = on_plane(1, Vec::new());
    assert_eq!(grey, on_plane(2, all.clone()));
    assert!(grey.iter().all(|level| (131..=133).contains(level)), "{grey:?}");
    for (number, class) in [(10, RENDERING), (20, MULTIPLE)] {
        let streams = sequence(0x70, 0x1a08, &[stream(0, &[classification(1, None)])]);
        let own = || [from_the_front("VOLUME_RENDERED"), vec![streams.clone()]].concat();
        let shown = of(class, number, Vec::new(), own(), "/rendered3d");
        assert_eq!(shown, of(class, number + 1, all.clone(), own(), "/rendered3d"));
        assert!(shown.iter().all(|level| (131..=133).contains(level)), "{class} {shown:?}");
    }
}

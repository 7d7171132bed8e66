//! Volumetric Presentation States of images that lie in another Frame of Reference: a Spatial Registration moves them.

use crate::client::Answer;
use crate::phantom::{Phantom, STUDY, file};
use crate::renderings::{element, sequence};
use crate::segment_crops::{segmentation, segments};
use crate::server::Server;
use crate::states::{
    COMPOSITING, MULTIPLE, PLANAR, RENDERING, before, classification, compositor, cropping, from_the_front, images,
    input, planar, set, state, store, stored, stream, window,
};

const REGISTRATION: &str = "1.2.840.10008.5.1.4.1.1.66.1";
const DEFORMABLE: &str = "1.2.840.10008.5.1.4.1.1.66.3";
const SERIES: &str = "1.2.826.0.1.3680043.10.1999.8.800";
/// A quarter turn about the axis of the body.
const TURN: [f64; 16] = [0.0, -1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
/// 10 mm to the left and 5 mm to the head.
const SHIFT: [f64; 16] = [1.0, 0.0, 0.0, 10.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 5.0, 0.0, 0.0, 0.0, 1.0];

/// The Frame of Reference of the images, and that of the states.
fn elsewhere() -> Vec<u8> {
    element(0x20, 0x52, "UI", format!("{STUDY}.98"))
}

/// A registration of a Frame of Reference into that of the states, by matrices with their types: the first moves first.
fn registration(sop_class: &str, number: u32, from: &str, matrices: &[(&str, [f64; 16])]) -> Vec<u8> {
    let matrix = |(kind, numbers): &(&str, [f64; 16])| {
        let numbers = numbers.map(|number| number.to_string()).join("\\");
        [element(0x3006, 0xc6, "DS", numbers), element(0x70, 0x30c, "CS", kind)].concat()
    };
    let matrices = sequence(0x70, 0x30a, &matrices.iter().map(matrix).collect::<Vec<_>>());
    let item = [element(0x20, 0x52, "UI", from), sequence(0x70, 0x309, &[matrices])].concat();
    let instance = format!("{SERIES}.{number}");
    let elements = vec![
        element(8, 0x16, "UI", sop_class),
        element(8, 0x18, "UI", &instance),
        element(8, 0x60, "CS", "REG"),
        element(0x10, 0x20, "LO", "Q-7"),
        element(0x20, 0x0d, "UI", STUDY),
        element(0x20, 0x0e, "UI", SERIES),
        element(0x20, 0x52, "UI", format!("{STUDY}.99")),
        sequence(0x70, 0x308, &[item]),
    ];
    file(sop_class, &instance, elements)
}

/// What an input set says of its registration.
fn registered(number: u32) -> Vec<u8> {
    let class = element(8, 0x1150, "UI", REGISTRATION);
    sequence(0x70, 0x404, &[[class, element(8, 0x1155, "UI", format!("{SERIES}.{number}"))].concat()])
}

/// The phantom of [`stored`] in the Frame of Reference of the images, and where two matrices move it in that of the
/// states.
fn both(server: &Server) -> (Phantom, Phantom) {
    let here = stored(server);
    let slices = 0..here.origins.len();
    let there = Phantom {
        series: format!("{STUDY}.2"),
        own: slices.clone().map(|_| vec![elsewhere()]).collect(),
        ..here.clone()
    };
    let samples = |slice: usize| {
        let samples = here.measured(slice).into_iter().map(|value| (value + 1024.0).round() as i16);
        vec![element(0x7fe0, 0x10, "OW", samples.flat_map(i16::to_le_bytes).collect::<Vec<u8>>())]
    };
    let moved = Phantom {
        series: format!("{STUDY}.3"),
        cosines: [[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]],
        origins: here.origins.iter().map(|[x, y, z]| [10.0 - y, *x, z + 5.0]).collect(),
        own: slices.map(samples).collect(),
        ..here.clone()
    };
    let registration = registration(REGISTRATION, 1, &format!("{STUDY}.98"), &[("RIGID", TURN), ("RIGID", SHIFT)]);
    let files = [there.files(), moved.files(), vec![registration]].concat();
    assert_eq!(server.post_files(&files).status, 200);
    (there, moved)
}

/// The plane of 12 × 9 mm through the moved phantom that is at 7 mm of the other.
fn plane() -> Vec<Vec<u8>> {
    planar([29.0, -5.0, 12.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0])
}

fn shown(server: &Server, state: (Vec<u8>, String), resource: &str) -> Answer {
    let shown = server.get(&(store(server, state) + resource), "image/png");
    assert_eq!(shown.status, 200, "{}", shown.text());
    shown
}

#[test]
fn a_registered_input_is_seen_where_its_matrices_move_it() {
    let server = Server::start();
    let (there, moved) = both(&server);
    let inputs = [input(1, 0, window("80", "90"))];
    let of = |number: u32, set: Vec<u8>, own: Vec<Vec<u8>>| {
        shown(&server, state((PLANAR, number), &[set], &inputs, own), "/renderedmpr").body
    };
    let by_matrices = of(1, set(0, &images(&there), registered(1)), plane());
    assert_eq!(by_matrices, of(2, set(0, &images(&moved), Vec::new()), plane()));
    // As it is seen where it lies itself.
    let query = "normal=0,0,1&up=0,-1,0&center=1,-14.5,7&spacing=1.5&size=8,6&window=80,90,linear";
    assert_eq!(by_matrices, server.get(&format!("{}/slice?{query}", there.path()), "image/png").body);
    // In space, and any other way that the request looks at it.
    let rendered = |number: u32, set: Vec<u8>| {
        let own = from_the_front("MAXIMUM_IP");
        let path = store(&server, state((RENDERING, number), &[set], &inputs, own)) + "/rendered3d?orientation=l";
        let shown = server.get(&path, "image/png");
        assert_eq!(shown.status, 200, "{}", shown.text());
        shown.body
    };
    let by_matrices = rendered(3, set(0, &images(&there), registered(1)));
    assert_eq!(by_matrices, rendered(4, set(0, &images(&moved), Vec::new())));
    // Who has it already is told by the registration, too, whether it is another.
    let path = store(&server, state((PLANAR, 5), &[set(0, &images(&there), registered(1))], &inputs, plane()));
    let tag = server.get(&(path.clone() + "/renderedmpr"), "image/png").header("etag").expect("a tag").to_owned();
    let headers = [("Accept", "image/png"), ("If-None-Match", &*tag)];
    assert_eq!(server.send("GET", &(path + "/renderedmpr"), &headers, b"").status, 304);
}

/// The same file in a space of its own.
fn in_another_space(file: &[u8]) -> Vec<u8> {
    let [own, other] = [99, 97].map(|number| format!("{STUDY}.{number}").into_bytes());
    let mut file = file.to_vec();
    let places = (0..=file.len() - own.len()).filter(|place| file[*place..].starts_with(&own));
    for place in places.collect::<Vec<_>>() {
        file[place..place + other.len()].copy_from_slice(&other);
    }
    file
}

#[test]
fn one_matrix_may_lead_into_several_spaces() {
    let server = Server::start();
    let (there, _) = both(&server);
    let matrices = [("RIGID", TURN), ("RIGID", SHIFT)];
    let other = in_another_space(&registration(REGISTRATION, 2, &format!("{STUDY}.98"), &matrices));
    assert_eq!(server.post_files(&[other]).status, 200);
    let of = |number: u32| {
        let set = set(0, &images(&there), registered(number));
        state((PLANAR, number), &[set], &[input(1, 0, window("80", "90"))], plane())
    };
    let one = shown(&server, of(1), "/renderedmpr").body;
    let (file, path) = of(2);
    assert_eq!(shown(&server, (in_another_space(&file), path), "/renderedmpr").body, one);
}

#[test]
fn registered_inputs_are_composed_with_others() {
    let server = Server::start();
    let (there, moved) = both(&server);
    let other = Phantom { more: 50.0, origins: vec![[18.0, -14.0, 10.0], [18.0, -14.0, 14.0]], ..moved.clone() };
    let other =
        Phantom { cosines: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], series: format!("{STUDY}.4"), first: 1, ..other };
    let other = Phantom { own: vec![Vec::new(); 2], ..other };
    assert_eq!(server.post_files(&other.files()).status, 200);
    let inputs = [input(1, 0, window("80", "90")), input(2, 1, window("150", "200"))];
    let grey = [classification(1, None), classification(2, None)];
    let weights = || sequence(0x70, 0x1805, &[compositor([[0, 0, 255, 64], [0, 255, 0, 191]])]);
    let composed = |number: u32, first: Vec<u8>| {
        let sets = [first, set(1, &images(&other), Vec::new())];
        let own = [plane(), vec![sequence(0x70, 0x1801, &grey), weights()]].concat();
        let on_plane = shown(&server, state((COMPOSITING, number), &sets, &inputs, own), "/renderedmpr").body;
        let streams = [stream(0, &grey[..1]), stream(1, &grey[1..])];
        let own = [from_the_front("VOLUME_RENDERED"), vec![sequence(0x70, 0x1a08, &streams), weights()]].concat();
        let in_space = state((MULTIPLE, number + 1), &sets, &inputs, own);
        let path = store(&server, in_space) + "/rendered3d?orientation=f";
        let in_space = server.get(&path, "image/png");
        assert_eq!(in_space.status, 200, "{}", in_space.text());
        (on_plane, in_space.body)
    };
    let by_matrices = composed(1, set(0, &images(&there), registered(1)));
    assert_eq!(by_matrices, composed(3, set(0, &images(&moved), Vec::new())));
}

#[test]
fn segments_crop_where_the_images_are_and_planes_where_these_are_moved() {
    let server = Server::start();
    let (there, _) = both(&server);
    let columns: [fn(usize) -> bool; 1] = [|column| column < 6];
    assert_eq!(server.post_files(&[segmentation(1, &there, &columns, 0.0, vec![elsewhere()])]).status, 200);
    let cropped = |number: u32, crop: Vec<Vec<u8>>| {
        let sets = [set(0, &images(&there), registered(1))];
        let own = [plane(), crop].concat();
        shown(&server, state((PLANAR, number), &sets, &[input(1, 0, window("80", "90"))], own), "/renderedmpr").body
    };
    let whole = cropped(1, Vec::new());
    // The axis of its rows is turned to the back.
    let half = cropped(2, cropping("OBLIQUE_PLANES", before([0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0])));
    assert_ne!(whole, half);
    assert_eq!(cropped(3, cropping("INCLUDE_SEG", segments(1, &[1]))), half);
}

#[test]
fn what_cannot_be_registered_is_refused_in_words() {
    let server = Server::start();
    let (there, _) = both(&server);
    let from = format!("{STUDY}.98");
    let mut sheared = SHIFT;
    sheared[1] = 0.5;
    let mut large = SHIFT;
    large[0] = 2.0;
    let files = [
        registration(DEFORMABLE, 2, &from, &[("RIGID", TURN)]),
        registration(REGISTRATION, 3, "1.2.3.4", &[("RIGID", TURN)]),
        registration(REGISTRATION, 4, &from, &[("AFFINE", sheared)]),
        registration(REGISTRATION, 5, &from, &[("RIGID", large)]),
    ];
    assert_eq!(server.post_files(&files).status, 200);
    for (number, own, words) in [
        (2, registered(2), "deformable"),
        (3, registered(3), "by no matrix"),
        (4, registered(4), "right angles"),
        (5, registered(5), "by no matrix"),
        (6, registered(9), "not in its study"),
        (7, sequence(0x70, 0x404, &[Vec::new()]), "names no object"),
        (8, Vec::new(), "names no Spatial Registration"),
    ] {
        let sets = [set(0, &images(&there), own)];
        let path = store(&server, state((PLANAR, number), &sets, &[input(1, 0, window("80", "90"))], plane()));
        let refused = server.get(&(path + "/renderedmpr"), "image/png");
        assert_eq!(refused.status, 406, "{words}: {}", refused.text());
        assert!(refused.text().contains(words), "{words}: {}", refused.text());
    }
}

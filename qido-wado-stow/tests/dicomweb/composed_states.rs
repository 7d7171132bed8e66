//! Compositing Planar MPR states: several volumes on one plane, in their colours and by their weights.

use crate::phantom::{Phantom, STUDY};
use crate::png::Png;
use crate::renderings::{element, sequence};
use crate::server::Server;
use crate::states::{
    self, COMPOSITING, classification, compositor, doubles, images, input, planar, set, store, stored, window,
};

/// Weights of two opaque inputs: the first counts for a quarter, and alone for all.
const QUARTER: [[u8; 4]; 2] = [[0, 0, 255, 64], [0, 255, 0, 191]];
/// The same of what was composed, which has the alpha that the next leaves, and the next.
const REST: [[u8; 4]; 2] = [[0, 96, 255, 0], [0, 159, 0, 0]];

/// A state of phantoms, each through a window.
fn state(
    number: u32,
    phantoms: &[&Phantom],
    of_input: &[Vec<Vec<u8>>],
    compositors: &[[[u8; 4]; 2]],
    own: Vec<Vec<u8>>,
) -> (Vec<u8>, String) {
    let all = 0..phantoms.len();
    // In another order: an input names its set.
    let sets: Vec<_> = all.clone().rev().map(|place| set(place, &images(phantoms[place]), Vec::new())).collect();
    let inputs: Vec<_> = all.clone().map(|place| input(place as u16 + 1, place, of_input[place].clone())).collect();
    let compositors: Vec<_> = compositors.iter().copied().map(compositor).collect();
    let mut elements = own;
    elements.extend([
        sequence(0x70, 0x1801, &all.map(|place| classification(place as u16 + 1, None)).collect::<Vec<_>>()),
        sequence(0x70, 0x1805, &compositors),
    ]);
    states::state((COMPOSITING, number), &sets, &inputs, elements)
}

fn geometry() -> Vec<Vec<u8>> {
    planar([-5.0, -19.0, 7.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
}

/// The plane of [`geometry`] of one phantom.
fn alone(server: &Server, phantom: &Phantom, window: &str) -> Vec<u8> {
    let query = "normal=0,0,1&up=0,-1,0&center=1,-14.5,7&spacing=1.5&size=8,6";
    Png::of(&server.get(&format!("{}/slice?{query}&window={window}", phantom.path()), "image/png")).samples
}

#[test]
fn volumes_are_composed_by_their_weights_each_through_its_window() {
    let server = Server::start();
    let first = stored(&server);
    // Other slices at other places, with other values.
    let second = Phantom { more: 50.0, ..Phantom::axial(2, &[-2.0, 2.0, 6.0, 10.0, 14.0]) };
    assert_eq!(server.post_files(&second.files()).status, 200);
    let windows = || [window("80", "90"), window("150", "200")];
    let path = store(&server, state(1, &[&first, &second], &windows(), &[QUARTER], geometry())) + "/renderedmpr";
    let shown = server.get(&path, "image/png");
    assert_eq!(shown.status, 200, "{}", shown.text());
    let shown = Png::of(&shown);
    let (one, other) = (alone(&server, &first, "80,90,linear"), alone(&server, &second, "150,200,linear"));
    assert_eq!((shown.width, shown.height, shown.channels), (8, 6, 3));
    for (pixel, (one, other)) in shown.samples.chunks_exact(3).zip(one.iter().zip(&other)) {
        let expected = (f64::from(*one) * 64.0 + f64::from(*other) * 191.0) / 255.0;
        assert!(pixel.iter().all(|level| (f64::from(*level) - expected).abs() < 1.6), "{pixel:?} {expected}");
    }
    // Where the second is cut off, the first is seen alone, with all of its weight.
    let mut cut = windows();
    cut[1].extend([element(0x70, 0x1204, "CS", "YES"), element(0x70, 0x1205, "US", 1_u16.to_le_bytes())]);
    let number = element(0x70, 0x1309, "US", 1_u16.to_le_bytes());
    let ends = doubles(0x70, 0x1303, &[-30.0, -30.0, 11.0, 30.0, 0.0, 20.0]);
    let crop = sequence(0x70, 0x1301, &[[element(0x70, 0x1302, "CS", "BOUNDING_BOX"), ends, number].concat()]);
    let cut = store(&server, state(2, &[&first, &second], &cut, &[QUARTER], [geometry(), vec![crop]].concat()));
    let cut = Png::of(&server.get(&(cut + "/renderedmpr"), "image/png"));
    let pairs = cut.samples.chunks_exact(3).zip(&one);
    assert!(pairs.flat_map(|(pixel, level)| pixel.iter().map(move |part| part.abs_diff(*level))).all(|by| by <= 1));
    for query in ["window=1,2,linear", "phases=all", "AcquisitionNumber=1"] {
        let refused = server.get(&format!("{path}?{query}"), "*/*");
        assert_eq!(refused.status, 400, "{query}");
        assert!(refused.text().contains("composes several"), "{query}: {}", refused.text());
    }
    let swivel = server.get(&(path + "?swivelrange=40&animationstepsize=20"), "*/*");
    assert_eq!((swivel.status, swivel.content_type()), (200, "image/gif"), "{}", swivel.text());
}

#[test]
fn a_third_volume_is_composed_with_what_the_first_two_are() {
    let server = Server::start();
    let first = stored(&server);
    let second = Phantom { more: 50.0, ..Phantom::axial(2, &[-2.0, 2.0, 6.0, 10.0, 14.0]) };
    // It reaches to -1 mm from the left.
    let third = Phantom { more: -30.0, columns: 5, ..Phantom::axial(3, &[1.0, 4.0, 7.0, 10.0]) };
    assert_eq!(server.post_files(&[second.files(), third.files()].concat()).status, 200);
    let windows = [window("80", "90"), window("150", "200"), window("40", "160")];
    let stated = state(1, &[&first, &second, &third], &windows, &[QUARTER, REST], geometry());
    let shown = server.get(&(store(&server, stated) + "/renderedmpr"), "image/png");
    assert_eq!(shown.status, 200, "{}", shown.text());
    let shown = Png::of(&shown);
    let [one, other, last] = [(&first, "80,90,linear"), (&second, "150,200,linear"), (&third, "40,160,linear")]
        .map(|(phantom, window)| alone(&server, phantom, window).into_iter().map(f64::from).collect::<Vec<f64>>());
    assert_eq!((shown.width, shown.height, shown.channels), (8, 6, 3));
    for (at, pixel) in shown.samples.chunks_exact(3).enumerate() {
        let of_two = (one[at] * 64.0 + other[at] * 191.0) / 255.0;
        // Pixels are at -4.25 mm, -2.75 mm, -1.25 mm and beyond the third.
        let expected = if at % 8 < 3 { (of_two * 96.0 + last[at] * 159.0) / 255.0 } else { of_two };
        assert!(pixel.iter().all(|level| (f64::from(*level) - expected).abs() < 1.6), "{at} {pixel:?} {expected}");
    }
}

#[test]
fn volumes_of_another_frame_of_reference_are_not_composed() {
    let server = Server::start();
    let here = stored(&server);
    let elsewhere = |series: u32| {
        let phantom = Phantom::axial(series, &[0.0, 4.0, 8.0, 12.0]);
        let frame = element(0x20, 0x52, "UI", format!("{STUDY}.98"));
        Phantom { own: vec![vec![frame]; phantom.origins.len()], ..phantom }
    };
    let (one, other) = (elsewhere(2), elsewhere(3));
    assert_eq!(server.post_files(&[one.files(), other.files()].concat()).status, 200);
    // The second input, the first, and both; no input is registered to the space of the state.
    for (number, phantoms) in [[&here, &one], [&one, &here], [&one, &other]].iter().enumerate() {
        let windows = [window("80", "90"), window("150", "200")];
        let path = store(&server, state(number as u32 + 1, phantoms, &windows, &[QUARTER], geometry()));
        let refused = server.get(&(path + "/renderedmpr"), "image/png");
        assert_eq!(refused.status, 406, "{number}: {}", refused.text());
        assert!(refused.text().contains("another Frame of Reference"), "{number}: {}", refused.text());
    }
}

//! Compositing Planar MPR states: several volumes on one plane, in their colours and by their weights.

use crate::phantom::{Phantom, STUDY, file};
use crate::png::Png;
use crate::renderings::{element, sequence};
use crate::server::Server;
use crate::volumetric_states::{doubles, image, planar, store, stored, window};

const COMPOSITING: &str = "1.2.840.10008.5.1.4.1.1.11.7";
const SERIES: &str = "1.2.826.0.1.3680043.10.1999.8.600";

/// A classification of one input, in grey and opaque.
fn classification(input: u16) -> Vec<u8> {
    [
        element(0x70, 0x1802, "CS", "ONE_TO_RGBA"),
        sequence(0x70, 0x1803, &[element(0x70, 0x1804, "US", input.to_le_bytes())]),
        element(0x28, 0x140f, "CS", "EQUAL_RGB"),
        element(0x28, 0x1410, "CS", "NONE"),
    ]
    .concat()
}

/// A table of weights, by an alpha of 1 bit of each.
fn weights(entries: [u8; 4]) -> Vec<u8> {
    let descriptor: Vec<u8> = [4_u16, 0, 8].iter().flat_map(|number| number.to_le_bytes()).collect();
    [element(0x28, 0x3002, "US", descriptor), element(0x28, 0x3006, "OW", entries)].concat()
}

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
    let uid = |input: usize| element(0x70, 0x1209, "UI", format!("1.2.3.{input}"));
    let set = |input: usize| {
        let phantom = phantoms[input];
        let images: Vec<_> = (0..phantom.origins.len()).map(|slice| image(&phantom.instance(slice), "")).collect();
        [sequence(8, 0x1140, &images), element(0x70, 0x1202, "CS", "VOLUME"), uid(input)].concat()
    };
    let input = |input: usize| {
        let number = (input as u16 + 1).to_le_bytes();
        [of_input[input].concat(), element(0x70, 0x1207, "US", number), uid(input)].concat()
    };
    let compositors: Vec<_> = compositors.iter().map(|of_both| sequence(0x70, 0x1806, &of_both.map(weights))).collect();
    let all = 0..phantoms.len();
    let instance = format!("{SERIES}.{number}");
    let mut elements = own;
    elements.extend([
        element(8, 0x16, "UI", COMPOSITING),
        element(8, 0x18, "UI", &instance),
        element(8, 0x60, "CS", "PR"),
        element(8, 0x9205, "CS", "TRUE_COLOR"),
        element(0x10, 0x20, "LO", "Q-7"),
        element(0x20, 0x0d, "UI", STUDY),
        element(0x20, 0x0e, "UI", SERIES),
        element(0x20, 0x52, "UI", format!("{STUDY}.99")),
        sequence(0x70, 0x1201, &all.clone().map(input).collect::<Vec<_>>()),
        // In another order: an input names its set.
        sequence(0x70, 0x120a, &all.clone().rev().map(set).collect::<Vec<_>>()),
        sequence(0x70, 0x1801, &all.map(|input| classification(input as u16 + 1)).collect::<Vec<_>>()),
        sequence(0x70, 0x1805, &compositors),
    ]);
    let path = format!("/dicom-web/studies/{STUDY}/series/{SERIES}/instances/{instance}");
    (file(COMPOSITING, &instance, elements), path)
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

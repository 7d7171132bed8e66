//! Blending presentation states.

use crate::object::Object;
use crate::png::Png;
use crate::renderings::{element, file, sequence, store};
use crate::server::Server;

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const BLENDING: &str = "1.2.840.10008.5.1.4.1.1.11.4";
const REGISTRATION: &str = "1.2.840.10008.5.1.4.1.1.66.1";
const FRAME_OF_REFERENCE: &str = "1.2.826.0.1.3680043.10.1999.9";

/// An image of square pixels at a depth of the patient.
fn slice(object: &Object, side: u16, spacing: &str, depth: &str, samples: &[u8]) -> Vec<u8> {
    slice_in(FRAME_OF_REFERENCE, object, side, spacing, depth, samples)
}

fn slice_in(reference: &str, object: &Object, side: u16, spacing: &str, depth: &str, samples: &[u8]) -> Vec<u8> {
    let mut content = vec![
        element(0x20, 0x32, "DS", format!("0\\0\\{depth}")),
        element(0x20, 0x37, "DS", "1\\0\\0\\0\\1\\0"),
        element(0x20, 0x52, "UI", reference),
        element(0x28, 0x2, "US", 1_u16.to_le_bytes()),
        element(0x28, 0x4, "CS", "MONOCHROME2"),
        element(0x28, 0x30, "DS", format!("{spacing}\\{spacing}")),
        element(0x7fe0, 0x10, "OB", samples),
    ];
    let numbers = [(0x10, side), (0x11, side), (0x100, 8), (0x101, 8), (0x102, 7), (0x103, 0)];
    content.extend(numbers.map(|(number, value)| element(0x28, number, "US", value.to_le_bytes())));
    file(object, CT, &content)
}

fn layer(position: &str, object: &Object) -> Vec<u8> {
    let image = [element(8, 0x1150, "UI", CT), element(8, 0x1155, "UI", &object.instance)].concat();
    let series = [sequence(8, 0x1140, &[image]), element(0x20, 0xe, "UI", &object.series)].concat();
    let window = [
        element(0x28, 0x1050, "DS", "127.5"),
        element(0x28, 0x1051, "DS", "255"),
        element(0x28, 0x1056, "CS", "LINEAR_EXACT"),
    ];
    [
        sequence(8, 0x1115, &[series]),
        element(0x20, 0xd, "UI", &object.study),
        sequence(0x28, 0x3110, &[window.concat()]),
        element(0x70, 0x405, "CS", position),
    ]
    .concat()
}

/// Lays `above` over `below` with a quarter of opacity, from black to red.
fn state(object: &Object, below: &Object, above: &Object) -> Vec<u8> {
    state_by(object, below, above, None)
}

/// The same by a registration.
fn state_by(object: &Object, below: &Object, above: &Object, registration: Option<&Object>) -> Vec<u8> {
    let descriptor = [256_u16, 0, 16].map(u16::to_le_bytes).concat();
    let table = |step: u16| (0..256).flat_map(|entry: u16| (entry * step).to_le_bytes()).collect::<Vec<u8>>();
    let mut content = vec![
        sequence(0x70, 0x402, &[layer("UNDERLYING", below), layer("SUPERIMPOSED", above)]),
        element(0x70, 0x403, "FL", 0.25_f32.to_le_bytes()),
    ];
    for (place, step) in [(1, 257), (2, 0), (3, 0)] {
        content.push(element(0x28, 0x1100 + place, "US", &descriptor));
        content.push(element(0x28, 0x1200 + place, "OW", table(step)));
    }
    if let Some(registration) = registration {
        let instance =
            [element(8, 0x1150, "UI", REGISTRATION), element(8, 0x1155, "UI", &registration.instance)].concat();
        let series = [sequence(8, 0x1199, &[instance]), element(0x20, 0xe, "UI", &registration.series)].concat();
        let item = [sequence(8, 0x1115, &[series]), element(0x20, 0xd, "UI", &registration.study)].concat();
        content.push(sequence(0x70, 0x404, &[item]));
    }
    file(object, BLENDING, &content)
}

#[test]
fn the_superimposed_image_is_laid_over_in_colour() {
    let server = Server::start();
    let [below, above, lay] = [1, 2, 3].map(|series| Object::new(1, series, 1));
    store(&server, slice(&below, 2, "1", "5", &[0, 100, 200, 40]));
    store(&server, slice(&above, 2, "1", "5.2", &[255, 255, 0, 0]));
    store(&server, state(&lay, &below, &above));
    let picture = Png::of(&server.get(&(lay.path() + "/rendered"), "image/png"));
    assert_eq!(picture.samples, [64, 0, 0, 139, 75, 75, 150, 150, 150, 30, 30, 30]);
    let uri = format!(
        "/dicom-web/wado?requestType=WADO&studyUID={}&seriesUID={}&objectUID={}&contentType=image/png\
         &presentationSeriesUID={}&presentationUID={}",
        below.study, below.series, below.instance, lay.series, lay.instance
    );
    assert_eq!(Png::of(&server.get(&uri, "*/*")).samples, picture.samples);
}

#[test]
fn coarser_pixels_are_interpolated_and_do_not_reach_beyond_their_image() {
    let server = Server::start();
    let [below, above, lay] = [1, 2, 3].map(|series| Object::new(1, series, 1));
    store(&server, slice(&below, 4, "1", "5", &[0; 16]));
    // Pixels of 2 mm, the first of which is around the first one below.
    store(&server, slice(&above, 2, "2", "5", &[0, 200, 0, 200]));
    store(&server, state(&lay, &below, &above));
    let picture = Png::of(&server.get(&(lay.path() + "/rendered"), "image/png"));
    let red: Vec<u8> = (0..4).map(|column| picture.at(column, 0)[0]).collect();
    assert_eq!(red, [0, 25, 50, 50]);
}

/// Registers another Frame of Reference by this matrix, its rows one after the other.
fn registration(object: &Object, other: &str, kind: &str, matrix: &str) -> Vec<u8> {
    let matrix = [element(0x70, 0x30c, "CS", kind), element(0x3006, 0xc6, "DS", matrix)].concat();
    let matrices = sequence(0x70, 0x309, &[sequence(0x70, 0x30a, &[matrix])]);
    let item = [element(0x20, 0x52, "UI", other), matrices].concat();
    file(object, REGISTRATION, &[element(0x20, 0x52, "UI", FRAME_OF_REFERENCE), sequence(0x70, 0x308, &[item])])
}

#[test]
fn images_of_another_frame_of_reference_are_laid_over_by_a_registration() {
    const OTHER: &str = "1.2.826.0.1.3680043.10.1999.10";
    let server = Server::start();
    let [below, above, rigid, scaled] = [1, 2, 3, 4].map(|series| Object::new(1, series, 1));
    store(&server, slice(&below, 2, "1", "5", &[0; 4]));
    // It lies 20 mm higher, turned by a half about the axis of the body: its last pixel is over the first one.
    store(&server, slice_in(OTHER, &above, 2, "1", "25", &[10, 40, 80, 200]));
    let turned = "-1\\0\\0\\1\\0\\-1\\0\\1\\0\\0\\1\\-20\\0\\0\\0\\1";
    store(&server, registration(&rigid, OTHER, "RIGID", turned));
    store(&server, registration(&scaled, OTHER, "AFFINE", turned));
    let [by_rigid, by_scaled, by_none] = [5, 6, 7].map(|series| Object::new(1, series, 1));
    store(&server, state_by(&by_rigid, &below, &above, Some(&rigid)));
    store(&server, state_by(&by_scaled, &below, &above, Some(&scaled)));
    store(&server, state(&by_none, &below, &above));
    let picture = Png::of(&server.get(&(by_rigid.path() + "/rendered"), "image/png"));
    let red: Vec<u8> = picture.samples.iter().step_by(3).copied().collect();
    assert_eq!(red, [50, 20, 10, 3], "a quarter of each");
    for state in [by_scaled, by_none] {
        let answer = server.get(&(state.path() + "/rendered"), "image/png");
        assert!(answer.status == 406 && answer.text().contains("no rigid Spatial Registration"), "{}", answer.text());
    }
}

#[test]
fn what_does_not_lie_together_is_refused_in_words() {
    let server = Server::start();
    let [below, above, lay, lost] = [1, 2, 3, 4].map(|series| Object::new(1, series, 1));
    store(&server, slice(&below, 2, "1", "5", &[0; 4]));
    store(&server, slice(&above, 2, "1", "9", &[0; 4]));
    store(&server, state(&lay, &below, &above));
    store(&server, state(&lost, &below, &Object::new(1, 9, 1)));
    let words = |object: &Object| {
        let answer = server.get(&(object.path() + "/rendered"), "image/png");
        assert_eq!(answer.status, 406, "{}", answer.text());
        answer.text()
    };
    assert!(words(&lay).contains("4.0 mm away"), "{}", words(&lay));
    assert!(words(&lost).contains("none of the superimposed ones is here"), "{}", words(&lost));
}

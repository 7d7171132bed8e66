//! Mask subtraction.

use crate::object::{EXPLICIT, Object};
use crate::png::Png;
use crate::renderings::{element, file, sequence, store};
use crate::server::Server;

const XA: &str = "1.2.840.10008.5.1.4.1.1.12.1";
const GRAYSCALE_PRESENTATION_STATE: &str = "1.2.840.10008.5.1.4.1.1.11.1";

/// Four frames of 4 × 1 pixels: a background of 100, and contrast that takes 10, 20, 30 from pixel after pixel.
const FRAMES: [[u8; 4]; 4] = [[100, 110, 120, 130], [90, 110, 120, 130], [90, 90, 120, 130], [90, 90, 90, 130]];

fn mask(operation: &str, more: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let item = [element(0x28, 0x6101, "CS", operation), more.concat()].concat();
    vec![element(0x28, 0x1090, "CS", "SUB"), sequence(0x28, 0x6100, &[item])]
}

fn angiogram(object: &Object, mask: Vec<Vec<u8>>) -> Vec<u8> {
    let mut content = vec![
        element(0x28, 0x2, "US", 1_u16.to_le_bytes()),
        element(0x28, 0x4, "CS", "MONOCHROME2"),
        element(0x28, 0x8, "IS", "4"),
        element(0x28, 0x1050, "DS", "50"),
        element(0x28, 0x1051, "DS", "10"),
        element(0x7fe0, 0x10, "OB", FRAMES.concat()),
    ];
    let numbers = [(0x10, 1_u16), (0x11, 4), (0x100, 8), (0x101, 8), (0x102, 7), (0x103, 0)];
    content.extend(numbers.map(|(number, value)| element(0x28, number, "US", value.to_le_bytes())));
    content.extend(mask);
    assert_eq!(object.syntax, EXPLICIT);
    file(object, XA, &content)
}

fn shown(server: &Server, object: &Object, frame: u32, query: &str) -> Vec<u8> {
    let path = format!("{}/frames/{frame}/rendered?{query}", object.path());
    Png::of(&server.get(&path, "image/png")).samples
}

#[test]
fn the_mean_of_masks_is_taken_from_each_frame() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    store(&server, angiogram(&object, mask("AVG_SUB", &[element(0x28, 0x6110, "US", 1_u16.to_le_bytes())])));
    // Differences of -10, -20, -30 and 0, from black to white.
    assert_eq!(shown(&server, &object, 4, ""), [170, 85, 0, 255]);
    assert_eq!(shown(&server, &object, 1, ""), [0; 4]);
    assert_eq!(shown(&server, &object, 4, "window=-15,30,linear-exact"), [170, 85, 0, 255]);
    let animation = server.get(&(object.path() + "/rendered"), "image/gif");
    assert_eq!(animation.status, 200);
}

#[test]
fn frames_are_taken_from_those_that_come_later() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    let range = [2_u16.to_le_bytes(), 3_u16.to_le_bytes()].concat();
    let applicable = element(0x28, 0x6102, "US", range);
    store(&server, angiogram(&object, mask("TID", &[applicable])));
    assert_eq!(shown(&server, &object, 2, ""), [0, 255, 255, 255]);
    assert_eq!(shown(&server, &object, 3, ""), [255, 0, 255, 255]);
    // Out of range: as it is, through its own window.
    assert_eq!(shown(&server, &object, 4, ""), [255; 4]);
}

#[test]
fn each_frame_says_by_how_much_its_mask_is_moved() {
    let server = Server::start();
    let shift = |id: u16, [rows, columns]: [f32; 2]| {
        let pair = [rows.to_le_bytes(), columns.to_le_bytes()].concat();
        [element(0x28, 0x6114, "FL", pair), element(0x28, 0x9416, "US", id.to_le_bytes())].concat()
    };
    let groups = |shifts: &[Vec<u8>]| if shifts.is_empty() { Vec::new() } else { sequence(0x28, 0x9415, shifts) };
    let frames = [
        groups(&[]),
        groups(&[shift(7, [0.0, 1.0])]),
        groups(&[shift(8, [0.0, 2.0]), shift(7, [0.0, -1.0])]),
        groups(&[shift(8, [0.0, 2.0])]),
    ];
    let item = [
        element(0x28, 0x6101, "CS", "AVG_SUB"),
        element(0x28, 0x6110, "US", 1_u16.to_le_bytes()),
        element(0x28, 0x9416, "US", 7_u16.to_le_bytes()),
    ];
    let mut content = vec![element(0x28, 0x1090, "CS", "SUB"), sequence(0x28, 0x6100, &[item.concat()])];
    content.push(sequence(0x5200, 0x9230, &frames));
    let each = Object::new(1, 1, 1);
    store(&server, angiogram(&each, content.clone()));
    let window = "window=0,40,linear-exact";
    // 90-100, 110-100, 120-110, 130-120: to the right. 90-110, 90-120, 120-130, 130-130: to the left.
    assert_eq!(shown(&server, &each, 2, window), [64, 191, 191, 191]);
    assert_eq!(shown(&server, &each, 3, window), [0, 0, 64, 128]);
    // Nothing is said of this subtraction: 90-100, 90-110, 90-120, 130-130.
    assert_eq!(shown(&server, &each, 4, window), [64, 0, 0, 128]);
    let shared = Object::new(1, 1, 2);
    content.pop();
    content.push(sequence(0x5200, 0x9229, &[groups(&[shift(7, [0.0, 1.0])])]));
    store(&server, angiogram(&shared, content));
    assert_eq!(shown(&server, &shared, 2, window), [64, 191, 191, 191]);
}

#[test]
fn what_is_not_to_be_subtracted_is_shown_as_it_is() {
    let server = Server::start();
    let plain = Object::new(1, 1, 1);
    store(&server, angiogram(&plain, Vec::new()));
    let others = [mask("NONE", &[]), mask("AVG_SUB", &[element(0x28, 0x6110, "US", 9_u16.to_le_bytes())])];
    for (number, mask) in (2..).zip(others) {
        let object = Object::new(1, 1, number);
        store(&server, angiogram(&object, mask));
        assert_eq!(shown(&server, &object, 4, ""), shown(&server, &plain, 4, ""));
    }
}

#[test]
fn a_presentation_state_says_what_is_subtracted() {
    let server = Server::start();
    let (object, state) = (Object::new(1, 1, 1), Object::new(1, 2, 1));
    store(&server, angiogram(&object, Vec::new()));
    let image =
        [element(8, 0x1150, "UI", XA), element(8, 0x1155, "UI", &object.instance), element(8, 0x1160, "IS", "4")];
    let series = [sequence(8, 0x1140, &[image.concat()]), element(0x20, 0xe, "UI", &object.series)];
    let window = [
        element(0x28, 0x1050, "DS", "-15"),
        element(0x28, 0x1051, "DS", "30"),
        element(0x28, 0x1056, "CS", "LINEAR_EXACT"),
    ];
    let mut content = mask("AVG_SUB", &[element(0x28, 0x6110, "US", 1_u16.to_le_bytes())]);
    content.push(sequence(8, 0x1115, &[series.concat()]));
    content.push(sequence(0x28, 0x3110, &[window.concat()]));
    content.push(element(0x2050, 0x20, "CS", "INVERSE"));
    store(&server, file(&state, GRAYSCALE_PRESENTATION_STATE, &content));
    let picture = Png::of(&server.get(&(state.path() + "/rendered"), "image/png"));
    assert_eq!(picture.samples, [85, 170, 255, 0]);
}

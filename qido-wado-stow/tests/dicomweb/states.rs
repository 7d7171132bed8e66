//! Volumetric Presentation States as files: what they look at, their inputs, and what becomes of these.

use crate::phantom::{Phantom, Point, STUDY, file};
use crate::renderings::{element, sequence};
use crate::server::Server;

pub const PLANAR: &str = "1.2.840.10008.5.1.4.1.1.11.6";
pub const COMPOSITING: &str = "1.2.840.10008.5.1.4.1.1.11.7";
pub const RENDERING: &str = "1.2.840.10008.5.1.4.1.1.11.9";
pub const SEGMENTED: &str = "1.2.840.10008.5.1.4.1.1.11.10";
pub const MULTIPLE: &str = "1.2.840.10008.5.1.4.1.1.11.11";
/// The Series of all states.
pub const SERIES: &str = "1.2.826.0.1.3680043.10.1999.8.500";

pub fn doubles(group: u16, number: u16, values: &[f64]) -> Vec<u8> {
    element(group, number, "FD", values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
}

pub fn word(group: u16, number: u16, value: u16) -> Vec<u8> {
    element(group, number, "US", value.to_le_bytes())
}

/// An item of Referenced Image Sequence, with frames when there are any.
pub fn image(instance: &str, frames: &str) -> Vec<u8> {
    let frames = if frames.is_empty() { Vec::new() } else { element(8, 0x1160, "IS", frames) };
    [element(8, 0x1150, "UI", "1.2.840.10008.5.1.4.1.1.2"), element(8, 0x1155, "UI", instance), frames].concat()
}

/// The same of each slice of a phantom.
pub fn images(phantom: &Phantom) -> Vec<Vec<u8>> {
    (0..phantom.origins.len()).map(|slice| image(&phantom.instance(slice), "")).collect()
}

fn set_uid(set: usize) -> Vec<u8> {
    element(0x70, 0x1209, "UI", format!("1.2.3.{set}"))
}

/// An input set of these images.
pub fn set(number: usize, images: &[Vec<u8>], own: Vec<u8>) -> Vec<u8> {
    [sequence(8, 0x1140, images), own, element(0x70, 0x1202, "CS", "VOLUME"), set_uid(number)].concat()
}

/// An input of an input set, seen in its way.
pub fn input(number: u16, set: usize, own: Vec<Vec<u8>>) -> Vec<u8> {
    [own.concat(), word(0x70, 0x1207, number), set_uid(set)].concat()
}

/// A volume stream of an input set.
pub fn stream(set: usize, classifications: &[Vec<u8>]) -> Vec<u8> {
    [set_uid(set), sequence(0x70, 0x1801, classifications)].concat()
}

/// A state of these input sets and inputs: its file, and the path of its Instance. `own` goes before what all have.
pub fn state(
    (sop_class, number): (&str, u32),
    sets: &[Vec<u8>],
    inputs: &[Vec<u8>],
    own: Vec<Vec<u8>>,
) -> (Vec<u8>, String) {
    let instance = format!("{SERIES}.{number}");
    let mut elements = own;
    elements.extend([
        element(8, 0x16, "UI", sop_class),
        element(8, 0x18, "UI", &instance),
        element(8, 0x60, "CS", "PR"),
        element(8, 0x9205, "CS", if sop_class == PLANAR { "MONOCHROME" } else { "TRUE_COLOR" }),
        element(0x10, 0x20, "LO", "Q-7"),
        element(0x20, 0x0d, "UI", STUDY),
        element(0x20, 0x0e, "UI", SERIES),
        element(0x20, 0x52, "UI", format!("{STUDY}.99")),
        sequence(0x70, 0x1201, inputs),
        sequence(0x70, 0x120a, sets),
    ]);
    let path = format!("/dicom-web/studies/{STUDY}/series/{SERIES}/instances/{instance}");
    (file(sop_class, &instance, elements), path)
}

/// 256 entries that are all the same.
pub fn table(descriptor: u16, data: u16, entry: u8) -> Vec<u8> {
    entries(descriptor, data, &[entry; 256])
}

/// A table of these entries.
pub fn entries(descriptor: u16, data: u16, entries: &[u8]) -> Vec<u8> {
    let words: Vec<u8> = [entries.len() as u16, 0, 8].iter().flat_map(|word| word.to_le_bytes()).collect();
    [element(0x28, descriptor, "US", words), element(0x28, data, "OW", entries)].concat()
}

/// A classification of one input: in grey and opaque, or red with this alpha.
pub fn classification(input: u16, red: Option<u8>) -> Vec<u8> {
    let colours = match red {
        None => [element(0x28, 0x140f, "CS", "EQUAL_RGB"), element(0x28, 0x1410, "CS", "NONE")].concat(),
        Some(alpha) => [
            element(0x28, 0x140f, "CS", "TABLE"),
            table(0x1101, 0x1201, 255),
            table(0x1102, 0x1202, 0),
            table(0x1103, 0x1203, 0),
            element(0x28, 0x1410, "CS", "TABLE"),
            table(0x1104, 0x1204, alpha),
        ]
        .concat(),
    };
    let of = sequence(0x70, 0x1803, &[word(0x70, 0x1804, input)]);
    [element(0x70, 0x1802, "CS", "ONE_TO_RGBA"), of, colours].concat()
}

/// A classification of two inputs, of which so many bits count: opaque, with these entries as red, green and blue.
pub fn of_both(inputs: [(u16, Option<u16>); 2], colours: [&[u8]; 3]) -> Vec<u8> {
    let item = |(input, bits): (u16, Option<u16>)| {
        let bits = bits.map(|bits| word(0x28, 0x1403, bits)).unwrap_or_default();
        [bits, word(0x70, 0x1804, input)].concat()
    };
    let palette = (0..3).map(|place| entries(0x1101 + place, 0x1201 + place, colours[usize::from(place)]));
    [
        element(0x70, 0x1802, "CS", "TWO_TO_RGBA"),
        sequence(0x70, 0x1803, &inputs.map(item)),
        element(0x28, 0x140f, "CS", "TABLE"),
        palette.collect::<Vec<_>>().concat(),
        element(0x28, 0x1410, "CS", "NONE"),
    ]
    .concat()
}

/// A compositor, by an alpha of 1 bit of each of two.
pub fn compositor(weights: [[u8; 4]; 2]) -> Vec<u8> {
    sequence(0x70, 0x1806, &weights.map(|weights| entries(0x3002, 0x3006, &weights)))
}

/// An MPR of 12 × 9 mm.
pub fn planar(corner: Point, across: Point, down: Point) -> Vec<Vec<u8>> {
    vec![
        element(0x70, 0x1501, "CS", "PLANAR"),
        element(0x70, 0x1502, "CS", "THIN"),
        doubles(0x70, 0x1505, &corner),
        doubles(0x70, 0x1507, &across),
        doubles(0x70, 0x1508, &[12.0]),
        doubles(0x70, 0x1511, &down),
        doubles(0x70, 0x1512, &[9.0]),
        element(0x2050, 0x20, "CS", "IDENTITY"),
    ]
}

/// A rendering of 12 × 9 mm around the middle of the phantom.
pub fn from_the_front(method: &str) -> Vec<Vec<u8>> {
    vec![
        element(0x70, 0x1602, "CS", "ORTHOGRAPHIC"),
        doubles(0x70, 0x1603, &[1.0, -113.25, 7.5]),
        doubles(0x70, 0x1604, &[1.0, -13.25, 7.5]),
        doubles(0x70, 0x1605, &[0.0, 0.0, 1.0]),
        doubles(0x70, 0x1606, &[-6.0, 6.0, 4.5, -4.5, 1.0, 500.0]),
        element(0x70, 0x120d, "CS", method),
    ]
}

pub fn window(center: &str, width: &str) -> Vec<Vec<u8>> {
    vec![element(0x28, 0x1050, "DS", center), element(0x28, 0x1051, "DS", width)]
}

/// Volume Cropping Module of one specification, for all inputs.
pub fn cropping(method: &str, how: Vec<u8>) -> Vec<Vec<u8>> {
    vec![
        element(0x70, 0x120b, "CS", "YES"),
        word(0x70, 0x120c, 1),
        sequence(0x70, 0x1301, &[[element(0x70, 0x1302, "CS", method), how, word(0x70, 0x1309, 1)].concat()]),
    ]
}

/// What is before this plane, seen along its normal.
pub fn before(plane: [f64; 4], outward: Point) -> Vec<u8> {
    sequence(0x70, 0x1304, &[[doubles(0x70, 0x1305, &plane), doubles(0x70, 0x1306, &outward)].concat()])
}

pub fn stored(server: &Server) -> Phantom {
    let phantom = Phantom::axial(1, &[0.0, 3.0, 6.0, 9.0, 12.0, 15.0]);
    assert_eq!(server.post_files(&phantom.files()).status, 200);
    phantom
}

pub fn store(server: &Server, (file, path): (Vec<u8>, String)) -> String {
    let answer = server.post_files(&[file]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    path
}

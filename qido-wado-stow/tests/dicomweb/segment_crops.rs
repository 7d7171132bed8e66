//! Volumetric Presentation States that crop by segments: what is within these, or beside them, is seen.

use crate::phantom::{Phantom, STUDY, file};
use crate::renderings::{element, sequence};
use crate::server::Server;
use crate::states::{PLANAR, before, cropping, planar, store, stored, window};
use crate::volumetric_states::state;

const SEGMENTATION: &str = "1.2.840.10008.5.1.4.1.1.66.4";
const SERIES: &str = "1.2.826.0.1.3680043.10.1999.8.600";

/// A Segmentation on the planes of a phantom's slices, moved by so many mm: of its segments, each of which has a frame for each
/// slice, the columns are told that are within.
pub fn segmentation(
    number: u32,
    phantom: &Phantom,
    segments: &[fn(usize) -> bool],
    moved: f64,
    own: Vec<Vec<u8>>,
) -> Vec<u8> {
    let (columns, rows) = (usize::from(phantom.columns), usize::from(phantom.rows));
    let words =
        [(0x02, 1), (0x10, phantom.rows), (0x11, phantom.columns), (0x100, 1), (0x101, 1), (0x102, 0), (0x103, 0)];
    let decimals = |numbers: &[f64]| numbers.iter().map(f64::to_string).collect::<Vec<_>>().join("\\");
    let (mut frames, mut bits) = (Vec::new(), Vec::new());
    for (segment, is_within) in segments.iter().enumerate() {
        for [x, y, z] in &phantom.origins {
            let position = element(0x20, 0x32, "DS", decimals(&[*x, *y, z + moved]));
            let number = element(0x62, 0x0b, "US", (segment as u16 + 1).to_le_bytes());
            frames.push([sequence(0x20, 0x9113, &[position]), sequence(0x62, 0x0a, &[number])].concat());
            bits.extend((0..columns * rows).map(|pixel| is_within(pixel % columns)));
        }
    }
    let packed = bits.chunks(8).map(|bits| bits.iter().rev().fold(0_u8, |byte, bit| byte << 1 | u8::from(*bit)));
    let orientation = element(0x20, 0x37, "DS", decimals(&phantom.cosines.concat()));
    let spacing = element(0x28, 0x30, "DS", decimals(&[phantom.spacing[1], phantom.spacing[0]]));
    let shared = [sequence(0x20, 0x9116, &[orientation]), sequence(0x28, 0x9110, &[spacing])].concat();
    let mut elements = own;
    elements.extend(words.map(|(number, value)| element(0x28, number, "US", value.to_le_bytes())));
    elements.extend([
        element(8, 0x16, "UI", SEGMENTATION),
        element(8, 0x18, "UI", format!("{SERIES}.{number}")),
        element(8, 0x60, "CS", "SEG"),
        element(0x10, 0x20, "LO", "Q-7"),
        element(0x20, 0x0d, "UI", STUDY),
        element(0x20, 0x0e, "UI", SERIES),
        element(0x20, 0x52, "UI", format!("{STUDY}.99")),
        element(0x28, 0x04, "CS", "MONOCHROME2"),
        element(0x28, 0x08, "IS", frames.len().to_string()),
        element(0x62, 0x01, "CS", "BINARY"),
        sequence(0x5200, 0x9229, &[shared]),
        sequence(0x5200, 0x9230, &frames),
        element(0x7fe0, 0x10, "OB", packed.collect::<Vec<u8>>()),
    ]);
    file(SEGMENTATION, &format!("{SERIES}.{number}"), elements)
}

/// A reference to segments of a Segmentation; to all when none is named.
pub fn segments(number: u32, segments: &[u16]) -> Vec<u8> {
    let named: Vec<u8> = segments.iter().flat_map(|segment| segment.to_le_bytes()).collect();
    let named = if named.is_empty() { Vec::new() } else { element(0x62, 0x0b, "US", named) };
    let instance = element(8, 0x1155, "UI", format!("{SERIES}.{number}"));
    sequence(8, 0x1140, &[[element(8, 0x1150, "UI", SEGMENTATION), instance, named].concat()])
}

/// What a planar state shows that crops so.
fn shown(server: &Server, phantom: &Phantom, number: u32, crop: Vec<Vec<u8>>) -> crate::client::Answer {
    let geometry = planar([-5.0, -19.0, 7.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]);
    let path = store(server, state(PLANAR, number, phantom, &window("80", "90"), [geometry, crop].concat()));
    server.get(&(path + "/renderedmpr"), "image/png")
}

/// Pictures of states that crop so, numbered from there.
fn pictures(server: &Server, phantom: &Phantom, first: u32) -> impl FnMut(Vec<Vec<u8>>) -> Vec<u8> {
    let mut numbers = first..;
    move |crop| {
        let shown = shown(server, phantom, numbers.next().expect("a number"), crop);
        assert_eq!(shown.status, 200, "{}", shown.text());
        shown.body
    }
}

/// Cropping to what is on one side of x = 0.
fn right() -> Vec<Vec<u8>> {
    cropping("OBLIQUE_PLANES", before([1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0]))
}

#[test]
fn what_is_within_segments_is_seen_or_what_is_beside_them() {
    let server = Server::start();
    let phantom = stored(&server);
    // The first column beyond x = 0 is the seventh.
    let columns: [fn(usize) -> bool; 2] = [|column| column < 6, |column| column >= 6];
    assert_eq!(server.post_files(&[segmentation(1, &phantom, &columns, 0.0, Vec::new())]).status, 200);
    let mut shown = pictures(&server, &phantom, 70);
    let (whole, half) = (shown(Vec::new()), shown(right()));
    assert_ne!(whole, half);
    assert_eq!(shown(cropping("INCLUDE_SEG", segments(1, &[1]))), half);
    assert_eq!(shown(cropping("EXCLUDE_SEG", segments(1, &[2]))), half);
    let other = shown(cropping("INCLUDE_SEG", segments(1, &[2])));
    assert!(other != half && other != whole);
    assert_eq!(shown(cropping("INCLUDE_SEG", segments(1, &[]))), whole);
    assert_eq!(shown(cropping("INCLUDE_SEG", segments(1, &[1, 2]))), whole);
    let nothing = shown(cropping("EXCLUDE_SEG", segments(1, &[])));
    assert_eq!(shown(cropping("INCLUDE_SEG", segments(1, &[7]))), nothing);
    let trail = actix_web::rt::System::new().block_on(server.archive.audit_trail(Default::default(), 1000));
    let rows = trail.expect("the trail").into_iter().filter(|row| row.detail.as_deref() == Some("renderedmpr"));
    assert!(rows.filter(|row| row.series_instance_uid.as_deref() == Some(SERIES)).count() >= 7);
}

#[test]
fn samples_take_the_nearest_plane_of_segments_that_are_not_on_the_slices() {
    let server = Server::start();
    let phantom = stored(&server);
    let columns: [fn(usize) -> bool; 2] = [|column| column < 6, |_| true];
    // Their first plane is nearer to the first slice than half of what is between planes, which they do not say.
    let between = segmentation(1, &phantom, &columns, 1.4, Vec::new());
    // Every other plane, by columns and rows of others.
    let coarse = Phantom { columns: 6, rows: 5, spacing: [4.0, 3.0], ..Phantom::axial(9, &[1.0, 7.0, 13.0]) };
    let coarse =
        Phantom { origins: coarse.origins.iter().map(|[x, y, z]| [x + 1.0, y + 0.75, *z]).collect(), ..coarse };
    let columns: [fn(usize) -> bool; 2] = [|column| column < 3, |_| true];
    assert_eq!(server.post_files(&[between, segmentation(2, &coarse, &columns, 0.0, Vec::new())]).status, 200);
    let mut shown = pictures(&server, &phantom, 90);
    let (whole, half) = (shown(Vec::new()), shown(right()));
    for segmentation in [1, 2] {
        assert_eq!(shown(cropping("INCLUDE_SEG", segments(segmentation, &[1]))), half, "{segmentation}");
        assert_eq!(shown(cropping("INCLUDE_SEG", segments(segmentation, &[2]))), whole, "{segmentation}");
    }
}

#[test]
fn segments_that_do_not_crop_are_refused_in_words() {
    let server = Server::start();
    let phantom = stored(&server);
    let all: [fn(usize) -> bool; 1] = [|_| true];
    let files = [
        segmentation(2, &phantom, &all, 0.0, vec![element(0x20, 0x52, "UI", "1.2.3.4")]),
        segmentation(3, &phantom, &all, 0.0, vec![element(0x62, 0x01, "CS", "FRACTIONAL")]),
    ];
    assert_eq!(server.post_files(&files).status, 200);
    for (number, words) in [(2, "Frame of Reference"), (3, "not binary"), (9, "not in its study")] {
        let refused = shown(&server, &phantom, 80 + number, cropping("INCLUDE_SEG", segments(number, &[])));
        assert_eq!(refused.status, 406, "{words}: {}", refused.text());
        assert!(refused.text().contains(words), "{words}: {}", refused.text());
    }
}

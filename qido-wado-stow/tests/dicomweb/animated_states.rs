//! Presentation Animation Module: each frame of states, or inputs, that are shown in turn is the picture that its view gives by
//! itself.

use crate::client::Answer;
use crate::phantom::{Phantom, STUDY};
use crate::png::Png;
use crate::renderings::{element, sequence};
use crate::segment_crops::segments;
use crate::server::Server;
use crate::states::{
    self, COMPOSITING, PLANAR, RENDERING, SERIES, classification, compositor, cropping, doubles, entries,
    from_the_front, images, input, planar, set, store, stored, stream, window, word,
};

const PARTS: &str = r#"multipart/related; type="image/png""#;

/// A state of phantoms, each shown in its way; the numbers of inputs are as given.
pub fn state(of: (&str, u32), inputs: &[(u16, &Phantom, Vec<Vec<u8>>)], own: Vec<Vec<u8>>) -> (Vec<u8>, String) {
    let sets = inputs.iter().enumerate().map(|(place, (_, phantom, _))| set(place, &images(phantom), Vec::new()));
    let inputs = inputs.iter().enumerate().map(|(place, (number, _, shown))| input(*number, place, shown.clone()));
    states::state(of, &sets.collect::<Vec<_>>(), &inputs.collect::<Vec<_>>(), own)
}

/// A place in a collection.
fn member(collection: &str, place: u16) -> Vec<Vec<u8>> {
    vec![style("PRESENTATION_SEQ"), element(0x70, 0x1102, "UI", collection), word(0x70, 0x1103, place)]
}

pub fn style(name: &str) -> Vec<u8> {
    element(0x70, 0x1a01, "CS", name)
}

/// The plane of 12 × 9 mm around (1, -14.5) at this height, from the feet.
pub fn at_height(z: f64) -> Vec<Vec<u8>> {
    planar([-5.0, -19.0, z], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
}

/// The same plane, or another, of one phantom through a window.
pub fn slice(server: &Server, phantom: &Phantom, (normal, up): (&str, &str), center: &str, window: &str) -> Answer {
    let query = format!("normal={normal}&up={up}&center={center}&spacing=1.5&size=8,6&window={window},linear");
    server.get(&format!("{}/slice?{query}", phantom.path()), "image/png")
}

pub fn frames(server: &Server, path: &str, resource: &str) -> Vec<Png> {
    let answer = server.get(&format!("{path}/{resource}"), PARTS);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.complete);
    answer.parts().iter().map(|(_, png)| Png::decoded(png)).collect()
}

pub fn assert_near(one: &Png, other: &Png, words: &str) {
    assert_eq!((one.width, one.height, one.channels), (other.width, other.height, other.channels), "{words}");
    let most = one.samples.iter().zip(&other.samples).map(|(one, other)| one.abs_diff(*other)).max();
    assert!(most.is_some_and(|most| most <= 1), "{words}: {most:?}");
}

pub fn refused(server: &Server, state: (Vec<u8>, String), resource: &str, words: &str) {
    let answer = server.get(&format!("{}/{resource}", store(server, state)), "*/*");
    assert_eq!(answer.status, 406, "{words}: {}", answer.text());
    assert!(answer.text().contains(words), "{words}: {}", answer.text());
}

/// Phases of a heart, say: each a Series of its own, the last one finer.
fn phases() -> [Phantom; 3] {
    let coarse =
        |series: u32| Phantom { more: 40.0 * f64::from(series), ..Phantom::axial(series, &[0.0, 4.0, 8.0, 12.0]) };
    let fine = Phantom { spacing: [1.0, 0.75], columns: 24, rows: 20, ..coarse(3) };
    [coarse(1), coarse(2), fine]
}

/// An input at a place of the sequence.
fn at(index: u16, window: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    [window, vec![word(0x70, 0x1203, index)]].concat()
}

#[test]
fn inputs_are_shown_one_after_the_other_from_one_place() {
    // There is room for one of them at a time only.
    let server = Server::start_with_room(Default::default(), 1 << 20);
    let phantoms = phases();
    assert_eq!(server.post_files(&phantoms.each_ref().map(Phantom::files).concat()).status, 200);
    let [first, second, third] = &phantoms;
    let animated = || [at_height(7.0), vec![style("INPUT_SEQ"), doubles(0x70, 0x1a03, &[2.5])]].concat();
    let inputs = [
        (1, third, at(7, window("160", "120"))),
        (1, first, at(2, window("80", "90"))),
        (1, second, at(5, window("120", "100"))),
    ];
    let path = store(&server, state((PLANAR, 1), &inputs, animated()));
    let shown = frames(&server, &path, "renderedmpr");
    assert_eq!(shown.len(), 3);
    let expected = [(first, "80,90"), (second, "120,100"), (third, "160,120")];
    for (number, (png, (phantom, window))) in shown.iter().zip(expected).enumerate() {
        let same = slice(&server, phantom, ("0,0,1", "0,-1,0"), "1,-14.5,7", window);
        assert_near(png, &Png::of(&same), &format!("frame {number}"));
    }
    let gif = server.get(&(path.clone() + "/renderedmpr"), "*/*");
    assert_eq!((gif.status, gif.content_type()), (200, "image/gif"));
    let controls: Vec<usize> = memchr::memmem::find_iter(&gif.body, b"\x21\xf9\x04").collect();
    assert_eq!(controls.len(), 3);
    // 2.5 frames a second.
    assert!(controls.iter().all(|at| gif.body[at + 4..at + 6] == [40, 0]));
    // What the request says goes before, and is of the first.
    let swivel = server.get(&(path.clone() + "/renderedmpr?swivelrange=40&animationstepsize=20"), PARTS);
    assert_eq!((swivel.status, swivel.parts().len()), (200, 2), "{}", swivel.text());
    let chosen = server.get(&(path + "/renderedmpr?AcquisitionNumber=1"), "*/*");
    assert_eq!(chosen.status, 400);
    assert!(chosen.text().contains("one after the other"), "{}", chosen.text());

    let alone = [(1, second, at(5, window("120", "100")))];
    let still = store(&server, state((PLANAR, 2), &alone, animated())) + "/renderedmpr";
    assert_eq!(server.get(&still, "*/*").content_type(), "image/jpeg");
    let together = [(1, first, at(5, window("80", "90"))), (2, second, at(5, window("120", "100")))];
    refused(&server, state((PLANAR, 3), &together, animated()), "renderedmpr", "composition");
    let placeless = [(1, first, at(5, window("80", "90"))), (1, second, window("120", "100"))];
    refused(&server, state((PLANAR, 4), &placeless, animated()), "renderedmpr", "Input Sequence Position Index");
}

/// Two inputs in grey, by halves.
fn composed() -> Vec<Vec<u8>> {
    let weights = compositor([[0, 0, 255, 128], [0, 255, 0, 127]]);
    let grey = [classification(1, None), classification(2, None)];
    vec![sequence(0x70, 0x1801, &grey), sequence(0x70, 0x1805, &[weights])]
}

#[test]
fn inputs_at_one_place_of_the_sequence_are_composed() {
    let server = Server::start();
    let phantoms = phases();
    assert_eq!(server.post_files(&phantoms.each_ref().map(Phantom::files).concat()).status, 200);
    let [first, second, third] = &phantoms;
    let own = || [at_height(7.0), composed()].concat();
    let still = |number: u32, other: &Phantom| {
        let inputs = [(1, first, window("80", "90")), (2, other, window("150", "120"))];
        let path = store(&server, state((COMPOSITING, number), &inputs, own()));
        Png::of(&server.get(&(path + "/renderedmpr"), "image/png"))
    };
    let stills = [still(1, second), still(2, third)];
    // Numbers tell inputs apart within a place of the sequence.
    let inputs = [
        (1, first, at(1, window("80", "90"))),
        (1, first, at(2, window("80", "90"))),
        (2, third, at(2, window("150", "120"))),
        (2, second, at(1, window("150", "120"))),
    ];
    let path = store(&server, state((COMPOSITING, 3), &inputs, [own(), vec![style("INPUT_SEQ")]].concat()));
    let shown = frames(&server, &path, "renderedmpr");
    assert_eq!(shown.len(), 2);
    assert_ne!(shown[0].samples, shown[1].samples);
    for (number, (png, still)) in shown.iter().zip(&stills).enumerate() {
        assert_near(png, still, &format!("frame {number}"));
    }
    let window = server.get(&(path + "/renderedmpr?window=1,2,linear"), "*/*");
    assert_eq!(window.status, 400, "{}", window.text());
}

#[test]
fn states_of_a_collection_are_shown_one_after_the_other() {
    let server = Server::start();
    let phantom = stored(&server);
    let inputs = [(1, &phantom, window("80", "90"))];
    let of_collection = |number: u32, collection: &str, place: u16, geometry: Vec<Vec<u8>>| {
        state((PLANAR, number), &inputs, [geometry, member(collection, place)].concat())
    };
    // As wide, and half as high.
    let low = || {
        let mut geometry = at_height(11.0);
        geometry.insert(0, doubles(0x70, 0x1512, &[4.5]));
        geometry
    };
    for (number, collection, place, geometry) in [
        (3, "1.2.840.1", 3, low()),
        (1, "1.2.840.1", 1, at_height(3.0)),
        (5, "1.2.840.2", 1, at_height(1.0)),
        (6, "1.2.840.2", 3, at_height(2.0)),
        (7, "1.2.840.3", 1, at_height(2.0)),
    ] {
        store(&server, of_collection(number, collection, place, geometry));
    }
    let path = store(&server, of_collection(2, "1.2.840.1", 2, at_height(7.0)));
    let shown = frames(&server, &path, "renderedmpr");
    assert_eq!(shown.len(), 3);
    for (png, center) in shown.iter().zip(["1,-14.5,3", "1,-14.5,7"]) {
        let same = slice(&server, &phantom, ("0,0,1", "0,-1,0"), center, "80,90");
        assert_near(png, &Png::of(&same), center);
    }
    let still = store(&server, state((PLANAR, 4), &inputs, low())) + "/renderedmpr";
    let still = Png::of(&server.get(&still, "image/png"));
    assert_eq!((still.width, still.height), (8, 3));
    // In the middle of black.
    let last = &shown[2];
    assert_eq!((last.width, last.height), (8, 6));
    let rows: Vec<&[u8]> = last.samples.chunks(8).collect();
    assert_eq!(rows[2..5].concat(), still.samples);
    assert!([rows[0], rows[1], rows[5]].concat().iter().all(|sample| *sample == 0));
    assert_eq!(server.get(&(path.clone() + "/renderedmpr"), "*/*").content_type(), "image/gif");
    // There is nothing of the last in the lowest rows of the first.
    let beside = server.get(&(path + "/renderedmpr?viewport=8,6,0,4,8,2"), "*/*");
    assert_eq!(beside.status, 400);
    assert!(beside.text().contains("region"), "{}", beside.text());

    let of = |number: u32| format!("/dicom-web/studies/{STUDY}/series/{SERIES}/instances/{SERIES}.{number}");
    for (number, words) in [(5, "presentation state 2 of its collection"), (7, "the only one of its collection")] {
        let answer = server.get(&(of(number) + "/renderedmpr"), "*/*");
        assert_eq!(answer.status, 406, "{words}: {}", answer.text());
        assert!(answer.text().contains(words), "{words}: {}", answer.text());
    }
}

#[test]
fn inputs_without_a_window_are_seen_through_that_of_the_first() {
    let server = Server::start();
    // A slice with a padding of its own makes numbers with a point of all: nothing but their range is a window then.
    let padding = vec![element(0x28, 0x120, "SS", (-32_000_i16).to_le_bytes())];
    let phantom = |series: u32, more: f64| {
        let mut phantom = Phantom { more, ..Phantom::axial(series, &[0.0, 3.0, 6.0, 9.0, 12.0, 15.0]) };
        phantom.own[0] = padding.clone();
        phantom
    };
    let (first, second) = (phantom(1, 0.0), phantom(2, 40.0));
    assert_eq!(server.post_files(&[first.files(), second.files()].concat()).status, 200);
    let ramp: Vec<u8> = (0..=255).collect();
    let falling: Vec<u8> = (0..=255).rev().collect();
    let tables = [(0x1101, 0x1201, &ramp), (0x1102, 0x1202, &falling), (0x1103, 0x1203, &ramp)];
    let mut colours = vec![element(0x70, 0x1802, "CS", "ONE_TO_RGBA"), element(0x28, 0x140f, "CS", "TABLE")];
    colours.extend(tables.map(|(descriptor, data, table)| entries(descriptor, data, table)));
    colours.push(element(0x28, 0x1410, "CS", "NONE"));
    let colours = sequence(0x70, 0x1a08, &[stream(0, &[colours.concat()])]);
    // From 23 to 139, the values of the first.
    let all = || [window("81", "116"), vec![element(0x28, 0x1056, "CS", "LINEAR_EXACT")]].concat();
    for (number, own) in [(1, Vec::new()), (4, vec![colours])] {
        let own = || [from_the_front("MAXIMUM_IP"), own.clone()].concat();
        let inputs = [(1, &first, at(1, Vec::new())), (1, &second, at(2, Vec::new()))];
        let animated = state((RENDERING, number), &inputs, [own(), vec![style("INPUT_SEQ")]].concat());
        let shown = frames(&server, &store(&server, animated), "rendered3d");
        assert_eq!(shown.len(), 2);
        assert_ne!(shown[0].samples, shown[1].samples);
        for (place, phantom) in [&first, &second].into_iter().enumerate() {
            let still = state((RENDERING, number + 1 + place as u32), &[(1, phantom, all())], own());
            let still = server.get(&(store(&server, still) + "/rendered3d"), "image/png");
            assert_near(&shown[place], &Png::of(&still), &format!("state {number}, frame {place}"));
        }
    }
}

#[test]
fn where_one_state_of_a_collection_has_colours_all_pictures_have() {
    let server = Server::start();
    let phantom = stored(&server);
    let inputs = [(1, &phantom, window("80", "90"))];
    let red = || vec![sequence(0x70, 0x1a08, &[stream(0, &[classification(1, Some(255))])])];
    let still = |number: u32, own: Vec<Vec<u8>>| {
        let own = [from_the_front("MAXIMUM_IP"), own].concat();
        let path = store(&server, state((RENDERING, number), &inputs, own));
        Png::of(&server.get(&(path + "/rendered3d"), "image/png"))
    };
    let (grey, coloured) = (still(1, Vec::new()), still(2, red()));
    assert_eq!((grey.channels, coloured.channels), (1, 3));
    let own = [from_the_front("MAXIMUM_IP"), red(), member("1.2.840.1", 2)].concat();
    store(&server, state((RENDERING, 3), &inputs, own));
    let own = [from_the_front("MAXIMUM_IP"), member("1.2.840.1", 1)].concat();
    let path = store(&server, state((RENDERING, 4), &inputs, own));
    let shown = frames(&server, &path, "rendered3d");
    assert_eq!(shown.len(), 2);
    assert_eq!(shown[0].channels, 3);
    assert_eq!(shown[0].samples, grey.samples.iter().flat_map(|level| [*level; 3]).collect::<Vec<_>>());
    assert_near(&shown[1], &coloured, "the coloured one");
    let gif = server.get(&(path + "/rendered3d"), "*/*");
    assert_eq!((gif.status, gif.content_type()), (200, "image/gif"));
    assert!(gif.complete);
    assert_eq!(memchr::memmem::find_iter(&gif.body, b"\x21\xf9\x04").count(), 2);
}

#[test]
fn what_a_later_frame_cannot_be_drawn_of_is_refused_before_the_first_is_sent() {
    let server = Server::start();
    let phantom = stored(&server);
    let inputs = [(1, &phantom, window("80", "90"))];
    let crop = cropping("INCLUDE_SEG", segments(7, &[1]));
    let colours = from_the_front("VOLUME_RENDERED");
    for (number, sop_class, resource, first, second, words) in [
        (1, PLANAR, "renderedmpr", at_height(3.0), [at_height(7.0), crop].concat(), "crops by segmentation"),
        (3, RENDERING, "rendered3d", from_the_front("MAXIMUM_IP"), colours, "preset"),
    ] {
        let collection = format!("1.2.840.{number}");
        let of = |number: u32, place: u16, own: Vec<Vec<u8>>| {
            state((sop_class, number), &inputs, [own, member(&collection, place)].concat())
        };
        store(&server, of(number + 1, 2, second));
        let path = format!("{}/{resource}", store(&server, of(number, 1, first)));
        for accept in ["*/*", PARTS] {
            let answer = server.get(&path, accept);
            assert_eq!(answer.status, 406, "{words}: {}", answer.text());
            assert!(answer.text().contains(words), "{words}: {}", answer.text());
        }
    }
}

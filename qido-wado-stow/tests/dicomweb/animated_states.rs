//! Presentation Animation Module: each frame of an animated state is the picture that the same view gives by itself.

use crate::client::Answer;
use crate::phantom::{Phantom, Point, STUDY, file};
use crate::png::Png;
use crate::renderings::{element, sequence};
use crate::server::Server;
use crate::states::{COMPOSITING, PLANAR, RENDERING, doubles, from_the_front, image, planar, store, stored, window};

const SERIES: &str = "1.2.826.0.1.3680043.10.1999.8.800";
const PARTS: &str = r#"multipart/related; type="image/png""#;

/// A state of phantoms, each shown in its way; the numbers of inputs are as given.
fn state(
    (sop_class, number): (&str, u32),
    inputs: &[(u16, &Phantom, Vec<Vec<u8>>)],
    own: Vec<Vec<u8>>,
) -> (Vec<u8>, String) {
    let uid = |place: usize| element(0x70, 0x1209, "UI", format!("1.2.3.{place}"));
    let set = |(place, (_, phantom, _)): (usize, &(u16, &Phantom, Vec<Vec<u8>>))| {
        let images: Vec<_> = (0..phantom.origins.len()).map(|slice| image(&phantom.instance(slice), "")).collect();
        [sequence(8, 0x1140, &images), element(0x70, 0x1202, "CS", "VOLUME"), uid(place)].concat()
    };
    let input = |(place, (number, _, shown)): (usize, &(u16, &Phantom, Vec<Vec<u8>>))| {
        [shown.concat(), element(0x70, 0x1207, "US", number.to_le_bytes()), uid(place)].concat()
    };
    let instance = format!("{SERIES}.{number}");
    let mut elements = own;
    elements.extend([
        element(8, 0x16, "UI", sop_class),
        element(8, 0x18, "UI", &instance),
        element(8, 0x60, "CS", "PR"),
        element(0x10, 0x20, "LO", "Q-7"),
        element(0x20, 0x0d, "UI", STUDY),
        element(0x20, 0x0e, "UI", SERIES),
        element(0x20, 0x52, "UI", format!("{STUDY}.99")),
        sequence(0x70, 0x1201, &inputs.iter().enumerate().map(input).collect::<Vec<_>>()),
        sequence(0x70, 0x120a, &inputs.iter().enumerate().map(set).collect::<Vec<_>>()),
    ]);
    let path = format!("/dicom-web/studies/{STUDY}/series/{SERIES}/instances/{instance}");
    (file(sop_class, &instance, elements), path)
}

fn style(name: &str) -> Vec<u8> {
    element(0x70, 0x1a01, "CS", name)
}

/// Animation Curve Sequence of curves, with directions that are up where there are any, and Animation Step Size.
fn curves(curves: &[(&[Point], &[Point])], step: f64) -> Vec<Vec<u8>> {
    let numbers = |points: &[Point]| points.concat().iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let item = |(points, up): &(&[Point], &[Point])| {
        let count = element(0x70, 0x150c, "UL", (points.len() as u32).to_le_bytes());
        let up = if up.is_empty() { Vec::new() } else { element(0x70, 0x1a07, "OD", numbers(up)) };
        [count, element(0x70, 0x150d, "OD", numbers(points)), up].concat()
    };
    vec![sequence(0x70, 0x1a04, &curves.iter().map(item).collect::<Vec<_>>()), doubles(0x70, 0x1a05, &[step])]
}

/// The plane of 12 × 9 mm around (1, -14.5) at this height, from the feet.
fn at_height(z: f64) -> Vec<Vec<u8>> {
    planar([-5.0, -19.0, z], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
}

/// The same plane, or another, of one phantom through a window.
fn slice(server: &Server, phantom: &Phantom, (normal, up): (&str, &str), center: &str, window: &str) -> Answer {
    let query = format!("normal={normal}&up={up}&center={center}&spacing=1.5&size=8,6&window={window},linear");
    server.get(&format!("{}/slice?{query}", phantom.path()), "image/png")
}

fn frames(server: &Server, path: &str, resource: &str) -> Vec<Png> {
    let answer = server.get(&format!("{path}/{resource}"), PARTS);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.complete);
    answer.parts().iter().map(|(_, png)| Png::decoded(png)).collect()
}

fn assert_near(one: &Png, other: &Png, words: &str) {
    assert_eq!((one.width, one.height, one.channels), (other.width, other.height, other.channels), "{words}");
    let most = one.samples.iter().zip(&other.samples).map(|(one, other)| one.abs_diff(*other)).max();
    assert!(most.is_some_and(|most| most <= 1), "{words}: {most:?}");
}

fn refused(server: &Server, state: (Vec<u8>, String), resource: &str, words: &str) {
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
    [window, vec![element(0x70, 0x1203, "US", index.to_le_bytes())]].concat()
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
    let classification = |input: u16| {
        [
            element(0x70, 0x1802, "CS", "ONE_TO_RGBA"),
            sequence(0x70, 0x1803, &[element(0x70, 0x1804, "US", input.to_le_bytes())]),
            element(0x28, 0x140f, "CS", "EQUAL_RGB"),
            element(0x28, 0x1410, "CS", "NONE"),
        ]
        .concat()
    };
    let weights = |entries: [u8; 4]| {
        let descriptor: Vec<u8> = [4_u16, 0, 8].iter().flat_map(|number| number.to_le_bytes()).collect();
        [element(0x28, 0x3002, "US", descriptor), element(0x28, 0x3006, "OW", entries)].concat()
    };
    let compositor = sequence(0x70, 0x1806, &[weights([0, 0, 255, 128]), weights([0, 255, 0, 127])]);
    vec![
        element(8, 0x9205, "CS", "TRUE_COLOR"),
        sequence(0x70, 0x1801, &[classification(1), classification(2)]),
        sequence(0x70, 0x1805, &[compositor]),
    ]
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
    let member = |number: u32, collection: &str, place: u16, geometry: Vec<Vec<u8>>| {
        let own = [
            style("PRESENTATION_SEQ"),
            element(0x70, 0x1102, "UI", collection),
            element(0x70, 0x1103, "US", place.to_le_bytes()),
        ];
        state((PLANAR, number), &inputs, [geometry, own.to_vec()].concat())
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
        store(&server, member(number, collection, place, geometry));
    }
    let path = store(&server, member(2, "1.2.840.1", 2, at_height(7.0)));
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
    assert_eq!(server.get(&(path + "/renderedmpr"), "*/*").content_type(), "image/gif");

    let of = |number: u32| format!("/dicom-web/studies/{STUDY}/series/{SERIES}/instances/{SERIES}.{number}");
    for (number, words) in [(5, "presentation state 2 of its collection"), (7, "the only one of its collection")] {
        let answer = server.get(&(of(number) + "/renderedmpr"), "*/*");
        assert_eq!(answer.status, 406, "{words}: {}", answer.text());
        assert!(answer.text().contains(words), "{words}: {}", answer.text());
    }
}

#[test]
fn a_plane_goes_along_a_curve_at_right_angles_to_it() {
    let server = Server::start();
    let phantom = stored(&server);
    let inputs = [(1, &phantom, window("80", "90"))];
    let animated = |number: u32, height: f64, points: &[Point], step: f64| {
        let own = [at_height(height), vec![style("CROSSCURVE")], curves(&[(points, &[])], step)].concat();
        state((PLANAR, number), &inputs, own)
    };
    let corner = [[1.0, -14.5, 3.0], [1.0, -14.5, 9.0], [1.0, -9.5, 9.0]];
    let (axial, upright) = (("0,0,1", "0,-1,0"), ("0,1,0", "0,0,1"));
    for (number, (state, expected)) in [
        // Up to the end of it, seen from where the state looks whichever way it goes.
        (
            animated(1, 3.0, &corner[..2], 2.0),
            vec![(axial, "1,-14.5,3"), (axial, "1,-14.5,5"), (axial, "1,-14.5,7"), (axial, "1,-14.5,9")],
        ),
        (animated(2, 9.0, &[corner[1], corner[0]], 4.0), vec![(axial, "1,-14.5,9"), (axial, "1,-14.5,5")]),
        // Around a corner what is up turns with it.
        (
            animated(3, 3.0, &corner, 3.0),
            vec![(axial, "1,-14.5,3"), (axial, "1,-14.5,6"), (axial, "1,-14.5,9"), (upright, "1,-11.5,9")],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let shown = frames(&server, &store(&server, state), "renderedmpr");
        assert_eq!(shown.len(), expected.len(), "{number}");
        for (png, (directions, center)) in shown.iter().zip(expected) {
            let same = slice(&server, &phantom, directions, center, "80,90");
            assert_near(png, &Png::of(&same), &format!("{number}: {center}"));
        }
    }
    // Another camera is not on its way.
    let path = store(&server, animated(4, 3.0, &corner, 3.0)) + "/renderedmpr?orientation=a";
    assert_eq!(server.get(&path, "*/*").content_type(), "image/jpeg");
    refused(&server, animated(5, 3.0, &corner, 0.01), "renderedmpr", "1101 frames");
    refused(&server, animated(6, 3.0, &[corner[0]; 2], 1.0), "renderedmpr", "no two points");
    let stepless = [at_height(3.0), vec![style("CROSSCURVE"), curves(&[(&corner, &[])], 1.0).remove(0)]].concat();
    refused(&server, state((PLANAR, 7), &inputs, stepless), "renderedmpr", "Animation Step Size");
    let flying = [at_height(3.0), vec![style("FLYTHROUGH")], curves(&[(&corner, &[])], 1.0)].concat();
    refused(&server, state((PLANAR, 8), &inputs, flying), "renderedmpr", "FLYTHROUGH moves a viewer");
    let crossing = [from_the_front("MAXIMUM_IP"), vec![style("CROSSCURVE")], curves(&[(&corner, &[])], 1.0)].concat();
    refused(&server, state((RENDERING, 9), &inputs, crossing), "rendered3d", "CROSSCURVE moves a plane");
    refused(
        &server,
        state((PLANAR, 10), &inputs, [at_height(3.0), vec![style("JUMP")]].concat()),
        "renderedmpr",
        "JUMP",
    );
}

#[test]
fn a_viewer_flies_along_a_curve() {
    let server = Server::start();
    let phantom = stored(&server);
    let inputs = [(1, &phantom, window("80", "900"))];
    // A field of view of 120 × 90 mm at a depth of 80 mm.
    let from = |position: Point, look_at: Point, up: Point| {
        vec![
            element(0x70, 0x1602, "CS", "PERSPECTIVE"),
            doubles(0x70, 0x1603, &position),
            doubles(0x70, 0x1604, &look_at),
            doubles(0x70, 0x1605, &up),
            doubles(0x70, 0x1606, &[-60.0, 60.0, 45.0, -45.0, 1.0, 80.0]),
            element(0x70, 0x120d, "CS", "MAXIMUM_IP"),
        ]
    };
    let head = [0.0, 0.0, 1.0];
    let before = |distance: f64| [1.0, -13.25 - distance, 7.5];
    let way = [before(40.5), before(16.5)];
    let still = |number: u32, own: Vec<Vec<u8>>| {
        // The field is seen in as many pixels from everywhere.
        let path = store(&server, state((RENDERING, number), &inputs, own)) + "/rendered3d?viewport=48,36";
        Png::of(&server.get(&path, "image/png"))
    };
    let flown = |number: u32, curves: Vec<Vec<u8>>| {
        let own = [from(way[0], [1.0, 20.0, 7.5], head), vec![style("FLYTHROUGH")], curves].concat();
        frames(&server, &store(&server, state((RENDERING, number), &inputs, own)), "rendered3d")
    };
    let ahead = flown(1, curves(&[(&way, &[])], 12.0));
    assert_eq!(ahead.len(), 3);
    for (frame, png) in ahead.iter().enumerate() {
        let position = before(40.5 - 12.0 * frame as f64);
        let same = still(frame as u32 + 2, from(position, [1.0, 20.0, 7.5], head));
        assert_near(png, &same, &format!("ahead, frame {frame}"));
    }
    assert!(ahead[0].samples != ahead[1].samples && ahead[1].samples != ahead[2].samples);

    // It looks at another curve, and leans meanwhile.
    let aside = [[1.0, 20.0, 7.5], [1.0, 20.0, 7.5 + 8.0]];
    let ups = [head, [0.0, 0.0, 1.0]];
    let looking = flown(10, curves(&[(&way, &ups), (&aside, &[])], 12.0));
    assert_eq!(looking.len(), 3);
    assert_near(&looking[0], &ahead[0], "looking, frame 0");
    assert_ne!(looking[2].samples, ahead[2].samples);
    let leaning = flown(11, curves(&[(&way, &[head, [1.0, 0.0, 0.0]])], 24.0));
    assert_eq!(leaning.len(), 2);
    let same = still(12, from(before(16.5), [1.0, 20.0, 7.5], [1.0, 0.0, 0.0]));
    assert_near(&leaning[1], &same, "leaning, frame 1");
    let uneven =
        [from(way[0], [1.0, 20.0, 7.5], head), vec![style("FLYTHROUGH")], curves(&[(&way, &[head])], 1.0)].concat();
    refused(&server, state((RENDERING, 13), &inputs, uneven), "rendered3d", "up direction for each point");
}

//! Slices of series of every kind: values of a linear phantom are right, what is no volume is refused in words.

use crate::phantom::{Phantom, Point, STUDY, field, values};
use crate::renderings::element;
use crate::server::{Server, basic};

/// Heights of a regular stack.
const REGULAR: [f64; 6] = [0.0, 3.0, 6.0, 9.0, 12.0, 15.0];
/// Half a step of stored values, and what the rounding of positions makes.
const NEAR: f64 = 0.52;

fn store(server: &Server, files: &[Vec<u8>]) {
    let answer = server.post_files(files);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Stores a phantom and gets a slice of it, whose values must be the field's wherever there are samples around.
fn slice_of(server: &Server, phantom: &Phantom, query: &str) -> Vec<(Point, f64)> {
    store(server, &phantom.files());
    right(server, phantom, &format!("{}/slice?{query}", phantom.path()), 0.0)
}

/// The values of a slice that are between samples of the phantom, all of which must be right.
fn right(server: &Server, phantom: &Phantom, path: &str, more: f64) -> Vec<(Point, f64)> {
    let join = if path.contains('?') { "&" } else { "?" };
    let answer = server.get(&format!("{path}{join}outside=nan"), "*/*");
    assert_eq!((answer.status, answer.content_type()), (200, "application/octet-stream"), "{}", answer.text());
    let all = values(&answer);
    let inside: Vec<_> = all.into_iter().filter(|(place, _)| phantom.is_between_samples(*place)).collect();
    assert!(!inside.is_empty(), "{path}");
    for (place, value) in &inside {
        assert!((field(*place) + more - value).abs() < NEAR, "{path} {place:?} {value}");
    }
    inside
}

fn tilted(series: u32, heights: &[f64]) -> Phantom {
    let mut phantom = Phantom::axial(series, heights);
    // The gantry leans by 20°: slices are stacked along z, not along their normal.
    let (sine, cosine) = 20_f64.to_radians().sin_cos();
    phantom.cosines[1] = [0.0, cosine, sine];
    phantom
}

#[test]
fn values_are_right_in_every_orientation_and_with_every_gap() {
    let server = Server::start();
    let oblique = "normal=1,2,3&up=0,1,1&spacing=0.7";
    let all = slice_of(&server, &Phantom::axial(1, &REGULAR), "orientation=a");
    assert!(all.len() > 100);
    slice_of(&server, &Phantom::axial(2, &[15.0, 12.0, 9.0, 6.0, 3.0, 0.0]), oblique);
    slice_of(&server, &Phantom::axial(3, &[0.0, 3.0, 6.0, 12.0, 15.0]), oblique);
    slice_of(&server, &Phantom::axial(4, &[0.0, 0.7, 6.0, 7.5, 13.0]), oblique);
    slice_of(&server, &tilted(5, &REGULAR), oblique);
    slice_of(&server, &tilted(6, &[0.0, 2.0, 7.0, 9.0]), "orientation=l&interpolation=cubic");
    let mut sagittal = Phantom::axial(7, &REGULAR);
    sagittal.cosines = [[0.0, 1.0, 0.0], [0.0, 0.0, -1.0]];
    sagittal.origins = (0..6).map(|slice| [f64::from(slice) * 2.5, -20.0, 30.0]).collect();
    slice_of(&server, &sagittal, oblique);
    let mut coronal = Phantom::axial(9, &REGULAR);
    coronal.cosines = [[1.0, 0.0, 0.0], [0.0, 0.0, -1.0]];
    coronal.origins = (0..6).map(|slice| [-10.0, f64::from(slice) * 2.5, 30.0]).collect();
    slice_of(&server, &coronal, oblique);
    slice_of(&server, &coronal, "orientation=f&interpolation=cubic");
    // The same places twice, as a sender that sends anew under other UIDs makes them: one of each is taken.
    let twice = Phantom::axial(10, &[0.0, 3.0, 6.0, 9.0]);
    store(&server, &Phantom { first: 11, ..twice.clone() }.files());
    slice_of(&server, &twice, oblique);
    let mut double = Phantom::axial(8, &REGULAR);
    double.cosines = [[0.8, 0.6, 0.0], [-0.36, 0.48, 0.8]];
    double.origins = (0..6).map(|slice| [0.48, -0.64, 0.6].map(|x| f64::from(slice) * 2.0 * x)).collect();
    slice_of(&server, &double, oblique);
    // On both sides of the middle there is as much.
    slice_of(&server, &double, "normal=1,2,3&slab=2&method=average&size=3,3&spacing=1");
}

#[test]
fn a_plane_lies_where_it_was_asked_for() {
    let server = Server::start();
    let phantom = Phantom::axial(1, &REGULAR);
    store(&server, &phantom.files());
    let query = "normal=0,0,1&up=0,-1,0&center=0,-14,7&spacing=1,2&size=4,3";
    let answer = server.get(&format!("{}/slice?{query}", phantom.path()), "application/octet-stream");
    let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
    assert_eq!([header("x-rows"), header("x-columns"), header("x-pixel-spacing")], ["3", "4", "2,1"]);
    assert_eq!(header("x-image-position-patient"), "-1.5,-16,7");
    assert_eq!(header("x-image-orientation-patient"), "1,0,0,0,1,0");
    assert_eq!(header("x-frame-of-reference-uid"), format!("{STUDY}.99"));
    assert!((values(&answer)[0].1 - field([-1.5, -16.0, 7.0])).abs() < NEAR);
    let moved = server.get(&format!("{}/slice?{query}&offset=2.5&samples=i16", phantom.path()), "*/*");
    assert_eq!(moved.header("x-image-position-patient"), Some("-1.5,-16,9.5"));
    assert!((values(&moved)[5].1 - field(values(&moved)[5].0)).abs() < NEAR);
    let png = server.get(&format!("{}/slice?{query}&samples=u16", phantom.path()), "image/png");
    assert_eq!((png.content_type(), png.body[24]), ("image/png", 16));
    let jpeg = server.get(&format!("{}/slice?{query}&window=40,80,linear", phantom.path()), "image/jpeg");
    assert_eq!((jpeg.status, jpeg.content_type()), (200, "image/jpeg"));
}

#[test]
fn what_is_outside_has_the_least_value_unless_another_is_asked_for() {
    let server = Server::start();
    let phantom = Phantom::axial(1, &REGULAR);
    store(&server, &phantom.files());
    let corner = |query: &str| {
        let path = format!("{}/slice?orientation=f&size=100,100&spacing=1{query}", phantom.path());
        values(&server.get(&path, "*/*"))[0].1
    };
    let least = field([-10.0, -6.5, 0.0]);
    assert!((corner("") - least).abs() < NEAR);
    assert_eq!(corner("&outside=-2000"), -2000.0);
    assert!((corner("&samples=i16") - least).abs() < NEAR);
}

#[test]
fn projections_hold_the_most_the_least_or_the_average() {
    let server = Server::start();
    let phantom = Phantom::axial(1, &REGULAR);
    store(&server, &phantom.files());
    for (method, height) in [("maximum", 15.0), ("minimum", 0.0), ("average", 7.5)] {
        let path = format!("{}/projection?orientation=f&method={method}&center=0,-14,0&size=3,3", phantom.path());
        for ([x, y, _], value) in values(&server.get(&path, "*/*")) {
            assert!((field([x, y, height]) - value).abs() < NEAR, "{method} {value}");
        }
    }
}

#[test]
fn of_two_phases_the_first_is_taken_and_the_other_can_be_had() {
    let server = Server::start();
    let mut first = Phantom::axial(1, &REGULAR);
    first.own = vec![vec![element(0x20, 0x100, "IS", "1"), element(0x20, 0x12, "IS", "7")]; 6];
    let mut second = Phantom { more: 500.0, first: 101, ..first.clone() };
    second.own = vec![vec![element(0x20, 0x100, "IS", "2"), element(0x20, 0x12, "IS", "7")]; 6];
    // The second phase has the smaller Instance Numbers.
    std::mem::swap(&mut first.first, &mut second.first);
    store(&server, &[first.files(), second.files()].concat());
    let path = |query: &str| format!("{}/slice?orientation=a{query}", first.path());
    right(&server, &first, &path(""), 0.0);
    right(&server, &first, &path(&format!("&volumeinputreference={}", second.instance(3))), 500.0);
    right(&server, &first, &path("&match=TemporalPositionIdentifier=2"), 500.0);
    right(&server, &first, &path("&TemporalPositionIdentifier=2-5"), 500.0);
    let three = [0, 1, 3].map(|slice| second.instance(slice)).join(",");
    let of_three = values(&server.get(&path(&format!("&outside=nan&volumeinputreference={three}")), "*/*"));
    assert!(of_three.iter().all(|(place, value)| value.is_nan() || place[2] < 12.1));
    for (query, words) in [
        ("&TemporalPositionIdentifier=9", "no slice has"),
        ("&volumeinputreference=1.2.3", "1.2.3"),
        ("&volumeinputreference=4", "names a frame"),
    ] {
        let refused = server.get(&path(query), "*/*");
        assert_eq!(refused.status, 400, "{query}");
        assert!(refused.text().contains(words), "{}", refused.text());
    }
}

#[test]
fn the_surface_along_a_curve_is_rolled_out() {
    let server = Server::start();
    let phantom = Phantom::axial(1, &REGULAR);
    store(&server, &phantom.files());
    let path = format!("{}/curve?points=-6,-18,7,2,-18,7,2,-12,7&spacing=1&height=5", phantom.path());
    let answer = server.get(&path, "*/*");
    let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
    assert_eq!([header("x-rows"), header("x-columns"), header("x-pixel-spacing")], ["5", "15", "1,1"]);
    let values: Vec<f32> = answer.body.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    for (index, value) in values.iter().enumerate() {
        let (column, row) = ((index % 15) as f64, (index / 15) as f64);
        let place = [-6.0 + column.min(8.0), -18.0 + (column - 8.0).max(0.0), 9.0 - row];
        assert!((f64::from(*value) - field(place)).abs() < NEAR, "{place:?} {value}");
    }
    assert_eq!(server.get(&path, "image/png").content_type(), "image/png");
    assert_eq!(server.get(&(path.clone() + "&samples=u16"), "image/png").body[24], 16);
    assert_eq!(server.get(&path, "application/dicom").status, 406);
    for (query, name) in [
        ("", "points"),
        ("points=1,2,3", "points"),
        ("points=1,2,3,1,2,3", "points"),
        ("points=1,2,3,1,2,9&up=0,0,1", "up"),
        ("points=1,2,3,4,5,6&height=0", "height"),
        ("points=1,2,3,4,5,6&spacing=0.0001", "points"),
    ] {
        let refused = server.get(&format!("{}/curve?{query}", phantom.path()), "*/*");
        assert_eq!(refused.status, 400, "{query}");
        assert!(refused.text().contains(name), "{query}: {}", refused.text());
    }
}

#[test]
fn frames_of_an_enhanced_instance_are_a_volume() {
    let server = Server::start();
    let phantom = Phantom::axial(1, &[6.0, 3.0, 0.0, 9.0]);
    store(&server, &[phantom.enhanced(&[])]);
    right(&server, &phantom, &format!("{}/slice?orientation=l", phantom.path()), 0.0);
    let instance = format!("{}/instances/{}", phantom.path(), phantom.instance(0));
    right(&server, &phantom, &format!("{instance}/slice?orientation=a"), 0.0);
    let two = format!("{instance}/slice?orientation=a&volumeinputreference=1,2&outside=nan");
    let two = values(&server.get(&two, "*/*"));
    assert!(two.iter().all(|(place, value)| value.is_nan() || (1.4..7.6).contains(&place[2])));
    // The same places in two stacks: the first one is taken.
    let mut stacks = Phantom::axial(2, &[0.0, 3.0, 0.0, 3.0]);
    stacks.origins[2..].iter_mut().for_each(|origin| origin[0] += 40.0);
    store(&server, &[stacks.enhanced(&["A", "A", "B", "B"])]);
    let of = |query: &str| {
        let answer = server.get(&format!("{}/slice?orientation=f{query}", stacks.path()), "*/*");
        values(&answer)[0].0[0]
    };
    assert!(of("") < 0.0);
    assert!(of("&volumeinputreference=3") > 20.0);
}

#[test]
fn what_is_no_volume_is_refused_in_words() {
    let server = Server::start();
    let refused = |phantom: &Phantom, words: &str| {
        store(&server, &phantom.files());
        let answer = server.get(&(phantom.path() + "/slice"), "*/*");
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert!(answer.text().contains(words), "{}", answer.text());
    };
    let mut turned = Phantom::axial(1, &REGULAR).files();
    let lean = 4.2_f64.to_radians();
    let mut other = Phantom::axial(1, &REGULAR[3..]);
    (other.first, other.cosines[1]) = (4, [0.0, lean.cos(), lean.sin()]);
    turned.splice(3.., other.files());
    store(&server, &turned);
    let answer = server.get(&(other.path() + "/slice"), "*/*");
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("slices 3 and 4 differ in orientation by 4.2°"), "{}", answer.text());

    refused(&Phantom::axial(2, &[0.0]), "one slice only");
    let mut smaller = Phantom::axial(3, &[0.0, 3.0]);
    store(&server, &smaller.files());
    (smaller.first, smaller.columns) = (3, 11);
    smaller.origins = vec![[-10.0, -20.0, 6.0], [-10.0, -20.0, 9.0]];
    refused(&smaller, "slices 2 and 3 differ in size: 12 × 10 and 11 × 10");
    let mut spaced = Phantom::axial(4, &[0.0, 3.0]);
    store(&server, &spaced.files());
    (spaced.first, spaced.spacing, spaced.origins) = (3, [2.0, 1.6], vec![[-10.0, -20.0, 6.0]]);
    refused(&spaced, "pixel spacing");
    let plain = crate::object::Object::new(5, 1, 1);
    server.store(&[&plain]);
    let answer = server.get(&(plain.series_path() + "/renderedmpr"), "*/*");
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("Image Position (Patient)"), "{}", answer.text());
}

#[test]
fn a_named_slice_chooses_its_stack_of_several_orientations() {
    let server = Server::start();
    let level = Phantom::axial(1, &REGULAR);
    let lean = 12_f64.to_radians();
    let mut leaning = Phantom { first: 7, ..Phantom::axial(1, &REGULAR[..4]) };
    leaning.cosines[1] = [0.0, lean.cos(), lean.sin()];
    leaning.origins = (0..4)
        .map(|slice| [-10.0, -20.0 - 3.0 * f64::from(slice) * lean.sin(), 40.0 + 3.0 * f64::from(slice) * lean.cos()])
        .collect();
    let mut alone = Phantom { first: 20, ..Phantom::axial(1, &[90.0]) };
    alone.cosines = [[0.0, 1.0, 0.0], [0.0, 0.0, -1.0]];
    store(&server, &[level.files(), leaning.files(), alone.files()].concat());
    let refused = server.get(&(level.path() + "/slice"), "*/*");
    assert_eq!(refused.status, 422, "{}", refused.text());
    let (one, two) = (level.instance(0), leaning.instance(0));
    let words = format!("{one} for the stack of 6, {two} for the stack of 4");
    assert!(refused.text().contains(&words) && refused.text().contains("differ in orientation"), "{}", refused.text());
    let path = format!("{}/slice?normal=1,2,3&up=0,1,1&volumeinputreference=", level.path());
    for (phantom, slice) in [(&level, 0), (&level, 5), (&leaning, 0), (&leaning, 2)] {
        right(&server, phantom, &format!("{path}{}", phantom.instance(slice)), 0.0);
    }
    let refused = server.get(&format!("{path}{}", alone.instance(0)), "*/*");
    assert!(refused.status == 422 && refused.text().contains("one slice only"), "{}", refused.text());
}

#[test]
fn localizers_are_left_out() {
    let server = Server::start();
    let phantom = Phantom::axial(1, &REGULAR);
    let mut localizer = Phantom::axial(1, &[0.0]);
    (localizer.first, localizer.columns) = (50, 8);
    localizer.cosines = [[0.0, 1.0, 0.0], [0.0, 0.0, -1.0]];
    let mut files = localizer.files();
    let place = memchr::memmem::find(&files[0], b"PRIMARY\\AXIAL").expect("an image type");
    // Of the same length.
    files[0][place..place + 13].copy_from_slice(b"P\\LOCALIZER  ");
    files.extend(phantom.files());
    store(&server, &files);
    right(&server, &phantom, &format!("{}/slice?orientation=a", phantom.path()), 0.0);
}

#[test]
fn a_damaged_frame_of_reference_is_left_out_of_the_headers() {
    let server = Server::start();
    let mut files = Phantom::axial(1, &REGULAR).files();
    let uid = format!("{STUDY}.99");
    for file in &mut files {
        let place = memchr::memmem::find(file, uid.as_bytes()).expect("a Frame of Reference UID");
        file[place + 3] = 7;
    }
    store(&server, &files);
    let answer = server.get(&(Phantom::axial(1, &REGULAR).path() + "/slice"), "*/*");
    assert_eq!((answer.status, answer.header("x-frame-of-reference-uid")), (200, None), "{}", answer.text());
}

#[test]
fn a_new_slice_makes_another_volume() {
    let server = Server::start();
    let phantom = Phantom::axial(1, &REGULAR[..4]);
    store(&server, &phantom.files());
    let rows = || {
        let answer = server.get(&format!("{}/slice?orientation=a&outside=nan", phantom.path()), "*/*");
        let inside = values(&answer).into_iter().filter(|(_, value)| !value.is_nan()).count();
        (inside, answer.header("etag").map(str::to_owned))
    };
    let before = rows();
    assert_eq!(rows(), before);
    let more = Phantom { first: 5, ..Phantom::axial(1, &REGULAR[4..]) };
    store(&server, &more.files());
    let after = rows();
    assert!(after.0 > before.0 && after.1 != before.1);
}

#[test]
fn volumes_are_identified_data() {
    let server = Server::start();
    let phantom = Phantom::axial(1, &REGULAR);
    store(&server, &phantom.files());
    let rita = basic("rita");
    for resource in ["slice", "projection", "reformat", "segmentation", "renderedmpr", "rendered3d"] {
        let path = format!("{}/{resource}", phantom.path());
        let headers = [("Authorization", rita.as_str())];
        assert_eq!(crate::client::send(server.address, "GET", &path, &headers, b"").status, 403, "{resource}");
        assert_eq!(crate::client::send(server.address, "GET", &path, &[], b"").status, 401, "{resource}");
        let none = server.get(&path.replace(".8.1/", ".8.77/"), "*/*");
        assert_eq!(none.status, 404, "{resource}");
    }
}

#[test]
fn a_volume_larger_than_the_room_for_all_is_refused() {
    let server = Server::start_with_room(Default::default(), 4 << 20);
    let mut phantom = Phantom::axial(1, &REGULAR);
    (phantom.columns, phantom.rows) = (700, 600);
    store(&server, &phantom.files());
    let answer = server.get(&(phantom.path() + "/slice"), "*/*");
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert!(answer.text().contains("5 MiB and there is room for 4 MiB"), "{}", answer.text());
}

#[test]
fn volumes_take_turns_in_the_room_that_there_is() {
    let server = Server::start_with_room(Default::default(), 2 << 20);
    let phantoms = [1, 2, 3].map(|series| Phantom { more: f64::from(series), ..Phantom::axial(series, &REGULAR) });
    phantoms.iter().for_each(|phantom| store(&server, &phantom.files()));
    for phantom in phantoms.iter().chain(&phantoms) {
        right(&server, phantom, &format!("{}/slice?orientation=r", phantom.path()), phantom.more);
    }
}

#[test]
fn requests_for_more_volumes_than_there_is_room_for_wait_for_each_other() {
    let server = Server::start_with_room(Default::default(), 1 << 20);
    let phantoms = [1, 2, 3, 4].map(|series| Phantom::axial(series, &REGULAR));
    phantoms.iter().for_each(|phantom| store(&server, &phantom.files()));
    let (address, clara) = (server.address, basic("clara"));
    std::thread::scope(|scope| {
        for phantom in &phantoms {
            let path = format!("{}/renderedmpr?orientation=r", phantom.path());
            let headers = [("Authorization", clara.as_str())];
            let statuses = move || [(); 3].map(|()| crate::client::send(address, "GET", &path, &headers, b"").status);
            scope.spawn(move || assert_eq!(statuses(), [200; 3]));
        }
    });
}

//! Volumetric Presentation States: volumes are seen as they say, and what they ask that is not drawn is refused in words.

use crate::phantom::{Phantom, Point, STUDY};
use crate::png::Png;
use crate::renderings::{element, sequence};
use crate::server::Server;
use crate::states::{
    self, COMPOSITING, PLANAR, RENDERING, SERIES, before, cropping, doubles, entries, from_the_front, image, images,
    input, planar, set, store, stored, window,
};

/// A state for a phantom, with these elements before what every state has; `of_input` says how the input is shown.
pub fn state(
    sop_class: &str,
    number: u32,
    phantom: &Phantom,
    of_input: &[Vec<u8>],
    own: Vec<Vec<u8>>,
) -> (Vec<u8>, String) {
    state_of(sop_class, number, &images(phantom), of_input, own)
}

/// The same for these images.
fn state_of(
    sop_class: &str,
    number: u32,
    images: &[Vec<u8>],
    of_input: &[Vec<u8>],
    own: Vec<Vec<u8>>,
) -> (Vec<u8>, String) {
    states::state((sop_class, number), &[set(0, images, Vec::new())], &[input(1, 0, of_input.to_vec())], own)
}

#[test]
fn a_planar_state_shows_its_plane_through_its_window() {
    let server = Server::start();
    let phantom = stored(&server);
    let geometry = || planar([-5.0, -19.0, 7.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]);
    let path = store(&server, state(PLANAR, 1, &phantom, &window("80", "90"), geometry()));
    let shown = server.get(&(path.clone() + "/renderedmpr"), "image/png");
    assert_eq!(shown.status, 200, "{}", shown.text());
    // Pixels of 1.5 mm, the first half a pixel from the corner.
    let query = "normal=0,0,1&up=0,-1,0&center=1,-14.5,7&spacing=1.5&size=8,6&window=80,90,linear";
    let same = server.get(&format!("{}/slice?{query}", phantom.path()), "image/png");
    assert_eq!(shown.body, same.body);
    // The state and the images that were shown.
    let trail = actix_web::rt::System::new().block_on(server.archive.audit_trail(Default::default(), 100));
    let rows = trail.expect("the trail").into_iter().filter(|row| row.detail.as_deref() == Some("renderedmpr"));
    let mut seen: Vec<_> = rows.map(|row| (row.series_instance_uid, row.outcome)).collect();
    seen.sort();
    let row = |series: &str| (Some(series.to_owned()), "success".to_owned());
    assert_eq!(seen, [row(&phantom.series), row(SERIES)]);

    let mut inverse = geometry();
    inverse.push(element(0x70, 0x1502, "CS", "SLAB"));
    inverse.retain(|element| !element.windows(4).any(|bytes| bytes == b"THIN" || bytes == b"IDEN"));
    inverse.extend([
        element(0x2050, 0x20, "CS", "INVERSE"),
        doubles(0x70, 0x1503, &[6.0]),
        element(0x70, 0x120d, "CS", "MAXIMUM_IP"),
    ]);
    let path = store(&server, state(PLANAR, 2, &phantom, &window("80", "90"), inverse));
    // Nothing but the images tells how they were drawn (PS3.18 §8.3.5.3.13).
    let module = server.get(&(path.clone() + "/renderedmpr?renderedvolumetricmetadata=yes"), "*/*");
    assert_eq!(module.status, 400);
    let thick = server.get(&(path.clone() + "/renderedmpr"), "image/png");
    assert_ne!(thick.body, same.body);
    let slab = "normal=0,0,1&up=0,-1,0&center=1,-14.5,7&spacing=1.5&size=8,6&window=80,90,linear&slab=6&method=maximum";
    let upright = Png::of(&server.get(&format!("{}/slice?{slab}", phantom.path()), "image/png"));
    let inverted: Vec<u8> = upright.samples.iter().map(|sample| 255 - sample).collect();
    assert_eq!(Png::of(&thick).samples, inverted);
    // What the request says holds before the state.
    let own = server.get(&(path.clone() + "/renderedmpr?orientation=f"), "image/png");
    assert_eq!(own.status, 200);
    assert_ne!(own.body, thick.body);
    let tag = thick.header("etag").expect("a tag");
    let again =
        server.send("GET", &(path.clone() + "/renderedmpr"), &[("Accept", "image/png"), ("If-None-Match", tag)], b"");
    assert_eq!(again.status, 304);
    assert_eq!(server.get(&(path + "/rendered3d"), "*/*").status, 406);
}

#[test]
fn a_rendering_state_shows_its_field_from_its_viewpoint() {
    let server = Server::start();
    let phantom = stored(&server);
    let geometry = |method: &str, far: f64| {
        vec![
            element(0x70, 0x1602, "CS", "ORTHOGRAPHIC"),
            doubles(0x70, 0x1603, &[1.0, -113.25, 7.5]),
            doubles(0x70, 0x1604, &[1.0, -13.25, 7.5]),
            doubles(0x70, 0x1605, &[0.0, 0.0, 1.0]),
            doubles(0x70, 0x1606, &[-6.0, 6.0, 4.5, -4.5, 1.0, far]),
            element(0x70, 0x120d, "CS", method),
        ]
    };
    let maximum = state(RENDERING, 1, &phantom, &window("80", "90"), geometry("MAXIMUM_IP", 500.0));
    let path = store(&server, maximum);
    let shown = server.get(&(path.clone() + "/rendered3d"), "image/png");
    assert_eq!(shown.status, 200, "{}", shown.text());
    let query = "orientation=a&center=1,-13.25,7.5&spacing=1.5&size=8,6&window=80,90,linear";
    let same = server.get(&format!("{}/projection?{query}", phantom.path()), "image/png");
    assert_eq!(shown.body, same.body);

    // Values fall along the line of sight: the least is that of the last place that is seen, in whole steps.
    let cut = store(&server, state(RENDERING, 2, &phantom, &window("80", "90"), geometry("MINIMUM_IP", 100.0)));
    let cut = Png::of(&server.get(&(cut + "/rendered3d"), "image/png"));
    let query = "orientation=a&center=1,-14.25,7.5&spacing=1.5&size=8,6&window=80,90,linear";
    let last = Png::of(&server.get(&format!("{}/slice?{query}", phantom.path()), "image/png"));
    assert!(cut.samples.iter().zip(&last.samples).all(|(one, other)| one.abs_diff(*other) <= 1), "{:?}", cut.samples);
    let colours = store(&server, state(RENDERING, 3, &phantom, &[], geometry("VOLUME_RENDERED", 500.0)));
    let refused = server.get(&(colours.clone() + "/rendered3d"), "*/*");
    assert_eq!(refused.status, 406);
    assert!(refused.text().contains("preset"), "{}", refused.text());
    assert_eq!(server.get(&(colours + "/rendered3d?preset=ct-bone"), "*/*").status, 200);
    let swivel = |far: f64| {
        let motion = [
            element(0x70, 0x1a01, "CS", "SWIVEL"),
            doubles(0x70, 0x1a03, &[20.0]),
            doubles(0x70, 0x1a05, &[20.0]),
            doubles(0x70, 0x1a06, &[60.0]),
        ];
        [geometry("MINIMUM_IP", far), motion.to_vec()].concat()
    };
    let path = store(&server, state(RENDERING, 4, &phantom, &[], swivel(500.0)));
    let parts = server.get(&(path.clone() + "/rendered3d"), r#"multipart/related; type="image/png""#).parts();
    assert_eq!(parts.len(), 3);
    assert_eq!(server.get(&(path + "/rendered3d"), "*/*").content_type(), "image/gif");
    // The still is its middle, and the others show as much.
    let still = store(&server, state(RENDERING, 5, &phantom, &[], geometry("MINIMUM_IP", 108.5)));
    let still = server.get(&(still + "/rendered3d"), "image/png");
    assert_eq!(still.status, 200, "{}", still.text());
    assert_eq!(parts[1].1, still.body);
    let size = |png: &[u8]| png[16..24].to_vec();
    for (_, other) in [&parts[0], &parts[2]] {
        assert_eq!(size(other), size(&still.body));
        assert_ne!(*other, still.body);
    }
    // Turned, a corner of the volume is farther than the still shows.
    let cut = store(&server, state(RENDERING, 6, &phantom, &[], swivel(108.5)));
    let cut = server.get(&(cut + "/rendered3d"), r#"multipart/related; type="image/png""#).parts();
    assert!(cut.len() == 3 && cut[0].1 != parts[0].1 && cut[2].1 != parts[2].1);
}

#[test]
fn what_a_state_crops_is_not_seen() {
    let server = Server::start();
    let phantom = stored(&server);
    let mut number = 30;
    let mut mpr = |corner: Point, crop: Vec<Vec<u8>>| {
        number += 1;
        let own = [planar(corner, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]), crop].concat();
        let path = store(&server, state(PLANAR, number, &phantom, &window("80", "90"), own));
        let shown = server.get(&(path + "/renderedmpr"), "image/png");
        assert_eq!(shown.status, 200, "{}", shown.text());
        shown.body
    };
    let corner = [-5.0, -19.0, 7.0];
    let (whole, black) = (mpr(corner, Vec::new()), mpr([-5.0, -19.0, 90.0], Vec::new()));
    assert_ne!(whole, black);
    let boxed = |ends: [f64; 6]| cropping("BOUNDING_BOX", doubles(0x70, 0x1303, &ends));
    assert_eq!(mpr(corner, boxed([30.0, 0.0, 20.0, -30.0, -30.0, 0.0])), whole);
    assert_eq!(mpr(corner, boxed([-30.0, -30.0, 11.0, 30.0, 0.0, 20.0])), black);
    let half = mpr(corner, boxed([-30.0, -30.0, 0.0, 0.0, 0.0, 20.0]));
    assert!(half != whole && half != black);
    // The same by a plane whose equation looks the other way.
    let plane = cropping("OBLIQUE_PLANES", before([-2.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0]));
    assert_eq!(mpr(corner, plane), half);
    let none = cropping("OBLIQUE_PLANES", before([0.0, 0.0, 1.0, -50.0], [0.0, 0.0, -1.0]));
    assert_eq!(mpr(corner, none), black);

    // Slices up to 6 mm, by a box and by themselves.
    let own = [from_the_front("MINIMUM_IP"), boxed([-30.0, -30.0, -1.0, 30.0, 0.0, 6.0])].concat();
    let cut = store(&server, state(RENDERING, 50, &phantom, &window("80", "90"), own));
    let three: Vec<Vec<u8>> = (0..3).map(|slice| image(&phantom.instance(slice), "")).collect();
    let alone = state_of(RENDERING, 51, &three, &window("80", "90"), from_the_front("MINIMUM_IP"));
    let alone = store(&server, alone);
    let [cut, alone] = [cut, alone].map(|path| server.get(&(path + "/rendered3d"), "image/png"));
    assert_eq!((cut.status, alone.status), (200, 200), "{} {}", cut.text(), alone.text());
    assert_eq!(cut.body, alone.body);
}

#[test]
fn a_state_is_rendered_in_its_own_colours() {
    let server = Server::start();
    let phantom = stored(&server);
    let ramp: Vec<u8> = (0..=255).collect();
    let colours = [(0x1101, 0x1201), (0x1102, 0x1202), (0x1103, 0x1203)];
    let palette = colours.map(|(descriptor, data)| entries(descriptor, data, &ramp)).concat();
    let mut number = 60;
    let mut shown = |center: &str, (rgb, palette): (&str, &[u8]), (alpha, opacity): (&str, Option<u8>)| {
        number += 1;
        let opacity = opacity.map(|entry| entries(0x1104, 0x1204, &[entry; 256])).unwrap_or_default();
        let transfer =
            [element(0x28, 0x140f, "CS", rgb), palette.to_vec(), opacity, element(0x28, 0x1410, "CS", alpha)].concat();
        let component = [element(0x70, 0x1802, "CS", "ONE_TO_RGBA"), transfer].concat();
        let mut own = from_the_front("VOLUME_RENDERED");
        own.push(sequence(0x70, 0x1a08, &[sequence(0x70, 0x1801, &[component])]));
        let path = store(&server, state(RENDERING, number, &phantom, &window(center, "90"), own));
        let shown = server.get(&(path + "/rendered3d"), "image/png");
        assert_eq!(shown.status, 200, "{}", shown.text());
        shown.body
    };
    let grey = ("EQUAL_RGB", &[][..]);
    let opaque = shown("80", grey, ("NONE", None));
    assert_eq!(shown("80", ("TABLE", &palette), ("TABLE", Some(255))), opaque);
    let black = shown("9000", grey, ("NONE", None));
    assert_eq!(shown("80", grey, ("TABLE", Some(0))), black);
    let seen_through = shown("80", grey, ("IDENTITY", None));
    assert!(opaque != black && seen_through != black && seen_through != opaque);
}

#[test]
fn what_a_state_asks_that_is_not_drawn_is_refused_in_words() {
    let server = Server::start();
    let phantom = stored(&server);
    let geometry = || planar([-5.0, -19.0, 7.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]);
    let crop = [vec![element(0x70, 0x1204, "CS", "YES")], Vec::new()];
    let with = |more: Vec<u8>| [geometry(), vec![more]].concat();
    let missing = Phantom { origins: vec![[0.0; 3]; 8], own: vec![Vec::new(); 8], ..phantom.clone() };
    let skewed = planar([-5.0, -19.0, 7.0], [1.0, 0.0, 0.0], [0.6, 0.8, 0.0]);
    let elsewhere = {
        let mut own = geometry();
        own.insert(0, element(0x20, 0x52, "UI", "1.2.3.4"));
        own
    };
    for (number, (class, of, input, own, words)) in [
        (PLANAR, &phantom, &crop[0], geometry(), "cropping"),
        (PLANAR, &phantom, &crop[1], with(element(0x70, 0x120b, "CS", "YES")), "cropping"),
        (PLANAR, &phantom, &crop[1], [geometry(), cropping("INCLUDE_SEG", Vec::new())].concat(), "no segmentation"),
        (PLANAR, &phantom, &crop[1], [geometry(), cropping("BOUNDING_BOX", Vec::new())].concat(), "six numbers"),
        (PLANAR, &phantom, &crop[1], [geometry(), cropping("OBLIQUE_PLANES", Vec::new())].concat(), "no planes"),
        (PLANAR, &phantom, &crop[1], with(element(0x70, 0x1a01, "CS", "CROSSCURVE")), "Animation Curve Sequence"),
        (PLANAR, &missing, &crop[1], geometry(), "2 of the 8 images"),
        (PLANAR, &phantom, &crop[1], skewed, "right angles"),
        (PLANAR, &phantom, &crop[1], Vec::new(), "no plane"),
        (PLANAR, &phantom, &crop[1], elsewhere, "Frame of Reference"),
        (COMPOSITING, &phantom, &crop[1], with(element(8, 0x9205, "CS", "MONOCHROME")), "TRUE_COLOR"),
    ]
    .into_iter()
    .enumerate()
    {
        let path = store(&server, state(class, number as u32 + 10, of, input, own));
        let refused = server.get(&(path + "/renderedmpr"), "*/*");
        assert_eq!(refused.status, 406, "{words}: {}", refused.text());
        assert!(refused.text().contains(words), "{words}: {}", refused.text());
    }
}

#[test]
fn a_state_of_some_frames_shows_these_or_is_refused() {
    let server = Server::start();
    let single = stored(&server);
    let phantom = Phantom { series: format!("{STUDY}.2"), ..single.clone() };
    assert_eq!(server.post_files(&[phantom.enhanced(&[])]).status, 200);
    let geometry = || planar([-5.0, -19.0, 7.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]);
    let instance = phantom.instance(0);
    let of = |images: &[Vec<u8>], number: u32| state_of(PLANAR, number, images, &window("80", "90"), geometry());
    let shown = |images: &[Vec<u8>], number: u32| {
        server.get(&(store(&server, of(images, number)) + "/renderedmpr"), "image/png")
    };
    let named = shown(&[image(&instance, "2\\3"), image(&instance, "4")], 20);
    assert_eq!(named.status, 200, "{}", named.text());
    let path = format!("{}/instances/{instance}", phantom.path());
    let query = "normal=0,0,1&up=0,-1,0&center=1,-14.5,7&spacing=1.5&size=8,6&window=80,90,linear";
    let same = server.get(&format!("{path}/slice?volumeinputreference=2,3,4&{query}"), "image/png");
    assert_eq!(named.body, same.body);
    // Where there are no frames there is nothing to be seen.
    let far = shown(&[image(&instance, "5"), image(&instance, "6")], 21);
    assert_eq!(far.status, 200, "{}", far.text());
    assert_ne!(far.body, same.body);
    let slices: Vec<Vec<u8>> = (0..6).map(|slice| image(&single.instance(slice), "1")).collect();
    assert_eq!(shown(&slices, 22).status, 200);
    // Of several images only these: the slices at 3 and 6 mm, and others above.
    let above = Phantom::axial(3, &[18.0, 21.0, 24.0]);
    assert_eq!(server.post_files(&[above.enhanced(&[])]).status, 200);
    let some = shown(&[image(&above.instance(0), "1\\2"), image(&instance, "2\\3")], 24);
    assert_eq!(some.status, 200, "{}", some.text());
    let two = [image(&single.instance(1), "1"), image(&single.instance(2), "1")];
    let whole = shown(&[&two[..], &[image(&above.instance(0), "1\\2")]].concat(), 25);
    assert_eq!(some.body, whole.body);
    // Where others are chosen there is nothing to be seen.
    let others = shown(&[image(&above.instance(0), "2\\3"), image(&instance, "5\\6")], 26);
    assert_eq!((others.status, &others.body), (200, &far.body), "{}", others.text());
    let refused = shown(&[image(&instance, "3")], 23);
    assert_eq!(refused.status, 406, "{}", refused.text());
    assert!(refused.text().contains("no volume"), "{}", refused.text());
}

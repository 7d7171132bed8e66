//! Rendered MPR and 3D: pictures, animations, and what was decided.

use crate::phantom::Phantom;
use crate::renderings::element;
use crate::server::Server;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn stored(server: &Server) -> Phantom {
    let phantom = Phantom::axial(1, &[0.0, 3.0, 6.0, 9.0, 12.0, 15.0]);
    let answer = server.post_files(&phantom.files());
    assert_eq!(answer.status, 200, "{}", answer.text());
    phantom
}

/// Width and height of a PNG.
fn size(png: &[u8]) -> (u32, u32) {
    assert!(png.starts_with(PNG));
    let number = |at: usize| u32::from_be_bytes([png[at], png[at + 1], png[at + 2], png[at + 3]]);
    (number(16), number(20))
}

#[test]
fn a_view_is_a_jpeg_unless_another_picture_is_asked_for() {
    let server = Server::start();
    let path = stored(&server).path();
    for resource in ["renderedmpr", "renderedMPR", "rendered3d", "rendered3D"] {
        let answer = server.get(&format!("{path}/{resource}"), "*/*");
        assert_eq!((answer.status, answer.content_type()), (200, "image/jpeg"), "{}", answer.text());
        assert!(answer.body.starts_with(&[0xff, 0xd8]));
        let png = server.get(&format!("{path}/{resource}?orientation=f"), "image/png");
        // 24 × 15 mm at the finest spacing of 1.5 mm.
        assert_eq!(size(&png.body), (16, 10), "{resource}");
    }
    let gif = server.get(&(path.clone() + "/renderedmpr"), "image/gif");
    assert!(gif.body.starts_with(b"GIF89a"));
    assert_eq!(server.get(&(path.clone() + "/renderedmpr"), "video/mp4").status, 406);
    let part = server.get(&(path.clone() + "/renderedmpr"), r#"multipart/related; type="image/png""#);
    assert_eq!(part.parts().len(), 1);
    let fitted = server.get(&(path.clone() + "/rendered3d?orientation=a&viewport=100,100"), "image/png");
    assert_eq!(size(&fitted.body), (100, 75));
    let region = server.get(&(path + "/renderedmpr?orientation=a&viewport=100,100,4,2,8,4"), "image/png");
    assert_eq!(size(&region.body), (100, 50));
}

#[test]
fn a_client_that_has_the_view_is_told_so() {
    let server = Server::start();
    let path = stored(&server).path() + "/renderedmpr?orientation=a&mprslab=4&renderingmethod=maximum_ip";
    let first = server.get(&path, "image/png");
    let tag = first.header("etag").expect("a tag");
    let again = server.send("GET", &path, &[("Accept", "image/png"), ("If-None-Match", tag)], b"");
    assert_eq!(again.status, 304);
    let other = server.get(&path.replace("maximum", "minimum"), "image/png");
    assert_ne!(other.header("etag"), Some(tag));
    assert_ne!(other.body, first.body);
    assert_eq!(server.send("HEAD", &path, &[("Accept", "image/png")], b"").body.len(), 0);
}

#[test]
fn a_swivel_goes_there_and_back_and_a_curve_to_its_end() {
    let server = Server::start();
    let path = stored(&server).path();
    let frames = |gif: &[u8]| memchr::memmem::find_iter(gif, b"\x21\xf9\x04").count();
    let swivel =
        server.get(&(path.clone() + "/rendered3d?swivelrange=90&animationstepsize=18&animationrate=20"), "*/*");
    assert_eq!((swivel.status, swivel.content_type()), (200, "image/gif"), "{}", swivel.text());
    // Five views, and three of them again on the way back, each for 5 hundredths.
    assert_eq!(frames(&swivel.body), 8);
    let delay = memchr::memmem::find(&swivel.body, b"\x21\xf9\x04").expect("a frame") + 4;
    assert_eq!(swivel.body[delay..delay + 2], [5, 0]);
    let around = server.get(&(path.clone() + "/renderedmpr?swivelrange=360&animationstepsize=60"), "image/gif");
    assert_eq!(frames(&around.body), 6);
    let curve = path.clone() + "/renderedmpr?volumetriccurvepoint=0,-14,2,0,-14,12&animationstepsize=2";
    let parts = server.get(&curve, r#"multipart/related; type="image/png""#).parts();
    assert_eq!(parts.len(), 5);
    assert!(parts.iter().all(|(_, png)| size(png) == size(&parts[0].1)));
    assert_ne!(parts[0].1, parts[4].1);
    assert_eq!(server.get(&curve, "image/jpeg").status, 406);
    let many = server.get(&(path + "/renderedmpr?volumetriccurvepoint=0,0,0,0,0,9000&animationstepsize=1"), "*/*");
    assert_eq!(many.status, 400);
    assert!(many.text().contains("animationstepsize"));
}

#[test]
fn each_phase_of_a_series_is_a_frame() {
    // There is room for one phase at a time only.
    let server = Server::start_with_room(Default::default(), 1 << 20);
    let heights = [0.0, 3.0, 6.0, 9.0];
    let phase = |number: usize| {
        let time = element(0x20, 0x100, "IS", number.to_string());
        let own = vec![vec![time]; 4];
        Phantom { more: 200.0 * number as f64, first: 10 * number + 1, own, ..Phantom::axial(1, &heights) }
    };
    let phantoms = [2, 0, 1].map(phase);
    let files: Vec<Vec<u8>> = phantoms.iter().flat_map(Phantom::files).collect();
    assert_eq!(server.post_files(&files).status, 200);
    let path = phantoms[0].path();
    for resource in ["renderedmpr", "rendered3d"] {
        let all = format!("{path}/{resource}?orientation=a&window=300,900,linear&renderingmethod=maximum_ip");
        let parts = server.get(&format!("{all}&phases=all"), r#"multipart/related; type="image/png""#).parts();
        let alone = |time: usize| {
            let of = format!("{all}&TemporalPositionIdentifier={time}");
            server.get(&of, r#"multipart/related; type="image/png""#).parts().remove(0).1
        };
        assert_eq!(parts.len(), 3);
        for (time, (_, png)) in parts.iter().enumerate() {
            assert_eq!(png, &alone(time), "{resource} {time}");
        }
        let last = format!("{all}&phases=all&volumeinputreference={}", phantoms[0].instance(1));
        let last = server.get(&last, r#"multipart/related; type="image/png""#);
        assert_eq!(last.status, 200, "{}", last.text());
        assert_eq!(last.parts().len(), 3);
        let gif = server.get(&format!("{all}&phases=all&animationrate=5"), "*/*");
        assert_eq!(memchr::memmem::find_iter(&gif.body, b"\x21\xf9\x04").count(), 3);
        let one = server.get(&format!("{all}&phases=all&TemporalPositionIdentifier=1"), "*/*");
        assert_eq!(one.status, 400);
        assert!(one.text().contains("one phase only"), "{}", one.text());
    }
}

#[test]
fn a_slice_alone_is_no_phase() {
    let server = Server::start();
    let heights = [0.0, 3.0, 6.0, 9.0];
    let turn =
        |series, number: usize, heights: &[f64]| Phantom { first: 10 * number + 1, ..Phantom::axial(series, heights) };
    let three = [turn(1, 0, &heights), turn(1, 1, &heights), turn(1, 2, &heights[..1])];
    let two = [turn(2, 0, &heights), turn(2, 1, &heights[..1])];
    let files: Vec<Vec<u8>> = three.iter().chain(&two).flat_map(Phantom::files).collect();
    assert_eq!(server.post_files(&files).status, 200);
    let all = |phantom: &Phantom| {
        server.get(&format!("{}/renderedmpr?phases=all", phantom.path()), r#"multipart/related; type="image/png""#)
    };
    let frames = all(&three[0]);
    assert!(frames.complete);
    assert_eq!(frames.parts().len(), 2);
    let refused = all(&two[0]);
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("one phase only"), "{}", refused.text());
}

#[test]
fn what_was_decided_can_be_asked() {
    let server = Server::start();
    let path = stored(&server).path();
    let yes = "renderedvolumetricmetadata=yes";
    let mpr = server.get(&format!("{path}/renderedmpr?{yes}&orientation=f&mprslab=5"), "application/dicom+json");
    assert_eq!(mpr.content_type(), "application/dicom+json", "{}", mpr.text());
    let module = mpr.json();
    assert_eq!(module["00720510"]["Value"][0], "MPR");
    assert_eq!(module["0070120D"]["Value"][0], "AVERAGE_IP");
    assert_eq!(module["00701604"]["Value"], serde_json::json!([1.0, -13.25, 7.5]));
    assert_eq!(module["00701605"]["Value"], serde_json::json!([0.0, -1.0, 0.0]));
    assert_eq!(module["00701503"]["Value"][0], 5.0);
    assert!(module["00281050"]["Value"][0].is_number());
    let camera = "viewpointposition=1,-100,7&viewpointlookat=1,-13,7&viewpointup=0,0,2";
    let three = server
        .get(
            &format!("{path}/rendered3d?{yes}&{camera}&renderingmethod=maximum_ip&swivelrange=40&window=10,20,sigmoid"),
            "*/*",
        )
        .json();
    assert_eq!(three["00720510"]["Value"][0], "3D_RENDERING");
    assert_eq!(three["00701603"]["Value"], serde_json::json!([1.0, -100.0, 7.0]));
    assert_eq!((&three["00701A05"]["Value"][0], &three["00701A06"]["Value"][0]), (&5.0.into(), &40.0.into()));
    assert_eq!(three["00281056"]["Value"][0], "SIGMOID");
    let colours = server.get(&format!("{path}/rendered3d?{yes}&preset=ct-lung"), "*/*").json();
    assert_eq!(colours["0070120D"]["Value"][0], "VOLUME_RENDERED");
    assert!(colours.get("00281050").is_none());
    let xml = server.get(&format!("{path}/renderedmpr?{yes}"), "application/dicom+xml");
    assert!(xml.text().contains("ViewpointPosition"), "{}", xml.text());
}

#[test]
fn bad_parameters_are_refused_by_name() {
    let server = Server::start();
    let path = stored(&server).path();
    for (query, name) in [
        ("orientation=q", "orientation"),
        ("renderingmethod=best", "renderingmethod"),
        ("viewpointposition=1,2,3&viewpointlookat=1,2,3", "viewpointposition"),
        ("viewpointposition=0,0,100&viewpointlookat=0,0,0&viewpointup=0,0,1", "viewpointup"),
        ("viewport=50,50,1000,0,5,5", "viewport"),
        ("swivelrange=400", "swivelrange"),
        ("mprslab=thick", "mprslab"),
    ] {
        let refused = server.get(&format!("{path}/renderedmpr?{query}"), "*/*");
        assert_eq!(refused.status, 400, "{query}");
        assert!(refused.text().contains(name), "{query}: {}", refused.text());
    }
}

#[test]
fn presets_colour_what_is_seen() {
    let server = Server::start();
    let path = stored(&server).path() + "/rendered3d?orientation=a";
    let bone = server.get(&path, "image/png");
    // RGB of 8 bits.
    assert_eq!(bone.body[24..26], [8, 2]);
    let soft = server.get(&(path.clone() + "&preset=ct-soft-tissue&renderingmethod=volume_rendered"), "image/png");
    assert_ne!(soft.body, bone.body);
    let refused = server.get(&(path + "&preset=wood"), "*/*");
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("ct-angio"), "{}", refused.text());
}

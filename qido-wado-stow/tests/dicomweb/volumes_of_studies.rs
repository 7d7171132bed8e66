//! Rendered MPR and 3D of a Study, and of frames that a path names.

use crate::phantom::{Phantom, STUDY};
use crate::renderings::element;
use crate::server::Server;

fn store(server: &Server, phantom: &Phantom) {
    let answer = server.post_files(&phantom.files());
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn png(server: &Server, path: &str) -> Vec<u8> {
    let answer = server.get(path, "image/png");
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.body
}

#[test]
fn a_study_is_seen_as_its_only_volume_or_the_one_that_is_named() {
    let server = Server::start();
    let heights = [0.0, 3.0, 6.0, 9.0];
    let first = Phantom::axial(1, &heights);
    let number = || vec![element(0x20, 0x12, "IS", "7")];
    let second = Phantom { more: 200.0, own: vec![number(); 4], ..Phantom::axial(2, &heights) };
    store(&server, &first);
    // One image is no volume.
    store(&server, &Phantom::axial(3, &[0.0]));
    let study = format!("/dicom-web/studies/{STUDY}");
    let query = "orientation=a&window=300,900,linear&renderingmethod=maximum_ip";
    for resource in ["renderedmpr", "renderedMPR", "rendered3d"] {
        let of_series = png(&server, &format!("{}/{resource}?{query}", first.path()));
        assert_eq!(png(&server, &format!("{study}/{resource}?{query}")), of_series, "{resource}");
    }
    store(&server, &second);
    for resource in ["renderedmpr", "rendered3d"] {
        let refused = server.get(&format!("{study}/{resource}?{query}"), "image/png");
        assert_eq!(refused.status, 400, "{resource}");
        for name in ["volumeinputreference", first.series.as_str(), second.series.as_str(), "CT, 4 slices"] {
            assert!(refused.text().contains(name), "{name}: {}", refused.text());
        }
        let of_series = png(&server, &format!("{}/{resource}?{query}", second.path()));
        let named = format!("{study}/{resource}?{query}&volumeinputreference={}", second.instance(2));
        assert_eq!(png(&server, &named), of_series, "{resource}");
        let matched = format!("{study}/{resource}?{query}&AcquisitionNumber=7");
        assert_eq!(png(&server, &matched), of_series, "{resource}");
    }
    for (more, status, words) in [
        ("volumeinputreference=7", 400, "names a frame"),
        ("volumeinputreference=1.2.3", 400, "1.2.3"),
        ("AcquisitionNumber=8", 422, "no series"),
    ] {
        let refused = server.get(&format!("{study}/renderedmpr?{more}"), "*/*");
        assert_eq!(refused.status, status, "{more}");
        assert!(refused.text().contains(words), "{more}: {}", refused.text());
    }
    assert_eq!(server.get("/dicom-web/studies/1.2.3/rendered3d", "*/*").status, 404);
}

#[test]
fn frames_that_a_path_names_are_the_slices() {
    let server = Server::start();
    let phantom = Phantom::axial(1, &[0.0, 3.0, 6.0, 9.0]);
    let answer = server.post_files(&[phantom.enhanced(&[])]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let instance = phantom.enhanced_path();
    for resource in ["renderedmpr", "rendered3D"] {
        let named = png(&server, &format!("{instance}/{resource}?orientation=a&volumeinputreference=2,3,4"));
        assert_eq!(png(&server, &format!("{instance}/frames/4,2,3/{resource}?orientation=a")), named);
        assert_ne!(png(&server, &format!("{instance}/{resource}?orientation=a")), named);
    }
    for (rest, status) in [
        ("frames/1,2/renderedmpr?volumeinputreference=3", 400),
        ("frames/0/renderedmpr", 400),
        ("frames/2,2/renderedmpr", 422),
        ("frames/1,5/rendered3d", 404),
    ] {
        assert_eq!(server.get(&format!("{instance}/{rest}"), "*/*").status, status, "{rest}");
    }
}

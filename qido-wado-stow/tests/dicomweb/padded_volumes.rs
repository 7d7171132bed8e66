//! Volumes with padding: what was not measured has no part in anything.

use crate::phantom::{Phantom, field, values};
use crate::renderings::element;
use crate::server::Server;

/// The field is at most this where samples are padding.
const PADDED: f64 = 53.0;
/// Half a step of stored values.
const NEAR: f64 = 0.52;

/// A wedge of the phantom is padding: all samples from the least on that have at most 1077.
fn phantom(server: &Server, slices_without: usize) -> Phantom {
    let mut phantom = Phantom::axial(1, &[0.0, 3.0, 6.0, 9.0, 12.0, 15.0]);
    for own in phantom.own.iter_mut().skip(slices_without) {
        own.push(element(0x28, 0x120, "SS", 1000_i16.to_le_bytes()));
        own.push(element(0x28, 0x121, "SS", (1024 + PADDED as i16).to_le_bytes()));
    }
    let answer = server.post_files(&phantom.files());
    assert_eq!(answer.status, 200, "{}", answer.text());
    phantom
}

/// Values of the samples, and how many are padding.
fn samples(phantom: &Phantom) -> (Vec<f64>, usize) {
    let place = |[x, y, z]: [usize; 3]| {
        let [left, top, height] = phantom.origins[z];
        [left + x as f64 * phantom.spacing[0], top + y as f64 * phantom.spacing[1], height]
    };
    let all = (0..6).flat_map(|z| (0..10).flat_map(move |y| (0..12).map(move |x| [x, y, z])));
    let all: Vec<f64> = all.map(|index| field(place(index)).round()).collect();
    let padded = all.iter().filter(|value| **value <= PADDED).count();
    (all, padded)
}

#[test]
fn slices_and_projections_have_no_value_of_padding() {
    // With all slices alike samples stay integers; else they become floats.
    for slices_without in [0, 1] {
        let server = Server::start();
        let phantom = phantom(&server, slices_without);
        let least = if slices_without == 0 { PADDED } else { 20.0 };
        let of = |query: &str| {
            let answer = server.get(&format!("{}/{query}", phantom.path()), "*/*");
            assert_eq!(answer.status, 200, "{query}: {}", answer.text());
            values(&answer)
        };
        for query in ["slice?orientation=a", "slice?normal=1,2,3&spacing=0.7", "slice?normal=1,2,3&interpolation=cubic"]
        {
            let slice = of(&format!("{query}&outside=nan"));
            let inside: Vec<_> = slice.iter().filter(|(place, _)| phantom.is_between_samples(*place)).collect();
            assert!(inside.iter().any(|(_, value)| value.is_nan()), "{query}");
            let far = inside.iter().filter(|(place, value)| field(*place) > PADDED + 20.0 && !value.is_nan());
            assert!(far.clone().count() > 20 && far.clone().all(|(place, value)| (field(*place) - value).abs() < NEAR));
            assert!(inside.iter().all(|(_, value)| value.is_nan() || *value > least), "{query}");
        }
        for method in ["minimum", "average"] {
            let seen = of(&format!("projection?orientation=f&method={method}&center=0,-14,0&size=3,3&outside=nan"));
            assert!(seen.iter().all(|(_, value)| *value > least), "{method} {seen:?}");
        }
        let thick = of("slice?orientation=f&slab=30&method=minimum&outside=nan&size=12,10&spacing=2,1.5");
        assert!(thick.iter().all(|(_, value)| value.is_nan() || *value > least), "{thick:?}");
    }
}

#[test]
fn the_greatest_values_are_the_same_and_what_is_outside_has_the_least_that_was_measured() {
    let server = Server::start();
    let padded = phantom(&server, 0);
    let path = format!("{}/projection?orientation=f&center=0,-14,0&size=3,3", padded.path());
    for ([x, y, _], value) in values(&server.get(&path, "*/*")) {
        assert!((field([x, y, 15.0]) - value).abs() < NEAR);
    }
    let path = format!("{}/slice?orientation=f&size=100,100&spacing=1", padded.path());
    let outside = values(&server.get(&path, "*/*"))[0].1;
    let (all, _) = samples(&padded);
    let least = all.into_iter().filter(|value| *value > PADDED).fold(f64::INFINITY, f64::min);
    assert_eq!(outside, least);
}

#[test]
fn padding_is_in_no_class_of_a_segmentation() {
    let server = Server::start();
    let phantom = phantom(&server, 0);
    let (all, padded) = samples(&phantom);
    let path = format!("{}/segmentation?method=otsu&classes=2", phantom.path());
    let labels = server.get(&path, "application/octet-stream");
    assert_eq!(labels.body.iter().filter(|label| **label == 255).count(), padded);
    assert!(all.iter().zip(&labels.body).all(|(value, label)| (*value <= PADDED) == (*label == 255)));
    let summary = server.get(&path, "*/*").json();
    let classes = summary["classes"].as_array().expect("classes");
    let millilitres: f64 = classes.iter().filter_map(|class| class["millilitres"].as_f64()).sum();
    // Of 24 × 15 × 18 mm.
    assert!((millilitres - 6.48 * (720 - padded) as f64 / 720.0).abs() < 1e-6, "{millilitres}");
}

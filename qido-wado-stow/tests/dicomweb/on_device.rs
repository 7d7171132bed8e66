//! Volumes on an OpenCL device, PoCL in tests, over HTTP: the same as by the processor, and right.

use archive::volume::{DevicePolicy, device};

use crate::phantom::{Phantom, field, values};
use crate::server::Server;

/// Half a step of stored values, and what the rounding of positions makes.
const NEAR: f64 = 0.52;
/// By how much a device and the processor may differ, in the unit of what was measured, and in grey levels.
const SAME: f64 = 1e-3;
const SAME_LEVEL: u8 = 1;

/// A server on the device and one on the processor, with the same series; nothing, said plainly, when there is no device.
fn servers(phantoms: &[&Phantom]) -> Option<[Server; 2]> {
    if device::devices().is_ok_and(|devices| devices.is_empty()) || device::devices().is_err() {
        eprintln!("NOT RUN: there is no OpenCL device");
        return None;
    }
    let servers =
        [DevicePolicy::Opencl, DevicePolicy::Cpu].map(|on| Server::start_on(on, Default::default(), 64 << 20));
    for server in &servers {
        for phantom in phantoms {
            let answer = server.post_files(&phantom.files());
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }
    Some(servers)
}

/// In several orientations, irregular, tilted.
fn phantoms() -> [Phantom; 4] {
    let regular: Vec<f64> = (0..9).map(|slice| 3.0 * f64::from(slice)).collect();
    let irregular = Phantom::axial(2, &[0.0, 0.7, 6.0, 7.5, 13.0]);
    let mut tilted = Phantom::axial(3, &regular);
    let (sine, cosine) = 20_f64.to_radians().sin_cos();
    tilted.cosines[1] = [0.0, cosine, sine];
    let mut coronal = Phantom::axial(4, &regular);
    coronal.cosines = [[1.0, 0.0, 0.0], [0.0, 0.0, -1.0]];
    coronal.origins = (0..9).map(|slice| [-10.0, 2.5 * f64::from(slice), 30.0]).collect();
    [Phantom::axial(1, &regular), irregular, tilted, coronal]
}

#[test]
fn slices_slabs_projections_and_curves_are_those_of_the_processor() {
    let phantoms = phantoms();
    let Some(servers) = servers(&phantoms.each_ref()) else { return };
    for phantom in &phantoms {
        for query in [
            "slice?normal=1,2,3&up=0,1,1&spacing=0.7",
            "slice?normal=1,2,3&up=0,1,1&interpolation=nearest",
            "slice?orientation=l&interpolation=cubic",
            "slice?normal=3,-1,1&slab=4&method=maximum",
            "slice?normal=3,-1,1&slab=4&method=minimum",
            "slice?orientation=f&slab=3&method=average",
            "projection?orientation=a",
            "projection?normal=1,1,1&method=average",
            "projection?orientation=h&method=minimum",
        ] {
            let path = format!("{}/{query}&outside=-3000", phantom.path());
            let [on_device, expected] = servers.each_ref().map(|server| server.get(&path, "application/octet-stream"));
            assert_eq!((on_device.status, expected.status), (200, 200), "{path}: {}", on_device.text());
            assert_ne!(on_device.header("etag"), expected.header("etag"), "{path}: the device was not used");
            let [on_device, expected] = [values(&on_device), values(&expected)];
            assert_eq!(on_device.len(), expected.len(), "{path}");
            for ((place, value), (_, other)) in on_device.iter().zip(&expected) {
                assert!((value - other).abs() <= SAME, "{path} at {place:?}: {value} and {other}");
            }
            if query.starts_with("slice") && !["slab", "nearest", "cubic"].iter().any(|word| query.contains(word)) {
                let inside: Vec<_> = on_device.iter().filter(|(place, _)| phantom.is_between_samples(*place)).collect();
                assert!(!inside.is_empty(), "{path}");
                for (place, value) in inside {
                    assert!((value - field(*place)).abs() <= NEAR, "{path} at {place:?}: {value}");
                }
            }
        }
    }
    let phantom = &phantoms[0];
    let path = format!("{}/curve?points=-8,-18,4,2,-12,9,8,-8,14&height=10&spacing=0.5&outside=0", phantom.path());
    let [on_device, expected] = servers.each_ref().map(|server| server.get(&path, "application/octet-stream"));
    assert_eq!((on_device.status, on_device.body.len()), (200, expected.body.len()), "{}", on_device.text());
    let numbers =
        |body: &[u8]| -> Vec<f32> { body.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect() };
    let pairs = numbers(&on_device.body).into_iter().zip(numbers(&expected.body));
    assert!(pairs.into_iter().all(|(one, other)| f64::from((one - other).abs()) <= SAME));
}

#[test]
fn renderings_are_those_of_the_processor_to_a_grey_level() {
    let phantoms = phantoms();
    let Some(servers) = servers(&phantoms.each_ref()) else { return };
    for phantom in &phantoms {
        for query in [
            "renderedmpr?orientation=l&window=40,120,linear",
            "renderedmpr?viewpointposition=80,-60,90&mprslab=5&renderingmethod=maximum_ip",
            "rendered3d?orientation=a&renderingmethod=maximum_ip",
            "rendered3d?viewpointposition=80,-60,90&preset=ct-soft-tissue",
            "rendered3d?orientation=r&preset=ct-soft-tissue&viewport=200,150",
        ] {
            let path = format!("{}/{query}", phantom.path());
            let pictures = servers.each_ref().map(|server| {
                let answer = server.get(&path, "image/png");
                assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                codec::decode_picture(&answer.body, 1 << 24).expect("a picture")
            });
            let [one, other] = &pictures;
            assert_eq!((one.width, one.height, one.channels), (other.width, other.height, other.channels), "{path}");
            let differ = one.samples.iter().zip(&other.samples).map(|(one, other)| one.abs_diff(*other)).max();
            assert!(differ <= Some(SAME_LEVEL), "{path}: {differ:?}");
            assert!(one.samples.iter().any(|sample| *sample > 0), "{path}: nothing is seen");
        }
    }
}

#[test]
fn histograms_and_segmentations_are_those_of_the_processor() {
    let phantoms = phantoms();
    let Some(servers) = servers(&phantoms.each_ref()) else { return };
    for phantom in &phantoms {
        for (query, accept) in [
            ("histogram", "application/json"),
            ("histogram?bins=7", "application/json"),
            ("segmentation?method=otsu&classes=3", "application/json"),
            ("segmentation?method=otsu&classes=3", "application/octet-stream"),
            ("segmentation?method=otsu&classes=2&components=largest", "application/octet-stream"),
            ("segmentation?method=otsu&classes=2", "application/dicom"),
        ] {
            let path = format!("{}/{query}", phantom.path());
            let [on_device, expected] = servers.each_ref().map(|server| server.get(&path, accept));
            assert_eq!(on_device.status, 200, "{path}: {}", on_device.text());
            assert!(on_device.body == expected.body, "{path} as {accept}");
        }
    }
}

//! A plane is answered from the slices around it, before the whole volume is there.

use crate::phantom::{Phantom, field, values};
use crate::server::Server;

/// Slices enough that a few of them are not nearly all.
pub fn many(series: u32) -> Phantom {
    let heights: Vec<f64> = (0..40).map(|slice| 3.0 * f64::from(slice)).collect();
    Phantom::axial(series, &heights)
}

/// The same file, with a frame in RLE that cannot be decoded.
pub fn broken(mut file: Vec<u8>, phantom: &Phantom) -> Vec<u8> {
    let pixels = 2 * usize::from(phantom.columns) * usize::from(phantom.rows);
    // The pixels come last; their element has a head of 12 bytes.
    file.truncate(file.len() - pixels - 12);
    file.extend(b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0\xfe\xff\0\xe0\x40\0\0\0");
    file.extend([0xee; 64]);
    file.extend(b"\xfe\xff\xdd\xe0\0\0\0\0");
    let place = memchr::memmem::find(&file, b"1.2.840.10008.1.2.1\0").expect("a transfer syntax");
    file[place + 18] = b'5';
    file
}

pub fn store(server: &Server, files: &[Vec<u8>]) {
    let answer = server.post_files(files);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn slices_far_from_a_plane_are_not_waited_for() {
    let server = Server::start();
    let phantom = many(1);
    let mut files = phantom.files();
    files[38] = broken(files[38].clone(), &phantom);
    store(&server, &files);
    let slice = |query: &str| format!("{}/slice?normal=0.2,0,1&spacing=1&size=12,9&{query}", phantom.path());
    for interpolation in ["nearest", "linear", "cubic"] {
        let query = format!("center=0,-14,31&outside=nan&interpolation={interpolation}");
        let answer = server.get(&slice(&query), "*/*");
        assert_eq!(answer.status, 200, "{}", answer.text());
        for (place, value) in values(&answer) {
            let near = if interpolation == "nearest" { 8.0 } else { 0.52 };
            assert!((field(place) - value).abs() < near, "{interpolation} {place:?} {value}");
        }
    }
    assert_eq!(server.get(&slice("center=0,-14,31&window=40,400,linear"), "image/jpeg").status, 200);
    let mpr = "viewpointposition=0,-14,-500&viewpointlookat=0,-14,31&viewpointup=0,-1,0&window=40,400,linear";
    assert_eq!(server.get(&format!("{}/renderedmpr?{mpr}", phantom.path()), "image/png").status, 200);

    // What is of all slices, or near the one that cannot be decoded, waits for it.
    for (query, accept) in [
        ("center=0,-14,31", "*/*"),
        ("center=0,-14,31&samples=i16", "*/*"),
        ("center=0,-14,31&slab=5&outside=nan", "*/*"),
        ("center=0,-14,31", "image/jpeg"),
        ("center=0,-14,31", "application/dicom"),
        ("center=0,-14,112&outside=nan", "*/*"),
    ] {
        let answer = server.get(&slice(query), accept);
        assert!(answer.status >= 400, "{query} {accept}: {}", answer.status);
    }
    let answer = server.get(&format!("{}/slice?orientation=a&outside=nan", phantom.path()), "*/*");
    assert!(answer.status >= 400, "{}", answer.status);
}

#[test]
fn the_first_picture_is_that_of_the_whole_volume() {
    let server = Server::start();
    let phantom = many(1);
    store(&server, &phantom.files());
    let path = format!("{}/slice?normal=0.3,0.1,1&spacing=0.7&size=40,40&outside=nan", phantom.path());
    let first = values(&server.get(&path, "*/*"));
    // Of all slices: it waits until they are there.
    assert_eq!(server.get(&format!("{}/projection", phantom.path()), "*/*").status, 200);
    let then = values(&server.get(&path, "*/*"));
    assert!(first.iter().any(|(_, value)| value.is_nan()) && first.iter().any(|(_, value)| !value.is_nan()));
    for ((place, one), (_, other)) in first.iter().zip(&then) {
        assert!(one == other || (one - other).abs() < 1e-3 || one.is_nan() && other.is_nan(), "{place:?}");
    }
}

#[test]
fn where_distances_differ_all_slices_are_waited_for() {
    let server = Server::start();
    let mut phantom = many(1);
    phantom.origins[30..].iter_mut().for_each(|origin| origin[2] += 2.0);
    let mut files = phantom.files();
    files[38] = broken(files[38].clone(), &phantom);
    store(&server, &files);
    let path = format!("{}/slice?orientation=f&center=0,-14,31&outside=nan", phantom.path());
    assert!(server.get(&path, "*/*").status >= 400);
}

#[test]
fn without_room_for_both_the_whole_is_waited_for() {
    // A volume of 1 MiB, and nothing beside it.
    let server = Server::start_with_room(Default::default(), 1 << 20);
    let phantom = many(1);
    store(&server, &phantom.files());
    let path = format!("{}/slice?orientation=f&center=0,-14,31&outside=nan", phantom.path());
    let answer = server.get(&path, "*/*");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(values(&answer).iter().any(|(place, value)| (field(*place) - value).abs() < 0.52));
}

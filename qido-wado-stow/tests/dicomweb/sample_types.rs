//! Slices of every type of samples, and numbers in every form: what was measured comes back.

use crate::phantom::{Phantom, field, values};
use crate::renderings::element;
use crate::server::Server;

const HEIGHTS: [f64; 6] = [0.0, 3.0, 6.0, 9.0, 12.0, 15.0];

/// How a slice stores what was measured: slope and intercept, and the elements of its pixels.
type Encoded = (f64, f64, Vec<Vec<u8>>);

/// Integers of `allocated` bits, of which `stored` are used.
fn integers(measured: &[f64], (slope, intercept): (f64, f64), (allocated, stored, signed): (u16, u16, u16)) -> Encoded {
    let words = [(0x100, allocated), (0x101, stored), (0x102, stored - 1), (0x103, signed)];
    let mut elements: Vec<_> =
        words.iter().map(|(tag, value)| element(0x28, *tag, "US", value.to_le_bytes())).collect();
    let bytes = |value: &f64| {
        let number = ((value - intercept) / slope).round() as i64;
        let (least, most) =
            if signed == 1 { (-(1_i64 << (stored - 1)), (1 << (stored - 1)) - 1) } else { (0, (1 << stored) - 1) };
        assert!((least..=most).contains(&number), "{number} in {stored} bits");
        number.to_le_bytes()[..usize::from(allocated / 8)].to_vec()
    };
    let vr = if allocated == 8 { "OB" } else { "OW" };
    elements.push(element(0x7fe0, 0x10, vr, measured.iter().flat_map(bytes).collect::<Vec<u8>>()));
    (slope, intercept, elements)
}

fn floats(measured: &[f64], bits: u16) -> Encoded {
    let (tag, vr) = if bits == 32 { (8, "OF") } else { (9, "OD") };
    let bytes =
        |value: &f64| if bits == 32 { (*value as f32).to_le_bytes().to_vec() } else { value.to_le_bytes().to_vec() };
    let samples: Vec<u8> = measured.iter().flat_map(bytes).collect();
    (1.0, 0.0, vec![element(0x28, 0x100, "US", bits.to_le_bytes()), element(0x7fe0, tag, vr, samples)])
}

/// A phantom whose slices are stored so.
fn phantom(series: u32, encoded: impl Fn(usize, &[f64]) -> Encoded) -> Phantom {
    let mut phantom = Phantom::axial(series, &HEIGHTS);
    for slice in 0..HEIGHTS.len() {
        let (slope, intercept, elements) = encoded(slice, &phantom.measured(slice));
        let rescale = [(0x1053, slope), (0x1052, intercept)];
        let rescale = rescale.map(|(tag, number)| element(0x28, tag, "DS", format!("{number:.6}")));
        phantom.own[slice] = [elements, rescale.to_vec()].concat();
    }
    phantom
}

/// Planes through samples and between them give what was measured, to `near`.
fn check(server: &Server, phantom: &Phantom, near: f64, what: &str) {
    let answer = server.post_files(&phantom.files());
    assert_eq!(answer.status, 200, "{what}: {}", answer.text());
    // The third slice itself.
    let same = "slice?normal=0,0,1&up=0,-1,0&center=1,-13.25,6&spacing=2,1.5&size=12,10&outside=nan";
    let answer = server.get(&format!("{}/{same}", phantom.path()), "*/*");
    assert_eq!(answer.status, 200, "{what}: {}", answer.text());
    let found = values(&answer);
    for ((place, value), expected) in found.iter().zip(phantom.measured(2)) {
        assert!((value - expected).abs() <= near, "{what} at {place:?}: {value}, not {expected}");
    }
    let oblique = server.get(&format!("{}/slice?normal=1,2,3&up=0,1,1&spacing=0.7&outside=nan", phantom.path()), "*/*");
    let inside: Vec<_> = values(&oblique).into_iter().filter(|(place, _)| phantom.is_between_samples(*place)).collect();
    assert!(inside.len() > 50, "{what}");
    for (place, value) in inside {
        assert!((value - field(place)).abs() <= near, "{what} at {place:?}: {value}, not {}", field(place));
    }
}

#[test]
fn samples_of_every_type_are_what_was_measured() {
    let server = Server::start();
    // Half a step, and what the rounding of places in decimals makes.
    let near = |slope: f64| slope / 2.0 + 0.005;
    check(&server, &phantom(1, |_, of| integers(of, (0.5, 20.0), (8, 8, 0))), near(0.5), "8 bits");
    check(&server, &phantom(2, |_, of| integers(of, (0.01, -500.0), (16, 16, 0))), near(0.01), "16 bits, unsigned");
    check(&server, &phantom(3, |_, of| integers(of, (0.01, 80.0), (16, 16, 1))), near(0.01), "16 bits, signed");
    check(&server, &phantom(4, |_, of| integers(of, (0.05, 0.0), (16, 12, 0))), near(0.05), "12 bits");
    check(&server, &phantom(5, |_, of| integers(of, (0.001, 0.0), (32, 32, 0))), near(0.001), "32 bits, unsigned");
    check(&server, &phantom(6, |_, of| integers(of, (-0.001, 50.0), (32, 32, 1))), near(0.001), "32 bits, signed");
    check(&server, &phantom(7, |_, of| floats(of, 32)), near(0.001), "floats");
    check(&server, &phantom(8, |_, of| floats(of, 64)), near(0.001), "doubles");
    // As PET has it: of each slice another slope.
    let of_slice = |slice: usize, of: &[f64]| integers(of, (0.01 + 0.003 * slice as f64, 0.0), (16, 16, 1));
    check(&server, &phantom(9, of_slice), near(0.025), "a slope for each slice");
}

#[test]
fn samples_of_a_png_with_slope_and_intercept_are_the_numbers() {
    let server = Server::start();
    let phantom = Phantom::axial(1, &HEIGHTS);
    assert_eq!(server.post_files(&phantom.files()).status, 200);
    for query in ["slice?normal=1,2,3&up=0,1,1&spacing=0.5&outside=-50", "projection?orientation=l&outside=0"] {
        let path = format!("{}/{query}", phantom.path());
        let numbers = values(&server.get(&path, "application/octet-stream"));
        let answer = server.get(&format!("{path}&samples=u16"), "image/png");
        assert_eq!((answer.status, answer.header("x-sample-type")), (200, Some("uint16")), "{}", answer.text());
        let header = |name: &str| answer.header(name).and_then(|text| text.parse::<f64>().ok()).expect("a number");
        let (slope, intercept) = (header("x-rescale-slope"), header("x-rescale-intercept"));
        let mut reader = png::Decoder::new(std::io::Cursor::new(&answer.body)).read_info().expect("a PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut bytes).expect("a picture");
        assert_eq!((info.bit_depth, info.color_type), (png::BitDepth::Sixteen, png::ColorType::Grayscale));
        let samples = bytes.as_chunks::<2>().0.iter().map(|pair| f64::from(u16::from_be_bytes(*pair)));
        assert_eq!(samples.len(), numbers.len(), "{query}");
        for (sample, (place, number)) in samples.zip(&numbers) {
            let value = sample * slope + intercept;
            assert!((value - number).abs() <= slope / 2.0 + 1e-4, "{query} at {place:?}: {value}, not {number}");
        }
    }
}

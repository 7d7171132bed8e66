//! Waveforms on a sheet.

use crate::object::Object;
use crate::png::Png;
use crate::renderings::{element, file, sequence, store};
use crate::server::Server;

const ECG: &str = "1.2.840.10008.5.1.4.1.1.9.1.1";
const GENERAL: &str = "1.2.840.10008.5.1.4.1.1.9.2.1";

/// A channel in a unit, whose step is `sensitivity`.
fn channel(label: &str, unit: &str, sensitivity: &str) -> Vec<u8> {
    let code = [element(8, 0x100, "SH", unit), element(8, 0x102, "SH", "UCUM"), element(8, 0x104, "LO", unit)];
    [
        element(0x3a, 0x203, "SH", label),
        element(0x3a, 0x210, "DS", sensitivity),
        sequence(0x3a, 0x211, &[code.concat()]),
        element(0x3a, 0x212, "DS", "1"),
        element(0x3a, 0x213, "DS", "0"),
        element(0x3a, 0x21a, "US", 16_u16.to_le_bytes()),
    ]
    .concat()
}

/// Two channels of a second: one is even, one jumps by a millivolt in the middle.
fn waveform(object: &Object, sop_class: &str, unit: &str, interpretation: &str) -> Vec<u8> {
    let count = 500_u16;
    let jump = |place: u16| if place < count / 2 { 0_i16 } else { 1000 };
    let samples: Vec<u8> = (0..count).flat_map(|place| [0, jump(place)]).flat_map(i16::to_le_bytes).collect();
    let group = [
        element(0x3a, 0x5, "US", 2_u16.to_le_bytes()),
        element(0x3a, 0x10, "UL", u32::from(count).to_le_bytes()),
        element(0x3a, 0x1a, "DS", "500"),
        element(0x3a, 0x20, "SH", "RHYTHM"),
        sequence(0x3a, 0x200, &[channel("I", unit, "1"), channel("Ⅱ Ω", unit, "1")]),
        element(0x5400, 0x1004, "US", 16_u16.to_le_bytes()),
        element(0x5400, 0x1006, "CS", interpretation),
        element(0x5400, 0x1010, "OW", samples),
    ];
    let note = element(0x70, 0x6, "ST", "Sinusrhythmus – пример");
    let content = [
        element(8, 5, "CS", "ISO_IR 192"),
        sequence(0x40, 0xb020, &[note]),
        sequence(0x5400, 0x100, &[group.concat()]),
    ];
    file(object, sop_class, &content)
}

/// The row where the trace lies in a column of pixels: the middle of the ink.
fn trace(picture: &Png, column: usize, rows: std::ops::Range<usize>) -> Vec<usize> {
    rows.filter(|row| picture.at(column, *row).iter().all(|sample| *sample < 100)).collect()
}

#[test]
fn an_electrocardiogram_is_drawn_to_scale() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    store(&server, waveform(&object, ECG, "uV", "SS"));
    let picture = Png::of(&server.get(&(object.path() + "/rendered"), "image/png"));
    assert_eq!(picture.channels, 3);
    // 25 mm a second and 4 pixels a millimetre: 100 pixels, the jump in the middle, right of the margin.
    let before = trace(&picture, 12 + 30, 110..picture.height);
    let after = trace(&picture, 12 + 80, 110..picture.height);
    let (Some(low), Some(high)) = (before.last(), after.first()) else { panic!("{before:?} {after:?}") };
    assert!(low.abs_diff(*high).abs_diff(40) <= 2, "a millivolt is 10 mm: {before:?} {after:?}");
    assert!(trace(&picture, 12 + 101 + 2, 110..picture.height).is_empty());
}

#[test]
fn waveforms_have_the_parameters_of_pictures() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    store(&server, waveform(&object, GENERAL, "mm[Hg]", "SS"));
    let of = |query: &str, accept: &str| server.get(&format!("{}/rendered?{query}", object.path()), accept);
    let whole = Png::of(&of("", "image/png"));
    let small = Png::of(&of("viewport=200,200", "image/png"));
    assert!(small.width == 200 && small.height < whole.height && small.has_ink());
    let region = Png::of(&of("viewport=100,50,0,0,100,50", "image/png"));
    assert_eq!((region.width, region.height), (100, 50));
    assert!(Png::of(&of("annotation=patient", "image/png")).samples != whole.samples);
    assert_eq!(of("iccprofile=srgb", "image/png").status, 200);
    assert_eq!(of("", "*/*").content_type(), "image/jpeg");
    assert_eq!(of("", "image/gif").content_type(), "image/gif");
    assert_eq!(of("", "text/html").status, 406);
    let uri = format!(
        "/dicom-web/wado?requestType=WADO&studyUID={}&seriesUID={}&objectUID={}&contentType=image/png&region=0,0,0.5,0.5",
        object.study, object.series, object.instance
    );
    let quarter = Png::of(&server.get(&uri, "*/*"));
    assert!(quarter.width.abs_diff(whole.width / 2) <= 1 && quarter.height.abs_diff(whole.height / 2) <= 1);
}

#[test]
fn thumbnails_show_the_trace() {
    let server = Server::start();
    let [drawn, empty] = [1, 2].map(|study| Object::new(study, 1, 1));
    store(&server, waveform(&drawn, ECG, "mV", "SS"));
    store(&server, file(&empty, ECG, &[]));
    let of = |path: String| server.get(&(path + "/thumbnail"), "image/png");
    let icon = Png::of(&of(empty.path()));
    let trace = Png::of(&of(drawn.study_path()));
    assert!(trace.has_ink() && trace.samples != icon.samples);
    assert!(of(drawn.path()).body == of(drawn.series_path()).body);
}

#[test]
fn what_of_a_waveform_cannot_be_drawn_is_said() {
    let server = Server::start();
    let [odd, empty] = [1, 2].map(|number| Object::new(1, 1, number));
    store(&server, waveform(&odd, ECG, "uV", "ZZ"));
    store(&server, file(&empty, ECG, &[]));
    let of = |object: &Object| server.get(&(object.path() + "/rendered"), "*/*");
    assert!(of(&odd).status == 406 && of(&odd).text().contains("16 bits as"), "{}", of(&odd).text());
    assert!(of(&empty).status == 406 && of(&empty).text().contains("no waveform"), "{}", of(&empty).text());
    assert_eq!(server.get(&(odd.path() + "/frames/1/rendered"), "*/*").status, 406);
}

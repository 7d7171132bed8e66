//! Ultrasound Multi-frame Image Storage (PS3.3 §A.7): a ring that beats.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};

use super::body;
use super::object::{Object, Series};

const ROWS: u16 = 240;
const COLUMNS: u16 = 320;
const FRAMES: u32 = 24;

const SERIES: Series = Series {
    study: 3,
    study_description: "Ultrasound of a phantom",
    series: 1,
    description: "A ring that beats",
    modality: "US",
    sop_class: uids::ULTRASOUND_MULTI_FRAME_IMAGE_STORAGE,
};

/// The loop.
pub fn cine() -> Object {
    let mut object = Object::new(&SERIES, 1);
    object.text(tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY\\\\0001");
    object.text(tags::LATERALITY, VR::CS, "").text(tags::PATIENT_ORIENTATION, VR::CS, "");
    object.text(tags::NUMBER_OF_FRAMES, VR::IS, &FRAMES.to_string());
    object.pointer(tags::FRAME_INCREMENT_POINTER, tags::FRAME_TIME).decimals(tags::FRAME_TIME, &[40.0]);
    object.text(tags::LOSSY_IMAGE_COMPRESSION, VR::CS, "00");
    object.grey(ROWS, COLUMNS, 8);
    object.pixels8((0..FRAMES).flat_map(frame).collect());
    object
}

fn frame(number: u32) -> Vec<u8> {
    let phase = f64::from(number) / f64::from(FRAMES) * std::f64::consts::TAU;
    let radius = 52.0 + 14.0 * phase.sin();
    let (rows, columns) = (u32::from(ROWS), u32::from(COLUMNS));
    (0..rows * columns).map(|at| sample(number, radius, at % columns, at / columns)).collect()
}

/// Brightness of a sector scan with its apex at the top centre.
fn sample(number: u32, radius: f64, column: u32, row: u32) -> u8 {
    let (x, y) = (f64::from(column) - f64::from(COLUMNS) / 2.0, f64::from(row) + 8.0);
    let depth = x.hypot(y);
    if x.abs() > y * 0.75 || depth > 235.0 {
        return 0;
    }
    let wall = ((x / 1.25).hypot(y - 135.0) - radius).abs();
    let tissue = 46.0 + 150.0 * (-wall * wall / 90.0).exp() - depth * 0.08;
    let speckle = 1.0 + 0.55 * body::noise(row * 331 + column * 7919 + number / 2 * 104_729);
    (tissue * speckle).clamp(0.0, 255.0) as u8
}

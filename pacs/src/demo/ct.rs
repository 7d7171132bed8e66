//! CT Image Storage (PS3.3 §A.3): axial slices of the phantom.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};

use super::body::{self, HALF};
use super::object::{Object, Series};

const SIDE: u16 = 256;
const SLICES: u32 = 64;

/// Hounsfield units of a stored value of 0.
const INTERCEPT: f64 = -1024.0;

const SERIES: Series = Series {
    study: 1,
    study_description: "CT of a phantom",
    series: 1,
    description: "Axial 5 mm",
    modality: "CT",
    sop_class: uids::CT_IMAGE_STORAGE,
};

/// The series, from the feet to the head.
pub fn series() -> Vec<Object> {
    (0..SLICES).map(slice).collect()
}

fn slice(index: u32) -> Object {
    let pixel = 2.0 * HALF[0] / f64::from(SIDE);
    let thickness = 2.0 * HALF[2] / f64::from(SLICES);
    let z = -HALF[2] + (f64::from(index) + 0.5) * thickness;
    let corner = [-HALF[0] + pixel / 2.0, -HALF[0] + pixel / 2.0, z];
    let mut object = Object::new(&SERIES, index + 1);
    object.text(tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY\\AXIAL");
    object.text(tags::FRAME_OF_REFERENCE_UID, VR::UI, &format!("{}.99", object_series_uid(&object)));
    object.text(tags::POSITION_REFERENCE_INDICATOR, VR::LO, "");
    object.text(tags::PATIENT_POSITION, VR::CS, "HFS").text(tags::BODY_PART_EXAMINED, VR::CS, "CHEST");
    object.decimals(tags::IMAGE_POSITION_PATIENT, &corner);
    object.decimals(tags::IMAGE_ORIENTATION_PATIENT, &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    object.decimals(tags::PIXEL_SPACING, &[pixel, pixel]).decimals(tags::SLICE_THICKNESS, &[thickness]);
    object.decimals(tags::SLICE_LOCATION, &[z]).decimals(tags::KVP, &[120.0]);
    object.text(tags::ACQUISITION_NUMBER, VR::IS, "1");
    object.decimals(tags::RESCALE_INTERCEPT, &[INTERCEPT]).decimals(tags::RESCALE_SLOPE, &[1.0]);
    object.text(tags::RESCALE_TYPE, VR::LO, "HU");
    object.text(tags::WINDOW_CENTER, VR::DS, "40\\-600").text(tags::WINDOW_WIDTH, VR::DS, "400\\1500");
    object.text(tags::WINDOW_CENTER_WIDTH_EXPLANATION, VR::LO, "SOFT TISSUE\\LUNG");
    object.grey(SIDE, SIDE, 12).pixels16(pixels(index, corner, pixel));
    object
}

fn object_series_uid(object: &Object) -> String {
    object.sop_instance.rsplit_once('.').map_or_else(String::new, |(series, _)| series.to_owned())
}

fn pixels(index: u32, corner: [f64; 3], pixel: f64) -> Vec<u16> {
    let side = u32::from(SIDE);
    (0..side * side)
        .map(|at| {
            let (x, y) = (f64::from(at % side), f64::from(at / side));
            let point = [corner[0] + x * pixel, corner[1] + y * pixel, corner[2]];
            let value = body::hounsfield(point) + 12.0 * body::noise(at + index * side * side);
            (value - INTERCEPT).round().clamp(0.0, 4095.0) as u16
        })
        .collect()
}

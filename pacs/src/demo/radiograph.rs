//! Computed Radiography Image Storage (PS3.3 §A.2): the phantom from the front and from the side.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};

use super::body::{self, HALF};
use super::object::{Object, Series};

const SIDE: u16 = 384;

/// Steps along a ray.
const STEPS: u32 = 48;

/// Linear attenuation of water in 1/mm at a diagnostic energy.
const WATER: f64 = 0.019;

/// The phantom's attenuation is summed along this axis.
#[derive(Clone, Copy)]
enum View {
    Front,
    Side,
}

/// The two views, each a series of one study.
pub fn pair() -> Vec<Object> {
    vec![image(View::Front), image(View::Side)]
}

fn image(view: View) -> Object {
    let (series, description, position, orientation) = match view {
        View::Front => (1, "Chest PA", "PA", "L\\F"),
        View::Side => (2, "Chest lateral", "LL", "A\\F"),
    };
    let of = Series {
        study: 2,
        study_description: "Chest radiographs of a phantom",
        series,
        description,
        modality: "CR",
        sop_class: uids::COMPUTED_RADIOGRAPHY_IMAGE_STORAGE,
    };
    let mut object = Object::new(&of, 1);
    object.text(tags::IMAGE_TYPE, VR::CS, "DERIVED\\PRIMARY");
    object.text(tags::BODY_PART_EXAMINED, VR::CS, "CHEST").text(tags::VIEW_POSITION, VR::CS, position);
    object.text(tags::PATIENT_ORIENTATION, VR::CS, orientation);
    object.text(tags::IMAGE_LATERALITY, VR::CS, "U");
    object.decimals(tags::WINDOW_CENTER, &[2048.0]).decimals(tags::WINDOW_WIDTH, &[4096.0]);
    object.grey(SIDE, SIDE, 12).pixels16(pixels(view));
    object
}

fn pixels(view: View) -> Vec<u16> {
    let side = u32::from(SIDE);
    (0..side * side)
        .map(|at| {
            let across = f64::from(at % side) / f64::from(side) * 2.0 - 1.0;
            let up = 1.0 - f64::from(at / side) / f64::from(side) * 2.0;
            let absorbed = attenuation(view, across, up * HALF[2]);
            let value = 4095.0 * (1.0 - (-absorbed * 0.55).exp()) + 10.0 * body::noise(at);
            value.round().clamp(0.0, 4095.0) as u16
        })
        .collect()
}

/// What one ray loses: attenuation summed along it.
fn attenuation(view: View, across: f64, z: f64) -> f64 {
    let half = match view {
        View::Front => HALF[1],
        View::Side => HALF[0],
    };
    let step = 2.0 * half / f64::from(STEPS);
    let at = |index: u32| {
        let along = -half + (f64::from(index) + 0.5) * step;
        match view {
            View::Front => body::hounsfield([across * HALF[0], along, z]),
            View::Side => body::hounsfield([along, across * HALF[0], z]),
        }
    };
    (0..STEPS).map(|index| WATER * (1.0 + at(index) / 1000.0) * step).sum()
}

//! Pictures of made-up images; whole objects are rendered in `tests/`.

use codec::{FrameFormat, Samples};
use compute::palette::Palette;
use compute::{LookupTable, Modality};
use data_set::VR;

use super::burn_in::BurnIn;
use super::grey_scale::FrameTransformation;
use super::image::Image;
use super::picture::{Look, picture};
use super::{Cine, Voi, VoiFunction};
use crate::{Error, StoredInstance};

/// 3 × 1 pixels of 16 bits.
pub(crate) fn grey_image() -> Image {
    Image {
        format: FrameFormat {
            rows: 1,
            columns: 3,
            samples: 1,
            bits_allocated: 16,
            bits_stored: 16,
            signed: true,
            photometric: "MONOCHROME2".into(),
            planar: 0,
        },
        high_bit: 15,
        vr: VR::OW,
        float: false,
        frame_count: 1,
        representative_frame: None,
        padding: None,
        palette: None,
        modality: Modality::IDENTITY,
        window: None,
        voi_table: None,
        inverse: false,
        supplemental: None,
        overlays: Vec::new(),
        shutter: None,
        subtractions: Vec::new(),
        burn_in: BurnIn::default(),
        cine: Cine::default(),
        icc_profile: None,
        frames: Vec::new(),
    }
}

/// The same, with numbers that are no measurement.
pub(crate) fn padded_image(padding: std::ops::RangeInclusive<f64>) -> Image {
    Image { padding: Some(padding), ..grey_image() }
}

pub(crate) fn stored_instance(transfer_syntax: &str) -> StoredInstance {
    StoredInstance {
        sop_class: "1.2.840.10008.5.1.4.1.1.2".into(),
        transfer_syntax: transfer_syntax.into(),
        frame_count: 1,
        key: 1,
        ..StoredInstance::named("1.2.3", "1.2.3.4")
    }
}

fn words(image: &Image, values: [i16; 3]) -> Samples {
    Samples {
        bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        bits_allocated: 16,
        photometric: image.format.photometric.clone(),
    }
}

fn render(image: &Image, frame: u32, values: [i16; 3], window: Option<Voi>) -> Vec<u8> {
    picture(image, frame, &words(image, values), Look { window, state: None }).expect("a picture").samples
}

fn exact(center: f64, width: f64) -> Voi {
    Voi { center, width, function: VoiFunction::LinearExact }
}

#[test]
fn without_a_window_the_range_of_the_frame_is_shown() {
    let mut image = grey_image();
    assert_eq!(render(&image, 1, [-100, 0, 100], None), [0, 128, 255]);
    image.padding = Some(-2000.0..=-2000.0);
    assert_eq!(render(&image, 1, [-2000, 0, 100], None), [0, 0, 255]);
    image.modality = Modality::Rescale { slope: -1.0, intercept: 0.0 };
    assert_eq!(render(&image, 1, [-2000, 0, 100], None), [255, 255, 0]);
}

#[test]
fn the_request_s_window_goes_before_the_object_s() {
    let mut image = grey_image();
    image.window = Some(exact(0.0, 2.0));
    assert_eq!(render(&image, 1, [-1, 0, 1], None), [0, 128, 255]);
    assert_eq!(render(&image, 1, [-1, 0, 1], Some(exact(-1.0, 1.0))), [128, 255, 255]);
}

#[test]
fn the_object_s_window_goes_before_its_table() {
    let mut image = grey_image();
    image.voi_table = Some(LookupTable { first: -1, entries: vec![0, 255, 0], bits: 8 });
    assert_eq!(render(&image, 1, [-1, 0, 1], None), [0, 255, 0]);
    image.window = Some(exact(0.0, 2.0));
    assert_eq!(render(&image, 1, [-1, 0, 1], None), [0, 128, 255]);
}

#[test]
fn each_frame_has_its_own_rescaling_and_window() {
    let mut image = grey_image();
    let own = |slope, center| FrameTransformation { rescale: Some((slope, 0.0)), window: Some(exact(center, 2.0)) };
    image.frames = vec![own(1.0, 0.0), own(2.0, 2.0)];
    assert_eq!(render(&image, 1, [-1, 0, 1], None), [0, 128, 255]);
    assert_eq!(render(&image, 2, [-1, 0, 1], None), [0, 0, 128]);
    assert_eq!(render(&image, 3, [-1, 0, 1], None), [0, 128, 255]);
}

#[test]
fn the_smallest_value_of_an_inverse_image_is_white() {
    let mut image = grey_image();
    image.inverse = true;
    assert_eq!(render(&image, 1, [-100, 0, 100], None), [255, 127, 0]);
}

#[test]
fn numbers_of_a_supplemental_palette_are_coloured_and_those_below_are_grey() {
    let mut image = grey_image();
    let table = |entries: [u16; 2]| LookupTable { first: 100, entries: entries.into(), bits: 8 };
    image.supplemental = Some(Palette { red: table([1, 4]), green: table([2, 5]), blue: table([3, 6]) });
    assert_eq!(render(&image, 1, [0, 100, 101], Some(exact(0.0, 2.0))), [128, 128, 128, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn eight_bits_for_the_screen_are_shown_as_they_are() {
    let mut image = grey_image();
    image.format = FrameFormat { bits_allocated: 8, bits_stored: 8, signed: false, ..image.format };
    image.high_bit = 7;
    let samples = Samples { bytes: vec![10, 20, 30], bits_allocated: 8, photometric: "MONOCHROME2".into() };
    assert_eq!(picture(&image, 1, &samples, Look::default()).unwrap().samples, [10, 20, 30]);
}

#[test]
fn one_bit_is_black_or_white() {
    let mut image = grey_image();
    image.format = FrameFormat { bits_allocated: 1, bits_stored: 1, signed: false, ..image.format };
    image.high_bit = 0;
    let samples = Samples { bytes: vec![0b110], bits_allocated: 1, photometric: "MONOCHROME2".into() };
    assert_eq!(picture(&image, 1, &samples, Look::default()).unwrap().samples, [0, 255, 255]);
}

#[test]
fn what_cannot_be_shown_is_said() {
    let mut image = grey_image();
    image.format = FrameFormat { samples: 4, bits_allocated: 8, bits_stored: 8, ..image.format };
    let samples = Samples { bytes: vec![0; 12], bits_allocated: 8, photometric: "CMYK".into() };
    assert!(matches!(picture(&image, 1, &samples, Look::default()), Err(Error::NotAcceptable(_))));
}

#[test]
fn refuses_windows_that_are_none() {
    for (center, width, function) in [
        (f64::NAN, 1.0, VoiFunction::Linear),
        (0.0, 0.5, VoiFunction::Linear),
        (0.0, 0.0, VoiFunction::LinearExact),
        (0.0, -1.0, VoiFunction::Sigmoid),
        (0.0, f64::INFINITY, VoiFunction::Sigmoid),
    ] {
        assert!(matches!(Voi { center, width, function }.checked(), Err(Error::BadRequest(_))));
    }
}

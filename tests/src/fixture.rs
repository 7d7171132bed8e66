//! Small objects that tests make themselves.

use dicom_core::{DataElement, PrimitiveValue, Tag, VR, dicom_value};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};

/// A secondary capture image, and the UIDs it goes by.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// SOP Instance UID.
    pub instance: String,
    /// PS3.10 file, Explicit VR Little Endian.
    pub file: Vec<u8>,
}

/// Root of the fixtures' UIDs.
const ROOT: &str = "1.2.826.0.1.3680043.10.1999";

impl Fixture {
    /// Instance `number` of series `series` of study `study`; pixels differ by `seed`.
    pub fn new(study: u32, series: u32, number: u32, seed: u8) -> Self {
        Self::with(study, series, number, seed, &[])
    }

    /// The same, with more or other text elements.
    pub fn with(study: u32, series: u32, number: u32, seed: u8, more: &[(Tag, VR, &str)]) -> Self {
        let pixels = (0..=255).map(|at: u8| at.wrapping_mul(7).wrapping_add(seed)).collect();
        Self::drawn([study, series, number], (16, pixels), more)
    }

    /// With a square picture of so many samples a side.
    pub fn drawn([study, series, number]: [u32; 3], picture: (u16, Vec<u8>), more: &[(Tag, VR, &str)]) -> Self {
        let (side, pixels) = picture;
        let study_uid = format!("{ROOT}.{study}");
        let series_uid = format!("{study_uid}.{series}");
        let instance_uid = format!("{series_uid}.{number}");
        let mut object = InMemDicomObject::new_empty();
        let mut text = |tag: Tag, vr: VR, value: &str| {
            object.put(DataElement::new(tag, vr, PrimitiveValue::from(value)));
        };
        text(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192");
        text(tags::SOP_CLASS_UID, VR::UI, uids::SECONDARY_CAPTURE_IMAGE_STORAGE);
        text(tags::SOP_INSTANCE_UID, VR::UI, &instance_uid);
        text(tags::STUDY_INSTANCE_UID, VR::UI, &study_uid);
        text(tags::SERIES_INSTANCE_UID, VR::UI, &series_uid);
        text(tags::PATIENT_NAME, VR::PN, &format!("Test^Patient{study}"));
        text(tags::PATIENT_ID, VR::LO, &format!("T{study}"));
        text(tags::STUDY_DATE, VR::DA, "20260315");
        text(tags::STUDY_TIME, VR::TM, "080910");
        text(tags::MODALITY, VR::CS, "OT");
        text(tags::SERIES_NUMBER, VR::IS, &series.to_string());
        text(tags::INSTANCE_NUMBER, VR::IS, &number.to_string());
        text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2");
        for (tag, vr, value) in more {
            text(*tag, *vr, value);
        }
        let mut short = |tag: Tag, value: u16| object.put(DataElement::new(tag, VR::US, dicom_value!(U16, [value])));
        short(tags::SAMPLES_PER_PIXEL, 1);
        short(tags::ROWS, side);
        short(tags::COLUMNS, side);
        short(tags::BITS_ALLOCATED, 8);
        short(tags::BITS_STORED, 8);
        short(tags::HIGH_BIT, 7);
        short(tags::PIXEL_REPRESENTATION, 0);
        object.put(DataElement::new(tags::PIXEL_DATA, VR::OB, PrimitiveValue::U8(pixels.into())));
        let meta = FileMetaTableBuilder::new().transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN);
        let mut file = Vec::new();
        object.with_meta(meta).expect("meta").write_all(&mut file).expect("a file");
        Self { study: study_uid, series: series_uid, instance: instance_uid, file }
    }

    /// The data set, as it comes after the file meta information.
    pub fn data_set(&self) -> &[u8] {
        data_set(&self.file)
    }

    /// DICOMweb path of the instance.
    pub fn path(&self) -> String {
        format!("/dicom-web/studies/{}/series/{}/instances/{}", self.study, self.series, self.instance)
    }
}

/// The data set of a file, which is what comes back however it was sent.
pub fn data_set(file: &[u8]) -> &[u8] {
    &file[crate::scu::data_set_start(file).expect("file meta information")..]
}

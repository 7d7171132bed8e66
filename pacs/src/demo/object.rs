//! One DICOM object of the demo: the modules every object has, and a short way to add the others.

use archive::retrieve::Kind;
use dicom_core::{DataElement, PrimitiveValue, Tag, VR, dicom_value};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileDicomObject, FileMetaTableBuilder, InMemDicomObject, WriteError};
use dicom_transfer_syntax_registry::entries::EXPLICIT_VR_LITTLE_ENDIAN;
use dimse_scp::ObjectInMemory;

/// Root of the demo's UIDs: one fixed UUID (PS3.5 §B.2), so that sending the demo twice adds nothing.
const UID_ROOT: &str = "2.25.147692497332295134165946337556638519718";

const DATE: &str = "20260102";
const TIME: &str = "101500";

/// What parts one study or series from another.
pub struct Series {
    /// Number of the study within the demo; its UID and Accession Number come of it.
    pub study: u32,
    /// Study Description.
    pub study_description: &'static str,
    /// Number of the series within its study.
    pub series: u32,
    /// Series Description.
    pub description: &'static str,
    /// Modality.
    pub modality: &'static str,
    /// SOP Class UID.
    pub sop_class: &'static str,
}

/// A DICOM object that is being made, or is ready to be sent.
pub struct Object {
    /// SOP Class UID.
    pub sop_class: &'static str,
    /// SOP Instance UID.
    pub sop_instance: String,
    /// The data set.
    pub data_set: InMemDicomObject,
}

impl Object {
    /// An object with the Patient, General Study, General Series, General Equipment and SOP Common modules.
    pub fn new(of: &Series, number: u32) -> Self {
        let study = format!("{UID_ROOT}.{}", of.study);
        let series = format!("{study}.{}", of.series);
        let sop_instance = format!("{series}.{number}");
        let data_set = InMemDicomObject::new_empty();
        let mut object = Self { sop_class: of.sop_class, sop_instance: sop_instance.clone(), data_set };
        object.text(tags::SOP_CLASS_UID, VR::UI, of.sop_class).text(tags::SOP_INSTANCE_UID, VR::UI, &sop_instance);
        object.text(tags::STUDY_INSTANCE_UID, VR::UI, &study).text(tags::SERIES_INSTANCE_UID, VR::UI, &series);
        object.patient();
        object.text(tags::STUDY_ID, VR::SH, &of.study.to_string());
        object.text(tags::ACCESSION_NUMBER, VR::SH, &format!("DEMO{}", of.study));
        object.text(tags::STUDY_DESCRIPTION, VR::LO, of.study_description);
        object.text(tags::SERIES_DESCRIPTION, VR::LO, of.description);
        object.text(tags::MODALITY, VR::CS, of.modality);
        object.text(tags::SERIES_NUMBER, VR::IS, &of.series.to_string());
        object.text(tags::INSTANCE_NUMBER, VR::IS, &number.to_string());
        object.text(tags::REFERRING_PHYSICIAN_NAME, VR::PN, "");
        object.text(tags::MANUFACTURER, VR::LO, "PACS gateway demo");
        object.dates();
        object
    }

    /// The object as a PS3.10 file.
    pub fn into_file(self) -> Result<FileDicomObject<InMemDicomObject>, dicom_object::WithMetaError> {
        let meta = FileMetaTableBuilder::new().transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN);
        self.data_set.with_meta(meta)
    }

    /// The object as it is sent.
    pub fn in_memory(&self) -> Result<ObjectInMemory, Box<WriteError>> {
        let mut data_set = Vec::new();
        self.data_set.write_dataset_with_ts(&mut data_set, &EXPLICIT_VR_LITTLE_ENDIAN.erased())?;
        let transfer_syntax = uids::EXPLICIT_VR_LITTLE_ENDIAN.to_owned();
        let kind = Kind { sop_class: self.sop_class.to_owned(), transfer_syntax };
        Ok(ObjectInMemory { kind, sop_instance: self.sop_instance.clone(), data_set: data_set.into() })
    }

    fn patient(&mut self) {
        self.text(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192");
        self.text(tags::PATIENT_NAME, VR::PN, "Phantom^Ellipsoid");
        self.text(tags::PATIENT_ID, VR::LO, "DEMO-1");
        self.text(tags::PATIENT_BIRTH_DATE, VR::DA, "");
        self.text(tags::PATIENT_SEX, VR::CS, "O");
    }

    fn dates(&mut self) {
        for tag in [tags::STUDY_DATE, tags::SERIES_DATE, tags::ACQUISITION_DATE, tags::CONTENT_DATE] {
            self.text(tag, VR::DA, DATE);
        }
        for tag in [tags::STUDY_TIME, tags::SERIES_TIME, tags::ACQUISITION_TIME, tags::CONTENT_TIME] {
            self.text(tag, VR::TM, TIME);
        }
    }

    /// A text element; several values are separated by backslashes.
    pub fn text(&mut self, tag: Tag, vr: VR, value: &str) -> &mut Self {
        let values: Vec<String> = value.split('\\').map(str::to_owned).collect();
        let value = if value.is_empty() { PrimitiveValue::Empty } else { PrimitiveValue::Strs(values.into()) };
        self.data_set.put(DataElement::new(tag, vr, value));
        self
    }

    /// Decimal strings.
    pub fn decimals(&mut self, tag: Tag, values: &[f64]) -> &mut Self {
        let text: Vec<String> = values.iter().map(|value| format!("{value}")).collect();
        self.text(tag, VR::DS, &text.join("\\"))
    }

    /// An unsigned short.
    pub fn short(&mut self, tag: Tag, value: u16) -> &mut Self {
        self.data_set.put(DataElement::new(tag, VR::US, dicom_value!(U16, [value])));
        self
    }

    /// An attribute tag.
    pub fn pointer(&mut self, tag: Tag, to: Tag) -> &mut Self {
        self.data_set.put(DataElement::new(tag, VR::AT, PrimitiveValue::Tags(vec![to].into())));
        self
    }

    /// The Image Pixel module for unsigned grey samples.
    pub fn grey(&mut self, rows: u16, columns: u16, bits_stored: u16) -> &mut Self {
        let allocated = if bits_stored > 8 { 16 } else { 8 };
        self.short(tags::SAMPLES_PER_PIXEL, 1);
        self.text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2");
        self.short(tags::ROWS, rows).short(tags::COLUMNS, columns);
        self.short(tags::BITS_ALLOCATED, allocated).short(tags::BITS_STORED, bits_stored);
        self.short(tags::HIGH_BIT, bits_stored - 1).short(tags::PIXEL_REPRESENTATION, 0)
    }

    /// Pixel Data of 16-bit samples.
    pub fn pixels16(&mut self, samples: Vec<u16>) -> &mut Self {
        self.data_set.put(DataElement::new(tags::PIXEL_DATA, VR::OW, PrimitiveValue::U16(samples.into())));
        self
    }

    /// Pixel Data of 8-bit samples.
    pub fn pixels8(&mut self, samples: Vec<u8>) -> &mut Self {
        self.data_set.put(DataElement::new(tags::PIXEL_DATA, VR::OB, PrimitiveValue::U8(samples.into())));
        self
    }
}

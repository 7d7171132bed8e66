//! A DICOMDIR (PS3.3 Annex F, PS3.10 §8): the directory of a file-set, which viewers of exchanged media look for.
//!
//! Records of four levels, linked by their places in the file. All that is written into a record is of a fixed length but
//! its keys, so records are encoded first and linked afterwards.

use dicom_core::{Tag, VR};
use dicom_dictionary_std::{tags, uids};

use crate::model::{self, Attribute, Content, ModelError, Value};

/// Most files of a directory: its records are held in memory, some hundred bytes each.
pub const MOST_FILES: usize = 100_000;

/// Where the three linking values stand in an encoded record: they come first, and their headers have 8 bytes.
const NEXT: usize = 8;
const LOWER: usize = 30;
/// Header of an Item.
const ITEM: usize = 8;

/// A directory in the making.
#[derive(Debug, Default)]
pub struct Directory {
    records: Vec<Record>,
    /// The record of each level, from the patient down, that the last file was put under.
    path: Vec<(String, usize)>,
    files: usize,
}

#[derive(Debug)]
struct Record {
    level: usize,
    bytes: Vec<u8>,
}

/// A file of the file-set.
#[derive(Debug, Clone, Copy)]
pub struct ReferencedFile<'a> {
    /// Components of its File ID: up to 8, each of up to 8 letters A–Z, digits and `_`.
    pub id: &'a [&'a str],
    /// Transfer Syntax UID of the file.
    pub transfer_syntax: &'a str,
    /// SOP Class UID.
    pub sop_class: &'a str,
    /// SOP Instance UID.
    pub instance: &'a str,
    /// Whether it has pixels.
    pub is_image: bool,
}

/// Attributes of a record, with the VRs that they have when the object lacks them.
type Keys = &'static [(Tag, VR)];

/// What a record of a level is called, what tells it from its siblings, and its keys (PS3.3 §F.5).
const LEVELS: [(&str, Tag, Keys); 3] = [
    ("PATIENT", tags::PATIENT_ID, &[(tags::PATIENT_NAME, VR::PN), (tags::PATIENT_ID, VR::LO)]),
    (
        "STUDY",
        tags::STUDY_INSTANCE_UID,
        &[
            (tags::STUDY_DATE, VR::DA),
            (tags::STUDY_TIME, VR::TM),
            (tags::ACCESSION_NUMBER, VR::SH),
            (tags::STUDY_DESCRIPTION, VR::LO),
            (tags::STUDY_INSTANCE_UID, VR::UI),
            (tags::STUDY_ID, VR::SH),
        ],
    ),
    (
        "SERIES",
        tags::SERIES_INSTANCE_UID,
        &[(tags::MODALITY, VR::CS), (tags::SERIES_INSTANCE_UID, VR::UI), (tags::SERIES_NUMBER, VR::IS)],
    ),
];

/// Keys of a record that refers to a file: those of all its types, of which an object has some.
const FILE_KEYS: Keys = &[
    (tags::CONTENT_DATE, VR::DA),
    (tags::CONTENT_TIME, VR::TM),
    (tags::DOCUMENT_TITLE, VR::ST),
    (tags::INSTANCE_NUMBER, VR::IS),
    (tags::COMPLETION_FLAG, VR::CS),
    (tags::VERIFICATION_FLAG, VR::CS),
    (tags::CONCEPT_NAME_CODE_SEQUENCE, VR::SQ),
    (tags::CONTENT_LABEL, VR::CS),
    (tags::CONTENT_DESCRIPTION, VR::LO),
    (tags::CONTENT_CREATOR_NAME, VR::PN),
];

/// Whether the record of a file, or one above it, tells this attribute of an object.
pub fn is_key(tag: Tag) -> bool {
    let mut keys = LEVELS.iter().flat_map(|(_, _, keys)| keys.iter()).chain(FILE_KEYS);
    keys.any(|(key, _)| *key == tag)
}

impl Directory {
    /// Adds a file by the attributes of its object. Files of one series come one after the other. Objects that have no
    /// place in a DICOMDIR are left out.
    ///
    /// # Errors
    /// When an attribute cannot be encoded, or there are more than [`MOST_FILES`].
    pub fn add(&mut self, attributes: &[Attribute], file: ReferencedFile<'_>) -> Result<(), ModelError> {
        if self.files == MOST_FILES {
            let reason = format!("a DICOMDIR of more than {MOST_FILES} files is too long");
            return Err(ModelError { path: String::new(), reason });
        }
        self.files += 1;
        let Some(kind) = kind_of(&file) else { return Ok(()) };
        for (level, (kind_above, name, keys)) in LEVELS.into_iter().enumerate() {
            let name = model::text(attributes, name).unwrap_or_default().to_owned();
            if self.path.get(level).is_some_and(|(known, _)| *known == name) {
                continue;
            }
            self.path.truncate(level);
            self.path.push((name, self.records.len()));
            self.push(level, kind_above, Vec::new(), chosen(attributes, keys, true))?;
        }
        let texts = |values: &[&str]| values.iter().map(|text| Value::Text((*text).to_owned())).collect();
        let reference = vec![
            attribute(tags::REFERENCED_FILE_ID, VR::CS, texts(file.id)),
            attribute(tags::REFERENCED_SOP_CLASS_UID_IN_FILE, VR::UI, texts(&[file.sop_class])),
            attribute(tags::REFERENCED_SOP_INSTANCE_UID_IN_FILE, VR::UI, texts(&[file.instance])),
            attribute(tags::REFERENCED_TRANSFER_SYNTAX_UID_IN_FILE, VR::UI, texts(&[file.transfer_syntax])),
        ];
        self.push(LEVELS.len(), kind, reference, chosen(attributes, FILE_KEYS, false))
    }

    fn push(
        &mut self,
        level: usize,
        kind: &str,
        reference: Vec<Attribute>,
        keys: Vec<Attribute>,
    ) -> Result<(), ModelError> {
        let number = |number: u32| vec![Value::Number(number.to_string())];
        let mut record = vec![
            attribute(tags::OFFSET_OF_THE_NEXT_DIRECTORY_RECORD, VR::UL, number(0)),
            attribute(tags::RECORD_IN_USE_FLAG, VR::US, number(0xffff)),
            attribute(tags::OFFSET_OF_REFERENCED_LOWER_LEVEL_DIRECTORY_ENTITY, VR::UL, number(0)),
            attribute(tags::DIRECTORY_RECORD_TYPE, VR::CS, vec![Value::Text(kind.to_owned())]),
        ];
        record.extend(reference);
        record.extend(keys);
        self.records.push(Record { level, bytes: bytes(record)? });
        Ok(())
    }

    /// The whole file. `implementation` is the Implementation Class UID of who writes it.
    ///
    /// # Errors
    /// When it would be longer than the 4 GiB that its offsets reach.
    pub fn write(mut self, instance: &str, implementation: &str) -> Result<Vec<u8>, ModelError> {
        let mut file = file_meta(instance, implementation)?;
        let number = |number: u32| vec![Value::Number(number.to_string())];
        let before = |first: u32, last: u32| {
            bytes(vec![
                attribute(tags::FILE_SET_ID, VR::CS, Vec::new()),
                attribute(
                    tags::OFFSET_OF_THE_FIRST_DIRECTORY_RECORD_OF_THE_ROOT_DIRECTORY_ENTITY,
                    VR::UL,
                    number(first),
                ),
                attribute(tags::OFFSET_OF_THE_LAST_DIRECTORY_RECORD_OF_THE_ROOT_DIRECTORY_ENTITY, VR::UL, number(last)),
                attribute(tags::FILE_SET_CONSISTENCY_FLAG, VR::US, number(0)),
            ])
        };
        // The sequence's own header has 12 bytes.
        let start = file.len() + before(0, 0)?.len() + 12;
        let length: usize = self.records.iter().map(|record| ITEM + record.bytes.len()).sum();
        let too_long =
            || ModelError { path: String::new(), reason: "the DICOMDIR would be longer than 4 GiB".to_owned() };
        u32::try_from(start + length).map_err(|_| too_long())?;
        let places = self.places(start);
        self.link(&places);
        let patients = || self.records.iter().zip(&places).filter(|(record, _)| record.level == 0);
        let place = |found: Option<(&Record, &u32)>| found.map_or(0, |(_, place)| *place);
        file.extend(before(place(patients().next()), place(patients().next_back()))?);
        file.extend(b"\x04\x00\x20\x12SQ\0\0");
        file.extend((length as u32).to_le_bytes());
        for record in &self.records {
            file.extend(b"\xfe\xff\x00\xe0");
            file.extend((record.bytes.len() as u32).to_le_bytes());
            file.extend(&record.bytes);
        }
        Ok(file)
    }

    /// The place of each record in the file; checked to fit.
    fn places(&self, start: usize) -> Vec<u32> {
        let mut place = start;
        let next = |record: &Record| {
            let this = place as u32;
            place += ITEM + record.bytes.len();
            this
        };
        self.records.iter().map(next).collect()
    }

    /// Writes the place of the next sibling, and of the first record below, into each record.
    fn link(&mut self, places: &[u32]) {
        let mut next = [0; LEVELS.len() + 1];
        for (record, place) in self.records.iter_mut().zip(places).rev() {
            let lower = next.get(record.level + 1).copied().unwrap_or(0);
            record.bytes[NEXT..NEXT + 4].copy_from_slice(&u32::to_le_bytes(next[record.level]));
            record.bytes[LOWER..LOWER + 4].copy_from_slice(&u32::to_le_bytes(lower));
            next[record.level] = *place;
            next[record.level + 1..].fill(0);
        }
    }
}

/// Directory Record Type of a file (PS3.3 §F.4); `None` for objects that no directory knows.
fn kind_of(file: &ReferencedFile<'_>) -> Option<&'static str> {
    Some(match file.sop_class {
        _ if file.is_image => "IMAGE",
        uids::ENCAPSULATED_PDF_STORAGE | uids::ENCAPSULATED_CDA_STORAGE => "ENCAP DOC",
        uids::RT_PLAN_STORAGE => "RT PLAN",
        uids::RT_STRUCTURE_SET_STORAGE => "RT STRUCTURE SET",
        uids::KEY_OBJECT_SELECTION_DOCUMENT_STORAGE => "KEY OBJECT DOC",
        uids::RAW_DATA_STORAGE => "RAW DATA",
        class if class.starts_with("1.2.840.10008.5.1.4.1.1.88.") => "SR DOCUMENT",
        class if class.starts_with("1.2.840.10008.5.1.4.1.1.11.") => "PRESENTATION",
        class if class.starts_with("1.2.840.10008.5.1.4.1.1.9.") => "WAVEFORM",
        _ => return None,
    })
}

/// The keys that the object has; those of the upper levels stand there empty too.
fn chosen(attributes: &[Attribute], keys: &[(Tag, VR)], always: bool) -> Vec<Attribute> {
    let of = |(tag, vr): &(Tag, VR)| {
        let found = attributes.iter().find(|attribute| attribute.tag == *tag);
        let found = found.filter(|found| !matches!(found.content, Content::BulkData(_))).cloned();
        found.or_else(|| always.then(|| attribute(*tag, *vr, Vec::new())))
    };
    keys.iter().filter_map(of).collect()
}

fn attribute(tag: Tag, vr: VR, values: Vec<Value>) -> Attribute {
    Attribute { tag, vr, content: Content::Values(values) }
}

/// A data set without bulk data.
fn bytes(attributes: Vec<Attribute>) -> Result<Vec<u8>, ModelError> {
    let pieces = model::encode(attributes)?.pieces.into_iter();
    let bytes = pieces.map(|piece| match piece {
        model::Piece::Bytes(bytes) => bytes,
        model::Piece::BulkData { .. } => Vec::new(),
    });
    Ok(bytes.flatten().collect())
}

/// Preamble, prefix and file meta information (PS3.10 §7.1).
fn file_meta(instance: &str, implementation: &str) -> Result<Vec<u8>, ModelError> {
    let element = |element: u16, vr: &[u8; 2], value: &[u8]| {
        let mut bytes = [&[2, 0], &element.to_le_bytes()[..], vr].concat();
        let padded = value.len().next_multiple_of(2);
        if vr == b"OB" {
            bytes.extend([0, 0]);
            bytes.extend((padded as u32).to_le_bytes());
        } else {
            bytes.extend((padded as u16).to_le_bytes());
        }
        bytes.extend(value);
        bytes.resize(bytes.len() + padded - value.len(), 0);
        bytes
    };
    let rest = [
        element(1, b"OB", &[0, 1]),
        element(2, b"UI", uids::MEDIA_STORAGE_DIRECTORY_STORAGE.as_bytes()),
        element(3, b"UI", instance.as_bytes()),
        element(0x10, b"UI", uids::EXPLICIT_VR_LITTLE_ENDIAN.as_bytes()),
        element(0x12, b"UI", implementation.as_bytes()),
    ]
    .concat();
    let mut file = vec![0; 128];
    file.extend(b"DICM");
    file.extend(element(0, b"UL", &(rest.len() as u32).to_le_bytes()));
    file.extend(rest);
    Ok(file)
}

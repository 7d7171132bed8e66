//! What is different in a rewritten object: its Pixel Data, and the elements that describe them.

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

use super::write::{put_item, put_sequence, put_text};
use crate::element::DataSet;

/// What the caller's decoder makes of encapsulated Pixel Data.
#[derive(Debug, Clone)]
pub struct DecodedPixelData {
    /// Length of all frames together in bytes; less than 4 GiB, which is all that native Pixel Data can hold.
    pub length: u64,
    /// Photometric Interpretation of the decoded samples, when it differs from the stored one (YBR_FULL_422 to RGB …).
    pub photometric_interpretation: Option<&'static str>,
    /// Planar Configuration of the decoded samples, for more than one sample per pixel.
    pub planar_configuration: Option<u16>,
    /// Bits Allocated of the decoded samples.
    pub bits_allocated: u16,
}

/// What the caller's encoder makes of Pixel Data, native or encapsulated.
#[derive(Debug, Clone)]
pub struct EncodedPixelData {
    /// Photometric Interpretation of the encoded frames (PS3.5 §8.2).
    pub photometric_interpretation: String,
    /// Planar Configuration, for more than one sample per pixel.
    pub planar_configuration: Option<u16>,
    /// What was lost, if the encoder loses something.
    pub lossy: Option<LossyCompression>,
}

/// A lossy compression that this object has not undergone before.
#[derive(Debug, Clone)]
pub struct LossyCompression {
    /// Lossy Image Compression Method (0028,2114), a Defined Term of PS3.3 §C.7.6.1.1.5.1.
    pub method: &'static str,
    /// Lossy Image Compression Ratio (0028,2112), about.
    pub ratio: f64,
    /// SOP Instance UID of what comes out: it is another image (PS3.3 §C.7.6.1.1.5).
    pub sop_instance_uid: String,
}

/// The form of Pixel Data in the rewritten object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Native Pixel Data are copied; encapsulated ones are left out.
    Kept,
    /// All Pixel Data are copied.
    Stored,
    /// The caller's native samples.
    Native {
        /// Length of all frames together in bytes.
        length: u64,
        /// Bits Allocated.
        bits_allocated: u16,
    },
    /// The caller's Items.
    Encapsulated,
}

/// What a plan changes.
pub(super) struct Changes {
    /// Elements of the data set proper that take the place of stored ones or come new, by tag.
    pub elements: Vec<(Tag, VR, Vec<u8>)>,
    /// The form of Pixel Data.
    pub form: Form,
    /// An Item that comes first in the stored Source Image Sequence.
    pub source: Option<Vec<u8>>,
}

impl Changes {
    /// Nothing but the encoding of elements.
    pub(super) fn none() -> Self {
        Self { elements: Vec::new(), form: Form::Kept, source: None }
    }

    /// The same, and Pixel Data in any form.
    pub(super) fn stored() -> Self {
        Self { form: Form::Stored, ..Self::none() }
    }

    /// Decoded Pixel Data instead of encapsulated ones.
    pub(super) fn decoded(decoded: &DecodedPixelData) -> Self {
        let mut elements = description(decoded.photometric_interpretation, decoded.planar_configuration);
        elements.push((tags::BITS_ALLOCATED, VR::US, decoded.bits_allocated.to_le_bytes().to_vec()));
        let form = Form::Native { length: decoded.length, bits_allocated: decoded.bits_allocated };
        Self { elements, form, source: None }
    }

    /// Encapsulated Pixel Data instead of the stored ones.
    pub(super) fn encoded(set: &DataSet, encoded: &EncodedPixelData) -> Self {
        let photometric = Some(encoded.photometric_interpretation.as_str());
        let mut elements = description(photometric, encoded.planar_configuration);
        let mut source = None;
        if let Some(lossy) = &encoded.lossy {
            elements.extend(derivation(set, lossy));
            let item = source_image(set);
            if set.root().get(tags::SOURCE_IMAGE_SEQUENCE).is_some() {
                source = Some(item);
            } else {
                elements.push((tags::SOURCE_IMAGE_SEQUENCE, VR::SQ, item));
            }
        }
        elements.sort_by_key(|(tag, ..)| *tag);
        Self { elements, form: Form::Encapsulated, source }
    }
}

/// Whether changes depend on an element of the data set proper.
pub(super) fn is_told(tag: Tag) -> bool {
    matches!(
        tag,
        tags::IMAGE_TYPE
            | tags::DERIVATION_DESCRIPTION
            | tags::SOURCE_IMAGE_SEQUENCE
            | tags::LOSSY_IMAGE_COMPRESSION_RATIO
            | tags::LOSSY_IMAGE_COMPRESSION_METHOD
    )
}

/// The elements that describe the samples.
fn description(photometric: Option<&str>, planar: Option<u16>) -> Vec<(Tag, VR, Vec<u8>)> {
    let photometric = photometric.map(|text| (tags::PHOTOMETRIC_INTERPRETATION, VR::CS, text.as_bytes().to_vec()));
    let planar = planar.map(|planar| (tags::PLANAR_CONFIGURATION, VR::US, planar.to_le_bytes().to_vec()));
    photometric.into_iter().chain(planar).collect()
}

/// The elements that say that this is a derived image, and how it was compressed (PS3.3 §C.7.6.1.1.5).
fn derivation(set: &DataSet, lossy: &LossyCompression) -> Vec<(Tag, VR, Vec<u8>)> {
    let root = set.root();
    let ratio = format!("{:.2}", lossy.ratio);
    let image_type = match root.raw_text(tags::IMAGE_TYPE).and_then(|text| text.split_once('\\')) {
        Some((_, rest)) => format!("DERIVED\\{rest}"),
        None => "DERIVED\\PRIMARY".to_owned(),
    };
    // Compressions that the image has undergone before stay in the list.
    let after = |tag, value: &str| match root.raw_text(tag).filter(|before| !before.is_empty()) {
        Some(before) => format!("{before}\\{value}").into_bytes(),
        None => value.as_bytes().to_vec(),
    };
    let mut elements = vec![
        (tags::IMAGE_TYPE, VR::CS, image_type.into_bytes()),
        (tags::SOP_INSTANCE_UID, VR::UI, lossy.sop_instance_uid.as_bytes().to_vec()),
        (tags::LOSSY_IMAGE_COMPRESSION, VR::CS, b"01".to_vec()),
        (tags::LOSSY_IMAGE_COMPRESSION_RATIO, VR::DS, after(tags::LOSSY_IMAGE_COMPRESSION_RATIO, &ratio)),
        (tags::LOSSY_IMAGE_COMPRESSION_METHOD, VR::CS, after(tags::LOSSY_IMAGE_COMPRESSION_METHOD, lossy.method)),
    ];
    let words = format!("Lossy compression {} about {ratio}:1", lossy.method);
    let before = root.get(tags::DERIVATION_DESCRIPTION).and_then(|element| root.bytes(element)).unwrap_or_default();
    let description = match before.trim_ascii() {
        b"" => words.into_bytes(),
        before => [before, b"; ", words.as_bytes()].concat(),
    };
    // A description that has no room for more stays as it is.
    if description.len() <= LONGEST_ST {
        elements.push((tags::DERIVATION_DESCRIPTION, VR::ST, description));
    }
    elements
}

/// Longest value of VR ST (PS3.5 §6.2).
const LONGEST_ST: usize = 1024;

/// An Item of Source Image Sequence that refers to the object as it is stored (PS3.3 §C.12.4.1.2).
fn source_image(set: &DataSet) -> Vec<u8> {
    let mut purpose = Vec::new();
    put_text(&mut purpose, tags::CODE_VALUE, VR::SH, "121320");
    put_text(&mut purpose, tags::CODING_SCHEME_DESIGNATOR, VR::SH, "DCM");
    put_text(&mut purpose, tags::CODE_MEANING, VR::LO, "Uncompressed predecessor");
    let mut reference = Vec::new();
    put_text(&mut reference, tags::REFERENCED_SOP_CLASS_UID, VR::UI, set.uid(tags::SOP_CLASS_UID).unwrap_or_default());
    let instance = set.uid(tags::SOP_INSTANCE_UID).unwrap_or_default();
    put_text(&mut reference, tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, instance);
    put_sequence(&mut reference, tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE, &purpose);
    let mut item = Vec::new();
    put_item(&mut item, &reference);
    item
}

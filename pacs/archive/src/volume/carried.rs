//! What a derived object takes over of what it is derived from.

use data_set::{Item, Tag, json, tags};
use serde_json::{Map, Value, json};

use crate::{Level, attribute};

/// Longest binary value of a header that is carried over.
const INLINE: u32 = 1024;
/// Attributes of the source that hold for what is derived of it, beside those of patient and study.
const KEPT: &[Tag] = &[
    tags::MODALITY,
    tags::MANUFACTURER,
    tags::INSTITUTION_NAME,
    tags::STATION_NAME,
    tags::MANUFACTURER_MODEL_NAME,
    tags::DEVICE_SERIAL_NUMBER,
    tags::SOFTWARE_VERSIONS,
    tags::SERIES_DATE,
    tags::SERIES_TIME,
    tags::ACQUISITION_DATE,
    tags::ACQUISITION_TIME,
    tags::CONTENT_DATE,
    tags::CONTENT_TIME,
    tags::BODY_PART_EXAMINED,
    tags::LATERALITY,
    tags::PROTOCOL_NAME,
    tags::FRAME_OF_REFERENCE_UID,
    tags::POSITION_REFERENCE_INDICATOR,
    tags::LOSSY_IMAGE_COMPRESSION,
    // What was done to the slices so that nobody is known by them holds for what is made of them.
    tags::PATIENT_IDENTITY_REMOVED,
    tags::DEIDENTIFICATION_METHOD,
    tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE,
    tags::BURNED_IN_ANNOTATION,
];

/// What holds for images of the same kind besides, but not for their segments.
pub(super) const OF_IMAGES: &[Tag] = &[
    tags::PATIENT_POSITION,
    tags::ACQUISITION_NUMBER,
    tags::KVP,
    tags::CONTRAST_BOLUS_AGENT,
    tags::SCANNING_SEQUENCE,
    tags::SEQUENCE_VARIANT,
    tags::SCAN_OPTIONS,
    tags::MR_ACQUISITION_TYPE,
    tags::REPETITION_TIME,
    tags::ECHO_TIME,
    tags::INVERSION_TIME,
    tags::ECHO_TRAIN_LENGTH,
    tags::MAGNETIC_FIELD_STRENGTH,
    tags::RESCALE_TYPE,
    tags::WINDOW_CENTER,
    tags::WINDOW_WIDTH,
    tags::LOSSY_IMAGE_COMPRESSION_RATIO,
    tags::LOSSY_IMAGE_COMPRESSION_METHOD,
];

/// What holds for the new object too: of patient, study and equipment.
pub(super) fn carried(root: &Item<'_>, also: &[Tag]) -> serde_json::Result<Map<String, Value>> {
    let mut object = json::object(*root, INLINE)?;
    let keeps = |name: &str| {
        attribute::by_name(name).is_some_and(|known| {
            let tag = Tag(known.tag.0, known.tag.1);
            known.tag.0.is_multiple_of(2)
                && (matches!(known.level, Level::Patient | Level::Study) || KEPT.contains(&tag) || also.contains(&tag))
        })
    };
    object.retain(|name, _| keeps(name));
    // An age is written in one way only (PS3.5 §6.2): one that is written otherwise is not copied into objects of ours.
    if !object.get("00101010").is_none_or(is_age) {
        object.remove("00101010");
    }
    // Type 2 of the Frame of Reference Module (PS3.3 §C.7.4.1).
    if object.contains_key("00200052") {
        object.entry("00201040").or_insert_with(|| json!({ "vr": "LO" }));
    }
    Ok(object)
}

fn is_age(element: &Value) -> bool {
    let text = element["Value"][0].as_str().unwrap_or_default().as_bytes();
    matches!(text, [] | [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'D' | b'W' | b'M' | b'Y'])
}

/// What an image of a part of the body that is not known must say: whether it is one of a pair is not known either.
pub(super) fn without_part(object: &mut Map<String, Value>) {
    if !object.contains_key("00180015") {
        object.entry("00200060").or_insert_with(|| json!({ "vr": "CS" }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_three_digits_and_a_unit() {
        let of = |age: &str| is_age(&json!({ "vr": "AS", "Value": [age] }));
        assert!(of("042Y") && is_age(&json!({ "vr": "AS" })));
        assert!(!of("42") && !of("42Y") && !of("042J"));
    }
}

//! Classes of a volume as a DICOM Segmentation (PS3.3 §A.51): binary segments, a frame for each slice of each.

use std::sync::Arc;

use data_set::{DataSet, Tag, tags, uids};
use serde_json::{Map, Value, json};

use super::carried::carried;
use super::derived::{Derived, put, uid};
use super::{Segmentation, Segments, SeriesVolume};
use crate::{Archive, Error};

/// Most frames of an object.
const MOST_FRAMES: usize = 16_384;

impl Archive {
    /// The classes of a volume but the lowest, which is what is around the patient, or the parts of one, as a Segmentation.
    ///
    /// # Errors
    /// As of reading the header of a stored instance; `Unprocessable` when there is one class only, no part, or too many frames.
    pub async fn segment_object(
        &self,
        seen: &Arc<SeriesVolume>,
        by: Segmentation,
        segments: Segments,
    ) -> Result<Derived, Error> {
        let header = self.header(&seen.stack.middle().0.instance).await?;
        let seen = seen.clone();
        self.work(move |_| object(&header, &seen, by, &segments)).await
    }
}

fn object(header: &DataSet, seen: &SeriesVolume, by: Segmentation, segments: &Segments) -> Result<Derived, Error> {
    let [columns, rows, slices] = seen.volume.size;
    let (numbers, frames) = (1..=segments.count(), segments.count() * slices);
    let how = match &segments.parts {
        None => format!("{by:?}"),
        Some(parts) => format!("{by:?} {:?}", parts.wanted),
    };
    if frames == 0 || frames > MOST_FRAMES {
        return Err(Error::Unprocessable(format!("a Segmentation of {frames} frames cannot be made of this volume")));
    }
    let internal = |words: String| Error::Internal(format!("an object was not made: {words}"), None);
    let mut object = carried(&header.root(), &[]).map_err(|error| internal(error.to_string()))?;
    // Segments lie where their frames do: without a value it says nothing, and may not be there.
    if object.get("00200060").is_some_and(|laterality| laterality.get("Value").is_none()) {
        object.remove("00200060");
    }
    let bits = bits(numbers.clone(), &segments.labels.labels);
    let instance = uid(seen, &format!("segmentation {how} {}", blake3::hash(&bits)));
    let is_tomogram = seen.stack.modality() == "CT";
    let mut put = |tag: Tag, vr: &str, value: Value| put(&mut object, tag, vr, value);
    put(tags::SPECIFIC_CHARACTER_SET, "CS", json!("ISO_IR 192"));
    put(tags::SOP_CLASS_UID, "UI", json!(uids::SEGMENTATION_STORAGE));
    put(tags::SOP_INSTANCE_UID, "UI", json!(instance));
    put(tags::SERIES_INSTANCE_UID, "UI", json!(uid(seen, &format!("segmentation series {how}"))));
    put(tags::MODALITY, "CS", json!("SEG"));
    put(tags::SERIES_NUMBER, "IS", json!(1));
    put(tags::INSTANCE_NUMBER, "IS", json!(1));
    put(tags::IMAGE_TYPE, "CS", json!(["DERIVED", "PRIMARY"]));
    equipment(&mut put);
    put(tags::CONTENT_LABEL, "CS", json!("HISTOGRAM"));
    put(tags::CONTENT_DESCRIPTION, "LO", json!("Classes of the intensity histogram"));
    put(tags::CONTENT_CREATOR_NAME, "PN", Value::Null);
    put(tags::SERIES_DESCRIPTION, "LO", json!("Classes of the intensity histogram"));
    for (tag, value) in [
        (tags::SAMPLES_PER_PIXEL, 1),
        (tags::ROWS, rows),
        (tags::COLUMNS, columns),
        (tags::BITS_ALLOCATED, 1),
        (tags::BITS_STORED, 1),
        (tags::HIGH_BIT, 0),
        (tags::PIXEL_REPRESENTATION, 0),
    ] {
        put(tag, "US", json!(value));
    }
    put(tags::PHOTOMETRIC_INTERPRETATION, "CS", json!("MONOCHROME2"));
    put(tags::LOSSY_IMAGE_COMPRESSION, "CS", json!("00"));
    put(tags::NUMBER_OF_FRAMES, "IS", json!(frames));
    put(tags::SEGMENTATION_TYPE, "CS", json!("BINARY"));
    put(tags::SEGMENT_SEQUENCE, "SQ", numbers.clone().map(|number| segment(number, segments, is_tomogram)).collect());
    put(tags::REFERENCED_SERIES_SEQUENCE, "SQ", referenced(seen));
    dimensions(&mut put, seen);
    put(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, "SQ", shared(seen));
    let places = numbers.flat_map(|number| (0..slices).map(move |slice| (number, slice)));
    put(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, "SQ", places.map(|place| frame(seen, place)).collect());
    Derived::of(&object, uids::SEGMENTATION_STORAGE, instance, ("OB", &bits))
}

/// Enhanced General Equipment (PS3.3 §C.7.5.2): what made the segments.
fn equipment(put: &mut impl FnMut(Tag, &str, Value)) {
    put(tags::MANUFACTURER, "LO", json!("PACS gateway"));
    put(tags::MANUFACTURER_MODEL_NAME, "LO", json!("Segmentation by the intensity histogram"));
    put(tags::DEVICE_SERIAL_NUMBER, "LO", json!("1"));
    put(tags::SOFTWARE_VERSIONS, "LO", json!(env!("CARGO_PKG_VERSION")));
}

fn code(value: &str, scheme: &str, meaning: &str) -> Value {
    json!([{
        "00080100": { "vr": "SH", "Value": [value] },
        "00080102": { "vr": "SH", "Value": [scheme] },
        "00080104": { "vr": "LO", "Value": [meaning] },
    }])
}

/// A segment: from a cut to the next, or a part of that. Of CT the two classes are what they are taken for; others are tissue.
fn segment(number: usize, segments: &Segments, is_tomogram: bool) -> Value {
    let class = segments.parts.as_ref().map_or(number, |parts| usize::from(parts.class));
    let from = class.checked_sub(1).and_then(|below| segments.cuts.get(below));
    let mut label = match (from, segments.cuts.get(class)) {
        (Some(from), Some(below)) => format!("{from:.0} to {below:.0}"),
        (Some(from), None) => format!("{from:.0} and more"),
        (None, Some(below)) => format!("less than {below:.0}"),
        (None, None) => "all values".to_owned(),
    };
    if segments.parts.is_some() {
        label = format!("{label}, part {number}");
    }
    let is_known = is_tomogram && segments.peaks.len() == 3 && segments.peaks[0] < -300.0;
    let kind = match (is_known, class) {
        (true, 1) => code("87784001", "SCT", "Soft tissue"),
        (true, 2) => code("3138006", "SCT", "Bone"),
        _ => code("85756007", "SCT", "Tissue"),
    };
    json!({
        "00620003": { "vr": "SQ", "Value": code("85756007", "SCT", "Tissue") },
        "00620004": { "vr": "US", "Value": [number] },
        "00620005": { "vr": "LO", "Value": [label] },
        "00620008": { "vr": "CS", "Value": ["AUTOMATIC"] },
        "00620009": { "vr": "LO", "Value": ["Intensity histogram"] },
        "0062000F": { "vr": "SQ", "Value": kind },
    })
}

fn reference(instance: &crate::StoredInstance, frame: u32) -> Value {
    let mut item = json!({
        "00081150": { "vr": "UI", "Value": [instance.sop_class] },
        "00081155": { "vr": "UI", "Value": [instance.instance] },
    });
    if instance.frame_count > 1 {
        item["00081160"] = json!({ "vr": "IS", "Value": [frame] });
    }
    item
}

/// Common Instance Reference Module (PS3.3 §C.12.2): each instance once.
fn referenced(seen: &SeriesVolume) -> Value {
    let mut instances: Map<String, Value> = Map::new();
    for (instance, _) in seen.stack.frames() {
        instances.entry(&instance.instance).or_insert_with(|| {
            json!({
                "00081150": { "vr": "UI", "Value": [instance.sop_class] },
                "00081155": { "vr": "UI", "Value": [instance.instance] },
            })
        });
    }
    let items: Vec<Value> = instances.into_iter().map(|(_, item)| item).collect();
    json!([{
        "0008114A": { "vr": "SQ", "Value": items },
        "0020000E": { "vr": "UI", "Value": [seen.stack.middle().0.instance.series] },
    }])
}

/// Multi-frame Dimension Module: by segment, then by place.
fn dimensions(put: &mut impl FnMut(Tag, &str, Value), seen: &SeriesVolume) {
    let organization = uid(seen, "dimensions");
    let index = |pointer: &str, group: &str, words: &str| {
        json!({
            "00209164": { "vr": "UI", "Value": [organization] },
            "00209165": { "vr": "AT", "Value": [pointer] },
            "00209167": { "vr": "AT", "Value": [group] },
            "00209421": { "vr": "LO", "Value": [words] },
        })
    };
    let indices =
        json!([index("0062000B", "0062000A", "Segment"), index("00200032", "00209113", "Image Position Patient")]);
    put(tags::DIMENSION_ORGANIZATION_SEQUENCE, "SQ", json!([{ "00209164": { "vr": "UI", "Value": [organization] } }]));
    put(tags::DIMENSION_INDEX_SEQUENCE, "SQ", indices);
}

fn shared(seen: &SeriesVolume) -> Value {
    let geometry = &seen.volume.geometry;
    let [across, down, between] = geometry.spacing();
    let cosines: Vec<f64> = (geometry.across.iter().map(|x| x / across))
        .chain(geometry.down.iter().map(|x| x / down))
        .map(|cosine| cosine + 0.0)
        .collect();
    json!([{
        "00209116": { "vr": "SQ", "Value": [{ "00200037": { "vr": "DS", "Value": cosines } }] },
        "00289110": { "vr": "SQ", "Value": [{
            "00180050": { "vr": "DS", "Value": [between] },
            "00180088": { "vr": "DS", "Value": [between] },
            "00280030": { "vr": "DS", "Value": [down, across] },
        }] },
    }])
}

fn frame(seen: &SeriesVolume, (number, slice): (usize, usize)) -> Value {
    let position = seen.volume.geometry.origins[slice];
    let source = seen.stack.frames().nth(slice).map(|(instance, frame)| {
        let mut item = reference(instance, frame);
        item["0040A170"] =
            json!({ "vr": "SQ", "Value": code("121322", "DCM", "Source image for image processing operation") });
        item
    });
    json!({
        "00089124": { "vr": "SQ", "Value": [{
            "00082112": { "vr": "SQ", "Value": source.into_iter().collect::<Vec<_>>() },
            "00089215": { "vr": "SQ", "Value": code("113076", "DCM", "Segmentation") },
        }] },
        "00209111": { "vr": "SQ", "Value": [{ "00209157": { "vr": "UL", "Value": [number, slice + 1] } }] },
        "00209113": { "vr": "SQ", "Value": [{ "00200032": { "vr": "DS", "Value": position } }] },
        "0062000A": { "vr": "SQ", "Value": [{ "0062000B": { "vr": "US", "Value": [number] } }] },
    })
}

/// A bit for each sample of each segment, the first in the lowest bit; frames follow one another without gaps.
fn bits(numbers: impl Iterator<Item = usize>, labels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut byte, mut filled) = (0_u8, 0);
    for number in numbers {
        for label in labels {
            byte |= u8::from(usize::from(*label) == number) << filled;
            filled += 1;
            if filled == 8 {
                bytes.push(byte);
                (byte, filled) = (0, 0);
            }
        }
    }
    if filled > 0 {
        bytes.push(byte);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_of_segments_follow_one_another() {
        assert_eq!(bits(1..=2, &[0, 1, 2, 2, 1]), [0b1001_0010, 0b01]);
    }
}

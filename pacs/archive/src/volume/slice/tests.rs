use data_set::{DataSet, Limits, Reader, model, uids};
use serde_json::{Value, json};

use super::*;

/// An object of eight frames with these attributes, beside those of its place.
fn object(more: Value) -> DataSet {
    let mut object = json!({
        "00200032": { "vr": "DS", "Value": [1, 2, -30] },
        "00200037": { "vr": "DS", "Value": [1, 0, 0, 0, 1, 0] },
        "00280030": { "vr": "DS", "Value": [2, 2] },
    });
    let attributes = object.as_object_mut().expect("an object");
    attributes.extend(more.as_object().expect("an object").clone());
    let attributes = model::from_json_object(attributes).expect("attributes");
    let bytes = model::encode_whole(attributes, uids::EXPLICIT_VR_LITTLE_ENDIAN).expect("an encoding");
    let mut reader = Reader::of_data_set(uids::EXPLICIT_VR_LITTLE_ENDIAN, Limits::default());
    reader.push(&bytes).expect("a data set");
    reader.finish().expect("a data set")
}

fn heights(offsets: [f64; 3]) -> Vec<f64> {
    let object = object(json!({ "3004000C": { "vr": "DS", "Value": offsets } }));
    slices(&object.root(), 3, 0, &[]).iter().flatten().map(|slice| slice.place.position[2]).collect()
}

#[test]
fn offsets_of_a_dose_are_distances_or_places() {
    assert_eq!(heights([0.0, 2.5, 5.0]), [-30.0, -27.5, -25.0]);
    assert_eq!(heights([-30.0, -27.5, -25.0]), [-30.0, -27.5, -25.0]);
}

#[test]
fn what_all_frames_say_is_kept_once_and_what_is_too_long_is_not_kept() {
    let long = "7".repeat(60_000);
    let object = object(json!({
        "3004000C": { "vr": "DS", "Value": [0, 1, 2] },
        "00080008": { "vr": "CS", "Value": ["ORIGINAL", "PRIMARY", "AXIAL"] },
        "00200052": { "vr": "UI", "Value": ["1.2.3"] },
        "00200012": { "vr": "LT", "Value": [long] },
    }));
    let slices: Vec<Slice> = slices(&object.root(), 3, 0, &[]).into_iter().flatten().collect();
    assert_eq!(slices.len(), 3);
    let kind = |slice: &Slice| slice.traits[TRAITS - 1].clone().expect("an image type");
    assert_eq!(&*kind(&slices[0]), "ORIGINAL\\PRIMARY\\AXIAL");
    assert!(Arc::ptr_eq(&kind(&slices[0]), &kind(&slices[2])));
    assert_eq!(slices[0].frame_of_reference.as_deref(), Some("1.2.3"));
    assert_eq!(slices[0].traits[5], None);
}

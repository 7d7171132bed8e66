//! A slice as a DICOM object: derived from the slices of the volume, in their frame of reference, of the same patient and
//! study (PS3.3 §C.7.6.1.1.2, §C.7.6.2, §C.12.4). Asked for twice, it is the same object to the byte.

use std::sync::Arc;

use bytes::Bytes;
use compute::volume::{Intensity, Plane};
use data_set::{DataSet, Tag, explicit, model, tags, uids};
use serde_json::{Map, Value, json};

use super::carried::{OF_IMAGES, carried, without_part};
use super::{Integers, Measure, SeriesVolume};
use crate::{Archive, Error};

/// Most slices that are named as sources.
const MOST_SOURCES: usize = 4096;

/// A DICOM object that was made here.
#[derive(Debug, Clone)]
pub struct Derived {
    /// SOP Class UID.
    pub sop_class: String,
    /// SOP Instance UID.
    pub instance: String,
    /// Preamble and file meta information.
    pub head: Bytes,
    /// The data set, in Explicit VR Little Endian.
    pub data_set: Bytes,
}

impl Archive {
    /// The object of values that were measured on a plane, by [`Archive::measure_exactly`].
    ///
    /// # Errors
    /// As of reading the header of a stored instance; `BadRequest` when the plane is too large for an image.
    pub async fn derived(
        &self,
        seen: &Arc<SeriesVolume>,
        measure: Measure,
        values: Vec<f32>,
    ) -> Result<Derived, Error> {
        let header = self.header(&seen.stack.middle().0.instance).await?;
        let seen = seen.clone();
        self.work(move |_| {
            let Measure { plane, slab, intensity, interpolation, .. } = &measure;
            let of_series = format!("{:?} {:?} {slab:?} {intensity:?} {interpolation:?}", plane.across, plane.down);
            let series = uid(&seen, &format!("series {of_series}"));
            let member = Member { series: &series, number: number(plane) };
            Derived::new(&header, &seen, &measure, &values, &member)
        })
        .await
    }
}

/// The Series that an object is made for, and its Instance Number there.
pub(super) struct Member<'a> {
    pub(super) series: &'a str,
    pub(super) number: i32,
}

impl Derived {
    pub(super) fn new(
        header: &DataSet,
        seen: &SeriesVolume,
        measure: &Measure,
        values: &[f32],
        member: &Member<'_>,
    ) -> Result<Self, Error> {
        let (source, _) = seen.stack.middle();
        let plane = &measure.plane;
        let side = |pixels: usize| u16::try_from(pixels).ok().filter(|side| *side > 0);
        let sides = side(plane.width).zip(side(plane.height));
        let (columns, rows) = sides.ok_or_else(|| {
            Error::BadRequest("size is more than 65535 columns or rows, which no image can have".to_owned())
        })?;
        let internal = |words: String| Error::Internal(format!("an object was not made: {words}"), None);
        let mut object = carried(&header.root(), OF_IMAGES).map_err(|error| internal(error.to_string()))?;
        without_part(&mut object);
        let integers = seen.integers(values);
        let sop_class = sop_class(&source.instance.sop_class, &object);
        let bytes: Vec<u8> = integers.samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let instance = uid(seen, &format!("instance {} {measure:?} {}", member.series, blake3::hash(&bytes)));
        let mut put = |tag: Tag, vr: &str, value: Value| put(&mut object, tag, vr, value);
        put(tags::SPECIFIC_CHARACTER_SET, "CS", json!("ISO_IR 192"));
        put(tags::SOP_CLASS_UID, "UI", json!(sop_class));
        put(tags::SOP_INSTANCE_UID, "UI", json!(instance));
        put(tags::SERIES_INSTANCE_UID, "UI", json!(member.series));
        put(tags::SERIES_NUMBER, "IS", Value::Null);
        put(tags::INSTANCE_NUMBER, "IS", json!(member.number));
        if sop_class == uids::SECONDARY_CAPTURE_IMAGE_STORAGE {
            put(tags::CONVERSION_TYPE, "CS", json!("WSD"));
        }
        describe(&mut put, seen, measure);
        place(&mut put, plane);
        pixels(&mut put, (columns, rows), &integers, seen.stack.is_inverse());
        empty(&mut object, sop_class);
        Self::of(&object, sop_class, instance, ("OW", &bytes))
    }

    /// The object of these attributes with these pixels, the last element of all.
    pub(super) fn of(
        object: &Map<String, Value>,
        sop_class: &str,
        instance: String,
        (vr, pixels): (&str, &[u8]),
    ) -> Result<Self, Error> {
        let internal = |error: model::ModelError| Error::Internal(format!("an object was not made: {error}"), None);
        let attributes = model::from_json_object(object).map_err(internal)?;
        let mut bytes = model::encode_whole(attributes, uids::EXPLICIT_VR_LITTLE_ENDIAN).map_err(internal)?;
        let length = pixels.len().next_multiple_of(2);
        bytes.reserve(length + 12);
        bytes.extend_from_slice(b"\xe0\x7f\x10\0");
        bytes.extend_from_slice(vr.as_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&(length as u32).to_le_bytes());
        bytes.extend_from_slice(pixels);
        bytes.resize(bytes.len() + length - pixels.len(), 0);
        let head = explicit::file_meta(sop_class, &instance, uids::EXPLICIT_VR_LITTLE_ENDIAN, None);
        Ok(Self { sop_class: sop_class.to_owned(), instance, head: head.into(), data_set: bytes.into() })
    }
}

pub(super) fn put(object: &mut Map<String, Value>, tag: Tag, vr: &str, value: Value) {
    let values = match value {
        Value::Array(values) => values,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    let element = if values.is_empty() { json!({ "vr": vr }) } else { json!({ "vr": vr, "Value": values }) };
    object.insert(format!("{:04X}{:04X}", tag.group(), tag.element()), element);
}

/// CT and MR stay what they are where what an image of theirs must say is known of the slices; other images are Secondary
/// Captures with a place. What enhanced MR says of how it was acquired has no words in a classic image.
fn sop_class(source: &str, object: &Map<String, Value>) -> &'static str {
    let says = |name: &str| object.get(name).is_some_and(|element| element.get("Value").is_some());
    match source {
        uids::CT_IMAGE_STORAGE | uids::ENHANCED_CT_IMAGE_STORAGE => uids::CT_IMAGE_STORAGE,
        uids::MR_IMAGE_STORAGE if says("00180020") && says("00180021") => uids::MR_IMAGE_STORAGE,
        _ => uids::SECONDARY_CAPTURE_IMAGE_STORAGE,
    }
}

/// What must be there, if only without a value (type 2 of CT Image, PS3.3 §C.8.2.1, and of MR Image, §C.8.3.1).
fn empty(object: &mut Map<String, Value>, sop_class: &str) {
    let needed: &[(&str, &str)] = match sop_class {
        uids::CT_IMAGE_STORAGE => &[("00180060", "DS"), ("00200012", "IS")],
        uids::MR_IMAGE_STORAGE => {
            &[("00180022", "CS"), ("00180023", "CS"), ("00180080", "DS"), ("00180081", "DS"), ("00180091", "IS")]
        }
        // Image Orientation (Patient) is no part of a Secondary Capture, though it is there (2C of PS3.3 §C.7.6.1).
        _ => &[("00200020", "CS")],
    };
    for (name, vr) in needed {
        object.entry(*name).or_insert_with(|| json!({ "vr": vr }));
    }
}

/// Numbers the planes of a series by their places along where the viewer looks: in hundredths of a millimetre.
fn number(plane: &Plane) -> i32 {
    let depth: f64 = plane.normal().iter().zip(plane.corner).map(|(way, place)| way * place).sum();
    (depth * 100.0).round() as i32
}

/// What was done, and to what (PS3.3 §C.12.4; Derivation: CID 7203).
fn describe(put: &mut impl FnMut(Tag, &str, Value), seen: &SeriesVolume, measure: &Measure) {
    let is_thick = measure.slab.is_none_or(|slab| slab.thickness > 0.0);
    let (code, meaning, kind) = match (is_thick, measure.intensity) {
        (true, Intensity::Maximum) => ("113078", "Maximum intensity projection", "MIP"),
        (true, Intensity::Minimum) => ("113079", "Minimum intensity projection", "MINIP"),
        _ => ("113072", "Multiplanar reformatting", "MPR"),
    };
    put(tags::IMAGE_TYPE, "CS", json!(["DERIVED", "SECONDARY", kind]));
    let words = match measure.slab {
        Some(slab) if slab.thickness > 0.0 => format!("{meaning}, {} mm thick", slab.thickness),
        Some(_) => meaning.to_owned(),
        None => format!("{meaning} of the whole volume"),
    };
    put(tags::DERIVATION_DESCRIPTION, "ST", json!(words));
    put(tags::SERIES_DESCRIPTION, "LO", json!(words.chars().take(64).collect::<String>()));
    let coded = json!({
        "00080100": { "vr": "SH", "Value": [code] },
        "00080102": { "vr": "SH", "Value": ["DCM"] },
        "00080104": { "vr": "LO", "Value": [meaning] },
    });
    put(tags::DERIVATION_CODE_SEQUENCE, "SQ", coded);
    let source = |(instance, frame): (&crate::StoredInstance, u32)| {
        let mut item = json!({
            "00081150": { "vr": "UI", "Value": [instance.sop_class] },
            "00081155": { "vr": "UI", "Value": [instance.instance] },
        });
        if instance.frame_count > 1 {
            item["00081160"] = json!({ "vr": "IS", "Value": [frame] });
        }
        item
    };
    let sources: Vec<Value> = seen.stack.frames().take(MOST_SOURCES).map(source).collect();
    put(tags::SOURCE_IMAGE_SEQUENCE, "SQ", Value::Array(sources));
    let thickness = match measure.slab {
        Some(slab) if slab.thickness > 0.0 => slab.thickness,
        _ => seen.volume.geometry.finest(),
    };
    put(tags::SLICE_THICKNESS, "DS", json!(thickness));
}

/// Image Plane Module.
fn place(put: &mut impl FnMut(Tag, &str, Value), plane: &Plane) {
    let length = |step: [f64; 3]| step.iter().map(|x| x * x).sum::<f64>().sqrt();
    let (across, down) = (length(plane.across), length(plane.down));
    let cosines: Vec<f64> =
        plane.across.iter().map(|x| x / across + 0.0).chain(plane.down.iter().map(|x| x / down + 0.0)).collect();
    put(tags::IMAGE_POSITION_PATIENT, "DS", json!(plane.corner.map(|x| x + 0.0)));
    put(tags::IMAGE_ORIENTATION_PATIENT, "DS", json!(cosines));
    put(tags::PIXEL_SPACING, "DS", json!([down, across]));
}

/// Image Pixel Module, and what gives back what was measured.
fn pixels(put: &mut impl FnMut(Tag, &str, Value), (columns, rows): (u16, u16), integers: &Integers, is_inverse: bool) {
    put(tags::SAMPLES_PER_PIXEL, "US", json!(1));
    put(tags::PHOTOMETRIC_INTERPRETATION, "CS", json!(if is_inverse { "MONOCHROME1" } else { "MONOCHROME2" }));
    put(tags::ROWS, "US", json!(rows));
    put(tags::COLUMNS, "US", json!(columns));
    put(tags::BITS_ALLOCATED, "US", json!(16));
    put(tags::BITS_STORED, "US", json!(16));
    put(tags::HIGH_BIT, "US", json!(15));
    put(tags::PIXEL_REPRESENTATION, "US", json!(1));
    put(tags::RESCALE_SLOPE, "DS", json!(integers.slope));
    put(tags::RESCALE_INTERCEPT, "DS", json!(integers.intercept));
}

/// A UID that says the same of the same slices (PS3.5 §B.2), from whichever gateway of this version.
pub(super) fn uid(seen: &SeriesVolume, what: &str) -> String {
    let mut hash = blake3::Hasher::new();
    hash.update(env!("CARGO_PKG_VERSION").as_bytes());
    for (instance, frame) in seen.stack.frames() {
        hash.update(instance.instance.as_bytes());
        hash.update(&instance.digest);
        hash.update(&frame.to_le_bytes());
    }
    hash.update(what.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize().as_bytes()[..16]);
    format!("2.25.{}", uuid::Builder::from_random_bytes(bytes).into_uuid().as_u128())
}

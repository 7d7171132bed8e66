//! Objects that cannot be de-identified here: what names somebody may be in their pixels, texts or sounds.

use data_set::{DataSet, Item, tags};
use serde_json::{Map, Value};

const STORAGE: &str = "1.2.840.10008.5.1.4.1.1.";

/// Storage SOP Classes of images as machines make them, and of what is drawn or computed from images and has no text but
/// what the profile treats. Everything else is withheld: reports, documents, sound, waveforms with their annotations,
/// presentation states, raw data, classes that nobody knows. By what follows [`STORAGE`].
#[rustfmt::skip]
const GIVEN: &[&str] = &[
    "1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "1.3.1", // computed, digital, mammographic and intra-oral radiographs
    "2", "2.1", "2.2", // CT
    "4", "4.1", "4.2", "4.3", "4.4", // MR
    "12.1", "12.1.1", "12.2", "12.2.1", "13.1.1", "13.1.2", "13.1.3", "13.1.4", "13.1.5", // angiography, fluoroscopy, tomosynthesis
    "14.1", "14.2", // intravascular OCT
    "20", "30", "128", "128.1", "130", // nuclear medicine, parametric maps, PET
    "66.1", "66.2", "66.3", "66.4", "66.5", "66.7", "68.1", "68.2", // registrations, segmentations, surfaces
    "481.1", "481.2", "481.3", "481.5", // RT images, doses, structure sets, plans
];

/// The same of pictures that people are seen on, or that machines write names into: only when an object says that nothing
/// is burned in.
#[rustfmt::skip]
const GIVEN_IF_SAID: &[&str] = &[
    "3", "3.1", "6", "6.1", "6.2", "6.3", // ultrasound
    "7", "7.1", "7.2", "7.3", "7.4", // secondary capture
    "77.1.1", "77.1.1.1", "77.1.2", "77.1.2.1", "77.1.3", "77.1.4", "77.1.4.1", "77.1.6", "77.1.7", // visible light
    "77.1.5.1", "77.1.5.2", "77.1.5.4", "77.1.5.5", "77.1.5.6", "77.1.5.7", "77.1.5.8", // eyes
];

/// What an object says of itself that decides.
pub(super) struct Statement {
    sop_class: String,
    /// Burned In Annotation (0028,0301).
    burned_in: String,
    /// Recognizable Visual Features (0028,0302).
    recognizable: String,
    /// Conversion Type (0008,0064).
    conversion: String,
    /// Image Type (0008,0008).
    image_type: String,
    /// Whether an overlay lies in bits of the pixels (Overlay Bit Position (60xx,0102) other than 0, retired).
    overlay_in_pixels: bool,
}

impl Statement {
    pub(super) fn of_object(set: &DataSet) -> Self {
        let root: Item<'_> = set.root();
        let text = |tag| root.text(tag).map(|text| text.to_uppercase()).unwrap_or_default();
        Self {
            sop_class: set.uid(tags::SOP_CLASS_UID).unwrap_or_default().to_owned(),
            burned_in: text(tags::BURNED_IN_ANNOTATION),
            recognizable: text(tags::RECOGNIZABLE_VISUAL_FEATURES),
            conversion: text(tags::CONVERSION_TYPE),
            image_type: text(tags::IMAGE_TYPE),
            overlay_in_pixels: root.elements().any(|element| {
                let is_position = element.tag.group() & 0xFF00 == 0x6000 && element.tag.element() == 0x0102;
                is_position && root.bytes(element).is_none_or(|value| value.iter().any(|byte| *byte != 0))
            }),
        }
    }

    pub(super) fn of_metadata(json: &Map<String, Value>) -> Self {
        let text = |name: &str| {
            let values = json.get(name).and_then(|element| element.get("Value")).and_then(Value::as_array);
            let texts = values.into_iter().flatten().filter_map(Value::as_str);
            texts.map(str::to_uppercase).collect::<Vec<_>>().join("\\").trim().to_owned()
        };
        Self {
            sop_class: text("00080016"),
            burned_in: text("00280301"),
            recognizable: text("00280302"),
            conversion: text("00080064"),
            image_type: text("00080008"),
            overlay_in_pixels: json.iter().any(|(name, element)| {
                let is_position = name.starts_with("60") && name.ends_with("0102");
                is_position && element.get("Value").is_some_and(|value| value[0] != 0)
            }),
        }
    }
}

/// Why an object cannot be given to those who may not know whose it is; `None`: it can.
pub(super) fn withheld(said: &Statement) -> Option<&'static str> {
    let class = said.sop_class.strip_prefix(STORAGE).unwrap_or_default();
    let is = |classes: &[&str]| classes.contains(&class);
    let is_clean = said.burned_in == "NO";
    if !is(GIVEN) && !is(GIVEN_IF_SAID) {
        return Some("objects of its SOP Class may hold texts, documents or sounds that tell who somebody is");
    }
    if !is_clean && !said.burned_in.is_empty() {
        return Some("its Burned In Annotation (0028,0301) says that there may be words in its pixels");
    }
    if !is_clean && is(GIVEN_IF_SAID) {
        return Some(
            "images of its SOP Class often have names in their pixels, and it does not say that it has none (Burned In \
             Annotation (0028,0301) NO)",
        );
    }
    if !is_clean && !said.conversion.is_empty() {
        return Some(
            "it was captured or digitised (Conversion Type (0008,0064)), and does not say that nothing is burned in",
        );
    }
    if said.recognizable == "YES" {
        return Some("its Recognizable Visual Features (0028,0302) says that somebody can be recognised");
    }
    if said.overlay_in_pixels {
        return Some("an overlay lies in the bits of its pixels (Overlay Bit Position (60xx,0102))");
    }
    let captured = ["SCREEN SAVE", "SCREENSHOT", "LABEL", "OVERVIEW", "PATIENT_INFO"];
    if said.image_type.split('\\').any(|value| captured.contains(&value.trim())) {
        return Some("its Image Type (0008,0008) says that it is the picture of a screen or label");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(class: &str) -> Statement {
        let none = String::new;
        Statement {
            sop_class: format!("{STORAGE}{class}"),
            burned_in: none(),
            recognizable: none(),
            conversion: none(),
            image_type: none(),
            overlay_in_pixels: false,
        }
    }

    #[test]
    fn gives_images_that_say_nothing_against_it() {
        for class in ["2", "4", "1.1", "128", "66.4"] {
            assert_eq!(withheld(&said(class)), None, "{class}");
        }
        assert_eq!(withheld(&Statement { burned_in: "NO".into(), ..said("6.1") }), None);
        assert_eq!(withheld(&Statement { image_type: "ORIGINAL\\PRIMARY\\AXIAL".into(), ..said("2") }), None);
    }

    #[test]
    fn withholds_what_may_name_somebody() {
        for class in ["6.1", "7", "77.1.4", "88.11", "88.59", "104.1", "104.2", "9.4.1", "11.1", "66", "", "999"] {
            assert!(withheld(&said(class)).is_some(), "{class}");
        }
        for statement in [
            Statement { burned_in: "YES".into(), ..said("2") },
            Statement { burned_in: "?".into(), ..said("2") },
            Statement { recognizable: "YES".into(), ..said("4") },
            Statement { conversion: "DF".into(), ..said("1") },
            Statement { image_type: "DERIVED\\SECONDARY\\SCREEN SAVE".into(), ..said("2") },
            Statement { sop_class: "1.2.3".into(), ..said("2") },
            Statement { overlay_in_pixels: true, ..said("1") },
        ] {
            assert!(withheld(&statement).is_some());
        }
    }
}

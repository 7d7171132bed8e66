//! What an object says of itself that decides whether it can be given, read from the object or from its metadata.

use std::collections::BTreeSet;

use data_set::{DataSet, Item, Tag, tags};
use schema::attribute::{parse_tag, tag_name};
use serde_json::{Map, Value};

use super::plane::Plane;

/// In the place of a value that cannot be read, or that is there twice.
pub(super) const UNREAD: &str = "?";

/// The attributes that are read, overlays apart.
const READ: [Tag; 15] = [
    tags::IMAGE_TYPE,
    tags::SOP_CLASS_UID,
    tags::CONVERSION_TYPE,
    tags::IMAGE_POSITION_PATIENT,
    tags::IMAGE_ORIENTATION_PATIENT,
    tags::FRAME_OF_REFERENCE_UID,
    tags::SAMPLES_PER_PIXEL,
    tags::PHOTOMETRIC_INTERPRETATION,
    tags::PIXEL_SPACING,
    tags::BITS_STORED,
    tags::BURNED_IN_ANNOTATION,
    tags::RECOGNIZABLE_VISUAL_FEATURES,
    tags::RESCALE_INTERCEPT,
    tags::RESCALE_SLOPE,
    tags::RESCALE_TYPE,
];

/// What an object says of itself that decides. `None`: the attribute is not there; [`UNREAD`]: nobody knows what it says.
#[derive(Default)]
pub(in crate::deidentify) struct Statement {
    pub(super) transfer_syntax: String,
    pub(super) sop_class: Option<String>,
    /// Burned In Annotation (0028,0301).
    pub(super) burned_in: Option<String>,
    /// Recognizable Visual Features (0028,0302).
    pub(super) recognizable: Option<String>,
    /// Conversion Type (0008,0064).
    pub(super) conversion: Option<String>,
    /// Image Type (0008,0008).
    pub(super) image_type: Option<String>,
    /// Samples per Pixel (0028,0002) other than 1.
    pub(super) is_coloured: bool,
    /// Whether an overlay may lie in bits of the pixels (retired): its group has no Overlay Data (60xx,3000), an Overlay Bit
    /// Position other than 0, or Overlay Bits Allocated other than 1.
    pub(super) overlay_in_pixels: bool,
    /// Where its pixels lie, and what they measure.
    pub(super) plane: Plane,
}

impl Statement {
    pub(in crate::deidentify) fn of_object(set: &DataSet) -> Self {
        let root: Item<'_> = set.root();
        let text = |tag: Tag| {
            let mut found = root.elements().filter(|element| element.tag == tag);
            found.next()?;
            let text = root.text(tag).filter(|_| found.next().is_none());
            Some(text.map_or_else(|| UNREAD.to_owned(), |text| text.trim().to_uppercase()))
        };
        let numbers = |tag: Tag| match root.elements().filter(|element| element.tag == tag).count() {
            1 => root.floats(tag),
            _ => Vec::new(),
        };
        let overlays = root.elements().filter(|element| element.tag.group() & 0xFF01 == 0x6000);
        let overlays = overlays.map(|element| {
            let number = root.bytes(element).and_then(|value| match value {
                [low, high] if !element.big_endian => Some(u16::from_le_bytes([*low, *high])),
                [high, low] => Some(u16::from_be_bytes([*high, *low])),
                _ => None,
            });
            OverlayElement {
                group: element.tag.group(),
                element: element.tag.element(),
                number,
                has_value: !element.is_empty(),
            }
        });
        let overlay_in_pixels = in_pixels(overlays);
        let is_coloured = root.get(tags::SAMPLES_PER_PIXEL).is_some() && root.ints(tags::SAMPLES_PER_PIXEL) != [1];
        Self { is_coloured, overlay_in_pixels, ..Self::of(&set.transfer_syntax, text, numbers) }
    }

    /// Which attributes a statement is read from, when it is asked for each in their order. Of the others of an
    /// overlay one tells as much as all.
    pub(in crate::deidentify) fn wanted() -> impl FnMut(Tag) -> bool {
        let mut overlay = 0;
        move |tag| {
            if tag.group() & 0xFF01 != 0x6000 || tag.element() == 0 {
                return READ.contains(&tag);
            }
            let is_first = std::mem::replace(&mut overlay, tag.group()) != tag.group();
            is_first || matches!(tag.element(), 0x0100 | 0x0102 | 0x3000)
        }
    }

    pub(in crate::deidentify) fn of_metadata(json: &Map<String, Value>, transfer_syntax: &str) -> Self {
        let named = |tag: Tag| json.get(&tag_name((tag.group(), tag.element())));
        let text = |tag: Tag| {
            let element = named(tag)?;
            let values = match element.get("Value") {
                Some(values) => values.as_array().map(Vec::as_slice),
                // A value that is elsewhere is not read; an element of a VR alone has none.
                None => (element.as_object().map(Map::len) == Some(1)).then_some(&[][..]),
            };
            let texts: Option<Vec<&str>> = values.and_then(|values| values.iter().map(Value::as_str).collect());
            let text = texts.map(|texts| texts.join("\\").trim().to_uppercase());
            Some(text.unwrap_or_else(|| UNREAD.to_owned()))
        };
        let numbers = |tag: Tag| {
            let values = named(tag).and_then(|element| element.get("Value")).and_then(Value::as_array);
            values.into_iter().flatten().map_while(Value::as_f64).collect()
        };
        let overlays = json.iter().filter_map(|(name, element)| {
            let (group, number) = parse_tag(name).filter(|(group, _)| group & 0xFF01 == 0x6000)?;
            let first = element.get("Value").and_then(|values| values[0].as_u64());
            Some(OverlayElement {
                group,
                element: number,
                number: first.and_then(|first| first.try_into().ok()),
                has_value: element.as_object().is_some_and(|members| members.len() > 1),
            })
        });
        let overlay_in_pixels = in_pixels(overlays);
        let is_coloured =
            named(tags::SAMPLES_PER_PIXEL).is_some_and(|samples| samples["Value"] != serde_json::json!([1]));
        Self { is_coloured, overlay_in_pixels, ..Self::of(transfer_syntax, text, numbers) }
    }

    fn of(transfer_syntax: &str, text: impl Fn(Tag) -> Option<String>, numbers: impl Fn(Tag) -> Vec<f64>) -> Self {
        Self {
            transfer_syntax: transfer_syntax.to_owned(),
            sop_class: text(tags::SOP_CLASS_UID),
            burned_in: text(tags::BURNED_IN_ANNOTATION),
            recognizable: text(tags::RECOGNIZABLE_VISUAL_FEATURES),
            conversion: text(tags::CONVERSION_TYPE),
            image_type: text(tags::IMAGE_TYPE),
            plane: Plane::of(&text, &numbers),
            ..Self::default()
        }
    }
}

/// An element of an overlay, with its value as a number of 16 bits.
struct OverlayElement {
    group: u16,
    element: u16,
    number: Option<u16>,
    has_value: bool,
}

fn in_pixels(elements: impl Iterator<Item = OverlayElement>) -> bool {
    let (mut groups, mut with_data) = (BTreeSet::new(), BTreeSet::new());
    for overlay in elements.filter(|overlay| overlay.element != 0) {
        groups.insert(overlay.group);
        match overlay.element {
            0x3000 if overlay.has_value => drop(with_data.insert(overlay.group)),
            0x0100 if overlay.number != Some(1) => return true,
            0x0102 if overlay.number != Some(0) => return true,
            _ => {}
        }
    }
    groups != with_data
}

#[cfg(test)]
mod tests {
    use super::super::classes::STORAGE;
    use super::super::withheld;
    use super::*;

    #[test]
    fn an_overlay_without_data_of_its_own_may_lie_in_the_pixels() {
        for (elements, is_in_pixels) in [
            (&[(0x3000, None)][..], false),
            (&[(0x0100, Some(1)), (0x0102, Some(0)), (0x3000, None)], false),
            (&[(0x0000, Some(8))], false),
            (&[(0x0100, Some(16)), (0x3000, None)], true),
            (&[(0x0102, Some(12)), (0x3000, None)], true),
            (&[(0x0102, None), (0x3000, None)], true),
            (&[(0x0010, Some(2))], true),
        ] {
            let of = |(element, number): &(u16, Option<u16>)| OverlayElement {
                group: 0x6000,
                element: *element,
                number: *number,
                has_value: true,
            };
            assert_eq!(in_pixels(elements.iter().map(of)), is_in_pixels, "{elements:04X?}");
        }
    }

    #[test]
    fn all_that_is_read_is_wanted() {
        let asked = std::cell::RefCell::new(BTreeSet::from([tags::SAMPLES_PER_PIXEL]));
        let text = |tag: Tag| {
            asked.borrow_mut().insert(tag);
            None
        };
        let numbers = |tag: Tag| {
            asked.borrow_mut().insert(tag);
            Vec::new()
        };
        drop(Statement::of("", text, numbers));
        assert_eq!(*asked.borrow(), BTreeSet::from(READ));
        let mut wanted = Statement::wanted();
        let overlays = [0x0010, 0x0011, 0x0100, 0x0102, 0x3000].map(|element| wanted(Tag(0x6002, element)));
        assert_eq!(overlays, [true, false, true, true, true]);
        assert!(!wanted(Tag(0x6001, 0x0100)) && !wanted(Tag(0x6004, 0x0000)) && wanted(Tag(0x6004, 0x0011)));
    }

    #[test]
    fn what_metadata_do_not_show_counts_as_unread() {
        let metadata = serde_json::json!({
            "00080016": { "vr": "UI", "Value": [format!("{STORAGE}2")] },
            "00080064": { "vr": "CS", "BulkDataURI": "x" },
            "00280301": { "vr": "CS" },
            "00280302": { "vr": "UN", "InlineBinary": "Tk8=" },
            "00280002": { "vr": "US", "Value": [3] },
        });
        let said = Statement::of_metadata(metadata.as_object().expect("an object"), "");
        assert_eq!((said.burned_in.as_deref(), said.conversion.as_deref()), (Some(""), Some(UNREAD)));
        assert_eq!((said.recognizable.as_deref(), said.image_type.as_deref()), (Some(UNREAD), None));
        assert!(said.is_coloured && withheld(&said).is_some());
    }
}

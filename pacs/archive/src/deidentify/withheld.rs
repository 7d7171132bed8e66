//! Objects that cannot be de-identified here: what names somebody may be in their pixels, texts or sounds.

use std::collections::BTreeSet;

use data_set::{DataSet, Item, Tag, tags};
use schema::attribute::parse_tag;
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
    "66.1", "66.2", "66.3", "66.4", "66.7", // registrations, segmentations
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

/// Surface Segmentation Storage: a skin may be a face. Only when an object says that nobody can be recognised.
const SURFACES: &str = "66.5";

/// Of these, what is derived from others is often a page of text that looks like an image: CR, CT, MR, NM, PET.
#[rustfmt::skip]
const DERIVED_PAGES: &[&str] = &["1", "2", "2.1", "2.2", "4", "4.1", "4.2", "4.3", "4.4", "20", "128", "128.1", "130"];

/// Parts of values of Image Type (0008,0008) that pages, screens and labels have.
#[rustfmt::skip]
const PAGES: [&str; 9] =
    ["SCREEN", "SAVE", "CAPTURE", "PROT", "REPORT", "DOSE_INFO", "LABEL", "OVERVIEW", "PATIENT_INFO"];

/// Video transfer syntaxes (MPEG-2, MPEG-4, HEVC; SMPTE ST 2110), whose streams may carry sound. By what follows the root of
/// transfer syntaxes.
const TRANSFER_SYNTAX: &str = "1.2.840.10008.1.2.";
const VIDEO: [&str; 10] = ["4.100", "4.101", "4.102", "4.103", "4.104", "4.105", "4.106", "4.107", "4.108", "7"];

/// Transfer syntaxes of objects whose pixels lie on another server (JPIP), which knows nothing of pseudonyms.
const ELSEWHERE: [&str; 4] = ["4.94", "4.95", "4.204", "4.205"];

/// In the place of a value that cannot be read, or that is there twice.
const UNREAD: &str = "?";

/// What an object says of itself that decides. `None`: the attribute is not there; [`UNREAD`]: nobody knows what it says.
#[derive(Default)]
pub(super) struct Statement {
    transfer_syntax: String,
    sop_class: Option<String>,
    /// Burned In Annotation (0028,0301).
    burned_in: Option<String>,
    /// Recognizable Visual Features (0028,0302).
    recognizable: Option<String>,
    /// Conversion Type (0008,0064).
    conversion: Option<String>,
    /// Image Type (0008,0008).
    image_type: Option<String>,
    /// Samples per Pixel (0028,0002) other than 1.
    is_coloured: bool,
    /// Whether an overlay may lie in bits of the pixels (retired): its group has no Overlay Data (60xx,3000), an Overlay Bit
    /// Position other than 0, or Overlay Bits Allocated other than 1.
    overlay_in_pixels: bool,
}

impl Statement {
    pub(super) fn of_object(set: &DataSet) -> Self {
        let root: Item<'_> = set.root();
        let text = |tag: Tag| {
            let mut found = root.elements().filter(|element| element.tag == tag);
            found.next()?;
            let text = root.text(tag).filter(|_| found.next().is_none());
            Some(text.map_or_else(|| UNREAD.to_owned(), |text| text.trim().to_uppercase()))
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
        Self {
            transfer_syntax: set.transfer_syntax.clone(),
            sop_class: text(tags::SOP_CLASS_UID),
            burned_in: text(tags::BURNED_IN_ANNOTATION),
            recognizable: text(tags::RECOGNIZABLE_VISUAL_FEATURES),
            conversion: text(tags::CONVERSION_TYPE),
            image_type: text(tags::IMAGE_TYPE),
            is_coloured: root.get(tags::SAMPLES_PER_PIXEL).is_some() && root.ints(tags::SAMPLES_PER_PIXEL) != [1],
            overlay_in_pixels: in_pixels(overlays),
        }
    }

    pub(super) fn of_metadata(json: &Map<String, Value>, transfer_syntax: &str) -> Self {
        let text = |name: &str| {
            let element = json.get(name)?;
            let values = match element.get("Value") {
                Some(values) => values.as_array().map(Vec::as_slice),
                // A value that is elsewhere is not read; an element of a VR alone has none.
                None => (element.as_object().map(Map::len) == Some(1)).then_some(&[][..]),
            };
            let texts: Option<Vec<&str>> = values.and_then(|values| values.iter().map(Value::as_str).collect());
            let text = texts.map(|texts| texts.join("\\").trim().to_uppercase());
            Some(text.unwrap_or_else(|| UNREAD.to_owned()))
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
        Self {
            transfer_syntax: transfer_syntax.to_owned(),
            sop_class: text("00080016"),
            burned_in: text("00280301"),
            recognizable: text("00280302"),
            conversion: text("00080064"),
            image_type: text("00080008"),
            is_coloured: json.get("00280002").is_some_and(|samples| samples["Value"] != serde_json::json!([1])),
            overlay_in_pixels: in_pixels(overlays),
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

/// Why an object cannot be given to those who may not know whose it is; `None`: it can.
pub(super) fn withheld(said: &Statement) -> Option<&'static str> {
    let class = said.sop_class.as_deref().and_then(|class| class.strip_prefix(STORAGE)).unwrap_or_default();
    let is = |classes: &[&str]| classes.contains(&class);
    let is_clean = said.burned_in.as_deref() == Some("NO");
    if !is(GIVEN) && !is(GIVEN_IF_SAID) && class != SURFACES {
        return Some("objects of its SOP Class may hold texts, documents or sounds that tell who somebody is");
    }
    if is_one_of(&said.transfer_syntax, &VIDEO) {
        return Some("it is a video, which may have sound");
    }
    if is_one_of(&said.transfer_syntax, &ELSEWHERE) {
        return Some("its pixels lie on another server (JPIP)");
    }
    if !is_clean && said.burned_in.is_some() {
        return Some("its Burned In Annotation (0028,0301) says that there may be words in its pixels");
    }
    if !is_clean && is(GIVEN_IF_SAID) {
        return Some(
            "images of its SOP Class often have names in their pixels, and it does not say that it has none (Burned In \
             Annotation (0028,0301) NO)",
        );
    }
    if !is_clean && said.conversion.is_some() {
        return Some(
            "it was captured or digitised (Conversion Type (0008,0064)), and does not say that nothing is burned in",
        );
    }
    if !is_clean && said.is_coloured {
        return Some(
            "it is in colour, as captured screens are (Samples per Pixel (0028,0002)), and does not say that nothing is \
             burned in",
        );
    }
    match said.recognizable.as_deref() {
        Some("NO") => {}
        None | Some("") if class != SURFACES => {}
        None | Some("") => {
            return Some(
                "a surface may be a face, and it does not say that nobody can be recognised (Recognizable Visual Features \
                 (0028,0302) NO)",
            );
        }
        Some(_) => return Some("its Recognizable Visual Features (0028,0302) says that somebody can be recognised"),
    }
    if said.overlay_in_pixels {
        return Some("an overlay may lie in the bits of its pixels (Overlay Bit Position (60xx,0102))");
    }
    // Of proton densities no pages are made.
    let image_type = said.image_type.as_deref().unwrap_or_default().replace("PROTON", "");
    if image_type.contains(UNREAD) || PAGES.iter().any(|page| image_type.contains(page)) {
        return Some("its Image Type (0008,0008) says that it is the picture of a page, a screen or a label");
    }
    let has = |word: &str| image_type.split('\\').any(|value| value.trim() == word);
    if !is_clean && is(DERIVED_PAGES) && has("DERIVED") && has("SECONDARY") {
        return Some(
            "it is derived from other images (Image Type (0008,0008) DERIVED\\SECONDARY), as pages of text are, and does not \
             say that nothing is burned in",
        );
    }
    None
}

fn is_one_of(transfer_syntax: &str, kinds: &[&str]) -> bool {
    let syntax = transfer_syntax.strip_prefix(TRANSFER_SYNTAX).unwrap_or_default();
    kinds.iter().any(|kind| syntax.strip_prefix(kind).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(class: &str) -> Statement {
        Statement { sop_class: Some(format!("{STORAGE}{class}")), ..Statement::default() }
    }

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn gives_images_that_say_nothing_against_it() {
        for class in ["2", "4", "1.1", "128", "66.4"] {
            assert_eq!(withheld(&said(class)), None, "{class}");
        }
        for statement in [
            Statement { burned_in: text("NO"), ..said("6.1") },
            Statement { image_type: text("ORIGINAL\\PRIMARY\\AXIAL"), ..said("2") },
            Statement { image_type: text("DERIVED\\PRIMARY\\PROTON_DENSITY"), ..said("4") },
            Statement { image_type: text("DERIVED\\SECONDARY\\MPR"), burned_in: text("NO"), ..said("2") },
            Statement { is_coloured: true, burned_in: text("NO"), ..said("4") },
            Statement { recognizable: text(""), ..said("4") },
            Statement { recognizable: text("NO"), ..said("66.5") },
            Statement { transfer_syntax: "1.2.840.10008.1.2.4.90".to_owned(), ..said("2") },
        ] {
            assert_eq!(withheld(&statement), None);
        }
    }

    #[test]
    fn withholds_what_may_name_somebody() {
        for class in
            ["6.1", "7", "77.1.4", "88.11", "88.59", "104.1", "104.2", "9.4.1", "11.1", "66", "66.5", "68.1", "", "999"]
        {
            assert!(withheld(&said(class)).is_some(), "{class}");
        }
        for statement in [
            Statement { sop_class: text("1.2.3"), ..said("2") },
            Statement { sop_class: None, ..said("2") },
            Statement { conversion: text("DF"), ..said("1") },
            Statement { conversion: text(UNREAD), ..said("1") },
            Statement { overlay_in_pixels: true, ..said("1") },
            Statement { is_coloured: true, ..said("2") },
        ] {
            assert!(withheld(&statement).is_some());
        }
        for burned_in in ["YES", UNREAD, ""] {
            assert!(withheld(&Statement { burned_in: text(burned_in), ..said("2") }).is_some(), "{burned_in}");
        }
        for recognizable in ["YES", UNREAD, "Y"] {
            assert!(withheld(&Statement { recognizable: text(recognizable), ..said("4") }).is_some(), "{recognizable}");
        }
    }

    #[test]
    fn withholds_pages_and_screens_by_their_image_type() {
        for image_type in [
            "DERIVED\\SECONDARY\\OTHER\\CT_SOM5 PROT",
            "DERIVED\\PRIMARY\\SCREEN SAVE",
            "ORIGINAL\\PRIMARY\\SCREENSHOT",
            "ORIGINAL\\PRIMARY\\DOSE_INFO",
            "ORIGINAL\\PRIMARY\\X REPORT",
            "DERIVED\\SECONDARY",
            UNREAD,
        ] {
            assert!(withheld(&Statement { image_type: text(image_type), ..said("2") }).is_some(), "{image_type}");
        }
    }

    #[test]
    fn withholds_videos_and_pixels_elsewhere_whatever_they_say() {
        for syntax in ["4.100", "4.100.1", "4.102", "4.106.1", "4.108", "7.1", "4.94", "4.95", "4.205"] {
            let statement = Statement {
                transfer_syntax: format!("{TRANSFER_SYNTAX}{syntax}"),
                burned_in: text("NO"),
                ..said("77.1.1.1")
            };
            assert!(withheld(&statement).is_some(), "{syntax}");
        }
    }

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

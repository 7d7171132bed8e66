//! Objects that cannot be de-identified here: what names somebody may be in their pixels, texts or sounds.

mod classes;
mod plane;
mod statement;

use classes::{DERIVED_PAGES, ELSEWHERE, GIVEN, GIVEN_IF_SAID, PAGES, STORAGE, SURFACES, TRANSFER_SYNTAX, VIDEO};
use statement::UNREAD;

pub(super) use statement::Statement;

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
    let is_derived = is(DERIVED_PAGES) && has("DERIVED") && has("SECONDARY");
    if !is_clean && is_derived && !said.plane.is_measured(class, &image_type) {
        return Some(
            "it is derived from other images (Image Type (0008,0008) DERIVED\\SECONDARY), as pages of text are, says neither \
             that nothing is burned in nor, by its place and its values, that it is a slice of the patient",
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
    use super::plane::tests::slice;
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
            Statement { image_type: text("DERIVED\\SECONDARY\\AXIAL"), plane: slice(), ..said("2") },
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
    fn a_slice_is_withheld_for_all_other_reasons() {
        let axial = || Statement { image_type: text("DERIVED\\SECONDARY\\AXIAL"), plane: slice(), ..said("2") };
        for statement in [
            Statement { burned_in: text("YES"), ..axial() },
            Statement { conversion: text("WSD"), ..axial() },
            Statement { overlay_in_pixels: true, ..axial() },
            Statement { is_coloured: true, ..axial() },
            Statement { image_type: text("DERIVED\\SECONDARY\\AXIAL\\CT_SOM5 PROT"), ..axial() },
            Statement { plane: slice(), ..said("7") },
        ] {
            assert!(withheld(&statement).is_some());
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
}

//! Which elements something is drawn of. Of an object that has very many, only these are held.

use data_set::edited::Edit;
use data_set::{Element, Kind, Tag, tags};
use schema::attribute::{self, Level};

/// Elements, and bytes of their values, of an object of which all is held: some 14 MiB and 4 MiB.
pub(super) const ALL: (usize, usize) = (250_000, 4 << 20);

/// Most of an object that has more, of those that something is drawn of: some 28 MiB and 8 MiB, and half as much again while
/// they become more.
pub(super) const SOME: (usize, usize) = (500_000, 8 << 20);

/// What becomes of an element of an object that has too many: what is private goes, and so do sequences that nobody looks
/// into who draws, or makes an object of what is drawn.
pub(super) fn edit(element: &Element, _: Option<&[u8]>) -> Edit {
    let is_private = element.tag.group() % 2 == 1;
    let is_foreign =
        element.kind == Kind::Sequence && !SEQUENCES.contains(&element.tag) && !is_of_patient_or_study(element.tag);
    if is_private || is_foreign { Edit::Remove } else { Edit::Keep }
}

/// What is carried over into an object that is made of others.
fn is_of_patient_or_study(tag: Tag) -> bool {
    attribute::by_tag((tag.group(), tag.element()))
        .is_some_and(|known| matches!(known.level, Level::Patient | Level::Study))
}

/// Why nothing is drawn of an object.
pub(super) fn too_many(instance: &str) -> String {
    let (elements, values) = SOME;
    format!(
        "instance {instance} has more than {elements} elements, or {} MiB of values, of those that something is drawn of: \
         too many; retrieve the object as it is stored, or its metadata",
        values >> 20
    )
}

/// The sequences that are looked into: to draw an image, a waveform or a presentation state, to find the place of a frame,
/// and to choose among frames. A test finds what is missing here.
const SEQUENCES: &[Tag] = &[
    // Images.
    tags::MODALITY_LUT_SEQUENCE,
    tags::VOILUT_SEQUENCE,
    tags::PRESENTATION_LUT_SEQUENCE,
    tags::OPTICAL_PATH_SEQUENCE,
    tags::MASK_SUBTRACTION_SEQUENCE,
    tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE,
    // Functional groups.
    tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE,
    tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE,
    tags::CARDIAC_SYNCHRONIZATION_SEQUENCE,
    tags::CT_IMAGE_FRAME_TYPE_SEQUENCE,
    tags::FRAME_ANATOMY_SEQUENCE,
    tags::FRAME_CONTENT_SEQUENCE,
    tags::FRAME_PIXEL_SHIFT_SEQUENCE,
    tags::FRAME_VOILUT_SEQUENCE,
    tags::MR_DIFFUSION_SEQUENCE,
    tags::MR_ECHO_SEQUENCE,
    tags::MR_IMAGE_FRAME_TYPE_SEQUENCE,
    tags::MR_MODIFIER_SEQUENCE,
    tags::PIXEL_MEASURES_SEQUENCE,
    tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE,
    tags::PLANE_ORIENTATION_SEQUENCE,
    tags::PLANE_ORIENTATION_VOLUME_SEQUENCE,
    tags::PLANE_POSITION_SEQUENCE,
    tags::PLANE_POSITION_VOLUME_SEQUENCE,
    // Frames are chosen by what is in these, too.
    tags::SEGMENT_IDENTIFICATION_SEQUENCE,
    tags::TEMPORAL_POSITION_SEQUENCE,
    // Codes.
    tags::ANATOMIC_REGION_SEQUENCE,
    tags::ANATOMIC_REGION_MODIFIER_SEQUENCE,
    tags::CONCEPT_CODE_SEQUENCE,
    tags::CONCEPT_NAME_CODE_SEQUENCE,
    tags::MEASUREMENT_UNITS_CODE_SEQUENCE,
    // Waveforms.
    tags::WAVEFORM_SEQUENCE,
    tags::WAVEFORM_ANNOTATION_SEQUENCE,
    tags::CHANNEL_DEFINITION_SEQUENCE,
    tags::CHANNEL_SENSITIVITY_UNITS_SEQUENCE,
    tags::CHANNEL_SOURCE_SEQUENCE,
    // Presentation states.
    tags::BLENDING_SEQUENCE,
    tags::DISPLAYED_AREA_SELECTION_SEQUENCE,
    tags::GRAPHIC_ANNOTATION_SEQUENCE,
    tags::GRAPHIC_LAYER_SEQUENCE,
    tags::GRAPHIC_OBJECT_SEQUENCE,
    tags::REFERENCED_IMAGE_SEQUENCE,
    tags::REFERENCED_SERIES_SEQUENCE,
    tags::REFERENCED_SOP_SEQUENCE,
    tags::SOFTCOPY_VOILUT_SEQUENCE,
    tags::TEXT_OBJECT_SEQUENCE,
    // Registrations.
    tags::REFERENCED_SPATIAL_REGISTRATION_SEQUENCE,
    tags::REGISTRATION_SEQUENCE,
    tags::MATRIX_REGISTRATION_SEQUENCE,
    tags::MATRIX_SEQUENCE,
    // Volumetric presentation states.
    tags::ANIMATION_CURVE_SEQUENCE,
    tags::COMPONENT_INPUT_SEQUENCE,
    tags::OBLIQUE_CROPPING_PLANE_SEQUENCE,
    tags::PRESENTATION_STATE_CLASSIFICATION_COMPONENT_SEQUENCE,
    tags::PRESENTATION_STATE_COMPOSITOR_COMPONENT_SEQUENCE,
    tags::VOLUMETRIC_PRESENTATION_INPUT_SET_SEQUENCE,
    tags::VOLUMETRIC_PRESENTATION_STATE_INPUT_SEQUENCE,
    tags::VOLUME_CROPPING_SEQUENCE,
    tags::VOLUME_STREAM_SEQUENCE,
    tags::WEIGHTING_TRANSFER_FUNCTION_SEQUENCE,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Those that are written only, into objects that are made, and one that is no sequence.
    const WRITTEN: [&str; 6] = [
        "DERIVATION_CODE_SEQUENCE",
        "DIMENSION_INDEX_SEQUENCE",
        "DIMENSION_ORGANIZATION_SEQUENCE",
        "SCANNING_SEQUENCE",
        "SEGMENT_SEQUENCE",
        "SOURCE_IMAGE_SEQUENCE",
    ];

    /// The sequences that are named in the sources of a folder.
    fn named(folder: &Path, names: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                named(&path, names);
            } else if path.file_name().is_some_and(|name| name != "report.rs") {
                let source = std::fs::read_to_string(&path).expect("a source");
                let tags = source.split("tags::").skip(1);
                let name =
                    |rest: &str| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().map(str::to_owned);
                names.extend(tags.filter_map(name).filter(|name| name.ends_with("_SEQUENCE")));
            }
        }
    }

    #[test]
    fn every_sequence_is_kept_that_is_drawn_of() {
        let (sources, mut names) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), BTreeSet::new());
        for folder in ["render", "volume", "similar"] {
            named(&sources.join(folder), &mut names);
        }
        let kept = include_str!("drawn.rs");
        let is_known = |name: &str| kept.contains(&format!("tags::{name},")) || WRITTEN.contains(&name);
        names.retain(|name| !is_known(name));
        assert_eq!(names, BTreeSet::new(), "what is drawn of objects with very many elements lacks these");
    }
}

//! Which attributes are personal: the Basic Application Level Confidentiality Profile (PS3.15 Annex E) as data.
//!
//! An attribute that the profile would remove, empty, replace or clean is personal and is kept in the identity database.
//! So is everything of group 0010, every Person Name, every private element and every attribute that no dictionary
//! knows. [`EXCEPTIONS`] and the UIDs are kept in the index nevertheless, because it could not do its work without them:
//! it orders and finds studies by their dates, their descriptions and their UIDs. Descriptions are free text: a name that
//! somebody typed into one of the three that are excepted is in the index, and a site that shares its index must know it.

use std::collections::HashMap;
use std::sync::LazyLock;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;

/// Attributes that the profile touches and the index holds all the same.
#[rustfmt::skip]
pub const EXCEPTIONS: &[((u16, u16), &str)] = &[
    // Dates and times of the examination, by which studies are found and ordered. Dates of persons are not among them.
    ((0x0008, 0x0012), "InstanceCreationDate"),
    ((0x0008, 0x0013), "InstanceCreationTime"),
    ((0x0008, 0x0020), "StudyDate"),
    ((0x0008, 0x0021), "SeriesDate"),
    ((0x0008, 0x0022), "AcquisitionDate"),
    ((0x0008, 0x0023), "ContentDate"),
    ((0x0008, 0x002A), "AcquisitionDateTime"),
    ((0x0008, 0x0030), "StudyTime"),
    ((0x0008, 0x0031), "SeriesTime"),
    ((0x0008, 0x0032), "AcquisitionTime"),
    ((0x0008, 0x0033), "ContentTime"),
    ((0x0008, 0x0201), "TimezoneOffsetFromUTC"),
    ((0x0018, 0x9074), "FrameAcquisitionDateTime"),
    ((0x0018, 0x9151), "FrameReferenceDateTime"),
    ((0x0040, 0x0244), "PerformedProcedureStepStartDate"),
    ((0x0040, 0x0245), "PerformedProcedureStepStartTime"),
    ((0x0040, 0x0250), "PerformedProcedureStepEndDate"),
    ((0x0040, 0x0251), "PerformedProcedureStepEndTime"),
    // Descriptions that every work list shows.
    ((0x0008, 0x1030), "StudyDescription"),
    ((0x0008, 0x103E), "SeriesDescription"),
    ((0x0018, 0x1030), "ProtocolName"),
    // References to other objects: they hold UIDs (what else an Item holds is looked at by itself).
    ((0x0008, 0x1140), "ReferencedImageSequence"),
    ((0x0008, 0x2112), "SourceImageSequence"),
];

/// Whether an attribute is personal. `vr`: its VR as received, when it is known.
pub fn is_personal(tag: (u16, u16), vr: Option<VR>) -> bool {
    if EXCEPTIONS.iter().any(|(exception, _)| *exception == tag) {
        return false;
    }
    let (group, _) = tag;
    if group % 2 == 1 || group == 0x0010 || vr == Some(VR::PN) {
        return true;
    }
    match basic_profile(tag) {
        Some("U") => false,
        Some(_) => true,
        None => StandardDataDictionary.by_tag(Tag(tag.0, tag.1)).is_none_or(|entry| entry.vr().exact() == Some(VR::PN)),
    }
}

/// What the Basic Profile does with an attribute (PS3.15 Table E.1-1): `X` removes it, `Z` empties it, `D` gives it a
/// dummy value, `U` replaces a UID; several, with `/`, depending on the IOD. `None`: it stays.
pub fn basic_profile(tag: (u16, u16)) -> Option<&'static str> {
    let (group, element) = tag;
    match group & 0xFF00 {
        0x5000 => return Some("X"),
        0x6000 if matches!(element, 0x3000 | 0x4000) => return Some("X"),
        _ => {}
    }
    ACTIONS.get(&tag).copied()
}

/// All rows of the table with a tag of their own, in no order: tag and action.
pub fn table() -> impl Iterator<Item = ((u16, u16), &'static str)> {
    ACTIONS.iter().map(|(tag, action)| (*tag, *action))
}

/// The rows of the table with a tag of their own; the three patterns (curves, overlay data and comments) are code above.
static ACTIONS: LazyLock<HashMap<(u16, u16), &'static str>> = LazyLock::new(|| {
    let rows = include_str!("profile/basic_profile.tsv").lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| {
        let (tag, rest) = line.split_once('\t')?;
        let (action, _) = rest.split_once('\t')?;
        Some((crate::attribute::parse_tag(tag)?, action))
    })
    .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_row_of_the_table() {
        assert_eq!(ACTIONS.len(), 652);
        assert_eq!(basic_profile((0x0010, 0x0010)), Some("Z"));
        assert_eq!(basic_profile((0x0020, 0x000D)), Some("U"));
        assert_eq!(basic_profile((0x0028, 0x0010)), None);
        assert_eq!(basic_profile((0x6002, 0x3000)), Some("X"));
        assert_eq!(basic_profile((0x6002, 0x0010)), None);
    }

    #[test]
    fn excepts_only_what_the_profile_touches() {
        for (tag, keyword) in EXCEPTIONS {
            assert!(basic_profile(*tag).is_some(), "{keyword}");
            let entry = StandardDataDictionary.by_tag(Tag(tag.0, tag.1)).expect(keyword);
            assert_eq!(entry.alias, *keyword);
        }
    }

    #[test]
    fn takes_private_unknown_and_person_name_for_personal() {
        assert!(is_personal((0x0009, 0x1001), None));
        assert!(is_personal((0x0008, 0xFFF1), None));
        assert!(is_personal((0x0040, 0x0006), Some(VR::PN)));
        assert!(is_personal((0x0028, 0x0010), Some(VR::PN)));
        assert!(is_personal((0x0010, 0x2201), Some(VR::LO)));
        assert!(!is_personal((0x0028, 0x0010), Some(VR::US)));
    }
}

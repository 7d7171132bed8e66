//! The table against the Standard's dictionary and against the profile.

use std::collections::HashSet;

use dicom_core::dictionary::DataDictionaryEntry;

use super::*;

/// STANDARD: PS3.18 Tables 10.6.3-3 to 10.6.3-5, without Retrieve URL, which the origin server adds.
const RETURNED: &[(Level, &[u32])] = &[
    (Level::Patient, &[0x0010_0010, 0x0010_0020, 0x0010_0030, 0x0010_0040]),
    (
        Level::Study,
        &[
            0x0008_0020,
            0x0008_0030,
            0x0008_0050,
            0x0008_0056,
            0x0008_0061,
            0x0008_0090,
            0x0008_0201,
            0x0020_000D,
            0x0020_0010,
            0x0020_1206,
            0x0020_1208,
        ],
    ),
    (
        Level::Series,
        &[0x0008_0060, 0x0008_103E, 0x0020_000E, 0x0020_0011, 0x0020_1209, 0x0040_0244, 0x0040_0245, 0x0040_0275],
    ),
    (Level::Instance, &[0x0008_0016, 0x0008_0018, 0x0020_0013, 0x0028_0008, 0x0028_0010, 0x0028_0011, 0x0028_0100]),
];

#[test]
fn agrees_with_the_dictionary() {
    for attribute in TABLE {
        let entry = StandardDataDictionary.by_tag(Tag(attribute.tag.0, attribute.tag.1)).expect(attribute.keyword);
        assert_eq!(entry.alias, attribute.keyword);
        assert_eq!(entry.vr().relaxed(), attribute.vr, "{}", attribute.keyword);
    }
}

#[test]
fn names_each_attribute_once() {
    let tags: HashSet<_> = TABLE.iter().map(|attribute| attribute.tag).collect();
    assert_eq!(tags.len(), TABLE.len());
}

#[test]
fn keeps_nothing_personal_in_the_index() {
    for attribute in TABLE.iter().filter(|attribute| attribute.home == Home::Index) {
        assert!(!profile::is_personal(attribute.tag, Some(attribute.vr)), "{}", attribute.keyword);
    }
}

#[test]
fn returns_what_the_standard_lists() {
    for (level, expected) in RETURNED {
        let returned: Vec<u32> = TABLE
            .iter()
            .filter(|attribute| attribute.level == *level && attribute.returned)
            .map(|attribute| u32::from(attribute.tag.0) << 16 | u32::from(attribute.tag.1))
            .collect();
        assert_eq!(returned.iter().collect::<HashSet<_>>(), expected.iter().collect::<HashSet<_>>(), "{level:?}");
    }
}

#[test]
fn finds_attributes_by_keyword_and_by_tag() {
    assert_eq!(by_name("PatientName"), by_name("00100010"));
    assert_eq!(by_name("0020000d").map(|found| found.keyword), Some("StudyInstanceUID"));
    let convolution = by_name("ConvolutionKernel").expect("an attribute of the dictionary");
    assert_eq!((convolution.level, convolution.home, convolution.vr), (Level::Instance, Home::Index, VR::SH));
    let comments = by_name("ImageComments").expect("an attribute of the dictionary");
    assert_eq!(comments.home, Home::Identity);
}

#[test]
fn knows_private_elements_by_tag_only() {
    let private = by_name("00091001").expect("a private element");
    assert_eq!((private.level, private.home, private.matching()), (Level::Instance, Home::Identity, Matching::Text));
}

#[test]
fn does_not_know_what_is_not_there() {
    for name in ["", "PatientNam", "patientname", "0010001", "00100010x", "00080000", "00020010", "12345678"] {
        assert_eq!(by_name(name), None, "{name}");
    }
}

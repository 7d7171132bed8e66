//! Kinds of objects that decide whether one can be given: SOP Classes, transfer syntaxes, words of Image Type.

/// What Storage SOP Classes begin with.
pub(super) const STORAGE: &str = "1.2.840.10008.5.1.4.1.1.";

/// Storage SOP Classes of images as machines make them, and of what is drawn or computed from images and has no text but
/// what the profile treats. Everything else is withheld: reports, documents, sound, waveforms with their annotations,
/// presentation states, raw data, classes that nobody knows. By what follows [`STORAGE`].
#[rustfmt::skip]
pub(super) const GIVEN: &[&str] = &[
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
pub(super) const GIVEN_IF_SAID: &[&str] = &[
    "3", "3.1", "6", "6.1", "6.2", "6.3", // ultrasound
    "7", "7.1", "7.2", "7.3", "7.4", // secondary capture
    "77.1.1", "77.1.1.1", "77.1.2", "77.1.2.1", "77.1.3", "77.1.4", "77.1.4.1", "77.1.6", "77.1.7", // visible light
    "77.1.5.1", "77.1.5.2", "77.1.5.4", "77.1.5.5", "77.1.5.6", "77.1.5.7", "77.1.5.8", // eyes
];

/// Surface Segmentation Storage: a skin may be a face. Only when an object says that nobody can be recognised.
pub(super) const SURFACES: &str = "66.5";

/// Of these, what is derived from others is often a page of text that looks like an image: CR, CT, MR, NM, PET.
#[rustfmt::skip]
pub(super) const DERIVED_PAGES: &[&str] = &["1", "2", "2.1", "2.2", "4", "4.1", "4.2", "4.3", "4.4", "20", "128", "128.1", "130"];

/// Parts of values of Image Type (0008,0008) that pages, screens and labels have.
#[rustfmt::skip]
pub(super) const PAGES: [&str; 9] =
    ["SCREEN", "SAVE", "CAPTURE", "PROT", "REPORT", "DOSE_INFO", "LABEL", "OVERVIEW", "PATIENT_INFO"];

/// Video transfer syntaxes (MPEG-2, MPEG-4, HEVC; SMPTE ST 2110), whose streams may carry sound. By what follows the root of
/// transfer syntaxes.
pub(super) const TRANSFER_SYNTAX: &str = "1.2.840.10008.1.2.";
pub(super) const VIDEO: [&str; 10] =
    ["4.100", "4.101", "4.102", "4.103", "4.104", "4.105", "4.106", "4.107", "4.108", "7"];

/// Transfer syntaxes of objects whose pixels lie on another server (JPIP), which knows nothing of pseudonyms.
pub(super) const ELSEWHERE: [&str; 4] = ["4.94", "4.95", "4.204", "4.205"];

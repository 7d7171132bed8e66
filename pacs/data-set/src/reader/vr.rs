//! Value Representations: how they are written, and which one an element of Implicit VR has (PS3.5 §6.2, §7.1, Annex A).

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;

/// The VR that is written with these two letters.
pub(crate) fn from_letters(letters: [u8; 2]) -> Option<VR> {
    Some(match &letters {
        b"AE" => VR::AE,
        b"AS" => VR::AS,
        b"AT" => VR::AT,
        b"CS" => VR::CS,
        b"DA" => VR::DA,
        b"DS" => VR::DS,
        b"DT" => VR::DT,
        b"FD" => VR::FD,
        b"FL" => VR::FL,
        b"IS" => VR::IS,
        b"LO" => VR::LO,
        b"LT" => VR::LT,
        b"OB" => VR::OB,
        b"OD" => VR::OD,
        b"OF" => VR::OF,
        b"OL" => VR::OL,
        b"OV" => VR::OV,
        b"OW" => VR::OW,
        b"PN" => VR::PN,
        b"SH" => VR::SH,
        b"SL" => VR::SL,
        b"SQ" => VR::SQ,
        b"SS" => VR::SS,
        b"ST" => VR::ST,
        b"SV" => VR::SV,
        b"TM" => VR::TM,
        b"UC" => VR::UC,
        b"UI" => VR::UI,
        b"UL" => VR::UL,
        b"UN" => VR::UN,
        b"UR" => VR::UR,
        b"US" => VR::US,
        b"UT" => VR::UT,
        b"UV" => VR::UV,
        _ => return None,
    })
}

/// Whether the two bytes are printable, so that they may have been meant as a VR.
pub(super) fn is_text(letters: [u8; 2]) -> bool {
    letters.iter().all(|letter| (b' '..=b'~').contains(letter))
}

/// Whether the header of an element of this VR has a 32-bit length after two reserved bytes (PS3.5 §7.1.2).
pub(crate) fn has_long_header(vr: VR) -> bool {
    matches!(
        vr,
        VR::OB
            | VR::OD
            | VR::OF
            | VR::OL
            | VR::OV
            | VR::OW
            | VR::SQ
            | VR::SV
            | VR::UC
            | VR::UN
            | VR::UR
            | VR::UT
            | VR::UV
    )
}

/// Whether the dictionary knows the tag, as an attribute, group length or private creator.
pub(super) fn is_known(tag: Tag) -> bool {
    StandardDataDictionary.by_tag(tag).is_some()
}

/// The VR of an element of Implicit VR with a value of `length` bytes, where Pixel Representation is signed or not.
pub(super) fn of_implicit(tag: Tag, length: u32, signed: bool) -> VR {
    if tag.group() & 1 == 1 {
        return match tag.element() {
            0 => VR::UL,
            0x10..=0xff => VR::LO,
            _ => VR::UN,
        };
    }
    match StandardDataDictionary.by_tag(tag).map(|entry| entry.vr()) {
        Some(VirtualVr::Exact(vr)) => vr,
        Some(VirtualVr::Xs) if signed => VR::SS,
        Some(VirtualVr::Xs) => VR::US,
        Some(VirtualVr::Ox | VirtualVr::Px) => VR::OW,
        Some(VirtualVr::Lt) if length <= 2 => VR::US,
        Some(VirtualVr::Lt) => VR::OW,
        _ => VR::UN,
    }
}

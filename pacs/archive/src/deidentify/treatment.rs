//! What is done with an attribute: PS3.15 Table E.1-1, and what is left to an implementer.
//!
//! Where the table has several actions, depending on the type of the attribute in its IOD, the one is taken that is valid
//! with any type: a dummy, else an empty value, else nothing. Whatever is not understood goes: private elements, elements
//! that no dictionary knows, values of another kind than the dictionary says, overlays and curves, Person Names, and all of
//! group 0010.

mod lists;
mod value;

use data_set::VR;
use schema::{attribute, profile};

pub(super) use lists::MARKS;
use lists::{ACQUISITION_CONTEXT, ISSUERS, KINDS, MOVED, OWN, TIMES, WRITTEN};
use value::{fits, is_same};

/// What is done with an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It stays, if it is what its VR says ([`super::values::is_plain`]). What is inside a sequence is treated one by one.
    Keep,
    /// It goes.
    Remove,
    /// It has no value.
    Empty,
    /// It has a value that says nothing.
    Dummy,
    /// Each UID is replaced, the same by the same, but those of the Standard.
    Uid,
    /// The same, and those of the Standard too: who writes them there means his own object.
    OwnUid,
    /// Each time stays; what is none has no value.
    Time,
    /// Each date is moved by the patient's number of days.
    Move,
    /// The patient's pseudonym.
    Patient,
    /// The pseudonym of an Accession Number.
    Accession,
}

/// What is done with an attribute that was received with this VR.
pub(super) fn of(tag: (u16, u16), received: VR) -> Treatment {
    let (group, element) = tag;
    if group < 0x0008 || group % 2 == 1 || element == 0 || MARKS.contains(&tag) {
        return Treatment::Remove;
    }
    // Curves and overlays, sound and signals, documents within images.
    if matches!(group & 0xFF00, 0x5000 | 0x6000) || matches!(group, 0x5400 | 0x0042) || group >= 0xFFFA {
        return Treatment::Remove;
    }
    let action = profile::basic_profile(tag);
    let vr = match attribute::by_tag(tag).map(|known| known.vr) {
        Some(known) if received == VR::UN && known != VR::SQ => known,
        // What the table has is treated whatever it is; what it has not stays for what the dictionary says it is.
        Some(known) if fits(received, known) && (action.is_some() || is_same(tag, received, known)) => received,
        // The table knows attributes that are newer than the dictionary.
        None if action.is_some() && received != VR::SQ => received,
        _ => return Treatment::Remove,
    };
    match (tag, action) {
        ((0x0010, 0x0010 | 0x0020), _) => Treatment::Patient,
        ((0x0008, 0x0050), _) => Treatment::Accession,
        _ if OWN.contains(&tag) => Treatment::OwnUid,
        (_, None) => untouched(tag, vr),
        (_, Some("U")) => Treatment::Uid,
        (_, Some(action)) => touched(tag, vr, action),
    }
}

/// What the table does not have: it stays, unless it may tell something all the same.
fn untouched(tag: (u16, u16), vr: VR) -> Treatment {
    match vr {
        VR::PN => Treatment::Dummy,
        VR::UI if KINDS.contains(&tag) => Treatment::Keep,
        VR::UI => Treatment::Uid,
        VR::DA | VR::DT if MOVED.contains(&tag) => Treatment::Move,
        VR::TM if TIMES.contains(&tag) => Treatment::Time,
        _ if WRITTEN.contains(&tag) => Treatment::Dummy,
        VR::SQ if ISSUERS.contains(&tag) => Treatment::Remove,
        VR::DA | VR::DT | VR::TM | VR::UR | VR::AE => Treatment::Remove,
        // Whole sentences, which somebody wrote.
        VR::LT | VR::ST | VR::UT | VR::UC => Treatment::Remove,
        _ if tag.0 == 0x0010 => Treatment::Remove,
        _ => Treatment::Keep,
    }
}

/// The VR of a value that was received with this one: implementations write UN that do not know an attribute.
pub(super) fn vr(tag: (u16, u16), received: VR) -> VR {
    match attribute::by_tag(tag) {
        Some(known) if received == VR::UN && known.vr != VR::SQ => known.vr,
        _ => received,
    }
}

fn touched(tag: (u16, u16), vr: VR, action: &str) -> Treatment {
    let may = |letter: char| action.contains(letter);
    match vr {
        VR::DA | VR::DT if MOVED.contains(&tag) => Treatment::Move,
        VR::TM if TIMES.contains(&tag) => Treatment::Time,
        // References: their UIDs are replaced, and what else they hold is treated by itself (U* in the table).
        VR::SQ if may('U') => Treatment::Keep,
        // No dummy Items are made: where the table wants some, the sequence is about persons, or its object is withheld.
        VR::SQ if may('Z') && (!may('X') || tag == ACQUISITION_CONTEXT) => Treatment::Empty,
        VR::SQ => Treatment::Remove,
        _ if may('D') => Treatment::Dummy,
        _ if may('Z') => Treatment::Empty,
        _ => Treatment::Remove,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_attribute_of_the_table_stays_but_times_and_references() {
        for (tag, action) in profile::table() {
            for vr in [VR::LO, VR::PN, VR::UI, VR::DA, VR::TM, VR::DT, VR::SQ, VR::UN, VR::OB, VR::US] {
                let stays = of(tag, vr) == Treatment::Keep;
                let is_time = of(tag, vr) == Treatment::Time;
                assert!(!stays || action.contains("U*"), "{tag:04X?} {vr:?} {action}");
                assert!(!is_time || TIMES.contains(&tag), "{tag:04X?} {vr:?} {action}");
            }
        }
    }

    #[test]
    fn takes_of_several_actions_the_one_that_is_always_valid() {
        for (tag, vr, treatment) in [
            ((0x0010, 0x0010), VR::PN, Treatment::Patient),
            ((0x0010, 0x0030), VR::DA, Treatment::Empty),
            ((0x0010, 0x1010), VR::AS, Treatment::Remove),
            ((0x0010, 0x9431), VR::FL, Treatment::Remove),
            ((0x0008, 0x0020), VR::DA, Treatment::Move),
            ((0x0008, 0x0030), VR::TM, Treatment::Time),
            ((0x0008, 0x0030), VR::UN, Treatment::Time),
            ((0x0018, 0x1042), VR::TM, Treatment::Time),
            ((0x0008, 0x0080), VR::LO, Treatment::Dummy),
            ((0x0008, 0x0090), VR::PN, Treatment::Empty),
            ((0x0008, 0x1010), VR::SH, Treatment::Dummy),
            ((0x0008, 0x1030), VR::LO, Treatment::Remove),
            ((0x0008, 0x1110), VR::SQ, Treatment::Remove),
            ((0x0008, 0x0051), VR::SQ, Treatment::Remove),
            ((0x0062, 0x0020), VR::UT, Treatment::Dummy),
            ((0x0062, 0x0021), VR::UI, Treatment::Uid),
            ((0x0040, 0x0555), VR::SQ, Treatment::Empty),
            ((0x0008, 0x1140), VR::SQ, Treatment::Keep),
            ((0x0008, 0x1155), VR::UI, Treatment::OwnUid),
            ((0x0020, 0x000D), VR::UI, Treatment::OwnUid),
            ((0x0020, 0x0052), VR::UI, Treatment::Uid),
            ((0x0008, 0x1150), VR::UI, Treatment::Keep),
            ((0x0018, 0x1200), VR::DA, Treatment::Remove),
            ((0x0008, 0x0106), VR::DT, Treatment::Dummy),
            ((0x0018, 0x0050), VR::DS, Treatment::Keep),
            ((0x0028, 0x0010), VR::US, Treatment::Keep),
            ((0x0028, 0x0106), VR::SS, Treatment::Keep),
            ((0x0028, 0x3006), VR::OW, Treatment::Keep),
            ((0x0028, 0x3006), VR::US, Treatment::Keep),
            ((0x0018, 0x0050), VR::IS, Treatment::Keep),
            ((0x0018, 0x1003), VR::LO, Treatment::Dummy),
            ((0x0040, 0x2007), VR::SH, Treatment::Dummy),
            ((0x0088, 0x0130), VR::SH, Treatment::Dummy),
            ((0x300A, 0x00C2), VR::LO, Treatment::Dummy),
            ((0x7FE0, 0x0010), VR::OB, Treatment::Keep),
        ] {
            assert_eq!(of(tag, vr), treatment, "{tag:04X?}");
        }
    }

    #[test]
    fn short_texts_that_somebody_wrote_do_not_stay() {
        for tag in WRITTEN {
            let Some(known) = attribute::by_tag(tag).filter(|known| !known.keyword.is_empty()) else { continue };
            assert_ne!(of(tag, known.vr), Treatment::Keep, "{tag:04X?} {}", known.keyword);
        }
    }

    #[test]
    fn what_is_not_understood_goes() {
        for (tag, vr) in [
            ((0x0009, 0x0010), VR::LO),
            ((0x0009, 0x1001), VR::UN),
            ((0x0008, 0xFFF1), VR::LO),
            ((0x0028, 0x0010), VR::PN),
            ((0x0028, 0x0010), VR::LO),
            ((0x0018, 0x0050), VR::SQ),
            ((0x0018, 0x0050), VR::OB),
            ((0x0008, 0x1140), VR::UN),
            ((0x0008, 0x0016), VR::LO),
            ((0x0008, 0x0060), VR::LO),
            ((0x0018, 0x0050), VR::SH),
            ((0x0018, 0x0015), VR::UT),
            ((0x0028, 0x0010), VR::OW),
            ((0x0028, 0x0010), VR::OB),
            ((0x5400, 0x0100), VR::SQ),
            ((0x0042, 0x0011), VR::OB),
            ((0x6000, 0x0010), VR::US),
            ((0x6002, 0x3000), VR::OW),
            ((0x5000, 0x3000), VR::OW),
            ((0x0008, 0x0000), VR::UL),
            ((0xFFFC, 0xFFFC), VR::OB),
        ] {
            assert_eq!(of(tag, vr), Treatment::Remove, "{tag:04X?} {vr:?}");
        }
    }
}

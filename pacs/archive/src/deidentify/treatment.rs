//! What is done with an attribute: PS3.15 Table E.1-1, and what is left to an implementer.
//!
//! Where the table has several actions, depending on the type of the attribute in its IOD, the one is taken that is valid
//! with any type: a dummy, else an empty value, else nothing. Whatever is not understood goes: private elements, elements
//! that no dictionary knows, values of another kind than the dictionary says, overlays and curves, Person Names, and all of
//! group 0010.

use data_set::VR;
use schema::{attribute, profile};

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

/// What the options say anew, whatever was there (PS3.15 §E.1.1).
pub(super) const MARKS: [(u16, u16); 4] = [
    (0x0012, 0x0062), // Patient Identity Removed
    (0x0012, 0x0063), // De-identification Method
    (0x0012, 0x0064), // De-identification Method Code Sequence
    (0x0028, 0x0303), // Longitudinal Temporal Information Modified
];

/// Dates, and dates with times, of what was done with the patient: they are moved. Others (of equipment, whose dates many
/// patients share, and of codes and software, which everybody can look up) would tell by how much.
const MOVED: [(u16, u16); 19] = [
    (0x0008, 0x0012), // Instance Creation Date
    (0x0008, 0x0020), // Study Date
    (0x0008, 0x0021), // Series Date
    (0x0008, 0x0022), // Acquisition Date
    (0x0008, 0x0023), // Content Date
    (0x0008, 0x002A), // Acquisition DateTime
    (0x0018, 0x1078), // Radiopharmaceutical Start DateTime
    (0x0018, 0x1079), // Radiopharmaceutical Stop DateTime
    (0x0018, 0x9074), // Frame Acquisition DateTime
    (0x0018, 0x9151), // Frame Reference DateTime
    (0x0018, 0x9516), // Start Acquisition DateTime
    (0x0018, 0x9517), // End Acquisition DateTime
    (0x0018, 0x9701), // Decay Correction DateTime
    (0x0040, 0x0244), // Performed Procedure Step Start Date
    (0x0040, 0x0250), // Performed Procedure Step End Date
    (0x3006, 0x0008), // Structure Set Date
    (0x3008, 0x0250), // Treatment Date
    (0x300A, 0x0006), // RT Plan Date
    (0x0040, 0xA13A), // Referenced DateTime
];

/// Times of what was done with the patient. Whole days are what dates are moved by, so they stay.
const TIMES: [(u16, u16); 15] = [
    (0x0008, 0x0013), // Instance Creation Time
    (0x0008, 0x0030), // Study Time
    (0x0008, 0x0031), // Series Time
    (0x0008, 0x0032), // Acquisition Time
    (0x0008, 0x0033), // Content Time
    (0x0018, 0x0027), // Intervention Drug Stop Time
    (0x0018, 0x0035), // Intervention Drug Start Time
    (0x0018, 0x1042), // Contrast/Bolus Start Time
    (0x0018, 0x1043), // Contrast/Bolus Stop Time
    (0x0018, 0x1072), // Radiopharmaceutical Start Time
    (0x0018, 0x1073), // Radiopharmaceutical Stop Time
    (0x0040, 0x0245), // Performed Procedure Step Start Time
    (0x0040, 0x0251), // Performed Procedure Step End Time
    (0x3006, 0x0009), // Structure Set Time
    (0x3008, 0x0251), // Treatment Time
];

/// UIDs that name kinds of things, not things: the table leaves them alone too.
const KINDS: [(u16, u16); 17] = [
    (0x0008, 0x0016), // SOP Class UID
    (0x0008, 0x001A), // Related General SOP Class UID
    (0x0008, 0x001B), // Original Specialized SOP Class UID
    (0x0008, 0x0062), // SOP Classes in Study
    (0x0008, 0x010C), // Coding Scheme UID
    (0x0008, 0x010D), // Context Group Extension Creator UID
    (0x0008, 0x0117), // Context UID
    (0x0008, 0x0118), // Mapping Resource UID
    (0x0008, 0x040E), // Stored Instance Transfer Syntax UID
    (0x0008, 0x1150), // Referenced SOP Class UID
    (0x0008, 0x115A), // SOP Classes Supported
    (0x0008, 0x3002), // Available Transfer Syntax UID
    (0x0034, 0x0003), // Flow Transfer Syntax UID
    (0x0400, 0x0010), // MAC Calculation Transfer Syntax UID
    (0x0400, 0x0510), // Encrypted Content Transfer Syntax UID
    (0x3010, 0x0052), // Pertinent SOP Classes in Study
    (0x3010, 0x0053), // Pertinent SOP Classes in Series
];

/// Acquisition Context Sequence (0040,0555), which images must have, without Items if need be. Others that may be removed are:
/// where they are optional, they may not be empty.
const ACQUISITION_CONTEXT: (u16, u16) = (0x0040, 0x0555);

/// UIDs of Studies, Series and Instances.
const OWN: [(u16, u16); 4] = [
    (0x0008, 0x0018), // SOP Instance UID
    (0x0008, 0x1155), // Referenced SOP Instance UID
    (0x0020, 0x000D), // Study Instance UID
    (0x0020, 0x000E), // Series Instance UID
];

/// Short texts that the table leaves alone, and that somebody wrote, or that number an order or a device. There must be one
/// of some.
const WRITTEN: [(u16, u16); 28] = [
    (0x0018, 0x1003), // Device ID
    (0x0018, 0x1801), // Time Source
    (0x0018, 0x1803), // NTP Source Address
    (0x0018, 0x9423), // Acquisition Protocol Name
    (0x0018, 0x9433), // Field of View Description
    (0x0018, 0x9900), // Reference Location Label
    (0x0018, 0x9916), // Instruction Text
    (0x0020, 0x9453), // Frame Label
    (0x0028, 0x6022), // Frame of Interest Description
    (0x0040, 0x0255), // Performed Procedure Type Description
    (0x0040, 0x1006), // Placer Order Number / Procedure
    (0x0040, 0x1007), // Filler Order Number / Procedure
    (0x0040, 0x1060), // Requested Procedure Description
    (0x0040, 0x2006), // Placer Order Number / Imaging Service Request (retired)
    (0x0040, 0x2007), // Filler Order Number / Imaging Service Request (retired)
    (0x0054, 0x0400), // Image ID
    (0x0062, 0x0005), // Segment Label
    (0x0070, 0x0081), // Content Description
    (0x0088, 0x0130), // Storage Media File-set ID
    (0x3002, 0x0002), // RT Image Label
    (0x3002, 0x0003), // RT Image Name
    (0x3002, 0x0020), // Radiation Machine Name
    (0x3004, 0x0006), // Dose Comment
    (0x3006, 0x00C8), // Frame of Reference Transformation Comment
    (0x300A, 0x0009), // Treatment Protocols
    (0x300A, 0x00C2), // Beam Name
    (0x300A, 0x0183), // Patient Setup Label
    (0x300A, 0x0244), // Template Name
];

/// Tables of numbers that are written as bytes (OW) or as numbers (US).
const TABLES: [(u16, u16); 10] = [
    (0x0028, 0x1201), // Red Palette Color Lookup Table Data
    (0x0028, 0x1202), // Green Palette Color Lookup Table Data
    (0x0028, 0x1203), // Blue Palette Color Lookup Table Data
    (0x0028, 0x1204), // Alpha Palette Color Lookup Table Data
    (0x0028, 0x1221), // Segmented Red Palette Color Lookup Table Data
    (0x0028, 0x1222), // Segmented Green Palette Color Lookup Table Data
    (0x0028, 0x1223), // Segmented Blue Palette Color Lookup Table Data
    (0x0028, 0x1224), // Segmented Alpha Palette Color Lookup Table Data
    (0x0028, 0x1408), // Blending Lookup Table Data
    (0x0028, 0x3006), // LUT Data
];

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

/// Whether a value that came with `received` can be what the dictionary says: one that cannot may hold anything. UN is what
/// implementations write that do not know an attribute, but a sequence in it is not looked into.
fn fits(received: VR, known: VR) -> bool {
    match (kind(received), kind(known)) {
        // Objects that mean the same write either (US and OW of look-up tables).
        (Kind::Number | Kind::Bytes, Kind::Number | Kind::Bytes) => received != VR::UN,
        (received, known) => received == known,
    }
}

/// Whether a value that came with `received` is what the dictionary says, as far as a value tells that: a text of another VR
/// may be a name, and bytes may be anything.
fn is_same(tag: (u16, u16), received: VR, known: VR) -> bool {
    match (kind(received), kind(known)) {
        (Kind::Number, Kind::Number) | (Kind::Bytes, Kind::Bytes) => true,
        (Kind::Number | Kind::Bytes, Kind::Number | Kind::Bytes) => TABLES.contains(&tag),
        _ => received == known || (matches!(received, VR::DS | VR::IS) && matches!(known, VR::DS | VR::IS)),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Uid,
    Number,
    Bytes,
    Sequence,
}

fn kind(vr: VR) -> Kind {
    match vr {
        VR::SQ => Kind::Sequence,
        VR::UI => Kind::Uid,
        VR::AT | VR::FD | VR::FL | VR::SL | VR::SS | VR::SV | VR::UL | VR::US | VR::UV => Kind::Number,
        VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW | VR::UN => Kind::Bytes,
        _ => Kind::Text,
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

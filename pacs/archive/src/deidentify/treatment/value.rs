//! Whether a value is what the dictionary says, by the VR that it came with.

use data_set::VR;

use super::lists::TABLES;

/// Whether a value that came with `received` can be what the dictionary says: one that cannot may hold anything. UN is what
/// implementations write that do not know an attribute, but a sequence in it is not looked into.
pub(super) fn fits(received: VR, known: VR) -> bool {
    match (kind(received), kind(known)) {
        // Objects that mean the same write either (US and OW of look-up tables).
        (Kind::Number | Kind::Bytes, Kind::Number | Kind::Bytes) => received != VR::UN,
        (received, known) => received == known,
    }
}

/// Whether a value that came with `received` is what the dictionary says, as far as a value tells that: a text of another VR
/// may be a name, and bytes may be anything.
pub(super) fn is_same(tag: (u16, u16), received: VR, known: VR) -> bool {
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

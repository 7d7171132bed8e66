//! Elements encoded as UN although the dictionary knows their VR (PS3.5 §6.2.2): a device on the way did not.

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;

use super::{number, text};
use crate::element::{Element, Kind};

/// The VR to write `element` with: its own; for UN that of the dictionary where its value can be read so. Such a value
/// is encoded in Implicit VR Little Endian.
pub(super) fn vr_of(element: &Element, value: Option<&[u8]>) -> VR {
    match (element.kind, element.vr) {
        (Kind::Sequence | Kind::Item, _) => VR::SQ,
        (Kind::Value, VR::UN) => match (known(element.tag), value) {
            (Some(vr), Some(bytes)) if can_be(vr, bytes) => vr,
            _ => VR::UN,
        },
        (_, vr) => vr,
    }
}

/// The VR of the standard dictionary; LO for private creators (PS3.5 §7.8.1).
fn known(tag: Tag) -> Option<VR> {
    if tag.group() & 1 == 1 {
        return (0x10..=0xff).contains(&tag.element()).then_some(VR::LO);
    }
    match StandardDataDictionary.by_tag(tag)?.vr() {
        VirtualVr::Exact(vr) => Some(vr),
        _ => None,
    }
}

/// Whether the bytes are a value of `vr`.
fn can_be(vr: VR, bytes: &[u8]) -> bool {
    let whole = |size: usize| bytes.len().is_multiple_of(size);
    match vr {
        VR::US | VR::SS => whole(2),
        VR::UL | VR::SL | VR::FL | VR::AT => whole(4),
        VR::UV | VR::SV | VR::FD => whole(8),
        VR::IS | VR::DS => bytes
            .split(|&byte| byte == b'\\')
            .map(text::trim)
            .all(|value| value.is_empty() || number::is_number(vr, value)),
        VR::UI => text::trim(bytes).iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'\\')),
        VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW | VR::SQ | VR::UN => false,
        // ESC belongs to code extensions, the others to text (PS3.5 §6.1.3).
        _ => text::trim(bytes).iter().all(|&byte| byte >= 0x20 || matches!(byte, b'\t' | b'\n' | 0x0c | b'\r' | 0x1b)),
    }
}

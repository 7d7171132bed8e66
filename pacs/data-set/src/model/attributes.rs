//! What is asked of a list of attributes, and how tags and VRs are read.

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

use super::budget::Budget;
use super::{Attribute, Content, ModelError, Value};
use crate::reader::vr;

/// Available Transfer Syntax UID (0008,3002): what metadata say of how an origin server keeps an object.
pub const AVAILABLE_TRANSFER_SYNTAX_UID: Tag = Tag(0x0008, 0x3002);

/// The first value of an attribute, without blanks around it; `None` when it is empty or not there.
pub fn text(attributes: &[Attribute], tag: Tag) -> Option<&str> {
    let attribute = attributes.iter().find(|attribute| attribute.tag == tag)?;
    match &attribute.content {
        Content::Values(values) => match values.first()? {
            Value::Text(text) | Value::Number(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        },
        _ => None,
    }
}

/// The transfer syntaxes that metadata name, the likeliest first: Transfer Syntax UID (0002,0010), then Available
/// Transfer Syntax UID (0008,3002).
pub fn transfer_syntaxes(attributes: &[Attribute]) -> Vec<&str> {
    let named = [tags::TRANSFER_SYNTAX_UID, AVAILABLE_TRANSFER_SYNTAX_UID];
    named.into_iter().filter_map(|tag| text(attributes, tag)).collect()
}

/// Eight hexadecimal digits.
pub(super) fn tag(text: &str) -> Option<Tag> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let number = u32::from_str_radix(text, 16).ok()?;
    Some(Tag((number >> 16) as u16, number as u16))
}

/// The VR of two letters.
pub(super) fn vr(text: &str) -> Option<VR> {
    vr::from_letters(text.as_bytes().try_into().ok()?)
}

/// Puts attributes in order of tag; an error when a tag is there twice.
pub(super) fn sort(attributes: &mut [Attribute], budget: &mut Budget) -> Result<(), ModelError> {
    attributes.sort_by_key(|attribute| attribute.tag);
    match attributes.windows(2).find(|pair| pair[0].tag == pair[1].tag) {
        Some(pair) => {
            budget.enter(pair[0].tag);
            Err(budget.error("the attribute is there twice"))
        }
        None => Ok(()),
    }
}

//! The Identifier of a response (PS3.4 §C.4.1.1.3.2): a match, as far as it was asked for.

use std::collections::BTreeMap;

use archive::{AeTitle, Level};
use data_set::model::{self, Attribute, Content, ModelError, Value};
use data_set::{Tag, VR, tags};
use serde_json::Map;

use super::identifier::{Identifier, Wanted};
use super::model::name;

/// Encodes a match. All attributes that were asked for are there, without a value where there is none, or where what was
/// stored cannot be one of its VR; text is in the default repertoire or in UTF-8, and says so.
///
/// # Errors
/// What the index says of it cannot be read, or is nothing that a data set holds.
pub(super) fn encode(
    found: &Map<String, serde_json::Value>,
    identifier: &Identifier,
    retrieve_from: &AeTitle,
    transfer_syntax: &str,
) -> Result<Vec<u8>, ModelError> {
    let mut told = attributes(found, identifier, retrieve_from)?;
    // Nearly always all of it can be encoded: what cannot is looked for only then.
    let mut without: Vec<Tag> = Vec::new();
    loop {
        let error = match model::encode_whole(told, transfer_syntax) {
            Ok(bytes) => return Ok(bytes),
            Err(error) => error,
        };
        let offending = error.path.get(..8).and_then(|name| u32::from_str_radix(name, 16).ok());
        let offending = offending.map(|tag| Tag((tag >> 16) as u16, tag as u16));
        match offending.filter(|tag| !without.contains(tag)) {
            Some(tag) => without.push(tag),
            None => return Err(error),
        }
        told = attributes(found, identifier, retrieve_from)?;
        for attribute in told.iter_mut().filter(|attribute| without.contains(&attribute.tag)) {
            attribute.content = Content::Values(Vec::new());
        }
    }
}

/// What is told of a match.
fn attributes(
    found: &Map<String, serde_json::Value>,
    identifier: &Identifier,
    retrieve_from: &AeTitle,
) -> Result<Vec<Attribute>, ModelError> {
    let read = model::from_json_object(found)?;
    let mut read: BTreeMap<Tag, Attribute> = read.into_iter().map(|attribute| (attribute.tag, attribute)).collect();
    let mut told: BTreeMap<Tag, Attribute> = BTreeMap::new();
    for wanted in &identifier.wanted {
        let attribute = read.remove(&wanted.tag).map(|attribute| only(attribute, wanted));
        told.insert(wanted.tag, attribute.unwrap_or_else(|| plain(wanted.tag, wanted.vr, None)));
    }
    // Private elements come in the block that they are stored in, with its creator.
    told.extend(read.into_iter().filter(|(tag, _)| tag.group() % 2 == 1));
    let mut tell = |tag, vr, text| told.insert(tag, plain(tag, vr, Some(text)));
    tell(tags::QUERY_RETRIEVE_LEVEL, VR::CS, name(identifier.level));
    tell(tags::RETRIEVE_AE_TITLE, VR::AE, retrieve_from.as_str());
    if identifier.level > Level::Patient {
        tell(tags::INSTANCE_AVAILABILITY, VR::CS, "ONLINE");
    }
    Ok(told.into_values().collect())
}

fn plain(tag: Tag, vr: VR, text: Option<&str>) -> Attribute {
    let values = text.map(|text| Value::Text(text.to_owned())).into_iter().collect();
    Attribute { tag, vr, content: Content::Values(values) }
}

/// Of a sequence only those attributes of its Items that are wanted.
fn only(mut attribute: Attribute, wanted: &Wanted) -> Attribute {
    if let Content::Values(values) = &mut attribute.content
        && !wanted.inside.is_empty()
    {
        for value in values {
            if let Value::Item(inside) = value {
                let mut all: BTreeMap<Tag, Attribute> =
                    std::mem::take(inside).into_iter().map(|attribute| (attribute.tag, attribute)).collect();
                let told = wanted.inside.iter().map(|one| match all.remove(&one.tag) {
                    Some(attribute) => only(attribute, one),
                    None => plain(one.tag, one.vr, None),
                });
                *inside = told.collect();
            }
        }
    }
    attribute
}

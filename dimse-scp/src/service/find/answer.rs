//! The Identifier of a response (PS3.4 §C.4.1.1.3.2): a match, as far as it was asked for.

use std::collections::BTreeMap;

use archive::{AeTitle, Level};
use data_set::model::{self, Attribute, Content, Value};
use data_set::{Tag, VR, tags};
use serde_json::Map;

use super::identifier::{Identifier, Wanted};
use super::model::name;

/// Encodes a match. All attributes that were asked for are there, without a value where there is none; text is in the
/// default repertoire or in UTF-8, and says so.
pub(super) fn encode(
    found: &Map<String, serde_json::Value>,
    identifier: &Identifier,
    retrieve_from: &AeTitle,
    transfer_syntax: &str,
) -> Vec<u8> {
    let read = model::from_json_object(found).unwrap_or_else(|error| {
        tracing::error!(%error, "what the index says of a match cannot be read");
        Vec::new()
    });
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
    written(told.into_values().collect(), transfer_syntax)
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

/// The bytes. What cannot be encoded, because what was stored is not of its VR, is told without a value.
fn written(mut attributes: Vec<Attribute>, transfer_syntax: &str) -> Vec<u8> {
    loop {
        let error = match model::encode_whole(attributes.clone(), transfer_syntax) {
            Ok(bytes) => return bytes,
            Err(error) => error,
        };
        let offends = |attribute: &&mut Attribute| {
            let Tag(group, element) = attribute.tag;
            error.path.starts_with(&format!("{group:04X}{element:04X}"))
        };
        match attributes.iter_mut().find(offends) {
            Some(offending) if offending.content != Content::Values(Vec::new()) => {
                offending.content = Content::Values(Vec::new());
            }
            _ => {
                tracing::error!(%error, "a match cannot be encoded");
                return Vec::new();
            }
        }
    }
}

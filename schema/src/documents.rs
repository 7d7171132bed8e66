//! One instance's attributes as DICOM JSON, parted by level and by whether they are personal.
//!
//! The documents are for searching and for the answers of a search. What neither needs is left out: binary values,
//! and elements so long that nobody looks for them (they are in the stored object and in its metadata). Of the latter it
//! is kept that they are there, so that an answer can say what it leaves out.

mod above;
mod lacking;
mod values;
mod whole;

use serde_json::{Map, Value, json};

use crate::attribute::{self, Attribute, Home, Level, TIMEZONE_OFFSET, VR};
use crate::element::fold_groups;
use crate::profile;
use above::Later;
pub use above::{Above, is_of_instance};
pub use values::Held;
pub use whole::{answer, whole};

/// Longest element that goes into a document, in bytes of JSON or so.
const LONGEST: usize = 64 << 10;

/// Deepest sequence that goes into a document; no key reaches deeper, and readers of JSON refuse depths that the
/// Standard allows.
pub(crate) const DEEPEST: usize = 16;

/// Member of a PN element with its values folded for matching; only inside these documents, never in an answer.
pub(crate) const FOLDED: &str = "folded";

/// Member of an element that stands for one that is left out; only inside these documents, never in an answer.
pub(crate) const LEFT_OUT: &str = "leftOut";

/// What stands for an element that is not searched though its kind is: it is too long, or too deep.
pub fn left_out(vr: &str) -> Value {
    json!({ "vr": vr, LEFT_OUT: true })
}

/// DICOM JSON objects (PS3.18 Annex F), one for each place where attributes are kept.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct Documents {
    /// identity
    pub instance_identity: Map<String, Value>,
    /// index
    pub instance: Map<String, Value>,
    above: Later,
}

impl Documents {
    /// Parts the attributes of one instance by the attribute table and PS3.15 Table E.1-1.
    ///
    /// A sequence that the table does not call personal but that holds something personal, at any depth, goes to the
    /// identity database whole, and to the index without what is personal in it.
    pub fn split(attributes: Map<String, Value>) -> Self {
        let (mut documents, mut above) = (Self::default(), Above::default());
        place(attributes, &mut documents, &mut above);
        documents.above = above.into();
        documents
    }
}

/// Puts attributes where they belong.
fn place(attributes: Map<String, Value>, own: &mut Documents, above: &mut Above) {
    let mut insert = |known: Attribute, home: Home, name: String, element: Value| {
        let document = match (known.level, home) {
            (Level::Patient, _) => &mut above.patient,
            (Level::Study, Home::Identity) => &mut above.study_identity,
            (Level::Series, Home::Identity) => &mut above.series_identity,
            (Level::Instance, Home::Identity) => &mut own.instance_identity,
            (Level::Study, Home::Index) => &mut above.study,
            (Level::Series, Home::Index) => &mut above.series,
            (Level::Instance, Home::Index) => &mut own.instance,
        };
        document.insert(name, element);
    };
    for (name, mut element) in attributes {
        let Some(tag) = attribute::parse_tag(&name) else { continue };
        if !is_searched(tag) || is_bulk(&element) {
            continue;
        }
        let name = attribute::tag_name(tag);
        if element.get(LEFT_OUT).is_none() && prepare(&mut element, 1) > LONGEST {
            let Some(vr) = vr(&element) else { continue };
            element = left_out(vr.to_string());
        }
        let known = attribute::by_tag(tag).unwrap_or_else(|| unknown(tag));
        let (mut home, vr) = (known.home, vr(&element));
        if vr == Some(VR::PN) && profile::is_personal(tag, vr) {
            home = Home::Identity;
        }
        if home == Home::Index && vr == Some(VR::SQ) {
            let whole = element.clone();
            if remove_personal(&mut element) {
                insert(known, Home::Identity, name.clone(), whole);
            }
        }
        if tag == TIMEZONE_OFFSET && home == Home::Index {
            insert(Attribute { level: Level::Series, ..known }, home, name.clone(), element.clone());
        }
        insert(known, home, name, element);
    }
}

/// Whether objects have this attribute in their documents, when they have it at all.
///
/// Group lengths and file meta information say nothing of the instance; the documents are UTF-8 whatever
/// Specific Character Set (0008,0005) was; what the server computes is not taken from objects.
pub fn is_searched(tag: (u16, u16)) -> bool {
    let computed = [(0x0008, 0x0056), (0x0008, 0x0061), (0x0008, 0x0062)];
    let counted = [0x1200, 0x1202, 0x1204, 0x1206, 0x1208, 0x1209].map(|element| (0x0020, element));
    tag.0 >= 0x0008
        && tag.1 != 0
        && tag != (0x0008, 0x0005)
        && tag != (0x0008, 0x1190)
        && !computed.contains(&tag)
        && !counted.contains(&tag)
}

fn is_bulk(element: &Value) -> bool {
    element.get("InlineBinary").is_some() || element.get("BulkDataURI").is_some()
}

fn vr(element: &Value) -> Option<VR> {
    element.get("vr").and_then(Value::as_str).and_then(|name| name.parse().ok())
}

/// An element that is in no dictionary.
fn unknown(tag: (u16, u16)) -> Attribute {
    Attribute {
        tag,
        keyword: "",
        vr: VR::UN,
        level: Level::Instance,
        home: Home::Identity,
        place: attribute::Place::Document,
        returned: false,
    }
}

/// Makes an element fit for a `jsonb` column: no NUL characters, no binary values, names folded beside themselves.
/// Gives its length, roughly, and stops counting past [`LONGEST`].
fn prepare(element: &mut Value, depth: usize) -> usize {
    let Some(members) = element.as_object_mut() else { return 0 };
    members.retain(|name, _| matches!(name.as_str(), "vr" | "Value"));
    let is_name = members.get("vr").and_then(Value::as_str) == Some("PN");
    let mut length = 16;
    let Some(Value::Array(values)) = members.get_mut("Value") else { return length };
    let mut folded = Vec::new();
    for value in values.iter_mut() {
        length += prepare_value(value, depth);
        if length > LONGEST {
            return length;
        }
        if is_name {
            folded.extend(fold_groups(value).map(Value::String));
        }
    }
    if is_name {
        members.insert(FOLDED.to_owned(), Value::Array(folded));
    }
    length
}

fn prepare_value(value: &mut Value, depth: usize) -> usize {
    match value {
        Value::String(text) => {
            text.retain(|character| character != '\0');
            text.len() + 3
        }
        Value::Object(members) => prepare_members(members, depth),
        _ => 8,
    }
}

/// An Item of a sequence, or the component groups of a name.
fn prepare_members(members: &mut Map<String, Value>, depth: usize) -> usize {
    members.retain(|_, member| !is_bulk(member) && (depth < DEEPEST || vr(member) != Some(VR::SQ)));
    let mut length = 2;
    for (name, member) in members {
        length += name.len() + 3;
        length += if member.is_object() { prepare(member, depth + 1) } else { prepare_value(member, depth) };
        if length > LONGEST {
            break;
        }
    }
    length
}

/// Takes what is personal out of the Items of a sequence; says whether there was anything.
fn remove_personal(element: &mut Value) -> bool {
    if element.get("vr").and_then(Value::as_str) != Some("SQ") {
        return false;
    }
    let Some(Value::Array(items)) = element.get_mut("Value") else { return false };
    let mut found = false;
    for members in items.iter_mut().filter_map(Value::as_object_mut) {
        members.retain(|name, member| {
            let personal = attribute::parse_tag(name).is_none_or(|tag| profile::is_personal(tag, vr(member)));
            found |= personal;
            !personal
        });
        for member in members.values_mut() {
            found |= remove_personal(member);
        }
    }
    found
}

#[cfg(test)]
mod tests;

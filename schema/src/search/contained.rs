//! What an index on documents can say of a key: which documents contain one of its values.
//!
//! Such an index knows exact values only. Where a key asks for one of a few, this condition stands beside the exact one
//! and finds the documents that the other looks into; without it every document would be read.

use serde_json::{Value, json};

use super::key::Key;
use super::matcher::{Matcher, Text};
use super::statement::{Bind, Statement};
use crate::attribute::VR;

/// Most alternatives that the index is asked for.
const MOST_VALUES: usize = 32;

/// Adds ` AND …` when the index knows something of this key.
pub(super) fn and(statement: &mut Statement, document: &str, key: &Key) {
    let Some(values) = exact(key) else { return };
    let mut separator = " AND (";
    for value in values {
        let steps = key.path.steps().iter().rev();
        let contained =
            steps.fold(Value::from(value), |inner, step| json!({ step.attribute.name(): { "Value": [inner] } }));
        statement.push(&format!("{separator}{document} @> ")).bind(Bind::Document(contained));
        separator = " OR ";
    }
    statement.push(")");
}

/// Whether such an index finds what a key asks for.
pub(super) fn knows(key: &Key) -> bool {
    exact(key).is_some()
}

/// The values, one of which the key asks for. Only of VRs whose values are kept as they are compared: without blanks
/// around them.
fn exact(key: &Key) -> Option<Vec<&str>> {
    let is_trimmed = matches!(key.path.leaf().vr, VR::AE | VR::AS | VR::CS | VR::LO | VR::SH | VR::UI);
    if !is_trimmed || key.path.steps().iter().any(|step| step.creator.is_some()) {
        return None;
    }
    let values: Vec<&str> = match &key.matcher {
        Matcher::Uids(uids) => uids.iter().map(String::as_str).collect(),
        Matcher::Texts(texts) => texts.iter().map(literal).collect::<Option<_>>()?,
        _ => return None,
    };
    Some(values).filter(|values| values.len() <= MOST_VALUES)
}

fn literal(text: &Text) -> Option<&str> {
    match text {
        Text::Literal(text) => Some(text),
        Text::Like(_) => None,
    }
}

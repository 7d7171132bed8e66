//! Attributes of queries and N-services between their data sets and DICOM JSON objects, which the archive speaks.

use data_set::{DataSet, Warning, json, model};
use serde_json::{Map, Value};

/// Longest binary value that is kept.
const INLINE: u32 = 4096;

/// A data set as a DICOM JSON object, text in UTF-8.
///
/// # Errors
/// Why it cannot be relied on, in words for the peer.
pub(super) fn object(set: &DataSet) -> Result<Map<String, Value>, &'static str> {
    let is_damage =
        |warning: &Warning| matches!(warning, Warning::Truncated(_) | Warning::Overrun(_) | Warning::Unreadable(_));
    if set.warnings.iter().any(is_damage) {
        return Err("the data set is damaged");
    }
    json::object(set.root(), INLINE).map_err(|_| "the data set is nested too deep")
}

/// An object as a data set in Explicit or Implicit VR Little Endian; in UTF-8 when it holds more than ASCII.
pub(super) fn encode(object: &Map<String, Value>, transfer_syntax: &str) -> Result<Vec<u8>, model::ModelError> {
    model::encode_whole(model::from_json_object(object)?, transfer_syntax)
}

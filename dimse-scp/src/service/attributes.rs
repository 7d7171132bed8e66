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
    if is_damaged(set) {
        return Err("the data set is damaged");
    }
    json::object(set.root(), INLINE).map_err(|_| "the data set is nested too deep")
}

/// The same of one that may be large: elsewhere, so that it keeps no other association waiting.
pub(super) async fn large_object(set: DataSet) -> Result<Map<String, Value>, &'static str> {
    let converted = tokio::task::spawn_blocking(move || object(&set)).await;
    converted.unwrap_or(Err("the data set cannot be read"))
}

/// Whether something of a data set is missing or cannot be what was meant.
pub(super) fn is_damaged(set: &DataSet) -> bool {
    let is_damage =
        |warning: &Warning| matches!(warning, Warning::Truncated(_) | Warning::Overrun(_) | Warning::Unreadable(_));
    set.warnings.iter().any(is_damage)
}

/// An object as a data set in Explicit or Implicit VR Little Endian; in UTF-8 when it holds more than ASCII.
pub(super) fn encode(object: &Map<String, Value>, transfer_syntax: &str) -> Result<Vec<u8>, model::ModelError> {
    model::encode_whole(model::from_json_object(object)?, transfer_syntax)
}

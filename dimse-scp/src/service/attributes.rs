//! Attributes of queries and N-services between their data sets and DICOM JSON objects, which the archive speaks.

use data_set::json::{self, Bulk, JsonOptions};
use data_set::{DataSet, model};
use serde_json::{Map, Value};

/// Longest binary value that is kept.
const INLINE: u32 = 4096;

/// A data set as a DICOM JSON object, text in UTF-8. `None` when it is nested deeper than can be.
pub(super) fn object(set: &DataSet) -> Option<Map<String, Value>> {
    let mut text = Vec::new();
    json::write(set.root(), &JsonOptions { inline_limit: INLINE, bulk: Bulk::Omit, keep: &|_, _| true }, &mut text);
    serde_json::from_slice(&text).ok()
}

/// An object as a data set in Explicit or Implicit VR Little Endian; in UTF-8 when it holds more than ASCII.
pub(super) fn encode(object: &Map<String, Value>, transfer_syntax: &str) -> Result<Vec<u8>, model::ModelError> {
    model::encode_whole(model::from_json_object(object)?, transfer_syntax)
}

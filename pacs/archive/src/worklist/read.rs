//! Worklist items out of files: DICOM files, with or without preamble and file meta information, and DICOM JSON.

use data_set::json::{self, Bulk, JsonOptions};
use serde_json::{Map, Value};

use crate::Error;

/// Longest binary value of an item, in bytes.
const INLINE: u32 = 4096;

/// The items of a file: one of a DICOM file, all of an array in JSON.
pub fn items_of(file: &[u8]) -> Result<Vec<Map<String, Value>>, Error> {
    match file.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => of_json(file),
        _ => of_dicom(file),
    }
}

fn of_json(text: &[u8]) -> Result<Vec<Map<String, Value>>, Error> {
    let wrong = |why: &dyn std::fmt::Display| Error::BadRequest(format!("this is no DICOM JSON: {why}"));
    match serde_json::from_slice(text) {
        Ok(Value::Object(item)) => Ok(vec![item]),
        Ok(Value::Array(items)) => items
            .into_iter()
            .map(|item| match item {
                Value::Object(item) => Ok(item),
                _ => Err(wrong(&"an element of the array is no object")),
            })
            .collect(),
        Ok(_) => Err(wrong(&"it is neither an object nor an array")),
        // The words of the error name a place, no value.
        Err(error) => Err(wrong(&format!("line {}, column {}", error.line(), error.column()))),
    }
}

fn of_dicom(file: &[u8]) -> Result<Vec<Map<String, Value>>, Error> {
    let wrong = |why: &dyn std::fmt::Display| Error::BadRequest(format!("this is no DICOM data set: {why}"));
    let set = data_set::read(file).map_err(|error| wrong(&error))?;
    let mut text = Vec::new();
    let options = JsonOptions { inline_limit: INLINE, bulk: Bulk::Omit, keep: &|_, _| true };
    json::write(set.root(), &options, &mut text);
    match serde_json::from_slice(&text) {
        Ok(Value::Object(item)) if !item.is_empty() => Ok(vec![item]),
        _ => Err(wrong(&"it holds no attributes")),
    }
}

//! Worklist items out of files: DICOM files, with or without preamble and file meta information, and DICOM JSON.

use data_set::{json, model};
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
    let mut items = Vec::new();
    let read = model::all_from_json(text, &mut |attributes| {
        items.push(model::to_object(attributes)?);
        Ok(())
    });
    read.map_err(|error| Error::BadRequest(format!("this is no DICOM JSON: {error}")))?;
    Ok(items)
}

fn of_dicom(file: &[u8]) -> Result<Vec<Map<String, Value>>, Error> {
    let wrong = |why: &dyn std::fmt::Display| Error::BadRequest(format!("this is no DICOM data set: {why}"));
    let set = data_set::read(file).map_err(|error| wrong(&error))?;
    match json::object(set.root(), INLINE) {
        Ok(item) if !item.is_empty() => Ok(vec![item]),
        _ => Err(wrong(&"it holds no attributes")),
    }
}

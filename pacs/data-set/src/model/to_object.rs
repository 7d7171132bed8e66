//! A tree as the DICOM JSON object that its data set has: what is no value of its VR is refused on the way.

use serde_json::{Map, Value};

use super::{Attribute, ModelError, encode_whole};
use crate::{Limits, Reader, json};

/// Largest data set, in bytes.
const LARGEST: u32 = 64 << 20;
/// Longest binary value that is kept.
const INLINE: u32 = 4096;

/// Makes the way through Explicit VR Little Endian. Bulk data are left out; text is UTF-8.
pub fn to_object(attributes: Vec<Attribute>) -> Result<Map<String, Value>, ModelError> {
    let wrong = |reason: String| ModelError { path: String::new(), reason };
    let syntax = crate::uids::EXPLICIT_VR_LITTLE_ENDIAN;
    let bytes = encode_whole(attributes, syntax)?;
    let mut reader = Reader::of_data_set(syntax, Limits { value: LARGEST, values: LARGEST, ..Limits::default() });
    let set = reader.push(&bytes).and_then(|()| reader.finish()).map_err(|error| wrong(error.to_string()))?;
    json::object(set.root(), INLINE).map_err(|_| wrong("it is nested too deep".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::from_json;
    use super::*;

    #[test]
    fn gives_back_what_is_of_its_vr_and_refuses_the_rest() {
        let text =
            br#"{"00080060":{"vr":"CS","Value":["CT"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"M\u00fcller"}]}}"#;
        let object = to_object(from_json(text).expect("attributes")).expect("an object");
        assert_eq!(object["00100010"]["Value"][0]["Alphabetic"], "M\u{fc}ller");
        assert_eq!(object["00080060"]["Value"][0], "CT");
        let wrong = br#"{"00280010":{"vr":"US","Value":["many"]}}"#;
        assert!(to_object(from_json(wrong).expect("attributes")).is_err());
    }
}

//! DICOM files as the Native DICOM Model, and JSON or XML as DICOM files, for comparison with other toolkits.
//!
//! `native_model FILE` prints the XML of a DICOM file, bulk data left out. `native_model FILE OUT` reads JSON or XML and
//! writes an object in Explicit VR Little Endian, bulk data left out.

use std::error::Error;
use std::io::Write as _;

use data_set::json::{Bulk, JsonOptions, write};
use data_set::model::{self, Piece};
use data_set::{explicit, tags, uids};

fn main() -> Result<(), Box<dyn Error>> {
    let named: Vec<String> = std::env::args().skip(1).collect();
    match named.as_slice() {
        [file] => Ok(std::io::stdout().write_all(&xml(&std::fs::read(file)?)?)?),
        [file, out] => Ok(std::fs::write(out, object(&std::fs::read(file)?)?)?),
        _ => Err("give a file, and maybe a file to write".into()),
    }
}

fn xml(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let set = data_set::read(bytes)?;
    let mut json = Vec::new();
    write(set.root(), &JsonOptions { inline_limit: 4096, bulk: Bulk::Omit, keep: &|_, _| true }, &mut json);
    Ok(model::to_xml(&model::from_json(&json)?))
}

fn object(text: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let is_xml = text.trim_ascii_start().starts_with(b"<");
    let attributes = if is_xml { model::from_xml(text)? } else { model::from_json(text)? };
    let uid = |tag| model::text(&attributes, tag).unwrap_or_default().to_owned();
    let (class, instance) = (uid(tags::SOP_CLASS_UID), uid(tags::SOP_INSTANCE_UID));
    let mut object = explicit::file_meta(&class, &instance, uids::EXPLICIT_VR_LITTLE_ENDIAN, None);
    for piece in model::encode(attributes)?.pieces {
        if let Piece::Bytes(bytes) = piece {
            object.extend_from_slice(&bytes);
        }
    }
    Ok(object)
}

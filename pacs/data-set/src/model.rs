//! A data set as its JSON and XML models tell it (PS3.18 Annex F, PS3.19 §A.1): the tree between them and the bytes.
//!
//! Both models say the same, so both are read into one tree, and one writer makes a data set of it. The
//! tree is of one SOP Instance, and limited; bulk data are only named in it.

mod attributes;
mod budget;
pub mod bulk;
mod encode;
mod from_json;
mod from_xml;
mod private;
mod to_object;
mod to_xml;
mod value;
mod xml_pieces;

use dicom_core::{Tag, VR};

pub use attributes::{AVAILABLE_TRANSFER_SYNTAX_UID, text, transfer_syntaxes};
pub use encode::{Encoded, Piece, encode, encode_whole};
pub use from_json::{all_from_json, from_json, from_json_object};
pub use from_xml::from_xml;
pub use to_object::to_object;
pub use to_xml::to_xml;
pub use xml_pieces::{Told, XmlPieces};

/// Deepest nesting of sequences that is read.
pub const DEEPEST: usize = 64;

/// Most attributes, Items and values of one data set.
pub const MOST_NODES: usize = 1_000_000;

/// A data element as a model tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its tag.
    pub tag: Tag,
    /// Its VR.
    pub vr: VR,
    /// Its value.
    pub content: Content,
}

/// What a data element holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Values or Items; none for an empty element.
    Values(Vec<Value>),
    /// Bytes in little endian, in Base64 (PS3.18 §F.2.7).
    InlineBinary(String),
    /// The URI of bytes that come apart (PS3.18 §F.2.6).
    BulkData(String),
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// No value, among others that are.
    Null,
    /// A text; in XML a number too.
    Text(String),
    /// A JSON number, in decimal notation.
    Number(String),
    /// The alphabetic, ideographic and phonetic component group of a person's name.
    Name(Box<[String; 3]>),
    /// An Item of a sequence.
    Item(Vec<Attribute>),
}

/// Why a JSON or XML model is no data set. It names no values: those are of patients.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", Place(path))]
pub struct ModelError {
    /// Where: `00400275/1/00400009` is an element of the first Item of a sequence. Empty for the whole.
    pub path: String,
    /// What is wrong there.
    pub reason: String,
}

struct Place<'a>(&'a str);

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "{}: ", self.0) }
    }
}

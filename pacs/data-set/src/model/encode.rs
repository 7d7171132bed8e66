//! A tree as a data set in Explicit or Implicit VR Little Endian (PS3.5 §7.1.2, §7.1.3), text in UTF-8.

use dicom_core::{Tag, VR};
use dicom_dictionary_std::{tags, uids};

use super::budget::Budget;
use super::{Attribute, Content, ModelError, Value, value};
use crate::explicit::write::{padding, put_header, put_implicit_header, put_tag};
use crate::reader::vr::has_long_header;

/// Most bytes of a data set without its bulk data.
const LONGEST: usize = 128 << 20;

/// One piece of the data set, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// An element whole, header included (see [`super::bulk`]): its value are the bytes that this URI names.
    BulkData {
        /// The element.
        tag: Tag,
        /// Its VR.
        vr: VR,
        /// Whether it is of the data set itself, and not of an Item.
        is_at_top: bool,
        /// What names the bytes.
        uri: String,
    },
}

/// A data set, but for its bulk data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Everything, in order.
    pub pieces: Vec<Piece>,
}

impl Encoded {
    /// How many bytes there are without the bulk data.
    pub fn length(&self) -> usize {
        self.pieces.iter().map(|piece| if let Piece::Bytes(bytes) = piece { bytes.len() } else { 0 }).sum()
    }

    /// The URIs of bulk data, in order.
    pub fn bulk_data(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Bytes(_) => None,
            Piece::BulkData { uri, .. } => Some(uri.as_str()),
        })
    }
}

/// Encodes a data set. File meta information and group lengths are left out; Specific Character Set becomes
/// `ISO_IR 192` where it stands, and is added when it is missed. A Decimal String of more than 16 characters is
/// rounded to them.
pub fn encode(attributes: Vec<Attribute>) -> Result<Encoded, ModelError> {
    Ok(Encoded { pieces: encode_as(attributes, false)?.pieces })
}

/// Encodes a data set without bulk data, such as a response's Identifier: in Implicit VR Little Endian when the transfer
/// syntax is that, else in Explicit VR Little Endian. Otherwise as [`encode`].
pub fn encode_whole(attributes: Vec<Attribute>, transfer_syntax: &str) -> Result<Vec<u8>, ModelError> {
    let out = encode_as(attributes, transfer_syntax == uids::IMPLICIT_VR_LITTLE_ENDIAN)?;
    match <[Piece; 1]>::try_from(out.pieces) {
        Ok([Piece::Bytes(bytes)]) => Ok(bytes),
        Err(pieces) if pieces.is_empty() => Ok(Vec::new()),
        _ => Err(out.budget.error("bulk data cannot come with this data set")),
    }
}

fn encode_as(mut attributes: Vec<Attribute>, implicit: bool) -> Result<Out, ModelError> {
    let named = |attribute: &Attribute| attribute.tag == tags::SPECIFIC_CHARACTER_SET;
    if !attributes.iter().any(named) && attributes.iter().any(is_beyond_ascii) {
        let place = attributes.partition_point(|attribute| attribute.tag < tags::SPECIFIC_CHARACTER_SET);
        let content = Content::Values(vec![Value::Null]);
        attributes.insert(place, Attribute { tag: tags::SPECIFIC_CHARACTER_SET, vr: VR::CS, content });
    }
    let mut out = Out { pieces: Vec::new(), bytes: Vec::new(), length: 0, budget: Budget::new(), depth: 0, implicit };
    out.data_set(attributes)?;
    out.piece(None);
    Ok(out)
}

/// Whether a text of the attribute needs a character set.
fn is_beyond_ascii(attribute: &Attribute) -> bool {
    let Content::Values(values) = &attribute.content else { return false };
    values.iter().any(|value| match value {
        Value::Text(text) => !text.is_ascii(),
        Value::Name(groups) => groups.iter().any(|group| !group.is_ascii()),
        Value::Item(attributes) => attributes.iter().any(is_beyond_ascii),
        Value::Null | Value::Number(_) => false,
    })
}

struct Out {
    pieces: Vec<Piece>,
    bytes: Vec<u8>,
    /// Of the bytes in `pieces`.
    length: usize,
    budget: Budget,
    depth: usize,
    implicit: bool,
}

impl Out {
    fn data_set(&mut self, attributes: Vec<Attribute>) -> Result<(), ModelError> {
        for attribute in attributes {
            let outside = self.budget.enter(attribute.tag);
            match attribute.tag {
                Tag(0 | 0xfffe, _) => return Err(self.budget.error("no data set has such an attribute")),
                Tag(2, _) | Tag(_, 0) => {}
                tags::SPECIFIC_CHARACTER_SET => self.value(attribute.tag, VR::CS, b"ISO_IR 192")?,
                _ => self.attribute(attribute)?,
            }
            self.budget.leave(outside);
        }
        Ok(())
    }

    fn attribute(&mut self, attribute: Attribute) -> Result<(), ModelError> {
        let Attribute { tag, vr, content } = attribute;
        match content {
            Content::BulkData(_) if vr == VR::SQ => Err(self.budget.error("a sequence is no bulk data")),
            Content::BulkData(uri) => {
                self.piece(Some(Piece::BulkData { tag, vr, is_at_top: self.depth == 0, uri }));
                Ok(())
            }
            Content::InlineBinary(text) => {
                let bytes = value::inline_binary(vr, &text).map_err(|reason| self.budget.error(reason))?;
                self.value(tag, vr, &bytes)
            }
            Content::Values(values) if vr == VR::SQ => self.sequence(tag, values),
            Content::Values(values) => {
                let bytes = value::encode(vr, &values).map_err(|reason| self.budget.error(reason))?;
                self.value(tag, vr, &bytes)
            }
        }
    }

    fn value(&mut self, tag: Tag, vr: VR, bytes: &[u8]) -> Result<(), ModelError> {
        let length = bytes.len() + bytes.len() % 2;
        if length > 0xfffe && !self.implicit && !has_long_header(vr) {
            return Err(self.budget.error(format!("the value is longer than an element of VR {vr} can be")));
        }
        if self.length + self.bytes.len() + length > LONGEST {
            return Err(self.budget.error(format!("the data set is longer than {LONGEST} bytes without bulk data")));
        }
        match self.implicit {
            true => put_implicit_header(&mut self.bytes, tag, length as u64),
            false => drop(put_header(&mut self.bytes, tag, vr, length as u64)),
        }
        self.bytes.extend_from_slice(bytes);
        if bytes.len() % 2 == 1 {
            self.bytes.push(padding(vr));
        }
        Ok(())
    }

    /// A sequence of undefined length, as its Items are: what bulk data add to it is not known yet.
    fn sequence(&mut self, tag: Tag, items: Vec<Value>) -> Result<(), ModelError> {
        if items.is_empty() {
            return self.value(tag, VR::SQ, b"");
        }
        put_tag(&mut self.bytes, tag);
        self.bytes.extend_from_slice(if self.implicit { b"" } else { b"SQ\0\0" });
        self.bytes.extend_from_slice(b"\xff\xff\xff\xff");
        for (index, item) in items.into_iter().enumerate() {
            let outside = self.budget.enter_item(index + 1)?;
            let Value::Item(attributes) = item else {
                return Err(self.budget.error("a sequence holds items only"));
            };
            self.bytes.extend_from_slice(b"\xfe\xff\x00\xe0\xff\xff\xff\xff");
            self.depth += 1;
            self.data_set(attributes)?;
            self.depth -= 1;
            self.bytes.extend_from_slice(b"\xfe\xff\x0d\xe0\0\0\0\0");
            self.budget.leave_item(outside);
        }
        self.bytes.extend_from_slice(b"\xfe\xff\xdd\xe0\0\0\0\0");
        Ok(())
    }

    /// Ends the bytes so far, and adds another piece.
    fn piece(&mut self, piece: Option<Piece>) {
        if !self.bytes.is_empty() {
            self.length += self.bytes.len();
            self.pieces.push(Piece::Bytes(std::mem::take(&mut self.bytes)));
        }
        self.pieces.extend(piece);
    }
}

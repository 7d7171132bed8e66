//! A stored object in another transfer syntax, mostly little endian and with explicit VR: headers are rewritten, values are
//! copied by range.
//!
//! Deflated, implicit and big-endian objects come out as `1.2.840.10008.1.2.1`; sequences keep their Items but get
//! undefined lengths, group lengths are left out, private elements of implicit objects become UN. Encapsulated Pixel Data
//! are replaced by frames that the caller decodes, or any Pixel Data by frames that the caller encodes.

mod change;
pub(crate) mod write;

use std::ops::Range;

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};

use crate::element::{DataSet, Element, Kind};
use change::{Changes, Form};
use write::{Encoding, Writer, put_text, unit};

pub use change::{DecodedPixelData, EncodedPixelData, LossyCompression};

/// Implementation Class UID (0002,0012) of what we write and of our associations (PS3.7 §D.3.3.2).
pub const IMPLEMENTATION_CLASS_UID: &str = "2.25.129235157595868117805391215298890181881";

/// Implementation Version Name (0002,0013) of what we write and of our associations.
pub const IMPLEMENTATION_VERSION_NAME: &str = "PACS_GATEWAY_0";

/// Explicit VR Big Endian, retired.
pub const EXPLICIT_VR_BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";

/// One piece of the rewritten object, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// This range of the stored object, as it is.
    Copy(Range<u64>),
    /// This range of the stored object with every group of `usize` bytes reversed (from one byte order to the other). Its
    /// length is a multiple of that.
    Swap(Range<u64>, usize),
    /// The frames, in order, from the caller. In native Pixel Data: the samples in the byte order of the object, then a
    /// padding byte if their sum is odd.
    /// In encapsulated ones: for every frame an Item of even length.
    Frames,
}

/// The plan of a whole PS3.10 file in Explicit VR Little Endian: preamble, file meta information (SOP Class and Instance
/// as stored, our Implementation Class UID) and data set. `decoded` must be given when the object has encapsulated Pixel
/// Data, which is left out otherwise.
pub fn plan(set: &DataSet, decoded: Option<&DecodedPixelData>) -> Vec<Piece> {
    let writer = Writer::new(Encoding::Explicit, file_meta_of(set, uids::EXPLICIT_VR_LITTLE_ENDIAN));
    write_data_set(set, &decoded.map_or_else(Changes::none, Changes::decoded), writer)
}

/// The same in Implicit VR Little Endian, the one transfer syntax that every DIMSE peer knows (PS3.5 §10.1).
pub fn plan_implicit(set: &DataSet, decoded: Option<&DecodedPixelData>) -> Vec<Piece> {
    let writer = Writer::new(Encoding::Implicit, file_meta_of(set, uids::IMPLICIT_VR_LITTLE_ENDIAN));
    write_data_set(set, &decoded.map_or_else(Changes::none, Changes::decoded), writer)
}

/// The same in Explicit VR Big Endian, retired, which some old DIMSE peers take alone (PS3.5-2016b §A.3). Numbers are swapped
/// by their VR; what is unknown (UN) stays as it is. The caller gives decoded samples in big endian.
pub fn plan_big_endian(set: &DataSet, decoded: Option<&DecodedPixelData>) -> Vec<Piece> {
    let writer = Writer::new(Encoding::BigEndian, file_meta_of(set, EXPLICIT_VR_BIG_ENDIAN));
    write_data_set(set, &decoded.map_or_else(Changes::none, Changes::decoded), writer)
}

/// The plan of a whole PS3.10 file in the transfer syntax that the object is stored in, with its Pixel Data as they are:
/// for a data set that was edited. What is deflated or big endian comes with explicit VR in little endian.
pub fn plan_stored(set: &DataSet) -> Vec<Piece> {
    let (encoding, transfer_syntax) = match set.transfer_syntax.as_str() {
        stored @ uids::IMPLICIT_VR_LITTLE_ENDIAN => (Encoding::Implicit, stored),
        _ if set.deflated || set.big_endian => (Encoding::Explicit, uids::EXPLICIT_VR_LITTLE_ENDIAN),
        stored => (Encoding::Explicit, stored),
    };
    let writer = Writer::new(encoding, file_meta_of(set, transfer_syntax));
    write_data_set(set, &Changes::stored(), writer)
}

/// The plan of the data set alone, as C-STORE sends it (PS3.7 §9.1.1).
pub fn plan_data_set(set: &DataSet, decoded: Option<&DecodedPixelData>) -> Vec<Piece> {
    write_data_set(
        set,
        &decoded.map_or_else(Changes::none, Changes::decoded),
        Writer::new(Encoding::Explicit, Vec::new()),
    )
}

/// The plan of a whole PS3.10 file whose Pixel Data the caller encodes in `transfer_syntax`. The Basic Offset Table is
/// empty, because nothing is known of later frames when the first goes out; an Extended Offset Table is left out.
pub fn plan_encapsulated(set: &DataSet, transfer_syntax: &str, encoded: &EncodedPixelData) -> Vec<Piece> {
    let own = encoded.lossy.as_ref().map(|lossy| lossy.sop_instance_uid.as_str());
    let writer = Writer::new(Encoding::Explicit, head(set, transfer_syntax, own));
    write_data_set(set, &Changes::encoded(set, encoded), writer)
}

/// Preamble and file meta information of this object in `transfer_syntax`.
pub fn file_meta_of(set: &DataSet, transfer_syntax: &str) -> Vec<u8> {
    head(set, transfer_syntax, None)
}

fn head(set: &DataSet, transfer_syntax: &str, sop_instance: Option<&str>) -> Vec<u8> {
    let uid = |tag, in_meta| set.uid(tag).or_else(|| set.uid(in_meta)).unwrap_or_default();
    let sop_class = uid(tags::SOP_CLASS_UID, tags::MEDIA_STORAGE_SOP_CLASS_UID);
    let stored = uid(tags::SOP_INSTANCE_UID, tags::MEDIA_STORAGE_SOP_INSTANCE_UID);
    let source = set.meta_item().raw_text(tags::SOURCE_APPLICATION_ENTITY_TITLE).filter(|title| !title.is_empty());
    file_meta(sop_class, sop_instance.unwrap_or(stored), transfer_syntax, source)
}

/// Preamble and file meta information for a data set in `transfer_syntax` (PS3.10 §7.1), group length included.
pub fn file_meta(
    sop_class_uid: &str,
    sop_instance_uid: &str,
    transfer_syntax: &str,
    source_ae: Option<&str>,
) -> Vec<u8> {
    let mut group = Vec::with_capacity(256);
    group.extend_from_slice(b"\x02\0\x01\0OB\0\0\x02\0\0\0\0\x01");
    put_text(&mut group, tags::MEDIA_STORAGE_SOP_CLASS_UID, VR::UI, sop_class_uid);
    put_text(&mut group, tags::MEDIA_STORAGE_SOP_INSTANCE_UID, VR::UI, sop_instance_uid);
    put_text(&mut group, tags::TRANSFER_SYNTAX_UID, VR::UI, transfer_syntax);
    put_text(&mut group, tags::IMPLEMENTATION_CLASS_UID, VR::UI, IMPLEMENTATION_CLASS_UID);
    put_text(&mut group, tags::IMPLEMENTATION_VERSION_NAME, VR::SH, IMPLEMENTATION_VERSION_NAME);
    if let Some(title) = source_ae {
        put_text(&mut group, tags::SOURCE_APPLICATION_ENTITY_TITLE, VR::AE, title);
    }
    let mut file = vec![0; 128];
    file.extend_from_slice(b"DICM\x02\0\0\0UL\x04\0");
    file.extend_from_slice(&(group.len() as u32).to_le_bytes());
    file.append(&mut group);
    file
}

/// The data set after what the writer has.
fn write_data_set(set: &DataSet, changes: &Changes, mut writer: Writer) -> Vec<Piece> {
    let mut replaced = changes.elements.iter().peekable();
    // Where each enclosing sequence or Item ends, and whether it is an Item.
    let mut open: Vec<(u32, bool)> = Vec::new();
    let mut index = 0;
    while let Some(element) = set.elements.get(index) {
        while let Some(&(_, item)) = open.last().filter(|(end, _)| *end as usize <= index) {
            writer.delimiter(item);
            open.pop();
        }
        if element.depth == 0 {
            while let Some((tag, vr, value)) = replaced.next_if(|(tag, ..)| *tag <= element.tag) {
                writer.little_endian(*tag, *vr, value);
            }
        }
        let is_replaced = element.depth == 0 && changes.elements.iter().any(|(tag, ..)| *tag == element.tag);
        if is_replaced || is_left_out(element, !matches!(changes.form, Form::Kept | Form::Stored)) {
            index = element.next as usize;
            continue;
        }
        write_element(&mut writer, set, element, changes);
        if matches!(element.kind, Kind::Sequence | Kind::Item) {
            open.push((element.next, element.kind == Kind::Item));
        }
        index += 1;
    }
    while let Some((_, item)) = open.pop() {
        writer.delimiter(item);
    }
    writer.finish()
}

/// An element, or the beginning of a sequence or an Item.
fn write_element(writer: &mut Writer, set: &DataSet, element: &Element, changes: &Changes) {
    let is_pixel_data = element.depth == 0 && element.tag == tags::PIXEL_DATA;
    match (element.kind, changes.form) {
        (Kind::Value | Kind::Fragments, Form::Encapsulated) if is_pixel_data => writer.encapsulated(),
        (Kind::Fragments, Form::Native { length, bits_allocated }) if is_pixel_data => {
            writer.frames(length, bits_allocated);
        }
        (Kind::Fragments, Form::Stored) if is_pixel_data => writer.fragments(element.value.clone()),
        (Kind::Fragments, _) => {}
        (Kind::Value, _) => write_value(writer, set, element),
        (Kind::Item, _) => writer.item(),
        (Kind::Sequence, _) => {
            writer.sequence(element.tag);
            if element.depth == 0 && element.tag == tags::SOURCE_IMAGE_SEQUENCE {
                writer.items(changes.source.as_deref().unwrap_or_default());
            }
        }
    }
}

/// Group lengths, which would be wrong, what would be taken for file meta information, and what only encapsulated Pixel
/// Data has.
fn is_left_out(element: &Element, other_pixels: bool) -> bool {
    let offsets = matches!(
        element.tag,
        tags::EXTENDED_OFFSET_TABLE
            | tags::EXTENDED_OFFSET_TABLE_LENGTHS
            | tags::ENCAPSULATED_PIXEL_DATA_VALUE_TOTAL_LENGTH
    );
    element.tag.element() == 0 || element.tag.group() == 2 || (other_pixels && offsets)
}

/// A value: from memory if it was kept, else by its range.
fn write_value(writer: &mut Writer, set: &DataSet, element: &Element) {
    let is_pixel_data = element.depth == 0 && element.tag == tags::PIXEL_DATA;
    let bits = if is_pixel_data { set.root().int(tags::BITS_ALLOCATED) } else { None };
    let vr = match (element.vr, bits) {
        // Of single bytes all readers make the same; of bytes in words that are big endian they do not.
        (VR::OW, Some(1 | 8)) if writer.is_big_endian() && !element.big_endian => VR::OB,
        (vr, _) => vr,
    };
    let swap = match (vr, bits) {
        _ if element.big_endian == writer.is_big_endian() => 1,
        // Wide pixel cells are swapped whole, as all implementations do, though OW means words of 16 bits.
        (VR::OW, Some(32)) => 4,
        (VR::OW, Some(64)) => 8,
        _ => unit(vr),
    };
    match set.bytes_of(element) {
        Some(bytes) => writer.value(element.tag, vr, bytes, swap),
        None => writer.range(element.tag, vr, element.value.clone(), swap),
    }
}

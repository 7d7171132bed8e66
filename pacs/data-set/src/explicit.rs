//! A stored object in another transfer syntax, mostly little endian and with explicit VR: headers are rewritten, values are
//! copied by range.
//!
//! Deflated, implicit and big-endian objects come out as `1.2.840.10008.1.2.1`; sequences keep their Items but get
//! undefined lengths, group lengths are left out, private elements of implicit objects become UN. Encapsulated Pixel Data
//! are replaced by frames that the caller decodes, or any Pixel Data by frames that the caller encodes.

mod change;
mod rewriter;
pub(crate) mod write;

use std::ops::Range;

use dicom_core::{Tag, VR};
use dicom_dictionary_std::{tags, uids};

use crate::element::DataSet;
use change::Changes;
use write::{Encoding, Writer, put_text};

pub use change::{DecodedPixelData, EncodedPixelData, LossyCompression};
pub use rewriter::Rewriter;

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

/// The form in which an object is rewritten.
pub enum Rewriting<'a> {
    /// Explicit VR Little Endian: preamble, file meta information (SOP Class and Instance as stored, our Implementation Class
    /// UID) and data set. Decoded frames must be there when the object has encapsulated Pixel Data, which are left out
    /// otherwise.
    Explicit(Option<&'a DecodedPixelData>),
    /// The same in Implicit VR Little Endian, the one transfer syntax that every DIMSE peer knows (PS3.5 §10.1).
    Implicit(Option<&'a DecodedPixelData>),
    /// The same in Explicit VR Big Endian, retired, which some old DIMSE peers take alone (PS3.5-2016b §A.3). Numbers are
    /// swapped by their VR; what is unknown (UN) stays as it is. The caller gives decoded samples in big endian.
    BigEndian(Option<&'a DecodedPixelData>),
    /// The data set alone, as C-STORE sends it (PS3.7 §9.1.1), in Explicit VR Little Endian.
    DataSet(Option<&'a DecodedPixelData>),
    /// In the transfer syntax that the object is stored in, with its Pixel Data as they are: for a data set that was edited.
    /// What is deflated or big endian comes with explicit VR in little endian.
    Stored,
    /// A whole PS3.10 file whose Pixel Data the caller encodes in a transfer syntax. The Basic Offset Table is empty, because
    /// nothing is known of later frames when the first goes out; an Extended Offset Table is left out.
    Encapsulated(&'a str, &'a EncodedPixelData),
}

impl Rewriting<'_> {
    /// What takes the elements of an object. `about` is the object, or so many of the elements of its data set proper as
    /// [`is_told`] asks for, with its file meta information.
    pub fn of(&self, about: &DataSet) -> Rewriter {
        let (encoding, head, changes) = match *self {
            Self::Explicit(decoded) => (Encoding::Explicit, uids::EXPLICIT_VR_LITTLE_ENDIAN, changed(decoded)),
            Self::Implicit(decoded) => (Encoding::Implicit, uids::IMPLICIT_VR_LITTLE_ENDIAN, changed(decoded)),
            Self::BigEndian(decoded) => (Encoding::BigEndian, EXPLICIT_VR_BIG_ENDIAN, changed(decoded)),
            Self::DataSet(decoded) => {
                return Rewriter::new(Writer::new(Encoding::Explicit, Vec::new()), changed(decoded), about);
            }
            Self::Stored => match about.transfer_syntax.as_str() {
                stored @ uids::IMPLICIT_VR_LITTLE_ENDIAN => (Encoding::Implicit, stored, Changes::stored()),
                _ if about.deflated || about.big_endian => {
                    (Encoding::Explicit, uids::EXPLICIT_VR_LITTLE_ENDIAN, Changes::stored())
                }
                stored => (Encoding::Explicit, stored, Changes::stored()),
            },
            Self::Encapsulated(transfer_syntax, encoded) => {
                let own = encoded.lossy.as_ref().map(|lossy| lossy.sop_instance_uid.as_str());
                let writer = Writer::new(Encoding::Explicit, self::head(about, transfer_syntax, own));
                return Rewriter::new(writer, Changes::encoded(about, encoded), about);
            }
        };
        Rewriter::new(Writer::new(encoding, file_meta_of(about, head)), changes, about)
    }

    /// All that is made of an object in memory.
    fn plan(&self, set: &DataSet) -> Vec<Piece> {
        let mut rewriter = self.of(set);
        set.each(|element, value| rewriter.push(element, value));
        rewriter.finish()
    }
}

/// Whether what is rewritten depends on an element of the data set proper besides its place.
pub fn is_told(tag: Tag) -> bool {
    matches!(tag, tags::SOP_CLASS_UID | tags::SOP_INSTANCE_UID | tags::BITS_ALLOCATED) || change::is_told(tag)
}

fn changed(decoded: Option<&DecodedPixelData>) -> Changes {
    decoded.map_or_else(Changes::none, Changes::decoded)
}

/// What [`Rewriting::Explicit`] makes of an object in memory.
pub fn plan(set: &DataSet, decoded: Option<&DecodedPixelData>) -> Vec<Piece> {
    Rewriting::Explicit(decoded).plan(set)
}

/// The same of [`Rewriting::Implicit`].
pub fn plan_implicit(set: &DataSet, decoded: Option<&DecodedPixelData>) -> Vec<Piece> {
    Rewriting::Implicit(decoded).plan(set)
}

/// The same of [`Rewriting::BigEndian`].
pub fn plan_big_endian(set: &DataSet, decoded: Option<&DecodedPixelData>) -> Vec<Piece> {
    Rewriting::BigEndian(decoded).plan(set)
}

/// The same of [`Rewriting::DataSet`].
pub fn plan_data_set(set: &DataSet, decoded: Option<&DecodedPixelData>) -> Vec<Piece> {
    Rewriting::DataSet(decoded).plan(set)
}

/// The same of [`Rewriting::Encapsulated`].
pub fn plan_encapsulated(set: &DataSet, transfer_syntax: &str, encoded: &EncodedPixelData) -> Vec<Piece> {
    Rewriting::Encapsulated(transfer_syntax, encoded).plan(set)
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

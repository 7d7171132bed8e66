//! The attribute table: what every searchable attribute is, where it is kept, and whether it is personal.
//!
//! [`TABLE`] names the attributes that are more than "somewhere in the instance": those of the Patient, Study and Series
//! levels, those with a column of their own, and those that a search always returns. Every other attribute of the
//! Standard's dictionary belongs to the Instance level and is kept in its document; so do private elements. The table
//! drives the parting of documents at ingest, the SQL of searches, and what a search returns.

mod standard;
mod table;

use dicom_core::dictionary::DataDictionary;
pub use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;

use crate::profile;
pub use table::TABLE;
pub(crate) use table::TIMEZONE_OFFSET;

/// Level of the Study Root information model (PS3.4 §C.6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Level {
    Patient,
    Study,
    Series,
    Instance,
}

/// The database that holds an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Home {
    /// The shareable index.
    Index,
    /// The identity database, which stays at the institution.
    Identity,
}

/// How a value is kept for searching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// A column of the level's table, by its name; the value as received is in the document as well.
    Column(&'static str),
    /// A `text[]` column of the level's table.
    Array(&'static str),
    /// The level's JSON document only.
    Document,
    /// The same for every object here (Instance Availability).
    Constant(&'static str),
}

/// Kind of matching that keys of an attribute take (PS3.4 §C.2.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Matching {
    /// Single value, wild cards; case counts.
    Text,
    /// Single value without wild cards.
    Exact,
    /// Single value, wild cards; case and accents do not count; each component group by itself.
    PersonName,
    /// List of UIDs.
    Uid,
    /// Date or range of dates.
    Date,
    /// Time or range of times.
    Time,
    /// Date and time or range of them.
    DateTime,
    /// Equality of numbers.
    Number,
    /// Attributes of the Items, by path.
    Sequence,
    /// Binary values: only universal matching.
    Nothing,
}

/// One attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// Group and element.
    pub tag: (u16, u16),
    /// Keyword (PS3.6); empty for private elements.
    pub keyword: &'static str,
    /// Value Representation.
    pub vr: VR,
    /// Level it belongs to.
    pub level: Level,
    /// Database that holds it.
    pub home: Home,
    /// How it is kept there.
    pub place: Place,
    /// Whether a search at its level always returns it (PS3.18 §10.6.3.3).
    pub returned: bool,
}

impl Attribute {
    /// The tag as DICOM JSON writes it: eight upper-case hexadecimal digits.
    pub fn name(&self) -> String {
        tag_name(self.tag)
    }

    /// How keys of this attribute match.
    pub fn matching(&self) -> Matching {
        match self.vr {
            VR::PN => Matching::PersonName,
            VR::UI => Matching::Uid,
            VR::DA => Matching::Date,
            VR::TM => Matching::Time,
            VR::DT => Matching::DateTime,
            VR::SQ => Matching::Sequence,
            VR::AS | VR::AT => Matching::Exact,
            VR::IS | VR::DS | VR::US | VR::SS | VR::UL | VR::SL | VR::UV | VR::SV | VR::FL | VR::FD => Matching::Number,
            VR::AE | VR::CS | VR::LO | VR::LT | VR::SH | VR::ST | VR::UC | VR::UR | VR::UT => Matching::Text,
            // Private elements of implicit objects come without a VR; what can be compared is compared as text.
            VR::UN => Matching::Text,
            VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW => Matching::Nothing,
        }
    }
}

/// The attribute with this tag: from [`TABLE`], else from the Standard's dictionary, else a private element.
/// `None`: no such attribute.
pub fn by_tag(tag: (u16, u16)) -> Option<Attribute> {
    match tag {
        (group, element) if group < 0x0008 || element == 0 => None,
        (group, _) if group % 2 == 1 => Some(instance_level(tag, "", VR::UN)),
        _ => standard::by_tag(tag),
    }
}

/// The attribute with this keyword.
pub fn by_keyword(keyword: &str) -> Option<Attribute> {
    if let Some(found) = table::by_keyword(keyword) {
        return Some(*found);
    }
    let tag = StandardDataDictionary.by_name(keyword)?.tag.inner();
    by_tag((tag.0, tag.1)).filter(|attribute| attribute.keyword == keyword)
}

/// The attribute with this name: eight hexadecimal digits, or a keyword.
pub fn by_name(name: &str) -> Option<Attribute> {
    match parse_tag(name) {
        Some(tag) => by_tag(tag),
        None => by_keyword(name),
    }
}

/// Reads eight hexadecimal digits.
pub fn parse_tag(name: &str) -> Option<(u16, u16)> {
    if name.len() != 8 || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let number = u32::from_str_radix(name, 16).ok()?;
    Some(((number >> 16) as u16, number as u16))
}

/// Writes a tag as eight upper-case hexadecimal digits.
pub fn tag_name(tag: (u16, u16)) -> String {
    format!("{:04X}{:04X}", tag.0, tag.1)
}

fn instance_level(tag: (u16, u16), keyword: &'static str, vr: VR) -> Attribute {
    let home = if profile::is_personal(tag, Some(vr)) { Home::Identity } else { Home::Index };
    Attribute { tag, keyword, vr, level: Level::Instance, home, place: Place::Document, returned: false }
}

#[cfg(test)]
mod tests;

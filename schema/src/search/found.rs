//! What was found: elements as the text that the databases keep of them. A list of studies is some thousand elements, and
//! taking each apart to put it together again would cost more than finding them.

use std::collections::BTreeMap;
use std::fmt;

use diesel::deserialize::{FromSql, FromSqlRow, Result as Read};
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::{Json, Jsonb};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::attribute::{self, tag_name};

type Tag = (u16, u16);

/// One match: a DICOM JSON object (PS3.18 Annex F), which it is written as.
#[derive(Debug, Clone, Default)]
pub struct Match {
    /// In order of their tags.
    elements: Vec<(Tag, Box<RawValue>)>,
    /// Study Instance UID, of a study or what is below one.
    pub study: Option<String>,
    /// Series Instance UID, of a series or an instance.
    pub series: Option<String>,
    /// SOP Instance UID, of an instance.
    pub instance: Option<String>,
    /// Attributes that were wanted and are not told, because they are too long for a search: `TextValue (0040,A160)`.
    pub left_out: Vec<String>,
}

impl Match {
    /// Puts an element in, in the place of one that is there.
    pub fn insert(&mut self, tag: (u16, u16), element: &Value) {
        if let Ok(element) = to_raw_value(element) {
            self.insert_text(tag, element);
        }
    }

    /// An attribute that was wanted is not told.
    pub(super) fn leave_out(&mut self, tag: Tag) {
        self.left_out.push(shown(tag));
    }

    /// All of it, taken apart.
    pub fn object(&self) -> Map<String, Value> {
        let read = |element: &RawValue| serde_json::from_str(element.get()).ok();
        self.elements.iter().filter_map(|(tag, element)| Some((tag_name(*tag), read(element)?))).collect()
    }

    /// One element, taken apart.
    pub fn value(&self, tag: (u16, u16)) -> Option<Value> {
        serde_json::from_str(self.elements[self.place(tag).ok()?].1.get()).ok()
    }

    /// Changes each element, or takes it out.
    pub fn edit(&mut self, mut change: impl FnMut((u16, u16), Value) -> Option<Value>) {
        self.elements.retain_mut(|(tag, element)| {
            let changed = serde_json::from_str(element.get()).ok().and_then(|value| change(*tag, value));
            let text = changed.and_then(|changed| to_raw_value(&changed).ok());
            text.map(|text| *element = text).is_some()
        });
    }

    pub(super) fn has(&self, tag: Tag) -> bool {
        self.place(tag).is_ok()
    }

    pub(super) fn insert_text(&mut self, tag: Tag, element: Box<RawValue>) {
        match self.place(tag) {
            Ok(at) => self.elements[at].1 = element,
            Err(at) => self.elements.insert(at, (tag, element)),
        }
    }

    fn place(&self, tag: Tag) -> Result<usize, usize> {
        self.elements.binary_search_by_key(&tag, |(tag, _)| *tag)
    }
}

/// Attributes that are not told of some matches, because they are too long for a search, and of how many.
pub type TooLong = BTreeMap<String, usize>;

/// What is not told of these matches.
pub fn too_long(matches: &[Match]) -> TooLong {
    let mut counts = TooLong::new();
    for name in matches.iter().flat_map(|found| &found.left_out) {
        *counts.entry(name.clone()).or_default() += 1;
    }
    counts
}

/// An attribute in words.
pub(super) fn shown(tag: Tag) -> String {
    let keyword = attribute::by_tag(tag).map_or("", |known| known.keyword);
    format!("{keyword} ({:04X},{:04X})", tag.0, tag.1).trim_start().to_owned()
}

impl Serialize for Match {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.elements.len()))?;
        for (tag, element) in &self.elements {
            object.serialize_entry(&tag_name(*tag), element)?;
        }
        object.end()
    }
}

/// A document of a database, or an element of one, as the text that came.
#[derive(Debug, Clone, FromSqlRow)]
pub(super) struct Document(pub(super) Box<RawValue>);

impl Document {
    /// Its elements by name; none when it is no object.
    pub(super) fn elements(&self) -> Vec<(&str, &RawValue)> {
        serde_json::from_str(self.0.get()).map(|Elements(elements)| elements).unwrap_or_default()
    }

    /// Taken apart.
    pub(super) fn value(&self) -> Value {
        serde_json::from_str(self.0.get()).unwrap_or_default()
    }
}

struct Elements<'a>(Vec<(&'a str, &'a RawValue)>);

impl<'de> Deserialize<'de> for Elements<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Elements<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a data set")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Elements<'de>, M::Error> {
                let mut elements = Vec::new();
                while let Some(element) = members.next_entry()? {
                    elements.push(element);
                }
                Ok(Elements(elements))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

impl FromSql<Jsonb, Pg> for Document {
    fn from_sql(value: PgValue<'_>) -> Read<Self> {
        match value.as_bytes() {
            // The version of the format; what follows is text.
            [1, text @ ..] => Ok(Self(serde_json::from_slice::<&RawValue>(text)?.to_owned())),
            _ => Err("jsonb of a version that is not known".into()),
        }
    }
}

impl FromSql<Json, Pg> for Document {
    fn from_sql(value: PgValue<'_>) -> Read<Self> {
        Ok(Self(serde_json::from_slice::<&RawValue>(value.as_bytes())?.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn is_written_in_order_of_tags() {
        let mut found = Match::default();
        found.insert((0x0020, 0x000D), &json!({"vr": "UI"}));
        found.insert((0x0008, 0x0050), &json!({"vr": "LO"}));
        found.insert((0x0008, 0x0050), &json!({"vr": "SH"}));
        assert_eq!(serde_json::to_string(&found).unwrap(), r#"{"00080050":{"vr":"SH"},"0020000D":{"vr":"UI"}}"#);
        assert_eq!(Value::Object(found.object()), json!({"00080050": {"vr": "SH"}, "0020000D": {"vr": "UI"}}));
    }

    #[test]
    fn reads_documents_that_are_not_objects_as_empty() {
        let document = |text: &str| Document(RawValue::from_string(text.to_owned()).unwrap());
        assert!(document("[1]").elements().is_empty());
        assert_eq!(document(r#"{"00080050": {"vr": "SH"}}"#).elements()[0].0, "00080050");
    }
}

//! The DICOM JSON Model (PS3.18 Annex F) as a tree: read in one pass, without a tree of JSON values between.

use std::cell::RefCell;
use std::fmt;

use dicom_core::{Tag, VR};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::budget::Budget;
use super::{Attribute, Content, ModelError, Value, attributes};

/// Reads one JSON object.
pub fn from_json(text: &[u8]) -> Result<Vec<Attribute>, ModelError> {
    let mut found = None;
    all_from_json(text, &mut |attributes| {
        found = Some(attributes);
        Ok(())
    })?;
    found.ok_or_else(|| Budget::new().error("there is no data set"))
}

/// Reads an array of JSON objects, or a single one, and gives each to `take`. Ends with the first error, of the text or
/// of `take`.
pub fn all_from_json(
    text: &[u8],
    take: &mut dyn FnMut(Vec<Attribute>) -> Result<(), ModelError>,
) -> Result<(), ModelError> {
    let reading = Reading { budget: RefCell::new(Budget::new()), failed: RefCell::new(None) };
    let mut json = serde_json::Deserializer::from_slice(text);
    let read = json.deserialize_any(DataSets { reading: &reading, take }).and_then(|()| json.end());
    read.map_err(|error| {
        let own = reading.failed.take();
        own.unwrap_or_else(|| reading.budget.borrow().error(format!("the JSON cannot be read: {}", Plain(&error))))
    })
}

/// Reads a JSON object that is no text any more.
pub fn from_json_object(object: &serde_json::Map<String, serde_json::Value>) -> Result<Vec<Attribute>, ModelError> {
    let reading = Reading { budget: RefCell::new(Budget::new()), failed: RefCell::new(None) };
    let read = DataSet(&reading).deserialize(object);
    read.map_err(|error| {
        let own = reading.failed.take();
        own.unwrap_or_else(|| reading.budget.borrow().error(format!("the JSON cannot be read: {}", Plain(&error))))
    })
}

/// serde's words without what was found in the place of something else: that may be of any length, and of a patient.
struct Plain<'a>(&'a serde_json::Error);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.to_string();
        match words.rfind(", expected ") {
            Some(place) => f.write_str(&words[place + 2..]),
            None => f.write_str(&words),
        }
    }
}

struct Reading {
    budget: RefCell<Budget>,
    /// An error of ours, which serde would make a text of.
    failed: RefCell<Option<ModelError>>,
}

impl Reading {
    fn spend<E: serde::de::Error>(&self) -> Result<(), E> {
        let spent = self.budget.borrow_mut().spend();
        spent.map_err(|error| self.fail(error))
    }

    fn fail<E: serde::de::Error>(&self, error: ModelError) -> E {
        let words = E::custom(&error.reason);
        *self.failed.borrow_mut() = Some(error);
        words
    }
}

/// The whole text.
struct DataSets<'a> {
    reading: &'a Reading,
    take: &'a mut dyn FnMut(Vec<Attribute>) -> Result<(), ModelError>,
}

impl DataSets<'_> {
    fn give<E: serde::de::Error>(&mut self, attributes: Vec<Attribute>) -> Result<(), E> {
        *self.reading.budget.borrow_mut() = Budget::new();
        (self.take)(attributes).map_err(|error| self.reading.fail(error))
    }
}

impl<'de> Visitor<'de> for DataSets<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of data sets")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut sets: A) -> Result<(), A::Error> {
        while let Some(attributes) = sets.next_element_seed(DataSet(self.reading))? {
            self.give(attributes)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, members: A) -> Result<(), A::Error> {
        let attributes = DataSet(self.reading).visit_map(members)?;
        self.give(attributes)
    }
}

/// One object of attributes.
struct DataSet<'a>(&'a Reading);

impl<'de> DeserializeSeed<'de> for DataSet<'_> {
    type Value = Vec<Attribute>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for DataSet<'_> {
    type Value = Vec<Attribute>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of attributes")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        match object(members, self.0)? {
            Value::Item(attributes) => Ok(attributes),
            _ => Err(A::Error::custom("a person's name stands where attributes are expected")),
        }
    }
}

/// An Item, or a person's name: only the names of its members tell. An empty object is an Item.
fn object<'de, A: MapAccess<'de>>(mut members: A, reading: &Reading) -> Result<Value, A::Error> {
    let mut attributes = Vec::new();
    let mut name: Option<Box<[String; 3]>> = None;
    while let Some(member) = members.next_key::<Member>()? {
        match member {
            Member::Attribute(tag) => {
                reading.spend()?;
                let outside = reading.budget.borrow_mut().enter(tag);
                let (vr, content) = members.next_value_seed(Element(reading))?;
                reading.budget.borrow_mut().leave(outside);
                attributes.push(Attribute { tag, vr, content });
            }
            Member::Group(group) => {
                let groups = name.get_or_insert_default();
                groups[group] = members.next_value()?;
            }
        }
    }
    match name {
        None => {
            attributes::sort(&mut attributes, &mut reading.budget.borrow_mut()).map_err(|error| reading.fail(error))?;
            Ok(Value::Item(attributes))
        }
        Some(name) if attributes.is_empty() => Ok(Value::Name(name)),
        Some(_) => Err(A::Error::custom("a person's name has only Alphabetic, Ideographic and Phonetic")),
    }
}

/// The name of a member of an Item or of a person's name.
enum Member {
    Attribute(Tag),
    Group(usize),
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Member;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a tag of eight hexadecimal digits")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Member, E> {
                Ok(match text {
                    "Alphabetic" => Member::Group(0),
                    "Ideographic" => Member::Group(1),
                    "Phonetic" => Member::Group(2),
                    other => Member::Attribute(
                        attributes::tag(other)
                            .ok_or_else(|| E::custom("an attribute's name is no tag of eight hexadecimal digits"))?,
                    ),
                })
            }
        }
        deserializer.deserialize_str(Name)
    }
}

/// What stands for one attribute.
struct Element<'a>(&'a Reading);

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = (VR, Content);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Element<'_> {
    type Value = (VR, Content);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with vr, and Value, InlineBinary or BulkDataURI")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let (mut vr, mut content) = (None, None);
        while let Some(member) = members.next_key::<Part>()? {
            let twice = match member {
                Part::Vr => {
                    let text: String = members.next_value()?;
                    let known = attributes::vr(&text).ok_or_else(|| A::Error::custom("there is no such vr"))?;
                    vr.replace(known).is_some()
                }
                Part::Value => content.replace(Content::Values(members.next_value_seed(Values(self.0))?)).is_some(),
                Part::InlineBinary => content.replace(Content::InlineBinary(members.next_value()?)).is_some(),
                Part::BulkDataUri => content.replace(Content::BulkData(members.next_value()?)).is_some(),
            };
            if twice {
                return Err(A::Error::custom("there is more than one vr, or more than one value"));
            }
        }
        let vr = vr.ok_or_else(|| A::Error::custom("there is no vr"))?;
        Ok((vr, content.unwrap_or(Content::Values(Vec::new()))))
    }
}

/// The name of a member of an attribute.
#[derive(serde::Deserialize)]
enum Part {
    #[serde(rename = "vr")]
    Vr,
    Value,
    InlineBinary,
    #[serde(rename = "BulkDataURI")]
    BulkDataUri,
}

/// The array `Value`.
struct Values<'a>(&'a Reading);

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = Vec<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = Vec<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = array.next_element_seed(One { reading: self.0, number: values.len() + 1 })? {
            values.push(value);
        }
        Ok(values)
    }
}

/// One value of the array.
struct One<'a> {
    reading: &'a Reading,
    number: usize,
}

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.reading.spend()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for One<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a number, an object or null")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        let (plain, scientific) = (format!("{number}"), format!("{number:e}"));
        Ok(Value::Number(if plain.len() > 16 && scientific.len() < plain.len() { scientific } else { plain }))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Value, A::Error> {
        let budget = &self.reading.budget;
        let entered = budget.borrow_mut().enter_item(self.number);
        let outside = entered.map_err(|error| self.reading.fail(error))?;
        let value = object(members, self.reading)?;
        budget.borrow_mut().leave_item(outside);
        Ok(value)
    }
}

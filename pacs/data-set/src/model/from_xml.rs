//! The Native DICOM Model (PS3.19 §A.1) as a tree.
//!
//! Documents with a document type are refused, so that no entity can be declared; prefixes of the namespace are not
//! looked at.

use std::borrow::Cow;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::budget::Budget;
use super::{Attribute, Content, ModelError, Value, attributes, private};

/// Reads one document.
pub fn from_xml(text: &[u8]) -> Result<Vec<Attribute>, ModelError> {
    let mut document = Document { reader: Reader::from_str(""), budget: Budget::new() };
    let text = std::str::from_utf8(text).map_err(|_| document.budget.error("the XML is not UTF-8"))?;
    document.reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    document.reader.config_mut().expand_empty_elements = true;
    document.whole()
}

struct Document<'a> {
    reader: Reader<&'a [u8]>,
    budget: Budget,
}

impl<'a> Document<'a> {
    fn whole(&mut self) -> Result<Vec<Attribute>, ModelError> {
        let attributes = match self.child()? {
            Some(start) if start.local_name().as_ref() == "NativeDicomModel" => self.data_set()?,
            _ => return Err(self.budget.error("the document is no NativeDicomModel")),
        };
        match self.child()? {
            None => Ok(attributes),
            Some(_) => Err(self.budget.error("something follows the NativeDicomModel")),
        }
    }

    /// The next event that says something.
    fn event(&mut self) -> Result<Event<'a>, ModelError> {
        loop {
            match self.reader.read_event() {
                Ok(Event::Decl(declaration)) => match declaration.encoding() {
                    Some(Ok(name)) if !name.eq_ignore_ascii_case("utf-8") && !name.eq_ignore_ascii_case("us-ascii") => {
                        return Err(self.budget.error("the XML is not declared to be UTF-8"));
                    }
                    _ => {}
                },
                Ok(Event::Comment(_) | Event::PI(_)) => {}
                Ok(Event::DocType(_)) => return Err(self.budget.error("the XML has a document type")),
                Ok(event) => return Ok(event),
                // The words of the error may hold any part of the document.
                Err(_) => {
                    let place = self.reader.error_position();
                    return Err(self.budget.error(format!("the XML is not well-formed at byte {place}")));
                }
            }
        }
    }

    /// The next element within the current one; `None` at its end.
    fn child(&mut self) -> Result<Option<BytesStart<'a>>, ModelError> {
        loop {
            match self.event()? {
                Event::Start(start) => return Ok(Some(start)),
                Event::End(_) | Event::Eof => return Ok(None),
                Event::Text(text) if text.chars().all(|c| c.is_ascii_whitespace()) => {}
                _ => return Err(self.budget.error("there is text where none can be")),
            }
        }
    }

    /// Nothing more is in the current element.
    fn end(&mut self) -> Result<(), ModelError> {
        match self.child()? {
            None => Ok(()),
            Some(_) => Err(self.budget.error("an element stands where none can be")),
        }
    }

    /// The text of the current element.
    fn text(&mut self) -> Result<String, ModelError> {
        let mut whole = String::new();
        loop {
            match self.event()? {
                Event::Text(text) => whole.push_str(&text.xml10_content()),
                Event::CData(text) => whole.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                    Ok(Some(character)) => whole.push(character),
                    Ok(None) => match quick_xml::escape::resolve_xml_entity(&reference) {
                        Some(text) => whole.push_str(text),
                        None => return Err(self.budget.error("an entity is not declared")),
                    },
                    Err(_) => return Err(self.budget.error("a character reference is none")),
                },
                Event::End(_) => return Ok(whole),
                _ => return Err(self.budget.error("an element stands within a text")),
            }
        }
    }

    /// An attribute of an element.
    fn named(&self, start: &BytesStart<'_>, name: &str) -> Result<Option<String>, ModelError> {
        let wrong = || self.budget.error("the attributes of an element cannot be read");
        let found = start.try_get_attribute(name).map_err(|_| wrong())?;
        let value = found.map(|found| found.normalized_value(XmlVersion::Implicit1_0).map(Cow::into_owned));
        value.transpose().map_err(|_| wrong())
    }

    /// The attributes of a data set or an Item.
    fn data_set(&mut self) -> Result<Vec<Attribute>, ModelError> {
        let mut found = Vec::new();
        let mut creators = Vec::new();
        while let Some(start) = self.child()? {
            if start.local_name().as_ref() != "DicomAttribute" {
                return Err(self.budget.error("an element other than DicomAttribute stands in a data set"));
            }
            self.budget.spend()?;
            let text = self.named(&start, "tag")?.unwrap_or_default();
            let tag = attributes::tag(&text)
                .ok_or_else(|| self.budget.error("a DicomAttribute has no tag of eight hexadecimal digits"))?;
            let outside = self.budget.enter(tag);
            let vr = self.vr(&start, tag)?;
            creators.push(self.named(&start, "privateCreator")?);
            let content = self.content()?;
            self.budget.leave(outside);
            found.push(Attribute { tag, vr, content });
        }
        private::place(&mut found, &creators, &mut self.budget)?;
        attributes::sort(&mut found, &mut self.budget)?;
        Ok(found)
    }

    /// The VR that is written, or that of the dictionary.
    fn vr(&self, start: &BytesStart<'_>, tag: Tag) -> Result<VR, ModelError> {
        if let Some(text) = self.named(start, "vr")? {
            return attributes::vr(&text).ok_or_else(|| self.budget.error("there is no such vr"));
        }
        match StandardDataDictionary.by_tag(tag).map(|entry| entry.vr()) {
            Some(VirtualVr::Exact(vr)) if tag.group() & 1 == 0 => Ok(vr),
            _ => Err(self.budget.error("there is no vr, and it does not follow from the tag")),
        }
    }

    /// What stands in a DicomAttribute.
    fn content(&mut self) -> Result<Content, ModelError> {
        let mut values: Vec<Value> = Vec::new();
        let mut other = None;
        while let Some(start) = self.child()? {
            let single = match start.local_name().as_ref() {
                "Value" | "PersonName" | "Item" => {
                    self.value(&start, &mut values)?;
                    None
                }
                "InlineBinary" => Some(Content::InlineBinary(self.text()?)),
                "BulkData" => {
                    let uri = self.named(&start, "uri")?;
                    self.end()?;
                    Some(Content::BulkData(uri.ok_or_else(|| self.budget.error("BulkData has no uri"))?))
                }
                _ => return Err(self.budget.error("an unknown element stands in a DicomAttribute")),
            };
            let is_first = single.is_none() || values.is_empty();
            if other.is_some() || !is_first {
                return Err(self.budget.error("there is more than one kind of value"));
            }
            other = single;
        }
        // A single value that is empty is none at all, as in JSON (PS3.18 §F.2.5).
        if values == [Value::Null] {
            values.clear();
        }
        Ok(other.unwrap_or(Content::Values(values)))
    }

    /// A value, in the place that its number says; values that are not there are null.
    fn value(&mut self, start: &BytesStart<'_>, values: &mut Vec<Value>) -> Result<(), ModelError> {
        let number = match self.named(start, "number")? {
            Some(text) => text.trim().parse().map_err(|_| self.budget.error("the number of a value is none"))?,
            None => values.len() + 1,
        };
        if number <= values.len() {
            return Err(self.budget.error("the numbers of values do not ascend from 1"));
        }
        while values.len() + 1 < number {
            self.budget.spend()?;
            values.push(Value::Null);
        }
        self.budget.spend()?;
        let value = match start.local_name().as_ref() {
            "Item" => {
                let outside = self.budget.enter_item(number)?;
                let item = self.data_set()?;
                self.budget.leave_item(outside);
                Value::Item(item)
            }
            "PersonName" => self.name()?,
            _ => match self.text()? {
                text if text.is_empty() => Value::Null,
                text => Value::Text(text),
            },
        };
        values.push(value);
        Ok(())
    }

    /// A person's name: component groups of five components each (PS3.5 §6.2.1).
    fn name(&mut self) -> Result<Value, ModelError> {
        let mut groups = Box::<[String; 3]>::default();
        while let Some(group) = self.child()? {
            let place = match group.local_name().as_ref() {
                "Alphabetic" => 0,
                "Ideographic" => 1,
                "Phonetic" => 2,
                _ => return Err(self.budget.error("an unknown component group stands in a PersonName")),
            };
            groups[place] = self.components()?;
        }
        Ok(if groups.iter().all(String::is_empty) { Value::Null } else { Value::Name(groups) })
    }

    fn components(&mut self) -> Result<String, ModelError> {
        let mut components: [String; 5] = Default::default();
        while let Some(component) = self.child()? {
            let place = match component.local_name().as_ref() {
                "FamilyName" => 0,
                "GivenName" => 1,
                "MiddleName" => 2,
                "NamePrefix" => 3,
                "NameSuffix" => 4,
                _ => return Err(self.budget.error("an unknown component stands in a PersonName")),
            };
            components[place] = self.text()?;
        }
        Ok(components.join("^").trim_end_matches('^').to_owned())
    }
}

//! A tree as the Native DICOM Model (PS3.19 §A.1).

use std::borrow::Cow;
use std::io;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;
use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::private::Creators;
use super::{Attribute, Content, Value};

const NAMESPACE: &str = "http://dicom.nema.org/PS3.19/models/NativeDICOM";

/// Elements of a document.
pub(super) const ROOT: &str = "NativeDicomModel";
pub(super) const ATTRIBUTE: &str = "DicomAttribute";
pub(super) const ITEM: &str = "Item";

/// Component groups and components of a person's name, in the order of PS3.5 §6.2.1.
const GROUPS: [&str; 3] = ["Alphabetic", "Ideographic", "Phonetic"];
const COMPONENTS: [&str; 5] = ["FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix"];

/// One document. Characters that XML 1.0 cannot hold become U+FFFD.
pub fn to_xml(attributes: &[Attribute]) -> Vec<u8> {
    let mut out = Out(Writer::new(Vec::with_capacity(16 << 10)));
    out.document(attributes).expect("a Vec takes all that is written");
    out.0.into_inner()
}

/// Writes what a document consists of.
pub(super) struct Out(pub Writer<Vec<u8>>);

impl Out {
    fn document(&mut self, attributes: &[Attribute]) -> io::Result<()> {
        self.begin()?;
        self.data_set(attributes)?;
        self.close(ROOT)
    }

    /// The beginning of a document, up to its first attribute.
    pub fn begin(&mut self) -> io::Result<()> {
        self.0.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        self.open(ROOT, &[("xmlns", NAMESPACE), ("xml:space", "preserve")])
    }

    fn data_set(&mut self, attributes: &[Attribute]) -> io::Result<()> {
        let creators = Creators::of(attributes);
        for attribute in attributes.iter().filter(|attribute| !creators.is_told(attribute.tag)) {
            self.attribute(attribute, &creators)?;
        }
        Ok(())
    }

    /// A whole attribute.
    pub fn attribute(&mut self, attribute: &Attribute, creators: &Creators) -> io::Result<()> {
        let start = start(attribute.tag, attribute.vr, creators);
        if attribute.content == Content::Values(Vec::new()) {
            return self.0.write_event(Event::Empty(start));
        }
        self.0.write_event(Event::Start(start))?;
        match &attribute.content {
            Content::Values(values) => {
                for (number, value) in values.iter().enumerate() {
                    self.value(attribute.vr, number + 1, value)?;
                }
            }
            Content::InlineBinary(text) => self.text("InlineBinary", &[], text)?,
            Content::BulkData(uri) => {
                let start = BytesStart::new("BulkData").with_attributes([("uri", legal(uri))]);
                self.0.write_event(Event::Empty(start))?;
            }
        }
        self.close(ATTRIBUTE)
    }

    fn value(&mut self, vr: VR, number: usize, value: &Value) -> io::Result<()> {
        let number = number.to_string();
        let number = [("number", number.as_str())];
        match value {
            Value::Null if vr == VR::PN => self.text("PersonName", &number, ""),
            Value::Null => self.text("Value", &number, ""),
            Value::Text(text) | Value::Number(text) => self.text("Value", &number, text),
            Value::Item(attributes) => {
                self.open(ITEM, &number)?;
                self.data_set(attributes)?;
                self.close(ITEM)
            }
            Value::Name(groups) => {
                self.open("PersonName", &number)?;
                for (name, group) in
                    GROUPS.into_iter().zip(groups.iter()).filter(|(_, group)| group.contains(|c| c != '^'))
                {
                    self.group(name, group)?;
                }
                self.close("PersonName")
            }
        }
    }

    /// A component group; what stands behind the fifth component stays with it.
    fn group(&mut self, name: &str, group: &str) -> io::Result<()> {
        self.open(name, &[])?;
        for (component, text) in COMPONENTS.into_iter().zip(group.splitn(COMPONENTS.len(), '^')) {
            if !text.is_empty() {
                self.text(component, &[], text)?;
            }
        }
        self.close(name)
    }

    /// An element with a text, or without.
    fn text(&mut self, name: &str, named: &[(&str, &str)], text: &str) -> io::Result<()> {
        if text.is_empty() {
            let start = BytesStart::new(name).with_attributes(named.iter().copied());
            return self.0.write_event(Event::Empty(start));
        }
        self.open(name, named)?;
        self.0.write_event(Event::Text(BytesText::from_escaped(partial_escape(legal(text)))))?;
        self.close(name)
    }

    /// The beginning of an element.
    pub fn open(&mut self, name: &str, named: &[(&str, &str)]) -> io::Result<()> {
        self.0.write_event(Event::Start(BytesStart::new(name).with_attributes(named.iter().copied())))
    }

    /// The end of an element.
    pub fn close(&mut self, name: &str) -> io::Result<()> {
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }
}

/// The beginning of an attribute.
pub(super) fn start(tag: Tag, vr: VR, creators: &Creators) -> BytesStart<'static> {
    let conveyed = creators.conveyed(tag);
    let Tag(group, number) = conveyed.map_or(tag, |(tag, _)| tag);
    let written = format!("{group:04X}{number:04X}");
    let creator = conveyed.map(|(_, creator)| ("privateCreator", legal(creator)));
    let mut named = vec![("tag", Cow::Borrowed(written.as_str())), ("vr", Cow::Borrowed(vr.to_string()))];
    named.extend(keyword(tag).map(|keyword| ("keyword", Cow::Borrowed(keyword))));
    named.extend(creator);
    BytesStart::new(ATTRIBUTE).with_attributes(named)
}

/// The keyword of PS3.6; private elements and those that are not known have none.
fn keyword(tag: Tag) -> Option<&'static str> {
    if tag.group() & 1 == 1 {
        return None;
    }
    StandardDataDictionary.by_tag(tag).map(|entry| entry.alias()).filter(|keyword| !keyword.is_empty())
}

/// `text` without characters that XML 1.0 cannot hold (§2.2).
fn legal(text: &str) -> Cow<'_, str> {
    let is_legal = |c: char| c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}') || matches!(c, '\t' | '\n' | '\r');
    match text.chars().all(is_legal) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.chars().map(|c| if is_legal(c) { c } else { '\u{fffd}' }).collect()),
    }
}

//! The Native DICOM Model of a DICOM JSON object of any length, made while its text comes in pieces. It is what
//! [`super::to_xml`] makes of the whole.
//!
//! A private creator is written, or told by its elements, by what comes after it. So the text is gone
//! through twice: [`Told`] finds that out, a bit for each creator, and whether all can be read; [`XmlPieces`] writes.

use std::collections::HashSet;
use std::io;

use dicom_core::{Tag, VR};
use quick_xml::Writer;
use quick_xml::events::Event;

use super::private::{Creators, creator_of, is_creator};
use super::to_xml::{ATTRIBUTE, ITEM, Out, ROOT, start};
use super::{Attribute, ModelError, from_json};
use crate::json::{NoObject, Part, Parts};

impl From<NoObject> for ModelError {
    fn from(error: NoObject) -> Self {
        Self { path: String::new(), reason: error.to_string() }
    }
}

/// Which of an object's private creators are told by their elements.
#[derive(Debug, Default)]
pub struct Told {
    parts: Parts,
    found: Found,
}

#[derive(Debug, Default)]
struct Found {
    /// In the order of the text.
    told: Vec<bool>,
    open: Vec<Group>,
}

/// What of the group that is being read is known of an object or Item.
#[derive(Debug, Default)]
struct Group {
    number: u16,
    /// Blocks, their creators, and their places among all.
    creators: Vec<(u16, String, usize)>,
    used: HashSet<u16>,
}

impl Told {
    /// Takes the next piece of the text, in which bulk data have URIs.
    ///
    /// # Errors
    /// It cannot be read: what can is written without an error. The path is of the element alone.
    pub fn push(&mut self, json: &[u8]) -> Result<(), ModelError> {
        let found = &mut self.found;
        self.parts.push(json, |part| found.see(part))
    }

    /// What writes the XML, when all of the text was taken.
    ///
    /// # Errors
    /// It was not all of an object.
    pub fn end(self) -> Result<XmlPieces, ModelError> {
        self.parts.end()?;
        let told = self.found.told.into_iter();
        let document = Document { told, out: Out(Writer::new(Vec::new())), open: Vec::new(), numbers: Vec::new() };
        Ok(XmlPieces { parts: Parts::default(), document })
    }
}

impl Found {
    fn see(&mut self, part: Part<'_>) -> Result<(), ModelError> {
        match part {
            Part::Open => self.open.push(Group::default()),
            Part::Close => {
                if let Some(group) = self.open.pop() {
                    group.settle(&mut self.told);
                }
            }
            Part::EndOfSequence => {}
            Part::Sequence(tag) => self.attribute(tag, None),
            Part::Element(tag, text) => self.attribute(tag, Some(&attribute(tag, text)?)),
        }
        Ok(())
    }

    /// An element; nothing is known of what is in a sequence.
    fn attribute(&mut self, tag: Tag, known: Option<&Attribute>) {
        let Some(group) = self.open.last_mut() else { return };
        if group.number != tag.group() {
            std::mem::replace(group, Group { number: tag.group(), ..Group::default() }).settle(&mut self.told);
        }
        if tag.group() & 1 == 1 {
            group.used.insert(tag.element() >> 8);
        }
        let Some(known) = known.filter(|_| is_creator(tag)) else { return };
        if let Some(creator) = creator_of(known) {
            group.creators.push((tag.element(), creator.to_owned(), self.told.len()));
        }
        self.told.push(false);
    }
}

impl Group {
    fn settle(self, told: &mut [bool]) {
        for (block, creator, place) in &self.creators {
            let blocks = self.creators.iter().filter(|(_, other, _)| other == creator).count();
            told[*place] = blocks == 1 && self.used.contains(block);
        }
    }
}

/// Writes the document.
pub struct XmlPieces {
    parts: Parts,
    document: Document,
}

struct Document {
    told: std::vec::IntoIter<bool>,
    out: Out,
    /// The creators of the object and the Items that are open.
    open: Vec<Creators>,
    /// How many Items there were of each sequence that is open.
    numbers: Vec<usize>,
}

impl XmlPieces {
    /// Takes the next piece of the text, in which bulk data have URIs, and gives what of the document it makes whole.
    ///
    /// # Errors
    /// It cannot be read; the path is of the element alone.
    pub fn push(&mut self, json: &[u8]) -> Result<Vec<u8>, ModelError> {
        let document = &mut self.document;
        self.parts.push(json, |part| document.push(part))?;
        Ok(std::mem::take(document.out.0.get_mut()))
    }

    /// The text has ended.
    ///
    /// # Errors
    /// It was not all of an object.
    pub fn end(&self) -> Result<(), ModelError> {
        Ok(self.parts.end()?)
    }
}

impl Document {
    fn push(&mut self, part: Part<'_>) -> Result<(), ModelError> {
        if let Part::Element(tag, text) = part {
            let attribute = attribute(tag, text)?;
            let Some(creators) = self.open.last_mut() else { return Ok(()) };
            if is_creator(tag) && self.told.next() == Some(true) {
                creators.tell(&attribute);
            } else {
                self.out.attribute(&attribute, creators).expect("a Vec takes all that is written");
            }
            return Ok(());
        }
        self.frame(part).expect("a Vec takes all that is written");
        Ok(())
    }

    /// What stands around elements.
    fn frame(&mut self, part: Part<'_>) -> io::Result<()> {
        match part {
            Part::Open => {
                self.open.push(Creators::default());
                let Some(number) = self.numbers.last_mut() else { return self.out.begin() };
                *number += 1;
                self.out.open(ITEM, &[("number", &number.to_string())])
            }
            Part::Close => {
                self.open.pop();
                self.out.close(if self.open.is_empty() { ROOT } else { ITEM })
            }
            Part::Sequence(tag) => {
                self.numbers.push(0);
                let of = self.open.last().map(|creators| start(tag, VR::SQ, creators));
                of.map_or(Ok(()), |start| self.out.0.write_event(Event::Start(start)))
            }
            Part::EndOfSequence => {
                self.numbers.pop();
                self.out.close(ATTRIBUTE)
            }
            Part::Element(..) => Ok(()),
        }
    }
}

/// An element that is no sequence.
fn attribute(tag: Tag, text: &[u8]) -> Result<Attribute, ModelError> {
    let name = format!("{{\"{:04X}{:04X}\":", tag.group(), tag.element());
    let object = from_json(&[name.as_bytes(), text, b"}"].concat())?;
    object.into_iter().next().ok_or_else(|| NoObject.into())
}

//! Long metadata, treated as `json` does while their text comes in pieces: an element at a time.

use std::io::Read;
use std::iter::Peekable;
use std::sync::Arc;

use data_set::Tag;
use data_set::json::{Excerpt, Joined, NoObject, Part, Parts};
use schema::attribute::parse_tag;
use serde_json::{Value, json};

use super::withheld::{Statement, withheld};
use super::{Disguise, NOBODYS};
use crate::Error;
use crate::deidentify::json as whole;

/// Bytes of the text that are looked at at once.
const PIECE: usize = 256 << 10;

impl Disguise {
    /// The same as [`Disguise::withholds`] for long metadata, which may be nested as deep as the reader goes. All of them are
    /// read, so that nothing is left to go wrong when they are told.
    pub(crate) fn withholds_long(
        &self,
        mut text: impl Read,
        transfer_syntax: &str,
    ) -> Result<Option<&'static str>, Error> {
        if self.person.is_none() {
            return Ok(Some(NOBODYS));
        }
        let mut excerpt = Excerpt::new(Statement::wanted());
        let mut piece = vec![0; PIECE];
        let unread = || Ok(Some("its metadata cannot be read"));
        loop {
            let length = text.read(&mut piece).map_err(|error| {
                Error::Internal("stored metadata cannot be decompressed".to_owned(), Some(error.into()))
            })?;
            if length == 0 {
                break;
            }
            if excerpt.push_and(&piece[..length], readable).is_err() {
                return unread();
            }
        }
        match excerpt.end().ok().and_then(|excerpt| whole::stored(&excerpt)) {
            Some(stored) => Ok(withheld(&Statement::of_metadata(&stored, transfer_syntax))),
            None => unread(),
        }
    }
}

/// Whether a part can be treated.
fn readable(part: Part<'_>) -> Result<(), NoObject> {
    match part {
        Part::Element(_, text) => whole::stored::<Value>(text).map(drop).ok_or(NoObject),
        _ => Ok(()),
    }
}

/// Metadata on their way to somebody who may not know whose they are. Whether they may be given is known.
pub(crate) struct Treating {
    parts: Parts,
    told: Told,
}

struct Told {
    disguise: Arc<Disguise>,
    text: Joined,
    /// How many objects are open: 1 at the top level.
    depth: usize,
    /// How many objects and sequences are open of what is left out.
    left_out: usize,
    /// Elements that say what was done, which have not come yet.
    marks: Peekable<std::array::IntoIter<(String, Value), 4>>,
}

impl Treating {
    pub fn new(disguise: Arc<Disguise>) -> Self {
        let marks = whole::marks().into_iter().peekable();
        let told = Told { disguise, text: Joined::default(), depth: 0, left_out: 0, marks };
        Self { parts: Parts::default(), told }
    }

    /// What may be told of the next piece of the text.
    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<u8>, NoObject> {
        let told = &mut self.told;
        self.parts.push(piece, |part| told.push(part))?;
        Ok(std::mem::take(&mut told.text.text))
    }

    /// The text has ended.
    pub fn end(&self) -> Result<(), NoObject> {
        self.parts.end()
    }
}

impl Told {
    fn push(&mut self, part: Part<'_>) -> Result<(), NoObject> {
        if self.left_out > 0 {
            match part {
                Part::Open | Part::Sequence(_) => self.left_out += 1,
                Part::Close | Part::EndOfSequence => self.left_out -= 1,
                Part::Element(..) => {}
            }
            return Ok(());
        }
        match part {
            Part::Open => {
                self.depth += 1;
                self.text.push(part);
            }
            Part::Close => {
                if self.depth == 1 {
                    self.marks(None);
                }
                self.depth -= 1;
                self.text.push(part);
            }
            Part::EndOfSequence => self.text.push(part),
            Part::Sequence(tag) if whole::is_kept_sequence((tag.group(), tag.element()), self.depth == 1) => {
                self.marks(Some(tag));
                self.text.push(part);
            }
            Part::Sequence(tag) => {
                self.element(tag, json!({ "vr": "SQ", "Value": [{}] }));
                self.left_out = 1;
            }
            Part::Element(tag, text) => self.element(tag, whole::stored(text).ok_or(NoObject)?),
        }
        Ok(())
    }

    fn element(&mut self, tag: Tag, stored: Value) {
        self.marks(Some(tag));
        let told = whole::element((tag.group(), tag.element()), stored, &self.disguise, self.depth == 1);
        if let Some(told) = told {
            self.text.push(Part::Element(tag, whole::text(&told).as_bytes()));
        }
    }

    /// Writes those that come before `next`, an element of the same object; all that are left when there is none.
    fn marks(&mut self, next: Option<Tag>) {
        let is_before = |tag: Tag| next.is_none_or(|next| tag < next);
        while self.depth == 1
            && let Some((name, mark)) = self.marks.next_if(|(name, _)| tag_of(name).is_some_and(is_before))
        {
            if let Some(tag) = tag_of(&name) {
                self.text.push(Part::Element(tag, mark.to_string().as_bytes()));
            }
        }
    }
}

fn tag_of(name: &str) -> Option<Tag> {
    parse_tag(name).map(|(group, element)| Tag(group, element))
}

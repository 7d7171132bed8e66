//! Which frames of a Series or Instance make the volume (PS3.18 §8.3.5.3.1, §8.3.5.3.2).

use std::sync::Arc;

use data_set::Tag;

use super::state::Registered;
use crate::{Error, Uid};

/// Most references of a request.
const MOST: usize = 4096;
/// Most attributes that are to match: each is looked for in every frame.
const MOST_MATCHES: usize = 32;

/// What a client says of the frames that it wants. With nothing said, the first phase of the first stack is taken.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choice {
    /// One names the volume that it is a slice of; several are the slices.
    pub references: Vec<Reference>,
    /// Attributes that each frame must have with these values.
    pub matches: Vec<Matching>,
    /// Of several phases that of this instance and frame.
    pub(super) phase: Option<(Uid, u32)>,
    /// Of instances of which only some frames are wanted, these, in the order of SOP Instance UIDs.
    pub(super) frames: Vec<(String, Vec<u32>)>,
    /// Where they are moved.
    pub(super) registered: Option<Arc<Registered>>,
}

/// A frame that is named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reference {
    /// All frames of an Instance.
    Instance(Uid),
    /// A frame of the one Instance that is asked for, from 1.
    Frame(u32),
}

/// An attribute and the value that it is to have: a text with `*` and `?`, a number, or a range of numbers `140-260`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Matching {
    pub(super) tag: Tag,
    value: String,
    range: Option<(u64, u64)>,
}

impl Choice {
    /// What a state chooses holds where nothing else was chosen, and so does where it moves what is chosen.
    pub fn otherwise(&mut self, stated: Self) {
        if self.references.is_empty() {
            self.references = stated.references;
        }
        self.frames = stated.frames;
        self.registered = stated.registered;
    }

    /// Whether a frame of an instance is wanted, as far as that is known by their names.
    pub(super) fn takes(&self, instance: &str, frame: u32) -> bool {
        match self.frames.binary_search_by(|(uid, _)| uid.as_str().cmp(instance)) {
            Ok(place) => self.frames[place].1.contains(&frame),
            Err(_) => true,
        }
    }

    /// Reads `volumeinputreference`: SOP Instance UIDs, or numbers of frames, with commas between them.
    ///
    /// # Errors
    /// `BadRequest` for what is neither.
    pub fn refer(&mut self, list: &str) -> Result<(), Error> {
        for text in list.split(',').map(str::trim) {
            self.references.push(match text.parse::<u32>() {
                Ok(number) if number > 0 => Reference::Frame(number),
                _ => Reference::Instance(Uid::new(text).ok().filter(|_| text.contains('.')).ok_or_else(|| {
                    Error::BadRequest(format!(
                        "volumeinputreference has {text:?}, which is neither a UID nor the number of a frame"
                    ))
                })?),
            });
        }
        if self.references.len() > MOST {
            return Err(Error::BadRequest(format!("volumeinputreference names more than {MOST} slices")));
        }
        Ok(())
    }

    /// Adds an attribute, by keyword or tag, that frames are to have with this value.
    ///
    /// # Errors
    /// `BadRequest` for what is no attribute, or no value.
    pub fn require(&mut self, attribute: &str, value: &str) -> Result<(), Error> {
        let known = crate::attribute::by_name(attribute);
        let words = || Error::BadRequest(format!("match names {attribute:?}, which is no attribute"));
        let (group, element) = known.ok_or_else(words)?.tag;
        let tag = Tag(group, element);
        if value.is_empty() || self.matches.len() >= MOST_MATCHES {
            return Err(Error::BadRequest(format!("the value that {attribute} is to match is empty, or one too many")));
        }
        self.matches.push(Matching::new(tag, value));
        Ok(())
    }
}

impl Matching {
    pub(super) fn new(tag: Tag, value: &str) -> Self {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        let pair = || {
            // The first minus sign is not the hyphen of a range.
            let (place, _) = value.char_indices().skip(1).find(|(_, c)| *c == '-')?;
            number(&value[..place]).zip(number(&value[place + 1..]))
        };
        let range = number(value).map(|one| (one, one)).or_else(pair);
        Self { tag, value: value.to_owned(), range: range.map(|(least, most)| (least.to_bits(), most.to_bits())) }
    }

    /// Whether a text is what is wanted.
    pub(super) fn is(&self, text: &str) -> bool {
        is_like(text.as_bytes(), self.value.as_bytes())
    }

    /// Whether a number is.
    pub(super) fn is_number(&self, number: f64) -> bool {
        self.range.is_some_and(|(least, most)| (f64::from_bits(least)..=f64::from_bits(most)).contains(&number))
    }
}

/// Matching with `*` for any text and `?` for any character (PS3.4 §C.2.2.2.4).
fn is_like(text: &[u8], pattern: &[u8]) -> bool {
    let (mut at, mut wanted) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(wanted) {
            Some(b'*') => {
                star = Some((wanted, at));
                wanted += 1;
            }
            Some(&c) if c == b'?' || c == text[at] => (at, wanted) = (at + 1, wanted + 1),
            _ => {
                let Some((place, from)) = star else { return false };
                star = Some((place, from + 1));
                (at, wanted) = (from + 1, place + 1);
            }
        }
    }
    pattern[wanted..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_uids_or_frames() {
        let mut choice = Choice::default();
        choice.refer("1.2.3,7").unwrap();
        assert_eq!(choice.references, [Reference::Instance(Uid::new("1.2.3").unwrap()), Reference::Frame(7)]);
        for bad in ["", "0", "-1", "1.2.a", "5,", "12345678901234567890"] {
            assert!(Choice::default().refer(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_match_as_numbers_ranges_and_texts() {
        let of = |value| Matching::new(data_set::tags::ECHO_TIME, value);
        assert!(of("140-260").is_number(200.0) && !of("140-260").is_number(139.0));
        assert!(of("-5--1").is_number(-2.0) && of("-5").is_number(-5.0));
        assert!(of("2").is_number(2.0) && !of("PHASE").is_number(0.0));
        assert!(of("A*L?").is("AXIALS") && !of("A*L?").is("AXIAL") && of("*").is(""));
    }

    #[test]
    fn unknown_attributes_are_refused_by_name() {
        let refused = Choice::default().require("EchoTyme", "1").unwrap_err();
        assert!(refused.to_string().contains("EchoTyme"));
        assert!(Choice::default().require("EchoTime", "").is_err());
        assert!(Choice::default().require("00180081", "1").is_ok());
    }
}

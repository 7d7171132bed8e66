//! The Identifier of a query (PS3.4 §C.4.1.1.3.1): what is looked for, and what is to be told of each match.

use std::collections::HashSet;

use archive::attribute::{self, Matching};
use archive::{Level, Search};
use data_set::element::{Element, Kind};
use data_set::{DataSet, Item, Tag, VR, tags};

use super::super::MOST_KEYS;
use super::super::attributes::is_damaged;
use super::model::Model;
use super::negotiation::Agreed;
use super::status::{Answer, Status};

/// A query that makes sense as far as its form goes.
#[derive(Debug)]
pub(super) struct Identifier {
    /// Query/Retrieve Level.
    pub(super) level: Level,
    /// What the archive is asked.
    pub(super) search: Search,
    /// What is told of each match, in order of tags.
    pub(super) wanted: Vec<Wanted>,
    /// Some key is not supported for matching, and was taken for a universal one.
    pub(super) some_unmatched: bool,
}

/// An attribute that is told of each match.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Its tag, in the block where the requestor's Identifier has it when it is private.
    pub(super) tag: Tag,
    /// Its VR when there is no value.
    pub(super) vr: VR,
    /// Of the Items of a sequence: these attributes, or all when there are none.
    pub(super) inside: Vec<Wanted>,
}

/// Attributes of an Identifier that are neither keys nor told because they stand in it.
const NO_KEYS: [Tag; 3] = [tags::SPECIFIC_CHARACTER_SET, tags::QUERY_RETRIEVE_LEVEL, tags::RETRIEVE_AE_TITLE];

/// Reads an Identifier, or says what is wrong with it.
pub(super) fn read(set: &DataSet, model: Model, agreed: Agreed) -> Result<Identifier, Answer> {
    if is_damaged(set) {
        return Err(Answer::new(Status::UnableToProcess, "the Identifier is damaged"));
    }
    let root = set.root();
    let level = level(root, model)?;
    if !agreed.relational {
        model.unique_keys_above(level).try_for_each(|tag| check_unique(root, tag))?;
    }
    let search = Search {
        only_asked: true,
        apart: !agreed.date_time,
        fuzzy: agreed.fuzzy,
        empty: agreed.empty,
        multiple: agreed.multiple,
        ..Search::of(level)
    };
    let mut keys = Keys { agreed, search, some_unmatched: false, count: 0 };
    let wanted = keys.item(root, "")?;
    Ok(Identifier { level, search: keys.search, wanted, some_unmatched: keys.some_unmatched })
}

fn level(root: Item<'_>, model: Model) -> Result<Level, Answer> {
    let wrong = |words: &str| Err(Answer::new(Status::IdentifierDoesNotMatch, words).about(tags::QUERY_RETRIEVE_LEVEL));
    match root.text(tags::QUERY_RETRIEVE_LEVEL).as_deref() {
        None | Some("") => wrong("Query/Retrieve Level is missing"),
        Some(name) => match model.level(name) {
            Some(level) => Ok(level),
            None => wrong("the information model has no such Query/Retrieve Level"),
        },
    }
}

/// A hierarchical query goes down from one entity of each level above (PS3.4 §C.4.1.3.1.1).
fn check_unique(root: Item<'_>, tag: Tag) -> Result<(), Answer> {
    let wrong = |words: &str| Err(Answer::new(Status::IdentifierDoesNotMatch, words).about(tag));
    let values = root.strings(tag);
    let is_single = |value: &String| match tag {
        tags::PATIENT_ID => !value.contains(['*', '?']),
        _ => archive::Uid::new(value).is_ok(),
    };
    match values.as_slice() {
        [] => wrong("the Unique Key of a level above is missing"),
        [value] if value.is_empty() => wrong("the Unique Key of a level above is empty"),
        [value] if is_single(value) => Ok(()),
        _ => wrong("the Unique Key of a level above is no single value"),
    }
}

/// Keys, as far as they are read.
struct Keys {
    agreed: Agreed,
    search: Search,
    some_unmatched: bool,
    /// How many there are, known or not.
    count: usize,
}

impl Keys {
    /// The keys of the Identifier itself (`above` is empty then), or of the Item of a sequence.
    fn item(&mut self, item: Item<'_>, above: &str) -> Result<Vec<Wanted>, Answer> {
        let (mut wanted, mut seen): (Vec<Wanted>, HashSet<Tag>) = Default::default();
        for element in item.elements() {
            let tag = element.tag;
            if tag.element() == 0 || tag.group() < 8 || (above.is_empty() && NO_KEYS.contains(&tag)) {
                continue;
            }
            self.count += 1;
            if self.count > MOST_KEYS {
                let words = format!("the Identifier has more than {MOST_KEYS} keys");
                return Err(Answer::new(Status::OutOfResources, words));
            }
            if !seen.insert(tag) {
                continue;
            }
            wanted.extend(self.key(item, element, above)?);
        }
        wanted.sort_by_key(|one| one.tag);
        Ok(wanted)
    }

    /// One key. None when nobody knows the attribute.
    fn key(&mut self, item: Item<'_>, element: &Element, above: &str) -> Result<Option<Wanted>, Answer> {
        let tag = element.tag;
        let Some(known) = attribute::by_tag((tag.group(), tag.element())) else {
            self.some_unmatched |= !element.is_empty();
            return Ok(None);
        };
        let is_private = tag.group() % 2 == 1;
        let is_creator = is_private && (0x10..=0xff).contains(&tag.element());
        let vr = if is_private && !is_creator {
            element.vr
        } else if is_creator {
            VR::LO
        } else {
            known.vr
        };
        let mut wanted = Wanted { tag, vr, inside: Vec::new() };
        if is_creator {
            return Ok(Some(wanted));
        }
        let path = format!("{above}{}", name(item, tag));
        match element.kind {
            Kind::Sequence => wanted.inside = self.sequence(item, element, &path)?,
            _ if known.matching() == Matching::Nothing => self.some_unmatched |= !element.is_empty(),
            _ => self.value(item, element, &path),
        }
        if above.is_empty() {
            self.search.include.push(path);
        }
        Ok(Some(wanted))
    }

    /// A sequence: its one Item, if there is one, holds keys (PS3.4 §C.2.2.2.6).
    fn sequence(&mut self, item: Item<'_>, element: &Element, path: &str) -> Result<Vec<Wanted>, Answer> {
        let Some(element) = item.get(element.tag) else { return Ok(Vec::new()) };
        let mut items = item.items(element);
        let first = items.next();
        if items.next().is_some() {
            return Err(Answer::new(Status::UnableToProcess, "a sequence of keys has one Item").about(element.tag));
        }
        first.map_or(Ok(Vec::new()), |inner| self.item(inner, &format!("{path}.")))
    }

    /// A value to be matched, if there is any.
    fn value(&mut self, item: Item<'_>, element: &Element, path: &str) {
        let value = text(item, element);
        let is_zone = element.tag == tags::TIMEZONE_OFFSET_FROM_UTC;
        if value.is_empty() || (is_zone && !self.agreed.timezone) {
            return;
        }
        self.search.matching.push((path.to_owned(), value));
    }
}

/// How the archive is told an attribute: a private one by its creator, if the Item names it.
fn name(item: Item<'_>, tag: Tag) -> String {
    let plain = || attribute::tag_name((tag.group(), tag.element()));
    if tag.group().is_multiple_of(2) {
        return plain();
    }
    let creator = item.strings(Tag(tag.group(), tag.element() >> 8)).into_iter().next();
    match creator.filter(|creator| !creator.is_empty() && !creator.contains(['{', '}'])) {
        Some(creator) => format!("{:04X}{{{creator}}}{:02X}", tag.group(), tag.element() & 0xff),
        None => plain(),
    }
}

/// The value of a key in UTF-8, with backslashes between several.
fn text(item: Item<'_>, element: &Element) -> String {
    let tag = element.tag;
    match element.vr {
        VR::US | VR::SS | VR::UL | VR::SL | VR::UV | VR::SV | VR::FL | VR::FD => {
            item.floats(tag).iter().map(f64::to_string).collect::<Vec<_>>().join("\\")
        }
        VR::AT => {
            let tags = item.bytes(element).map_or(&[][..], |bytes| bytes.as_chunks::<4>().0);
            let tags = tags.iter().map(|&[a, b, c, d]| {
                let read = if element.big_endian { u16::from_be_bytes } else { u16::from_le_bytes };
                attribute::tag_name((read([a, b]), read([c, d])))
            });
            tags.collect::<Vec<_>>().join("\\")
        }
        VR::LT | VR::ST | VR::UT | VR::UR => item.text(tag).unwrap_or_default().into_owned(),
        _ => item.strings(tag).join("\\"),
    }
}

//! Private elements in XML (PS3.19 Table A.1.5-2): told by their creator, without the block that they are encoded in.

use std::collections::{HashMap, HashSet};

use dicom_core::{Tag, VR};

use super::budget::Budget;
use super::{Attribute, Content, ModelError, Value};

/// The blocks of one data set or Item, as they are given to creators (PS3.5 §7.8.1).
#[derive(Debug, Default)]
struct Blocks {
    /// The creator of each group and block.
    taken: HashMap<(u16, u16), String>,
    /// The first block of each group and creator.
    first: HashMap<(u16, String), u16>,
    /// The first block of a group that may be free.
    free: HashMap<u16, u16>,
}

impl Blocks {
    /// Takes the block of a creator that is written itself.
    fn reserve(&mut self, tag: Tag, creator: &str) {
        self.taken.insert((tag.group(), tag.element()), creator.to_owned());
        self.first.entry((tag.group(), creator.to_owned())).or_insert(tag.element());
    }

    /// The tag of a private element of `creator`. One that names its block (`gggg10ee`) keeps it.
    fn place(&mut self, tag: Tag, creator: &str) -> Result<Tag, &'static str> {
        let (group, number) = (tag.group(), tag.element());
        if group & 1 == 0 {
            return Err("privateCreator stands at an attribute of the Standard");
        }
        let creator = creator.trim();
        if creator.is_empty() || creator.contains('\\') {
            return Err("privateCreator names no private creator");
        }
        let block = match number >> 8 {
            0 => match self.first.get(&(group, creator.to_owned())) {
                Some(block) => *block,
                None => self.next_free(group)?,
            },
            1..0x10 => return Err("the tag lies in no block of a private creator"),
            own => own,
        };
        if self.taken.entry((group, block)).or_insert_with(|| creator.to_owned()) != creator {
            return Err("the tag lies in the block of another private creator");
        }
        self.first.entry((group, creator.to_owned())).or_insert(block);
        Ok(Tag(group, block << 8 | (number & 0xff)))
    }

    fn next_free(&mut self, group: u16) -> Result<u16, &'static str> {
        let from = self.free.get(&group).copied().unwrap_or(0x10);
        let is_free = |block: &u16| !self.taken.contains_key(&(group, *block));
        let block = (from..=0xff).find(is_free).ok_or("there are more private creators than blocks")?;
        self.free.insert(group, block + 1);
        Ok(block)
    }
}

/// Gives the private elements among `attributes` their blocks: those whose creator, in the same order, was told. Blocks
/// of creators that are written themselves stay theirs; the others' creators are added.
pub(super) fn place(
    attributes: &mut Vec<Attribute>,
    creators: &[Option<String>],
    budget: &mut Budget,
) -> Result<(), ModelError> {
    let mut blocks = Blocks::default();
    let written = attributes.iter().zip(creators).filter(|(at, told)| told.is_none() && is_creator(at.tag));
    let written: HashSet<Tag> = written
        .map(|(attribute, _)| {
            blocks.reserve(attribute.tag, creator_of(attribute).unwrap_or_default());
            attribute.tag
        })
        .collect();
    for (attribute, creator) in attributes.iter_mut().zip(creators) {
        if let Some(creator) = creator {
            let outside = budget.enter(attribute.tag);
            attribute.tag = blocks.place(attribute.tag, creator).map_err(|reason| budget.error(reason))?;
            budget.leave(outside);
        }
    }
    let told = blocks.taken.into_iter().map(|((group, block), creator)| (Tag(group, block), creator));
    attributes.extend(told.filter(|(tag, _)| !written.contains(tag)).map(|(tag, creator)| {
        let content = Content::Values(vec![Value::Text(creator)]);
        Attribute { tag, vr: VR::LO, content }
    }));
    Ok(())
}

/// The creators of a data set or Item whose elements are written without their block.
#[derive(Debug, Default)]
pub(super) struct Creators(HashMap<Tag, String>);

impl Creators {
    /// Those that have a block each. Where one has two, elements could not be told apart without it, and where one has
    /// none it must be written itself.
    pub fn of(attributes: &[Attribute]) -> Self {
        let used: HashSet<(u16, u16)> =
            attributes.iter().map(|attribute| (attribute.tag.group(), attribute.tag.element() >> 8)).collect();
        let creators = attributes.iter().filter(|attribute| is_creator(attribute.tag));
        let mut found: HashMap<Tag, String> =
            creators.filter_map(|attribute| Some((attribute.tag, creator_of(attribute)?.to_owned()))).collect();
        let mut blocks: HashMap<(u16, &str), usize> = HashMap::new();
        found.iter().for_each(|(tag, creator)| *blocks.entry((tag.group(), creator)).or_default() += 1);
        let has_one = |tag: &Tag, creator: &str| {
            used.contains(&(tag.group(), tag.element())) && blocks[&(tag.group(), creator)] == 1
        };
        let told: HashSet<Tag> =
            found.iter().filter(|(tag, creator)| has_one(tag, creator)).map(|(tag, _)| *tag).collect();
        found.retain(|tag, _| told.contains(tag));
        Self(found)
    }

    /// Adds a creator that is known to be such a one.
    pub fn tell(&mut self, creator: &Attribute) {
        self.0.extend(creator_of(creator).map(|name| (creator.tag, name.to_owned())));
    }

    /// Whether this attribute is a creator that its elements tell.
    pub fn is_told(&self, tag: Tag) -> bool {
        self.0.contains_key(&tag)
    }

    /// The tag without its block, and the creator, of a private element.
    pub fn conveyed(&self, tag: Tag) -> Option<(Tag, &str)> {
        let creator = self.0.get(&Tag(tag.group(), tag.element() >> 8))?;
        Some((Tag(tag.group(), tag.element() & 0xff), creator))
    }
}

pub(super) fn is_creator(tag: Tag) -> bool {
    tag.group() & 1 == 1 && (0x10..=0xff).contains(&tag.element())
}

pub(super) fn creator_of(attribute: &Attribute) -> Option<&str> {
    match &attribute.content {
        Content::Values(values) => match values.as_slice() {
            [Value::Text(creator)] => Some(creator.trim()).filter(|creator| !creator.is_empty()),
            _ => None,
        },
        _ => None,
    }
}

//! Elements that go by, some of them left out, some with another value, and some new: what is made of a data set (a plan to
//! write it, a description of its pixels) is made of the changed one.
//!
//! Positions stay those of the stored object, so what is not changed is copied by range. A value that takes the place of
//! a stored one lies in memory, and its range is empty: nobody who asks for the stored bytes finds them by it.

use dicom_core::{Tag, VR};

use crate::element::{DataSet, Element, Kind};

/// What becomes of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// It stays; what is inside a sequence is asked for one by one.
    Keep,
    /// It goes, with all that is inside.
    Remove,
    /// It stays, with so many bytes of its value at most.
    First(u64),
    /// It has this value from now on, as its VR is encoded; a sequence has no Items.
    Value(Vec<u8>),
}

/// An element of the data set proper that comes new, in the place of one that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewElement {
    /// Tag.
    pub tag: Tag,
    /// VR; `SQ` with Items.
    pub vr: VR,
    /// What it holds.
    pub content: NewContent,
}

/// What a new element holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewContent {
    /// A value, as its VR is encoded in little endian.
    Value(Vec<u8>),
    /// Items of elements that are no sequences, in order of their tags.
    Items(Vec<Vec<(Tag, VR, Vec<u8>)>>),
}

/// Edits elements that go by, in order of appearance.
pub struct Editor<E> {
    edit: E,
    new: Vec<Tag>,
    added: std::vec::IntoIter<NewElement>,
    /// What is deeper than this goes, with the element that it is inside.
    removed: Option<u16>,
    /// Where the last element begins that was given on.
    last: Option<u64>,
    data_set_start: u64,
}

impl<E: FnMut(&Element, Option<&[u8]>) -> Edit> Editor<E> {
    /// What changes elements as `edit` says, and adds `added`: at most seven elements, in order of their tags. `edit` is given
    /// each element but Items, and its value if that was kept.
    pub fn new(data_set_start: u64, edit: E, added: Vec<NewElement>) -> Self {
        let new = added.iter().map(|new| new.tag).collect();
        Self { edit, new, added: added.into_iter(), removed: None, last: None, data_set_start }
    }

    /// Takes the next element, and gives on what becomes of it.
    pub fn push(&mut self, element: &Element, value: Option<&[u8]>, mut on: impl FnMut(&Element, Option<&[u8]>)) {
        if self.removed.is_some_and(|depth| element.depth > depth) {
            return;
        }
        self.removed = None;
        if element.depth == 0 {
            self.add(element.tag, &mut on);
        }
        let is_replaced = element.depth == 0 && self.new.contains(&element.tag);
        let edit = match element.kind {
            _ if is_replaced => Edit::Remove,
            Kind::Item => Edit::Keep,
            _ => (self.edit)(element, value),
        };
        match edit {
            Edit::Remove => {
                self.removed = Some(element.depth);
                return;
            }
            Edit::Value(value) => {
                self.removed = Some(element.depth);
                let is_sequence = element.kind == Kind::Sequence;
                let kind = if is_sequence { Kind::Sequence } else { Kind::Value };
                let range = element.start..element.start;
                let replaced = Element { kind, value: range, big_endian: false, kept: None, ..element.clone() };
                on(&replaced, (!is_sequence).then_some(&value));
            }
            Edit::First(length) => {
                let end = element.value.end.min(element.value.start.saturating_add(length));
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                let value = value.map(|value| &value[..value.len().min(length)]);
                on(&Element { value: element.value.start..end, ..element.clone() }, value);
            }
            Edit::Keep => on(element, value),
        }
        self.last = Some(element.start);
    }

    /// Gives on what comes after the last element.
    pub fn finish(mut self, mut on: impl FnMut(&Element, Option<&[u8]>)) {
        self.add(Tag(u16::MAX, u16::MAX), &mut on);
    }

    /// Adds what comes new up to a tag. Each begins a byte after the element before, whose header is longer than that: so
    /// elements stay in order of where they begin.
    fn add(&mut self, until: Tag, on: &mut impl FnMut(&Element, Option<&[u8]>)) {
        while self.added.as_slice().first().is_some_and(|new| new.tag <= until)
            && let Some(new) = self.added.next()
        {
            let start = self.last.map_or(self.data_set_start, |last| last + 1);
            self.last = Some(start);
            let element = |tag, vr, kind, depth| Element {
                tag,
                vr,
                kind,
                big_endian: false,
                depth,
                start,
                value: start..start,
                kept: None,
                next: 0,
            };
            match new.content {
                NewContent::Value(value) => on(&element(new.tag, new.vr, Kind::Value, 0), Some(&value)),
                NewContent::Items(items) => {
                    on(&element(new.tag, VR::SQ, Kind::Sequence, 0), None);
                    for item in items {
                        on(&element(Tag(0xFFFE, 0xE000), VR::UN, Kind::Item, 1), None);
                        for (tag, vr, value) in item {
                            on(&element(tag, vr, Kind::Value, 2), Some(&value));
                        }
                    }
                }
            }
        }
    }
}

/// Elements that went by and are held, in order of appearance.
#[derive(Default)]
pub struct Collected {
    elements: Vec<Element>,
    values: Vec<u8>,
    /// The places of sequences and Items that are open.
    open: Vec<usize>,
}

impl Collected {
    /// Puts an element at the end, with its value if that was kept.
    pub fn put(&mut self, element: &Element, value: Option<&[u8]>) {
        self.close(element.depth);
        let place = self.elements.len();
        if matches!(element.kind, Kind::Sequence | Kind::Item) {
            self.open.push(place);
        }
        let kept = value.map(|value| {
            let start = self.values.len() as u32;
            self.values.extend_from_slice(value);
            start..self.values.len() as u32
        });
        self.elements.push(Element { kept, next: place as u32 + 1, ..element.clone() });
    }

    /// Whether there is an element with this tag.
    pub fn has(&self, tag: Tag) -> bool {
        self.elements.iter().any(|element| element.tag == tag)
    }

    /// How many elements there are, and how many bytes of values.
    pub fn size(&self) -> (usize, usize) {
        (self.elements.len(), self.values.len())
    }

    /// Closes what has no room for an element of this depth.
    fn close(&mut self, depth: u16) {
        while let Some(place) = self.open.pop_if(|place| self.elements[*place].depth >= depth) {
            self.elements[place].next = self.elements.len() as u32;
        }
    }

    /// The data set of which everything is known but its elements.
    pub fn into_set(mut self, mut head: DataSet) -> DataSet {
        self.close(0);
        let base = head.values.len() as u32;
        head.values.append(&mut self.values);
        let moved = |element: Element| {
            let kept = element.kept.map(|kept| kept.start + base..kept.end + base);
            Element { kept, ..element }
        };
        head.elements = self.elements.into_iter().map(moved).collect();
        head
    }
}

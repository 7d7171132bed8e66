//! A data set with some elements left out, some with another value, and some new: what is made of it (a plan to write it,
//! a description of its pixels) is made of the changed one.
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

impl DataSet {
    /// The data set as `edit` changes it, with `added`: at most seven elements, in order of their tags. File meta information
    /// and warnings are left out. `edit` is given each element but Items, and its value if that was kept.
    pub fn edited(&self, mut edit: impl FnMut(&Element, Option<&[u8]>) -> Edit, added: Vec<NewElement>) -> DataSet {
        let mut out = Edited::of(self);
        let new: Vec<Tag> = added.iter().map(|new| new.tag).collect();
        let mut added = added.into_iter().peekable();
        let mut index = 0;
        while let Some(element) = self.elements.get(index) {
            out.close(index);
            if element.depth == 0 {
                while let Some(next) = added.next_if(|next| next.tag <= element.tag) {
                    out.add(next);
                }
            }
            let is_replaced = element.depth == 0 && new.contains(&element.tag);
            let edit = match element.kind {
                _ if is_replaced => Edit::Remove,
                Kind::Item => Edit::Keep,
                _ => edit(element, self.bytes_of(element)),
            };
            index = match edit {
                Edit::Remove => element.next as usize,
                Edit::Value(value) => {
                    out.replace(element, &value);
                    element.next as usize
                }
                Edit::First(length) => {
                    let end = element.value.end.min(element.value.start.saturating_add(length));
                    let value = self.bytes_of(element);
                    let value =
                        value.map(|value| &value[..value.len().min(usize::try_from(length).unwrap_or(usize::MAX))]);
                    out.keep(&Element { value: element.value.start..end, ..element.clone() }, value);
                    index + 1
                }
                Edit::Keep => {
                    out.keep(element, self.bytes_of(element));
                    index + 1
                }
            };
        }
        out.close(self.elements.len());
        added.for_each(|new| out.add(new));
        out.set
    }
}

/// What has been put together so far.
struct Edited {
    set: DataSet,
    /// Sequences and Items that are open: where each ends in the stored list, and its place in the new one.
    open: Vec<(usize, usize)>,
}

impl Edited {
    fn of(set: &DataSet) -> Self {
        let set = DataSet {
            transfer_syntax: set.transfer_syntax.clone(),
            meta: Vec::new(),
            data_set_start: set.data_set_start,
            length: set.length,
            deflated: set.deflated,
            big_endian: set.big_endian,
            elements: Vec::with_capacity(set.elements.len() + 8),
            fragments: set.fragments.clone(),
            frames: set.frames.clone(),
            warnings: Vec::new(),
            values: Vec::with_capacity(set.values.len()),
        };
        Self { set, open: Vec::new() }
    }

    /// Closes what ends before the stored element `index`.
    fn close(&mut self, index: usize) {
        while let Some((_, place)) = self.open.pop_if(|(end, _)| *end <= index) {
            self.set.elements[place].next = self.set.elements.len() as u32;
        }
    }

    fn keep(&mut self, element: &Element, value: Option<&[u8]>) {
        let kept = value.map(|value| self.put(value));
        let place = self.push(Element { kept, ..element.clone() });
        if matches!(element.kind, Kind::Sequence | Kind::Item) {
            self.open.push((element.next as usize, place));
        }
    }

    fn replace(&mut self, element: &Element, value: &[u8]) {
        let kept = (element.kind != Kind::Sequence).then(|| self.put(value));
        let kind = if element.kind == Kind::Sequence { Kind::Sequence } else { Kind::Value };
        let value = element.start..element.start;
        self.push(Element { kept, kind, value, big_endian: false, ..element.clone() });
    }

    /// Adds an element to the data set proper. It begins a byte after the one before, whose header is longer than that: so
    /// elements stay in order of where they begin.
    fn add(&mut self, new: NewElement) {
        let start = self.set.elements.last().map_or(self.set.data_set_start, |last| last.start + 1);
        match new.content {
            NewContent::Value(value) => {
                self.put_new(start, new.tag, new.vr, Kind::Value, 0, Some(&value));
            }
            NewContent::Items(items) => {
                let sequence = self.put_new(start, new.tag, VR::SQ, Kind::Sequence, 0, None);
                for item in items {
                    let place = self.put_new(start, Tag(0xFFFE, 0xE000), VR::UN, Kind::Item, 1, None);
                    for (tag, vr, value) in item {
                        self.put_new(start, tag, vr, Kind::Value, 2, Some(&value));
                    }
                    self.set.elements[place].next = self.set.elements.len() as u32;
                }
                self.set.elements[sequence].next = self.set.elements.len() as u32;
            }
        }
    }

    fn put_new(&mut self, start: u64, tag: Tag, vr: VR, kind: Kind, depth: u16, value: Option<&[u8]>) -> usize {
        let kept = value.map(|value| self.put(value));
        self.push(Element { tag, vr, kind, big_endian: false, depth, start, value: start..start, kept, next: 0 })
    }

    fn push(&mut self, element: Element) -> usize {
        let place = self.set.elements.len();
        self.set.elements.push(Element { next: place as u32 + 1, ..element });
        place
    }

    fn put(&mut self, value: &[u8]) -> std::ops::Range<u32> {
        let start = self.set.values.len() as u32;
        self.set.values.extend_from_slice(value);
        start..self.set.values.len() as u32
    }
}

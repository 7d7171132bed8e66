//! The data set as the reader leaves it: a flat, ordered list of elements with byte ranges, and views on it.

mod item;
mod numbers;

use std::ops::Range;

use dicom_core::{Tag, VR};

use crate::error::Warning;
use crate::frames::FrameIndex;

pub use item::{Elements, Item, Items};

/// What an entry of [`DataSet::elements`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An element with a value.
    Value,
    /// A sequence (SQ, or UN of undefined length); its items follow at `depth + 1`.
    Sequence,
    /// An Item of a sequence; its elements follow at `depth + 1`.
    Item,
    /// Encapsulated Pixel Data; its fragments are in [`DataSet::fragments`], not among the elements.
    Fragments,
}

/// One data element: what it is and where its value lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Tag; `(FFFE,E000)` for an Item.
    pub tag: Tag,
    /// The VR as encoded, or from the dictionary in implicit VR (private elements: UN, creators: LO). A VR that does not
    /// exist is UN, a UN of undefined length is the SQ that it holds (PS3.5 §6.2.2), an Item is UN.
    pub vr: VR,
    /// Kind of entry.
    pub kind: Kind,
    /// Whether the numbers of the value are big endian.
    pub big_endian: bool,
    /// 0 for the data set itself, 1 for an Item of its sequences, 2 for the elements within, and so on.
    pub depth: u16,
    /// First byte of the element's header in the input (in the inflated data set when it is deflated).
    pub start: u64,
    /// The value's bytes in the input, without header and delimiters.
    pub value: Range<u64>,
    /// Where the value was kept in [`DataSet`]; `None` when it was too long to keep, or for sequences and items.
    pub(crate) kept: Option<Range<u32>>,
    /// Index of the next entry that is not inside this one.
    pub next: u32,
}

impl Element {
    /// Length of the value in bytes.
    pub fn len(&self) -> u64 {
        self.value.end - self.value.start
    }

    /// Whether the value has no bytes.
    pub fn is_empty(&self) -> bool {
        self.value.end == self.value.start
    }
}

/// Everything one pass over an object yields. Memory is bounded by [`crate::Limits`], not by the object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataSet {
    /// Transfer Syntax UID (0002,0010), or the guess when there is none (see `warnings`).
    pub transfer_syntax: String,
    /// File meta information (group 0002), with values; empty when there is none.
    pub meta: Vec<Element>,
    /// First byte of the data set proper, after preamble and file meta information.
    pub data_set_start: u64,
    /// Length of the whole input in bytes.
    pub length: u64,
    /// True when positions after `data_set_start` count in the inflated data set (Deflated Explicit VR Little Endian):
    /// they are then positions in `data_set_start` bytes followed by the inflated data set.
    pub deflated: bool,
    /// True when numbers of the data set are big endian.
    pub big_endian: bool,
    /// Elements in order of appearance (pre-order).
    pub elements: Vec<Element>,
    /// Byte ranges of the fragments of encapsulated Pixel Data, the Basic Offset Table first (maybe empty).
    pub fragments: Vec<Range<u64>>,
    /// Where each frame lies.
    pub frames: FrameIndex,
    /// What was odd.
    pub warnings: Vec<Warning>,
    /// Kept values, back to back.
    pub(crate) values: Vec<u8>,
}

impl DataSet {
    /// The data set's own level of nesting.
    pub fn root(&self) -> Item<'_> {
        Item::whole(self, &self.elements)
    }

    /// The file meta information (group 0002) as an Item.
    pub fn meta_item(&self) -> Item<'_> {
        Item::whole(self, &self.meta)
    }

    /// A UID of the data set, or of the file meta information for group 0002, without padding. Empty is `None`.
    pub fn uid(&self, tag: Tag) -> Option<&str> {
        let item = if tag.group() == 2 { self.meta_item() } else { self.root() };
        item.raw_text(tag).filter(|uid| !uid.is_empty())
    }

    /// Gives every element, in order of appearance, with its value if that was kept.
    pub fn each(&self, mut each: impl FnMut(&Element, Option<&[u8]>)) {
        for element in &self.elements {
            each(element, self.bytes_of(element));
        }
    }

    /// How many bytes of values were kept.
    pub fn values_len(&self) -> usize {
        self.values.len()
    }

    /// The kept bytes of `element`, which must be of this data set.
    pub(crate) fn bytes_of(&self, element: &Element) -> Option<&[u8]> {
        let kept = element.kept.as_ref()?;
        self.values.get(kept.start as usize..kept.end as usize)
    }
}

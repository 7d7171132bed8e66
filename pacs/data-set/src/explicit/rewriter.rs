//! Elements that go by, rewritten: what comes out is known as soon as an element is, because sequences and Items have
//! undefined lengths.

use dicom_core::VR;
use dicom_dictionary_std::tags;

use super::Piece;
use super::change::{Changes, Form};
use super::write::{Writer, unit};
use crate::element::{DataSet, Element, Kind};

/// Takes elements in order of appearance, and makes [`Piece`]s of them.
pub struct Rewriter {
    writer: Writer,
    changes: Changes,
    /// How many of the changed elements are written.
    replaced: usize,
    /// Sequences and Items that are open: their depth, and whether it is an Item.
    open: Vec<(u16, bool)>,
    /// What is deeper than this is left out, with the element that it is inside.
    left_out: Option<u16>,
    /// Bits Allocated.
    bits: Option<i64>,
}

impl Rewriter {
    /// Goes on after what the writer has. `about` has the elements that describe the pixels, at least.
    pub(super) fn new(writer: Writer, changes: Changes, about: &DataSet) -> Self {
        let bits = about.root().int(tags::BITS_ALLOCATED);
        Self { writer, changes, replaced: 0, open: Vec::new(), left_out: None, bits }
    }

    /// Takes the next element, with its value if that was kept: what was not is copied by its range.
    pub fn push(&mut self, element: &Element, value: Option<&[u8]>) {
        if self.left_out.is_some_and(|depth| element.depth > depth) {
            return;
        }
        self.left_out = None;
        self.close(element.depth);
        let is_replaced = element.depth == 0 && self.changes.elements.iter().any(|(tag, ..)| *tag == element.tag);
        if element.depth == 0 {
            while let Some((tag, vr, value)) =
                self.changes.elements.get(self.replaced).filter(|(tag, ..)| *tag <= element.tag)
            {
                self.writer.little_endian(*tag, *vr, value);
                self.replaced += 1;
            }
        }
        if is_replaced || is_left_out(element, !matches!(self.changes.form, Form::Kept | Form::Stored)) {
            self.left_out = Some(element.depth);
            return;
        }
        self.write(element, value);
        if matches!(element.kind, Kind::Sequence | Kind::Item) {
            self.open.push((element.depth, element.kind == Kind::Item));
        }
    }

    /// The pieces of what was taken so far.
    pub fn take(&mut self) -> Vec<Piece> {
        self.writer.take()
    }

    /// The pieces that are left.
    pub fn finish(mut self) -> Vec<Piece> {
        self.close(0);
        self.writer.take()
    }

    /// Closes what has no room for an element of this depth.
    fn close(&mut self, depth: u16) {
        while let Some((_, item)) = self.open.pop_if(|(open, _)| *open >= depth) {
            self.writer.delimiter(item);
        }
    }

    /// An element, or the beginning of a sequence or an Item.
    fn write(&mut self, element: &Element, value: Option<&[u8]>) {
        let writer = &mut self.writer;
        let is_pixel_data = element.depth == 0 && element.tag == tags::PIXEL_DATA;
        match (element.kind, self.changes.form) {
            (Kind::Value | Kind::Fragments, Form::Encapsulated) if is_pixel_data => writer.encapsulated(),
            (Kind::Fragments, Form::Native { length, bits_allocated }) if is_pixel_data => {
                writer.frames(length, bits_allocated);
            }
            (Kind::Fragments, Form::Stored) if is_pixel_data => writer.fragments(element.value.clone()),
            (Kind::Fragments, _) => {}
            (Kind::Value, _) => self.write_value(element, value),
            (Kind::Item, _) => writer.item(),
            (Kind::Sequence, _) => {
                writer.sequence(element.tag);
                if element.depth == 0 && element.tag == tags::SOURCE_IMAGE_SEQUENCE {
                    writer.items(self.changes.source.as_deref().unwrap_or_default());
                }
            }
        }
    }

    /// A value: from memory if it was kept, else by its range.
    fn write_value(&mut self, element: &Element, value: Option<&[u8]>) {
        let writer = &mut self.writer;
        let is_pixel_data = element.depth == 0 && element.tag == tags::PIXEL_DATA;
        let bits = self.bits.filter(|_| is_pixel_data);
        let vr = match (element.vr, bits) {
            // Of single bytes all readers make the same; of bytes in words that are big endian they do not.
            (VR::OW, Some(1 | 8)) if writer.is_big_endian() && !element.big_endian => VR::OB,
            (vr, _) => vr,
        };
        let swap = match (vr, bits) {
            _ if element.big_endian == writer.is_big_endian() => 1,
            // Wide pixel cells are swapped whole, as all implementations do, though OW means words of 16 bits.
            (VR::OW, Some(32)) => 4,
            (VR::OW, Some(64)) => 8,
            _ => unit(vr),
        };
        match value {
            Some(bytes) => writer.value(element.tag, vr, bytes, swap),
            None => writer.range(element.tag, vr, element.value.clone(), swap),
        }
    }
}

/// Group lengths, which would be wrong, what would be taken for file meta information, and what only encapsulated Pixel
/// Data has.
fn is_left_out(element: &Element, other_pixels: bool) -> bool {
    let offsets = matches!(
        element.tag,
        tags::EXTENDED_OFFSET_TABLE
            | tags::EXTENDED_OFFSET_TABLE_LENGTHS
            | tags::ENCAPSULATED_PIXEL_DATA_VALUE_TOTAL_LENGTH
    );
    element.tag.element() == 0 || element.tag.group() == 2 || (other_pixels && offsets)
}

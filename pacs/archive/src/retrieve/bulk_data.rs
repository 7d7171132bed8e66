//! Single values that the metadata refers to by URI (PS3.18 §10.4.1.1.5).

use std::ops::Range;

use bytes::Bytes;
use data_set::explicit::EXPLICIT_VR_BIG_ENDIAN;
use data_set::{DataSet, Element, FrameIndex, Item, Kind, Tag, VR, tags};
use futures_util::TryStreamExt;

use super::part::{check, cut};
use super::{Body, StoredInstance};
use crate::{Archive, Error};

/// Deepest path that is followed. The reader's own limit is not deeper.
const DEEPEST: usize = 128;

impl Archive {
    /// The value of an element by its path (`7FE00010`, `54000100/1/54001010`), numbers in little endian. Encapsulated
    /// Pixel Data has no such value (`Error::NotAcceptable`): ask for its frames.
    pub async fn bulk_data(&self, instance: &StoredInstance, path: &str) -> Result<Body, Error> {
        let value = self.value(instance, path).await?;
        let length = value.range.end - value.range.start;
        self.part(instance, value, 0..length).await
    }

    /// Bytes of such a value. `Error::BadRequest` when it does not have them.
    pub async fn bulk_data_range(
        &self,
        instance: &StoredInstance,
        path: &str,
        range: Range<u64>,
    ) -> Result<Body, Error> {
        let value = self.value(instance, path).await?;
        let length = value.range.end - value.range.start;
        check(&range, length, "value")?;
        self.part(instance, value, range).await
    }

    async fn value(&self, instance: &StoredInstance, path: &str) -> Result<Value, Error> {
        let found = self.locate(instance, &Path::parse(path)?).await?;
        found.ok_or_else(|| Error::NotFound(format!("a value at {path} of instance {}", instance.instance)))
    }

    /// Whole groups are read and swapped, of which a range may begin and end within one.
    async fn part(&self, instance: &StoredInstance, value: Value, range: Range<u64>) -> Result<Body, Error> {
        let width = value.swap as u64;
        let (start, end) = (range.start / width * width, range.end.next_multiple_of(width));
        let groups = value.range.start + start..(value.range.start + end).min(value.range.end);
        let content = self.content(instance, vec![groups]).await?;
        let content = match value.swap {
            1 => content,
            width => cut(content.map_ok(move |piece| swapped(&piece, width)), range.start - start, &range),
        };
        let transfer_syntax = data_set::uids::EXPLICIT_VR_LITTLE_ENDIAN.to_owned();
        Ok(Body { length: Some(range.end - range.start), content, transfer_syntax })
    }

    async fn locate(&self, instance: &StoredInstance, path: &Path) -> Result<Option<Value>, Error> {
        self.disclosable(instance).await?;
        if let Some(value) = self.locate_pixels(instance, path).await? {
            return Ok(Some(value));
        }
        let header = self.header(instance).await?;
        if let Some(element) =
            path.follow(&header).filter(|element| !path.is_pixels() || element.kind == Kind::Fragments)
        {
            return Value::of(element).map(Some);
        }
        // What stands after the pixels, or pixels that have no frames.
        let whole = self.data_set(instance).await?;
        path.follow(&whole).map(Value::of).transpose()
    }

    /// Native pixels are found without reading the object, unless their bytes must be swapped.
    async fn locate_pixels(&self, instance: &StoredInstance, path: &Path) -> Result<Option<Value>, Error> {
        if !path.steps.is_empty() || path.last != tags::PIXEL_DATA {
            return Ok(None);
        }
        let index = self.frame_index(instance).await?;
        match *index {
            FrameIndex::Native { start, length, .. } if instance.transfer_syntax != EXPLICIT_VR_BIG_ENDIAN => {
                let frames = index.native().filter(|_| instance.is_deidentified());
                Ok(Some(Value { range: frames.unwrap_or(start..start + length), swap: 1 }))
            }
            _ => Ok(None),
        }
    }
}

/// Where a value lies, and in groups of how many bytes it is swapped.
struct Value {
    range: Range<u64>,
    swap: usize,
}

impl Value {
    fn of(element: &Element) -> Result<Self, Error> {
        match element.kind {
            Kind::Value => {
                let swap = if element.big_endian { width(element.vr) } else { 1 };
                Ok(Self { range: element.value.clone(), swap })
            }
            Kind::Fragments => {
                Err(Error::NotAcceptable("the Pixel Data is encapsulated: ask for its frames".to_owned()))
            }
            Kind::Sequence | Kind::Item => {
                Err(Error::BadRequest("the path leads to a sequence, not to a value".to_owned()))
            }
        }
    }
}

/// The path of an element: sequences and Item numbers (from 1), then the element.
struct Path {
    steps: Vec<(Tag, usize)>,
    last: Tag,
}

impl Path {
    fn parse(path: &str) -> Result<Self, Error> {
        let wrong = || Error::BadRequest("a bulk data path is like 7FE00010 or 54000100/1/54001010".to_owned());
        let mut parts = path.split('/');
        let mut steps = Vec::new();
        loop {
            let tag = parts.next().and_then(tag).ok_or_else(wrong)?;
            let Some(item) = parts.next() else { return Ok(Self { steps, last: tag }) };
            let item = item.parse().ok().filter(|&item| item > 0).ok_or_else(wrong)?;
            steps.push((tag, item));
            if steps.len() > DEEPEST {
                return Err(wrong());
            }
        }
    }

    fn is_pixels(&self) -> bool {
        const PIXELS: [Tag; 3] = [tags::PIXEL_DATA, tags::FLOAT_PIXEL_DATA, tags::DOUBLE_FLOAT_PIXEL_DATA];
        self.steps.is_empty() && PIXELS.contains(&self.last)
    }

    fn follow<'a>(&self, set: &'a DataSet) -> Option<&'a Element> {
        let mut item: Item<'a> = set.root();
        for &(sequence, number) in &self.steps {
            item = item.items_of(sequence).nth(number - 1)?;
        }
        item.get(self.last)
    }
}

/// Eight hexadecimal digits.
fn tag(text: &str) -> Option<Tag> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let number = u32::from_str_radix(text, 16).ok()?;
    Some(Tag((number >> 16) as u16, number as u16))
}

/// Bytes of one number of a VR (PS3.5 §7.3).
fn width(vr: VR) -> usize {
    match vr {
        VR::US | VR::SS | VR::OW | VR::AT => 2,
        VR::UL | VR::SL | VR::FL | VR::OF | VR::OL => 4,
        VR::FD | VR::OD | VR::SV | VR::UV | VR::OV => 8,
        _ => 1,
    }
}

/// Every group of `width` bytes reversed. Pieces begin at whole groups: the length of all but the last is a multiple of eight.
fn swapped(piece: &[u8], width: usize) -> Bytes {
    let mut swapped = piece.to_vec();
    swapped.chunks_exact_mut(width).for_each(<[u8]>::reverse);
    swapped.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_paths_into_sequences() {
        let path = Path::parse("54000100/2/54001010").expect("a path");
        assert_eq!(path.steps, [(Tag(0x5400, 0x0100), 2)]);
        assert_eq!(path.last, Tag(0x5400, 0x1010));
    }

    #[test]
    fn refuses_paths_that_are_none() {
        for path in ["", "7FE0001", "7FE0001G", "+FE00010", "54000100/0/54001010", "54000100/1", "../../etc", "a/b/c"] {
            assert!(matches!(Path::parse(path), Err(Error::BadRequest(_))), "{path:?}");
        }
    }

    #[test]
    fn swaps_whole_groups_only() {
        assert_eq!(swapped(&[1, 2, 3, 4, 5], 2)[..], [2, 1, 4, 3, 5]);
    }
}

//! Single values that the metadata refers to by URI (PS3.18 §10.4.1.1.5).

use std::ops::Range;

use bytes::Bytes;
use data_set::explicit::EXPLICIT_VR_BIG_ENDIAN;
use data_set::{Element, FrameIndex, Kind, Tag, VR, tags};
use futures_util::TryStreamExt;

use super::part::{check, cut};
use super::{Body, StoredInstance};
use crate::{Archive, Error, archive};

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
        let (mut passing, mut editing) = (self.passing(instance).await?, self.editing(instance).await?);
        let mut search = Search::of(path.clone());
        let found = archive::blocking(move || {
            while search.outcome.is_none() {
                let known = match &mut editing {
                    Some(editing) => passing
                        .next(|element, value| editing.push(element, value, |element, _| search.look(element)))?,
                    None => passing.next(|element, _| search.look(element))?,
                };
                if known.is_some() {
                    if let Some(editing) = editing {
                        editing.finish(|element, _| search.look(element));
                    }
                    break;
                }
            }
            Ok(search.outcome.flatten())
        });
        found.await?.as_ref().map(Value::of).transpose()
    }

    /// Native pixels are found without reading the object, unless their bytes must be swapped. Those of an encapsulated object
    /// are no value.
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
            FrameIndex::Encapsulated(_) => Err(encapsulated()),
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
            Kind::Fragments => Err(encapsulated()),
            Kind::Sequence | Kind::Item => {
                Err(Error::BadRequest("the path leads to a sequence, not to a value".to_owned()))
            }
        }
    }
}

fn encapsulated() -> Error {
    Error::NotAcceptable("the Pixel Data is encapsulated: ask for its frames".to_owned())
}

/// The path of an element: sequences and Item numbers (from 1), then the element.
#[derive(Clone)]
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
}

/// An element that is looked for by its path among elements that go by. Of several with one tag the first counts.
struct Search {
    path: Path,
    /// How many steps of the path were taken.
    taken: usize,
    /// Of the sequence of the next step, how many Items have come; `None` before it has.
    items: Option<usize>,
    /// What came of it, once that is known.
    outcome: Option<Option<Element>>,
}

impl Search {
    fn of(path: Path) -> Self {
        Self { path, taken: 0, items: None, outcome: None }
    }

    /// Looks at the next element.
    fn look(&mut self, element: &Element) {
        // Elements of the data set proper have depth 0, those of an Item are two deeper than its sequence.
        let depth = 2 * self.taken + usize::from(self.items.is_some());
        match usize::from(element.depth) {
            _ if self.outcome.is_some() => {}
            // The Item or the sequence has ended.
            at if at < depth => self.outcome = Some(None),
            at if at > depth => {}
            _ => self.step(element),
        }
    }

    /// Looks at an element of the level that the path has come to.
    fn step(&mut self, element: &Element) {
        let step = self.path.steps.get(self.taken).copied();
        match (step, &mut self.items) {
            (None, _) if element.tag == self.path.last => self.outcome = Some(Some(element.clone())),
            (Some((tag, _)), None) if element.tag == tag => match element.kind {
                Kind::Sequence => self.items = Some(0),
                _ => self.outcome = Some(None),
            },
            (Some((_, number)), Some(items)) => {
                *items += 1;
                if *items == number {
                    (self.taken, self.items) = (self.taken + 1, None);
                }
            }
            _ => {}
        }
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

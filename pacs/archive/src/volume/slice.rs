//! One frame as a slice: where it lies, and what tells it from others at the same place.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use compute::volume::Point;
use data_set::{Item, Tag, tags};

use super::Matching;

/// Where the samples of a frame lie (Image Plane Module, PS3.3 §C.7.6.2; Plane Position and Orientation, §C.7.6.16.2.3, .4).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    /// Image Position (Patient): the centre of the first sample, in mm.
    pub(crate) position: Point,
    /// Direction of a row.
    pub(crate) across: Point,
    /// Direction of a column.
    pub(crate) down: Point,
    /// From a sample to the next one of its row and of its column, in mm.
    pub(crate) spacing: [f64; 2],
}

/// How many things can tell phases apart.
pub(super) const TRAITS: usize = 7;

/// What tells slices at one place from each other: time, trigger, echo, diffusion, inversion, acquisition, image type.
/// The order is the one in which they are tried.
pub(super) type Traits = [Option<Arc<str>>; TRAITS];

/// Longest value that says anything of a frame, in bytes: all such have a few numbers, or words of sixteen letters.
const LONGEST: u64 = 1024;
/// How near the first offset of a grid is to its position when offsets are places, in mm.
const SAME_OFFSET: f64 = 1e-3;

/// A frame before it is decoded.
#[derive(Debug, Clone)]
pub(super) struct Slice {
    /// Which of the instances it belongs to.
    pub(super) source: usize,
    /// Number of the frame, from 1.
    pub(super) frame: u32,
    pub(super) place: Place,
    pub(super) traits: Traits,
    /// Stack ID (0020,9056).
    pub(super) stack: Option<Arc<str>>,
    /// Frame of Reference UID (0020,0052).
    pub(super) frame_of_reference: Option<Arc<str>>,
    /// Whether it was made to plan others by: Image Type, value 3, LOCALIZER.
    pub(super) is_localizer: bool,
}

/// What one frame says: its own functional groups, those that all frames share, and the object itself.
struct Said<'a> {
    root: Item<'a>,
    groups: [Option<Item<'a>>; 2],
    texts: &'a Texts,
}

/// The texts of an instance, each once: what all its frames say takes no more room with many of them.
#[derive(Default)]
struct Texts(RefCell<HashSet<Arc<str>>>);

impl Texts {
    fn one(&self, text: &str) -> Arc<str> {
        let texts = &mut *self.0.borrow_mut();
        if let Some(known) = texts.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        texts.insert(new.clone());
        new
    }
}

/// The slices of an instance; a frame of which no place is known is `None`. Frames that do not match are left out.
pub(super) fn slices(root: &Item<'_>, frames: u32, source: usize, matches: &[Matching]) -> Vec<Option<Slice>> {
    let shared = root.items_of(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE).next();
    let mut own = root.items_of(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
    let offsets = offsets(root);
    let texts = Texts::default();
    let mut slices = Vec::new();
    for frame in 1..=frames {
        let said = Said { root: *root, groups: [own.next(), shared], texts: &texts };
        if matches.iter().all(|wanted| said.matches(wanted)) {
            slices.push(said.slice(source, frame, offsets.get(frame as usize - 1).copied(), frames));
        }
    }
    slices
}

/// How far each frame is from the first. The vector says that, or where frames lie: then its first value is that of Image
/// Position (RT Dose, PS3.3 §C.8.8.3.2).
fn offsets(root: &Item<'_>) -> Vec<f64> {
    let mut offsets = root.floats(tags::GRID_FRAME_OFFSET_VECTOR);
    let position = floats(root, tags::IMAGE_POSITION_PATIENT);
    if let (Some(first), Some(height)) = (offsets.first().copied(), position.get(2))
        && (first - height).abs() < SAME_OFFSET
    {
        offsets.iter_mut().for_each(|offset| *offset -= first);
    }
    offsets
}

/// The numbers of an attribute; none of a value that is too long to be one of a frame.
fn floats(item: &Item<'_>, tag: Tag) -> Vec<f64> {
    if is_short(item, tag) { item.floats(tag) } else { Vec::new() }
}

/// The same for texts.
fn strings(item: &Item<'_>, tag: Tag) -> Vec<String> {
    if is_short(item, tag) { item.strings(tag) } else { Vec::new() }
}

fn is_short(item: &Item<'_>, tag: Tag) -> bool {
    item.get(tag).is_some_and(|element| element.value.end - element.value.start <= LONGEST)
}

/// The first value as a text: of numbers as they are counted, in whichever way they are encoded.
fn first(item: &Item<'_>, tag: Tag) -> Option<String> {
    let number = floats(item, tag).first().map(f64::to_string);
    number.or_else(|| strings(item, tag).into_iter().next())
}

impl<'a> Said<'a> {
    /// The Item of a functional group, the frame's own before the shared one.
    fn group(&self, sequence: Tag) -> Option<Item<'a>> {
        self.groups.iter().flatten().find_map(|groups| groups.items_of(sequence).next())
    }

    /// An attribute of a functional group, else of the object.
    fn values(&self, sequence: Tag, tag: Tag) -> Vec<f64> {
        let grouped = self.group(sequence).map(|item| floats(&item, tag)).unwrap_or_default();
        if grouped.is_empty() { floats(&self.root, tag) } else { grouped }
    }

    fn text(&self, sequence: Tag, tag: Tag, classic: Tag) -> Option<Arc<str>> {
        let grouped = self.group(sequence).and_then(|item| first(&item, tag));
        let text = grouped.or_else(|| first(&self.root, classic)).filter(|text| !text.is_empty())?;
        Some(self.texts.one(&text))
    }

    fn slice(&self, source: usize, frame: u32, offset: Option<f64>, frames: u32) -> Option<Slice> {
        let mut place = self.place()?;
        if frames > 1 && self.groups[0].is_none() {
            // Without positions of their own frames lie above one another where the object says how far (RT Dose, §C.8.8.3.2).
            let normal = cross(place.across, place.down);
            let offset = offset?;
            place.position = std::array::from_fn(|axis| place.position[axis] + offset * normal[axis]);
        }
        let kind = self.group(tags::CT_IMAGE_FRAME_TYPE_SEQUENCE).or(self.group(tags::MR_IMAGE_FRAME_TYPE_SEQUENCE));
        let kind = kind.map(|item| strings(&item, tags::FRAME_TYPE)).filter(|values| !values.is_empty());
        let kind = kind.unwrap_or_else(|| strings(&self.root, tags::IMAGE_TYPE));
        let last = |item: Item<'_>, tag| Some(self.texts.one(&strings(&item, tag).pop()?));
        Some(Slice {
            source,
            frame,
            place,
            traits: self.traits(&kind),
            stack: self.group(tags::FRAME_CONTENT_SEQUENCE).and_then(|item| last(item, tags::STACK_ID)),
            frame_of_reference: last(self.root, tags::FRAME_OF_REFERENCE_UID),
            is_localizer: kind.get(2).is_some_and(|value| value == "LOCALIZER"),
        })
    }

    fn place(&self) -> Option<Place> {
        let three = |values: Vec<f64>| Point::try_from(values).ok().filter(|point| point.iter().all(|x| x.is_finite()));
        let volume = |sequence, tag| three(floats(&self.group(sequence)?, tag));
        let position = three(self.values(tags::PLANE_POSITION_SEQUENCE, tags::IMAGE_POSITION_PATIENT))
            .or_else(|| volume(tags::PLANE_POSITION_VOLUME_SEQUENCE, tags::IMAGE_POSITION_VOLUME))?;
        let mut cosines = self.values(tags::PLANE_ORIENTATION_SEQUENCE, tags::IMAGE_ORIENTATION_PATIENT);
        if cosines.is_empty() {
            let group = self.group(tags::PLANE_ORIENTATION_VOLUME_SEQUENCE)?;
            cosines = floats(&group, tags::IMAGE_ORIENTATION_VOLUME);
        }
        if cosines.len() != 6 {
            return None;
        }
        let across = unit([cosines[0], cosines[1], cosines[2]])?;
        let down = unit([cosines[3], cosines[4], cosines[5]])?;
        let spacing = self.values(tags::PIXEL_MEASURES_SEQUENCE, tags::PIXEL_SPACING);
        let [between_rows, between_columns] = <[f64; 2]>::try_from(spacing).ok()?;
        let is_distance = |length: f64| length.is_finite() && length > 0.0;
        (is_distance(between_rows) && is_distance(between_columns)).then_some(Place {
            position,
            across,
            down,
            spacing: [between_columns, between_rows],
        })
    }

    fn traits(&self, kind: &[String]) -> Traits {
        let content = tags::FRAME_CONTENT_SEQUENCE;
        [
            self.text(content, tags::TEMPORAL_POSITION_INDEX, tags::TEMPORAL_POSITION_IDENTIFIER)
                .or_else(|| self.text(content, tags::FRAME_REFERENCE_DATE_TIME, tags::FRAME_REFERENCE_TIME)),
            self.text(
                tags::CARDIAC_SYNCHRONIZATION_SEQUENCE,
                tags::NOMINAL_CARDIAC_TRIGGER_DELAY_TIME,
                tags::TRIGGER_TIME,
            ),
            self.text(tags::MR_ECHO_SEQUENCE, tags::EFFECTIVE_ECHO_TIME, tags::ECHO_TIME),
            self.text(tags::MR_DIFFUSION_SEQUENCE, tags::DIFFUSION_B_VALUE, tags::DIFFUSION_B_VALUE),
            self.text(tags::MR_MODIFIER_SEQUENCE, tags::INVERSION_TIMES, tags::INVERSION_TIME),
            self.text(content, tags::FRAME_ACQUISITION_NUMBER, tags::ACQUISITION_NUMBER),
            (!kind.is_empty()).then(|| self.texts.one(&kind.join("\\"))),
        ]
    }

    /// Whether the frame, or the object, has such a value.
    fn matches(&self, wanted: &Matching) -> bool {
        let grouped = self.groups.iter().flatten().find_map(|groups| {
            let sequences = groups.elements().flat_map(|element| groups.items(element));
            sequences.filter(|item| item.get(wanted.tag).is_some()).last()
        });
        let item = grouped.unwrap_or(self.root);
        let numbers = floats(&item, wanted.tag);
        strings(&item, wanted.tag).iter().any(|value| wanted.is(value))
            || numbers.iter().any(|number| wanted.is_number(*number))
    }
}

/// The same direction with length 1; `None` for what has no direction.
pub(super) fn unit(vector: Point) -> Option<Point> {
    let length = dot(vector, vector).sqrt();
    (length.is_finite() && length > 1e-9).then(|| vector.map(|x| x / length))
}

pub(crate) fn dot(one: Point, other: Point) -> f64 {
    one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
}

pub(super) fn cross(one: Point, other: Point) -> Point {
    [
        one[1] * other[2] - one[2] * other[1],
        one[2] * other[0] - one[0] * other[2],
        one[0] * other[1] - one[1] * other[0],
    ]
}

#[cfg(test)]
mod tests;

//! Volumetric Presentation States (PS3.3 §A.80, PS3.4 §FF): how a volume is to be looked at, kept as an object of its own.
//!
//! Applied are the Grayscale and the Compositing Planar MPR state, and the Volume Rendering states of one volume, of
//! its segments, and of several volumes: of an `object` the `field` that it looks at (as it is `looked_at`), where its
//! inputs are `registered`, what it `crop`s, its `colours` (by a `classification`), the `composition` of several inputs on
//! a plane, or their `streams` in space, and its `animation`. What else a state asks is refused in words: half of what it
//! says would be another picture.

mod animation;
mod classification;
mod colours;
mod composition;
mod crop;
mod field;
mod inputs;
mod looked_at;
mod object;
mod registered;
mod streams;

use std::collections::HashMap;
use std::sync::Arc;

use compute::volume::{Crop, Intensity, Point};
use compute::{Presentation, Voi as Window};
use data_set::{Item, Tag, tags};

use super::choice::Reference;
use super::slice::dot;
use super::{Animation, Choice, Method, Reformat, Stack};
use composition::Composition;
use field::Field;
use inputs::{Input, inputs};
use streams::Streams;

pub(super) use colours::Colours;
pub(super) use object::Object;
pub(super) use registered::{Registered, refused as registration_refused};

use crate::render::{LongValues, presentation, voi};
use crate::{Error, StoredInstance};

/// Volumetric Presentation State Storage: Grayscale and Compositing Planar MPR, and Volume Rendering, Segmented Volume
/// Rendering and Multiple Volume Rendering.
const PLANAR: &str = "1.2.840.10008.5.1.4.1.1.11.6";
const COMPOSITING: &str = "1.2.840.10008.5.1.4.1.1.11.7";
const RENDERING: &str = "1.2.840.10008.5.1.4.1.1.11.9";
const SEGMENTED: &str = "1.2.840.10008.5.1.4.1.1.11.10";
const MULTIPLE: &str = "1.2.840.10008.5.1.4.1.1.11.11";
/// Largest cosine of the angle between the sides of a view.
const RIGHT_ANGLE: f64 = 1e-3;
/// Most inputs that are composed: each is a volume in memory.
const MOST_INPUTS: usize = 8;

/// A state that has been read.
#[derive(Debug, Clone, PartialEq)]
pub struct VolumetricState {
    reformat: Reformat,
    /// SOP Instance UIDs with frames, all when empty.
    images: Vec<(String, Vec<u32>)>,
    /// SOP Instance UID of what registers them.
    registration: Option<String>,
    frame_of_reference: Option<String>,
    field: Field,
    /// `None`: by its transfer function.
    pub(super) method: Option<Method>,
    /// Its own colours, or why they are not drawn. Intensities may have none.
    pub(super) colours: Option<Result<Colours, String>>,
    /// What of the volume is seen.
    pub(super) crops: Vec<Crop>,
    /// Segments that are, or are not, seen.
    pub(super) segmented: Vec<Segmented>,
    /// Of an MPR, in mm.
    pub(super) slab: Option<f64>,
    /// Without one all values are let through as they are.
    pub(super) window: Option<Window>,
    pub(super) presentation: Presentation,
    /// What moves.
    pub animation: Option<Animation>,
    /// How many places its inputs have in their sequence; it is of one of them.
    pub(super) moments: usize,
    /// Presentation Sequence Collection UID (0070,1102), and Presentation Sequence Position Index (0070,1103).
    pub(super) collection: (Option<String>, Option<i64>),
    /// What becomes of its inputs, where they are composed in colours: of this one, and of `others`.
    pub(super) composition: Option<Arc<Composed>>,
    others: Vec<VolumetricState>,
}

/// How several inputs become colours.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Composed {
    /// After each was measured on the plane.
    OnPlane(Composition),
    /// At each place of a line of sight.
    InSpace(Streams),
}

/// What a state crops by segments.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Segmented {
    /// SOP Instance UIDs of Segmentations, each with the numbers of its segments: all where there are none.
    pub(super) of: Vec<(String, Vec<u32>)>,
    /// Whether what is within stays; else it goes.
    pub(super) stay: bool,
}

/// Whether instances of a SOP Class say how volumes are to be looked at.
pub fn is_volumetric_state(sop_class: &str) -> bool {
    [PLANAR, COMPOSITING, RENDERING, SEGMENTED, MULTIPLE].contains(&sop_class)
}

impl VolumetricState {
    /// A state of one input, or of several that are composed, in a moment.
    fn read(
        (root, moment): (&Item<'_>, usize),
        long: &LongValues,
        reformat: Reformat,
        is_composing: bool,
    ) -> Result<Self, Error> {
        let (moments, items) = animation::moment(root, moment)?;
        let inputs = inputs(root, items)?;
        let most = if is_composing { MOST_INPUTS } else { 1 };
        if inputs.len() > most {
            return Err(unbuilt("the composition of so many inputs"));
        }
        let numbers = inputs.iter().map(|input| input.item.int(tags::VOLUMETRIC_PRESENTATION_INPUT_NUMBER));
        let numbers: Vec<Option<i64>> = numbers.collect();
        let composition = match (is_composing, reformat) {
            (false, _) => None,
            (true, Reformat::Mpr) => Some(Arc::new(Composed::OnPlane(Composition::read(root, &numbers, long)?))),
            (true, Reformat::ThreeD) => Some(Arc::new(Composed::InSpace(Streams::read(root, &numbers, long)?))),
        };
        let states = inputs.into_iter().map(|input| Self::of_input(root, input, long, reformat));
        let mut states = states.collect::<Result<Vec<Self>, Error>>()?;
        let mut first = states.remove(0);
        if composition.is_some() {
            // Its streams have the colours.
            first.colours = None;
        }
        // Inputs that are all at one place of their sequence are a still.
        let is_still = moments == 1 && is(root, tags::PRESENTATION_ANIMATION_STYLE, "INPUT_SEQ");
        let animation = first.animation.filter(|_| !is_still);
        Ok(Self { composition, others: states, moments, animation, ..first })
    }

    fn of_input(
        root: &Item<'_>,
        Input { images, registration, item: input }: Input<'_>,
        long: &LongValues,
        reformat: Reformat,
    ) -> Result<Self, Error> {
        let (crops, segmented) = crop::crops(root, &input)?;
        let (field, slab) = match reformat {
            Reformat::Mpr => field::planar(root)?,
            Reformat::ThreeD => (field::rendered(root)?, None),
        };
        let window = voi(&input, true, long);
        let method = match root.raw_text(tags::RENDERING_METHOD) {
            Some("MAXIMUM_IP") => Some(Method::Intensity(Intensity::Maximum)),
            Some("MINIMUM_IP") => Some(Method::Intensity(Intensity::Minimum)),
            Some("AVERAGE_IP") => Some(Method::Intensity(Intensity::Average)),
            None if slab.is_none() && reformat == Reformat::Mpr => Some(Method::Intensity(Intensity::Average)),
            Some("VOLUME_RENDERED") if reformat == Reformat::ThreeD => None,
            other => return Err(damaged(&format!("its Rendering Method is {other:?}"))),
        };
        Ok(Self {
            reformat,
            images,
            registration,
            frame_of_reference: root.raw_text(tags::FRAME_OF_REFERENCE_UID).map(str::to_owned),
            field,
            method,
            slab,
            colours: match method {
                Some(_) if reformat == Reformat::Mpr || root.get(tags::VOLUME_STREAM_SEQUENCE).is_none() => None,
                _ => Some(Colours::read(root, long).map_err(|error| error.to_string())),
            },
            crops,
            segmented,
            window,
            presentation: presentation(root, long),
            animation: animation::animation(root, reformat)?,
            moments: 1,
            collection: (
                root.raw_text(tags::PRESENTATION_SEQUENCE_COLLECTION_UID).map(str::to_owned),
                root.int(tags::PRESENTATION_SEQUENCE_POSITION_INDEX),
            ),
            composition: None,
            others: Vec::new(),
        })
    }

    /// The same for each other input, when several are composed.
    pub fn others(&self) -> &[Self] {
        &self.others
    }

    /// Whether inputs are composed in colours, each through a window of its own.
    pub fn is_composing(&self) -> bool {
        self.composition.is_some()
    }

    /// Whether pictures have colours when nobody names a method.
    pub(super) fn has_colours(&self) -> bool {
        let is_rendered = self.method.is_none();
        // Of intensities, shades of grey are none.
        let are_own = self.colours.as_ref().and_then(|own| own.as_ref().ok()).is_some_and(|own| !own.is_grey());
        self.is_composing() || is_rendered || are_own
    }

    /// A plane, or everything.
    pub(super) fn reformat(&self) -> Reformat {
        self.reformat
    }

    /// Whether another input is of the same images at the same place, which are one volume.
    pub(super) fn is_of_same(&self, other: &Self) -> bool {
        self.images == other.images && self.registration == other.registration
    }

    /// The images it is for, of these instances, and which of their frames.
    ///
    /// # Errors
    /// `NotAcceptable` when not all of them are there, `Damaged` when it refers to one frame.
    fn input(&self, study: &[StoredInstance]) -> Result<(Vec<StoredInstance>, Choice), Error> {
        let is_input = |instance: &StoredInstance| self.images.iter().any(|(uid, _)| *uid == instance.instance);
        let found: Vec<StoredInstance> = match self.images.len() {
            // So many comparisons are done once only by name.
            0..=64 => study.iter().filter(|instance| is_input(instance)).cloned().collect(),
            _ => {
                let wanted: std::collections::HashSet<&str> = self.images.iter().map(|(uid, _)| uid.as_str()).collect();
                study.iter().filter(|instance| wanted.contains(instance.instance.as_str())).cloned().collect()
            }
        };
        if found.len() < self.images.len() {
            return Err(Error::NotAcceptable(format!(
                "{} of the {} images that the presentation state refers to are not in its study here",
                self.images.len() - found.len(),
                self.images.len()
            )));
        }
        let counts: HashMap<&str, u32> = found.iter().map(|of| (of.instance.as_str(), of.frame_count)).collect();
        for (uid, frames) in self.images.iter().filter(|(_, frames)| !frames.is_empty()) {
            let count = counts.get(uid.as_str()).copied().unwrap_or_default();
            if let Some(frame) = frames.iter().find(|frame| !(1..=count).contains(*frame)) {
                return Err(damaged(&format!("it refers to frame {frame} of an image that has {count}")));
            }
        }
        let mut choice = Choice::default();
        match self.images.as_slice() {
            // Alone it would be taken for the whole volume that it is of.
            [(_, frames)] if frames.len() == 1 => return Err(damaged("it refers to one frame, which is no volume")),
            [(_, frames)] => choice.references = frames.iter().map(|frame| Reference::Frame(*frame)).collect(),
            many => choice.frames = many.iter().filter(|(_, frames)| !frames.is_empty()).cloned().collect(),
        }
        Ok((found, choice))
    }

    /// SOP Instance UIDs of what says where the volume is, and what of it is seen: its Spatial Registration, and
    /// Segmentations.
    pub fn said_by(&self) -> impl Iterator<Item = &str> {
        self.registration.as_deref().into_iter().chain(self.segmentations())
    }

    /// SOP Instance UIDs of the Segmentations that say what of the volume is seen.
    pub(super) fn segmentations(&self) -> impl Iterator<Item = &str> {
        self.segmented.iter().flat_map(|segmented| segmented.of.iter().map(|(uid, _)| uid.as_str()))
    }

    /// Whether all of the volume is seen.
    pub(super) fn is_whole(&self) -> bool {
        self.crops.is_empty() && self.segmented.is_empty()
    }

    /// Refuses images of another space than its own.
    pub(super) fn check(&self, seen: &Stack) -> Result<(), Error> {
        if self.frame_of_reference.as_deref() == seen.frame_of_reference() {
            return Ok(());
        }
        Err(damaged("its images are of another Frame of Reference, and it names no Spatial Registration of them"))
    }
}

fn is(item: &Item<'_>, tag: Tag, value: &str) -> bool {
    item.raw_text(tag) == Some(value)
}

fn length(way: Point) -> f64 {
    dot(way, way).sqrt()
}

pub(super) fn unbuilt(what: &str) -> Error {
    Error::NotAcceptable(format!("the presentation state asks for {what}, which is not drawn here"))
}

pub(super) fn damaged(what: &str) -> Error {
    Error::Damaged(format!("the presentation state cannot be applied: {what}"))
}

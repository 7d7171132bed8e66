//! Slices in order: which frames make the volume, and where they lie. What makes none is refused in words.

use std::sync::Arc;

use compute::volume::{PRESETS, Preset};
use compute::{Geometry, Voi as Window};

use super::choice::{Choice, Reference};
use super::phase;
use super::registration::Movement;
use super::samples::Kind;
use super::slice::{Slice, cross, dot, unit};
use super::state::{Registered, registration_refused};
use super::turned::{self, SAME_ORIENTATION, angle};
use crate::render::Image;
use crate::{Error, StoredInstance, Uid, Voi};

/// Largest part by which distances between samples may differ.
const SAME_SPACING: f64 = 1e-3;
/// Largest cosine of the angle between rows and columns.
const RIGHT_ANGLE: f64 = 1e-3;

/// An instance that slices come from.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) instance: StoredInstance,
    pub(super) image: Image,
    /// Modality (0008,0060).
    pub(super) modality: String,
}

/// The slices of a volume, in order of their places along the normal.
#[derive(Debug)]
pub struct Stack {
    pub(super) sources: Vec<Source>,
    pub(super) slices: Vec<Slice>,
    /// A slice of each volume that the series has at these places, the first phase first: instance and frame.
    phases: Vec<(usize, u32)>,
    /// Columns and rows of a slice.
    pub(super) size: [usize; 2],
    pub(super) geometry: Geometry,
    /// How it was moved into another Frame of Reference.
    registered: Option<(Movement, Arc<Registered>)>,
}

impl Stack {
    /// Makes a stack of the slices that `choice` wants.
    ///
    /// # Errors
    /// `BadRequest` when it names slices that are not there, `Unprocessable` with words when the slices are no volume.
    pub(super) fn new(sources: Vec<Source>, slices: Vec<Option<Slice>>, choice: &Choice) -> Result<Self, Error> {
        if slices.is_empty() {
            return Err(match choice.matches.is_empty() {
                true => unprocessable("there are no pixels to make a volume of"),
                false => Error::BadRequest("no slice has the attributes that are to match".into()),
            });
        }
        let is_taken = |slice: &&Slice| choice.takes(&sources[slice.source].instance.instance, slice.frame);
        let placed: Vec<Slice> = slices.iter().flatten().filter(is_taken).cloned().collect();
        let (wanted, anchor) = referred(&sources, placed, choice)?;
        let wanted = without_localizers(wanted);
        if anchor.as_ref().is_some_and(|anchor| anchor.is_localizer) && !wanted.iter().all(|slice| slice.is_localizer) {
            return Err(Error::BadRequest(
                "volumeinputreference names a localizer, which is no slice of a volume".into(),
            ));
        }
        let chosen = phase::one_stack(wanted, anchor.as_ref());
        if chosen.is_empty() || (slices.iter().any(Option::is_none) && choice.references.is_empty()) {
            return Err(unprocessable(
                "a slice does not say where it lies: Image Position (Patient), Image Orientation (Patient) and Pixel \
                 Spacing are needed",
            ));
        }
        let chosen = match &anchor {
            Some(anchor) => turned::like(chosen, anchor),
            None => chosen,
        };
        check(&sources, &chosen)?;
        let first = &chosen[0].place;
        let normal = unit(cross(first.across, first.down));
        let normal = normal.ok_or_else(|| unprocessable("rows and columns run in one direction"))?;
        let phase::Phases { mut all, wanted } = phase::phases(chosen, normal, anchor.as_ref());
        // One slice alone, at a place that comes once more than others, is no volume.
        let volumes = all.iter().filter(|slices| slices.len() > 1);
        let phases = volumes.filter_map(|slices| slices.first()).map(|slice| (slice.source, slice.frame)).collect();
        let slices = all.swap_remove(wanted);
        if slices.len() < 2 {
            return Err(unprocessable("there is one slice only: a volume has two or more"));
        }
        let geometry = geometry(&slices);
        let format = &sources[slices[0].source].image.format;
        let size = [format.columns as usize, format.rows as usize];
        let stack = Self { size, slices, phases, geometry, sources, registered: None };
        match &choice.registered {
            Some(registered) => stack.moved(registered),
            None => Ok(stack),
        }
    }

    /// The same where a registration says that it lies.
    fn moved(self, registered: &Arc<Registered>) -> Result<Self, Error> {
        let movement = registered.movement(self.frame_of_reference())?;
        if movement == Movement::NONE && self.frame_of_reference() == Some(registered.space()) {
            return Ok(self);
        }
        let geometry = movement.geometry(&self.geometry);
        geometry.check().map_err(|error| registration_refused(&format!("where they are moved, {error}")))?;
        Ok(Self { geometry, registered: Some((movement, registered.clone())), ..self })
    }

    /// Tells one stack from another: a replaced instance has another path, and slices that were chosen from among others
    /// have other phases beside them.
    pub(super) fn key(&self) -> [u8; 32] {
        let mut hash = blake3::Hasher::new();
        let slices = self.slices.iter().map(|slice| (slice.source, slice.frame));
        for (source, frame) in slices.chain(self.phases.iter().copied()) {
            hash.update(self.sources[source].instance.path.as_bytes());
            hash.update(&frame.to_le_bytes());
        }
        hash.update(&self.phases.len().to_le_bytes());
        if let Some((movement, registered)) = &self.registered {
            hash.update(format!("{movement:?} {}", registered.space()).as_bytes());
        }
        *hash.finalize().as_bytes()
    }

    /// How many samples there are.
    pub(super) fn samples(&self) -> usize {
        self.size[0].saturating_mul(self.size[1]).saturating_mul(self.slices.len())
    }

    /// The image that a slice is of.
    pub(super) fn image(&self, slice: &Slice) -> &Image {
        &self.sources[slice.source].image
    }

    /// What it takes in memory, in slices: an instance takes as much as some.
    pub(super) fn weight(&self) -> usize {
        self.slices.len() + 4 * self.sources.len()
    }

    /// How many volumes the series has at these places.
    pub(super) fn phase_count(&self) -> usize {
        self.phases.len()
    }

    /// What to choose for each volume that is at these places, the first phase first: one when there is but this one.
    pub fn phases(&self, choice: &Choice) -> Vec<Choice> {
        let phases = self.phases.iter().filter_map(|(source, frame)| {
            let instance = Uid::new(&self.sources[*source].instance.instance).ok()?;
            Some(Choice { phase: Some((instance, *frame)), ..choice.clone() })
        });
        phases.collect()
    }

    /// The slice in the middle, which stands for all.
    pub(super) fn middle(&self) -> (&Source, u32) {
        let slice = &self.slices[self.slices.len() / 2];
        (&self.sources[slice.source], slice.frame)
    }

    /// The window that the slice in the middle is shown by.
    pub fn window(&self) -> Option<Voi> {
        let (source, frame) = self.middle();
        source.image.window(frame)
    }

    /// The window that lets all that its samples can hold through as it is: these are the numbers of the entries of a
    /// table then. `None` where not all are integers that are measured in one way.
    pub(super) fn identity(&self) -> Option<Window> {
        let (slope, intercept) = match Kind::of(self).ok()? {
            Kind::F32 => return None,
            kind => kind.scale(),
        };
        let format = self.middle().0.image.sample_format();
        let count = f64::from(format.bits_stored).exp2();
        let least = if format.signed { -count / 2.0 } else { 0.0 };
        let [one, other] = [least, least + count - 1.0].map(|stored| slope * stored + intercept);
        Some(Window::range(one.min(other), one.max(other)))
    }

    /// Whether small values are white (MONOCHROME1).
    pub fn is_inverse(&self) -> bool {
        self.middle().0.image.inverse
    }

    /// Modality (0008,0060).
    pub fn modality(&self) -> &str {
        &self.middle().0.modality
    }

    /// The transfer function that volumes of this modality are usually seen by.
    pub(super) fn preset(&self) -> &'static Preset {
        let name = if self.modality() == "CT" { "ct-bone" } else { "mr" };
        Preset::named(name).unwrap_or(&PRESETS[0])
    }

    /// Frame of Reference UID (0020,0052) that it lies in.
    pub fn frame_of_reference(&self) -> Option<&str> {
        match &self.registered {
            Some((_, registered)) => Some(registered.space()),
            None => self.slices[0].frame_of_reference.as_deref(),
        }
    }

    /// Where its images say themselves that they lie, and their own Frame of Reference.
    pub(super) fn before_registration(&self) -> (Geometry, Option<&str>) {
        (geometry(&self.slices), self.slices[0].frame_of_reference.as_deref())
    }

    /// The slices in order: instance, what its attributes say of its pixels, and frame.
    pub(crate) fn pictures(&self) -> impl Iterator<Item = (&StoredInstance, &Image, u32)> {
        self.slices.iter().map(|slice| {
            let source = &self.sources[slice.source];
            (&source.instance, &source.image, slice.frame)
        })
    }

    /// Columns and rows of a slice, and how many slices there are.
    pub(crate) fn shape(&self) -> [usize; 3] {
        [self.size[0], self.size[1], self.slices.len()]
    }

    /// The instances and frames, in order.
    pub fn frames(&self) -> impl Iterator<Item = (&StoredInstance, u32)> {
        self.slices.iter().map(|slice| (&self.sources[slice.source].instance, slice.frame))
    }
}

/// The slices that are named, all when none is; and the one that stands for its volume when it alone is named.
fn referred(sources: &[Source], slices: Vec<Slice>, choice: &Choice) -> Result<(Vec<Slice>, Option<Slice>), Error> {
    let references = &choice.references;
    let of_phase = |slice: &&Slice| {
        let instance = &sources[slice.source].instance.instance;
        choice.phase.as_ref().is_some_and(|(wanted, frame)| wanted.as_str() == instance && *frame == slice.frame)
    };
    let phase = slices.iter().find(of_phase).cloned();
    if references.is_empty() {
        return Ok((slices, phase));
    }
    let names = |reference: &Reference, slice: &Slice| match reference {
        Reference::Instance(uid) => sources[slice.source].instance.instance == uid.as_str(),
        Reference::Frame(number) => slice.frame == *number,
    };
    for reference in references {
        if matches!(reference, Reference::Frame(_)) && sources.len() > 1 {
            return Err(Error::BadRequest(
                "volumeinputreference names a frame: of several instances it names SOP Instance UIDs".into(),
            ));
        }
        if !slices.iter().any(|slice| names(reference, slice)) {
            return Err(Error::BadRequest(match reference {
                Reference::Instance(uid) => format!("volumeinputreference names {uid}, which is no slice here"),
                Reference::Frame(number) => {
                    format!("volumeinputreference names frame {number}, which is no slice here")
                }
            }));
        }
    }
    let named = |slice: &&Slice| references.iter().any(|reference| names(reference, slice));
    let mut found: Vec<Slice> = slices.iter().filter(named).cloned().collect();
    match found.len() {
        1 => Ok((slices, phase.or(found.pop()))),
        _ => Ok((found, phase)),
    }
}

/// Localizers within a series show it, and are no part of it, unless there is nothing else.
fn without_localizers(slices: Vec<Slice>) -> Vec<Slice> {
    if slices.iter().all(|slice| slice.is_localizer) {
        return slices;
    }
    slices.into_iter().filter(|slice| !slice.is_localizer).collect()
}

/// Refuses slices that differ in what all slices of a volume have in common.
fn check(sources: &[Source], slices: &[Slice]) -> Result<(), Error> {
    let first = &slices[0];
    if dot(first.place.across, first.place.down).abs() > RIGHT_ANGLE {
        return Err(unprocessable("rows and columns are not at right angles"));
    }
    for (index, slice) in slices.iter().enumerate() {
        let image = &sources[slice.source].image;
        let format = &image.format;
        if format.samples != 1 || !format.photometric.starts_with("MONOCHROME") {
            let words = format!("slice {} has colours ({}): a volume has grey values", index + 1, format.photometric);
            return Err(Error::Unprocessable(words));
        }
        let before = &slices[index.saturating_sub(1)];
        let differ = |what: String| {
            Err(Error::Unprocessable(format!("slices {} and {} differ in {what}", index.max(1), index + 1)))
        };
        if angle(&slice.place, &first.place) > SAME_ORIENTATION {
            let by = angle(&slice.place, &before.place).max(SAME_ORIENTATION);
            return differ(format!("orientation by {by:.1}°{}", turned::choices(sources, slices)));
        }
        let other = &sources[before.source].image.format;
        if (format.columns, format.rows) != (other.columns, other.rows) {
            let sizes = (other.columns, other.rows, format.columns, format.rows);
            return differ(format!("size: {} × {} and {} × {}", sizes.0, sizes.1, sizes.2, sizes.3));
        }
        let (one, two) = (before.place.spacing, slice.place.spacing);
        if (0..2).any(|axis| (one[axis] / two[axis] - 1.0).abs() > SAME_SPACING) {
            return differ(format!("pixel spacing: {} × {} and {} × {} mm", one[1], one[0], two[1], two[0]));
        }
        if slice.frame_of_reference != first.frame_of_reference {
            return differ("Frame of Reference".into());
        }
        if image.inverse != sources[first.source].image.inverse {
            return differ("Photometric Interpretation".into());
        }
    }
    Ok(())
}

fn geometry(slices: &[Slice]) -> Geometry {
    let place = &slices[0].place;
    let across = place.across;
    // Cosines are written with a few digits: what is left of a right angle is made one.
    let lean = dot(across, place.down);
    let down = std::array::from_fn(|axis| place.down[axis] - lean * across[axis]);
    let down = unit(down).unwrap_or(place.down);
    Geometry {
        across: across.map(|x| x * place.spacing[0]),
        down: down.map(|x| x * place.spacing[1]),
        origins: slices.iter().map(|slice| slice.place.position).collect(),
    }
}

fn unprocessable(words: &str) -> Error {
    Error::Unprocessable(words.to_owned())
}

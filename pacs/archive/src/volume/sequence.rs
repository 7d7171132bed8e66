//! States that are shown one after the other (PS3.4 §FF.2.4.2.1, §FF.2.4.2.2): each is a frame.
//!
//! Of one state whose inputs are a sequence (INPUT_SEQ) all frames are seen from where the first is; states of a collection
//! (PRESENTATION_SEQ) are seen as each of them says. The volumes of one frame are in memory at a time.

use std::sync::Arc;

use compute::volume::Plane;

use super::canvas::Canvas;
use super::motion::MOST;
use super::state::{damaged, is_volumetric_state, unbuilt};
use super::{Method, Motion, Reformat, SeriesVolume, View, ViewRequest, VolumetricState};
use crate::{Archive, Error, StoredInstance, Uid};

/// States that are shown one after the other. They are read when they are shown: all of them may be too much.
#[derive(Debug)]
pub struct Sequence {
    /// Where each is stored, in their order: a moment of one instance, or instances.
    frames: Vec<(StoredInstance, usize)>,
    /// The instances of the Study that they refer to.
    study: Vec<StoredInstance>,
    reformat: Reformat,
    is_of_inputs: bool,
    is_composing: bool,
    /// Whether one is in colours when nobody names a method.
    is_rendered: bool,
}

impl Archive {
    /// What a stored state shows one after the other, of the instances of its Study; `None` when it is no such state.
    ///
    /// # Errors
    /// `NotAcceptable` when states of its collection are not there, as of [`Archive::volumetric_state`] for the others.
    pub async fn sequence(
        &self,
        stored: &StoredInstance,
        state: &Arc<VolumetricState>,
        study: &[StoredInstance],
    ) -> Result<Option<Sequence>, Error> {
        if !state.animation.as_ref().is_some_and(|animation| animation.motion == Motion::Sequence) {
            return Ok(None);
        }
        let mut sequence = Sequence {
            frames: (0..state.moments).map(|moment| (stored.clone(), moment)).collect(),
            study: study.to_vec(),
            reformat: state.reformat(),
            is_of_inputs: state.moments > 1,
            is_composing: state.is_composing(),
            is_rendered: state.method.is_none(),
        };
        if !sequence.is_of_inputs {
            self.collect(&mut sequence, state).await?;
        }
        Ok(Some(sequence))
    }

    /// Takes the states of the collection that one is of (PS3.3 §C.11.22.2).
    async fn collect(&self, sequence: &mut Sequence, state: &VolumetricState) -> Result<(), Error> {
        let collection = state.collection.0.as_deref().and_then(|uid| Uid::new(uid).ok());
        let collection = collection.ok_or_else(|| damaged("it has no Presentation Sequence Collection UID"))?;
        let study = sequence.frames.first().map_or("", |(stored, _)| stored.study.as_str());
        let study = Uid::new(study).map_err(Error::Damaged)?;
        let named = ("PresentationSequenceCollectionUID", collection.as_str());
        let named = self.instances_that_match(study, named, MOST as u32 + 1).await?;
        if named.len() > MOST {
            return Err(unbuilt("an animation of so many presentation states"));
        }
        let mut members = Vec::new();
        for instance in sequence.study.iter().filter(|instance| is_volumetric_state(&instance.sop_class)) {
            if named.contains(&instance.instance) {
                let state = self.volumetric_state(instance, sequence.reformat).await?;
                let words = || damaged("a state of its collection has no Presentation Sequence Position Index");
                members.push((state.collection.1.ok_or_else(words)?, instance.clone()));
                sequence.is_composing |= state.is_composing();
                sequence.is_rendered |= state.method.is_none();
            }
        }
        members.sort_by_key(|(place, _)| *place);
        check(&members.iter().map(|(place, _)| *place).collect::<Vec<_>>())?;
        sequence.frames = members.into_iter().map(|(_, instance)| (instance, 0)).collect();
        Ok(())
    }

    /// The state that is shown in a frame.
    ///
    /// # Errors
    /// `NotFound` past the last frame, else as of [`Archive::volumetric_state`].
    pub async fn state_of(&self, sequence: &Sequence, frame: usize) -> Result<Arc<VolumetricState>, Error> {
        let (stored, moment) =
            sequence.frames.get(frame).ok_or_else(|| Error::NotFound(format!("frame {frame} of the view")))?;
        self.state_at((stored, *moment), sequence.reformat).await
    }

    /// Refuses what one of the frames could not be drawn of, before the first is sent.
    ///
    /// # Errors
    /// `NotAcceptable` when a volume is of another space, as of [`Archive::volume`] when images are none.
    pub async fn check_sequence(&self, sequence: &Sequence) -> Result<(), Error> {
        for frame in 0..sequence.count() {
            let state = self.state_of(sequence, frame).await?;
            for state in std::iter::once(&*state).chain(state.others()) {
                let (instances, choice) = self.input(state, &sequence.study).await?;
                let stack = self.stack(&instances, &choice).await?;
                state.check(&stack)?;
            }
        }
        Ok(())
    }

    /// What is seen in a frame, and how it is looked at, where the first is looked at so.
    ///
    /// # Errors
    /// `NotFound` past the last frame, else as of [`Archive::composing`], [`Archive::volume`] and [`Archive::view`].
    pub async fn shown(
        &self,
        (sequence, frame): (&Sequence, usize),
        request: &ViewRequest,
        first: &View,
    ) -> Result<(Arc<SeriesVolume>, View), Error> {
        let state = self.state_of(sequence, frame).await?;
        let plane = first.planes.first().ok_or_else(|| Error::NotFound("a first view".to_owned()))?;
        let (instances, choice) = self.input(&state, &sequence.study).await?;
        let mut others = Vec::new();
        for other in state.others() {
            others.push(self.input(other, &sequence.study).await?);
        }
        let composing = self.composing(Some(&state), (&instances, &choice), &others, None).await?;
        let seen = self.volume(&instances, &choice).await?;
        let seen = self.cropped(seen, Some(&state)).await?;
        let (width, height) = (plane.width as u32, plane.height as u32);
        let viewport = request.viewport.or(Some((width, height)));
        let mut request = ViewRequest { state: Some(state.clone()), viewport, animation: None, ..request.clone() };
        let mut view = self.view(&seen, &request).await?;
        let is_larger = |other: &Plane| other.width > plane.width || other.height > plane.height;
        if !sequence.is_of_inputs && view.planes.iter().any(is_larger) {
            request.viewport = Some((width, height));
            view = self.view(&seen, &request).await?;
        }
        if sequence.is_of_inputs {
            view = view.from_where(first);
            if request.window.is_none() && state.window.is_none() {
                // All values of the first, so that those of all frames are shown alike.
                view.window = first.window.clone();
            }
        }
        view.canvas = Some(Canvas { width, height, is_coloured: sequence.is_coloured(&request) });
        view.composed = self.composed(Some(&state), &seen, &others).await?;
        drop(composing);
        Ok((seen, view))
    }
}

impl Sequence {
    /// How many frames there are.
    pub fn count(&self) -> usize {
        self.frames.len()
    }

    /// Where states are stored.
    pub fn stored(&self) -> impl Iterator<Item = &StoredInstance> {
        self.frames.iter().map(|(stored, _)| stored)
    }

    /// Whether one of them composes several volumes.
    pub fn is_composing(&self) -> bool {
        self.is_composing
    }

    /// Whether any picture has colours.
    fn is_coloured(&self, request: &ViewRequest) -> bool {
        let is_rendered = match request.method {
            Some(method) => !matches!(method, Method::Intensity(_)),
            None => self.is_rendered,
        };
        self.is_composing || (self.reformat == Reformat::ThreeD && is_rendered)
    }
}

/// Whether all states of a collection are there, as far as their places tell: they count from one.
fn check(places: &[i64]) -> Result<(), Error> {
    let absent = |place: i64| {
        let words = format!("presentation state {place} of its collection is not in its study here");
        Err(Error::NotAcceptable(words))
    };
    match places {
        [] | [_] => {
            let words = "the presentation state is the only one of its collection in its study here";
            return Err(Error::NotAcceptable(words.to_owned()));
        }
        // Some count from nought.
        [first, ..] if *first > 1 => return absent(1),
        _ => {}
    }
    match places.windows(2).find(|pair| pair[1] != pair[0].saturating_add(1)) {
        None => Ok(()),
        Some(pair) if pair[0] == pair[1] => {
            let words =
                format!("two states of its collection have the Presentation Sequence Position Index {}", pair[0]);
            Err(damaged(&words))
        }
        Some(pair) => absent(pair[0].saturating_add(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_a_collection_count_from_one() {
        assert!(check(&[1, 2, 3]).is_ok() && check(&[0, 1]).is_ok());
        for (places, words) in
            [(&[1][..], "the only one"), (&[2, 3], "state 1 of"), (&[1, 2, 4], "state 3 of"), (&[1, 2, 2], "Index 2")]
        {
            let refused = check(places).expect_err(words).to_string();
            assert!(refused.contains(words), "{refused}");
        }
    }
}

//! States that are shown one after the other (PS3.4 §FF.2.4.2.1, §FF.2.4.2.2): each is a frame.
//!
//! Of one state whose inputs are a sequence (INPUT_SEQ) all frames are seen from where the first is; states of a collection
//! (PRESENTATION_SEQ) are seen as each of them says. The volumes of one frame are in memory at a time.

use std::sync::Arc;

use compute::volume::Plane;

use super::canvas::Canvas;
use super::motion::MOST;
use super::state::{Object, damaged, is_volumetric_state, unbuilt};
use super::{Method, Motion, Reformat, SeriesVolume, View, ViewRequest, VolumetricState};
use crate::{Archive, Error, StoredInstance, Uid};

/// States that are shown one after the other.
#[derive(Debug)]
pub struct Sequence {
    of: Of,
    /// The instances of the Study that they refer to.
    study: Vec<StoredInstance>,
    reformat: Reformat,
    is_composing: bool,
    /// Whether one is in colours when nobody names a method.
    has_colours: bool,
}

/// What the frames are of, in their order.
#[derive(Debug)]
enum Of {
    /// The inputs of one state, of so many moments.
    Inputs(Object, usize),
    /// A collection, of which each is read when it is shown: all of them may be too much.
    States(Vec<StoredInstance>),
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
        let reformat = state.reformat();
        let mut sequence = Sequence {
            of: Of::States(Vec::new()),
            study: study.to_vec(),
            reformat,
            is_composing: state.is_composing(),
            has_colours: state.has_colours(),
        };
        match state.moments {
            1 => self.collect(&mut sequence, (stored, state)).await?,
            moments => sequence.of = Of::Inputs(self.state_object(stored, reformat).await?, moments),
        }
        Ok(Some(sequence))
    }

    /// Takes the states of the collection that one is of (PS3.3 §C.11.22.2).
    async fn collect(
        &self,
        sequence: &mut Sequence,
        (stored, state): (&StoredInstance, &VolumetricState),
    ) -> Result<(), Error> {
        let collection = state.collection.0.as_deref().and_then(|uid| Uid::new(uid).ok());
        let collection = collection.ok_or_else(|| damaged("it has no Presentation Sequence Collection UID"))?;
        let study = Uid::new(&stored.study).map_err(Error::Damaged)?;
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
                sequence.has_colours |= state.has_colours();
            }
        }
        members.sort_by_key(|(place, _)| *place);
        check(&members.iter().map(|(place, _)| *place).collect::<Vec<_>>())?;
        sequence.of = Of::States(members.into_iter().map(|(_, instance)| instance).collect());
        Ok(())
    }

    /// The state that is shown in a frame.
    ///
    /// # Errors
    /// `NotFound` past the last frame, else as of [`Archive::volumetric_state`].
    pub async fn state_of(&self, sequence: &Sequence, frame: usize) -> Result<Arc<VolumetricState>, Error> {
        let absent = || Error::NotFound(format!("frame {frame} of the view"));
        match &sequence.of {
            Of::Inputs(object, moments) if frame < *moments => object.at(frame).await,
            Of::Inputs(..) => Err(absent()),
            Of::States(stored) => self.volumetric_state(stored.get(frame).ok_or_else(absent)?, sequence.reformat).await,
        }
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
        let mut state = self.state_of(sequence, frame).await?;
        let plane = first.planes.first().ok_or_else(|| Error::NotFound("a first view".to_owned()))?;
        if sequence.is_of_inputs() && state.window.is_none() && !state.is_composing() {
            // Values of all frames are shown alike.
            Arc::make_mut(&mut state).window = Some(first.window.clone());
        }
        let ((instances, choice), others) = self.inputs(&state, &sequence.study).await?;
        let composing = self.composing(Some(&state), (&instances, &choice), &others).await?;
        let seen = self.volume(&instances, &choice).await?;
        let seen = self.cropped(seen, Some(&state)).await?;
        let (width, height) = (plane.width as u32, plane.height as u32);
        let mut request = sequence.request(request, &state, (width, height));
        let mut view = self.view(&seen, &request).await?;
        let is_larger = |other: &Plane| other.width > plane.width || other.height > plane.height;
        if sequence.is_of_inputs() {
            view = view.seen_as(first);
        } else if view.planes.iter().any(is_larger) {
            request.viewport = Some((width, height));
            view = self.view(&seen, &request).await?;
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
        match &self.of {
            Of::Inputs(_, moments) => *moments,
            Of::States(stored) => stored.len(),
        }
    }

    /// The states of a collection.
    pub fn collected(&self) -> &[StoredInstance] {
        match &self.of {
            Of::Inputs(..) => &[],
            Of::States(stored) => stored,
        }
    }

    /// Whether one of them composes several volumes.
    pub fn is_composing(&self) -> bool {
        self.is_composing
    }

    /// The instances of the Study that they refer to.
    pub(super) fn study(&self) -> &[StoredInstance] {
        &self.study
    }

    /// What is wanted of a frame whose state is this, where the first is so large: all inputs of one state are seen in
    /// the region of the first.
    pub(super) fn request(&self, request: &ViewRequest, state: &Arc<VolumetricState>, size: (u32, u32)) -> ViewRequest {
        ViewRequest {
            state: Some(state.clone()),
            viewport: request.viewport.or(Some(size)),
            region: request.region.filter(|_| !self.is_of_inputs()),
            animation: None,
            ..request.clone()
        }
    }

    fn is_of_inputs(&self) -> bool {
        matches!(self.of, Of::Inputs(..))
    }

    /// Whether any picture has colours.
    fn is_coloured(&self, request: &ViewRequest) -> bool {
        let has_colours = match request.method {
            Some(method) => !matches!(method, Method::Intensity(_)),
            None => self.has_colours,
        };
        self.is_composing || (self.reformat == Reformat::ThreeD && has_colours)
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

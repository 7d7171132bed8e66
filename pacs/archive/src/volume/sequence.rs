//! States that are shown one after the other (PS3.4 §FF.2.4.2.1, §FF.2.4.2.2): each is a frame.
//!
//! Of one state whose inputs are a sequence (INPUT_SEQ) all frames are seen from where the first is; states of a collection
//! (PRESENTATION_SEQ) are seen as each of them says. The volumes of one frame are in memory at a time.

use std::sync::Arc;

use compute::volume::Plane;
use compute::{Picture, region};

use super::motion::MOST;
use super::state::{damaged, is_volumetric_state, unbuilt};
use super::{Admission, Method, Motion, Reformat, SeriesVolume, View, ViewRequest, VolumetricState};
use crate::{Archive, Error, StoredInstance, Uid};

/// Most images that all states together refer to.
const MOST_IMAGES: usize = 1 << 18;

/// States that are shown one after the other.
#[derive(Debug)]
pub struct Sequence {
    /// In their order, two or more.
    pub states: Vec<Arc<VolumetricState>>,
    /// The instances that they are stored in, when each is one.
    pub stored: Vec<StoredInstance>,
    /// The instances of the Study that they refer to.
    study: Vec<StoredInstance>,
}

/// What each picture lies in the middle of, so that all are alike; black around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Canvas {
    width: u32,
    height: u32,
    is_coloured: bool,
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
        let (states, stored) = match state.later.is_empty() {
            true => self.collection(stored, state, study).await?,
            false => (std::iter::once(state).chain(&state.later).cloned().collect(), Vec::new()),
        };
        match states.iter().map(|state| state.images()).sum::<usize>() {
            images if images > MOST_IMAGES => Err(unbuilt("an animation of so many images")),
            _ => Ok(Some(Sequence { states, stored, study: study.to_vec() })),
        }
    }

    /// The states of the collection that one is of (PS3.3 §C.11.22.2), and their instances.
    async fn collection(
        &self,
        stored: &StoredInstance,
        state: &VolumetricState,
        study: &[StoredInstance],
    ) -> Result<(Vec<Arc<VolumetricState>>, Vec<StoredInstance>), Error> {
        let collection = state.collection.0.as_deref().and_then(|uid| Uid::new(uid).ok());
        let collection = collection.ok_or_else(|| damaged("it has no Presentation Sequence Collection UID"))?;
        let of = Uid::new(&stored.study).map_err(Error::Damaged)?;
        let named = ("PresentationSequenceCollectionUID", collection.as_str());
        let named = self.instances_that_match(of, named, MOST as u32 + 1).await?;
        let mut members = Vec::new();
        for instance in study.iter().filter(|instance| is_volumetric_state(&instance.sop_class)) {
            if named.contains(&instance.instance) {
                let state = self.volumetric_state(instance, state.reformat()).await?;
                let place = state.collection.1;
                let words = || damaged("a state of its collection has no Presentation Sequence Position Index");
                members.push((place.ok_or_else(words)?, state, instance.clone()));
            }
        }
        members.sort_by_key(|(place, ..)| *place);
        check(&members.iter().map(|(place, ..)| *place).collect::<Vec<_>>())?;
        Ok(members.into_iter().map(|(_, state, instance)| (state, instance)).unzip())
    }

    /// Refuses what one of the frames could not be drawn of, before the first is sent.
    ///
    /// # Errors
    /// `NotAcceptable` when a volume is of another space, as of [`Archive::volume`] when images are none.
    pub async fn check_sequence(&self, sequence: &Sequence) -> Result<(), Error> {
        for state in &sequence.states {
            for state in std::iter::once(&**state).chain(state.others()) {
                let (instances, choice) = state.input(&sequence.study)?;
                state.check(&*self.stack(&instances, &choice).await?)?;
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
        admitted: Option<&Admission>,
    ) -> Result<(Arc<SeriesVolume>, View), Error> {
        let state = sequence.states.get(frame).ok_or_else(|| Error::NotFound(format!("frame {frame} of the view")))?;
        let plane = first.planes.first().ok_or_else(|| Error::NotFound("a first view".to_owned()))?;
        let (instances, choice) = state.input(&sequence.study)?;
        let others = state.others().iter().map(|other| other.input(&sequence.study));
        let others = others.collect::<Result<Vec<_>, Error>>()?;
        let composing = self.composing(Some(state), (&instances, &choice), &others, admitted).await?;
        let seen = self.volume(&instances, &choice).await?;
        let seen = self.cropped(seen, Some(state)).await?;
        let (width, height) = (plane.width as u32, plane.height as u32);
        let viewport = request.viewport.or(Some((width, height)));
        let mut request = ViewRequest { state: Some(state.clone()), viewport, animation: None, ..request.clone() };
        let mut view = self.view(&seen, &request).await?;
        let is_larger = |other: &Plane| other.width > plane.width || other.height > plane.height;
        if !sequence.is_of_inputs() && view.planes.iter().any(is_larger) {
            request.viewport = Some((width, height));
            view = self.view(&seen, &request).await?;
        }
        if sequence.is_of_inputs() {
            view = view.from_where(first);
            if request.window.is_none() && state.window.is_none() {
                // All values of the first, so that those of all frames are shown alike.
                view.window = first.window.clone();
            }
        }
        view.canvas = Some(Canvas { width, height, is_coloured: sequence.is_coloured(&request) });
        view.composed = self.composed(Some(state), &others).await?;
        drop(composing);
        Ok((seen, view))
    }
}

impl Sequence {
    /// Whether they are one state, with other inputs each time.
    fn is_of_inputs(&self) -> bool {
        self.stored.is_empty()
    }

    /// Whether any picture has colours.
    fn is_coloured(&self, request: &ViewRequest) -> bool {
        let is_rendered = |state: &VolumetricState| match (request.reformat, request.method.or(state.method)) {
            (Reformat::Mpr, _) | (_, Some(Method::Intensity(_))) => false,
            (Reformat::ThreeD, _) => true,
        };
        self.states.iter().any(|state| state.is_composing() || is_rendered(state))
    }
}

impl Canvas {
    /// A picture in its middle.
    pub(super) fn around(&self, picture: Picture) -> Picture {
        let &Self { width, height, is_coloured } = self;
        let mut picture = match (picture.width, picture.height) == (width, height) {
            true => picture,
            false => {
                let before = |own: u32, side: u32| (i64::from(own) - i64::from(side)).div_euclid(2);
                let corner = (before(picture.width, width), before(picture.height, height));
                region::extract(&picture, corner, width, height, 0)
            }
        };
        if is_coloured && picture.channels == 1 {
            picture.samples = picture.samples.iter().flat_map(|level| [*level; 3]).collect();
            picture.channels = 3;
        }
        picture
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
        many if many.len() > MOST => return Err(unbuilt("an animation of so many presentation states")),
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

    #[test]
    fn pictures_lie_in_the_middle_of_black() {
        let canvas = Canvas { width: 4, height: 1, is_coloured: false };
        let picture = Picture { width: 2, height: 1, channels: 1, samples: vec![7, 8] };
        assert_eq!(canvas.around(picture.clone()).samples, [0, 7, 8, 0]);
        let coloured = Canvas { is_coloured: true, ..canvas }.around(picture);
        assert_eq!((coloured.channels, coloured.samples), (3, vec![0, 0, 0, 7, 7, 7, 8, 8, 8, 0, 0, 0]));
    }
}

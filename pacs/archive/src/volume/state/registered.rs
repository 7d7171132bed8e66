//! How the images of an input are moved into the Frame of Reference of its state (PS3.3 §C.11.23.3).

use std::collections::HashSet;
use std::sync::Arc;

use data_set::uids;

use super::{VolumetricState, damaged};
use crate::volume::{Choice, Movement, Registration};
use crate::{Archive, Error, StoredInstance};

/// The Spatial Registration that a state names for an input.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::volume) struct Registered {
    registration: Registration,
    /// Frame of Reference UID of the state.
    space: String,
}

impl Registered {
    /// The Frame of Reference into which images are moved.
    pub(in crate::volume) fn space(&self) -> &str {
        &self.space
    }

    /// How images of a Frame of Reference are moved.
    ///
    /// # Errors
    /// `NotAcceptable` when the registration relates them to no other.
    pub(in crate::volume) fn movement(&self, from: Option<&str>) -> Result<Movement, Error> {
        if self.registration.parts_images() {
            return Err(refused("the Spatial Registration moves some of them in another way than others"));
        }
        let movement = self.registration.of_images(from, &self.space);
        movement.ok_or_else(|| refused("the Spatial Registration relates them to its Frame of Reference by no matrix"))
    }
}

/// The images of an input, and what is chosen of them.
type Chosen = (Vec<StoredInstance>, Choice);

impl Archive {
    /// The images that a state is for, and those of [`VolumetricState::others`], as of `Archive::input`.
    ///
    /// # Errors
    /// As of `Archive::input`.
    pub async fn inputs(
        &self,
        state: &VolumetricState,
        study: &[StoredInstance],
    ) -> Result<(Chosen, Vec<Chosen>), Error> {
        let mut others = Vec::new();
        for other in state.others() {
            others.push(self.input(other, study).await?);
        }
        Ok((self.input(state, study).await?, others))
    }

    /// The images that a state is for, of the instances of its study, and what is chosen of them: which frames, and where
    /// they are moved.
    ///
    /// # Errors
    /// `NotAcceptable` when images or the Spatial Registration are not there, or when it moves by no matrices.
    pub(in crate::volume) async fn input(
        &self,
        state: &VolumetricState,
        study: &[StoredInstance],
    ) -> Result<Chosen, Error> {
        let (images, mut choice) = state.input(study)?;
        let Some(uid) = &state.registration else { return Ok((images, choice)) };
        let stored = study.iter().find(|stored| stored.instance == *uid);
        let stored = stored.ok_or_else(|| refused(&format!("registration {uid} is not in its study here")))?;
        match stored.sop_class.as_str() {
            uids::SPATIAL_REGISTRATION_STORAGE => {}
            uids::DEFORMABLE_SPATIAL_REGISTRATION_STORAGE => {
                return Err(refused("deformable registrations move each sample in its own way"));
            }
            _ => return Err(refused(&format!("{uid} is no Spatial Registration"))),
        }
        let space = state.frame_of_reference.clone().ok_or_else(|| damaged("it has no Frame of Reference"))?;
        let set = self.data_set(stored).await?;
        let named: HashSet<&str> = state.images.iter().map(|(uid, _)| uid.as_str()).collect();
        let registration = Registration::read(&set.root(), |uid| named.contains(uid));
        choice.registered = Some(Arc::new(Registered { registration, space }));
        Ok((images, choice))
    }
}

pub(in crate::volume) fn refused(words: &str) -> Error {
    Error::NotAcceptable(format!("the images of the presentation state cannot be registered: {words}"))
}

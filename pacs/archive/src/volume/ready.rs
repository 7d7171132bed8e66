//! What a frame of a [`Sequence`] could not be drawn of is refused before the first is sent: midway an answer can only
//! break off.

use std::collections::HashSet;
use std::sync::Arc;

use compute::volume::never;

use super::{Sequence, Stack, ViewRequest, VolumetricState, load};
use crate::{Archive, Error, archive};

impl Archive {
    /// Looks at what each frame would be made of, as far as that can be told without samples.
    ///
    /// # Errors
    /// `NotAcceptable` when a volume is of another space, its segments are not there, or its colours are not drawn;
    /// `Unprocessable` when there is never room for what is shown together; as of [`Archive::stack`] and
    /// [`Archive::view`].
    pub async fn check_sequence(&self, sequence: &Sequence, request: &ViewRequest) -> Result<(), Error> {
        let there: HashSet<&str> = sequence.study().iter().map(|instance| instance.instance.as_str()).collect();
        let mut size = None;
        for frame in 0..sequence.count() {
            let state = self.state_of(sequence, frame).await?;
            let stack = self.checked(sequence, &state, &there).await?;
            let request = match size {
                Some(size) => sequence.request(request, &state, size),
                None => request.clone(),
            };
            let view = archive::blocking(move || request.view(&stack, || (0.0, 0.0), &never)).await?;
            size = size.or(view.planes.first().map(|plane| (plane.width as u32, plane.height as u32)));
        }
        Ok(())
    }

    /// The stack of the first input of a state, when all of its inputs can be seen together.
    async fn checked(
        &self,
        sequence: &Sequence,
        state: &VolumetricState,
        there: &HashSet<&str>,
    ) -> Result<Arc<Stack>, Error> {
        let stack = self.checked_input(sequence, state, there).await?;
        let mut bytes = load::bytes(&stack)?;
        for (number, other) in state.others().iter().enumerate() {
            let stack = self.checked_input(sequence, other, there).await?;
            let mut before = std::iter::once(state).chain(&state.others()[..number]);
            if !before.any(|before| before.is_of_same(other)) {
                bytes = bytes.saturating_add(load::bytes(&stack)?);
            }
        }
        self.0.volumes.within(bytes)?;
        Ok(stack)
    }

    async fn checked_input(
        &self,
        sequence: &Sequence,
        state: &VolumetricState,
        there: &HashSet<&str>,
    ) -> Result<Arc<Stack>, Error> {
        let (instances, choice) = self.input(state, sequence.study()).await?;
        let stack = self.stack(&instances, &choice).await?;
        state.check(&stack)?;
        match state.segmentations().find(|uid| !there.contains(uid)) {
            None => Ok(stack),
            Some(uid) => Err(Error::NotAcceptable(format!(
                "a presentation state crops by segmentation {uid}, which is not in its study here"
            ))),
        }
    }
}

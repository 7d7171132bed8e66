//! What a frame of a [`Sequence`] could not be drawn of is refused before the first is sent: midway an answer can only
//! break off.

use std::collections::HashSet;
use std::sync::Arc;

use compute::volume::never;

use super::{Sequence, Stack, ViewRequest, VolumetricState};
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
        let mut stacks = Vec::new();
        for state in std::iter::once(state).chain(state.others()) {
            let (instances, choice) = self.input(state, sequence.study()).await?;
            let stack = self.stack(&instances, &choice).await?;
            state.check(&stack)?;
            if let Some(uid) = state.segmentations().find(|uid| !there.contains(uid)) {
                let words = format!("a presentation state crops by segmentation {uid}, which is not in its study here");
                return Err(Error::NotAcceptable(words));
            }
            stacks.push(stack);
        }
        self.check_room(state, &stacks)?;
        Ok(stacks.swap_remove(0))
    }
}

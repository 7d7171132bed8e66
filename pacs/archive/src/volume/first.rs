//! A plane before its whole volume is there: of the slices that it lies between, which are decoded first.

use std::ops::Range;
use std::sync::Arc;

use compute::volume::{Interpolation, Plane};
use tokio::sync::oneshot;
use tokio_util::task::AbortOnDropHandle;

use super::{Choice, SeriesVolume, Stack};
use crate::{Archive, Error, StoredInstance};

/// Of so many slices in four at most a plane is made before the others are there: more are not worth a copy.
const WORTH: usize = 3;

/// Slices that are wanted before the others, and who waits for them.
pub(super) struct First {
    pub(super) slices: Range<usize>,
    pub(super) told: oneshot::Sender<Arc<SeriesVolume>>,
}

impl Archive {
    /// The volume of these instances, or, where it is not there yet and a plane of it is all that is wanted, the slices around
    /// that plane: as soon as they are there, while the others are loaded for who asks next. What else is asked of that part
    /// is of the part alone, but for [`Stack`], which is of all.
    ///
    /// # Errors
    /// As of [`Archive::volume`], and those of `wanted`.
    pub async fn volume_around(
        &self,
        instances: &[StoredInstance],
        choice: &Choice,
        wanted: impl FnOnce(&Stack) -> Result<Option<(Plane, Interpolation)>, Error>,
    ) -> Result<Arc<SeriesVolume>, Error> {
        let stack = self.stack(instances, choice).await?;
        if self.0.volumes.loaded.is_there(&stack.key()) {
            return self.volume_of(stack, None).await;
        }
        let slices = wanted(&stack)?.and_then(|(plane, interpolation)| stack.around(&plane, interpolation));
        let Some(slices) = slices else { return self.volume_of(stack, None).await };
        let (told, part) = oneshot::channel();
        let first = First { slices, told };
        let archive = self.clone();
        // A task of its own, which goes on when the plane is seen, and ends when the client leaves before.
        let mut loading =
            AbortOnDropHandle::new(tokio::spawn(async move { archive.volume_of(stack, Some(first)).await }));
        tokio::select! {
            biased;
            Ok(part) = part => {
                drop(loading.detach());
                Ok(part)
            }
            whole = &mut loading => {
                whole.map_err(|error| Error::Internal("a volume was not loaded".into(), Some(Box::new(error))))?
            }
        }
    }
}

impl Stack {
    /// The slices around a plane, and some more than an interpolation needs: so all of it is as far from their edge as from
    /// that of the whole. `None` where they are nearly all, or distances differ from slice to slice.
    fn around(&self, plane: &Plane, interpolation: Interpolation) -> Option<Range<usize>> {
        let stack = self.geometry.stack();
        if stack.pieces().len() != 1 || plane.check().is_err() {
            return None;
        }
        let (right, bottom) = (plane.width as f64 - 1.0, plane.height as f64 - 1.0);
        let corners = [[0.0, 0.0], [right, 0.0], [0.0, bottom], [right, bottom]];
        let heights = corners.map(|[column, row]| stack.index(plane.point(column, row))[2]);
        let reach = if interpolation == Interpolation::Cubic { 3.0 } else { 2.0 };
        let (least, most) = heights
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), height| (least.min(*height), most.max(*height)));
        // What is beyond the ends is cut off by the cast.
        let count = self.slices.len();
        let slices = (least.floor() - reach) as usize..((most.ceil() + reach + 1.0) as usize).min(count);
        (slices.len() > 1 && slices.len() * 4 <= count * WORTH).then_some(slices)
    }
}

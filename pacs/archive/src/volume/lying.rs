//! Where frames lie, for whoever lays one over another.

use std::sync::Arc;

use super::slice::{self, Place, cross};
use crate::{Archive, Error, StoredInstance, archive};

/// The plane of a frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plane {
    pub(crate) place: Place,
    /// Frame of Reference UID (0020,0052).
    pub(crate) frame_of_reference: Option<Arc<str>>,
}

impl Plane {
    /// The direction across it.
    pub(crate) fn normal(&self) -> [f64; 3] {
        cross(self.place.across, self.place.down)
    }
}

impl Archive {
    /// The planes of an instance's frames; `None` for a frame that says not where it lies.
    pub(crate) async fn frame_planes(&self, instance: &StoredInstance) -> Result<Vec<Option<Plane>>, Error> {
        let header = self.header(instance).await?;
        let frames = instance.frame_count;
        archive::blocking(move || {
            let plane =
                |slice: slice::Slice| Plane { place: slice.place, frame_of_reference: slice.frame_of_reference };
            let slices = slice::slices(&header.root(), frames, 0, &[]);
            Ok(slices.into_iter().map(|slice| slice.map(plane)).collect())
        })
        .await
    }
}

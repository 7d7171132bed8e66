//! Several volumes on one plane, composed in colours as a state says.

use std::sync::Arc;

use compute::Picture;
use compute::volume::Stop;
use rayon::prelude::*;

use super::accelerator::Accelerator;
use super::state::Composition;
use super::{Choice, Measure, SeriesVolume, VolumetricState};
use crate::{Archive, Error, StoredInstance};

/// Pixels that one thread composes at least.
const PIXELS: usize = 1 << 12;

/// What is seen beside the first volume of a view, and how.
#[derive(Debug, Clone)]
pub struct Composed {
    others: Vec<Arc<SeriesVolume>>,
    how: Arc<Composition>,
}

impl Archive {
    /// What a state composes with its first input: of [`VolumetricState::others`], in their order, the instances and what
    /// is chosen of them. `None` when it composes nothing.
    ///
    /// # Errors
    /// As of [`Archive::volume`] and [`Archive::cropped`].
    pub async fn composed(
        &self,
        state: Option<&VolumetricState>,
        others: &[(Vec<StoredInstance>, Choice)],
    ) -> Result<Option<Composed>, Error> {
        let Some((state, how)) = state.and_then(|state| Some((state, state.composition.clone()?))) else {
            return Ok(None);
        };
        let mut volumes = Vec::new();
        for ((instances, choice), other) in others.iter().zip(state.others()) {
            let seen = self.volume(instances, choice).await?;
            other.check(&seen.stack)?;
            volumes.push(self.cropped(seen, Some(other)).await?);
        }
        Ok(Some(Composed { others: volumes, how }))
    }
}

impl Composed {
    /// The picture of a plane, or a slab around it.
    pub(super) fn drawn(
        &self,
        first: &SeriesVolume,
        accelerator: &Accelerator,
        measure: &Measure,
        stop: Stop<'_>,
    ) -> Result<Picture, Error> {
        let volumes = std::iter::once(first).chain(self.others.iter().map(Arc::as_ref));
        let values: Vec<Vec<f32>> =
            volumes.map(|volume| volume.measured(accelerator, measure, stop)).collect::<Result<_, _>>()?;
        let (width, height) = (measure.plane.width, measure.plane.height);
        let pixels = (0..width * height).into_par_iter().with_min_len(PIXELS);
        let samples = pixels.flat_map_iter(|pixel| self.how.colour(|input| values[input][pixel])).collect();
        Ok(Picture { width: width as u32, height: height as u32, channels: 3, samples })
    }
}

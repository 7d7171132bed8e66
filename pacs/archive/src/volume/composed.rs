//! Several volumes on one plane, or rendered together, composed in colours as a state says.

use std::sync::Arc;

use compute::volume::{Plane, Sight, Stop, render_composed};
use compute::{Picture, Voi as Window};
use rayon::prelude::*;
use tokio::sync::OwnedSemaphorePermit;

use super::accelerator::Accelerator;
use super::draw::on_black;
use super::load;
use super::state::{Composed as How, unbuilt};
use super::view::refused;
use super::{Choice, Measure, Method, SeriesVolume, Stack, VolumetricState};
use crate::{Archive, Error, StoredInstance};

/// Pixels that one thread composes at least.
const PIXELS: usize = 1 << 12;
/// Pixels of which the values of all volumes are held at once, as far as a row has no more.
const BAND: usize = 1 << 20;

/// What is seen beside the first volume of a view, and how.
#[derive(Debug, Clone)]
pub struct Composed {
    others: Vec<Arc<SeriesVolume>>,
    how: Arc<How>,
    /// Of all, the first one's before the others'.
    windows: Vec<Window>,
}

/// A turn to hold several volumes at once, until all are there.
pub struct Composing {
    _turn: OwnedSemaphorePermit,
}

impl Archive {
    /// A turn to have the volumes that a state composes: who holds one and waits for room for the next must not meet
    /// another who does. Asked for before the first is there. `None` when the state composes nothing. Within an animation
    /// that was let in nobody is sent away.
    ///
    /// # Errors
    /// `Unprocessable` when there is never room for all of them, `NotAcceptable` when one is of another space,
    /// `Unavailable` when too many wait; as of [`Archive::stack`].
    pub async fn composing(
        &self,
        state: Option<&VolumetricState>,
        first: (&[StoredInstance], &Choice),
        others: &[(Vec<StoredInstance>, Choice)],
    ) -> Result<Option<Composing>, Error> {
        let Some(state) = state.filter(|state| state.composition.is_some()) else { return Ok(None) };
        let turn = self.0.volumes.compositions.take().await?;
        let mut stacks = vec![self.stack(first.0, first.1).await?];
        for ((instances, choice), other) in others.iter().zip(state.others()) {
            let stack = self.stack(instances, choice).await?;
            other.check(&stack)?;
            stacks.push(stack);
        }
        self.check_room(state, &stacks)?;
        Ok(Some(Composing { _turn: turn }))
    }

    /// Refuses the volumes of all inputs of a state, of these stacks, when there is never room for them together.
    pub(super) fn check_room(&self, state: &VolumetricState, stacks: &[Arc<Stack>]) -> Result<(), Error> {
        let states: Vec<&VolumetricState> = std::iter::once(state).chain(state.others()).collect();
        let mut bytes = 0;
        for (number, (of, stack)) in states.iter().zip(stacks).enumerate() {
            // The segments of a volume are several inputs of the same.
            if !states[..number].iter().any(|before| before.is_of_same(of)) {
                bytes = load::bytes(stack)?.saturating_add(bytes);
            }
        }
        self.0.volumes.within(bytes).map(drop)
    }

    /// What a state composes with its first input: of [`VolumetricState::others`], in their order, the instances and what
    /// is chosen of them. `None` when it composes nothing.
    ///
    /// # Errors
    /// As of [`Archive::volume`] and [`Archive::cropped`].
    pub async fn composed(
        &self,
        state: Option<&VolumetricState>,
        first: &Arc<SeriesVolume>,
        others: &[(Vec<StoredInstance>, Choice)],
    ) -> Result<Option<Composed>, Error> {
        let Some((state, how)) = state.and_then(|state| Some((state, state.composition.clone()?))) else {
            return Ok(None);
        };
        let mut volumes = Vec::new();
        let mut windows = vec![self.window_of(state, first).await?];
        for ((instances, choice), other) in others.iter().zip(state.others()) {
            let seen = self.volume(instances, choice).await?;
            other.check(&seen.stack)?;
            let seen = self.cropped(seen, Some(other)).await?;
            windows.push(self.window_of(other, &seen).await?);
            volumes.push(seen);
        }
        Ok(Some(Composed { others: volumes, how, windows }))
    }

    /// The window that the values of a state's volume go through: where it has none they are let through as they are, or all
    /// of them.
    async fn window_of(&self, state: &VolumetricState, seen: &Arc<SeriesVolume>) -> Result<Window, Error> {
        if let Some(window) = state.window.clone().or_else(|| seen.stack.identity()) {
            return Ok(window);
        }
        let seen = seen.clone();
        self.work(move |_| {
            let (least, most) = seen.range();
            Ok(Window::range(least.into(), most.into()))
        })
        .await
    }
}

impl Composed {
    /// The picture of lines of sight: colours that are gathered along them, by the processor, or the colour that an
    /// intensity of each volume has, as far as its alpha hides the black behind it.
    pub(super) fn rendered(
        &self,
        first: &SeriesVolume,
        accelerator: &Accelerator,
        (method, sight): (Method, &Sight),
        stop: Stop<'_>,
    ) -> Result<Picture, Error> {
        let How::InSpace(streams) = &*self.how else { return Err(unbuilt("a rendering of what it has on a plane")) };
        let composition = streams.through(&self.windows);
        if let Method::Intensity(intensity) = method {
            let values = |volume: &SeriesVolume, plane: Plane| {
                volume.projected(accelerator, &Sight { plane, ..*sight }, (intensity, f32::NAN), stop)
            };
            return self.pixels(first, &sight.plane, values, |value| on_black(composition.seen(value)));
        }
        let volumes = self.volumes(first);
        let volumes = volumes.map(|volume| -> Result<_, Error> { Ok((&volume.volume, volume.rendering_bricks()?)) });
        render_composed(&volumes.collect::<Result<Vec<_>, Error>>()?, &composition, sight, stop).map_err(refused)
    }

    /// The picture of a plane, or a slab around it.
    pub(super) fn drawn(
        &self,
        first: &SeriesVolume,
        accelerator: &Accelerator,
        measure: &Measure,
        stop: Stop<'_>,
    ) -> Result<Picture, Error> {
        let How::OnPlane(how) = &*self.how else { return Err(unbuilt("a plane of what it renders")) };
        let values = |volume: &SeriesVolume, plane: Plane| {
            volume.measured(accelerator, &Measure { plane, ..measure.clone() }, stop)
        };
        self.pixels(first, &measure.plane, values, |value| how.colour(&self.windows, value))
    }

    /// The pixels of a plane in the colours that the values of all volumes have there.
    fn pixels(
        &self,
        first: &SeriesVolume,
        plane: &Plane,
        measured: impl Fn(&SeriesVolume, Plane) -> Result<Vec<f32>, Error>,
        colour: impl Fn(&dyn Fn(usize) -> f32) -> [u8; 3] + Sync,
    ) -> Result<Picture, Error> {
        let mut samples = vec![0; plane.width * plane.height * 3];
        let rows = (BAND / plane.width).max(1);
        for (number, band) in samples.chunks_mut(rows * plane.width * 3).enumerate() {
            let corner = plane.point(0.0, (number * rows) as f64);
            let plane = Plane { corner, height: band.len() / 3 / plane.width, ..*plane };
            let values = self.volumes(first).map(|volume| measured(volume, plane)).collect::<Result<Vec<_>, _>>()?;
            let pixels = band.par_chunks_mut(3).with_min_len(PIXELS).enumerate();
            pixels.for_each(|(pixel, level)| level.copy_from_slice(&colour(&|input| values[input][pixel])));
        }
        Ok(Picture { width: plane.width as u32, height: plane.height as u32, channels: 3, samples })
    }

    fn volumes<'a>(&'a self, first: &'a SeriesVolume) -> impl Iterator<Item = &'a SeriesVolume> {
        std::iter::once(first).chain(self.others.iter().map(Arc::as_ref))
    }
}

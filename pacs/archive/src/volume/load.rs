//! A Series read as a stack, and the stack as a volume.

use std::sync::Arc;
use std::time::Instant;

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

use super::fill::Filling;
use super::first::First;
use super::samples::Kind;
use super::slice::{self, Slice};
use super::stack::{Source, Stack};
use super::{Choice, SLICE, SeriesVolume, draw};
use crate::render::{self, Image};
use crate::{Archive, Error, StoredInstance, archive};

/// Headers that are read at once.
const HEADERS: usize = 16;
/// Most frames of one volume.
const MOST_SLICES: usize = 65_536;

impl Archive {
    /// The stack of slices that these instances hold.
    pub(super) async fn read_stack(&self, instances: &[StoredInstance], choice: &Choice) -> Result<Stack, Error> {
        let frames: u64 = instances.iter().map(|instance| u64::from(instance.frame_count)).sum();
        if frames > MOST_SLICES as u64 {
            return Err(Error::Unprocessable(format!("{frames} frames are too many for a volume ({MOST_SLICES})")));
        }
        let with_pixels: Vec<_> = instances.iter().filter(|instance| instance.frame_count > 0).cloned().collect();
        self.learn_frame_indexes(&with_pixels).await?;
        let described = stream::iter(with_pixels.into_iter().enumerate())
            .map(|(place, instance)| self.describe_slices(place, instance, choice))
            .buffered(HEADERS);
        let described: Vec<(Source, Vec<Option<Slice>>)> = described.try_collect().await?;
        let (sources, slices): (Vec<_>, Vec<_>) = described.into_iter().unzip();
        let choice = choice.clone();
        archive::blocking(move || Stack::new(sources, slices.into_iter().flatten().collect(), &choice)).await
    }

    async fn describe_slices(
        &self,
        place: usize,
        instance: StoredInstance,
        choice: &Choice,
    ) -> Result<(Source, Vec<Option<Slice>>), Error> {
        let header = self.header(&instance).await?;
        let long = render::LongValues::fetch(self, &instance, &header).await?;
        let matches = choice.matches.clone();
        archive::blocking(move || {
            let image = Image::read(&header, &long)?.measured();
            let slices = slice::slices(&header.root(), instance.frame_count, place, &matches);
            let modality = header.root().raw_text(data_set::tags::MODALITY).unwrap_or_default().to_owned();
            Ok((Source { instance, image, modality }, slices))
        })
        .await
    }

    /// Decodes the slices of a stack, those that somebody waits for before the others. Stops when the caller goes away.
    pub(super) async fn load_volume(
        &self,
        turn: OwnedSemaphorePermit,
        stack: Arc<Stack>,
        first: Option<First>,
    ) -> Result<SeriesVolume, Error> {
        let begun = Instant::now();
        let (kind, bytes) = (Kind::of(&stack)?, bytes(&stack)?);
        let room = self.0.volumes.room(bytes).await?;
        let archive = self.clone();
        draw::in_turn(turn, move |stop| {
            let filling = Filling { archive: &archive, stack: &stack, kind, stop, runtime: Handle::current() };
            let volume = filling.volume(first)?;
            metrics::histogram!("pacs_volume_load_seconds").record(begun.elapsed().as_secs_f64());
            Ok(SeriesVolume::new(stack, volume, room))
        })
        .await
    }
}

/// Room that the volume of a stack takes.
pub(super) fn bytes(stack: &Stack) -> Result<u64, Error> {
    let samples = stack.samples().saturating_mul(Kind::of(stack)?.bytes()) as u64;
    // Many slices of few samples take more than these.
    Ok(samples.saturating_add(stack.weight() as u64 * SLICE))
}

//! A stack's frames, decoded at once from any stored transfer syntax into one volume.

use std::sync::Arc;
use std::time::Instant;

use compute::Volume;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::first::First;
use super::samples::{self, Kind, Part};
use super::slice::{self, Slice};
use super::stack::{Source, Stack};
use super::{Choice, SLICE, SeriesVolume};
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
    pub(super) async fn load_volume(&self, stack: Arc<Stack>, mut first: Option<First>) -> Result<SeriesVolume, Error> {
        let begun = Instant::now();
        let kind = Kind::of(&stack)?;
        // Many slices of few samples take more than these.
        let bytes = stack.samples().saturating_mul(kind.bytes()) as u64 + stack.weight() as u64 * SLICE;
        let room = self.0.volumes.room(bytes).await?;
        let samples = stack.samples();
        let mut voxels = archive::blocking(move || Ok(kind.room(samples))).await?;
        let slices = stack.slices.len();
        let at_once = std::thread::available_parallelism().map_or(2, usize::from) + 1;
        let mut parts = stream::iter(First::order(first.as_ref(), slices))
            .map(|place| {
                let stack = stack.clone();
                async move { self.volume_part(stack, place, kind).await.map(|part| (place, part)) }
            })
            .buffer_unordered(at_once);
        let length = stack.size[0] * stack.size[1];
        let scale = (kind.scale().0 as f32, kind.scale().1 as f32);
        let padding = kind.padding(stack.image(&stack.slices[0]));
        let mut has_padding = false;
        while let Some((place, (part, is_padded))) = parts.try_next().await? {
            has_padding |= is_padded;
            if part.len() != length || !samples::put(&mut voxels, place, &part) {
                return Err(Error::Damaged(format!("slice {} has {} samples of {length}", place + 1, part.len())));
            }
            if let Some(first) = &mut first
                && first.has_come(place)
            {
                let told = (scale, padding.filter(|_| has_padding));
                voxels = self.tell_first(first, &stack, voxels, told).await?;
            }
        }
        drop(parts);
        metrics::histogram!("pacs_volume_load_seconds").record(begun.elapsed().as_secs_f64());
        let size = [stack.size[0], stack.size[1], slices];
        let volume = Volume::new(size, voxels, scale, stack.geometry.clone())
            .map_err(|error| Error::Unprocessable(error.to_string()))?;
        let volume = match padding.filter(|_| has_padding) {
            Some(padding) => volume.with_padding(padding),
            None => volume,
        };
        Ok(SeriesVolume::new(stack, volume, room))
    }

    /// A slice, and whether there is padding in it.
    async fn volume_part(&self, stack: Arc<Stack>, place: usize, kind: Kind) -> Result<(Part, bool), Error> {
        let slice = &stack.slices[place];
        let source = &stack.sources[slice.source];
        let frame = render::stored_frame(self, &source.instance, &source.image, slice.frame).await?;
        let room = self.0.images.room(&source.image).await;
        archive::blocking(move || {
            let slice = &stack.slices[place];
            let source = &stack.sources[slice.source];
            let decoded = render::decode(&source.instance.transfer_syntax, &frame, &source.image)?;
            let part = kind.part(&decoded.bytes, &source.image, &source.image.modality(slice.frame));
            drop(room);
            let has_padding = kind.padding(&source.image).is_some_and(|padding| part.has(padding));
            Ok((part, has_padding))
        })
        .await
    }
}

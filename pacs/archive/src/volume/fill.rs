//! A stack's frames decoded at once, from any stored transfer syntax, into the volume: whoever is free takes the next slice,
//! reads its frame, decodes it, and puts it where it belongs.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use compute::volume::{Error as Refusal, Stop};
use compute::{Geometry, Volume, Voxels};
use parking_lot::Mutex;
use tokio::runtime::Handle;

use super::first::First;
use super::samples::{self, Kind, Layer};
use super::stack::Stack;
use super::{SeriesVolume, view};
use crate::{Archive, Error, render};

/// Slices of a stack, and the volume of these alone.
type Part = (Range<usize>, Arc<SeriesVolume>);

/// A volume in the making.
pub(super) struct Filling<'a> {
    pub(super) archive: &'a Archive,
    pub(super) stack: &'a Arc<Stack>,
    /// What the samples become.
    pub(super) kind: Kind,
    pub(super) stop: Stop<'a>,
    /// Where disks and memory are waited for. That takes threads of it beside the one that makes the volume: a runtime
    /// that has only one for what blocks would wait for ever.
    pub(super) runtime: Handle,
}

impl Filling<'_> {
    /// The volume. The slices that somebody waits for are decoded before the others, and copied when they are given.
    /// Blocks.
    pub(super) fn volume(&self, first: Option<First>) -> Result<Volume, Error> {
        let part = first.map(|first| self.part(first)).transpose()?.flatten();
        let mut voxels = self.kind.room(self.stack.samples());
        let mut layers = samples::layers(&mut voxels, self.length());
        let (mut there, mut has_padding) = (0..0, false);
        if let Some((slices, part)) = part {
            samples::copy(&mut layers[slices.clone()], &part.volume.voxels);
            (there, has_padding) = (slices, part.volume.padding.is_some());
        }
        has_padding |=
            self.fill(layers.into_iter().enumerate().filter(|(place, _)| !there.contains(place)).collect())?;
        self.made(self.stack.slices.len(), voxels, self.stack.geometry.clone(), has_padding)
    }

    /// The slices that somebody waits for, who gets them. `None` where there is no room for them beside the whole, or they
    /// make no volume, which is told when all are there.
    fn part(&self, first: First) -> Result<Option<Part>, Error> {
        let First { slices, told } = first;
        let samples = self.length() * slices.len();
        let mebibytes = u32::try_from((samples * self.kind.bytes()).div_ceil(1 << 20)).unwrap_or(u32::MAX);
        let Ok(room) = self.archive.0.volumes.room.clone().try_acquire_many_owned(mebibytes) else { return Ok(None) };
        let mut voxels = self.kind.room(samples);
        let layers = samples::layers(&mut voxels, self.length());
        let has_padding = self.fill(slices.clone().zip(layers).collect())?;
        let geometry = self.stack.geometry.part([0, 0], slices.clone());
        let Ok(volume) = self.made(slices.len(), voxels, geometry, has_padding) else { return Ok(None) };
        let part = Arc::new(SeriesVolume::new(self.stack.clone(), volume, room));
        // Nobody waits any more when this fails.
        let _ = told.send(part.clone());
        Ok(Some((slices, part)))
    }

    /// Decodes slices into their layers, by as many threads as there are processors and one more: somebody may wait for the
    /// disk. Whether there is padding in them. What fails makes all end.
    fn fill(&self, layers: VecDeque<(usize, Layer<'_>)>) -> Result<bool, Error> {
        let others = std::thread::available_parallelism().map_or(2, usize::from).min(layers.len().saturating_sub(1));
        let left = Left(Mutex::new(layers));
        let work = || -> Result<bool, Error> {
            let _left = Ending(&left);
            let mut has_padding = false;
            loop {
                let Some((place, layer)) = left.0.lock().pop_front() else { return Ok(has_padding) };
                has_padding |= self.decode(place, layer)?;
            }
        };
        std::thread::scope(|scope| {
            // Where a thread cannot be had it takes longer.
            let spawned = (0..others).filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok());
            let others: Vec<_> = spawned.collect();
            let mut has_padding = work()?;
            for other in others {
                has_padding |= other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            }
            Ok(has_padding)
        })
    }

    /// Decodes a slice into its layer: whether there is padding in it.
    fn decode(&self, place: usize, mut layer: Layer<'_>) -> Result<bool, Error> {
        if (self.stop)() {
            return Err(view::refused(Refusal::Stopped));
        }
        let slice = &self.stack.slices[place];
        let source = &self.stack.sources[slice.source];
        let (instance, image) = (&source.instance, &source.image);
        let (frame, _room) = self.runtime.block_on(async {
            let frame = render::stored_frame(self.archive, instance, image, slice.frame).await?;
            Ok::<_, Error>((frame, self.archive.0.images.room(image).await))
        })?;
        if (self.stop)() {
            return Err(view::refused(Refusal::Stopped));
        }
        let decoded = render::decode(&instance.transfer_syntax, &frame, image)?;
        let (count, length) = (decoded.bytes.len() / image.sample_format().bytes(), self.length());
        if count != length {
            return Err(Error::Damaged(format!("slice {} has {count} samples of {length}", place + 1)));
        }
        Ok(layer.put(&decoded.bytes, self.kind, image, &image.modality(slice.frame)))
    }

    fn made(&self, slices: usize, voxels: Voxels, geometry: Geometry, has_padding: bool) -> Result<Volume, Error> {
        let size = [self.stack.size[0], self.stack.size[1], slices];
        let (slope, intercept) = self.kind.scale();
        let volume = Volume::new(size, voxels, (slope as f32, intercept as f32), geometry)
            .map_err(|error| Error::Unprocessable(error.to_string()))?;
        let padding = self.kind.padding(self.stack.image(&self.stack.slices[0]));
        Ok(match padding.filter(|_| has_padding) {
            Some(padding) => volume.with_padding(padding),
            None => volume,
        })
    }

    /// Samples of a slice.
    fn length(&self) -> usize {
        self.stack.size[0] * self.stack.size[1]
    }
}

/// Slices that nobody has taken yet.
struct Left<'a>(Mutex<VecDeque<(usize, Layer<'a>)>>);

/// Whoever ends has found nothing left, or failed, by a panic too: then nobody goes on.
struct Ending<'l, 'a>(&'l Left<'a>);

impl Drop for Ending<'_, '_> {
    fn drop(&mut self) {
        self.0.0.lock().clear();
    }
}

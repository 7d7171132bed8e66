//! Volumes: a Series of slices, or the frames of one Instance, as samples in space.
//!
//! Read in this order: `choice` is what the client says of the frames it wants, `of_study` finds the series of a study
//! that is meant, `slice` is what one frame says of its place, `phase` and `turned` pick one volume of several, `stack`
//! puts its slices in order or says in words why they are none, a `registration` moves them, `load` reads all that,
//! `fill` decodes them, those of a plane `first`, `samples` are what they become; `shared` and `turns` bound what all
//! this takes. Then what is seen: `camera` is where the viewer stands, `motion` what moves and `path` where to, `state`
//! what an object says of all that, `sequence` several of them in turn (on one `canvas`, when all is `ready`), `view` all
//! that was left open and is decided, `mask` what segments say, `draw` makes values and pictures, `composed` those of
//! several volumes; `placed` is a plane as programs ask for it and `curved` a surface, `integers` what values become where
//! numbers of 16 bits are wanted, `derived` a DICOM object of them, with what is `carried` over, and `reformatted` a Series
//! of parallel ones; `segments` a volume in classes; `answers` bounds what is sent. `accelerator` is where it is done, if
//! not on the processor (looked for `ahead`), with `copies` of volumes there and what is asked of it (`site`).

mod accelerator;
mod ahead;
mod answers;
mod camera;
mod canvas;
mod carried;
mod choice;
mod composed;
mod copies;
mod curved;
mod derived;
mod draw;
mod fill;
mod first;
mod integers;
mod load;
mod lying;
mod mask;
mod motion;
mod of_study;
mod path;
mod phase;
mod placed;
mod ready;
mod reformatted;
mod registration;
mod samples;
mod segment_object;
mod segments;
mod sequence;
mod shared;
mod site;
mod slice;
mod stack;
mod state;
mod turned;
mod turns;
mod view;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use compute::Volume;
use compute::device::DeviceVolume;
use compute::volume::{Bricks, Cropping, cropped, remaining};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

pub use accelerator::{DevicePolicy, name_library};
pub use ahead::leave_device_search;
pub use answers::Admission;
pub use camera::{Camera, Orientation, Viewpoint};
pub use choice::{Choice, Matching, Reference};
pub use composed::Composed;
pub use compute::device;
pub use compute::volume::{Connectivity, Histogram};
pub use curved::CurveRequest;
pub use derived::Derived;
pub use draw::{Measure, levels};
pub use integers::Integers;
pub use motion::{Animation, Motion, Steps};
pub use path::Path;
pub use placed::{Direction, PlaneRequest};
pub use reformatted::{Planes, PlanesRequest, Reformatted};
pub use segments::{FoundParts, Parts, Segmentation, Segments};
pub use sequence::Sequence;
pub use stack::Stack;
pub use state::{VolumetricState, is_volumetric_state};
pub use view::{Method, Reformat, View, ViewRequest};

pub(crate) use lying::Plane;
pub(crate) use registration::{Movement, Registration};
pub(crate) use slice::Place;
pub(crate) use slice::dot;

pub(crate) use accelerator::Accelerator;
use copies::Own;
use first::First;
use shared::{Key, Outcome, Shared};
use turns::Turns;

use crate::{Archive, Error, StoredInstance};

/// Most stacks that are remembered, and most slices of all of them: one takes half a kilobyte.
const STACKS: (usize, usize) = (64, 1 << 17);
/// What a slice of a stack takes, in bytes.
const SLICE: u64 = 512;
/// Stacks that are read at once, and requests that may wait for that.
const READS: (usize, usize) = (4, 64);
/// Volumes that are loaded at once, and requests that may wait for that.
const LOADS: (usize, usize) = (2, 32);
/// How long a volume waits for memory that others hold: whoever reads an answer slowly must not keep all others waiting.
const PATIENCE: Duration = Duration::from_secs(30);
/// Requests that may wait for a turn to work.
const WAITING: usize = 64;

/// A volume with what is known of its slices.
pub struct SeriesVolume {
    /// Its slices.
    pub stack: Arc<Stack>,
    /// Its samples.
    pub volume: Volume,
    range: OnceLock<(f32, f32)>,
    /// What makes projections fast.
    bricks: OnceLock<Option<Bricks>>,
    /// The values between which most samples lie.
    spread: OnceLock<(f32, f32)>,
    /// The volume on the device.
    on_device: Own<DeviceVolume>,
    /// The room in memory that it has as long as anybody holds it.
    _room: OwnedSemaphorePermit,
}

impl SeriesVolume {
    fn new(stack: Arc<Stack>, volume: Volume, room: OwnedSemaphorePermit) -> Self {
        Self {
            stack,
            volume,
            range: OnceLock::new(),
            bricks: OnceLock::new(),
            spread: OnceLock::new(),
            on_device: Own::default(),
            _room: room,
        }
    }

    /// Whether some slices only are there, around a plane that was wanted: [`Archive::volume_around`].
    pub fn is_part(&self) -> bool {
        self.volume.size[2] < self.stack.slices.len()
    }
}

impl std::fmt::Debug for SeriesVolume {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SeriesVolume").field("size", &self.volume.size).finish_non_exhaustive()
    }
}

/// What is being sliced: stacks and volumes by what they are made of.
pub(crate) struct Volumes {
    stacks: Shared<Stack>,
    loaded: Shared<SeriesVolume>,
    /// In MiB.
    room: Arc<Semaphore>,
    /// Told when there is one volume more that can be forgotten.
    kept: Notify,
    most: u32,
    reads: Turns,
    loads: Turns,
    work: Turns,
    compositions: Turns,
    answers: Turns,
    animations: Turns,
    accelerator: Accelerator,
    /// For what must be the same wherever it is made: no device.
    processor: Accelerator,
}

impl Volumes {
    /// With so many bytes for samples.
    pub(crate) fn new(bytes: u64, policy: DevicePolicy) -> Self {
        let most = u32::try_from(bytes >> 20).unwrap_or(u32::MAX).min(Semaphore::MAX_PERMITS as u32);
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            stacks: Shared::new(),
            loaded: Shared::new(),
            room: Arc::new(Semaphore::new(most as usize)),
            kept: Notify::new(),
            most,
            reads: Turns::new(READS.0, READS.1),
            loads: Turns::new(LOADS.0, LOADS.1),
            work: Turns::new(cores, WAITING),
            compositions: Turns::new(1, WAITING),
            answers: Turns::new(answers::ROOM, answers::WAITING),
            animations: Turns::new(answers::ANIMATIONS.0, answers::ANIMATIONS.1),
            accelerator: Accelerator::new(policy, bytes),
            processor: Accelerator::new(DevicePolicy::Cpu, 0),
        }
    }

    /// The device in use, for others who have work for it.
    pub(crate) fn accelerator(&self) -> &Accelerator {
        &self.accelerator
    }

    /// Room for samples: what was not used for longest goes, and what is in use is waited for.
    async fn room(&self, bytes: u64) -> Result<OwnedSemaphorePermit, Error> {
        let wanted = self.within(bytes)?;
        let in_use = || Error::Unavailable("memory for volumes", None);
        let patience = tokio::time::Instant::now() + PATIENCE;
        loop {
            // Before anything is looked at, so that nothing is missed.
            let kept = self.kept.notified();
            if let Ok(room) = self.room.clone().try_acquire_many_owned(wanted) {
                return Ok(room);
            }
            if self.loaded.forget_oldest().is_some() {
                continue;
            }
            // What is being loaded now will be kept, and can be forgotten then.
            tokio::select! {
                room = self.room.clone().acquire_many_owned(wanted) => return room.map_err(|_| in_use()),
                () = kept => {}
                () = tokio::time::sleep_until(patience) => return Err(in_use()),
            }
        }
    }

    /// How many MiB so many bytes take, if there is ever room for them.
    fn within(&self, bytes: u64) -> Result<u32, Error> {
        let mebibytes = bytes.div_ceil(1 << 20).max(1);
        u32::try_from(mebibytes).ok().filter(|wanted| *wanted <= self.most).ok_or_else(|| {
            let words = format!("the volume takes {mebibytes} MiB and there is room for {} MiB", self.most);
            Error::Unprocessable(words + ": volume.cache_bytes can be made larger")
        })
    }

    fn tell(&self, outcome: Outcome) {
        let outcome = match outcome {
            Outcome::Kept => "kept",
            Outcome::Shared => "shared",
            Outcome::Made => "loaded",
        };
        metrics::counter!("pacs_volumes_total", "outcome" => outcome).increment(1);
        let used = u64::from(self.most).saturating_sub(self.room.available_permits() as u64);
        metrics::gauge!("pacs_volumes_bytes").set((used << 20) as f64);
    }
}

impl Archive {
    /// The slices that make a volume of these instances, as [`Archive::instances`] gives them.
    ///
    /// # Errors
    /// `BadRequest` when `choice` names what is not there, `Unprocessable` with words when the slices are no volume.
    pub async fn stack(&self, instances: &[StoredInstance], choice: &Choice) -> Result<Arc<Stack>, Error> {
        let volumes = &self.0.volumes;
        let reading = async {
            let _turn = volumes.reads.take().await?;
            self.read_stack(instances, choice).await
        };
        let (stack, outcome) = volumes.stacks.get(key(instances, choice), reading).await?;
        let are_too_many = || volumes.stacks.len() > STACKS.0 || volumes.stacks.weight(Stack::weight) > STACKS.1;
        while outcome == Outcome::Made && are_too_many() {
            if volumes.stacks.forget_oldest().is_none() {
                break;
            }
        }
        Ok(stack)
    }

    /// The volume of these instances. It is loaded once, whoever asks, and kept while there is room; a new instance makes
    /// another one.
    ///
    /// # Errors
    /// As of [`Archive::stack`]; `Unprocessable` too when it is larger than all room, `Unavailable` when too many wait,
    /// `Damaged` and `NotAcceptable` when a frame cannot be decoded.
    pub async fn volume(&self, instances: &[StoredInstance], choice: &Choice) -> Result<Arc<SeriesVolume>, Error> {
        let stack = self.stack(instances, choice).await?;
        self.volume_of(stack, None).await
    }

    /// The volume of a stack. Where it is loaded by this, some of its slices may come first.
    async fn volume_of(&self, stack: Arc<Stack>, first: Option<First>) -> Result<Arc<SeriesVolume>, Error> {
        let volumes = &self.0.volumes;
        let key = stack.key();
        let loading = async {
            let turn = volumes.loads.take().await?;
            self.load_volume(turn, stack, first).await
        };
        let (volume, outcome) = volumes.loaded.get(key, loading).await?;
        if outcome == Outcome::Made {
            volumes.kept.notify_waiters();
        }
        volumes.tell(outcome);
        Ok(volume)
    }
}

impl Archive {
    /// The volume as a state has it: without what it cuts off. What is left takes room of its own.
    ///
    /// # Errors
    /// `NotAcceptable` when the state is for images of another space; as of [`Archive::volume`].
    pub async fn cropped(
        &self,
        seen: Arc<SeriesVolume>,
        state: Option<&VolumetricState>,
    ) -> Result<Arc<SeriesVolume>, Error> {
        let Some(state) = state.filter(|state| !state.is_whole()) else { return Ok(seen) };
        state.check(&seen.stack)?;
        let volumes = &self.0.volumes;
        let mut hash = blake3::Hasher::new();
        hash.update(&seen.stack.key());
        hash.update(format!("{:?} {:?}", state.crops, state.segmented).as_bytes());
        let segmentations = self.segmentations(&seen, state).await?;
        for segmentation in &segmentations {
            hash.update(segmentation.path.as_bytes());
        }
        let cutting = async {
            let bits = seen.volume.voxels.len().div_ceil(8) * state.segmented.len();
            let _room_of_masks = match bits {
                0 => None,
                bits => Some(volumes.room(bits as u64).await?),
            };
            let mut masks = Vec::new();
            for segmented in &state.segmented {
                masks.push(self.mask(&seen, segmented, &segmentations).await?);
            }
            let cropping = Arc::new(Cropping { crops: state.crops.clone(), masks });
            let (whole, by) = (seen.clone(), cropping.clone());
            let left = self.work(move |stop| remaining(&whole.volume, &by, stop).map_err(view::refused)).await?;
            // Of 8 bits samples may become 16 bits long.
            let each = (seen.volume.voxels.bytes() / seen.volume.voxels.len()).max(2);
            let room = volumes.room((left * each) as u64).await?;
            let whole = seen.clone();
            let cropped = self.work(move |stop| cropped(&whole.volume, &cropping, stop).map_err(view::refused)).await?;
            Ok(SeriesVolume::new(seen.stack.clone(), cropped, room))
        };
        let (volume, outcome) = volumes.loaded.get(*hash.finalize().as_bytes(), cutting).await?;
        if outcome == Outcome::Made {
            volumes.kept.notify_waiters();
        }
        volumes.tell(outcome);
        Ok(volume)
    }
}

/// Tells apart what may make different stacks.
fn key(instances: &[StoredInstance], choice: &Choice) -> Key {
    let mut hash = blake3::Hasher::new();
    for instance in instances {
        hash.update(instance.path.as_bytes());
        hash.update(b"\n");
    }
    hash.update(format!("{choice:?}").as_bytes());
    *hash.finalize().as_bytes()
}

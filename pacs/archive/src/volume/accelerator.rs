//! The OpenCL device that volumes are worked on, and by which images are looked for, where there is one. What it cannot do, the
//! processor does.

use std::collections::HashSet;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use compute::device::{self, DeviceVolume, Engine, Kind};
use compute::volume::Volume;
use parking_lot::Mutex;

use super::copies::{Copies, Own, Refused};
use crate::{Archive, Error, archive};

pub use compute::device::name_library;

/// How long a device that failed is left alone: others may have its memory now, and give it back.
const PAUSE: Duration = Duration::from_secs(60);

/// Which devices are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DevicePolicy {
    /// A GPU or another accelerator, when there is one. An OpenCL device that is the processor itself is slower than what
    /// is done without it.
    #[default]
    Auto,
    /// None.
    Cpu,
    /// The best OpenCL device, even when it is the processor itself.
    Opencl,
}

impl DevicePolicy {
    /// The one of these devices, the best of which comes first, that is used.
    pub fn choose(self, devices: &[device::Device]) -> Option<&device::Device> {
        devices.iter().find(|device| match self {
            Self::Auto => matches!(device.kind, Kind::Gpu | Kind::Accelerator),
            Self::Cpu => false,
            Self::Opencl => true,
        })
    }
}

/// The device in use, looked for when there is work for it.
pub(crate) struct Accelerator {
    policy: DevicePolicy,
    /// What volumes may take of the processor's memory, which a device may share.
    memory: u64,
    ready: OnceLock<Option<Ready>>,
    /// Until when it is left alone.
    paused: Mutex<Option<Instant>>,
}

/// A device that is ready.
struct Ready {
    engine: Engine,
    name: String,
    volumes: Copies<DeviceVolume>,
    /// What was said of kernels that cannot be built: once is enough.
    said: Mutex<HashSet<String>>,
}

impl Accelerator {
    /// A device, or none; where it is the processor itself its volumes take so many bytes at most.
    pub(super) fn new(policy: DevicePolicy, memory: u64) -> Self {
        Self { policy, memory, ready: OnceLock::new(), paused: Mutex::new(None) }
    }

    /// Whether work on so many rows goes to a device: from `least` on, or always when that was asked for.
    pub(crate) fn is_worth_it(&self, rows: usize, least: usize) -> bool {
        rows >= least || self.policy == DevicePolicy::Opencl
    }

    /// The device that is ready; `None`: the processor does the work.
    pub(crate) fn engine(&self) -> Option<&Engine> {
        self.ready().map(|ready| &ready.engine)
    }

    fn ready(&self) -> Option<&Ready> {
        if self.policy == DevicePolicy::Cpu || self.is_paused() {
            return None;
        }
        self.ready.get_or_init(|| self.open()).as_ref()
    }

    /// The name of the device in use; empty for the processor. `None` when it was not looked for yet.
    fn known_name(&self) -> Option<String> {
        if self.policy == DevicePolicy::Cpu || self.is_paused() {
            return Some(String::new());
        }
        let ready = self.ready.get()?;
        Some(ready.as_ref().map(|ready| ready.name.clone()).unwrap_or_default())
    }

    fn is_paused(&self) -> bool {
        self.paused.lock().is_some_and(|end| Instant::now() < end)
    }

    /// Says once which device is used, or why none is.
    fn open(&self) -> Option<Ready> {
        let devices = device::devices().inspect_err(|error| tracing::info!(%error, "all work stays on the processor"));
        let devices = devices.ok()?;
        let Some(found) = self.policy.choose(&devices) else {
            tracing::info!("no OpenCL device is a GPU or another accelerator: all work stays on the processor");
            return None;
        };
        match Engine::open(found) {
            Ok(engine) => {
                tracing::info!(
                    device = found.name,
                    platform = found.platform,
                    "volumes and large searches by likeness go to an OpenCL device"
                );
                let volumes = Copies::new(self.room(found));
                Some(Ready { engine, name: found.name.clone(), volumes, said: Mutex::default() })
            }
            Err(error) => {
                tracing::warn!(device = found.name, %error, "the OpenCL device cannot be used");
                None
            }
        }
    }

    /// How many bytes volumes may take on a device: three quarters of its memory, as searches and results need some too.
    fn room(&self, device: &device::Device) -> u64 {
        let most = device.memory / 4 * 3;
        if device.kind == Kind::Cpu { most.min(self.memory) } else { most }
    }

    /// It failed: others may have its memory now. It is left alone for a while.
    pub(crate) fn pause(&self, error: &device::Error) {
        *self.paused.lock() = Some(Instant::now() + PAUSE);
        tracing::warn!(%error, "the OpenCL device failed: all work stays on the processor for a minute");
    }

    /// The same, and what it had of volumes is given up: it may have forgotten them.
    fn give_up(&self, ready: &Ready, error: &device::Error) {
        self.pause(error);
        ready.volumes.clear();
    }

    /// What the device makes of a volume; `None` when the processor has to do it. `on_device` is the volume there.
    pub(super) fn run<T>(
        &self,
        volume: &Volume,
        on_device: &Own<DeviceVolume>,
        work: impl Fn(&Engine, &DeviceVolume) -> Result<T, device::Error>,
    ) -> Option<Result<T, compute::volume::Error>> {
        let ready = self.ready()?;
        // Before the volume is copied there for nothing.
        if let Err(error) = ready.engine.build_for(volume) {
            ready.say_once(&error);
            return None;
        }
        let bytes = volume.voxels.bytes() as u64;
        let upload = || ready.engine.upload(volume);
        let of_memory = device::Error::is_of_memory;
        let may_pass = |error: &device::Error| matches!(error, device::Error::Failed { .. });
        let copy = match ready.volumes.get(on_device, bytes, upload, (of_memory, may_pass)) {
            Ok(copy) => copy,
            Err(Refused::Failed(error)) => {
                self.give_up(ready, &error);
                return None;
            }
            Err(Refused::Unfit(error)) => {
                tracing::info!(%error, "a volume stays on the processor");
                return None;
            }
            Err(Refused::TooLarge) => {
                tracing::info!(bytes, "a volume stays on the processor: the device has no room for it");
                return None;
            }
            Err(Refused::Known) => return None,
        };
        loop {
            match work(&ready.engine, &copy) {
                Ok(result) => return Some(Ok(result)),
                Err(device::Error::Volume(error)) => return Some(Err(error)),
                Err(error) if error.is_of_memory() && ready.volumes.free_oldest(Some(&copy)) => {}
                Err(error @ device::Error::Failed { .. }) => {
                    self.give_up(ready, &error);
                    return None;
                }
                // What is too large for it says nothing of other work.
                Err(error) => {
                    ready.say_once(&error);
                    return None;
                }
            }
        }
    }
}

impl Ready {
    /// Says why work stays on the processor, each reason once.
    fn say_once(&self, error: &device::Error) {
        if self.said.lock().insert(error.to_string()) {
            tracing::warn!(device = self.name, %error, "work on volumes stays on the processor");
        }
    }
}

impl Archive {
    /// What volumes are worked on by: the name of a device, or nothing for the processor. Its results may differ from those
    /// of another in the last digits.
    ///
    /// # Errors
    /// `Internal` when the device cannot even be looked for.
    pub async fn volume_site(&self) -> Result<String, Error> {
        if let Some(name) = self.0.volumes.accelerator.known_name() {
            return Ok(name);
        }
        let archive = self.clone();
        archive::blocking(move || {
            let accelerator = &archive.0.volumes.accelerator;
            accelerator.engine();
            Ok(accelerator.known_name().unwrap_or_default())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use compute::Geometry;
    use compute::volume::Voxels;

    use super::*;

    fn volume() -> Volume {
        let geometry = Geometry {
            across: [1.0, 0.0, 0.0],
            down: [0.0, 1.0, 0.0],
            origins: (0..4).map(|slice| [0.0, 0.0, f64::from(slice)]).collect(),
        };
        Volume::new([4, 4, 4], Voxels::I16((0..64).collect()), (1.0, 0.0), geometry).expect("a volume")
    }

    /// A device, PoCL in tests; nothing, said plainly, when there is none.
    fn accelerator() -> Option<Accelerator> {
        let accelerator = Accelerator::new(DevicePolicy::Opencl, 1 << 30);
        if accelerator.engine().is_none() {
            eprintln!("NOT RUN: there is no OpenCL device");
            return None;
        }
        Some(accelerator)
    }

    fn failed(doing: &'static str, why: &str) -> device::Error {
        device::Error::Failed { doing, why: why.to_owned() }
    }

    #[test]
    fn a_device_that_fails_is_left_alone_and_forgets_its_volumes() {
        let Some(accelerator) = accelerator() else { return };
        let (volume, on_device) = (volume(), Own::default());
        let bytes = |_: &Engine, there: &DeviceVolume| Ok(there.bytes());
        assert_eq!(accelerator.run(&volume, &on_device, bytes), Some(Ok(128)));
        let lost = |_: &Engine, _: &DeviceVolume| Err::<usize, _>(failed("run a kernel", "CL_DEVICE_NOT_AVAILABLE"));
        assert_eq!(accelerator.run(&volume, &on_device, lost), None);
        assert_eq!((accelerator.engine().is_none(), accelerator.known_name()), (true, Some(String::new())));
        assert_eq!(accelerator.run(&volume, &on_device, bytes), None, "the processor does it");
        // A minute later.
        *accelerator.paused.lock() = None;
        assert_eq!(accelerator.run(&volume, &on_device, bytes), Some(Ok(128)));
    }

    #[test]
    fn where_results_have_no_room_other_volumes_go_and_the_device_goes_on() {
        let Some(accelerator) = accelerator() else { return };
        let (one, two, other) = (volume(), volume(), (Own::default(), Own::default()));
        let bytes = |_: &Engine, there: &DeviceVolume| Ok(there.bytes());
        assert_eq!(accelerator.run(&one, &other.0, bytes), Some(Ok(128)));
        let tries = std::cell::Cell::new(0);
        let short = |_: &Engine, _: &DeviceVolume| {
            tries.set(tries.get() + 1);
            if tries.get() == 1 { Err(failed("allocate", "CL_MEM_OBJECT_ALLOCATION_FAILURE")) } else { Ok(7) }
        };
        assert_eq!(accelerator.run(&two, &other.1, short), Some(Ok(7)));
        assert!(tries.get() == 2 && accelerator.engine().is_some());
    }

    #[test]
    fn a_volume_larger_than_the_room_stays_on_the_processor() {
        let accelerator = Accelerator::new(DevicePolicy::Opencl, 100);
        let Some(device) = device::devices().ok().and_then(|devices| devices.first().cloned()) else {
            return eprintln!("NOT RUN: there is no OpenCL device");
        };
        let made = accelerator.run(&volume(), &Own::default(), |_, there| Ok(there.bytes()));
        assert_eq!(made.is_none(), device.kind == Kind::Cpu);
    }
}

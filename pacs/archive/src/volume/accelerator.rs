//! The OpenCL device that volumes are worked on, and by which images are looked for, where there is one. What it cannot do, the
//! processor does.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use compute::Picture;
use compute::device::{self, DeviceVolume, Engine, Kind};
use compute::volume::{Curve, Intensity, Interpolation, Plane, Slab, Stop, Transfer, Volume};
use parking_lot::Mutex;

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
    /// With its name.
    engine: OnceLock<Option<(Engine, String)>>,
    /// Until when it is left alone.
    paused: Mutex<Option<Instant>>,
}

impl Accelerator {
    pub(super) fn new(policy: DevicePolicy) -> Self {
        Self { policy, engine: OnceLock::new(), paused: Mutex::new(None) }
    }

    /// Whether work on so many rows goes to a device: from `least` on, or always when that was asked for.
    pub(crate) fn is_worth_it(&self, rows: usize, least: usize) -> bool {
        rows >= least || self.policy == DevicePolicy::Opencl
    }

    /// The device that is ready; `None`: the processor does the work.
    pub(crate) fn engine(&self) -> Option<&Engine> {
        if self.policy == DevicePolicy::Cpu || self.is_paused() {
            return None;
        }
        self.engine.get_or_init(|| self.open()).as_ref().map(|(engine, _)| engine)
    }

    /// The name of the device in use; empty for the processor. `None` when it was not looked for yet.
    fn known_name(&self) -> Option<String> {
        if self.policy == DevicePolicy::Cpu || self.is_paused() {
            return Some(String::new());
        }
        let engine = self.engine.get()?;
        Some(engine.as_ref().map(|(_, name)| name.clone()).unwrap_or_default())
    }

    fn is_paused(&self) -> bool {
        self.paused.lock().is_some_and(|end| Instant::now() < end)
    }

    /// Says once which device is used, or why none is.
    fn open(&self) -> Option<(Engine, String)> {
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
                Some((engine, found.name.clone()))
            }
            Err(error) => {
                tracing::warn!(device = found.name, %error, "the OpenCL device cannot be used");
                None
            }
        }
    }

    /// It failed: others may have its memory now. It is left alone for a while.
    pub(crate) fn pause(&self, error: &device::Error) {
        *self.paused.lock() = Some(Instant::now() + PAUSE);
        tracing::warn!(%error, "the OpenCL device failed: all work stays on the processor for a minute");
    }

    /// What the device makes of a volume; `None` when the processor has to do it. `on_device` is the volume there.
    fn run<T>(
        &self,
        volume: &Volume,
        on_device: &OnceLock<Option<DeviceVolume>>,
        work: impl FnOnce(&Engine, &DeviceVolume) -> Result<T, device::Error>,
    ) -> Option<Result<T, compute::volume::Error>> {
        let engine = self.engine()?;
        let uploaded = match on_device.get() {
            Some(uploaded) => uploaded,
            None => match engine.upload(volume) {
                Ok(uploaded) => on_device.get_or_init(|| Some(uploaded)),
                Err(error @ device::Error::Failed { .. }) => {
                    self.pause(&error);
                    return None;
                }
                Err(error) => {
                    tracing::info!(%error, "a volume stays on the processor");
                    on_device.get_or_init(|| None)
                }
            },
        };
        match work(engine, uploaded.as_ref()?) {
            Ok(result) => Some(Ok(result)),
            Err(device::Error::Volume(error)) => Some(Err(error)),
            Err(error @ device::Error::Failed { .. }) => {
                self.pause(&error);
                None
            }
            // What is too large for it, or cannot be built, says nothing of other work.
            Err(error) => {
                tracing::info!(%error, "work on a volume stays on the processor");
                None
            }
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

/// A volume where it is worked on.
pub(super) struct Site<'a> {
    pub(super) accelerator: &'a Accelerator,
    pub(super) volume: &'a Volume,
    pub(super) on_device: &'a OnceLock<Option<DeviceVolume>>,
}

impl Site<'_> {
    pub(super) fn slice(
        &self,
        plane: &Plane,
        slab: &Slab,
        interpolation: Interpolation,
        outside: f32,
        stop: Stop<'_>,
    ) -> Option<Result<Vec<f32>, compute::volume::Error>> {
        self.accelerator.run(self.volume, self.on_device, |engine, volume| match slab.thickness > 0.0 {
            true => engine.slab(volume, plane, slab, interpolation, outside, stop),
            false => engine.slice(volume, plane, interpolation, outside, stop),
        })
    }

    pub(super) fn reformat(
        &self,
        curve: &Curve,
        interpolation: Interpolation,
        outside: f32,
        stop: Stop<'_>,
    ) -> Option<Result<Vec<f32>, compute::volume::Error>> {
        self.accelerator.run(self.volume, self.on_device, |engine, volume| {
            engine.reformat(volume, curve, interpolation, outside, stop)
        })
    }

    pub(super) fn project(
        &self,
        plane: &Plane,
        intensity: Intensity,
        outside: f32,
        stop: Stop<'_>,
    ) -> Option<Result<Vec<f32>, compute::volume::Error>> {
        self.accelerator
            .run(self.volume, self.on_device, |engine, volume| engine.project(volume, plane, intensity, outside, stop))
    }

    pub(super) fn render(
        &self,
        plane: &Plane,
        transfer: &Transfer,
        stop: Stop<'_>,
    ) -> Option<Result<Picture, compute::volume::Error>> {
        self.accelerator.run(self.volume, self.on_device, |engine, volume| engine.render(volume, plane, transfer, stop))
    }
}

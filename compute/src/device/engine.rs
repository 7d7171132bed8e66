//! A device that is ready: its queue, its kernels, and volumes in its memory.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use opencl3::context::Context;
use opencl3::program::Program;

use super::call::{Call, Memory, Plain, Queue, failed};
use super::pool::Pool;
use super::similar::Programs;
use super::{Device, Error};
use crate::volume::grid::{Grid, with_samples};
use crate::volume::{Volume, Voxels};

/// The kernels, in the order in which they are compiled.
const SOURCES: &[&str] = &[
    include_str!("kernels/sample.cl"),
    include_str!("kernels/trace.cl"),
    include_str!("kernels/slab.cl"),
    include_str!("kernels/project.cl"),
    include_str!("kernels/render.cl"),
    include_str!("kernels/classes.cl"),
    include_str!("kernels/components.cl"),
];

/// The types of samples, as OpenCL calls them, in the order of [`Voxels`].
const TYPES: [&str; 4] = ["uchar", "short", "ushort", "float"];

/// A device with a queue. Kernels are compiled for a type of samples when the first volume of that type comes.
pub struct Engine {
    device: Device,
    pub(super) context: Context,
    pub(super) queue: Queue,
    pool: Arc<Pool>,
    programs: [OnceLock<Result<Program, Error>>; 4],
    pub(super) scans: Programs,
}

/// A volume in the memory of a device. It can be used with the engine that made it only.
pub struct DeviceVolume {
    samples: Memory,
    pub(super) kind: usize,
    bytes: usize,
    /// The volume without its samples.
    pub(super) shape: Volume,
}

impl Engine {
    /// Makes a device ready.
    pub fn open(device: &Device) -> Result<Self, Error> {
        Self::opened(device, false)
    }

    /// Makes a device ready, and has it tell how long kernels run ([`Self::kernel_time`]).
    pub fn open_timed(device: &Device) -> Result<Self, Error> {
        Self::opened(device, true)
    }

    fn opened(device: &Device, timed: bool) -> Result<Self, Error> {
        let context = Context::from_device(&device.device).map_err(failed("open a context"))?;
        let queue = Queue::new(&context, timed)?;
        let (programs, scans) = Default::default();
        Ok(Self { device: device.clone(), context, queue, pool: Arc::default(), programs, scans })
    }

    /// How long kernels have run since this was last asked, without copies. `None` unless the device is timed.
    pub fn kernel_time(&self) -> Option<Duration> {
        self.queue.ran()
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// A copy of a volume in the memory of the device.
    pub fn upload(&self, volume: &Volume) -> Result<DeviceVolume, Error> {
        let bytes = volume.voxels.bytes();
        if bytes as u64 > self.device.largest {
            return Err(Error::TooLarge { needed: bytes as u64, most: self.device.largest });
        }
        let (samples, kind, empty) = with_samples!(&volume.voxels, samples => {
            Grid::of(volume, samples)?;
            (Memory::of(&self.context, &self.queue, samples)?, kind(&volume.voxels), Voxels::U8(Vec::new()))
        });
        let Volume { size, slope, intercept, padding, .. } = *volume;
        let (geometry, stack) = (volume.geometry.clone(), volume.stack.clone());
        let shape = Volume { size, voxels: empty, slope, intercept, padding, geometry, stack };
        Ok(DeviceVolume { samples, kind, bytes, shape })
    }

    /// Memory for so many values, of any content, that is used again afterwards.
    pub(super) fn room<T: Plain>(&self, count: usize) -> Result<Memory, Error> {
        Pool::room::<T>(&self.pool, &self.context, count)
    }

    /// The same with a copy of values.
    pub(super) fn memory_of<T: Plain>(&self, values: &[T]) -> Result<Memory, Error> {
        let mut memory = self.room::<T>(values.len())?;
        memory.write(&self.queue, values)?;
        Ok(memory)
    }

    /// A kernel for a volume, told about the volume.
    pub(super) fn call(&self, volume: &DeviceVolume, kernel: &str) -> Result<Call, Error> {
        let [columns, rows, slices] = volume.shape.size.map(|side| side as i32);
        self.kernel(volume, kernel)?
            .memory(&volume.samples)?
            .number([columns, rows, slices, i32::from(volume.shape.padding.is_some())])?
            .number(volume.shape.slope)?
            .number(volume.shape.intercept)?
            .number(volume.shape.padding.unwrap_or_default())
    }

    /// A kernel for volumes of the same type of samples, told nothing yet.
    pub(super) fn kernel(&self, volume: &DeviceVolume, kernel: &str) -> Result<Call, Error> {
        Call::new(self.program(volume.kind)?, kernel)
    }

    /// Builds the kernels for the type of samples of a volume, unless that was done.
    pub fn build_for(&self, volume: &Volume) -> Result<(), Error> {
        self.program(kind(&volume.voxels)).map(drop)
    }

    pub(super) fn program(&self, kind: usize) -> Result<&Program, Error> {
        let program = self.programs[kind].get_or_init(|| {
            let doubles = if self.device.doubles { " -D DOUBLES" } else { "" };
            let options = format!("-D SAMPLE={} -cl-std=CL1.2{doubles}", TYPES[kind]);
            let program = Program::create_and_build_from_source(&self.context, &SOURCES.concat(), &options);
            program.map_err(Error::Build)
        });
        program.as_ref().map_err(Clone::clone)
    }
}

impl DeviceVolume {
    /// What it takes of the memory of the device, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

fn kind(voxels: &Voxels) -> usize {
    match voxels {
        Voxels::U8(_) => 0,
        Voxels::I16(_) => 1,
        Voxels::U16(_) => 2,
        Voxels::F32(_) => 3,
    }
}

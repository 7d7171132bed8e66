//! Which devices there are.

use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use opencl3::device::{self, CL_DEVICE_TYPE_ACCELERATOR, CL_DEVICE_TYPE_ALL, CL_DEVICE_TYPE_CPU, CL_DEVICE_TYPE_GPU};
use opencl3::platform::get_platforms;

use super::Error;

/// What a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Gpu,
    Accelerator,
    /// The processor itself: for tests. The vectorised functions of [`crate::volume`] are faster there.
    Cpu,
    Other,
}

/// An OpenCL device that can be used.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its name.
    pub name: String,
    /// The name and version of the platform that it belongs to.
    pub platform: String,
    /// The version of its driver.
    pub driver: String,
    /// What it is.
    pub kind: Kind,
    /// Its memory, in bytes.
    pub memory: u64,
    /// The most bytes that one volume may take.
    pub largest: u64,
    /// Processors of its own kind.
    pub units: u32,
    /// Whether it reckons with numbers of 64 bits: then it meets lines with volumes itself.
    pub doubles: bool,
    pub(super) device: device::Device,
}

/// How long a driver may think about what devices it has.
const PATIENCE: Duration = Duration::from_secs(10);

/// The variable that names the library, for the crate that loads it.
const LIBRARY: &str = "OPENCL_DYLIB_PATH";

/// Has the library of OpenCL looked for under the name that runtime packages give it, too: Debian's `ocl-icd-libopencl1`
/// has no `libOpenCL.so`. A name that is given already stays.
///
/// # Safety
///
/// This sets a variable of the environment: call it first thing in `main`, before there is another thread.
pub unsafe fn name_library() {
    if std::env::var_os(LIBRARY).is_none() {
        // SAFETY: the caller says that there is no other thread.
        unsafe { std::env::set_var(LIBRARY, "libOpenCL.so.1;libOpenCL.so") };
    }
}

/// The devices of all platforms, the best first: GPU, accelerator, processor, and of each kind the one with most memory.
///
/// A driver that panics, or thinks for more than 10 s, counts as none. Drivers are asked once; the answer is kept.
pub fn devices() -> Result<Vec<Device>, Error> {
    static ANSWER: OnceLock<Result<Vec<Device>, Error>> = OnceLock::new();
    ANSWER.get_or_init(ask).clone()
}

fn ask() -> Result<Vec<Device>, Error> {
    let (answer, answered) = mpsc::channel();
    let asking = std::thread::Builder::new().name("opencl-probe".to_owned()).spawn(move || {
        let found = std::panic::catch_unwind(find);
        // Whoever asked may have lost patience.
        drop(answer.send(found.unwrap_or_else(|_| unavailable("a driver panicked"))));
    });
    match asking {
        Ok(_) => answered.recv_timeout(PATIENCE).unwrap_or_else(|_| unavailable("a driver does not answer")),
        Err(error) => unavailable(&error.to_string()),
    }
}

fn find() -> Result<Vec<Device>, Error> {
    let platforms = get_platforms().or_else(|error| match error.0 {
        -1001 => unavailable("no driver is installed"),
        -2000 => unavailable("libOpenCL is not installed (Debian: ocl-icd-libopencl1)"),
        _ => unavailable(&error.to_string()),
    })?;
    let mut all = Vec::new();
    for platform in platforms {
        // A platform without devices says so with an error; the others are still there.
        for id in platform.get_devices(CL_DEVICE_TYPE_ALL).unwrap_or_default() {
            let name = format!("{} {}", platform.name().unwrap_or_default(), platform.version().unwrap_or_default());
            all.extend(described(device::Device::new(id), name.trim()));
        }
    }
    all.sort_by_key(|device| (device.kind as u8, std::cmp::Reverse(device.memory)));
    Ok(all)
}

/// A device, when it can be used: it is there, compiles kernels, and has the byte order of the host.
fn described(device: device::Device, platform: &str) -> Option<Device> {
    let usable = device.available().ok()? && device.compiler_available().ok()? && device.endian_little().ok()?;
    let kind = match device.dev_type().ok()? {
        kind if kind & CL_DEVICE_TYPE_GPU != 0 => Kind::Gpu,
        kind if kind & CL_DEVICE_TYPE_ACCELERATOR != 0 => Kind::Accelerator,
        kind if kind & CL_DEVICE_TYPE_CPU != 0 => Kind::Cpu,
        _ => Kind::Other,
    };
    usable.then_some(())?;
    Some(Device {
        name: device.name().ok()?.trim().to_owned(),
        platform: platform.to_owned(),
        driver: device.driver_version().unwrap_or_default(),
        kind,
        memory: device.global_mem_size().ok()?,
        largest: device.max_mem_alloc_size().ok()?,
        units: device.max_compute_units().unwrap_or_default(),
        doubles: device.double_fp_config().is_ok_and(|ways| ways != 0),
        device,
    })
}

fn unavailable<T>(why: &str) -> Result<T, Error> {
    Err(Error::Unavailable(why.to_owned()))
}

//! Memory and kernels of a device behind safe functions. All `unsafe` code for OpenCL is here.

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opencl3::command_queue::{CL_QUEUE_PROFILING_ENABLE, CommandQueue};
use opencl3::context::Context;
use opencl3::error_codes::ClError;
use opencl3::kernel::Kernel;
use opencl3::memory::{Buffer, CL_MEM_READ_WRITE, ClMem};
use opencl3::program::Program;
use opencl3::types::CL_BLOCKING;

use super::Error;
use super::pool::Pool;

/// Types that are the same for the host and the device, without padding.
pub(super) trait Plain: Copy {}

impl Plain for u8 {}
impl Plain for i16 {}
impl Plain for u16 {}
impl Plain for u32 {}
impl Plain for i32 {}
impl Plain for i64 {}
impl Plain for f32 {}
impl Plain for f64 {}
impl<T: Plain, const N: usize> Plain for [T; N] {}

/// Plain types of which any bytes are a value.
pub(super) trait Number: Plain {}

impl Number for u8 {}
impl Number for u32 {}
impl Number for f32 {}

/// What a device does, one after another.
pub(super) struct Queue {
    queue: CommandQueue,
    /// How long kernels have run, in ns, when the device is asked.
    ran: Option<AtomicU64>,
}

impl Queue {
    /// A queue; one that knows how long kernels run when it is `timed`, which takes a device a little longer.
    pub(super) fn new(context: &Context, timed: bool) -> Result<Self, Error> {
        let properties = if timed { CL_QUEUE_PROFILING_ENABLE } else { 0 };
        let queue = CommandQueue::create_default(context, properties).map_err(failed("open a queue"))?;
        Ok(Self { queue, ran: timed.then(AtomicU64::default) })
    }

    /// How long kernels have run since this was last asked.
    pub(super) fn ran(&self) -> Option<Duration> {
        self.ran.as_ref().map(|ran| Duration::from_nanos(ran.swap(0, Ordering::Relaxed)))
    }
}

/// Memory of a device.
pub(super) struct Memory {
    /// There until it is dropped.
    buffer: Option<Buffer<u8>>,
    bytes: usize,
    /// Where the memory goes when it is no longer used.
    pub(super) home: Option<Arc<Pool>>,
}

/// A kernel whose arguments are being told, in order.
pub(super) struct Call {
    kernel: Kernel,
    arguments: u32,
}

impl Memory {
    /// Memory for so many values, of any content.
    pub(super) fn room<T: Plain>(context: &Context, count: usize) -> Result<Self, Error> {
        let bytes = (count * size_of::<T>()).max(1);
        // SAFETY: the device allocates; no memory of the host is given.
        let buffer = unsafe { Buffer::create(context, CL_MEM_READ_WRITE, bytes, ptr::null_mut()) };
        Ok(Self::again(buffer.map_err(failed("allocate"))?, bytes))
    }

    /// Memory with a copy of values.
    pub(super) fn of<T: Plain>(context: &Context, queue: &Queue, values: &[T]) -> Result<Self, Error> {
        let mut memory = Self::room::<T>(context, values.len())?;
        memory.write(queue, values)?;
        Ok(memory)
    }

    /// Memory that was used before.
    pub(super) fn again(buffer: Buffer<u8>, bytes: usize) -> Self {
        Self { buffer: Some(buffer), bytes, home: None }
    }

    /// How many bytes there is room for.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes a copy of values.
    pub(super) fn write<T: Plain>(&mut self, queue: &Queue, values: &[T]) -> Result<(), Error> {
        self.write_at(queue, 0, values)
    }

    /// Takes a copy of values, so many bytes behind its beginning.
    pub(super) fn write_at<T: Plain>(&mut self, queue: &Queue, start: usize, values: &[T]) -> Result<(), Error> {
        if start.checked_add(size_of_val(values)).is_none_or(|end| end > self.bytes) {
            return Err(Error::Failed { doing: "take a copy", why: "it is too long".to_owned() });
        }
        if let Some(buffer) = self.buffer.as_mut().filter(|_| !values.is_empty()) {
            // SAFETY: plain values have no padding, so all their bytes are set; they live until the slice of bytes ends.
            let bytes = unsafe { std::slice::from_raw_parts(values.as_ptr().cast::<u8>(), size_of_val(values)) };
            // SAFETY: the memory has as many bytes, and the call returns when they are copied.
            unsafe { queue.queue.enqueue_write_buffer(buffer, CL_BLOCKING, start, bytes, &[]) }
                .map_err(failed("take a copy"))?;
        }
        Ok(())
    }

    /// A copy of the values in memory, when all kernels are done.
    pub(super) fn read<T: Number>(&self, queue: &Queue, values: &mut [T]) -> Result<(), Error> {
        let Some(buffer) = self.buffer.as_ref().filter(|_| size_of_val(values) <= self.bytes) else {
            return Err(Error::Failed { doing: "give back a copy", why: "it is too short".to_owned() });
        };
        // SAFETY: any bytes are numbers; they are borrowed alone until the slice of bytes ends.
        let bytes = unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast::<u8>(), size_of_val(values)) };
        // SAFETY: the memory has as many bytes, and the call returns when they are copied.
        unsafe { queue.queue.enqueue_read_buffer(buffer, CL_BLOCKING, 0, bytes, &[]) }
            .map_err(failed("give back a copy"))
            .map(drop)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let (Some(buffer), Some(home)) = (self.buffer.take(), &self.home) {
            home.keep(buffer, self.bytes);
        }
    }
}

impl Call {
    pub(super) fn new(program: &Program, kernel: &str) -> Result<Self, Error> {
        Ok(Self { kernel: Kernel::create(program, kernel).map_err(failed("find a kernel"))?, arguments: 0 })
    }

    /// The next argument: memory.
    pub(super) fn memory(self, memory: &Memory) -> Result<Self, Error> {
        let handle = memory.buffer.as_ref().map_or(ptr::null_mut(), ClMem::get);
        // SAFETY: a handle of memory is what the kernel expects there, else the device refuses it.
        unsafe { self.kernel.set_arg(self.arguments, &handle) }.map_err(failed("take an argument"))?;
        Ok(Self { arguments: self.arguments + 1, ..self })
    }

    /// The next argument: a number, or a vector of numbers.
    pub(super) fn number<T: Plain>(self, number: T) -> Result<Self, Error> {
        // SAFETY: the device refuses a number of another size than the kernel expects, and copies it.
        unsafe { self.kernel.set_arg(self.arguments, &number) }.map_err(failed("take an argument"))?;
        Ok(Self { arguments: self.arguments + 1, ..self })
    }

    /// Runs the kernel for so many columns and rows; returns when it is done.
    pub(super) fn run(&self, queue: &Queue, width: usize, rows: usize) -> Result<(), Error> {
        self.run_in(queue, [width, rows], None)
    }

    /// Runs the kernel for so many groups of `lanes` items.
    pub(super) fn run_groups(&self, queue: &Queue, groups: usize, lanes: usize) -> Result<(), Error> {
        self.run_in(queue, [groups * lanes, 1], Some([lanes, 1]))
    }

    fn run_in(&self, queue: &Queue, sizes: [usize; 2], group: Option<[usize; 2]>) -> Result<(), Error> {
        let group = group.as_ref().map_or(ptr::null(), |group| group.as_ptr());
        let kernel = self.kernel.get();
        // SAFETY: sizes have two dimensions; the arguments are told; kernels write within what they are given.
        let run = unsafe { queue.queue.enqueue_nd_range_kernel(kernel, 2, ptr::null(), sizes.as_ptr(), group, &[]) }
            .and_then(|event| event.wait().map(|()| event));
        let event = run.map_err(failed("run a kernel"))?;
        if let Some(ran) = &queue.ran {
            let time = |when: opencl3::Result<u64>| when.map_err(failed("tell the time"));
            let (start, end) = (time(event.profiling_command_start())?, time(event.profiling_command_end())?);
            ran.fetch_add(end.saturating_sub(start), Ordering::Relaxed);
        }
        Ok(())
    }
}

/// What the device says, and when.
pub(super) fn failed(doing: &'static str) -> impl Fn(ClError) -> Error {
    move |error| Error::Failed { doing, why: error.to_string() }
}

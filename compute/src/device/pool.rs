//! Memory of a device that was used and will be again: to ask the device for it takes as long as a kernel.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opencl3::context::Context;
use opencl3::memory::Buffer;

use super::Error;
use super::call::{Memory, Plain};

/// Most bytes that wait for use.
const MOST: usize = 256 << 20;

/// Memory that waits, all of sizes that are powers of two.
#[derive(Default)]
pub(super) struct Pool(Mutex<Vec<(usize, Buffer<u8>)>>);

impl Pool {
    /// Memory for so many values, of any content. It comes back when it is dropped.
    pub(super) fn room<T: Plain>(pool: &Arc<Self>, context: &Context, count: usize) -> Result<Memory, Error> {
        let bytes = (count * size_of::<T>()).max(4096).next_power_of_two();
        let waiting = pool.take(bytes).map(|buffer| Memory::again(buffer, bytes));
        let mut memory = waiting.map_or_else(|| Memory::room::<u8>(context, bytes), Ok)?;
        memory.home = Some(pool.clone());
        Ok(memory)
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<(usize, Buffer<u8>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, bytes: usize) -> Option<Buffer<u8>> {
        let mut waiting = self.waiting();
        let place = waiting.iter().rposition(|(size, _)| *size == bytes)?;
        Some(waiting.remove(place).1)
    }

    /// Keeps memory for the next use; what waits for longest goes when there is too much.
    pub(super) fn keep(&self, buffer: Buffer<u8>, bytes: usize) {
        let mut waiting = self.waiting();
        waiting.push((bytes, buffer));
        while waiting.iter().map(|(size, _)| size).sum::<usize>() > MOST {
            waiting.remove(0);
        }
    }
}

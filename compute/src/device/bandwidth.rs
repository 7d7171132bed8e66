//! How fast the memory of a device is: what other times are to be seen beside.

use opencl3::program::Program;

use super::call::{Call, Memory};
use super::{Engine, Error};

/// Bytes a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bandwidth {
    /// Copied: bytes read, and bytes written.
    pub copied: f64,
    /// Read and added up.
    pub read: f64,
}

/// How often each is measured; the best counts.
const ROUNDS: usize = 10;

/// Items that add up.
const ITEMS: usize = 1 << 19;

impl Engine {
    /// Measures the bandwidth with `bytes` of memory, and as many for the copy. The device has to be timed
    /// ([`Engine::open_timed`]).
    pub fn bandwidth(&self, bytes: usize) -> Result<Bandwidth, Error> {
        let bytes = bytes.next_multiple_of(16 * ITEMS);
        let most = self.device().largest;
        if bytes as u64 > most {
            return Err(Error::TooLarge { needed: bytes as u64, most });
        }
        let source = include_str!("kernels/bandwidth.cl");
        let program =
            Program::create_and_build_from_source(&self.context, source, "-cl-std=CL1.2").map_err(Error::Build)?;
        let from = Memory::room::<u8>(&self.context, bytes)?;
        let to = Memory::room::<u8>(&self.context, bytes)?;
        let copy = Call::new(&program, "copy")?.memory(&from)?.memory(&to)?;
        let total = Call::new(&program, "total")?.memory(&from)?.memory(&to)?.number((bytes / 16 / ITEMS) as u32)?;
        let best = |call: &Call, items: usize, moved: usize| {
            let mut best = 0.0_f64;
            for _ in 0..ROUNDS {
                self.kernel_time();
                call.run_groups(&self.queue, items / GROUP, GROUP)?;
                let time = self.kernel_time().unwrap_or_default().as_secs_f64();
                best = best.max(moved as f64 / time.max(1e-9));
            }
            Ok::<f64, Error>(best)
        };
        // What nobody has written may be no memory yet.
        copy.run_groups(&self.queue, bytes / 16 / GROUP, GROUP)?;
        Ok(Bandwidth { copied: best(&copy, bytes / 16, 2 * bytes)?, read: best(&total, ITEMS, bytes)? })
    }
}

/// Items of a group.
const GROUP: usize = 256;

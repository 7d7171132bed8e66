//! The device looked for before anybody waits for it: the libraries of OpenCL may take seconds to come from the disk.

use std::sync::atomic::{AtomicBool, Ordering};

use super::DevicePolicy;
use crate::Archive;
use crate::store::OF_TOMOGRAMS;

/// Whether a thread is in the libraries of OpenCL for this.
static LOOKING: AtomicBool = AtomicBool::new(false);

impl Archive {
    /// Looks for the OpenCL device in the background, once; whoever needs it meanwhile waits for the same answer. Nothing
    /// is done where none may be used, nor where there is no volume yet: a new archive, of which tests start many, loads
    /// no drivers for nothing, and looks for them with the first volume that is asked for.
    pub fn look_for_device(&self) {
        if self.0.settings.volume_device == DevicePolicy::Cpu {
            return;
        }
        let archive = self.clone();
        // A thread that nobody waits for at the end. It has no low priority: drivers start threads of their own in it,
        // which would keep that for good.
        let thread =
            std::thread::Builder::new().name("devices".to_owned()).spawn(move || archive.look_for_device_now());
        if let Err(error) = thread {
            tracing::warn!(%error, "OpenCL devices are looked for with the first volume");
        }
    }

    fn look_for_device_now(&self) {
        match self.0.index.run(|connection| schema::lookup::holds_modality(connection, &OF_TOMOGRAMS)) {
            Ok(true) => {
                LOOKING.store(true, Ordering::SeqCst);
                self.0.volumes.accelerator.engine();
                LOOKING.store(false, Ordering::SeqCst);
            }
            Ok(false) => {}
            Err(error) => tracing::debug!(error = &error as &dyn std::error::Error, "devices are not looked for yet"),
        }
    }
}

/// Ends the process, well, where it is still among the libraries of OpenCL; returns where it is not. The usual end waits
/// until a library is loaded, and then takes apart beneath that thread what it works with. Call it when nothing else is
/// left to do.
pub fn leave_device_search() {
    if LOOKING.load(Ordering::SeqCst) {
        // SAFETY: ends the process without anything that runs at its end; takes no pointers.
        unsafe { libc::_exit(0) }
    }
}

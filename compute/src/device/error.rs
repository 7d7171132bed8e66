//! What can go wrong on a device. The CPU path answers then.

use crate::volume;

/// Why there is no result from a device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Error {
    #[error("no OpenCL: {0}")]
    Unavailable(String),
    #[error("the kernels cannot be built: {0}")]
    Build(String),
    #[error("{needed} bytes are more than the {most} that the device can hold at once")]
    TooLarge { needed: u64, most: u64 },
    #[error("the device failed to {doing}: {why}")]
    Failed { doing: &'static str, why: String },
    #[error("{0}")]
    Volume(#[from] volume::Error),
}

impl Error {
    /// Whether the device had no memory for it. It may say so when memory is asked for, or when it is used first.
    pub fn is_of_memory(&self) -> bool {
        let Self::Failed { doing, why } = self else { return false };
        *doing == "allocate"
            || ["MEM_OBJECT_ALLOCATION_FAILURE", "OUT_OF_RESOURCES"].iter().any(|word| why.contains(word))
    }
}

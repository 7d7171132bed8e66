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

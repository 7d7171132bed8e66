//! Defects of ours that end a task, and must not do so in silence.

use tokio::task::JoinError;

/// A panic ends its own association, errand or job only.
pub(crate) fn note(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!("a defect ended a task: {error}");
    }
}

//! What the DIMSE shell counts and measures: `pacs_dimse_*`.

use std::time::Duration;

use metrics::{counter, gauge, histogram};

/// One of the associations that are established now; counts itself out when dropped.
pub(crate) struct Active(());

impl Active {
    /// One more.
    pub(crate) fn enter() -> Self {
        gauge!("pacs_dimse_associations").increment(1.0);
        Self(())
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        gauge!("pacs_dimse_associations").decrement(1.0);
    }
}

/// An association ended, by how.
pub(crate) fn ended(how: &'static str) {
    counter!("pacs_dimse_associations_ended_total", "how" => how).increment(1);
}

/// An association was rejected.
pub(crate) fn rejected(reason: &'static str) {
    counter!("pacs_dimse_associations_rejected_total", "reason" => reason).increment(1);
}

/// An operation was answered: seconds from its command to its response, and bytes of its data set.
pub(crate) fn operation(operation: &'static str, status: u16, took: Duration, bytes: u64) {
    let labels = [("operation", operation.to_owned()), ("status", format!("{status:04X}"))];
    histogram!("pacs_dimse_operation_seconds", &labels).record(took.as_secs_f64());
    #[expect(clippy::cast_precision_loss, reason = "sizes are rounded to buckets")]
    histogram!("pacs_dimse_operation_bytes", &labels).record(bytes as f64);
}

/// An instance was sent to another application entity, or was not.
pub(crate) fn sent(outcome: &'static str, bytes: u64) {
    counter!("pacs_dimse_sent_total", "outcome" => outcome).increment(1);
    counter!("pacs_dimse_sent_bytes_total", "outcome" => outcome).increment(bytes);
}

//! What the unit tests of retrieval share.

use archive::StoredInstance;

/// An instance as the index would know it.
pub(crate) fn stored(transfer_syntax: &str, frame_count: u32) -> StoredInstance {
    StoredInstance {
        study: "1.2.3".into(),
        series: "1.2.3.1".into(),
        instance: "1.2.3.1.1".into(),
        sop_class: "1.2.840.10008.5.1.4.1.1.7".into(),
        transfer_syntax: transfer_syntax.into(),
        size: 1000,
        data_set_start: 300,
        path: "a".into(),
        node: 1,
        stored_at: 0,
        digest: vec![0; 32],
        frame_count,
    }
}

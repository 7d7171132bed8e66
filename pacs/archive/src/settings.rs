//! What the archive needs to know to open.

use std::path::PathBuf;

use crate::similar::SimilarSettings;
use crate::volume::DevicePolicy;

/// What happens when a different object arrives under a SOP Instance UID that is stored already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DuplicatePolicy {
    /// Refuse the new one (failure reason 0111).
    #[default]
    Refuse,
    /// The new one takes the place of the old one.
    Replace,
    /// Keep the old one, and answer with a warning (B000).
    Keep,
}

/// Settings of an [`crate::Archive`].
#[derive(Debug, Clone)]
pub struct Settings {
    /// libpq URL of the index database.
    pub index_url: String,
    /// libpq URL of the identity database.
    pub identity_url: String,
    /// Most connections to each database.
    pub connections: u32,
    /// Folder of the default local storage node; made when it does not exist.
    pub node_folder: PathBuf,
    /// What to do with a different object under a known UID.
    pub duplicates: DuplicatePolicy,
    /// Largest object accepted, in bytes.
    pub largest_object: u64,
    /// Memory for volumes that are kept to be sliced, in bytes; a larger volume is refused.
    pub volume_cache: u64,
    /// Where volumes are worked on.
    pub volume_device: DevicePolicy,
    /// What is described for searches by likeness.
    pub similar: SimilarSettings,
}

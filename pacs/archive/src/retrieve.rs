//! Retrieve: stored bytes by range, metadata that was made at store time, frames by their index.

use std::ops::Range;

use crate::{Actor, Error, Uid};

/// A Study, a Series or one Instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Study Instance UID.
    pub study: Uid,
    /// Series Instance UID.
    pub series: Option<Uid>,
    /// SOP Instance UID.
    pub instance: Option<Uid>,
}

/// What the index knows of one stored Instance.
#[derive(Debug, Clone)]
pub struct StoredInstance {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// SOP Instance UID.
    pub instance: String,
    /// SOP Class UID.
    pub sop_class: String,
    /// Transfer Syntax UID of the stored bytes.
    pub transfer_syntax: String,
    /// Size of the stored file in bytes.
    pub size: u64,
    /// First byte of the data set proper.
    pub data_set_start: u64,
    /// Path on its storage node.
    pub path: String,
    /// Storage node.
    pub node: i64,
    /// When it was stored (seconds since 1970), for Last-Modified.
    pub stored_at: i64,
    /// BLAKE3 of the data set proper, for ETag.
    pub digest: Vec<u8>,
    /// Number of frames, 0 without pixels.
    pub frame_count: u32,
    /// Key of its row.
    pub(crate) key: i64,
}

/// How frames or whole objects are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As stored.
    Stored,
    /// Native samples, little endian (Explicit VR Little Endian for whole objects).
    Native,
}

/// Pieces of content in order, read as they are consumed: `futures_util::Stream<Item = Result<Bytes, Error>>`.
pub type Content = futures_util::stream::BoxStream<'static, Result<bytes::Bytes, crate::Error>>;

/// Something with a length that streams.
pub struct Body {
    /// Length in bytes, exact.
    pub length: u64,
    /// The bytes.
    pub content: Content,
    /// Transfer syntax of what comes.
    pub transfer_syntax: String,
}

/// The metadata of one Instance.
#[derive(Debug, Clone)]
pub struct InstanceMetadata {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// SOP Instance UID.
    pub instance: String,
    /// Its DICOM JSON object (PS3.18 Annex F); bulk data URIs carry [`data_set::json::BULK_DATA_MARK`].
    pub json: bytes::Bytes,
}

impl crate::Archive {
    /// Instances of a scope, in order of Series, Instance Number. `Error::NotFound` when there is none. Checks that the
    /// actor may retrieve, and audits the retrieval of `resource`.
    pub async fn instances(
        &self,
        actor: &Actor,
        scope: &Scope,
        resource: &'static str,
    ) -> Result<Vec<StoredInstance>, Error> {
        let _ = (actor, scope, resource);
        todo!()
    }

    /// The metadata of a scope, in the order of [`Self::instances`]. Checks and audits as that does.
    pub async fn metadata(&self, actor: &Actor, scope: &Scope) -> Result<Vec<InstanceMetadata>, Error> {
        let _ = (actor, scope);
        todo!()
    }

    /// The whole object: the PS3.10 file as stored, or in Explicit VR Little Endian.
    pub async fn object(&self, instance: &StoredInstance, encoding: Encoding) -> Result<Body, Error> {
        let _ = (instance, encoding);
        todo!()
    }

    /// Bytes of the stored file.
    pub async fn range(&self, instance: &StoredInstance, range: Range<u64>) -> Result<Body, Error> {
        let _ = (instance, range);
        todo!()
    }

    /// A frame by its number, from 1. `Error::NotFound` past the last.
    pub async fn frame(&self, instance: &StoredInstance, number: u32, encoding: Encoding) -> Result<Body, Error> {
        let _ = (instance, number, encoding);
        todo!()
    }

    /// The value of an element by its path (`7FE00010`, `54000100/1/54001010`), numbers in little endian.
    pub async fn bulk_data(&self, instance: &StoredInstance, path: &str) -> Result<Body, Error> {
        let _ = (instance, path);
        todo!()
    }
}

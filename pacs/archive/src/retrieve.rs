//! Retrieve: stored bytes by range, metadata that was made at store time, frames by their index.

use std::ops::Range;

use data_set::FrameIndex;

use crate::Uid;

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

// impl Archive {
//   /// Instances of a scope, in order of Series, Instance Number. Error::NotFound when there is none. Checks Right::Retrieve + identified, audits with `resource`.
//   pub async fn instances(&self, actor:&Actor, scope:&Scope, resource:&'static str) -> Result<Vec<StoredInstance>, Error>
//   /// The precomputed metadata JSON objects of a scope, one per instance; bulk data URIs still carry data_set::json::BULK_DATA_MARK.
//   pub async fn metadata(&self, actor:&Actor, scope:&Scope) -> Result<Vec<InstanceMetadata>, Error>      InstanceMetadata{study,series,instance: String, json: Bytes}
//   /// The whole object: PS3.10 file as stored, or transcoded to Explicit VR Little Endian.
//   pub async fn object(&self, instance:&StoredInstance, encoding: Encoding) -> Result<Body, Error>
//   /// Bytes `range` of the stored file.
//   pub async fn range(&self, instance:&StoredInstance, range: Range<u64>) -> Result<Body, Error>
//   /// Frames by number (from 1). NotFound past the last.
//   pub async fn frame(&self, instance:&StoredInstance, number:u32, encoding:Encoding) -> Result<Body, Error>
//   /// The value of an element by its path (`7FE00010`, `54000100/1/54001010`): native little-endian for numbers; encapsulated Pixel Data: the caller asks for frames.
//   pub async fn bulk_data(&self, instance:&StoredInstance, path:&str) -> Result<Body, Error>
//   /// A rendered frame.
//   pub async fn render(&self, instance:&StoredInstance, request:&RenderRequest) -> Result<compute::Picture, Error>
// }
#[allow(unused)]
fn _contract(_: FrameIndex, _: Range<u64>) {}

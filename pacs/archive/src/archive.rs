//! The archive as its shells hold it.

use std::sync::Arc;

/// The archive. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Archive(pub(crate) Arc<Inner>);

pub(crate) struct Inner {}

// impl Archive {
//   pub async fn open(settings: Settings) -> Result<Archive, Error>;  connects, migrates, registers the default node, starts the committer
//   pub async fn close(&self);                                        flushes what is queued
//   pub async fn ready(&self) -> Vec<(&'static str, Result<(), String>)>;   index, identity, node (writable, space)
// }

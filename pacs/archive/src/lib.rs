//! The archive: the one place where a rule of PACS behaviour lives. Protocol shells parse, ask it, and represent its answers.
//!
//! Store (bytes on a node, identity rows, index rows, in this order), search, retrieve, and who may do what.

pub mod access;
mod archive;
pub mod audit;
pub mod body;
pub mod commitment;
mod database;
mod deidentify;
mod delete;
pub mod errand;
pub mod error;
pub mod forward;
pub mod import;
pub mod jobs;
mod node;
pub mod performed;
pub mod render;
pub mod retrieve;
pub mod search;
pub mod settings;
pub mod similar;
pub mod store;
mod transcode;
pub mod uid;
pub mod verify;
pub mod volume;
pub mod worklist;

pub use access::{Actor, Credentials, Right, Role};
pub use archive::Archive;
pub use error::Error;
pub use render::{RenderRequest, Voi};
pub use retrieve::{Scope, StoredInstance};
pub use schema::attribute::{self, Attribute, Level};
pub use search::{Answering, Match, Matches, Search, SearchAnswer, TooLong};
pub use settings::{DuplicatePolicy, Settings};
pub use store::{Arrival, Incoming, Spool, StoreFailure, StoreOutcome, StoreWarning, Stored};
pub use uid::{AeTitle, Uid};

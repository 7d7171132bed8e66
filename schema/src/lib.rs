//! Diesel tables, migrations, models and queries; the attribute table.
//!
//! Two databases, never one connection: **index** (shareable, no personal data) and **identity** (stays at the institution).

pub mod access;
pub mod attribute;
pub mod audit;
mod columns;
pub mod commitments;
pub mod descriptors;
pub mod documents;
pub mod element;
pub mod fold;
pub mod forwarding;
pub mod identity;
pub mod index;
pub mod ingest;
pub mod jobs;
pub mod lookup;
pub mod migrate;
pub mod nodes;
pub mod profile;
pub mod pseudonyms;
pub mod search;
pub mod selection;
pub mod worklist;

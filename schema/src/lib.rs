//! Diesel tables, migrations, models and queries; the attribute table.
//!
//! Two databases, never one connection: **index** (shareable, no personal data) and **identity** (stays at the institution).

pub mod access;
pub mod attribute;
pub mod audit;
pub mod documents;
pub mod ingest;
pub mod lookup;
pub mod migrate;
pub mod search;

//! Retrieve (PS3.18 §10.4).

pub(super) mod bulk_data;
pub(super) mod frames;
pub(super) mod objects;
pub(super) mod parameters;
pub(super) mod ranges;
pub(super) mod rendered;
pub(super) mod thumbnail;

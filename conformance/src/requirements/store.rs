//! Store (PS3.18 §10.5).

pub(super) mod instances;
pub(super) mod metadata;
pub(super) mod response;

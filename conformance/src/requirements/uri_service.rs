//! The URI Service, WADO-URI (PS3.18 §9).

pub(super) mod rendered;
pub(super) mod resources;

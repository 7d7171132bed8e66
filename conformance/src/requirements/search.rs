//! Search (PS3.18 §10.6).

pub(super) mod matching;
pub(super) mod parameters;
pub(super) mod resources;
pub(super) mod results;
pub(super) mod values;

//! Volumes: Rendered MPR and Rendered 3D (PS3.18 §10.4.1.1.7, §10.4.1.1.8), and slices and projections as numbers.
//!
//! `choice` and `parameters` read what is asked, `stated` what a state says of it, `rendered` answers with pictures,
//! `sequence` with moving ones, `response_module` with what was decided, `scroll` by a socket; `plane` with `numbers`,
//! `curve`, `reformat`, `histogram` and `segmentation` are the gateway's own resources.

pub(crate) mod choice;
pub(crate) mod curve;
pub(crate) mod histogram;
pub(crate) mod numbers;
mod parameters;
pub(crate) mod plane;
pub(crate) mod reformat;
pub(crate) mod rendered;
mod response_module;
pub(crate) mod scroll;
pub(crate) mod segmentation;
mod sequence;
mod stated;

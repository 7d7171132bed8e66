//! Retrieve (WADO-RS, PS3.18 §10.4): stored bytes, metadata, frames, bulk data and pictures.

pub(crate) mod all_bulk_data;
mod animation;
pub(crate) mod bulk_data;
#[cfg(any(test, feature = "exercise"))]
pub(crate) mod exercise;
mod form;
pub(crate) mod frame_list;
pub(crate) mod frames;
mod icon;
pub(crate) mod metadata;
pub(crate) mod objects;
mod presentation;
mod profile;
mod range;
pub(crate) mod rendered;
mod rendering;
mod report;
pub(crate) mod respond;
pub(crate) mod thumbnail;
mod transfer;
pub(crate) mod volume;
pub(crate) mod wado_uri;

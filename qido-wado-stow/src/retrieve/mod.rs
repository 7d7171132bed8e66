//! Retrieve (WADO-RS, PS3.18 §10.4): stored bytes, metadata, frames, bulk data and pictures.

pub(crate) mod all_bulk_data;
pub(crate) mod bulk_data;
mod frame_list;
pub(crate) mod frames;
pub(crate) mod metadata;
pub(crate) mod objects;
mod range;
pub(crate) mod rendered;
mod rendering;
mod respond;
pub(crate) mod thumbnail;
mod transfer;

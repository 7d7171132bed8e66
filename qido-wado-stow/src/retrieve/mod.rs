//! Retrieve (WADO-RS, PS3.18 §10.4): stored bytes, metadata, frames, bulk data and pictures.

pub(crate) mod bulk_data;
mod frame_list;
pub(crate) mod frames;
pub(crate) mod metadata;
pub(crate) mod objects;
pub(crate) mod rendered;
mod rendering;
mod respond;
pub(crate) mod thumbnail;
mod transfer;

//! DICOMweb over real sockets, on a real archive: Postgres, files, objects made here.

mod administration;
mod bulk;
mod capabilities;
mod client;
mod commitment;
mod conditional;
mod cors;
mod delete;
mod forward;
mod frames;
mod guarded;
mod metadata;
mod models;
mod object;
mod pictures;
mod renderings;
mod retrieve;
mod search;
mod server;
mod store;
mod stow_apart;
mod stow_multipart;
mod wado_uri;
mod worklist;
mod zip;

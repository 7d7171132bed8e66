//! DICOMweb shell: QIDO-RS, WADO-RS and STOW-RS on actix-web (PS3.18 §8 and §10).
//!
//! A handler is three beats: extract, ask the archive, represent. What a request may say is parsed by extractors
//! (who asks, what is acceptable, at which address we are called, which Study is meant); rules of PACS behaviour are
//! not here but in `archive`. [`routes`] is the one table of what is served.

mod accept;
mod address;
mod application_entities;
mod asked;
mod attributes;
mod authentication;
mod capabilities;
mod charset;
mod commitment;
mod conditional;
mod connection;
mod cors;
mod delete;
mod error;
#[cfg(any(test, feature = "exercise"))]
pub mod exercise;
mod forward;
mod forwarding;
#[cfg(test)]
mod fuzz;
mod jobs;
mod measure;
mod media_type;
mod model;
mod multipart;
mod operation;
mod performed;
mod query;
mod retrieve;
mod routes;
mod search;
mod settings;
mod similar;
mod store;
mod target;
mod transfer_syntax;
mod unbuilt;
mod warning;
mod worklist;
mod zip;

pub use authentication::User;
pub use connection::listen;
pub use error::Failure;
pub use forward::{Outgoing, OutgoingError, WebClient, forward};
pub use operation::{Kind, Operation, Parameter, ParameterValue};
pub use retrieve::volume::scroll::Sockets;
pub use routes::{PREFIX, operations, routes};
pub use settings::Settings;

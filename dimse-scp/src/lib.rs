//! DIMSE shell: associations, message layer, services.
//!
//! Four layers, each of which knows only the one below:
//! [`server`](serve) accepts connections and lends each a task; `upper_layer` speaks PS3.8 (negotiation, PDUs, P-DATA)
//! over TCP or TLS; `association` makes messages of it (PS3.7 §9: a command set and a data set that streams); `service`
//! answers them, one service a file with its own table of statuses, by asking the archive. A service never sees a PDU.
//! [`Requestor`] asks others for associations, over the same layers.

mod accept;
mod association;
mod connection;
mod defect;
mod errands;
#[cfg(any(test, feature = "exercise"))]
pub mod exercise;
mod forward;
#[cfg(test)]
mod fuzz;
mod message;
mod metric;
mod negotiating;
mod outbox;
mod pace;
mod preferences;
mod requestor;
mod seats;
mod server;
mod service;
mod settings;
mod standing;
pub mod statement;
#[cfg(any(test, feature = "exercise"))]
#[allow(clippy::unwrap_used, reason = "no part of the server")]
mod testing;
mod threads;
mod transport;
mod upper_layer;

pub use forward::forward;
pub use preferences::Preferences;
pub use requestor::{ObjectInMemory, Outgoing, RequestFailure, Requestor};
pub use server::{Listeners, serve};
pub use settings::Settings;
pub use threads::Threads;

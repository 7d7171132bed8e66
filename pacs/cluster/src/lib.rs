//! A private Postgres cluster in a folder, started and stopped by its owner.
//!
//! The gateway needs a database before anybody has set one up. This crate makes one from the binaries that Debian's
//! `postgresql` package installs: reachable by a Unix socket only, run under another user when the owner is root,
//! gone when the owner is gone. Every way it can fail says what to do next.

mod binaries;
mod error;
mod folder;
mod owner;
mod server;
pub mod testing;

pub use error::ClusterError;
pub use server::{Cluster, Tuning};

use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Name of the database superuser of a private cluster.
pub const SUPERUSER: &str = "pacs";

/// libpq URL of `database` on the server that listens in the socket folder `socket`.
pub fn socket_url(socket: &Path, database: &str) -> String {
    let host = utf8_percent_encode(&socket.to_string_lossy(), NON_ALPHANUMERIC).to_string();
    format!("postgresql:///{database}?host={host}&user={SUPERUSER}")
}

//! What the shell needs to know beyond the archive; registered as `web::Data<Settings>`.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::Sockets;

/// Settings of the DICOMweb shell.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether `Forwarded` and `X-Forwarded-*` are believed. Only behind a proxy that sets them.
    pub trust_forwarded: bool,
    /// Origins whose pages may use this service from a browser: `https://viewer.example`, or `*` for all.
    pub cors_origins: Vec<String>,
    /// Largest request body in bytes; more is 413. One object's own limit is the archive's.
    pub largest_request: u64,
    /// How long a request body may bring nothing before the request is given up (408).
    pub idle: Duration,
    /// The sockets that are open.
    pub sockets: Sockets,
    /// Sockets are closed when it is cancelled.
    pub shutdown: CancellationToken,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trust_forwarded: false,
            cors_origins: Vec::new(),
            largest_request: 64 << 30,
            idle: Duration::from_secs(60),
            sockets: Sockets::default(),
            shutdown: CancellationToken::new(),
        }
    }
}

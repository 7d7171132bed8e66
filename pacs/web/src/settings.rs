//! What the pages need to know beyond the archive.

use std::path::PathBuf;

use metrics_exporter_prometheus::PrometheusHandle;

use crate::Resource;

/// Settings of the pages; registered as `web::Data<WebSettings>`.
pub struct WebSettings {
    /// Folder with OHIF's files, built for the base `/viewer/` (`tools/fetch-viewer.sh` makes it).
    pub viewer_dir: Option<PathBuf>,
    /// Whether the gateway itself speaks TLS: session cookies are `Secure` then.
    pub secure_cookies: bool,
    /// Whether `Forwarded` and `X-Forwarded-*` are believed. Only behind a proxy that sets them.
    pub trust_forwarded: bool,
    /// What `/api` tells of; those of one title stand together.
    pub resources: Vec<Resource>,
    /// What `/metrics` shows.
    pub metrics: PrometheusHandle,
}

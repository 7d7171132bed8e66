//! One file per command. Each opens the archive beside a running gateway, or alone.

pub mod ae;
pub mod audit;
pub mod demo;
pub mod descriptors;
pub mod devices;
pub mod forward;
pub mod import;
pub mod jobs;
pub mod secret;
pub mod table;
pub mod token;
pub mod user;
pub mod verify;
pub mod worklist;

use std::future::Future;

use archive::Archive;

use crate::cli::Failure;
use crate::config::Config;
use crate::databases::Databases;

/// Opens the archive, does `work` on it, and closes it.
pub fn with_archive<T, F>(config: &Config, work: impl FnOnce(Archive) -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    std::fs::create_dir_all(&config.data_dir)
        .map_err(|error| format!("cannot make the data directory {}: {error}", config.data_dir.display()))?;
    let databases = Databases::join(config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let archive = Archive::open(databases.settings(config)).await?;
        let result = work(archive.clone()).await;
        archive.close().await;
        result
    })
}

/// Who gives the commands, for the audit trail.
pub fn operator() -> String {
    let name = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|variable| std::env::var(variable).ok());
    format!("console:{}", name.as_deref().unwrap_or("unknown"))
}

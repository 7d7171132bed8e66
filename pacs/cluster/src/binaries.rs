//! Where PostgreSQL's server binaries are.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::ClusterError;

/// The folder with `initdb`, `postgres` and `psql`, and the major version they have.
#[derive(Debug, Clone)]
pub(crate) struct Binaries {
    pub folder: PathBuf,
    pub major: String,
}

impl Binaries {
    /// Looks in `PACS_POSTGRES_BIN`, then where Debian puts them (newest first), then in `PATH`.
    pub fn find() -> Result<Self, ClusterError> {
        candidates().into_iter().find_map(|folder| Self::at(&folder)).ok_or(ClusterError::NoBinaries)
    }

    fn at(folder: &Path) -> Option<Self> {
        if !folder.join("initdb").exists() {
            return None;
        }
        let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let version = text.split_whitespace().nth(2)?;
        let major = version.split(['.', 'd', 'b', 'r']).next()?.to_owned();
        Some(Self { folder: folder.to_owned(), major })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn candidates() -> Vec<PathBuf> {
    if let Some(folder) = std::env::var_os("PACS_POSTGRES_BIN") {
        return vec![folder.into()];
    }
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    found.sort_by_key(|folder| std::cmp::Reverse(version_in(folder)));
    found.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    found
}

fn version_in(bin: &Path) -> u32 {
    bin.parent().and_then(Path::file_name).and_then(|name| name.to_str()?.parse().ok()).unwrap_or(0)
}

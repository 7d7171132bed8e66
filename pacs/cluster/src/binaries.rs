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

/// Environment variable that names the folder.
const VARIABLE: &str = "PACS_POSTGRES_BIN";

impl Binaries {
    /// Looks in `PACS_POSTGRES_BIN`, then where Debian puts them (newest first), then in `PATH`. A cluster that is there
    /// needs the major version that `made` it.
    pub fn find(made: Option<String>) -> Result<Self, ClusterError> {
        match std::env::var_os(VARIABLE).map(PathBuf::from) {
            Some(folder) => Self::choose(vec![folder.clone()], made).map_err(|error| match error {
                ClusterError::NoBinaries => ClusterError::NoBinariesIn(folder),
                other => other,
            }),
            None => Self::choose(installed(), made),
        }
    }

    fn choose(folders: Vec<PathBuf>, made: Option<String>) -> Result<Self, ClusterError> {
        let mut found = folders.iter().filter_map(|folder| Self::at(folder));
        let first = found.next().ok_or(ClusterError::NoBinaries)?;
        let Some(made) = made else { return Ok(first) };
        let mut others = Vec::new();
        for binaries in std::iter::once(first).chain(found) {
            if binaries.major == made {
                return Ok(binaries);
            }
            others.push(binaries.major);
        }
        others.dedup();
        Err(ClusterError::OtherVersion { made, found: others.join(", ") })
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

fn installed() -> Vec<PathBuf> {
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// Folders with what passes for PostgreSQL of these versions.
    fn folders(dir: &Path, versions: &[&str]) -> Vec<PathBuf> {
        let folder = |version: &&str| {
            let folder = dir.join(version).join("bin");
            std::fs::create_dir_all(&folder).expect("a folder");
            for name in ["initdb", "postgres"] {
                let path = folder.join(name);
                std::fs::write(&path, format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n"))
                    .expect("a script");
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
            }
            folder
        };
        versions.iter().map(folder).collect()
    }

    #[test]
    fn a_new_cluster_takes_the_first_and_an_old_one_the_version_that_made_it() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let all = folders(dir.path(), &["18beta1", "17.2 (Debian 17.2-1)", "15.9"]);
        let major =
            |made: Option<&str>| Binaries::choose(all.clone(), made.map(str::to_owned)).map(|found| found.major);
        assert_eq!(major(None).expect("the first"), "18");
        assert_eq!(major(Some("17")).expect("another"), "17");
        assert_eq!(major(Some("15")).expect("the last"), "15");
        let error = major(Some("14")).expect_err("there is no 14").to_string();
        for words in ["made by PostgreSQL 14", "has PostgreSQL 18, 17, 15", "postgresql-14", VARIABLE] {
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn without_any_it_says_what_to_install_or_to_name() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let error = Binaries::choose(vec![dir.path().to_owned()], None).expect_err("an empty folder").to_string();
        assert!(error.contains("apt-get install postgresql") && error.contains(VARIABLE), "{error}");
    }
}

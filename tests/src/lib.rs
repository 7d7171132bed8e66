//! Testkit: the gateway as its users have it, a process with a data directory and two ports.

pub mod certificates;
pub mod clients;
pub mod fixture;
pub mod gateway;
pub mod http;
pub mod orthanc;
pub mod scu;
pub mod siege;
pub mod statement;
pub mod storescp;

pub use fixture::Fixture;
pub use gateway::Gateway;
pub use scu::Scu;

use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository").to_owned()
}

/// Folder of real DICOM files, which are not part of this repository: `PACS_TEST_DATA`, else `../shared/data`.
/// Says so on standard error when it is not there.
pub fn test_data() -> Option<PathBuf> {
    let folder = std::env::var_os("PACS_TEST_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("there is no folder {}: this test compares nothing (PACS_TEST_DATA names another)", folder.display());
    None
}

/// All files under `folder`, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .flatten()
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect();
    files.sort();
    files
}

/// Waits until `holds`, for two minutes at most: jobs of a process that was killed wait for one.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let from = std::time::Instant::now();
    while !holds() {
        assert!(from.elapsed().as_secs() < 120, "gave up waiting until {what}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

//! A folder of real objects, which `PACS_TEST_DATA` names (`../shared/data` beside the repository otherwise). It is no
//! part of the repository: without it there is nothing to test, and the test says so.

use std::path::PathBuf;

/// The folder, if it is there.
pub fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = std::env::var_os("PACS_TEST_DATA").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("{} is not there: nothing was tested", folder.display());
    None
}

/// Every file below `folder`.
pub fn files(folder: PathBuf) -> Vec<PathBuf> {
    let mut folders = vec![folder];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

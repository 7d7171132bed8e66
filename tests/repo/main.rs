//! Tests that the repository runs on itself: the arrows between packages, the sizes of files, the documents,
//! the conformance statement.

mod arrows;
mod documents;
mod sizes;
mod statement;

use std::path::{Path, PathBuf};

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository").to_owned()
}

/// All Rust files of the repository.
fn rust_files() -> Vec<PathBuf> {
    walkdir::WalkDir::new(root())
        .into_iter()
        .filter_entry(|entry| !["target", ".git", ".tools", ".viewer"].iter().any(|skip| entry.file_name() == *skip))
        .flatten()
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

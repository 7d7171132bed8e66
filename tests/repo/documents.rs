//! The documents name things that exist.

use std::fs;

#[test]
fn the_documents_are_there() {
    for name in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/CONFIGURATION.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
    ] {
        assert!(super::root().join(name).exists(), "{name} is missing");
    }
}

#[test]
fn paths_in_the_documents_exist() {
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(super::root().join(name)).expect("a document");
        for path in linked(&text) {
            assert!(super::root().join(&path).exists(), "{name} links {path}, which does not exist");
        }
    }
}

#[test]
fn the_decisions_are_numbered_without_gaps() {
    let mut numbers: Vec<u32> = fs::read_dir(super::root().join("docs/adr"))
        .expect("docs/adr")
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.split('-').next()?.parse().ok())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=numbers.len() as u32).collect::<Vec<_>>());
}

/// Targets of relative Markdown links.
fn linked(text: &str) -> Vec<String> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(|target| target.split('#').next().unwrap_or_default().to_owned())
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .collect()
}

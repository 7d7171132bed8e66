//! What each package may import (ARCHITECTURE.md, "Code map").

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Packages of ours that each package may depend on. Anything not listed is forbidden.
const ARROWS: &[(&str, &[&str])] = &[
    ("pacs", &["archive", "cluster", "data-set", "dimse-scp", "qido-wado-stow", "web"]),
    ("archive", &["schema", "data-set", "codec", "compute"]),
    ("web", &["archive"]),
    ("dimse-scp", &["archive", "data-set"]),
    ("qido-wado-stow", &["archive", "data-set", "compute", "codec"]),
    ("schema", &[]),
    ("data-set", &[]),
    ("compute", &[]),
    ("codec", &[]),
    ("cluster", &[]),
    ("conformance", &[]),
];

/// Libraries that only these packages may use.
const KEPT_TO: &[(&str, &[&str])] = &[
    ("diesel", &["schema", "archive"]),
    ("actix-web", &["web", "qido-wado-stow", "pacs"]),
    ("dicom-ul", &["dimse-scp", "e2e"]),
    ("reqwest", &["qido-wado-stow"]),
    ("turbojpeg-sys", &["codec"]),
    ("ocl", &["compute"]),
    ("opencl3", &["compute"]),
];

/// Names of the packages that each package of ours depends on, tests aside.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(super::root())
        .output()
        .expect("cargo metadata");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .map(|package| {
            let names = package["dependencies"].as_array().expect("dependencies").iter();
            let names = names.filter(|dependency| dependency["kind"].is_null());
            (text(&package["name"]), names.map(|dependency| text(&dependency["name"])).collect())
        })
        .collect()
}

#[test]
fn packages_import_only_what_an_arrow_allows() {
    let all = dependencies();
    for (package, uses) in &all {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| name == package) else { continue };
        for used in uses.iter().filter(|used| all.contains_key(*used)) {
            assert!(allowed.contains(&used.as_str()), "{package} must not depend on {used}");
        }
    }
}

#[test]
fn every_package_has_its_arrows() {
    for package in dependencies().keys().filter(|name| *name != "e2e") {
        assert!(ARROWS.iter().any(|(name, _)| name == package), "say what {package} may import");
    }
}

#[test]
fn libraries_stay_where_they_belong() {
    for (package, uses) in dependencies() {
        for (library, allowed) in KEPT_TO {
            assert!(
                !uses.contains(*library) || allowed.contains(&package.as_str()),
                "{package} must not use {library}"
            );
        }
    }
}

//! The demo's objects are what they claim to be.

use std::process::Command;

use e2e::clients::{dciodvfy, run};
use e2e::gateway::binary;

#[test]
fn the_objects_of_the_demo_are_valid() {
    let folder = cluster::testing::folder();
    let out = folder.path().join("demo");
    run(Command::new(binary()).current_dir(folder.path()).args(["demo", "--output"]).arg(&out));
    let files = e2e::files(&out);
    assert_eq!(files.len(), 67);
    for file in files {
        let errors = dciodvfy(&file);
        assert!(errors.is_empty(), "{}: {errors:#?}", file.display());
    }
}

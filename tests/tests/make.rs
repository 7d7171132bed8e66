//! `make run` and `make test` where not all can be had.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

/// A command whose arguments do not come from a `make` that runs the tests.
fn command(program: &str, path: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(e2e::root()).env("PATH", path);
    for variable in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL"] {
        command.env_remove(variable);
    }
    command
}

fn script(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a script");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn the_gateway_starts_when_the_viewer_cannot_be_fetched() {
    let folder = tempfile::tempdir().expect("a folder");
    script(folder.path(), "npm", "echo the registry cannot be reached >&2; exit 1");
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").expect("a path"));
    let viewer = format!("VIEWER={}", folder.path().join("viewer").display());
    let output = command("make", &path).args(["run", "CARGO=true", "PACS=echo started:", &viewer]).output();
    let output = output.expect("make");
    let said = said(&output);
    assert!(output.status.success() && said.contains("started: serve"), "{said}");
    assert!(said.contains("cannot be reached") && said.contains("without the viewer"), "{said}");
}

#[test]
fn npm_is_wished_for_by_run_and_needed_by_test() {
    let folder = tempfile::tempdir().expect("a folder");
    for tool in ["sh", "ls", "env"] {
        symlink(Path::new("/bin").join(tool), folder.path().join(tool)).expect("a link");
    }
    // A machine on which all is installed but npm, and no package can be fetched.
    for tool in ["cargo", "openssl", "python3", "cmake", "pkg-config"] {
        script(folder.path(), tool, "exit 0");
    }
    script(folder.path(), "dpkg-query", "echo install ok installed");
    script(folder.path(), "id", "echo 0");
    script(folder.path(), "apt-get", "echo no network >&2; exit 100");
    let install = |purpose: &str| {
        let path = folder.path().display().to_string();
        command("tools/install.sh", &path).arg(purpose).output().expect("it runs")
    };
    assert!(said(&install("build")).is_empty());
    let run = install("run");
    assert!(run.status.success() && said(&run).contains("without the viewer"), "{}", said(&run));
    let test = install("test");
    assert!(!test.status.success() && said(&test).contains("npm"), "{}", said(&test));
}

#[test]
fn what_is_not_tested_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").expect("a path"));
    let untested = |data: &Path, mount: &str| {
        script(folder.path(), "mount", mount);
        script(folder.path(), "umount", "exit 0");
        let output = command("tools/untested.sh", &path).env("PACS_TEST_DATA", data).output().expect("it runs");
        assert!(output.status.success());
        said(&output)
    };
    assert_eq!(untested(folder.path(), "exit 0"), "");
    let lines = untested(Path::new("/nowhere"), "exit 1");
    assert!(lines.contains("no folder /nowhere") && lines.contains("a full disk"), "{lines}");
    assert_eq!(lines.lines().count(), 2, "{lines}");
}

//! Real clients that tests drive: DCMTK, Python, a browser. A client that is missing fails the test with what to do.

use std::path::PathBuf;
use std::process::{Command, Output};

/// A DCMTK tool from Debian's package, with Nagle's algorithm off.
pub fn dcmtk(tool: &str) -> Command {
    let path = PathBuf::from("/usr/bin").join(tool);
    assert!(path.exists(), "{tool} is missing: run tools/install.sh test");
    let mut command = Command::new(path);
    command.env("TCP_NODELAY", "1");
    command
}

/// Python with pydicom, pynetdicom and dicomweb-client.
pub fn python() -> Command {
    let path = crate::root().join(".tools/venv/bin/python");
    assert!(path.exists(), "{} is missing: run tools/test-tools.sh", path.display());
    Command::new(path)
}

/// Runs a command, which must succeed, and gives what it printed.
pub fn run(command: &mut Command) -> String {
    let output: Output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{text}", output.status);
    text
}

/// dicom3tools' validator of objects against their IODs; gives the lines that say Error.
pub fn dciodvfy(file: &std::path::Path) -> Vec<String> {
    let path = crate::root().join(".tools/venv/bin/dciodvfy");
    assert!(path.exists(), "{} is missing: run tools/test-tools.sh", path.display());
    let output = Command::new(path).arg(file).output().expect("dciodvfy");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    text.lines().filter(|line| line.contains("Error")).map(str::to_owned).collect()
}

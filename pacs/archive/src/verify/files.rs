//! Files on the node, and those that no instance has.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Finding, Verification};
use crate::similar::copies;
use crate::{Error, node};

/// The files that no row has named yet.
#[derive(Default)]
pub(super) struct Files {
    /// Files as the node names them, by their UUID, and whether they are young. The folder is of two bytes: `ab/c`.
    ours: HashMap<Uuid, ([u8; 3], bool)>,
    /// Files that are named otherwise.
    others: Vec<String>,
}

impl Files {
    fn add(&mut self, path: String, young: bool) {
        match parse(&path) {
            Some((uuid, folder)) => drop(self.ours.insert(uuid, (folder, young))),
            None => self.others.push(path),
        }
    }

    /// A row names this file.
    pub(super) fn has_row(&mut self, path: &str) {
        match parse(path) {
            Some((uuid, _)) => drop(self.ours.remove(&uuid)),
            None => self.others.retain(|other| other != path),
        }
    }
}

/// `objects/ab/c/<uuid>.dcm`.
fn parse(path: &str) -> Option<(Uuid, [u8; 3])> {
    let rest = path.strip_prefix("objects/")?;
    let (outer, rest) = rest.split_once('/')?;
    let (inner, rest) = rest.split_once('/')?;
    let name = rest.strip_suffix(".dcm").filter(|name| name.len() == 32)?;
    let folder: [u8; 3] = [outer.as_bytes(), inner.as_bytes()].concat().try_into().ok()?;
    let uuid = Uuid::try_parse(name).ok()?;
    (unparse(&uuid, folder) == path).then_some((uuid, folder))
}

fn unparse(uuid: &Uuid, [a, b, c]: [u8; 3]) -> String {
    format!("objects/{}{}/{}/{}.dcm", char::from(a), char::from(b), char::from(c), uuid.simple())
}

impl Verification {
    /// All files of the node. What dead processes left in `incoming/` goes.
    pub(super) fn list_files(&mut self) -> Result<Files, Error> {
        let node = self.archive.0.node.clone();
        if self.options.mend {
            node.sweep().map_err(node::write_failure)?;
        }
        let mut files = Files::default();
        let grace = self.options.grace;
        node.objects(|path, age| {
            // Copies are looked at when their images are known.
            if copies::original(&path).is_none() {
                self.report.files += 1;
                files.add(path, age < grace);
            }
        })
        .map_err(node::write_failure)?;
        Ok(files)
    }

    /// What is left when all rows were read. A file that the node did not name is reported, and not touched.
    pub(super) fn orphaned_files(&mut self, files: Files) -> Result<(), Error> {
        for path in files.others {
            self.found(Finding::OrphanedFile { path });
        }
        for (uuid, (folder, young)) in files.ours {
            if young {
                self.report.young += 1;
                continue;
            }
            let path = unparse(&uuid, folder);
            self.found(Finding::OrphanedFile { path: path.clone() });
            self.mend(|archive| archive.0.node.set_aside(&path).map_err(node::write_failure));
        }
        self.orphaned_copies()
    }

    /// Copies beside files that are not there any more.
    fn orphaned_copies(&mut self) -> Result<(), Error> {
        let node = self.archive.0.node.clone();
        let (grace, mut lost) = (self.options.grace, Vec::new());
        let is_there = |file: &str| node.absolute(file).is_ok_and(|path| path.exists());
        node.objects(|path, age| {
            if age >= grace && copies::original(&path).is_some_and(|file| !is_there(file)) {
                lost.push(path);
            }
        })
        .map_err(node::write_failure)?;
        for path in lost {
            self.found(Finding::OrphanedCopy { path: path.clone() });
            self.mend(|archive| archive.0.node.remove(&path).map_err(node::write_failure));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_files_that_the_node_made() {
        let path = "objects/0f/a/0192f0c1d2e37f00a1b2c3d4e5f60718.dcm";
        let (uuid, folder) = parse(path).expect("ours");
        assert_eq!(unparse(&uuid, folder), path);
        for other in ["objects/0f/a/notes.txt", "objects/readme", "objects/0f/a/0192F0C1D2E37F00A1B2C3D4E5F60718.dcm"] {
            assert!(parse(other).is_none(), "{other}");
        }
    }
}

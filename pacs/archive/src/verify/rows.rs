//! Each instance against its file and its header.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use diesel::prelude::*;
use schema::identity::instance_headers;
use schema::index::instances;
use schema::lookup::{self, InstanceRow};

use super::files::Files;
use super::headers::rebuild;
use super::{Finding, Progress, Verification};
use crate::{Error, node};

/// Rows read at once.
const PAGE: i64 = 1000;

impl Verification {
    /// Verifies every instance, and takes their files out of `files`.
    pub(super) fn instances(&mut self, files: &mut Files) -> Result<(), Error> {
        let index = self.archive.0.index.clone();
        let total: i64 = index.run(|connection| instances::table.count().get_result(connection))?;
        let mut after = 0;
        loop {
            let page = index.run(|connection| lookup::page(connection, after, PAGE))?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.instance_key;
            let headers = self.headers_of(&page)?;
            for row in page {
                files.has_row(&row.file_path);
                self.instance(&row, headers.get(&row.sop_instance_uid))?;
            }
            let (done, total) = (self.report.instances, total.max(0) as u64);
            (self.progress)(Progress::Verified { done, total: total.max(done) });
        }
    }

    /// Digests by SOP Instance UID.
    fn headers_of(&self, page: &[InstanceRow]) -> Result<HashMap<String, Vec<u8>>, Error> {
        let uids: Vec<&str> = page.iter().map(|row| row.sop_instance_uid.as_str()).collect();
        let headers: Vec<_> = self.archive.0.identity.run(|connection| {
            instance_headers::table
                .filter(instance_headers::sop_instance_uid.eq_any(uids))
                .select((instance_headers::sop_instance_uid, instance_headers::digest))
                .load(connection)
        })?;
        Ok(headers.into_iter().collect())
    }

    fn instance(&mut self, row: &InstanceRow, header: Option<&Vec<u8>>) -> Result<(), Error> {
        self.report.instances += 1;
        if row.storage_node_id == self.archive.0.node.id
            && let Some(finding) = self.file(row)
            && self.is_current(row)?
        {
            self.found(finding);
        }
        if header != Some(&row.digest) && self.is_current(row)? {
            self.found(Finding::MissingHeader { instance: row.sop_instance_uid.clone() });
            self.mend(|archive| rebuild(archive, row));
        }
        Ok(())
    }

    /// Whether the row is still as it was read: an instance may have been replaced meanwhile.
    fn is_current(&self, row: &InstanceRow) -> Result<bool, Error> {
        let path: Option<String> = self.archive.0.index.run(|connection| {
            instances::table.find(row.instance_key).select(instances::file_path).first(connection).optional()
        })?;
        Ok(path.as_ref() == Some(&row.file_path))
    }

    fn file(&self, row: &InstanceRow) -> Option<Finding> {
        let (instance, path) = (row.sop_instance_uid.clone(), row.file_path.clone());
        let checked = self.archive.0.node.open_object(&path).and_then(|file| {
            let found = file.metadata()?.len();
            let changed = self.options.digests && found == row.file_size as u64 && digest(&file, row)? != row.digest;
            Ok((found, changed))
        });
        match checked {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(Finding::MissingFile { instance, path }),
            Err(error) => Some(Finding::Unreadable { instance, path, reason: error.to_string() }),
            Ok((found, _)) if found != row.file_size as u64 => {
                Some(Finding::WrongSize { instance, path, expected: row.file_size as u64, found })
            }
            Ok((_, true)) => Some(Finding::WrongDigest { instance, path }),
            Ok((_, false)) => None,
        }
    }
}

fn digest(file: &File, row: &InstanceRow) -> io::Result<Vec<u8>> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; node::CHUNK as usize];
    let (mut position, end) = (row.data_set_start as u64, row.file_size as u64);
    while position < end {
        let piece = &mut buffer[..(end - position).min(node::CHUNK) as usize];
        file.read_exact_at(piece, position)?;
        hasher.update(piece);
        position += piece.len() as u64;
    }
    Ok(hasher.finalize().as_bytes().to_vec())
}

//! What is left of deleted instances: their files, and their headers in the identity database.

use chrono::TimeDelta;
use schema::{ingest, lookup};
use serde::{Deserialize, Serialize};

use super::Work;
use crate::similar::copies;
use crate::verify::rebuild;
use crate::{Archive, Error, node};

/// Longest time between the identity commit and the index commit of a store.
const IN_FLIGHT: TimeDelta = TimeDelta::seconds(30);

/// A deleted instance, and its file, which is nobody's now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Removal {
    pub(crate) instance: String,
    pub(crate) path: String,
}

/// Removes files, then headers. An instance that was stored again meanwhile keeps its header; one that is being stored in
/// just this moment may lose it, and gets it back by the job that follows.
pub(super) fn remove(archive: &Archive, removals: &[Removal]) -> Result<Option<schema::jobs::NewJob>, Error> {
    for removal in removals {
        archive.0.node.remove(&removal.path).map_err(node::write_failure)?;
        copies::remove(&archive.0.node, &removal.path).map_err(node::write_failure)?;
    }
    let uids: Vec<String> = removals.iter().map(|removal| removal.instance.clone()).collect();
    let again = archive.0.index.run(|connection| lookup::known_instances(connection, &uids))?;
    let gone: Vec<String> = uids.into_iter().filter(|uid| !again.contains(uid)).collect();
    archive.0.identity.run(|connection| ingest::remove_identity(connection, &gone))?;
    Ok(Some(Work::MendHeaders(gone).after(archive.0.node.id, IN_FLIGHT)))
}

/// Makes the headers anew of those that are instances again, and have none.
pub(super) fn mend_headers(archive: &Archive, uids: &[String]) -> Result<Option<schema::jobs::NewJob>, Error> {
    let rows = archive.0.index.run(|connection| lookup::by_uids(connection, uids))?;
    let known = archive.0.identity.run(|connection| lookup::known_headers(connection, uids))?;
    for row in rows.iter().filter(|row| !known.contains(&row.sop_instance_uid)) {
        rebuild(archive, row)?;
    }
    Ok(None)
}

//! Headers in the identity database that no instance has, and headers made anew.

use std::collections::HashSet;

use schema::ingest;
use schema::lookup::{self, InstanceRow};

use super::{Finding, Verification};
use crate::retrieve::{StoredInstance, read_data_set};
use crate::store::{Names, describe};
use crate::{Archive, Error, node};

/// Headers read at once.
const PAGE: i64 = 1000;
/// Longest time between the identity commit and the index commit of a store that is not lost: what has a header and no
/// instance after that long was interrupted.
const IN_FLIGHT: std::time::Duration = std::time::Duration::from_secs(30);

impl Verification {
    /// Finds headers of interrupted stores. They are removed when they are the same some time later.
    ///
    /// Should one be stored again in just that moment, its missing header is found with the instances, and made anew.
    pub(super) fn headers_without_instance(&mut self) -> Result<(), Error> {
        let mut after = String::new();
        let mut waited = false;
        loop {
            let identity = self.archive.0.identity.clone();
            let page = identity.run(|connection| lookup::identity_page(connection, &after, PAGE))?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.clone();
            let mut orphans = self.without_instance(page)?;
            if !orphans.is_empty() && !waited {
                std::thread::sleep(IN_FLIGHT.min(self.options.grace));
                waited = true;
                orphans = self.without_instance(orphans)?;
            }
            for orphan in orphans {
                self.found(Finding::OrphanedHeader { instance: orphan.clone() });
                self.mend(|_| identity.run(|connection| ingest::remove_identity(connection, &[orphan])));
            }
        }
    }

    fn without_instance(&self, mut uids: Vec<String>) -> Result<Vec<String>, Error> {
        let known = self.archive.0.index.run(|connection| lookup::known_instances(connection, &uids))?;
        let known: HashSet<String> = known.into_iter().collect();
        uids.retain(|uid| !known.contains(uid));
        Ok(uids)
    }
}

/// Makes the header of an instance anew from its stored object.
pub(crate) fn rebuild(archive: &Archive, row: &InstanceRow) -> Result<(), Error> {
    let file = archive.0.node.open_object(&row.file_path).map_err(node::read_failure)?;
    let stored = StoredInstance::from(row.clone());
    let set = read_data_set(&file, stored.size)?;
    let unfit = |failure: crate::StoreFailure| Error::Damaged(failure.to_string());
    let names = Names::of(&set).map_err(unfit)?;
    let mut instance = describe(&set, &names).map_err(unfit)?;
    instance.digest.clone_from(&row.digest);
    archive.0.identity.run(|connection| ingest::replace_identity(connection, &instance)).map(drop)
}

//! The instances of a Series as they were listed lately: who looks at a volume asks for the same Series with every picture.
//!
//! While the row of a Series is as it was, so are its instances (see [`super::kept_answers`]): one short query, by whichever
//! gateway, tells whether a list still holds.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use schema::lookup;

use super::{Scope, StoredInstance};
use crate::{Actor, Archive, Error};

/// Most instances of all lists, of some 700 bytes each.
const ROOM: usize = 65_536;

/// A bounded memory, by Study and Series.
#[derive(Default)]
pub(crate) struct KeptLists(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    by_series: HashMap<(String, String), Entry>,
    instances: usize,
    clock: u64,
}

struct Entry {
    state: String,
    list: Arc<[StoredInstance]>,
    used: u64,
}

impl Archive {
    /// Instances as of [`Archive::instances`]. Those of a Series that are asked for again are not read again while nothing of
    /// it has changed.
    ///
    /// # Errors
    /// As of [`Archive::instances`].
    pub async fn slices(
        &self,
        actor: &Actor,
        scope: &Scope,
        resource: &'static str,
    ) -> Result<Arc<[StoredInstance]>, Error> {
        self.may_retrieve(actor, scope, resource)?;
        let found = self.listed(scope).await;
        self.audit_retrieval(actor, scope, resource, found.is_ok());
        found
    }

    /// The same for somebody who was answered before and goes on asking: it was written down then.
    ///
    /// # Errors
    /// As of [`Archive::instances`].
    pub async fn slices_still(
        &self,
        actor: &Actor,
        scope: &Scope,
        resource: &'static str,
    ) -> Result<Arc<[StoredInstance]>, Error> {
        self.may_retrieve(actor, scope, resource)?;
        self.listed(scope).await
    }

    async fn listed(&self, scope: &Scope) -> Result<Arc<[StoredInstance]>, Error> {
        let (Some(series), None) = (&scope.series, &scope.instance) else {
            return self.find(scope).await.map(Arc::from);
        };
        let name = (scope.study.as_str().to_owned(), series.as_str().to_owned());
        let archive = self.clone();
        let listed = self.with_index(move |connection| {
            let (study, series) = (name.0.as_str(), Some(name.1.as_str()));
            // Before the list: that is never older than the state by which it is kept.
            let Some(state) = lookup::state(connection, study, series)? else { return Ok(None) };
            if let Some(list) = archive.0.lists.get(&name, &state) {
                return Ok(Some(list));
            }
            let rows = lookup::instances(connection, study, series, None)?;
            let list: Arc<[StoredInstance]> = rows.into_iter().map(StoredInstance::from).collect();
            archive.0.lists.put(name, state, list.clone());
            Ok(Some(list))
        });
        let list = listed.await?.filter(|list| !list.is_empty());
        list.ok_or_else(|| Error::NotFound(scope.name()))
    }
}

impl KeptLists {
    fn get(&self, name: &(String, String), state: &str) -> Option<Arc<[StoredInstance]>> {
        let entries = &mut *self.0.lock();
        entries.clock += 1;
        let entry = entries.by_series.get_mut(name).filter(|entry| entry.state == state)?;
        entry.used = entries.clock;
        Some(entry.list.clone())
    }

    fn put(&self, name: (String, String), state: String, list: Arc<[StoredInstance]>) {
        if list.len() > ROOM / 2 {
            return;
        }
        let entries = &mut *self.0.lock();
        entries.clock += 1;
        entries.instances += list.len();
        let entry = Entry { state, list, used: entries.clock };
        if let Some(before) = entries.by_series.insert(name, entry) {
            entries.instances -= before.list.len();
        }
        while entries.instances > ROOM {
            let oldest = entries.by_series.iter().min_by_key(|(_, entry)| entry.used).map(|(name, _)| name.clone());
            let Some(gone) = oldest.and_then(|name| entries.by_series.remove(&name)) else { break };
            entries.instances -= gone.list.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: usize) -> (String, String) {
        ("1.1".to_owned(), format!("1.2.{number}"))
    }

    fn list(instances: usize) -> Arc<[StoredInstance]> {
        vec![StoredInstance::named("1.2", "1.3"); instances].into()
    }

    #[test]
    fn a_list_holds_for_its_state_only() {
        let lists = KeptLists::default();
        lists.put(name(1), "5/700".into(), list(3));
        assert_eq!(lists.get(&name(1), "5/700").map(|list| list.len()), Some(3));
        assert!(lists.get(&name(1), "5/701").is_none() && lists.get(&name(2), "5/700").is_none());
        lists.put(name(1), "5/701".into(), list(4));
        assert!(lists.get(&name(1), "5/700").is_none());
        assert_eq!(lists.0.lock().instances, 4);
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let lists = KeptLists::default();
        for number in 0..4 {
            lists.put(name(number), String::new(), list(ROOM / 4));
        }
        assert!(lists.get(&name(0), "").is_some());
        lists.put(name(4), String::new(), list(1));
        assert!(lists.get(&name(1), "").is_none() && lists.get(&name(0), "").is_some());
        lists.put(name(5), String::new(), list(ROOM / 2 + 1));
        assert!(lists.get(&name(5), "").is_none());
        assert!(lists.0.lock().instances <= ROOM);
    }
}

//! A search whose matches come page by page, however many there are: for answers that are sent as they are found.

use schema::search::{Found, Query};
use tokio::task::JoinHandle;

use super::{Search, keys};
use crate::audit::Outcome;
use crate::{Actor, Archive, Error};

/// Matches of the first page, which somebody waits for, and of the others.
const FIRST: u32 = 100;
const OTHERS: u32 = 1_000;

/// The matches of a search. While one page is used the next one is looked for: memory holds two. Dropped before the first
/// page has come, the search is in the audit trail as one that failed; what a database does for it meanwhile ends by itself,
/// as the time of every search is limited.
pub struct Matches {
    archive: Archive,
    actor: Actor,
    search: Search,
    /// The page that is being looked for.
    coming: Option<JoinHandle<Result<Found, Error>>>,
    /// What the audit trail will say, until it has said it.
    keys: Option<String>,
}

/// One match: a DICOM JSON object (PS3.18 Annex F).
type Match = serde_json::Map<String, serde_json::Value>;

impl Archive {
    /// Begins a search, as [`Archive::search`] does one page of it. All of it is one line in the audit trail.
    pub fn matches(&self, actor: &Actor, search: Search) -> Result<Matches, Error> {
        let search = Search { limit: Some(FIRST), ..search };
        let query = self.permit_search(actor, &search)?;
        let keys = Some(keys(&search, &query));
        let coming = Some(self.look(query));
        Ok(Matches { archive: self.clone(), actor: actor.clone(), search, coming, keys })
    }

    fn look(&self, query: Query) -> JoinHandle<Result<Found, Error>> {
        let archive = self.clone();
        tokio::spawn(async move { archive.run(query).await })
    }
}

impl Matches {
    /// The next page; none after the last one. Cancel-safe.
    pub async fn next(&mut self) -> Result<Option<Vec<Match>>, Error> {
        let Some(coming) = &mut self.coming else { return Ok(None) };
        let found = match coming.await {
            Ok(found) => found,
            Err(error) => Err(Error::Internal("a search ended early".into(), Some(Box::new(error)))),
        };
        self.coming = None;
        if let Some(keys) = self.keys.take() {
            self.archive.audit_search(&self.actor, &self.search, Outcome::of(&found), keys);
        }
        let Found { matches, next, .. } = found?;
        if next.is_some() {
            self.search.after = next;
            self.search.limit = Some(OTHERS);
            self.coming = Some(self.archive.look(self.search.query(None)?));
        }
        Ok(Some(matches.iter().map(schema::search::Match::object).collect()))
    }

    /// Whether there is no page after those that were given.
    pub fn is_over(&self) -> bool {
        self.coming.is_none()
    }
}

impl Drop for Matches {
    fn drop(&mut self) {
        if let Some(coming) = self.coming.take() {
            coming.abort();
        }
        if let Some(keys) = self.keys.take() {
            self.archive.audit_search(&self.actor, &self.search, Outcome::Failure, keys);
        }
    }
}

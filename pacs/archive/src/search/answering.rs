//! A search whose answer is sent as it is made: which rows it has is known before, what is told of them comes a page at a time.

use futures_util::{StreamExt, stream};
use schema::search::{Found, Listed, Listing, Query, TooLong};

use super::{Asked, Match, Search, failed};
use crate::archive::blocking;
use crate::audit::Outcome;
use crate::{Actor, Archive, Error};

/// What was found.
pub struct Answering {
    /// The matches, without Retrieve URL (0008,1190), in order: pages of some bytes each.
    pub matches: stream::BoxStream<'static, Result<Vec<Match>, Error>>,
    /// How many these are, unless some are gone before they are sent.
    pub count: usize,
    /// They are one page.
    pub is_whole: bool,
    /// There are more matches than these.
    pub truncated: bool,
    /// Where the next answer begins, when there is one.
    pub next: Option<String>,
    /// How many matches there are, when they were to be counted.
    pub total: Option<i64>,
    /// Attributes that are not told of some of these matches, because they are too long for a search, and of how many. To those
    /// who may see de-identified data only this is not said.
    pub left_out: TooLong,
}

impl Answering {
    /// An answer of one page. Nothing comes after it.
    pub fn of_page(matches: Vec<Match>, truncated: bool) -> Self {
        Self {
            count: matches.len(),
            left_out: schema::search::too_long(&matches),
            matches: stream::iter([Ok(matches)]).boxed(),
            is_whole: true,
            truncated,
            next: None,
            total: None,
        }
    }
}

impl Archive {
    /// Answers a search as [`Archive::search`] does, and holds a page of the matches at a time: however many they are and
    /// however much is told of them.
    ///
    /// # Errors
    /// As of [`Archive::search`]; what fails later, the stream says.
    pub async fn search_in_pages(&self, actor: &Actor, search: Search) -> Result<Answering, Error> {
        let Asked { query, search, keys } = self.asked(actor, &search).await?;
        if !query.may_be_large() {
            let found = self.found(actor, query).await;
            self.audit_search(actor, &search, Outcome::of(&found), keys);
            let Found { matches, truncated, next, total } = found?;
            return Ok(Answering { next, total, ..Answering::of_page(matches, truncated) });
        }
        let listed = self.list(query.clone()).await;
        self.audit_search(actor, &search, Outcome::of(&listed), keys);
        let Listed { rows, truncated, mut next, total, mut left_out } = listed?;
        if !actor.identified {
            next = self.sealed(next).await?;
            left_out.clear();
        }
        let count = rows.len();
        let telling = Telling { archive: self.clone(), query, rows, is_hidden: !actor.identified };
        // The first page is made before the answer begins, so that its failure has a status of its own.
        let (first, telling) = telling.page().await?.map_or((Vec::new(), None), |(page, rest)| (page, Some(rest)));
        for (name, count) in schema::search::too_long(&first) {
            let known = left_out.entry(name).or_default();
            *known = count.max(*known);
        }
        let is_whole = telling.as_ref().is_none_or(|telling| telling.rows.is_empty());
        let rest = stream::try_unfold(telling, |telling| async move {
            let Some(telling) = telling else { return Ok(None) };
            Ok(telling.page().await?.map(|(page, rest)| (page, Some(rest))))
        });
        let matches = stream::iter([Ok(first)]).chain(rest).boxed();
        Ok(Answering { matches, count, is_whole, truncated, next, total, left_out })
    }

    async fn list(&self, query: Query) -> Result<Listed, Error> {
        let (index, identity) = (self.0.index.clone(), self.0.identity.clone());
        blocking(move || {
            // In this order, as everywhere.
            let mut index = index.connection()?;
            let mut identity = identity.connection()?;
            schema::search::list(&mut index, &mut identity, &query).map_err(failed)
        })
        .await
    }
}

/// An answer that is being told. No connection is kept between pages.
struct Telling {
    archive: Archive,
    query: Query,
    rows: Listing,
    /// For those who may see de-identified data only.
    is_hidden: bool,
}

impl Telling {
    /// The next page; none after the last.
    async fn page(self) -> Result<Option<(Vec<Match>, Self)>, Error> {
        if self.rows.is_empty() {
            return Ok(None);
        }
        let (index, identity) = (self.archive.0.index.clone(), self.archive.0.identity.clone());
        let (mut matches, telling) = blocking(move || {
            let mut telling = self;
            let mut index = index.connection()?;
            let mut identity = identity.connection()?;
            let matches = schema::search::page(&mut index, &mut identity, &telling.query, &mut telling.rows);
            Ok((matches.map_err(failed)?, telling))
        })
        .await?;
        if telling.is_hidden {
            telling.archive.veil(&mut matches, |found| found).await?;
        }
        Ok(Some((matches, telling)))
    }
}
